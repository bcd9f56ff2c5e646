"""What a pattern of the kind ``rewrite`` adds to the model: rules, the types that they may assume, includes.

A rule says which matches of its queries are meant (``Where``) and what becomes of them: exactly one of ``replace``,
``rename``, ``remove``, ``keep`` and ``refuse``. The rules are tried in their order for each mention of a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from migrator.pattern.template import Template

_QUALIFIERS = re.compile(r"\b(?:const|volatile|restrict|__restrict|static|extern|register|inline)\b")


class CType(Struct, frozen=True):
    """A type as far as it matters here: its name without qualifiers (``struct inode``) and how often it points."""

    base: str
    pointers: int = 0

    @classmethod
    def parse(cls, text: str) -> CType:
        """From a text such as ``const struct inode *``; anything but names and asterisks becomes part of the name."""
        plain = _QUALIFIERS.sub(" ", text)
        return cls(" ".join(plain.replace("*", " ").split()), plain.count("*"))

    def __str__(self) -> str:
        return self.base + (" " + "*" * self.pointers if self.pointers else "")


class Where(Struct, frozen=True):
    """The conditions of a rule; all must hold. Globs are those of ``fnmatch``.

    ``types``: capture to its type. ``origin``: capture to the calls of which one must have made its value.
    ``unshared``: capture, a pointer that nobody else may have by then, to the calls that it may be given to.
    ``like``: capture to the template that it must have the shape of. ``functions`` and ``not_functions`` are globs
    over the enclosing function, ``files`` and ``not_files`` over the path. ``unused``: nobody uses the value of the
    site. ``read``: the site is neither written nor is its address taken. ``initialises``: the struct whose initialiser
    the site is part of; ``absent``: fields not set there. ``disjoint``: captures that are names, joined by ``|``, of
    which none occurs twice.
    """

    types: Mapping[str, CType] = {}
    origin: Mapping[str, tuple[str, ...]] = {}
    unshared: Mapping[str, tuple[str, ...]] = {}
    like: Mapping[str, Template] = {}
    functions: tuple[str, ...] = ()
    not_functions: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    not_files: tuple[str, ...] = ()
    unused: bool = False
    read: bool = False
    initialises: str = ""
    absent: tuple[str, ...] = ()
    disjoint: tuple[str, ...] = ()


class Rule(Struct, frozen=True):
    """One rule. ``captures`` are those of all its queries, in their order; ``dropped`` the values with no meaning.

    ``chain``: the capture that is the value of an assignment, of which the last one stores it where it is a chain.
    ``joins``: the rule whose site, another assignment to the same thing in the same block, becomes part of this one.
    """

    name: str
    where: Where
    captures: tuple[str, ...]
    replace: Template | None = None
    rename: Mapping[str, str] = {}
    remove: bool = False
    keep: bool = False
    refuse: str = ""
    chain: str = ""
    joins: str = ""
    dropped: Mapping[str, tuple[str, ...]] = {}

    @property
    def edits(self) -> bool:
        """Whether the rule changes anything."""
        return self.replace is not None or bool(self.rename) or self.remove


class DroppedInclude(Struct, frozen=True):
    """An ``#include`` that goes when none of the words that the header ``provides`` is left."""

    header: str
    provides: tuple[str, ...]


class Rewrite(Struct, frozen=True):
    """The rules of a pattern and what they lean on.

    ``calls``: function to the type of its result; ``fields``: ``struct s.field`` to the type of the field;
    ``type_arguments``: macro to the argument, from 0, that names the type to which its result points.
    ``word_nodes``: the node types that a word has in the queries; as another node it is another thing's name.
    ``pure``: functions that change nothing, and that look at nothing which a rule stores to but what they are given.
    """

    rules: tuple[Rule, ...]
    calls: Mapping[str, CType] = {}
    fields: Mapping[str, CType] = {}
    type_arguments: Mapping[str, int] = {}
    added_includes: tuple[str, ...] = ()
    dropped_includes: tuple[DroppedInclude, ...] = ()
    word_nodes: frozenset[str] = frozenset()
    pure: frozenset[str] = frozenset()
