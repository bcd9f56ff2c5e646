"""The public functions: migrate some bytes, a file or a tree, and account for every mention of the old names.

Nothing here prints or writes. A tree is searched for the pattern's words first (``workspace.prefilter``), only the
files that have one are parsed, in several processes if wanted. Each result is put beside a count of whole words
that knows nothing of C and of the engine: what it finds and the engine did not mention is unaccounted for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from migrator.diagnostics import Code, Diagnostic, Severity
from migrator.engine import Options, migrate_bytes
from migrator.errors import InputError
from migrator.results import FileResult, Mention, MentionKind, Site
from migrator.series.ledger import UNACCOUNTED, Totals, totals
from migrator.series.notes import loose_diagnostics
from migrator.source import DEFAULT_DIALECT, load_dialect
from migrator.workspace.files import read_file
from migrator.workspace.parallel import run_over
from migrator.workspace.prefilter import find_mentions
from migrator.workspace.tree import open_tree

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from migrator.pattern.model import Pattern
    from migrator.source import Dialect


class Progress(Protocol):
    """Who wants to hear how far ``migrate_tree`` is; called in the calling process."""

    def searched(self, files: int) -> None:
        """So many more files have been searched for the words."""

    def found(self, files: int) -> None:
        """The search is over; so many files have a word."""

    def migrated(self, files: int) -> None:
        """So many more of them are done."""


class TreeResult(Struct, frozen=True):
    """What was found in a tree: the results by file, and, read across them, the ledger.

    ``files`` holds a result for each file with an old name, ``scanned`` counts all files that were looked at,
    ``notes`` say what was passed over on the way. A mention with the status ``unaccounted`` is one that only the
    textual count knows: where there is one, the other figures cannot be trusted.
    """

    root: Path
    pattern: Pattern
    files: tuple[FileResult, ...]
    scanned: int
    notes: tuple[Diagnostic, ...] = ()

    @property
    def sites(self) -> tuple[Site, ...]:
        """All sites in the order of files and lines."""
        return tuple(site for file in self.files for site in file.sites)

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """All mentions in the order of files, lines and columns."""
        return tuple(mention for file in self.files for mention in file.mentions)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Those that belong to no site: notes of the walk, files that cannot be read, a commit without a begin."""
        found = [*self.notes, *(item for file in self.files for item in loose_diagnostics(file))]
        return tuple(sorted(found, key=lambda item: (item.file, item.line, item.code)))

    @property
    def all_diagnostics(self) -> tuple[Diagnostic, ...]:
        """Those of the sites and the others, in the order of files and lines."""
        found = [diagnostic for site in self.sites for diagnostic in site.diagnostics]
        return tuple(sorted((*found, *self.diagnostics), key=lambda item: (item.file, item.line, item.code)))

    @property
    def totals(self) -> Totals:
        """The sums."""
        return totals(self)


def migrate_source(
    data: bytes,
    pattern: Pattern,
    *,
    path: str = "<source>",
    dialect: Dialect = DEFAULT_DIALECT,
    options: Options = Options(),
) -> FileResult:
    """Migrate the text of one file; ``path`` is the name for diagnostics. Never raises for bad input.

    ``mentions`` of the result is complete: what the textual count finds beside those of the engine is added.
    """
    result = migrate_bytes(path, data, pattern, dialect, options)
    missing = tuple(unaccounted_mentions(result, pattern.words))
    if not missing:
        return result
    mentions = sorted((*result.mentions, *missing), key=lambda mention: (mention.line, mention.column))
    return replace(result, mentions=tuple(mentions))


def migrate_file(
    path: Path | str,
    pattern: Pattern,
    *,
    root: Path | str | None = None,
    options: Options = Options(),
) -> FileResult:
    """Migrate one file of a tree, with the dialect of the tree; ``root`` is found where it is not given.

    A file that cannot be read gives a result with an ``error``. Raises InputError for a path that does not exist.
    """
    tree = open_tree([path], root)
    display = tree.display(tree.starts[0])
    return _migrate_path(tree.root, pattern, load_dialect(tree.root), options, display)


def migrate_tree(
    paths: Sequence[Path | str],
    pattern: Pattern,
    *,
    root: Path | str | None = None,
    options: Options = Options(),
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> TreeResult:
    """Migrate all C files below the paths that mention an old name; ``jobs`` processes, or those of ``executor``.

    Raises InputError for a path that does not exist, or lies outside of ``root``.
    """
    tree = open_tree(paths, root)
    found = find_mentions(tree, pattern.words, jobs, progress.searched if progress is not None else None)
    if progress is not None:
        progress.found(len(found.files))
    results = run_over(
        partial(_migrate_path, tree.root, pattern, load_dialect(tree.root), options),
        found.files,
        _failed,
        sizes=[_cost(tree.absolute(path), pattern.words) for path in found.files],
        jobs=jobs,
        executor=executor,
        progress=progress.migrated if progress is not None else None,
    )
    return TreeResult(tree.root, pattern, tuple(results), found.scanned, found.notes)


def _migrate_path(root: Path, pattern: Pattern, dialect: Dialect, options: Options, path: str) -> FileResult:
    try:
        data = read_file(root / path, path)
    except InputError as error:
        return _failed(path, error.message)
    return migrate_source(data, pattern, path=path, dialect=dialect, options=options)


def _failed(path: str, message: str) -> FileResult:
    return FileResult(path, b"", b"", error=Diagnostic(Code.UNREADABLE, Severity.ERROR, path, 0, message))


# A mention takes as long as so many bytes without one: its function is followed along all its paths, twice.
_BYTES_PER_MENTION = 10_000


def _cost(path: Path, words: Sequence[str]) -> int:
    """How long a file will take beside others, in bytes of source without a mention; 0 for what cannot be read."""
    try:
        data = path.read_bytes()
    except OSError:
        return 0
    return len(data) + _BYTES_PER_MENTION * sum(data.count(word.encode()) for word in words)


def unaccounted_mentions(result: FileResult, words: Sequence[str]) -> Iterator[Mention]:
    """The mentions that stand in the text and not in the result."""
    known = {(mention.line, mention.column, mention.name) for mention in result.mentions}
    for place in count_words(result.before, words):
        if place not in known:
            line, column, name = place
            yield Mention(result.path, line, column, name, MentionKind.OTHER, UNACCOUNTED)


_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def count_words(data: bytes, words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Line, column (both from 1, bytes) and text of every whole word, as ``grep -wo`` counts; word by word.

    On purpose written without the expression that the engine uses.
    """
    for word in words:
        wanted = word.encode()
        line, counted = 1, 0
        start = data.find(wanted)
        while start >= 0:
            end = start + len(wanted)
            whole = data[start - 1 : start] == b"" or data[start - 1] not in _LETTERS
            if whole and (end == len(data) or data[end] not in _LETTERS):
                line += data.count(b"\n", counted, start)
                counted = start
                yield line, start - (data.rfind(b"\n", 0, start) + 1) + 1, word
            start = data.find(wanted, start + 1)
