"""A file's change as git prints it, and as a person reads it: coloured, with each warning at the hunk it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from migrator.cli.terminal import Painter, Style, harmless
from migrator.cli.text import diagnostic_lines
from migrator.results import SiteStatus

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.results import FileResult

_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? ", re.MULTILINE)


def warnings_of(file: FileResult) -> tuple[Diagnostic, ...]:
    """The diagnostics about what the diff shows: those of rewritten sites."""
    return tuple(
        diagnostic for site in file.sites if site.status is SiteStatus.WARNED for diagnostic in site.diagnostics
    )


def shown_diff(diff: bytes, about: Iterable[Diagnostic], paint: Painter, *, suggestions: bool = False) -> Iterator[str]:
    """The lines of a diff for a person, each diagnostic in front of the hunk that its line is in, or is nearest to."""
    starts = [match.start() for match in _HUNK.finditer(diff)]
    ranges = [_old_range(match) for match in _HUNK.finditer(diff)]
    placed: dict[int, list[Diagnostic]] = {}
    for diagnostic in sorted(about, key=lambda item: item.line):
        index = min(range(len(ranges)), key=lambda position: _distance(diagnostic.line, ranges[position]))
        placed.setdefault(index, []).append(diagnostic)
    yield from (paint(harmless(line), Style.HEAD) for line in _lines(diff[: starts[0]]))
    for index, (start, end) in enumerate(zip(starts, [*starts[1:], len(diff)], strict=True)):
        for diagnostic in placed.get(index, ()):
            yield from diagnostic_lines(diagnostic, paint, suggestions=suggestions)
        for line in _lines(diff[start:end]):
            yield painted_line(harmless(line), paint)


def _old_range(match: re.Match[bytes]) -> tuple[int, int]:
    first = int(match[1])
    return first, first + int(match[2] or 1) - 1


def _distance(line: int, lines: tuple[int, int]) -> int:
    first, last = lines
    return max(first - line, line - last, 0)


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")


def painted_line(line: str, paint: Painter) -> str:
    """A line of a diff in its colour."""
    if line.startswith("@@"):
        head, mark, title = line[2:].partition("@@")
        return paint(f"@@{head}{mark}", Style.HUNK) + title
    if line.startswith("+"):
        return paint(line, Style.ADDED)
    return paint(line, Style.REMOVED) if line.startswith("-") else line
