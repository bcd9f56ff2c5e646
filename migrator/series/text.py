"""Plain text for mails: wrapping, lists of names, counted nouns."""

from __future__ import annotations

import re
from collections.abc import Sequence

# The kernel's width of a commit message.
WIDTH = 75

_LIST_ITEM = re.compile(r"(?:[-*+]|\(?\d+[.)]) +")
_VERBATIM = re.compile(r"[ \t]|[A-Z][A-Za-z-]*: \S|[A-Za-z-]+-by: |>|https?://\S+$")


def wrapped(text: str, width: int = WIDTH) -> str:
    """The text with each paragraph filled to ``width`` columns; no final newline.

    Kept line by line: indented lines (code), trailers, quotes, links. An item of a list is a paragraph whose further
    lines are indented. Words are never cut, so a long one may stick out.
    """
    paragraphs = re.split(r"\n(?:[ \t]*\n)+", text.strip("\n"))
    return "\n\n".join(_wrapped_paragraph(paragraph, width) for paragraph in paragraphs if paragraph.strip())


def _wrapped_paragraph(paragraph: str, width: int) -> str:
    done: list[str] = []
    open_lines: list[str] = []
    hanging = False

    def close() -> None:
        if open_lines:
            item = _LIST_ITEM.match(open_lines[0])
            indent = " " * len(item.group()) if item else ""
            done.append(filled(" ".join(open_lines), width, "", indent))
            open_lines.clear()

    for line in paragraph.rstrip().split("\n"):
        line = line.rstrip()
        if _LIST_ITEM.match(line):
            close()
            open_lines.append(line)
            hanging = True
        elif _VERBATIM.match(line) and not (hanging and line.startswith(" ")):
            close()
            done.append(line)
            hanging = False
        else:
            open_lines.append(line.strip())
    close()
    return "\n".join(done)


def filled(text: str, width: int = WIDTH, first: str = "", rest: str = "") -> str:
    """One paragraph, filled, with these indents; white space in it counts as one blank."""
    import textwrap

    return textwrap.fill(
        " ".join(text.split()),
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def counted(count: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def joined(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)
