"""The ledger as plain text: every site and what became of it, what was left alone and why, every mention, totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from migrator.diagnostics import Diagnostic, Severity
from migrator.results import FileResult, Mention, MentionKind, Site, SiteStatus
from migrator.series.notes import Finding, by_weight, described, loose_diagnostics, place, weighed
from migrator.series.text import counted

UNACCOUNTED = "unaccounted"


class LedgerFacts(Protocol):
    """What is read here; ``api.TreeResult`` has it. ``diagnostics`` are those that belong to no site."""

    @property
    def sites(self) -> tuple[Site, ...]:
        """All sites."""

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """All mentions, unaccounted ones too."""

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Those of files, and notes on what was passed over."""


class PlainLedger(Struct, frozen=True):
    """A ledger of nothing but results: without what a walk over a tree adds to it."""

    sites: tuple[Site, ...] = ()
    mentions: tuple[Mention, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def plain_ledger(results: Sequence[FileResult]) -> PlainLedger:
    """What the results hold, in their order."""
    return PlainLedger(
        tuple(site for result in results for site in result.sites),
        tuple(mention for result in results for mention in result.mentions),
        tuple(item for result in results for item in loose_diagnostics(result)),
    )


class Totals(Struct, frozen=True):
    """The sums of a ledger. ``files`` counts those with a site or a mention."""

    files: int
    sites: int
    migrated: int
    warned: int
    refused: int
    mentions: int
    unaccounted: int
    balanced: int = 0


def totals(ledger: LedgerFacts) -> Totals:
    """Add it up."""
    sites, mentions = ledger.sites, ledger.mentions
    statuses = Counter(site.status for site in sites)
    return Totals(
        files=len({site.file for site in sites} | {mention.file for mention in mentions}),
        sites=len(sites),
        migrated=statuses[SiteStatus.MIGRATED],
        warned=statuses[SiteStatus.WARNED],
        refused=statuses[SiteStatus.REFUSED],
        mentions=len(mentions),
        unaccounted=sum(mention.status == UNACCOUNTED for mention in mentions),
        balanced=statuses[SiteStatus.BALANCED],
    )


def totals_text(sums: Totals) -> str:
    """The sums in two lines."""
    return (
        f"{counted(sums.sites, 'site')} in {counted(sums.files, 'file')}: {sums.migrated} migrated, "
        f"{sums.warned} migrated with warnings, {sums.refused} left alone.\n"
        f"{counted(sums.mentions, 'mention')} of the old names, {sums.unaccounted} unaccounted for."
    )


def ledger_findings(ledger: LedgerFacts) -> tuple[Finding, ...]:
    """All diagnostics of a ledger, in order of place."""
    return weighed(ledger.sites, ledger.diagnostics)


def ledger_text(ledger: LedgerFacts) -> str:
    """The whole ledger: sites, then findings, then the mentions that are no part of a site, then the sums."""
    parts = [sites_table(ledger.sites)] if ledger.sites else []
    for severity, diagnostics in by_weight(ledger_findings(ledger)):
        parts.append(f"{_HEADINGS[severity]}:\n" + "\n".join(map(described, diagnostics)))
    others = other_mentions_text(ledger.mentions)
    if others:
        parts.append("Other mentions:\n" + others)
    parts.append(totals_text(totals(ledger)))
    return "\n\n".join(parts) + "\n"


_HEADINGS = {
    Severity.WARNING: "Warnings",
    Severity.REFUSAL: "Left alone",
    Severity.ERROR: "Not read",
    Severity.NOTE: "Notes",
}


def sites_table(sites: Sequence[Site]) -> str:
    """One line per site: where, function, object, what became of it."""
    rows = [
        (place(site.file, site.line), f"{site.function}()" if site.function else "", site.object, _fate(site))
        for site in sorted(sites, key=lambda item: (item.file, item.line))
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    )


def _fate(site: Site) -> str:
    """``migrated (at-begin)``, ``warned (after-setup): code``, ``refused: code``."""
    codes = dict.fromkeys(str(item.code) for item in site.diagnostics if item.severity is not Severity.NOTE)
    placement = f" ({site.placement})" if site.placement else ""
    return f"{site.status}{placement}" + (f": {', '.join(codes)}" if codes else "")


def other_mentions_text(mentions: Sequence[Mention]) -> str:
    """Mentions that belong to no site, one line per file, kind and status, with their lines."""
    groups: dict[tuple[str, MentionKind, str], list[Mention]] = {}
    for mention in mentions:
        if mention.kind is not MentionKind.SITE or mention.status == UNACCOUNTED:
            groups.setdefault((mention.file, mention.kind, mention.status), []).append(mention)
    return "\n".join(
        f"{file}: {kind}, {status}: {_lines(found)}" for (file, kind, status), found in sorted(groups.items())
    )


def _lines(mentions: Sequence[Mention]) -> str:
    names: dict[str, list[int]] = {}
    for mention in sorted(mentions, key=lambda item: (item.line, item.column)):
        names.setdefault(mention.name, []).append(mention.line)
    return "; ".join(f"{name} {', '.join(map(str, dict.fromkeys(lines)))}" for name, lines in names.items())
