"""Where a block of changed lines stands best: git's compaction and indent heuristic.

A block of removed or added lines can often slide up or down without changing what the diff does (the blank
line above or the one below, this ``}`` or that). Each block is slid together with what it can join, then to
where it faces changed lines of the other text, else to where the indentation around its two ends looks most
like the start and the end of something. Source: git's xdiff and M. Haggerty's diff-slider-tools, whose
weights these are.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

_DEEPEST = 200
_MOST_BLANKS = 20
_FURTHEST_SLIDE = 100

_START_OF_FILE = 1
_END_OF_FILE = 21
_BLANKS = -30
_BLANKS_BELOW = 6
# without and with blank lines around
_INDENTED = (-4, 10)
_OUTDENTED = (24, 17)
_DEDENTED = (23, 17)
_INDENT_WEIGHT = 60


def slide(lines: Sequence[bytes], ids: Sequence[int], changed: bytearray, other: bytearray) -> None:
    """Move the blocks of ``changed`` in place; ``other`` holds the flags of the other text."""
    block, facing = _Block(ids, changed), _Block(None, other)
    while True:
        if block.end > block.start:
            _place(lines, block, facing)
        following = changed.find(1, block.end)
        if following == -1:
            return
        # The two stay side by side: as many unchanged lines are above the one as above the other.
        unchanged = following - block.end
        block.forward(unchanged)
        facing.forward(unchanged)


class _Block:
    """A (possibly empty) block of changed lines before an unchanged one, and where it can go."""

    __slots__ = ("changed", "end", "ids", "length", "start")

    def __init__(self, ids: Sequence[int] | None, changed: bytearray) -> None:
        self.ids: Sequence[int] = ids if ids is not None else ()
        self.changed = changed
        self.length = len(changed) - 1
        self.start = self.end = 0
        while changed[self.end]:
            self.end += 1

    def next(self) -> None:
        """To the block below; there is one wherever a block of the other text could slide down."""
        self.start = self.end = self.end + 1
        while self.changed[self.end]:
            self.end += 1

    def forward(self, lines: int) -> None:
        """So many unchanged lines down, as ``next`` so many times."""
        at = self.end
        while True:
            following = self.changed.find(1, at)
            if following == -1 or following - at > lines:
                self.start = self.end = at + lines
                return
            lines -= following - at
            self.start = at = following
            while self.changed[at]:
                at += 1
            if lines == 0:
                self.end = at
                return

    def previous(self) -> None:
        """To the block above; there is one wherever a block of the other text could slide up."""
        self.start = self.end = self.start - 1
        while self.changed[self.start - 1]:
            self.start -= 1

    def slide_up(self) -> bool:
        """One line up, joining the block that it meets; False when the lines do not allow it."""
        if self.start == 0 or self.ids[self.start - 1] != self.ids[self.end - 1]:
            return False
        self.start -= 1
        self.end -= 1
        self.changed[self.start] = 1
        self.changed[self.end] = 0
        while self.changed[self.start - 1]:
            self.start -= 1
        return True

    def slide_down(self) -> bool:
        """One line down, joining the block that it meets; False when the lines do not allow it."""
        if self.end == self.length or self.ids[self.start] != self.ids[self.end]:
            return False
        self.changed[self.start] = 0
        self.changed[self.end] = 1
        self.start += 1
        self.end += 1
        while self.changed[self.end]:
            self.end += 1
        return True


def _place(lines: Sequence[bytes], block: _Block, facing: _Block) -> None:
    while True:
        size = block.end - block.start
        faced = False
        while block.slide_up():
            facing.previous()
        earliest = block.end
        faced = facing.end > facing.start
        while block.slide_down():
            facing.next()
            faced = faced or facing.end > facing.start
        if size == block.end - block.start:
            break
    if block.end == earliest:
        return
    if faced:
        while facing.end == facing.start:
            block.slide_up()
            facing.previous()
        return
    best = _best_end(lines, earliest, block.end, size)
    while block.end > best:
        block.slide_up()
        facing.previous()


def _best_end(lines: Sequence[bytes], earliest: int, latest: int, size: int) -> int:
    """The end, of those that the block can slide to, with the least badness; the lowest one of equals."""
    best_end, best = latest, (0, 0)
    first = max(earliest, latest - size - 1, latest - _FURTHEST_SLIDE)
    for end in range(first, latest + 1):
        below, above = _badness(lines, end), _badness(lines, end - size)
        score = (below[0] + above[0], below[1] + above[1])
        indents = (score[0] > best[0]) - (score[0] < best[0])
        if end == first or _INDENT_WEIGHT * indents + score[1] - best[1] <= 0:
            best_end, best = end, score
    return best_end


class _Surroundings(Struct, frozen=True):
    """What is around a gap between two lines; an indent of -1 means that there is no such line."""

    end_of_file: bool
    indent: int
    blanks_above: int
    indent_above: int
    blanks_below: int
    indent_below: int


def _badness(lines: Sequence[bytes], gap: int) -> tuple[int, int]:
    """Effective indent and penalty of a gap above line ``gap``; smaller is better for both."""
    around = _surroundings(lines, gap)
    penalty = 0
    if around.indent_above == -1 and around.blanks_above == 0:
        penalty += _START_OF_FILE
    if around.end_of_file:
        penalty += _END_OF_FILE
    blanks_below = 1 + around.blanks_below if around.indent == -1 else 0
    blanks = around.blanks_above + blanks_below
    penalty += _BLANKS * blanks + _BLANKS_BELOW * blanks_below
    indent = around.indent if around.indent != -1 else around.indent_below
    if indent != -1 and around.indent_above != -1:
        if indent > around.indent_above:
            penalty += _INDENTED[blanks != 0]
        elif indent < around.indent_above:
            penalty += (_OUTDENTED if around.indent_below > indent else _DEDENTED)[blanks != 0]
    return indent, penalty


def _surroundings(lines: Sequence[bytes], gap: int) -> _Surroundings:
    blanks_above, indent_above = _nearest(lines, range(gap - 1, -1, -1))
    blanks_below, indent_below = _nearest(lines, range(gap + 1, len(lines)))
    return _Surroundings(
        end_of_file=gap >= len(lines),
        indent=_indent(lines[gap]) if gap < len(lines) else -1,
        blanks_above=blanks_above,
        indent_above=indent_above,
        blanks_below=blanks_below,
        indent_below=indent_below,
    )


def _nearest(lines: Sequence[bytes], indexes: range) -> tuple[int, int]:
    """How many blank lines come first, and the indent of the first line that is not blank."""
    blanks = 0
    for index in indexes:
        indent = _indent(lines[index])
        if indent != -1:
            return blanks, indent
        blanks += 1
        if blanks == _MOST_BLANKS:
            return blanks, 0
    return blanks, -1


def _indent(line: bytes) -> int:
    """Columns of white space at the start of a line, tabs to every eighth; -1 for a blank line."""
    width = 0
    for byte in line:
        if byte == 0x20:
            width += 1
        elif byte == 0x09:
            width += 8 - width % 8
        elif byte not in b"\n\r\v\f":
            return width
        if width >= _DEEPEST:
            return _DEEPEST
    return -1
