"""The checks of ``[sink]``: its names are captures of the new call or rules of ``[arguments]``, its texts are C."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.pattern.sinks import CarriedError, Sink, SinkFailure
from migrator.pattern.template import Template, TemplateError

if TYPE_CHECKING:
    from collections.abc import Collection

    from migrator.pattern.raw import Joined


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
