"""Text put between lines and lines taken away, with one blank line left where one belongs, never two."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.edits import Edit

Range = tuple[int, int]


def insertion(
    data: bytes, offset: int, text: bytes, *, apart: bool, removed: Sequence[Range] = (), parted: bool = False
) -> Edit:
    """An edit that puts ``text`` (whole lines) at the start of a line; ``apart``: parted from its neighbours.

    ``removed`` are ranges of whole lines that go at the same time: neighbours are what is left around them.
    ``parted``: another text that is apart has been put at the same place and stands above.
    """
    if apart:
        above, below = _line_above(data, offset, removed), _line_below(data, offset, removed)
        newline = b"\r\n" if text.endswith(b"\r\n") else b"\n"
        close = below is not None and below.strip() and not _closes(below)
        if not close if parted else above is not None and above.strip() and not _opens(above):
            text = newline + text
        if close:
            text += newline
    return Edit(offset, offset, text)


def removals(data: bytes, ranges: Sequence[Range], inserted: Sequence[int] = ()) -> tuple[Range, ...]:
    """Ranges of whole lines with the blank lines that go with them: those between them, and one of two around them.

    ``inserted`` are offsets at which a text is put, which sees to its neighbours itself.
    """
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if joined and not data[joined[-1][1] : start].strip() and not _within(inserted, joined[-1][1], start):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(_without_seam(data, one, inserted) for one in joined)


def _without_seam(data: bytes, one: Range, inserted: Sequence[int]) -> Range:
    start, end = one
    if start in inserted or end in inserted:
        return one
    above, below = _line_above(data, start, ()), _line_below(data, end, ())
    blank_above = above is not None and not above.strip()
    if below is not None and not below.strip() and (above is None or blank_above or _opens(above)):
        return start, end + len(below)
    if blank_above and above is not None and (below is None or _closes(below)):
        return start - len(above), end
    return one


def _within(offsets: Sequence[int], start: int, end: int) -> bool:
    return any(start <= offset <= end for offset in offsets)


def _line_above(data: bytes, offset: int, removed: Sequence[Range]) -> bytes | None:
    moved = True
    while moved:
        moved = False
        for start, end in removed:
            if start < offset <= end:
                offset, moved = start, True
    if offset == 0:
        return None
    return data[data.rfind(b"\n", 0, offset - 1) + 1 : offset]


def _line_below(data: bytes, offset: int, removed: Sequence[Range]) -> bytes | None:
    moved = True
    while moved:
        moved = False
        for start, end in removed:
            if start <= offset < end:
                offset, moved = end, True
    if offset >= len(data):
        return None
    end = data.find(b"\n", offset)
    return data[offset:] if end < 0 else data[offset : end + 1]


def _opens(line: bytes) -> bool:
    """A line below which no blank line is missing: ``#if``, ``#else``."""
    return line.lstrip().startswith((b"#if", b"#else", b"#elif")) or line.rstrip().endswith(b"{")


def _closes(line: bytes) -> bool:
    return line.lstrip().startswith((b"#else", b"#elif", b"#endif", b"}"))
