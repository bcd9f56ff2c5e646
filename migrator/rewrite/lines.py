"""Which lines and comments belong to a statement that goes."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.source import SourceFile, Span

BLANKS = b" \t"


def comments_between(source: SourceFile, start: int, end: int) -> Sequence[Span]:
    """The comments that start in a range of bytes, in order."""
    first = bisect_left(source.comments, start, key=lambda span: span.start)
    last = bisect_left(source.comments, end, key=lambda span: span.start)
    return source.comments[first:last]


def whole_lines(source: SourceFile, start: int, end: int) -> tuple[int, int] | None:
    """The lines of a range, when nothing else but blanks and a comment behind it stands on them."""
    data = source.data
    line_start, line_end = source.line_start(start), source.line_end(max(start, end - 1))
    if data[line_start:start].strip(BLANKS):
        return None
    position = end
    for span in comments_between(source, end, line_end):
        if data[position : span.start].strip() or span.end > line_end:
            return None
        position = span.end
    return None if data[position:line_end].strip() else (line_start, line_end)


def names_topic(text: str, topics: Sequence[str]) -> bool:
    """Whether a text speaks of one of the topics: as a word, or as another form of it (charge: charged, uncharging)."""
    for topic in topics:
        stem = re.escape(topic.removesuffix("e"))
        if re.search(rf"(?<![a-z0-9])(?:un)?{stem}(?:e|es|ed|ing|s|d)?(?![a-z0-9])", text):
            return True
    return False


def start_with_comment(
    source: SourceFile, line_start: int, lowest: int, topics: Sequence[str], line_end: int | None = None
) -> int:
    """Where deletion of the lines from ``line_start`` begins: at comments directly above them that name a topic.

    ``line_end`` is where the deleted lines end. A comment of several sentences above a paragraph of which more stays
    may speak of what stays, so it stays too.
    """
    data, above = source.data, line_start
    for span in reversed(comments_between(source, lowest, line_start)):
        first = source.line_start(span.start)
        between = data[span.end : above]
        if (
            data.startswith(b"#", first)
            or between.strip()
            or between.count(b"\n") != 1
            or data[first : span.start].strip(BLANKS)
        ):
            break
        text = data[span.start : span.end].lower().decode("utf-8", "replace")
        if not names_topic(text, topics):
            break
        if line_end is not None and len(re.findall(r"[.;:](?:\s|$)", text.strip("/* \t\n"))) > 1:
            behind = data[line_end : source.line_end(line_end)].strip() if line_end < len(data) else b""
            if behind and not behind.startswith(b"}"):
                break
        above = first
    return above
