"""migrator: moves kernel C from a begin / commit / abort protocol to one call, and says which error paths changed.

The public names below are loaded when they are first used: importing the package, or one of its modules, does
not pull in the parser or the pattern loader.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.api import Progress, TreeResult, migrate_file, migrate_source, migrate_tree, scan
    from migrator.changes import apply_changes, file_diffs, unified_diff
    from migrator.diagnostics import Code, Diagnostic, Related, Severity, Suggestion
    from migrator.edits import Edit, apply_edits
    from migrator.engine import Options
    from migrator.errors import ChangedMeanwhileError, InputError, MigratorError, OverlappingEditsError, PatternError
    from migrator.patch_series import Series, format_series, write_series
    from migrator.pattern.load import list_patterns, load_pattern
    from migrator.pattern.model import Pattern
    from migrator.refactor import Context, Refactor
    from migrator.results import ErrorPaths, ErrorRow, FileResult, Mention, MentionKind, Site, SiteStatus
    from migrator.series.ledger import Totals
    from migrator.series.patches import Patch
    from migrator.series.split import Split
    from migrator.series.style import SeriesStyle
    from migrator.series.unified import FileDiff
    from migrator.source.dialect import Dialect, load_dialect

__version__ = "0.1.0"

__all__ = [
    "ChangedMeanwhileError",
    "Code",
    "Context",
    "Diagnostic",
    "Dialect",
    "Edit",
    "ErrorPaths",
    "ErrorRow",
    "FileDiff",
    "FileResult",
    "InputError",
    "Mention",
    "MentionKind",
    "MigratorError",
    "Options",
    "OverlappingEditsError",
    "Patch",
    "Pattern",
    "PatternError",
    "Progress",
    "Refactor",
    "Related",
    "Series",
    "SeriesStyle",
    "Severity",
    "Site",
    "SiteStatus",
    "Split",
    "Suggestion",
    "Totals",
    "TreeResult",
    "__version__",
    "apply_changes",
    "apply_edits",
    "file_diffs",
    "format_series",
    "list_patterns",
    "load_dialect",
    "load_pattern",
    "migrate_file",
    "migrate_source",
    "migrate_tree",
    "scan",
    "unified_diff",
    "write_series",
]

_HOMES = {
    "api": ("Progress", "TreeResult", "migrate_file", "migrate_source", "migrate_tree", "scan"),
    "changes": ("apply_changes", "file_diffs", "unified_diff"),
    "diagnostics": ("Code", "Diagnostic", "Related", "Severity", "Suggestion"),
    "edits": ("Edit", "apply_edits"),
    "engine": ("Options",),
    "errors": ("ChangedMeanwhileError", "InputError", "MigratorError", "OverlappingEditsError", "PatternError"),
    "patch_series": ("Series", "format_series", "write_series"),
    "pattern.load": ("list_patterns", "load_pattern"),
    "pattern.model": ("Pattern",),
    "refactor": ("Context", "Refactor"),
    "results": ("ErrorPaths", "ErrorRow", "FileResult", "Mention", "MentionKind", "Site", "SiteStatus"),
    "series.ledger": ("Totals",),
    "series.patches": ("Patch",),
    "series.split": ("Split",),
    "series.style": ("SeriesStyle",),
    "series.unified": ("FileDiff",),
    "source.dialect": ("Dialect", "load_dialect"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"migrator.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
