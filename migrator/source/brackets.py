"""Balanced parentheses, white space and whole words, in text without literals, comments and directives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

_SEPARATOR = re.compile(rb"[()\[\]{},]")
_REACH = 30_000  # no annotation or asm statement is longer; bounds the work on text with unbalanced parentheses
_PAREN = re.compile(rb"[()]")
_NON_BLANK = re.compile(rb"[^\s]")
_WORD_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_SPACE = b" \t\r\n\f\v"


def _balanced(depth: int) -> bytes:
    pattern = rb"\([^()]*+\)"
    for _ in range(depth):
        pattern = rb"\((?:[^()]++|" + pattern + rb")*+\)"
    return pattern


BALANCED = _balanced(9)
"""A regular expression for a parenthesised text, nested up to ten deep; it does not backtrack."""


def balanced_end(text: bytes | bytearray, opening: int, reach: int = _REACH) -> int | None:
    """The offset behind the parenthesis that closes the one at ``opening``; None when nothing within
    ``reach`` bytes closes it.
    """
    depth = 0
    for match in _PAREN.finditer(text, opening, min(len(text), opening + reach)):
        depth += 1 if match[0] == b"(" else -1
        if depth == 0:
            return match.end()
    return None


def line_matches(body: re.Pattern[bytes], text: bytes | bytearray) -> Iterator[re.Match[bytes]]:
    """Matches of a pattern that begins with a newline, and of the same pattern at the start of the text.

    A pattern with a literal in front is found many times faster than one that begins with ``^``. The match at the
    start comes from ``at_start(pattern)``.
    """
    first = at_start(body).match(text)
    if first is not None:
        yield first
    yield from body.finditer(text)


@cache
def at_start(body: re.Pattern[bytes]) -> re.Pattern[bytes]:
    """The pattern without the newline that it begins with."""
    return re.compile(body.pattern.removeprefix(rb"\n"), body.flags)


def skip_blanks(text: bytes | bytearray, offset: int) -> int:
    """The first offset from ``offset`` on that is not white space; the length of the text when there is none."""
    match = _NON_BLANK.search(text, offset)
    return match.start() if match else len(text)


def last_byte(text: bytes | bytearray, offset: int) -> int:
    """The last byte before ``offset`` that is not white space; a semicolon at the start: anything may begin there."""
    size = 128
    while offset > 0:
        start = max(0, offset - size)
        chunk = text[start:offset].rstrip(_SPACE)
        if chunk:
            return chunk[-1]
        offset = start
        size *= 4
    return 0x3B


def split_arguments(text: bytes | bytearray, opening: int, end: int) -> list[tuple[int, int]]:
    """The (start, end) of the comma-separated parts between the parenthesis at ``opening`` and ``end - 1``."""
    parts: list[tuple[int, int]] = []
    depth = 0
    start = opening + 1
    for match in _SEPARATOR.finditer(text, start, end - 1):
        byte = match[0]
        if byte in b"([{":
            depth += 1
        elif byte in b")]}":
            depth -= 1
        elif depth == 0:
            parts.append((start, match.start()))
            start = match.end()
    parts.append((start, end - 1))
    return parts


def occurrences(text: bytes | bytearray, word: bytes) -> Iterator[tuple[int, int]]:
    """Where ``word`` stands as a whole word."""
    size = len(word)
    start = text.find(word)
    while start >= 0:
        end = start + size
        if (start == 0 or text[start - 1] not in _WORD_BYTES) and (end >= len(text) or text[end] not in _WORD_BYTES):
            yield start, end
        start = text.find(word, end)
