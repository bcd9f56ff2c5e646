"""What the kernel's developers did to a place after the change of a pattern: ``history.toml``, read and applied.

A rule of ``later`` says that a text became another one in a release; sites that only agree by such a rule are counted
apart. Each rule says since which release it holds and why; the report counts what it explained.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct
from tree_sitter import Node

from migrator.pattern.template import Template
from migrator.source import SourceFile
from migrator.syntax import walk
from tests.history.regions import spaced

HISTORY = Path(__file__).resolve().parent / "history.toml"


class Later(Struct, frozen=True, forbid_unknown_fields=True):
    """``new`` is what a later change made of ``old``, templates over the same captures.

    ``shared``: one such text stands for several sites (a variable that holds what all of them read). ``files``: paths
    that the change was about; all where there are none. ``where``: capture to an expression that all of its text has
    to match.
    """

    since: str
    why: str
    old: str
    new: tuple[str, ...]
    shared: bool = False
    files: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()


class Moved(Struct, frozen=True, forbid_unknown_fields=True):
    """Code that went from one function to another, in a file of another name; both as ``path:function``."""

    since: str
    why: str
    old: str
    new: str


class Replaced(Struct, frozen=True, forbid_unknown_fields=True):
    """Calls that took the place of the new one since: one for ``each`` site, or one for all of a function."""

    since: str
    why: str
    calls: tuple[str, ...]
    each: bool = False


class History(Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of one pattern. ``release``: the one that its change is in; ``new_names``: what it brought."""

    release: str
    new_names: tuple[str, ...] = ()
    later: tuple[Later, ...] = ()
    moved: tuple[Moved, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    notes: dict[str, str] = {}

    def until(self, release: str) -> History:
        """What had happened by a release."""

        def old_enough(rule: Later | Moved | Replaced) -> bool:
            return ordered(rule.since) <= ordered(release)

        return msgspec.structs.replace(
            self,
            later=tuple(filter(old_enough, self.later)),
            moved=tuple(filter(old_enough, self.moved)),
            replaced=tuple(filter(old_enough, self.replaced)),
        )


class Form(NamedTuple):
    """A text that may stand for a site in the newer tree, by which rule, and whether for several sites at once."""

    text: str
    rule: Later
    shared: bool


def read_history() -> dict[str, History]:
    """``history.toml``, by pattern; raises ``msgspec.ValidationError`` for what it does not know."""
    return msgspec.toml.decode(HISTORY.read_bytes(), type=dict[str, History])


def ordered(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))


def later_forms(source: SourceFile, node: Node | None, file: str, rules: Sequence[Later]) -> Iterator[Form]:
    """What later changes make of a new text: of all of it, of an expression that holds it, or of a part."""
    if node is None:
        return
    nodes = [node]
    while nodes[-1].parent is not None and not nodes[-1].type.endswith("_statement"):
        nodes.append(nodes[-1].parent)
    nodes += walk(node)
    for rule in rules:
        if rule.files and not any(fnmatchcase(file, glob) for glob in rule.files):
            continue
        for one in dict.fromkeys(nodes):
            found = _template(rule.old).match(source, one)
            if found is None or not all(re.fullmatch(shape, found[name]) for name, shape in rule.where):
                continue
            for text in rule.new:
                for name, code in found.items():
                    text = text.replace(f"{{{name}}}", code)
                yield Form(spaced(text), rule, rule.shared)


@cache
def _template(text: str) -> Template:
    return Template.parse(text)
