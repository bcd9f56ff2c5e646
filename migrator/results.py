"""What work on one file yields: plain, frozen, picklable values that carry no syntax node.

``FileResult`` is produced by ``engine`` and read by everything above it (series, workspace, api, cli).
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from migrator.diagnostics import Diagnostic
from migrator.edits import Edit


class SiteStatus(StrEnum):
    """What became of a site; ``balanced``: it was only looked at, and keeps its protocol on every path."""

    MIGRATED = "migrated"
    BALANCED = "balanced"
    WARNED = "warned"
    REFUSED = "refused"


class MentionKind(StrEnum):
    """Where a mention of an old name stands."""

    SITE = "site"
    DECLARATION = "declaration"
    DEFINITION = "definition"
    COMMENT = "comment"
    MACRO = "macro"
    OTHER = "other"


class Site(Struct, frozen=True):
    """One begin call and what became of its transaction. ``placement`` is empty when refused."""

    file: str
    line: int
    function: str
    object: str
    status: SiteStatus
    placement: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


class Mention(Struct, frozen=True):
    """One occurrence, as a whole word, of a name that the pattern replaces.

    ``status`` is that of its site, ``refused`` also for what is none, ``kept`` (declarations, definitions, comments),
    ``unparsed`` or ``unaccounted``.
    """

    file: str
    line: int
    column: int
    name: str
    kind: MentionKind
    status: str


class ErrorRow(Struct, frozen=True):
    """One row of an error-path table: what happens after ``origin`` fails.

    ``must`` are effects on every path to the exit, ``may`` those on some path only, in source order;
    ``returns`` are the values that may be returned (``-ENOMEM``, ``result of f(x)``, ...).
    """

    origin: str
    line: int
    must: tuple[str, ...]
    may: tuple[str, ...]
    returns: tuple[str, ...]


class ErrorPaths(Struct, frozen=True):
    """The error-path tables of one rewritten function."""

    function: str
    line: int
    before: tuple[ErrorRow, ...]
    after: tuple[ErrorRow, ...]


class FileResult(Struct, frozen=True):
    """Everything that is known about one file. ``after`` equals ``before`` when nothing is to change.

    ``diagnostics`` are those that belong to no site (a file that cannot be read, an orphan commit).
    ``edits`` lead from ``before`` to ``after``.

    >>> from migrator import Pattern, apply_edits, migrate_source
    >>> result = migrate_source(b"void f(void) { strlcpy(a, b, 8); /* strlcpy */ }", Pattern.load("strscpy"))
    >>> result.changed, apply_edits(result.before, result.edits) == result.after
    (True, True)
    >>> [(mention.column, str(mention.kind), mention.status) for mention in result.mentions]
    [(16, 'site', 'migrated'), (37, 'comment', 'kept')]
    """

    path: str
    before: bytes
    after: bytes
    edits: tuple[Edit, ...] = ()
    sites: tuple[Site, ...] = ()
    mentions: tuple[Mention, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    error_paths: tuple[ErrorPaths, ...] = ()
    error: Diagnostic | None = None

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.after != self.before

    @property
    def all_diagnostics(self) -> tuple[Diagnostic, ...]:
        """Those of the sites and those of the file, in order of line."""
        found = [diagnostic for site in self.sites for diagnostic in site.diagnostics]
        found.extend(self.diagnostics)
        if self.error is not None:
            found.append(self.error)
        return tuple(sorted(found, key=lambda item: (item.file, item.line, item.code)))
