"""``migrator explain FILE:FUNCTION``: for each failure what runs and what is returned, before and after."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.api import migrate_file, migrate_file_in_tree
from migrator.cli.guard import Status
from migrator.cli.rich_output import print_rich
from migrator.cli.terminal import ColorChoice, harmless, painter, put, say
from migrator.cli.text import diagnostic_lines, site_line
from migrator.diagnostics import Severity
from migrator.engine import Options
from migrator.errors import InputError
from migrator.pattern.load import load_pattern
from migrator.results import SiteStatus

if TYPE_CHECKING:
    from migrator.cli.settings import Settings
    from migrator.results import ErrorPaths, ErrorRow, FileResult


def explain_function(file: str, function: str, settings: Settings, *, as_json: bool) -> Status:
    """Print the table; what there is to say about the function goes to stderr. Raises InputError and PatternError."""
    pattern, options = load_pattern(settings.pattern), Options(tables=True)
    result = migrate_file(file, pattern, revision=settings.revision, options=options)
    if not any(table.function == function for table in result.error_paths):
        # It may be rewritten together with others.
        result = migrate_file_in_tree(file, pattern, revision=settings.revision, options=options, jobs=settings.jobs)
    if result.error is not None:
        raise InputError(result.error.message, result.error.file)
    sites = [site for site in result.sites if site.function == function]
    tables = next((table for table in result.error_paths if table.function == function), None)
    diagnostics = [item for item in result.all_diagnostics if item.function == function]
    if tables is None and not sites and not diagnostics:
        raise InputError(_nothing_there(result, function), file)
    if as_json:
        from migrator.cli.json_report import encoded, error_paths_report

        put(encoded(error_paths_report(result.path, function, tables, diagnostics)))
    elif tables is not None:
        _print_tables(result.path, tables, settings.color)
    for site in () if as_json else sites:
        if site.status is SiteStatus.BALANCED:
            put(site_line(site, painter(settings.color, sys.stdout)))
    paint = painter(settings.color, sys.stderr)
    for diagnostic in diagnostics:
        for line in diagnostic_lines(diagnostic, paint, suggestions=True):
            say(line)
    severe = [item for item in diagnostics if item.severity is not Severity.NOTE]
    return Status.FINDINGS if severe else Status.DONE


def _nothing_there(result: FileResult, function: str) -> str:
    known = {site.function for site in result.sites} | {table.function for table in result.error_paths}
    return f"no transaction in {function}(); functions that have one: {', '.join(sorted(known - {''})) or 'none'}"


class Comparison(Struct, frozen=True):
    """A row of the table before the rewrite beside the one after it; None where there is no such row."""

    before: ErrorRow | None
    after: ErrorRow | None

    @property
    def origin(self) -> str:
        """What fails."""
        row = self.before or self.after
        return row.origin if row is not None else ""

    @property
    def same(self) -> bool:
        """Whether the rewrite changed nothing for this failure; the effects of a row are in no order."""
        if self.before is None or self.after is None:
            return False
        return _content(self.before) == _content(self.after)


def _content(row: ErrorRow) -> tuple[frozenset[str], ...]:
    return frozenset(row.must), frozenset(row.may), frozenset(row.returns)


def aligned(tables: ErrorPaths) -> Iterator[Comparison]:
    """Rows with the same origin beside each other: the first with the first, and so on."""
    after = dict(_numbered(tables.after))
    for key, row in _numbered(tables.before):
        yield Comparison(row, after.pop(key, None))
    for row in after.values():
        yield Comparison(None, row)


def _numbered(rows: Sequence[ErrorRow]) -> Iterator[tuple[tuple[str, int], ErrorRow]]:
    seen: Counter[str] = Counter()
    for row in rows:
        yield (row.origin, seen[row.origin]), row
        seen[row.origin] += 1


def _print_tables(path: str, tables: ErrorPaths, color: ColorChoice) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    def cell(text: str, style: str = "") -> Text:
        return Text(harmless(text), style=style)

    table = Table(
        title=cell(f"{path}:{tables.line}: error paths of {tables.function}()", "bold"),
        title_justify="left",
        box=box.SQUARE,
    )
    for heading in ("when this fails", "", "line", "this runs", "and it returns"):
        table.add_column(heading, justify="right" if heading == "line" else "left")
    for row in aligned(tables):
        if row.same and row.before is not None:
            table.add_row(cell(row.origin), "as before", *map(cell, _cells(row.before)), end_section=True)
            continue
        old = [cell(text, "red") for text in ("before", *_cells(row.before))]
        new = [cell(text, "green") for text in ("after", *_cells(row.after))]
        table.add_row(cell(row.origin), *old)
        table.add_row("", *new, end_section=True)
    print_rich(table, color)


def _cells(row: ErrorRow | None) -> tuple[str, str, str]:
    if row is None:
        return "", "(no such failure)", ""
    effects = [*row.must, *(f"{effect}  (on some paths)" for effect in row.may)]
    return str(row.line), "\n".join(effects) or "nothing", " or\n".join(row.returns) or "never"
