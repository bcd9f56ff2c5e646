"""The public functions: migrate some bytes, a file or a tree, and account for every mention of the old names.

Nothing here prints or writes. ``scan`` gives all that is known of a tree, ``migrate_tree`` its files one by one. A
tree, on disk or at a git revision, is searched for the pattern's words first, only the files that have one are read and
parsed, in several processes if wanted. Each result is put beside a count of whole words that knows nothing of C and of
the engine: what it finds and the engine did not mention is unaccounted for.
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
from migrator.results import FileResult, Mention, Site
from migrator.series.ledger import Totals, totals
from migrator.series.notes import loose_diagnostics
from migrator.series.wordcount import unaccounted_mentions
from migrator.source import DEFAULT_DIALECT
from migrator.workspace.parallel import run_over, stream_over
from migrator.workspace.source_tree import SourceTree, open_source_tree

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from migrator.pattern.model import Pattern
    from migrator.source import Dialect
    from migrator.workspace.prefilter import Found


class Progress(Protocol):
    """Who wants to hear how far ``scan`` is; called in the calling process."""

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
    the full name of the commit that was read, empty for files on disk; ``starts`` are the paths that were named, from
    the root, and ``options`` those of the run. A mention with the status ``unaccounted`` is one that only the textual
    count knows: where there is one, the other figures cannot be trusted.

    >>> from migrator import Pattern, scan
    >>> result = scan(["tests/readme"], Pattern.load("mem_cgroup_charge"))
    >>> [(site.function, str(site.status)) for site in result.sites]
    [('example_replace_entry', 'warned')]
    >>> [str(diagnostic.code) for diagnostic in result.all_diagnostics]
    ['error-path-widened']
    >>> result.totals
    Totals(files=1, sites=1, migrated=0, warned=1, refused=0, mentions=3, unaccounted=0, balanced=0)
    """

    root: Path
    pattern: Pattern
    files: tuple[FileResult, ...]
    scanned: int
    notes: tuple[Diagnostic, ...] = ()
    revision: str = ""
    together: tuple[frozenset[str], ...] = ()
    starts: tuple[str, ...] = (".",)
    options: Options = Options()

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

    >>> from migrator import Pattern, migrate_source
    >>> result = migrate_source(b"void f(void) { strlcpy(a, b, sizeof(a)); }", Pattern.load("strscpy"), path="lamp.c")
    >>> result.after
    b'void f(void) { strscpy(a, b, sizeof(a)); }'
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
    for a ``revision`` what ``scan`` raises. Other functions are not looked at: what takes several is refused.

    >>> from migrator import Pattern, migrate_file
    >>> result = migrate_file("tests/readme/replace_entry.c", Pattern.load("mem_cgroup_charge_v58"))
    >>> b"mem_cgroup_charge(page, mm, gfp);" in result.after
    True
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
    found = scan([top], pattern, root=root, revision=revision, options=options, jobs=jobs)
    return next((file for file in found.files if file.path == alone.path), alone)


def scan(
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
    """The ledger of all C files below the paths that mention an old name; nothing is written.

    The work is done by ``jobs`` processes, or by those of an ``executor``: see ``migrate_tree``. With a ``revision``
    the files of that commit are read, no work tree is needed, and a path is one inside of the repository, or the
    repository itself. Raises InputError for a path that does not exist or lies outside of ``root``, for a revision
    that does not exist, and where there is no repository or no git; ValueError for ``root`` and ``revision`` at once.

    >>> from migrator import Pattern, scan
    >>> result = scan(["tests/readme"], Pattern.load("mem_cgroup_charge"))
    >>> [file.path for file in result.files if file.changed]
    ['tests/readme/replace_entry.c']
    >>> result.totals.unaccounted
    0
    """
    with closing(open_source_tree(paths, root, revision)) as tree:
        found = tree.search(pattern.words, jobs, progress.searched if progress is not None else None)
        if progress is not None:
            progress.found(len(found.files))
        files, together = _all_results(tree, found, pattern, options, jobs, executor, progress)
        return TreeResult(
            tree.root, pattern, files, found.scanned, found.notes, tree.revision, together, tree.starts, options
        )


def migrate_tree(
    paths: Sequence[Path | str],
    pattern: Pattern,
    *,
    root: Path | str | None = None,
    revision: str | None = None,
    options: Options = Options(),
    jobs: int = 1,
    executor: Executor | None = None,
) -> Iterator[FileResult]:
    """The results of ``scan`` one by one, in the order of their paths; a file without an old name has none.

    Where no work spans functions (a pattern of the kind rewrite, a refactor in Python, ``Options(alone=True)``) a
    result is given as soon as it is made, and no more than 64 files (or four times ``jobs``) are held in memory.
    Otherwise the first one waits for all, since the last file may decide what becomes of it.

    Any ``concurrent.futures.Executor`` will do: a pool of threads or processes, Dask's ``Client.get_executor()``, a
    class of your own around Ray. All that is asked of it is ``submit``, with a function, an argument and a result that
    can be pickled; it is left open. A refactor's function must then be one of a module that the workers can import.
    Where its worker died, or raised, a file has a result with an ``error``.

    Raises, when called, what ``scan`` raises for bad paths, revisions and roots; what goes wrong later, when git
    searches, at the first ``next``.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from migrator import Pattern, migrate_tree
    >>> with ThreadPoolExecutor(2) as executor:
    ...     for file in migrate_tree(["tests/readme"], Pattern.load("mem_cgroup_charge"), executor=executor):
    ...         print(file.path, len(file.edits) > 0)
    tests/readme/replace_entry.c True
    """
    return _streamed(open_source_tree(paths, root, revision), pattern, options, jobs, executor)


def _streamed(
    source_tree: SourceTree, pattern: Pattern, options: Options, jobs: int, executor: Executor | None
) -> Iterator[FileResult]:
    with closing(source_tree) as tree:
        found = tree.search(pattern.words, jobs)
        if _spans_functions(pattern, options):
            yield from _all_results(tree, found, pattern, options, jobs, executor)[0]
            return
        yield from stream_over(
            partial(_migrate_text, pattern, tree.dialect, options),
            _texts(tree, found.files),
            lambda text, reason: _failed(text.path, reason),
            lambda text: _cost(text.data, pattern.words),
            jobs=jobs,
            executor=executor,
        )


def _all_results(
    tree: SourceTree,
    found: Found,
    pattern: Pattern,
    options: Options,
    jobs: int,
    executor: Executor | None,
    progress: Progress | None = None,
) -> tuple[tuple[FileResult, ...], tuple[frozenset[str], ...]]:
    """The results of the files, and which of these must change together."""
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
    return _across(tree, pattern, results, options, jobs)


# Files that are read together: a question to git costs as much for one.
_READ_AT_ONCE = 16


def _texts(tree: SourceTree, paths: Sequence[str]) -> Iterator[_Text]:
    for first in range(0, len(paths), _READ_AT_ONCE):
        some = paths[first : first + _READ_AT_ONCE]
        yield from (_Text(path, data) for path, data in zip(some, tree.read_all(some), strict=True))


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


def _spans_functions(pattern: Pattern, options: Options) -> bool:
    """Whether functions may be migrated together at all."""
    return pattern.kind == "transaction" and not pattern.late_object and not options.alone


def _may_span(results: Sequence[FileResult], pattern: Pattern, options: Options) -> bool:
    """Whether there is a site that could be migrated together with other functions."""
    codes = {item.code for result in results for item in result.all_diagnostics}
    return _spans_functions(pattern, options) and bool(codes & _ACROSS)


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
