"""Small passes over the text of one function: edit, parse again, edit; in the end the edits from first to last text.

Within one function the engine never edits edited text. Across functions a rewrite has steps of different kinds
(a branch is taken out of its ``if``, then calls go, then a guard is added), each of which is simplest on the text that
the one before left.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrator.across.group import AcrossRefusedError
from migrator.diagnostics import Code
from migrator.edits import Edit, PositionMap, apply_edits
from migrator.source import SourceFile

if TYPE_CHECKING:
    from migrator.source import Dialect, Function


class Text:
    """The text of a file in which one function changes; ``forward`` leads from the original to the present text."""

    def __init__(self, path: str, data: bytes, dialect: Dialect, function: Function) -> None:
        self.path = path
        self.original = data
        self.data = data
        self.dialect = dialect
        self._start = function.start
        self._end = function.end
        self._body = function.body.start_byte
        self._name = function.name
        self._maps: list[PositionMap] = []
        self._function = function
        self._parsed: tuple[SourceFile, Function] | None = None

    def edit(self, edits: Sequence[Edit]) -> None:
        """Carry out edits over the present text."""
        self.data = apply_edits(self.data, edits)
        self._maps.append(PositionMap(edits))
        self._parsed = None

    def copy(self) -> Text:
        """The same text, to go on with in another way."""
        twin = Text(self.path, self.original, self.dialect, self._function)
        twin.data, twin._maps = self.data, list(self._maps)
        return twin

    def forward(self, offset: int) -> int | None:
        """Where a byte of the original stands now; None when it was replaced."""
        position: int | None = offset
        for step in self._maps:
            if position is None:
                return None
            position = step.forward(position)
        return position

    def line_before(self, line: int) -> int:
        """The line of the original that a line of the present text comes from, or the one before it."""
        now = self.data.split(b"\n")
        then = self.original.split(b"\n")
        best = line
        for tag, low, high, start, _ in _opcodes(then, now):
            if start <= line - 1:
                best = (
                    low + (line - 1 - start) + 1 if tag == "equal" else min(low + (line - 1 - start) + 1, max(high, 1))
                )
        return max(best, 1)

    def parse(self) -> tuple[SourceFile, Function]:
        """The present text and the function in it; raises AcrossRefusedError where it does not parse."""
        if self._parsed is None:
            source = SourceFile.parse(self.path, self.data, self.dialect)
            body = self.forward(self._body)
            function = None if body is None else source.function_at(body)
            if function is None or function.name != self._name or function.broken or function.cut:
                line = self.original.count(b"\n", 0, self._start) + 1
                raise AcrossRefusedError(
                    Code.REWRITE_CHECK_FAILED, self.path, line, f"{self._name}() does not parse when it is rewritten"
                )
            self._parsed = (source, function)
        return self._parsed

    def edits(self) -> tuple[Edit, ...]:
        """The edits from the original to the present text, in whole lines."""
        return line_edits(self.original, self.data)


def line_edits(before: bytes, after: bytes) -> tuple[Edit, ...]:
    """What leads from one text to another, in whole lines."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    return tuple(
        Edit(starts[low], starts[high], b"".join(new[start:end]))
        for tag, low, high, start, end in _opcodes(old, new)
        if tag != "equal"
    )


def _opcodes(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[str, int, int, int, int]]:
    """As difflib's, of the lines between the common head and tail."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    found: list[tuple[str, int, int, int, int]] = [("equal", 0, head, 0, head)] if head else []
    matcher = difflib.SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    for tag, low, high, start, end in matcher.get_opcodes():
        found.append((tag, low + head, high + head, start + head, end + head))
    if tail:
        found.append(("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return found
