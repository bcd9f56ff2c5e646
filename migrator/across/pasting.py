"""Names that a macro puts together: ``fen_##op(page)`` calls ``fen_insert()`` and does not say so.

A tree cannot be searched for a name that nobody writes, but for its parts: a literal part of a pasted name ends or
begins at an underscore as good as always, and what a parameter adds must be written where the macro is used. What is
left out: parts that are pasted together themselves, and literal parts that end elsewhere in files without the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct


class Pasting(Struct, frozen=True):
    """A macro that may put a name together, by the offset of its pasting.

    ``splits``: each is what parameters would have to add for it; ``literal``: whether letters of the name stand in the
    macro itself.
    """

    offset: int
    splits: tuple[tuple[str, ...], ...]
    literal: bool


# Before a word that is looked for: only where macros paste names.
PASTED = "##"


def pasting_words(name: str) -> dict[str, tuple[str, ...]]:
    """The words of which a macro that pastes the name holds one, each with what parameters would have to add.

    They are the parts of the name that end or begin at one of its underscores, written ``##part`` for the search.
    """
    gaps = [match.span() for match in re.finditer(r"(?<=[^_])_+(?=[^_])", name)]
    found: dict[str, tuple[str, ...]] = {name[:end]: (name[end:],) for _, end in gaps}
    for start, _ in gaps:
        found[name[start:]] = (name[:start],)
        for _, end in gaps:
            if name[start:end].strip("_"):
                found[name[start:end]] = (name[:start], name[end:])
    return {PASTED + part: others for part, others in found.items()}


_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+\w+(\([^)\n]*\))?((?:[^\n\\]|\\\r?\n|\\)*)", re.MULTILINE)
_CHAIN = re.compile(rb"\w+(?:\s*##\s*\w+)+")
_CONTINUED = re.compile(rb"\\\r?\n")
_COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*", re.DOTALL)


def pasted_in(text: bytes, name: str) -> Iterator[Pasting]:
    """The macros of a file that may put a name together."""
    if b"##" not in text:
        return
    for definition in _DEFINE.finditer(text):
        given = {word.decode("ascii", "replace") for word in re.findall(rb"\w+", definition[1] or b"")}
        body = definition[2]
        for gap in (_CONTINUED, _COMMENT):
            body = gap.sub(lambda match: b" " * len(match[0]), body)
        for chain in _CHAIN.finditer(body):
            parts = [part.strip().decode("ascii", "replace") for part in chain[0].split(b"##")]
            known = [None if part in given or part == "__VA_ARGS__" else part for part in parts]
            # Who writes the whole name is seen by it.
            splits = tuple(sorted({split for split in _splits(name, known) if name not in split}))
            if splits:
                literal = any(part is not None and part.strip("_") for part in known)
                yield Pasting(definition.start(2) + chain.start(), splits, literal)


def _splits(name: str, parts: Sequence[str | None]) -> Iterator[tuple[str, ...]]:
    """What the unknown parts must be for all of them to make the name; empty parts are left out."""
    if not parts:
        if not name:
            yield ()
        return
    first, rest = parts[0], parts[1:]
    if first is not None:
        if name.startswith(first):
            yield from _splits(name[len(first) :], rest)
        return
    for end in range(len(name) + 1):
        for behind in _splits(name[end:], rest):
            yield ((name[:end], *behind) if end else behind)
