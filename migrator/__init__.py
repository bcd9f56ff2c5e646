"""migrator: moves kernel C from a begin / commit / abort protocol to one call, and says which error paths changed.

The public names below are loaded when they are first used: importing the package, or one of its modules, does
not pull in the parser or the pattern loader.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.api import TreeResult, migrate_file, migrate_source, migrate_tree
    from migrator.diagnostics import Code, Diagnostic, Related, Severity, Suggestion
    from migrator.edits import Edit, apply_edits
    from migrator.engine import Options
    from migrator.errors import ChangedMeanwhileError, InputError, MigratorError, PatternError
    from migrator.pattern.load import list_patterns, load_pattern
    from migrator.pattern.model import Pattern
    from migrator.refactor import Context, Refactor
    from migrator.results import ErrorPaths, ErrorRow, FileResult, Mention, MentionKind, Site, SiteStatus

__version__ = "0.1.0"

__all__ = [
    "ChangedMeanwhileError",
    "Code",
    "Context",
    "Diagnostic",
    "Edit",
    "ErrorPaths",
    "ErrorRow",
    "FileResult",
    "InputError",
    "Mention",
    "MentionKind",
    "MigratorError",
    "Options",
    "Pattern",
    "PatternError",
    "Refactor",
    "Related",
    "Severity",
    "Site",
    "SiteStatus",
    "Suggestion",
    "TreeResult",
    "__version__",
    "apply_edits",
    "list_patterns",
    "load_pattern",
    "migrate_file",
    "migrate_source",
    "migrate_tree",
]

_HOMES = {
    "api": ("TreeResult", "migrate_file", "migrate_source", "migrate_tree"),
    "diagnostics": ("Code", "Diagnostic", "Related", "Severity", "Suggestion"),
    "edits": ("Edit", "apply_edits"),
    "engine": ("Options",),
    "errors": ("ChangedMeanwhileError", "InputError", "MigratorError", "PatternError"),
    "pattern.load": ("list_patterns", "load_pattern"),
    "pattern.model": ("Pattern",),
    "refactor": ("Context", "Refactor"),
    "results": ("ErrorPaths", "ErrorRow", "FileResult", "Mention", "MentionKind", "Site", "SiteStatus"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"migrator.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
