"""What a series does besides converting callers: values that ``introduce`` and ``remove`` fill and ``patches`` reads.

All edits are over the bytes that the tree has before the series, those of the converts too, so that any prefix of
the series is a set of edits, applied once. A text that is introduced is an insertion; where the last patch changes
it (what it is built on gets another name), the insertion of the last state replaces the first one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from migrator.diagnostics import Diagnostic
from migrator.edits import Edit, apply_edits
from migrator.results import FileResult, Mention

Edits = Mapping[str, tuple[Edit, ...]]


class PlannedPatch(Struct, frozen=True):
    """One patch that converts nothing. ``about`` is the file that its subject names; ``edits`` are by file."""

    subject: str
    body: str
    about: str
    edits: Edits
    diagnostics: tuple[Diagnostic, ...] = ()


class Gone(Struct, frozen=True):
    """A range of bytes of a file in which mentions end with the series, and how: ``removed`` or ``renamed``."""

    start: int
    end: int
    status: str


class SeriesPlan(Struct, frozen=True):
    """The patches around the converts.

    ``contents`` holds the bytes of each file that they touch. ``final`` are the edits of ``introductions`` as the
    last patch leaves them. ``diagnostics`` are all that there is to say, those of the patches too.
    """

    contents: Mapping[str, bytes] = {}
    introductions: tuple[PlannedPatch, ...] = ()
    removal: PlannedPatch | None = None
    final: Edits = {}
    diagnostics: tuple[Diagnostic, ...] = ()
    gone: Mapping[str, tuple[Gone, ...]] = {}

    def introduced(self, path: str, count: int | None = None) -> tuple[Edit, ...]:
        """The edits of the first ``count`` introductions (all of them for None) to one file."""
        return tuple(edit for patch in self.introductions[:count] for edit in patch.edits.get(path, ()))

    def removed(self, path: str) -> tuple[Edit, ...]:
        """The edits to one file that the last patch adds to those of the converts: final texts and removals."""
        if self.removal is None:
            return self.introduced(path)
        return (*self.final.get(path, ()), *self.removal.edits.get(path, ()))


def text_with(data: bytes, edits: Sequence[Edit], result: FileResult | None) -> bytes:
    """A file with edits of the plan and, where ``result`` is given, those of the convert.

    Raises OverlappingEditsError where they meet.
    """
    if result is None or not result.changed:
        return apply_edits(data, edits)
    if not edits:
        return result.after
    return apply_edits(data, (*edits, *result.edits))


def offset_of(data: bytes, mention: Mention) -> int:
    """The byte at which a mention stands."""
    start = 0
    for _ in range(mention.line - 1):
        start = data.index(b"\n", start) + 1
    return start + mention.column - 1


def ended_mentions(result: FileResult, plan: SeriesPlan) -> tuple[Mention, ...]:
    """The mentions of a file with the status that they have after the series."""
    from msgspec.structs import replace

    ranges = plan.gone.get(result.path, ())
    if not ranges:
        return result.mentions
    found: list[Mention] = []
    for mention in result.mentions:
        offset = offset_of(result.before, mention)
        status = next((one.status for one in ranges if one.start <= offset < one.end), mention.status)
        found.append(replace(mention, status=status))
    return tuple(found)
