"""Edits: frozen replacements over the original bytes, applied once.

An edit names a half-open byte range of the original and what stands there afterwards. A list of edits is
valid when no two of them overlap; two insertions at one offset are kept in the order given. Nothing here
knows about C. The model is golang/tools ``internal/diff``: edits are computed against one text, never
against the result of another edit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from msgspec import Struct

from migrator.errors import OverlappingEditsError


class Edit(Struct, frozen=True):
    """Replace the bytes ``start`` (inclusive) to ``end`` (exclusive) of the original by ``replacement``.

    >>> from migrator import Edit
    >>> Edit(4, 3, b"")
    Traceback (most recent call last):
    ValueError: not a byte range: 4..3
    """

    start: int
    end: int
    replacement: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a byte range: {self.start}..{self.end}")


def normalized(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits in order of position, duplicates of one non-empty replacement dropped.

    Raises OverlappingEditsError when two different edits touch the same byte, or when an insertion falls
    strictly inside a replaced range.
    """
    ordered: list[Edit] = []
    for edit in sorted(edits, key=lambda item: (item.start, item.end)):
        if ordered:
            last = ordered[-1]
            if edit == last and edit.end > edit.start:
                continue
            if edit.start < last.end:
                raise OverlappingEditsError(last.start, last.end, edit.start, edit.end)
        ordered.append(edit)
    return tuple(ordered)


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The original with every edit carried out; raises OverlappingEditsError, ValueError past the end.

    >>> from migrator import Edit, apply_edits
    >>> apply_edits(b"lamp_off();", [Edit(5, 8, b"on"), Edit(11, 11, b" wait();")])
    b'lamp_on(); wait();'
    """
    pieces: list[bytes] = []
    position = 0
    for edit in normalized(edits):
        if edit.end > len(data):
            raise ValueError(f"edit {edit.start}..{edit.end} ends behind the {len(data)} bytes of the original")
        pieces.append(data[position : edit.start])
        pieces.append(edit.replacement)
        position = edit.end
    pieces.append(data[position:])
    return b"".join(pieces)


class PositionMap:
    """Maps byte offsets of the original to offsets of the edited text."""

    __slots__ = ("_base", "_ends", "_shifts", "_starts")

    def __init__(self, edits: Iterable[Edit], base: int = 0) -> None:
        """``base`` is taken off every mapped offset: the offset at which a part of the edited text was cut out."""
        self._base = base
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._shifts: list[int] = []
        shift = 0
        for edit in normalized(edits):
            shift += len(edit.replacement) - (edit.end - edit.start)
            self._starts.append(edit.start)
            self._ends.append(edit.end)
            self._shifts.append(shift)

    def forward(self, offset: int) -> int | None:
        """Where the byte at ``offset`` stands afterwards; None when an edit removed or replaced it."""
        index = bisect_right(self._starts, offset) - 1
        if index < 0:
            return offset - self._base
        if offset < self._ends[index]:
            return None
        return offset + self._shifts[index] - self._base


def line_span(edits: Sequence[Edit]) -> tuple[int, int]:
    """The smallest byte range of the original that holds all edits; (0, 0) for none."""
    if not edits:
        return (0, 0)
    return (min(edit.start for edit in edits), max(edit.end for edit in edits))
