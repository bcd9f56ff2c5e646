"""Which line a key of a TOML text stands on.

``tomllib`` forgets positions. This scanner runs over a text that ``tomllib`` has accepted and notes, for every path
such as ``("undo", 1, "effect")``, the line of its key. It reads only as much of TOML as it takes not to be fooled by
strings, arrays and inline tables; of an invalid text it makes some map, without failing.
"""

from __future__ import annotations

import re
from bisect import bisect_right

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*(\.?)""")
_STRING = re.compile(r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''', re.DOTALL)
_BARE = re.compile(r"[^,\]}#\n]*")


def key_lines(text: str) -> dict[Path, int]:
    """The 1-based line of every key, table header and array element in ``text``."""
    return _Scanner(text).document()


class _Scanner:
    """The position in one text, and what was found so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self.newlines = [match.start() for match in re.finditer("\n", text)]

    def document(self) -> dict[Path, int]:
        table: Path = ()
        while True:
            self.skip(_BLANK)
            if self.position >= len(self.text):
                return self.lines
            start = self.position
            if self.text.startswith("[[", start):
                self.position += 2
                table = self.header(of_array=True)
            elif self.text.startswith("[", start):
                self.position += 1
                table = self.header(of_array=False)
            else:
                self.pair(table)
            if self.position == start:
                self.position += 1

    def skip(self, expression: re.Pattern[str]) -> None:
        match = expression.match(self.text, self.position)
        if match is not None:
            self.position = match.end()

    def line(self) -> int:
        return bisect_right(self.newlines, self.position - 1) + 1

    def note(self, path: Path, line: int) -> None:
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def key(self) -> list[str]:
        parts: list[str] = []
        while match := _KEY.match(self.text, self.position):
            self.position = match.end()
            parts.append(next((group for group in match.groups()[:3] if group is not None), ""))
            if not match[4]:
                break
        return parts

    def header(self, of_array: bool) -> Path:
        line = self.line()
        parts = self.key()
        path: Path = ()
        for index, part in enumerate(parts):
            path = (*path, part)
            if of_array and index == len(parts) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                self.note(path, line)
                path = (*path, self.counts[path])
        self.note(path, line)
        while self.text.startswith("]", self.position):
            self.position += 1
        return path

    def pair(self, table: Path) -> None:
        line = self.line()
        path = (*table, *self.key())
        self.note(path, line)
        while self.text[self.position : self.position + 1] in (" ", "\t", "="):
            self.position += 1
        self.value(path)

    def value(self, path: Path) -> None:
        self.skip(_BLANK)
        opening = self.text[self.position : self.position + 1]
        if opening in ('"', "'"):
            before = self.position
            self.skip(_STRING)
            self.position = max(self.position, before + 1)
        elif opening == "[":
            self.items(path, "]")
        elif opening == "{":
            self.items(path, "}")
        else:
            self.skip(_BARE)

    def items(self, path: Path, closing: str) -> None:
        self.position += 1
        index = 0
        while True:
            self.skip(_BLANK)
            if self.position >= len(self.text):
                return
            if self.text[self.position] == closing:
                self.position += 1
                return
            if self.text[self.position] == ",":
                self.position += 1
                continue
            start = self.position
            if closing == "]":
                self.note((*path, index), self.line())
                self.value((*path, index))
                index += 1
            else:
                self.pair(path)
            if self.position == start:
                self.position += 1
