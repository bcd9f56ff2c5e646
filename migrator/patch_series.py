"""From the ledger of a tree to a series of patches for ``git am``: what ``migrator format-patch`` writes.

The inside, ``series``, is pure; here is what it has to be told: what the tree declares, which commit it is, who makes
the patches and when. Nothing is written before ``write_series``.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from migrator import __version__
from migrator.api import TreeResult, tree_of
from migrator.errors import InputError
from migrator.series.around import plan_series
from migrator.series.base import Blob, author_of, base_commit, blobs
from migrator.series.hunks import Heading
from migrator.series.maintainers import Maintainers, parse_maintainers
from migrator.series.patches import Patch, SeriesOptions, make_series
from migrator.series.plan import SeriesPlan, ended_mentions
from migrator.series.split import Split
from migrator.series.style import SeriesStyle, recorded_options
from migrator.series.unified import blob_hash
from migrator.workspace.files import write_files
from migrator.workspace.source_tree import open_source_tree

if TYPE_CHECKING:
    from migrator.workspace.source_tree import SourceTree


class Series(Struct, frozen=True):
    """A series in memory: ``patches`` in their order, the cover letter first; empty where nothing is to change.

    ``result`` is the ledger as the series leaves it: with what is introduced and removed, and why something is not.
    ``uncommitted``: the files are not what the commit holds, so that no patch names it as its base. See
    ``format_series``.
    """

    patches: tuple[Patch, ...]
    result: TreeResult
    uncommitted: bool = False


def format_series(
    result: TreeResult,
    style: SeriesStyle = SeriesStyle(),
    *,
    author: str = "",
    date: datetime | None = None,
    base: str | None = None,
    tool: str = "",
) -> Series:
    """The series that does what ``result`` says, introduces the new call before and removes the old ones behind.

    ``author`` is ``Name <address>``, else whom git knows. ``date`` has a zone, else it is now, or what
    SOURCE_DATE_EPOCH says. ``base`` is the full name of the commit that the patches are for, empty for none; else it is
    found out. ``tool`` is what made them, this program where it is empty. Equal input makes equal bytes.

    The patches note how they were made, for ``migrator verify``: pattern, options, paths and base; sites that were left
    out by ``Options.skip`` are not noted. Raises InputError where no author is known or ``author`` has another form,
    where the tree is gone, or has no MAINTAINERS for ``Split.SUBSYSTEM``.

    >>> import shutil, tempfile
    >>> from migrator import Pattern, SeriesStyle, format_series, scan
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = shutil.copy("tests/readme/replace_entry.c", folder)
    ...     result = scan([folder], Pattern.load("mem_cgroup_charge"), root=folder)
    ...     series = format_series(result, SeriesStyle(cover=False), author="A Reader <reader@example.org>")
    >>> for patch in series.patches:
    ...     print(patch.file_name, patch.paths)
    0001-replace_entry-convert-example_replace_entry-to-mem_c.patch ('replace_entry.c',)
    >>> series.patches[0].mail.startswith(b"From 0000")
    True
    """
    plan = _plan(result, style)
    result = replace(
        result,
        notes=(*result.notes, *plan.diagnostics),
        files=tuple(replace(file, mentions=ended_mentions(file, plan)) for file in result.files),
    )
    before = {file.path: file.before for file in result.files if file.changed} | dict(plan.contents)
    commit = base if base is not None else result.revision or base_commit(result.root) or ""
    found = blobs(result.root, commit, list(before)) if commit else {}
    uncommitted = base is None and bool(commit) and not _is_base(before, found)
    with closing(tree_of(result)) as tree:
        modes, drivers = tree.modes(list(before)), tree.diff_drivers(list(before))
        maintainers = _maintainers(tree) if style.split is Split.SUBSYSTEM else None
    options = SeriesOptions(
        author=_author(result.root, author),
        date=date if date is not None else _now(),
        tool=tool or f"migrator {__version__}",
        split=style.split,
        cover=style.cover,
        signoff=style.signoff,
        base="" if uncommitted else commit,
        made_with=recorded_options(result.options, style),
        paths="" if "." in result.starts else shlex.join(result.starts),
        maintainers=maintainers,
        modes={**modes, **{path: blob.mode for path, blob in found.items()}},
        headings={path: Heading.CPP for path in before if drivers.get(path) == "cpp"},
        together=result.together,
    )
    return Series(make_series(result.files, result.pattern, options, result, plan), result, uncommitted)


def write_series(series: Series, folder: Path | str) -> tuple[Path, ...]:
    """Write each patch into a file of the folder, which is made where it is not there; returns the files.

    A file of the same name is written over, none where one cannot be written down. Raises InputError where the folder
    is a file or cannot be written to.

    >>> import shutil, tempfile
    >>> from migrator import Pattern, format_series, scan, write_series
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = shutil.copy("tests/readme/replace_entry.c", folder)
    ...     result = scan([folder], Pattern.load("mem_cgroup_charge"), root=folder)
    ...     series = format_series(result, author="A Reader <reader@example.org>")
    ...     [path.name for path in write_series(series, f"{folder}/out")]
    ['0000-cover-letter.patch', '0001-replace_entry-convert-example_replace_entry-to-mem_c.patch']
    """
    out = Path(folder)
    if series.patches and os.path.exists(out) and not os.path.isdir(out):  # Path.exists() may raise
        raise InputError("is a file, not a folder", os.fspath(folder))
    files = {out / patch.file_name: patch.mail for patch in series.patches}
    write_files(files)
    return tuple(files)


def _plan(result: TreeResult, style: SeriesStyle) -> SeriesPlan:
    """The patches around the converts: the tree is searched as a whole where it is known to be one."""
    with closing(tree_of(result)) as tree, closing(_named(result)) as named:
        is_tree = bool(result.revision) or _is_top(result.root)
        return plan_series(
            result.files,
            result.pattern,
            tree.whole() if is_tree else named,
            tree.dialect,
            introduce=style.introduce,
            remove=style.remove,
            whole=is_tree or "." in result.starts,
        )


def _named(result: TreeResult) -> SourceTree:
    """The part of the tree that was named."""
    paths = [result.root / start for start in result.starts]
    if result.revision:
        return open_source_tree(paths, revision=result.revision)
    return open_source_tree(paths, result.root)


# What the top of a tree has. Where nothing of it is there, the root is only the folder that the user happens to be in.
_AT_THE_TOP = (".git", "MAINTAINERS", "Makefile", "CMakeLists.txt", "meson.build", "include")


def _is_top(root: Path) -> bool:
    return any((root / name).exists() for name in _AT_THE_TOP)


def _is_base(before: Mapping[str, bytes], found: Mapping[str, Blob]) -> bool:
    """Whether the commit holds what was read."""
    return all(path in found and found[path].name == blob_hash(data) for path, data in before.items())


def _author(root: Path, given: str) -> str:
    name = given or author_of(root) or ""
    if not name:
        raise InputError("git knows no author: set user.name and user.email, or use --author", os.fspath(root))
    address = name.rpartition("<")[2].removesuffix(">")
    if not name.endswith(">") or "@" not in address or not name.isprintable():
        raise InputError("an author has the form `Name <address>`", name)
    return name


def _now() -> datetime:
    """Now, or what SOURCE_DATE_EPOCH says (reproducible-builds.org)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdecimal():
        return datetime.fromtimestamp(int(epoch), UTC)
    return datetime.now().astimezone()


def _maintainers(tree: SourceTree) -> Maintainers:
    return parse_maintainers(tree.read("MAINTAINERS"))
