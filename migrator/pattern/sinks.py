"""``[sink]``: what a pattern knows about moving its call into a callee that does the setup.

``parameters`` are the declarations to add for captures that a callee lacks; ``decide`` gives an expression of the
object for an argument on which callers differ; a ``[[sink.failure]]`` says when the statements that a caller runs for a
failed charge may run in the callee for every caller; a ``[[sink.errors]]`` names a getter of an error code and the
setter that put it there.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from migrator.pattern.template import Template


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
