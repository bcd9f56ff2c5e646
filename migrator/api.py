"""The public functions: migrate some bytes, a file or a tree, and account for every mention of the old names.

Nothing here prints or writes. A tree, on disk or at a git revision, is searched for the pattern's words first, only
the files that have one are read and parsed, in several processes if wanted. Each result is put beside a count of
whole words that knows nothing of C and of the engine: what it finds and the engine did not mention is unaccounted for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
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
from migrator.source import DEFAULT_DIALECT
from migrator.workspace.parallel import run_over
from migrator.workspace.source_tree import SourceTree, open_source_tree

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
    ``notes`` say what was passed over on the way, ``together`` which files must change in one step. ``revision`` is
    the full name of the commit that was read, empty for files on disk. A mention with the status ``unaccounted`` is
    one that only the textual count knows: where there is one, the other figures cannot be trusted.
    """

    root: Path
    pattern: Pattern
    files: tuple[FileResult, ...]
    scanned: int
    notes: tuple[Diagnostic, ...] = ()
    revision: str = ""
    together: tuple[frozenset[str], ...] = ()

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
    revision: str | None = None,
    options: Options = Options(),
) -> FileResult:
    """Migrate one file of a tree, with the dialect of the tree; ``root`` is found where it is not given.

    A file that cannot be read gives a result with an ``error``. Raises InputError for a path that does not exist, and
    for a ``revision`` what ``migrate_tree`` raises.
    """
    with closing(open_source_tree([path], root, revision)) as tree:
        (display,) = tree.starts
        (data,) = tree.read_all([display])
        return _migrate_text(pattern, tree.dialect, options, _Text(display, data))


def migrate_file_in_tree(
    path: Path | str,
    pattern: Pattern,
    *,
    root: Path | str | None = None,
    revision: str | None = None,
    options: Options = Options(),
    jobs: int = 1,
) -> FileResult:
    """As ``migrate_file``, but as a run over its whole tree leaves the file: with other functions in view.

    The tree is only looked at where the file alone leaves a site open to that. Raises InputError as ``migrate_file``.
    """
    alone = migrate_file(path, pattern, root=root, revision=revision, options=options)
    if not _may_span([alone], pattern, options):
        return alone
    with closing(open_source_tree([path], root, revision)) as tree:
        top = tree.root
    root = None if revision is not None else top
    found = migrate_tree([top], pattern, root=root, revision=revision, options=options, jobs=jobs)
    return next((file for file in found.files if file.path == alone.path), alone)


def migrate_tree(
    paths: Sequence[Path | str],
    pattern: Pattern,
    *,
    root: Path | str | None = None,
    revision: str | None = None,
    options: Options = Options(),
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> TreeResult:
    """Migrate all C files below the paths that mention an old name; ``jobs`` processes, or those of ``executor``.

    With a ``revision`` the files of that commit are read, no work tree is needed, and a path is one inside of the
    repository, or the repository itself. Raises InputError for a path that does not exist or lies outside of ``root``,
    for a revision that does not exist, and where there is no repository or no git; ValueError for ``root`` and
    ``revision`` at once.
    """
    with closing(open_source_tree(paths, root, revision)) as tree:
        found = tree.search(pattern.words, jobs, progress.searched if progress is not None else None)
        if progress is not None:
            progress.found(len(found.files))
        texts = [_Text(path, data) for path, data in zip(found.files, tree.read_all(found.files), strict=True)]
        results = run_over(
            partial(_migrate_text, pattern, tree.dialect, options),
            texts,
            lambda text, reason: _failed(text.path, reason),
            sizes=[_cost(text.data, pattern.words) for text in texts],
            jobs=jobs,
            executor=executor,
            progress=progress.migrated if progress is not None else None,
        )
        files, together = _across(tree, pattern, results, options, jobs)
        return TreeResult(tree.root, pattern, files, found.scanned, found.notes, tree.revision, together)


def _across(
    tree: SourceTree, pattern: Pattern, results: Sequence[FileResult], options: Options, jobs: int
) -> tuple[tuple[FileResult, ...], tuple[frozenset[str], ...]]:
    """What is done with other functions in view: all callers in the tree count, only the paths given may change.

    Where nothing but files is named, only these are looked at: what they alone cannot answer is left to a wider run.
    """
    # Not imported before: most runs over single files need none of it.
    if not _may_span(results, pattern, options):
        return tuple(results), ()
    known = {result.path: result.before for result in results if result.error is None}
    starts = tree.starts
    files = all(start in known for start in starts)
    if files and pattern.placement.kind == "at-begin":
        return tuple(results), ()
    from migrator.across.index import Program
    from migrator.across.run import across

    whole = tree.whole()
    program = Program(
        lambda words: tree.find(words) if files else whole.find(words, jobs),
        lambda path: known[path] if path in known else whole.read(path),
        tree.dialect,
        complete=not files,
    )

    def may_change(path: str) -> bool:
        return any(start in (".", path) or path.startswith(f"{start}/") for start in starts)

    return across(program, pattern, results, options, may_change)


def _may_span(results: Sequence[FileResult], pattern: Pattern, options: Options) -> bool:
    """Whether there is a site that could be migrated together with other functions."""
    codes = {item.code for result in results for item in result.all_diagnostics}
    spans = pattern.kind == "transaction" and not pattern.late_object
    return not options.alone and spans and bool(codes & _ACROSS)


# Refusals behind which another function may stand.
_ACROSS = frozenset(
    {Code.SETUP_IN_CALLEE, Code.NO_SETUP, Code.COMMIT_ELSEWHERE, Code.HANDLE_ESCAPES, Code.CHARGE_OUTLIVES_ABORT}
)


def tree_of(result: TreeResult) -> SourceTree:
    """The whole tree that a result is about, to be closed by the caller; raises InputError where it is gone."""
    if result.revision:
        return open_source_tree([result.root], revision=result.revision)
    return open_source_tree([result.root], result.root)


class _Text(Struct, frozen=True):
    """A file of display path ``path``, or why it could not be read."""

    path: str
    data: bytes | InputError


def _migrate_text(pattern: Pattern, dialect: Dialect, options: Options, text: _Text) -> FileResult:
    if isinstance(text.data, InputError):
        return _failed(text.path, text.data.message)
    return migrate_source(text.data, pattern, path=text.path, dialect=dialect, options=options)


def _failed(path: str, message: str) -> FileResult:
    return FileResult(path, b"", b"", error=Diagnostic(Code.UNREADABLE, Severity.ERROR, path, 0, message))


# A mention takes as long as so many bytes without one: its function is followed along all its paths, twice.
_BYTES_PER_MENTION = 10_000


def _cost(data: bytes | InputError, words: Sequence[str]) -> int:
    """How long a file will take beside others, in bytes of source without a mention; 0 for what cannot be read."""
    if isinstance(data, InputError):
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
