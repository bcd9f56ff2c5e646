"""A plain count of whole words, which knows nothing of C: what the ledger is held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.results import FileResult, Mention, MentionKind
from migrator.series.ledger import UNACCOUNTED


def unaccounted_mentions(result: FileResult, words: Sequence[str]) -> Iterator[Mention]:
    """The mentions that stand in the text and not in the result."""
    known = {(mention.line, mention.column, mention.name) for mention in result.mentions}
    for place in count_words(result.before, words):
        if place not in known:
            line, column, name = place
            yield Mention(result.path, line, column, name, MentionKind.OTHER, UNACCOUNTED)


_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def count_words(data: bytes, words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Line, column (both from 1, bytes) and text of every whole word, as ``grep -wo`` counts; word by word.

    On purpose written without the expression that the engine uses.
    """
    for word in words:
        wanted = word.encode()
        line, counted = 1, 0
        start = data.find(wanted)
        while start >= 0:
            end = start + len(wanted)
            whole = data[start - 1 : start] == b"" or data[start - 1] not in _LETTERS
            if whole and (end == len(data) or data[end] not in _LETTERS):
                line += data.count(b"\n", counted, start)
                counted = start
                yield line, start - (data.rfind(b"\n", 0, start) + 1) + 1, word
            start = data.find(wanted, start + 1)
