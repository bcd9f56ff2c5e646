"""Diagnostics, sites and totals as text: one line each, ``FILE:LINE: what``, so that editors can jump to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from migrator.cli.terminal import OF_SEVERITY, Painter, Style, harmless
from migrator.diagnostics import Diagnostic
from migrator.results import MentionKind, Site, SiteStatus
from migrator.series.ledger import UNACCOUNTED
from migrator.series.text import counted

if TYPE_CHECKING:
    from migrator.api import TreeResult

_OF_STATUS = {
    SiteStatus.MIGRATED: Style.DONE,
    SiteStatus.BALANCED: Style.DONE,
    SiteStatus.WARNED: Style.WARNING,
    SiteStatus.REFUSED: Style.REFUSAL,
}

_KIND_NAMES = {
    MentionKind.SITE: ("in a site", "in sites"),
    MentionKind.DECLARATION: ("declaration", "declarations"),
    MentionKind.DEFINITION: ("definition", "definitions"),
    MentionKind.COMMENT: ("in a comment", "in comments"),
    MentionKind.MACRO: ("in a macro", "in macros"),
    MentionKind.OTHER: ("elsewhere", "elsewhere"),
}


def place(file: str, line: int) -> str:
    """``FILE:LINE``, or the file alone where all of it is meant."""
    return harmless(f"{file}:{line}" if line else file)


def diagnostic_lines(diagnostic: Diagnostic, paint: Painter, *, suggestions: bool = False) -> Iterator[str]:
    """A diagnostic as a compiler prints it: the line itself, then a note for each related place."""
    where = paint(f"{place(diagnostic.file, diagnostic.line)}:", Style.HEAD)
    severity = paint(f"{diagnostic.severity}:", OF_SEVERITY[diagnostic.severity])
    yield f"{where} {severity} {harmless(diagnostic.message)} [{diagnostic.code}]"
    notes = [(item.file, item.line, item.message) for item in diagnostic.related]
    if suggestions:
        notes += [(item.file, item.line, f"insert `{item.text.strip()}` here") for item in diagnostic.suggestions]
    for file, line, message in notes:
        yield f"{paint(f'{place(file, line)}:', Style.HEAD)} {paint('note:', Style.NOTE)} {harmless(message)}"


def site_line(site: Site, paint: Painter) -> str:
    """What became of a site, and where."""
    where = f" in {site.function}()" if site.function else ""
    about = f"{site.object}{where}" if site.object else f"in {site.function or 'no function'}"
    behind = f" ({site.placement})" if site.placement else ""
    status = paint(f"{site.status}:", _OF_STATUS[site.status])
    return f"{paint(f'{place(site.file, site.line)}:', Style.HEAD)} {status} {harmless(about)}{behind}"


def totals_lines(result: TreeResult) -> Iterator[str]:
    """The sums of a tree in words."""
    totals = result.totals
    files = len({site.file for site in result.sites})
    if result.pattern.kind == "check":
        became = f"{totals.balanced} balanced, {totals.warned} with findings, {totals.refused} not understood"
    else:
        became = f"{totals.migrated} migrated, {totals.warned} migrated with warnings, {totals.refused} refused"
    yield (
        f"{counted(totals.sites, 'site')} in {counted(files, 'file')} "
        f"({counted(result.scanned, 'file')} scanned): {became}"
    )
    kinds = Counter(mention.kind for mention in result.mentions if mention.status != UNACCOUNTED)
    parts = [f"{kinds[kind]} {_KIND_NAMES[kind][kinds[kind] != 1]}" for kind in MentionKind if kinds[kind]]
    yield f"{counted(totals.mentions, 'mention')}: {', '.join([*parts, f'{totals.unaccounted} unaccounted for'])}"
