"""What ``scan``, ``diff``, ``apply`` and ``format-patch`` do first, and the status that they end with."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from migrator.api import TreeResult, scan
from migrator.cli.guard import Status
from migrator.cli.terminal import painter, say
from migrator.cli.text import diagnostic_lines, totals_lines
from migrator.diagnostics import Severity
from migrator.engine import Options
from migrator.errors import PatternError
from migrator.pattern.load import load_pattern

if TYPE_CHECKING:
    from migrator.cli.progress import ProgressBar
    from migrator.cli.settings import Settings


def migrate(settings: Settings, *, alone: bool = False, writes: bool = False) -> TreeResult:
    """Migrate what the settings name, in memory; ``alone``: nothing that spans functions. Raises MigratorError.

    ``writes``: something is to be made of the result, which a pattern that only checks has no use for.
    """
    pattern = load_pattern(settings.pattern)
    if writes and pattern.kind == "check":
        message = f"the pattern {pattern.name} checks and rewrites nothing: see `migrator scan -p {settings.pattern}`"
        raise PatternError(message, str(pattern.folder))
    with _progress(settings) as progress:
        return scan(
            settings.paths,
            pattern,
            revision=settings.revision,
            options=Options(
                strict=settings.strict, on_divergence=settings.on_divergence, alone=alone or settings.alone
            ),
            jobs=settings.jobs,
            progress=progress,
        )


def _progress(settings: Settings) -> AbstractContextManager[ProgressBar | None]:
    if settings.quiet or not sys.stderr.isatty():
        return nullcontext()
    from migrator.cli.progress import ProgressBar

    return ProgressBar()


def status_of(result: TreeResult) -> Status:
    """2 when the result is not complete, 1 when it holds a warning or a refusal."""
    severities = {diagnostic.severity for diagnostic in result.all_diagnostics}
    totals = result.totals
    if totals.unaccounted or Severity.ERROR in severities:
        return Status.FAILED
    return Status.FINDINGS if totals.warned or totals.refused or severities - {Severity.NOTE} else Status.DONE


def say_diagnostics(result: TreeResult, settings: Settings, *, without: frozenset[int] = frozenset()) -> None:
    """All diagnostics on stderr, but for those (by identity) that were shown already, and with -q only errors."""
    paint = painter(settings.color, sys.stderr)
    for diagnostic in result.all_diagnostics:
        if id(diagnostic) not in without and _is_wanted(diagnostic.severity, settings):
            for line in diagnostic_lines(diagnostic, paint, suggestions=settings.verbose):
                say(line)


def _is_wanted(severity: Severity, settings: Settings) -> bool:
    if severity is Severity.ERROR:
        return True
    return not settings.quiet and (settings.verbose or severity is not Severity.NOTE)


def say_totals(result: TreeResult, settings: Settings) -> None:
    """The sums on stderr; with -q only a mention that is unaccounted for."""
    lines = list(totals_lines(result))
    if not settings.quiet:
        for line in lines:
            say(f"migrator: {line}")
    elif result.totals.unaccounted:
        say(f"migrator: {lines[-1]}")
