"""What work across functions yields: edits in several files that stand or fall together, or the reason why not.

Who works on functions that belong together raises AcrossRefusedError at the first thing that is in the way; the driver
turns it into a group that holds nothing but its sites, refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.diagnostics import Code, Diagnostic, Related, Severity, Suggestion
from migrator.edits import Edit
from migrator.engine import Options, left_alone
from migrator.results import ErrorPaths, Site, SiteStatus

if TYPE_CHECKING:
    from migrator.errorpaths.compare import Finding


class Group(Struct, frozen=True):
    """Functions that are rewritten together or not at all.

    ``edits`` by display path, over the original bytes; ``sites`` replace those of the same file and line; ``statuses``
    are by (path, line, column) of a mention; ``resolved`` are diagnostics of single files that are void now.
    """

    edits: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)
    sites: tuple[Site, ...] = ()
    statuses: Mapping[tuple[str, int, int], str] = field(default_factory=dict)
    resolved: tuple[Diagnostic, ...] = ()
    tables: Mapping[str, tuple[ErrorPaths, ...]] = field(default_factory=dict)


class AcrossRefusedError(Exception):
    """Functions that belong together cannot be rewritten: a code, and where the reason stands."""

    def __init__(self, code: Code, file: str, line: int, message: str, *related: tuple[str, int, str]) -> None:
        super().__init__(message)
        self.code = code
        self.file = file
        self.line = line
        self.message = message
        self.related = related


def refused_site(site: Site, error: AcrossRefusedError, message: str) -> Site:
    """A site of functions that are left alone; the place of the reason is given where it is not that of the site."""
    related = tuple(Related(file, line, text) for file, line, text in error.related)
    if (site.file, site.line) != (error.file, error.line) and error.file and error.line:
        related = (Related(error.file, error.line, error.message), *related)
    diagnostic = Diagnostic(error.code, Severity.REFUSAL, site.file, site.line, message, site.function, related)
    return replace(site, status=SiteStatus.REFUSED, placement="", diagnostics=(diagnostic,))


def warning(path: str, function: str, finding: Finding) -> Diagnostic:
    """What was found in a function, as a diagnostic of its file."""
    return Diagnostic(
        finding.code,
        Severity.WARNING,
        path,
        finding.line,
        finding.message,
        function,
        tuple(Related(path, line, text) for line, text in finding.related),
        tuple(Suggestion(path, line, text) for line, text in finding.remedies),
    )


def check_wanted(options: Options, diagnostics: Iterable[Diagnostic]) -> None:
    """Raises AcrossRefusedError for the first warning that the options do not accept."""
    for item in diagnostics:
        why = left_alone(options, item.code) if item.severity is Severity.WARNING else ""
        if why:
            raise AcrossRefusedError(
                item.code,
                item.file,
                item.line,
                f"{item.message} (left alone: {why})",
                *((other.file, other.line, other.message) for other in item.related),
            )
