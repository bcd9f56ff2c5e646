"""Reading files, and replacing them so that each is the old or the new one at any moment, never half of one.

Writing many files has phases: everything is checked, then every new content is written beside its file and flushed
to the disk, then the names are switched. What is refused in the first phases leaves all files as they were.
A file that is not what was read any more is never overwritten. The bits of the mode decide what is read-only, for
root too. A replaced file has one name: other hard links keep the old content, as with ``patch``.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import count, islice
from pathlib import Path

from msgspec import Struct

from migrator.errors import ChangedMeanwhileError, InputError

# As git and diff decide it: a NUL byte near the start.
_BINARY_PREFIX = 8000
_WRITABLE = 0o222
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


class Change(Struct, frozen=True):
    """The file of display path ``path`` is to become ``after``; it was ``before`` when read."""

    path: str
    before: bytes
    after: bytes


def is_binary(data: bytes) -> bool:
    """Whether there is a NUL byte in the first 8000 bytes."""
    return data.find(b"\0", 0, _BINARY_PREFIX) >= 0


def read_file(path: Path, display: str = "") -> bytes:
    """The content of a text file in any encoding; raises InputError for anything else.

    ``display`` is the name to use in errors, the path itself where it is empty.
    """
    data = _read_bytes(path, display or os.fspath(path))
    if is_binary(data):
        raise InputError("a binary file (it has NUL bytes)", display or os.fspath(path))
    return data


def _read_bytes(path: Path, display: str) -> bytes:
    # Not to wait for a writer where the name turns out to be a pipe.
    try:
        descriptor = os.open(path, _READ)
    except OSError as error:
        raise InputError(_reason(error), display) from None
    try:
        kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
        if kind != stat.S_IFREG:
            raise InputError(_KINDS.get(kind, "not a regular file"), display)
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read()
    except OSError as error:
        raise InputError(_reason(error), display) from None
    finally:
        os.close(descriptor)


_KINDS = {
    stat.S_IFDIR: "a folder, not a file",
    stat.S_IFIFO: "a pipe, not a file",
    stat.S_IFSOCK: "a socket, not a file",
    stat.S_IFCHR: "a device, not a file",
    stat.S_IFBLK: "a device, not a file",
}


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "no such file"
    if error.errno == errno.ELOOP:
        return "a symbolic link that leads in a circle"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "permission denied"
    return os.strerror(error.errno) if error.errno else str(error)


class _Target(Struct, frozen=True):
    """A checked change: the real file to replace, and what to keep of it."""

    change: Change
    path: Path
    status: os.stat_result


def create_file(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, whole or not at all, and the folders above it; raises InputError."""
    temporary = _write_new_beside(path, data)
    try:
        os.link(temporary, path)  # unlike a rename it does not replace what came in between
    except OSError as error:
        raise InputError(_reason(error), os.fspath(path)) from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write new files or over old ones, each whole or not at all, none of them where one cannot be written down.

    Folders above them are made. Raises InputError.
    """
    prepared: list[tuple[Path, Path]] = []
    try:
        for path, data in files.items():
            prepared.append((path, _write_new_beside(path, data)))
        written: list[str] = []
        while prepared:
            path, temporary = prepared[0]
            try:
                os.replace(temporary, path)
            except OSError as error:
                raise InputError(_reason(error) + _so_far(written), os.fspath(path)) from None
            prepared.pop(0)
            written.append(os.fspath(path))
    finally:
        for _, temporary in prepared:
            with suppress(OSError):
                temporary.unlink()


def write_changes(root: Path, changes: Sequence[Change]) -> None:
    """Replace all the files, or none where one is refused.

    Raises InputError for a file or folder that is read-only, vanished, no regular file or outside of ``root``, and
    ChangedMeanwhileError for one whose content is not ``before`` any more.
    """
    top = root.resolve()
    targets = [_checked(top, change) for change in changes]
    _refuse_twins(targets)
    prepared: list[tuple[_Target, Path]] = []
    written: list[str] = []
    try:
        for target in targets:
            # with mode and owner of the old one
            keep = partial(_keep_attributes, target)
            prepared.append((target, _write_beside(target.path, target.change.path, target.change.after, 0o600, keep)))
        while prepared:
            target, temporary = prepared[0]
            _refuse_changed(target.path, target.change, written)
            try:
                os.replace(temporary, target.path)
            except OSError as error:
                raise InputError(_reason(error) + _so_far(written), target.change.path) from None
            prepared.pop(0)
            written.append(target.change.path)
    finally:
        for _, temporary in prepared:
            with suppress(OSError):
                temporary.unlink()


def _checked(top: Path, change: Change) -> _Target:
    named = top / change.path
    try:
        path = named.resolve(strict=True)
        status = path.stat()
        folder = path.parent.stat()
    except OSError as error:
        raise InputError(_reason(error), change.path) from None
    except RuntimeError:
        raise InputError("a symbolic link that leads in a circle", change.path) from None
    if top not in path.parents:
        raise InputError(f"leads out of the tree {top}", change.path)
    if not stat.S_ISREG(status.st_mode):
        raise InputError(_KINDS.get(stat.S_IFMT(status.st_mode), "not a regular file"), change.path)
    if not status.st_mode & _WRITABLE or not os.access(path, os.W_OK):
        raise InputError("read-only file", change.path)
    if not folder.st_mode & _WRITABLE or not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError("in a read-only folder", change.path)
    _refuse_changed(path, change, ())
    return _Target(change, path, status)


def _refuse_changed(path: Path, change: Change, written: Sequence[str]) -> None:
    if _read_bytes(path, change.path) != change.before:
        raise ChangedMeanwhileError("changed since it was read, left as it is" + _so_far(written), change.path)


def _so_far(written: Sequence[str]) -> str:
    return f" (written before: {', '.join(written)})" if written else ""


def _refuse_twins(targets: Sequence[_Target]) -> None:
    named: dict[Path, str] = {}
    for target in targets:
        other = named.setdefault(target.path, target.change.path)
        if other is not target.change.path:
            raise InputError(f"the same file as {other}", target.change.path)


def _write_new_beside(path: Path, data: bytes) -> Path:
    """Write what is to become a file to another one in its folder, which is made where it is not there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(_reason(error), os.fspath(path)) from None
    return _write_beside(path, os.fspath(path), data, 0o666)


def _write_beside(path: Path, named: str, data: bytes, mode: int, finish: Callable[[int], None] | None = None) -> Path:
    """Write to a new file in the folder of another; ``finish`` gets its descriptor, errors are about ``named``."""
    temporary, descriptor = _create_beside(path, named, mode)
    try:
        with open(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            if finish is not None:
                finish(descriptor)
            os.fsync(descriptor)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise InputError(_reason(error), named) from None
        raise
    return temporary


_numbers = count()  # of temporary files: a folder may get hundreds at once


def _create_beside(path: Path, named: str, mode: int) -> tuple[Path, int]:
    """A new file in the folder of another, and its descriptor; raises InputError about ``named``."""
    for number in islice(_numbers, 100):  # who had our process id before may have left some behind
        temporary = path.parent / f".migrator-{os.getpid()}-{number}.tmp"
        try:
            return temporary, os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError:
            continue
        except OSError as error:
            raise InputError(_reason(error), named) from None
    raise InputError("too many temporary files are in its folder", named)


def _keep_attributes(target: _Target, descriptor: int) -> None:
    """Owner, extended attributes and mode, as far as this user may set them."""
    status = target.status
    if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(OSError):
            os.fchown(descriptor, status.st_uid, status.st_gid)
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(target.path):
                os.setxattr(descriptor, name, os.getxattr(target.path, name))
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
