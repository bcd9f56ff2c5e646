"""Changed regions of two texts and the hunks around them.

Text is split at line feeds only, as git does: a carriage return or a form feed belongs to its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from msgspec import Struct

from migrator.series.changes import changed_lines, line_ids
from migrator.series.sliding import slide

_CONTEXT = 3
_LONGEST_HEADING = 80
_NO_NEWLINE = b"\n\\ No newline at end of file\n"


class Region(Struct, frozen=True):
    """Lines ``old_start`` to ``old_end`` (half-open, from 0) become lines ``new_start`` to ``new_end``."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


class Heading(StrEnum):
    """How the line behind ``@@`` is found: git's default, or its ``diff=cpp`` driver, which passes over labels."""

    DEFAULT = "default"
    CPP = "cpp"


def split_lines(data: bytes) -> list[bytes]:
    """The lines with their newlines; the last one has none where the text does not end in one."""
    lines = data.split(b"\n")
    last = lines.pop()
    lines = [line + b"\n" for line in lines]
    if last:
        lines.append(last)
    return lines


def regions(before: Sequence[bytes], after: Sequence[bytes]) -> tuple[Region, ...]:
    """What differs between two lists of lines, in order, placed as git places it."""
    old_ids, new_ids = line_ids(before, after)
    removed, added = changed_lines(old_ids, new_ids)
    slide(before, old_ids, removed, added)
    slide(after, new_ids, added, removed)
    found: list[Region] = []
    old, new = 0, 0
    while True:
        # The next flag of either text: all lines between are equal ones.
        old_next, new_next = removed.find(1, old), added.find(1, new)
        if old_next == new_next == -1:
            return tuple(found)
        distances = [here - there for here, there in ((old_next, old), (new_next, new)) if here != -1]
        equal = min(distances)
        old_start, new_start = old + equal, new + equal
        old, new = old_start, new_start
        while removed[old]:
            old += 1
        while added[new]:
            new += 1
        found.append(Region(old_start, old, new_start, new))


def render_hunks(
    before: Sequence[bytes],
    after: Sequence[bytes],
    changed: Sequence[Region],
    heading: Heading = Heading.DEFAULT,
) -> bytes:
    """The ``@@`` hunks with three lines of context, empty for no region."""
    find = _FINDERS[heading]
    pieces: list[bytes] = []
    title, searched = b"", 0
    for group in _groups(changed):
        first, last = group[0], group[-1]
        old_start, new_start = max(first.old_start - _CONTEXT, 0), max(first.new_start - _CONTEXT, 0)
        trailing = min(_CONTEXT, len(before) - last.old_end, len(after) - last.new_end)
        old_end, new_end = last.old_end + trailing, last.new_end + trailing
        title = _title(before, old_start, searched, find, title)
        searched = max(old_start, 0)
        pieces.append(
            b"@@ -%s +%s @@%s\n"
            % (_range(old_start, old_end), _range(new_start, new_end), b" " + title if title else b"")
        )
        position = old_start
        for region in group:
            _append(pieces, b" ", before[position : region.old_start])
            _append(pieces, b"-", before[region.old_start : region.old_end])
            _append(pieces, b"+", after[region.new_start : region.new_end])
            position = region.old_end
        _append(pieces, b" ", before[position:old_end])
    return b"".join(pieces)


def _groups(changed: Sequence[Region]) -> list[list[Region]]:
    groups: list[list[Region]] = []
    for region in changed:
        if groups and region.old_start - groups[-1][-1].old_end <= 2 * _CONTEXT:
            groups[-1].append(region)
        else:
            groups.append([region])
    return groups


def _append(pieces: list[bytes], sign: bytes, lines: Sequence[bytes]) -> None:
    for line in lines:
        pieces.append(sign)
        pieces.append(line if line.endswith(b"\n") else line + _NO_NEWLINE)


def _range(start: int, end: int) -> bytes:
    count = end - start
    first = start + 1 if count else start
    return b"%d" % first if count == 1 else b"%d,%d" % (first, count)


def _title(
    lines: Sequence[bytes], end: int, start: int, find: Callable[[bytes], bytes | None], inherited: bytes
) -> bytes:
    """The last line above ``end`` that names something; above ``start`` it is the one inherited."""
    for index in range(end - 1, start - 1, -1):
        found = find(lines[index])
        if found is not None:
            return found
    return inherited


def _default_heading(line: bytes) -> bytes | None:
    return line[:_LONGEST_HEADING].rstrip() if line[:1].isalpha() or line[:1] in (b"_", b"$") else None


# git's userdiff driver "cpp": labels are passed over, and a leading "::" may open a name.
_CPP_LABEL = re.compile(rb"[ \t]*[A-Za-z_][A-Za-z_0-9]*:[ \t\n\r\f\v]*(?:$|/[/*])")
_CPP_NAME = re.compile(rb"((?:::[ \t\n\r\f\v]*)?[A-Za-z_][^\n]*)")


def _cpp_heading(line: bytes) -> bytes | None:
    text = line.rstrip(b"\n")
    if _CPP_LABEL.match(text):
        return None
    found = _CPP_NAME.match(text)
    return found.group(1)[:_LONGEST_HEADING].rstrip() if found else None


_FINDERS: dict[Heading, Callable[[bytes], bytes | None]] = {
    Heading.DEFAULT: _default_heading,
    Heading.CPP: _cpp_heading,
}
