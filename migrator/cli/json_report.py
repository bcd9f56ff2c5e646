"""The ledger as JSON, version 1. The schema is in README.md; a key is added, never renamed, within a version."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from migrator.api import TreeResult
from migrator.diagnostics import Diagnostic
from migrator.results import ErrorPaths, ErrorRow

if TYPE_CHECKING:
    from migrator.pattern.describe import PatternDescription
    from migrator.testing import Case

VERSION = 1


class RelatedReport(msgspec.Struct, frozen=True):
    """A second place that a diagnostic speaks of."""

    file: str
    line: int
    message: str


class DiagnosticReport(msgspec.Struct, frozen=True):
    """One diagnostic."""

    code: str
    severity: str
    file: str
    line: int
    message: str
    related: tuple[RelatedReport, ...]


class SiteReport(msgspec.Struct, frozen=True):
    """One site; ``placement`` is empty when it is refused."""

    file: str
    line: int
    function: str
    object: str
    status: str
    placement: str
    diagnostics: tuple[DiagnosticReport, ...]


class MentionReport(msgspec.Struct, frozen=True):
    """One mention of an old name."""

    file: str
    line: int
    column: int
    name: str
    kind: str
    status: str


class TotalsReport(msgspec.Struct, frozen=True):
    """The sums."""

    sites: int
    migrated: int
    warned: int
    refused: int
    mentions: int
    unaccounted: int
    balanced: int


class PatternReport(msgspec.Struct, frozen=True):
    """Which pattern it was."""

    name: str
    digest: str


class LedgerReport(msgspec.Struct, frozen=True):
    """All of it. ``diagnostics`` are those that belong to no site; ``revision`` is empty for files on disk."""

    version: int
    pattern: PatternReport
    root: str
    files_scanned: int
    sites: tuple[SiteReport, ...]
    mentions: tuple[MentionReport, ...]
    diagnostics: tuple[DiagnosticReport, ...]
    totals: TotalsReport
    revision: str


def report_of(result: TreeResult) -> LedgerReport:
    """The report; ``root`` is relative to the current folder."""
    totals = result.totals
    return LedgerReport(
        version=VERSION,
        pattern=PatternReport(result.pattern.name, result.pattern.digest),
        root=_text(os.path.relpath(result.root)),
        files_scanned=result.scanned,
        sites=tuple(
            SiteReport(
                _text(site.file),
                site.line,
                _text(site.function),
                _text(site.object),
                site.status.value,
                site.placement,
                tuple(map(_diagnostic, site.diagnostics)),
            )
            for site in result.sites
        ),
        mentions=tuple(
            MentionReport(_text(item.file), item.line, item.column, item.name, item.kind.value, item.status)
            for item in result.mentions
        ),
        diagnostics=tuple(map(_diagnostic, result.diagnostics)),
        totals=TotalsReport(
            totals.sites,
            totals.migrated,
            totals.warned,
            totals.refused,
            totals.mentions,
            totals.unaccounted,
            totals.balanced,
        ),
        revision=result.revision,
    )


class ErrorRowReport(msgspec.Struct, frozen=True):
    """What happens after one failure."""

    origin: str
    line: int
    must: tuple[str, ...]
    may: tuple[str, ...]
    returns: tuple[str, ...]


class ErrorPathsReport(msgspec.Struct, frozen=True):
    """The error paths of a function; both tables are empty when it was refused."""

    version: int
    file: str
    function: str
    before: tuple[ErrorRowReport, ...]
    after: tuple[ErrorRowReport, ...]
    diagnostics: tuple[DiagnosticReport, ...]


def error_paths_report(
    file: str, function: str, tables: ErrorPaths | None, diagnostics: Iterable[Diagnostic]
) -> ErrorPathsReport:
    """The report of ``explain FILE:FUNCTION``."""
    return ErrorPathsReport(
        version=VERSION,
        file=_text(file),
        function=_text(function),
        before=tuple(map(_row, tables.before)) if tables is not None else (),
        after=tuple(map(_row, tables.after)) if tables is not None else (),
        diagnostics=tuple(map(_diagnostic, diagnostics)),
    )


def _row(row: ErrorRow) -> ErrorRowReport:
    return ErrorRowReport(
        _text(row.origin),
        row.line,
        tuple(map(_text, row.must)),
        tuple(map(_text, row.may)),
        tuple(map(_text, row.returns)),
    )


def _diagnostic(item: Diagnostic) -> DiagnosticReport:
    related = tuple(RelatedReport(_text(other.file), other.line, _text(other.message)) for other in item.related)
    return DiagnosticReport(
        item.code.value, item.severity.value, _text(item.file), item.line, _text(item.message), related
    )


def _text(text: str) -> str:
    """Bytes that are not UTF-8 (in file names, in old sources) become U+FFFD: JSON is Unicode."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class ExampleReport(msgspec.Struct, frozen=True):
    """A golden case of a pattern, its comments taken out; ``reported``: (line before, code, part of the message)."""

    case: str
    before: str
    after: str
    reported: tuple[tuple[int, str, str], ...]


def with_examples(description: PatternDescription, cases: Iterable[Case]) -> dict[str, object]:
    """A pattern's description with its examples under a key of their own."""
    found = tuple(
        ExampleReport(
            case.name,
            case.before.decode("utf-8", "replace"),
            case.after.decode("utf-8", "replace"),
            tuple((want.line, want.code, want.text) for want in case.wants),
        )
        for case in cases
    )
    return {**msgspec.structs.asdict(description), "examples": found}


def encoded(report: object) -> str:
    """A report as indented JSON, keys in the order of the schema."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
