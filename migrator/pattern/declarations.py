"""What a pattern says about the declarations of its calls: those to introduce, and those to remove in the end.

The raw forms are the tables ``[introduce.NAME]`` and ``[remove]`` of ``pattern.toml``; the others are the checked
model. Where a text goes is said by the name of a function that the tree has already: behind its prototype, its stub,
its definition. So one pattern fits trees that differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

Slot = Literal["prototype", "stub", "definition"]
SLOTS: tuple[Slot, ...] = ("prototype", "stub", "definition")


class _Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A table whose keys are all known."""


class RawInsertion(_Table, frozen=True):
    """``prototype``, ``stub`` or ``definition`` of one ``[introduce.NAME]``."""

    text: str | None = None
    after: str | None = None
    before: str | None = None
    file: str = ""
    apart: bool | None = None


class RawCaveat(_Table, frozen=True):
    """One ``[[introduce.NAME.caveat]]``."""

    function: str
    word: str
    message: str


class RawIntroduction(_Table, frozen=True):
    """One ``[introduce.NAME]``."""

    prototype: RawInsertion | None = None
    stub: RawInsertion | None = None
    definition: RawInsertion | None = None
    fill: dict[str, str] = {}
    caveat: list[RawCaveat] = []
    subject: str | None = None
    body: str = ""


class RawRemoval(_Table, frozen=True):
    """``[remove]``."""

    delete: list[str] = []
    static: dict[str, str] = {}
    subject: str | None = None
    body: str = ""


class Insertion(Struct, frozen=True):
    """Text that goes behind (or ``before``) the ``slot`` of the function ``anchor``.

    The anchor is looked for in the files that match the glob ``file``, in all where it is empty. ``apart``: a blank
    line parts the text from its neighbours.
    """

    slot: Slot
    text: str
    anchor: str
    before: bool
    file: str
    apart: bool


class Caveat(Struct, frozen=True):
    """What to warn of where the definition of ``function`` holds ``word`` in its code."""

    function: str
    word: str
    message: str


class Introduction(Struct, frozen=True):
    """A function to declare and define where the tree does not know it.

    ``fill``: an argument that the tree's old calls take beyond those in the texts, by the name of the parameter, and
    what is passed for it.
    """

    name: str
    insertions: tuple[Insertion, ...]
    fill: Mapping[str, str]
    caveats: tuple[Caveat, ...]
    subject: str
    body: str


class Removal(Struct, frozen=True):
    """What goes when no caller is left.

    The functions of ``delete`` go with their prototypes and stubs. Those of ``static`` lose prototypes and stubs; the
    definition stays, static and under the name given, where the new call is built on it.
    """

    delete: tuple[str, ...]
    static: Mapping[str, str]
    subject: str
    body: str

    @property
    def names(self) -> tuple[str, ...]:
        """All functions that nobody can call afterwards."""
        return (*self.delete, *self.static)
