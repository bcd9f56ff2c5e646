"""``[sink]``: what a pattern knows about moving its call into a callee that does the setup.

``parameters`` are the declarations to add for captures that a callee lacks; ``decide`` gives an expression of the
object for an argument on which callers differ; a ``[[sink.failure]]`` says when the statements that a caller runs for a
failed charge may run in the callee for every caller; a ``[[sink.errors]]`` names a getter of an error code and the
setter that put it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from migrator.pattern.template import Template, TemplateError

if TYPE_CHECKING:
    from collections.abc import Collection

    from migrator.pattern.raw import Joined


class _Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A table whose keys are all known."""


class RawSinkFailure(_Table, frozen=True):
    """One ``[[sink.failure]]``."""

    when: str
    condition: str


class RawSinkErrors(_Table, frozen=True):
    """One ``[[sink.errors]]``."""

    get: str
    set: str


class RawSink(_Table, frozen=True):
    """``[sink]``."""

    parameters: dict[str, str] = {}
    decide: dict[str, str] = {}
    failure: list[RawSinkFailure] = []
    errors: list[RawSinkErrors] = []


class SinkFailure(Struct, frozen=True):
    """A caller's statements under ``when`` may run in the callee under ``condition``."""

    when: Template
    condition: Template


class CarriedError(Struct, frozen=True):
    """``get`` returns only what ``set`` stored as ``{error}``."""

    get: Template
    set: Template


class Sink(Struct, frozen=True):
    """The checked form of ``[sink]``."""

    parameters: Mapping[str, str]
    decide: Mapping[str, Template]
    failure: tuple[SinkFailure, ...] = ()
    errors: tuple[CarriedError, ...] = ()


def check_sink(joined: Joined, arguments: Collection[str], taken: Collection[str]) -> Sink:
    """The model; ``arguments`` are the captures with a rule in ``[arguments]``, ``taken`` those of the new call.

    Raises PatternError.
    """
    raw = joined.raw.sink
    for name in raw.parameters:
        if name not in taken or name == "object":
            message = f"`{name}` is no argument of the new call that a callee could lack"
            raise joined.error(message, "sink", "parameters")
    decide = {}
    for name, text in raw.decide.items():
        if name not in arguments:
            raise joined.error(f"`{name}` has no rule in [arguments]", "sink", "decide", name)
        decide[name] = _of_object(joined, text, "sink", "decide", name)
    failure = tuple(
        SinkFailure(
            _of_object(joined, item.when, "sink", "failure", index, "when"),
            _of_object(joined, item.condition, "sink", "failure", index, "condition"),
        )
        for index, item in enumerate(raw.failure)
    )
    errors = []
    for index, item in enumerate(raw.errors):
        getter = _expression(joined, item.get, "sink", "errors", index, "get")
        setter = _expression(joined, item.set, "sink", "errors", index, "set")
        if setter.names - getter.names != {"error"}:
            raise joined.error(
                f"`{setter.source}` must name {{error}} and otherwise only captures of `{getter.source}`",
                "sink",
                "errors",
                index,
                "set",
            )
        errors.append(CarriedError(getter, setter))
    return Sink(raw.parameters, decide, failure, tuple(errors))


def _expression(joined: Joined, text: str, *path: str | int) -> Template:
    try:
        template = Template.parse(text)
    except TemplateError as error:
        raise joined.error(str(error), *path) from None
    if template.statement:
        raise joined.error(f"`{template.source}`: an expression is wanted here, without `;`", *path)
    return template


def _of_object(joined: Joined, text: str, *path: str | int) -> Template:
    template = _expression(joined, text, *path)
    if template.names - {"object"}:
        raise joined.error(f"`{template.source}` may only name {{object}}", *path)
    return template
