"""The dialect: which words of a tree are loop heads and which are annotations.

A ``Dialect`` is data. ``load_dialect`` joins the built-in tables with the tree's own ``.clang-format`` (its
``ForEachMacros``) and, on request, with what the headers of the tree define; names that stand in none of these
are recognised by their shape (see ``masking``), so that a tree without ``.clang-format`` does as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from migrator.source import tables


class Dialect(Struct, frozen=True, eq=False):
    """Words with a meaning that the grammar does not know. Picklable; equal only to itself.

    >>> from migrator import Dialect
    >>> b"list_for_each_entry" in Dialect().iterators
    True
    """

    iterators: frozenset[bytes] = tables.ITERATORS
    annotations: frozenset[bytes] = tables.PLAIN_ANNOTATIONS
    list_annotations: frozenset[bytes] = tables.LIST_ANNOTATIONS

    @property
    def words(self) -> frozenset[bytes]:
        """All of them."""
        return self.iterators | self.annotations | self.list_annotations


DEFAULT_DIALECT = Dialect()

_FOR_EACH = re.compile(rb"^ForEachMacros:[ \t]*(\[[^\]]*\]|(?:\r?\n[ \t]*[-#][^\n]*)*)", re.MULTILINE)
_NAME = re.compile(rb"[A-Za-z_]\w*")
_LOOP_DEFINE = re.compile(
    rb"^[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w*)\([^()]*\)(?:[ \t]|\\\r?\n)*(?:for|while)[ \t]*\(", re.MULTILINE
)
_ALIAS_DEFINE = re.compile(
    rb"^[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w*)\([^()]*\)(?:[ \t]|\\\r?\n)*([A-Za-z_]\w*)[ \t]*\(", re.MULTILINE
)


def load_dialect(
    root: Path | None,
    iterators: Iterable[str] = (),
    annotations: Iterable[str] = (),
    list_annotations: Iterable[str] = (),
) -> Dialect:
    """The dialect of the tree that ``root`` (a file or folder) lies in, with the caller's additions.

    ``annotations`` are blanked as words, ``list_annotations`` with the parenthesised list behind them. A
    ``.clang-format`` that cannot be read counts as absent.

    >>> from migrator import Pattern, load_dialect, migrate_source
    >>> dialect = load_dialect(None, iterators=["lamps"])
    >>> source = b"void f(void) { lamps(l) strlcpy(l->name, name, 8); }"
    >>> migrate_source(source, Pattern.load("strscpy"), dialect=dialect).after
    b'void f(void) { lamps(l) strscpy(l->name, name, 8); }'
    """
    names = set(tables.ITERATORS)
    names.update(name.encode() for name in iterators)
    if root is not None:
        names.update(clang_format_iterators(root))
    return Dialect(
        iterators=frozenset(names),
        annotations=tables.PLAIN_ANNOTATIONS | {name.encode() for name in annotations},
        list_annotations=tables.LIST_ANNOTATIONS | {name.encode() for name in list_annotations},
    )


def clang_format_iterators(root: Path) -> frozenset[bytes]:
    """``ForEachMacros`` of the nearest ``.clang-format`` at ``root`` or above it; empty when there is none."""
    try:
        place = root.resolve()
        for folder in (place, *place.parents):
            candidate = folder / ".clang-format"
            if candidate.is_file():
                return listed_iterators(candidate.read_bytes())
    except OSError:
        pass
    return frozenset()


def listed_iterators(clang_format: bytes) -> frozenset[bytes]:
    """``ForEachMacros`` in the text of a ``.clang-format``."""
    match = _FOR_EACH.search(clang_format)
    return frozenset(_NAME.findall(match[1])) if match else frozenset()


def defined_iterators(header: bytes, known: frozenset[bytes] = frozenset()) -> frozenset[bytes]:
    """Macros that ``header`` defines as a loop head: the body starts with ``for (``, or with a known iterator."""
    if b"define" not in header:
        return frozenset()
    found = set(_LOOP_DEFINE.findall(header))
    for name, target in _ALIAS_DEFINE.findall(header):
        if target in known or target in found:
            found.add(name)
    return frozenset(found)
