"""What work across functions yields: edits in several files that stand or fall together."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from migrator.diagnostics import Diagnostic
from migrator.edits import Edit
from migrator.results import ErrorPaths, Site


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
