"""Lines that became too long, broken as kernel style has it: under the parenthesis that is open, eighty columns."""

from __future__ import annotations

import re

from migrator.rewrite.layout import COLUMNS, indentation, padding, width

_BREAK = re.compile(r"(?<=,) (?=\S)|(?<= \|) (?=\S)|(?<= \|\|) (?=\S)|(?<= &&) (?=\S)|(?<= \+) (?=\S)|(?<==) (?=\S)")


def broken(line: str, newline: str = "\n") -> str:
    """One line of code in as many lines as eighty columns ask for; unchanged where there is no place to break it.

    Of the places that fit the outermost is taken, and of those the last.
    """
    lines: list[str] = []
    rest, carried = line, _Columns(indentation(line))
    while width(rest) > COLUMNS:
        place = _place(rest, carried)
        if place is None:
            break
        position, column, inner = place
        lines.append(rest[:position].rstrip())
        rest, carried = padding(column) + rest[position:].lstrip(), inner
    return newline.join([*lines, rest])


class _Columns:
    """The columns behind the parentheses that are open, and where a line goes on that has none."""

    def __init__(self, indent: str, opened: tuple[int, ...] = ()) -> None:
        self.indent = indent
        self.opened = opened

    @property
    def continued(self) -> int:
        return self.opened[-1] if self.opened else width(self.indent) + 8


def _place(line: str, columns: _Columns) -> tuple[int, int, _Columns] | None:
    """Where to break (an index into the line), the column to go on at, and what is open there."""
    best: tuple[int, int, int, _Columns] | None = None
    opened = list(columns.opened)
    breaks = {match.start() for match in _BREAK.finditer(line)}
    first = len(indentation(line))
    quote, column = "", 0
    for index, character in enumerate(line):
        if column > COLUMNS:
            break
        if quote:
            quote = "" if character == quote and line[index - 1] != "\\" else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            opened.append(column + 1)
        elif character in ")]}" and opened:
            opened.pop()
        elif index in breaks and index > first and column <= COLUMNS:
            here = _Columns(columns.indent, tuple(opened))
            if (best is None or len(opened) <= best[0]) and here.continued < COLUMNS - 8:
                best = (len(opened), index, here.continued, here)
        column = width(character, column)
    return None if best is None else best[1:]


def flat(text: str) -> str:
    """Code of several lines on one, without blanks behind an opening parenthesis or before a closing one."""
    one = re.sub(r"(?<=->)[ \t]*\\?\r?\n[ \t]*", "", text)
    one = re.sub(r"[ \t]*\\?\r?\n[ \t]*", " ", one).strip()
    return re.sub(r"(?<=[(\[]) | (?=[)\]])", "", one) if "\n" in text else one
