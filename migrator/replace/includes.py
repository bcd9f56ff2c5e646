"""``#include`` lines put in and taken out, in the order that the file has.

A header goes behind the last line of its own folder that sorts before it, when those lines are sorted; else behind
the last of them, else behind the last ``#include <...>`` at the top of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from migrator.edits import Edit

if TYPE_CHECKING:
    from migrator.pattern.rules import Rewrite
    from migrator.source import SourceFile

_ANY_INCLUDE = re.compile(rb"^[ \t]*#[ \t]*include\b[^\n]*", re.MULTILINE)
_INCLUDE = re.compile(rb"[ \t]*#[ \t]*include[ \t]*<([^>\n]+)>")


def include_edits(source: SourceFile, rewrite: Rewrite, after: bytes) -> Iterator[Edit]:
    """The edits to the includes of a file that changes; ``after`` is the file as it will be but for them."""
    lines = list(_includes(source))
    present = {header for header, _, _ in lines}
    code = _ANY_INCLUDE.sub(b"", after)
    for header in rewrite.added_includes:
        if header not in present:
            place = _place(source, header, lines)
            if place is not None:
                yield Edit(place, place, b"#include <" + header.encode() + b">" + source.newline)
    for dropped in rewrite.dropped_includes:
        words = rb"|".join(re.escape(word.encode()) for word in dropped.provides)
        if re.search(rb"(?<![A-Za-z0-9_])(?:" + words + rb")(?![A-Za-z0-9_])", code):
            continue
        for header, start, end in lines:
            if header == dropped.header:
                yield Edit(start, end, b"")


def _includes(source: SourceFile) -> Iterator[tuple[str, int, int]]:
    """Header, start and end of the lines ``#include <...>`` that stand in no ``#if`` group."""
    for span in source.directives:
        match = _INCLUDE.match(source.code, span.start, span.end)
        inside = any(
            group.directives[0].start < span.start < group.directives[-1].start for group in source.conditionals
        )
        if match is not None and not _guarded(source, span.start, inside):
            yield (
                match[1].decode("utf-8", "replace").strip(),
                source.line_start(span.start),
                source.line_end(span.start),
            )


def _guarded(source: SourceFile, offset: int, inside: bool) -> bool:
    """Whether a line stands in an ``#if`` group that is not the guard around a whole header."""
    if not inside:
        return False
    groups = [item for item in source.conditionals if item.directives[0].start < offset < item.directives[-1].start]
    whole = [item for item in groups if not source.code[item.directives[-1].end :].strip()]
    return len(groups) > len(whole)


def _place(source: SourceFile, header: str, lines: list[tuple[str, int, int]]) -> int | None:
    folder = header.rpartition("/")[0]
    kin = [item for item in lines if item[0].rpartition("/")[0] == folder]
    names = [item[0] for item in kin]
    if kin and names == sorted(names):
        before = [item for item in kin if item[0] < header]
        return before[-1][2] if before else kin[0][1]
    if kin:
        return kin[-1][2]
    return lines[-1][2] if lines else None
