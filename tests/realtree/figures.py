"""What is stored of a run on a real tree, and how far another run may be from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

TOLERANCE = 0.1


class Figures(Struct, frozen=True):
    """What is counted for one pattern. ``words``: old and new names behind a series that renames, else none."""

    paths: list[str]
    sites: dict[str, int] = {}
    codes: dict[str, int] = {}
    mentions: dict[str, int] = {}
    words: dict[str, int] = {}
    added: int = 0
    removed: int = 0


class Counts(Struct, frozen=True):
    """The stored file. ``version``: the release that it was made on."""

    version: str
    patterns: dict[str, Figures]


class Row(Struct, frozen=True):
    """Something that does not hold: what it is, how it should be, how it is."""

    what: str
    expected: object
    found: object


def differences(known: Figures, found: Figures, *, exact: bool) -> Iterator[Row]:
    """What differs from the stored figures: at all, or not ``exact``, by more than it may."""
    if exact:
        for key in ("sites", "codes", "mentions", "words"):
            yield from _by_name(key, getattr(known, key), getattr(found, key), 0)
        for key in ("added", "removed"):
            if getattr(known, key) != getattr(found, key):
                yield Row(f"lines {key}", getattr(known, key), getattr(found, key))
        return
    yield from _by_name("sites", known.sites, found.sites, TOLERANCE)
    before, after = sum(known.mentions.values()), sum(found.mentions.values())
    if abs(before - after) > TOLERANCE * before:
        yield Row("mentions", before, after)


def _by_name(key: str, known: Mapping[str, int], found: Mapping[str, int], tolerance: float) -> Iterator[Row]:
    for name in sorted(known.keys() | found.keys()):
        before, after = known.get(name, 0), found.get(name, 0)
        if abs(before - after) > tolerance * before:
            yield Row(f"{key}: {name}", before, after)
