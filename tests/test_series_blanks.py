"""One blank line where one belongs, never two, whatever comes and goes."""

from __future__ import annotations

import pytest

from migrator.edits import Edit, apply_edits
from migrator.series.blanks import insertion, removals

NEW = b"new;\n"

INSERTIONS = {
    "between-neighbours": (b"a;\n|b;\n", b"a;\n\nnew;\n\nb;\n"),
    "blank-above": (b"a;\n\n|b;\n", b"a;\n\nnew;\n\nb;\n"),
    "blank-below": (b"a;\n|\nb;\n", b"a;\n\nnew;\n\nb;\n"),
    "blank-both": (b"a;\n\n|\nb;\n", b"a;\n\nnew;\n\nb;\n"),
    "start": (b"|a;\n", b"new;\n\na;\n"),
    "end": (b"a;\n|", b"a;\n\nnew;\n"),
    "empty": (b"|", b"new;\n"),
    "first-of-a-branch": (b"#ifdef A\n|a;\n#endif\n", b"#ifdef A\nnew;\n\na;\n#endif\n"),
    "last-of-a-branch": (b"#ifdef A\na;\n|#endif\n", b"#ifdef A\na;\n\nnew;\n#endif\n"),
    "before-else": (b"a;\n|#else\nb;\n", b"a;\n\nnew;\n#else\nb;\n"),
}


@pytest.mark.parametrize("case", INSERTIONS)
def test_insertions(case: str) -> None:
    marked, wanted = INSERTIONS[case]
    data, offset = marked.replace(b"|", b""), marked.index(b"|")
    assert apply_edits(data, [insertion(data, offset, NEW, apart=True)]) == wanted


def test_a_text_that_is_not_apart() -> None:
    assert apply_edits(b"a;\nb;\n", [insertion(b"a;\nb;\n", 3, NEW, apart=False)]) == b"a;\nnew;\nb;\n"


def test_line_ends() -> None:
    assert insertion(b"a;\r\nb;\r\n", 4, b"new;\r\n", apart=True) == Edit(4, 4, b"\r\nnew;\r\n\r\n")


# ``[`` and ``]`` mark what goes, ``|`` where something is inserted.
REMOVALS = {
    "one-of-many": (b"a;\n[b;\n]c;\n", b"a;\nc;\n"),
    "a-paragraph": (b"a;\n\n[b;\n]\nc;\n", b"a;\n\nc;\n"),
    "two-paragraphs": (b"a;\n\n[b;\n]\n[c;\n]\nd;\n", b"a;\n\nd;\n"),
    "end-of-a-paragraph": (b"a;\n[b;\n]\nc;\n", b"a;\n\nc;\n"),
    "start-of-a-paragraph": (b"a;\n\n[b;\n]c;\n", b"a;\n\nc;\n"),
    "first": (b"[a;\n]\nb;\n", b"b;\n"),
    "last": (b"a;\n\n[b;\n]", b"a;\n"),
    "first-of-a-branch": (b"#if A\n[a;\n]\nb;\n#endif\n", b"#if A\nb;\n#endif\n"),
    "last-of-a-branch": (b"#if A\na;\n\n[b;\n]#endif\n", b"#if A\na;\n#endif\n"),
    "replaced": (b"a;\n\n[b;\n]|\nc;\n", b"a;\n\nnew;\n\nc;\n"),
    "replaced-before-more": (b"a;\n\n[b;\n]|c;\n", b"a;\n\nnew;\n\nc;\n"),
    "replaced-between": (b"a;\n\n[b;\n]|\n[c;\n]\nd;\n", b"a;\n\nnew;\n\nd;\n"),
    "replaced-above": (b"a;\n\n|[b;\n]\nc;\n", b"a;\n\nnew;\n\nc;\n"),
    "replaced-in-a-branch": (b"#if A\n[a;\n\n][b;\n]|\nc;\n#endif\n", b"#if A\nnew;\n\nc;\n#endif\n"),
}


@pytest.mark.parametrize("case", REMOVALS)
def test_removals(case: str) -> None:
    marked, wanted = REMOVALS[case]
    data = b""
    ranges: list[tuple[int, int]] = []
    inserted: list[int] = []
    start = 0
    for byte in marked:
        if byte == ord("["):
            start = len(data)
        elif byte == ord("]"):
            ranges.append((start, len(data)))
        elif byte == ord("|"):
            inserted.append(len(data))
        else:
            data += bytes((byte,))
    lines = removals(data, ranges, inserted)
    edits = [Edit(first, last, b"") for first, last in lines]
    edits += [insertion(data, offset, NEW, apart=True, removed=lines) for offset in inserted]
    assert apply_edits(data, edits) == wanted
