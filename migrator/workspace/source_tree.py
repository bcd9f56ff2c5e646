"""One interface for a folder and for a git revision: which C files mention a word, and what is in them.

``open_source_tree`` gives either. Everything is named by display paths (relative to the root, with ``/``): these
``find`` returns and ``read`` takes. ``whole`` looks at the whole tree where only a part of it was named, as one must
who asks for the callers of a function. A tree is used by the process that opened it, and closed by it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from migrator.errors import InputError
from migrator.source import load_dialect
from migrator.workspace.files import read_file
from migrator.workspace.prefilter import Found, Progress, find_mentions
from migrator.workspace.tree import WorkTree, open_tree

if TYPE_CHECKING:
    from migrator.source import Dialect


class SourceTree(Protocol):
    """A tree of C files, on disk or in a revision."""

    @property
    def root(self) -> Path:
        """The top of the tree, absolute: the folder, the work tree that the revision belongs to, a bare repository."""

    @property
    def revision(self) -> str:
        """The full name of the commit; empty for a folder."""

    @property
    def starts(self) -> tuple[str, ...]:
        """Display paths of what was named: files and folders; the root is ``.``."""

    @property
    def dialect(self) -> Dialect:
        """The dialect by the tree's ``.clang-format``."""

    def whole(self) -> SourceTree:
        """The tree from its root, whatever part of it was named; needs no closing of its own."""

    def find(self, words: Collection[str], jobs: int = 1) -> tuple[str, ...]:
        """Display paths, in the order of their bytes, of the C files that mention one of the words as a whole word.

        ``##word`` is looked for only in files with macros that paste names, where that saves time.
        One that cannot be read is among them: reading it says why. Ask once for many words: twenty take twice the time
        of one.
        """

    def search(self, words: Collection[str], jobs: int = 1, progress: Progress | None = None) -> Found:
        """The same, with the number of files looked at, and notes on what was passed over."""

    def read(self, path: str) -> bytes:
        """The text of any file of the tree; raises InputError for what is none."""

    def read_all(self, paths: Sequence[str]) -> tuple[bytes | InputError, ...]:
        """The texts of many files in the order given; an InputError in place of one that cannot be read."""

    def modes(self, paths: Sequence[str]) -> Mapping[str, str]:
        """Git's modes of the files, ``100644`` or ``100755``; what is no file is missing."""

    def diff_drivers(self, paths: Sequence[str]) -> Mapping[str, str]:
        """What git's attribute ``diff`` says of the paths, as far as it is known."""

    def close(self) -> None:
        """Give up what the tree holds; it may be used again afterwards."""


class FolderTree:
    """A folder on disk."""

    def __init__(self, tree: WorkTree) -> None:
        self._tree = tree
        self._dialect: Dialect | None = None

    @property
    def root(self) -> Path:
        """The top, absolute."""
        return self._tree.root

    @property
    def revision(self) -> str:
        """None."""
        return ""

    @property
    def starts(self) -> tuple[str, ...]:
        """As they were given, without links."""
        return tuple(map(self._tree.display, self._tree.starts))

    @property
    def dialect(self) -> Dialect:
        """By the nearest ``.clang-format`` at the root or above it."""
        if self._dialect is None:
            self._dialect = load_dialect(self.root)
        return self._dialect

    def whole(self) -> FolderTree:
        """The folder from its root."""
        return FolderTree(WorkTree(self.root, (self.root,)))

    def find(self, words: Collection[str], jobs: int = 1) -> tuple[str, ...]:
        """As ``grep -rlw``, with ``jobs`` processes."""
        return self.search(words, jobs).files

    def search(self, words: Collection[str], jobs: int = 1, progress: Progress | None = None) -> Found:
        """As ``grep -rlw``, with ``jobs`` processes."""
        return find_mentions(self._tree, words, jobs, progress)

    def read(self, path: str) -> bytes:
        """What is in the file now; raises InputError."""
        return read_file(self._tree.absolute(path), path)

    def read_all(self, paths: Sequence[str]) -> tuple[bytes | InputError, ...]:
        """The texts, an InputError in place of one that cannot be read."""
        return tuple(map(self._read_or_error, paths))

    def modes(self, paths: Sequence[str]) -> Mapping[str, str]:
        """By the bit that says who may run it."""
        files = ((path, self._tree.absolute(path)) for path in paths)
        return {path: "100755" if os.access(file, os.X_OK) else "100644" for path, file in files if file.is_file()}

    def diff_drivers(self, paths: Sequence[str]) -> Mapping[str, str]:
        """By git, where the folder is in a work tree."""
        if not paths:
            return {}
        import subprocess

        try:
            done = subprocess.run(
                ["git", "-C", os.fspath(self.root), "check-attr", "--stdin", "-z", "diff"],
                input=b"".join(os.fsencode(path) + b"\0" for path in paths),
                capture_output=True,
                check=False,
            )
        except OSError:
            return {}
        # path NUL "diff" NUL value NUL
        fields = done.stdout.split(b"\0") if done.returncode == 0 else []
        return {os.fsdecode(path): value.decode() for path, value in zip(fields[0::3], fields[2::3], strict=False)}

    def close(self) -> None:
        """Nothing is held."""

    def _read_or_error(self, path: str) -> bytes | InputError:
        try:
            return self.read(path)
        except InputError as error:
            return error


def open_source_tree(
    paths: Sequence[Path | str], root: Path | str | None = None, revision: str | None = None
) -> SourceTree:
    """The tree that holds all the paths, on disk or at a revision, in which case the repository is the root.

    Raises InputError for a path that does not exist or leaves the tree, and what ``open_revision`` raises; ValueError
    for a revision with a ``root``.
    """
    if revision is None:
        return FolderTree(open_tree(paths, root))
    if root is not None:
        raise ValueError("the root of a revision is its repository")
    from migrator.workspace.revision import open_revision

    return open_revision(paths, revision)
