"""``migrator scan``: the ledger, as text, as JSON or as SARIF."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from migrator.cli.guard import Status
from migrator.cli.terminal import Painter, Style, painter, put
from migrator.cli.text import diagnostic_lines, place, site_line, totals_lines
from migrator.cli.work import migrate, status_of
from migrator.diagnostics import Severity
from migrator.series.ledger import UNACCOUNTED

if TYPE_CHECKING:
    from migrator.api import TreeResult
    from migrator.cli.settings import Settings


def run(settings: Settings, *, form: Literal["text", "json", "sarif"]) -> Status:
    """Print the result."""
    result = migrate(settings)
    if form == "json":
        from migrator.cli.json_report import encoded, report_of

        put(encoded(report_of(result)))
    elif form == "sarif":
        from migrator.cli.sarif_report import sarif_text

        put(sarif_text(result))
    else:
        put("\n".join(_ledger_lines(result, settings, painter(settings.color, sys.stdout))))
    return status_of(result)


def _ledger_lines(result: TreeResult, settings: Settings, paint: Painter) -> Iterator[str]:
    for site in result.sites:
        yield site_line(site, paint)
        for diagnostic in site.diagnostics:
            for line in diagnostic_lines(diagnostic, paint, suggestions=settings.verbose):
                yield f"    {line}"
    for diagnostic in result.diagnostics:
        if diagnostic.severity is not Severity.NOTE or settings.verbose:
            yield from diagnostic_lines(diagnostic, paint, suggestions=settings.verbose)
    for mention in result.mentions:
        if settings.verbose or mention.status == UNACCOUNTED:
            where = paint(f"{place(mention.file, mention.line)}:{mention.column}:", Style.HEAD)
            yield f"{where} mention: {mention.name} ({mention.kind}, {mention.status})"
    yield from totals_lines(result)
