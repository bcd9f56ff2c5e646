"""Reading and replacing files: whole or not at all, and never over somebody's changes."""

from __future__ import annotations

import errno
import itertools
import os
import socket
from pathlib import Path

import pytest

from migrator.errors import ChangedMeanwhileError, InputError
from migrator.workspace import files
from migrator.workspace.files import Change, is_binary, read_file, write_changes, write_files


def contents(folder: Path) -> dict[str, bytes]:
    """Everything that lies there, temporary files too."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def two_files(folder: Path) -> list[Change]:
    for name in ("a.c", "b.c"):
        (folder / name).write_bytes(b"old\n")
    return [Change("a.c", b"old\n", b"new a\n"), Change("b.c", b"old\n", b"new b\n")]


NEITHER = {"a.c": b"old\n", "b.c": b"old\n"}


def test_read(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf/* \xe9 */\r\nint a;\f\n"
    (tmp_path / "a.c").write_bytes(data)
    assert read_file(tmp_path / "a.c") == data


def test_binary(tmp_path: Path) -> None:
    path = tmp_path / "a.c"
    path.write_bytes(b"x" * 7999 + b"\0")
    with pytest.raises(InputError, match=r"shown\.c: a binary file"):
        read_file(path, "shown.c")
    path.write_bytes(b"x" * 8000 + b"\0")
    assert len(read_file(path)) == 8001
    assert not is_binary(b"")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("nothing", "no such file"),
        ("folder", "a folder"),
        ("pipe", "a pipe"),
        ("socket", "a socket"),
        ("broken link", "no such file"),
        ("circle", "circle"),
        ("below a file", "no such file"),
    ],
)
def test_unreadable(tmp_path: Path, kind: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.c"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        # A socket's name must be short.
        monkeypatch.chdir(tmp_path)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("a.c")
        reason = "No such device or address|a socket"
    elif kind == "broken link":
        path.symlink_to("none.c")
    elif kind == "circle":
        path.symlink_to("a.c")
    elif kind == "below a file":
        path.write_bytes(b"")
        path = path / "b.c"
    with pytest.raises(InputError, match=reason) as caught:
        read_file(path, "a.c")
    assert caught.value.file == "a.c"


def test_write(tmp_path: Path) -> None:
    write_changes(tmp_path, two_files(tmp_path))
    assert contents(tmp_path) == {"a.c": b"new a\n", "b.c": b"new b\n"}
    write_changes(tmp_path, [])


def test_mode_stays(tmp_path: Path) -> None:
    changes = two_files(tmp_path)
    (tmp_path / "a.c").chmod(0o754)
    write_changes(tmp_path, changes)
    assert (tmp_path / "a.c").stat().st_mode & 0o7777 == 0o754


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_owner_stays(tmp_path: Path) -> None:
    changes = two_files(tmp_path)
    os.chown(tmp_path / "a.c", 1234, 4321)
    write_changes(tmp_path, changes)
    status = (tmp_path / "a.c").stat()
    assert (status.st_uid, status.st_gid) == (1234, 4321)


def test_changed_meanwhile(tmp_path: Path) -> None:
    changes = two_files(tmp_path)
    (tmp_path / "b.c").write_bytes(b"edited\n")
    with pytest.raises(ChangedMeanwhileError, match=r"b\.c: changed since it was read"):
        write_changes(tmp_path, changes)
    assert contents(tmp_path) == {"a.c": b"old\n", "b.c": b"edited\n"}


def test_changed_between_the_check_and_the_switch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = two_files(tmp_path)
    replace = os.replace

    def meddling(source: Path, target: Path) -> None:
        replace(source, target)
        (tmp_path / "b.c").write_bytes(b"edited\n")

    monkeypatch.setattr(os, "replace", meddling)
    with pytest.raises(ChangedMeanwhileError, match=r"b\.c: .*written before: a\.c"):
        write_changes(tmp_path, changes)
    assert contents(tmp_path) == {"a.c": b"new a\n", "b.c": b"edited\n"}


def test_read_only_file(tmp_path: Path) -> None:
    changes = two_files(tmp_path)
    (tmp_path / "b.c").chmod(0o444)
    with pytest.raises(InputError, match=r"b\.c: read-only file"):
        write_changes(tmp_path, changes)
    assert contents(tmp_path) == NEITHER


def test_read_only_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mm"
    folder.mkdir()
    changes = [Change("mm/" + change.path, change.before, change.after) for change in two_files(folder)]
    folder.chmod(0o555)
    try:
        with pytest.raises(InputError, match=r"mm/a\.c: in a read-only folder"):
            write_changes(tmp_path, changes)
    finally:
        folder.chmod(0o755)
    assert contents(folder) == NEITHER


@pytest.mark.parametrize(
    ("path", "reason"),
    [("gone.c", "no such file"), ("folder", "a folder"), ("../outside.c", "leads out of the tree"), ("l.c", "circle")],
)
def test_nothing_is_written_when_one_is_refused(tmp_path: Path, path: str, reason: str) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "l.c").symlink_to("l.c")
    (tmp_path / "outside.c").write_bytes(b"old\n")
    changes = [*two_files(root), Change(path, b"old\n", b"new\n")]
    with pytest.raises(InputError, match=reason):
        write_changes(root, changes)
    assert contents(root) == NEITHER
    assert (tmp_path / "outside.c").read_bytes() == b"old\n"


def test_link_inside_is_written_at_its_target(tmp_path: Path) -> None:
    two_files(tmp_path)
    (tmp_path / "link.c").symlink_to("a.c")
    write_changes(tmp_path, [Change("link.c", b"old\n", b"new\n")])
    assert (tmp_path / "link.c").is_symlink()
    assert (tmp_path / "a.c").read_bytes() == b"new\n"


def test_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.c").write_bytes(b"old\n")
    (root / "link.c").symlink_to("../outside.c")
    with pytest.raises(InputError, match="leads out of the tree"):
        write_changes(root, [Change("link.c", b"old\n", b"new\n")])
    assert (tmp_path / "outside.c").read_bytes() == b"old\n"


def test_root_may_be_a_link(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    changes = two_files(root)
    (tmp_path / "link").symlink_to(root)
    write_changes(tmp_path / "link", changes)
    assert (root / "a.c").read_bytes() == b"new a\n"


def test_one_file_by_two_names_is_refused(tmp_path: Path) -> None:
    changes = two_files(tmp_path)
    (tmp_path / "link.c").symlink_to("a.c")
    with pytest.raises(InputError, match=r"link\.c: the same file as a\.c"):
        write_changes(tmp_path, [*changes, Change("link.c", b"old\n", b"new\n")])
    assert (tmp_path / "a.c").read_bytes() == b"old\n"


def test_other_hard_links_keep_the_old_content(tmp_path: Path) -> None:
    changes = two_files(tmp_path)
    os.link(tmp_path / "a.c", tmp_path / "copy")
    write_changes(tmp_path, changes)
    assert (tmp_path / "copy").read_bytes() == b"old\n"


@pytest.mark.parametrize("step", ["fsync", "fchmod", "replace"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "stopped"]
)
def test_cut_off_in_between_nothing_is_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    changes = two_files(tmp_path)

    def cut_off(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, step, cut_off)
    with pytest.raises(InputError if isinstance(error, OSError) else KeyboardInterrupt):
        write_changes(tmp_path, changes)
    assert contents(tmp_path) == NEITHER


def test_cut_off_at_the_second_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = two_files(tmp_path)
    replace, calls = os.replace, []

    def cut_off(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", cut_off)
    with pytest.raises(InputError, match=r"b\.c: Input/output error \(written before: a\.c\)"):
        write_changes(tmp_path, changes)
    assert contents(tmp_path) == {"a.c": b"new a\n", "b.c": b"old\n"}


def test_hundreds_of_files_in_one_folder(tmp_path: Path) -> None:
    names = [f"{number}.c" for number in range(250)]
    write_files({tmp_path / name: b"old\n" for name in names})
    write_changes(tmp_path, [Change(name, b"old\n", b"new\n") for name in names])
    assert contents(tmp_path) == dict.fromkeys(sorted(names), b"new\n")


def test_temporary_files_of_others_are_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = two_files(tmp_path)
    monkeypatch.setattr(files, "_numbers", itertools.count())
    left_over = tmp_path / f".migrator-{os.getpid()}-0.tmp"
    left_over.write_bytes(b"somebody's")
    write_changes(tmp_path, changes)
    assert left_over.read_bytes() == b"somebody's"
    assert sorted(contents(tmp_path)) == [left_over.name, "a.c", "b.c"]


def test_new_content_is_flushed_before_the_switch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = two_files(tmp_path)
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (steps.append("fsync"), fsync(descriptor)))
    monkeypatch.setattr(os, "replace", lambda source, target: (steps.append("replace"), replace(source, target)))
    write_changes(tmp_path, changes)
    assert steps == ["fsync", "fsync", "replace", "replace"]
    assert files.is_binary(b"\0")


def test_files_are_written_whole_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "a" / "out"
    write_files({out / "1": b"one", out / "2": b"two"})
    write_files({out / "1": b"one again"})
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {"1": b"one again", "2": b"two"}
    flushed: list[int] = []

    def full(descriptor: int) -> None:
        flushed.append(descriptor)
        if len(flushed) == 2:
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="2: No space left on device"):
        write_files({out / "1": b"new", out / "2": b"new"})
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {"1": b"one again", "2": b"two"}


def test_files_that_cannot_take_their_place(tmp_path: Path) -> None:
    (tmp_path / "2").mkdir()
    with pytest.raises(InputError, match=r"2: Is a directory \(written before: .*1\)"):
        write_files({tmp_path / "1": b"one", tmp_path / "2": b"two"})
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="file/x: "):
        write_files({tmp_path / "file" / "x": b""})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "file"]
