"""The tree that is worked on: its root, and its C files below the paths given.

A root is the top of a git work tree, else the top of a source tree (known by its MAINTAINERS), else the
current folder, else what was given. Display paths are relative to it, with ``/``. Folders are walked as
``grep -r`` does it: symbolic links are not followed, since what they lead to inside the tree is walked by itself; a
link that promises a C file and leads nowhere, in a circle or out of the tree is noted. Hidden folders are passed over.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from migrator.diagnostics import Code, Diagnostic, Severity
from migrator.errors import InputError

SUFFIXES = (b".c", b".h")
_BATCH = 256


class WorkTree(Struct, frozen=True):
    """A root (absolute, no symbolic link in it) and the absolute paths below it to look at."""

    root: Path
    starts: tuple[Path, ...]

    def display(self, path: str | bytes | Path) -> str:
        """The name of a path for people and patches: relative to the root."""
        return os.path.relpath(os.fsdecode(path), self.root).replace(os.sep, "/")

    def absolute(self, display: str) -> Path:
        """Where the file of a display path lies."""
        return self.root / display


class Batch(Struct, frozen=True):
    """Some of the files of a tree, as absolute paths, and what was noted on the way to them."""

    paths: tuple[bytes, ...]
    notes: tuple[Diagnostic, ...] = ()


def open_tree(paths: Sequence[Path | str], root: Path | str | None = None) -> WorkTree:
    """The tree that holds all the paths; raises InputError for a path that does not exist or that leaves the tree.

    A folder may be given by a symbolic link from anywhere; a file by one that stays inside the tree.
    """
    if not paths:
        raise InputError("no file or folder was given", ".")
    starts = tuple(_resolved(Path(path)) for path in paths)
    if root is not None:
        top = _resolved(Path(root))
    else:
        # A link to a file belongs to the tree where the link lies.
        named = [_resolved(Path(path).parent) for path, start in zip(paths, starts, strict=True) if start.is_file()]
        top = find_root([*named, *(start for start in starts if start.is_dir())] or starts)
    for given, start in zip(paths, starts, strict=True):
        if start != top and top not in start.parents:
            raise InputError(f"leads out of the tree {top}", os.fspath(given))
    return WorkTree(top, starts)


def _resolved(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise InputError(_reason(error), os.fspath(path)) from None


def _reason(error: OSError | RuntimeError) -> str:
    if isinstance(error, RuntimeError) or error.errno == errno.ELOOP:
        return "a symbolic link that leads in a circle"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "no such file or folder"
    return os.strerror(error.errno) if error.errno else str(error)


def find_root(starts: Sequence[Path]) -> Path:
    """The root for absolute paths, by the rules at the top of this module."""
    common = Path(os.path.commonpath([start if start.is_dir() else start.parent for start in starts]))
    above = (common, *common.parents)
    for folder in above:
        if (folder / ".git").exists():
            return folder
    for folder in above:
        if (folder / "MAINTAINERS").is_file() and (folder / "Makefile").is_file():
            return folder
    try:
        current = Path.cwd()
    except OSError:
        # It has been removed meanwhile.
        return common
    return current if current in above else common


def list_files(tree: WorkTree) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    """Display paths of all C files, in the order of their bytes, and the notes."""
    paths: set[bytes] = set()
    notes: list[Diagnostic] = []
    for batch in walk(tree):
        paths.update(batch.paths)
        notes.extend(batch.notes)
    return tuple(map(tree.display, sorted(paths))), ordered_notes(notes)


def ordered_notes(notes: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Notes in the order of their files, each once."""
    return tuple(sorted(dict.fromkeys(notes), key=lambda note: (note.file, note.message)))


def walk(tree: WorkTree) -> Iterator[Batch]:
    """The C files in batches, each file once, in no particular order.

    A file that was given by its name counts as a C file whatever its name is.
    """
    seen: set[Path] = set()
    for start in tree.starts:
        if start in seen or any(parent in seen for parent in start.parents):
            continue
        if start.is_dir():
            # A folder that holds what was given before: its files would come twice.
            passed = frozenset(os.fsencode(one) for one in seen if start in one.parents)
            yield from _walk_folder(tree, os.fsencode(start), passed)
        else:
            yield Batch((os.fsencode(start),))
        seen.add(start)


def _walk_folder(tree: WorkTree, top: bytes, passed: frozenset[bytes]) -> Iterator[Batch]:
    folders = [top]
    paths: list[bytes] = []
    notes: list[Diagnostic] = []
    while folders:
        folder = folders.pop()
        try:
            entries = os.scandir(folder)
        except OSError as error:
            notes.append(_note(tree, folder, f"folder not read: {_reason(error)}"))
            continue
        with entries:
            for entry in entries:
                name = entry.name
                if name[-2:] in SUFFIXES and entry.is_file(follow_symlinks=False):
                    paths.append(entry.path)
                elif name[:1] != b"." and entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_symlink():
                    notes.extend(_link_notes(tree, entry.path))
                elif name[-2:] in SUFFIXES and not entry.is_dir(follow_symlinks=False):
                    notes.append(_note(tree, entry.path, "skipped: not a regular file"))
        if passed:
            folders = [one for one in folders if one not in passed]
            paths = [one for one in paths if one not in passed]
        if len(paths) >= _BATCH or notes:
            for first in range(0, max(len(paths), 1), _BATCH):
                yield Batch(tuple(paths[first : first + _BATCH]), tuple(notes))
                notes = []
            paths = []
    if paths or notes:
        yield Batch(tuple(paths), tuple(notes))


def _link_notes(tree: WorkTree, link: bytes) -> Iterator[Diagnostic]:
    """What is to be said about a symbolic link that is passed over: mostly nothing."""
    promises_code = link[-2:] in SUFFIXES
    try:
        target = Path(os.fsdecode(link)).resolve(strict=True)
        is_folder = stat.S_ISDIR(target.stat().st_mode)
    except (OSError, RuntimeError) as error:
        circle = isinstance(error, RuntimeError) or error.errno == errno.ELOOP
        if circle or promises_code:
            kind = "leads in a circle" if circle else "leads nowhere"
            yield _note(tree, link, f"skipped: a symbolic link that {kind}")
        return
    if is_folder:
        if target in Path(os.fsdecode(link)).parents:
            yield _note(tree, link, "skipped: a symbolic link to a folder that holds it")
    elif promises_code and tree.root not in target.parents:
        yield _note(tree, link, "skipped: a symbolic link that leads out of the tree")


def _note(tree: WorkTree, path: bytes, message: str) -> Diagnostic:
    return Diagnostic(Code.UNREADABLE, Severity.NOTE, tree.display(path), 0, message)
