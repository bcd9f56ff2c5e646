"""Roots and walks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrator.diagnostics import Severity
from migrator.errors import InputError
from migrator.workspace.tree import list_files, open_tree


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"int a;\n")


def listed(*paths: Path, root: Path | None = None) -> list[str]:
    found, notes = list_files(open_tree(paths, root))
    assert notes == ()
    return list(found)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    make(top, "mm/b.c", "mm/a.c", "mm/sub/c.h", "mm/notes.txt", "fs/d.c", ".hidden/e.c", ".git/f.c", "mm/.g.c")
    return top


def test_files_below_folders_in_the_order_of_bytes(tree: Path) -> None:
    assert listed(tree) == ["fs/d.c", "mm/.g.c", "mm/a.c", "mm/b.c", "mm/sub/c.h"]
    assert listed(tree / "mm") == ["mm/.g.c", "mm/a.c", "mm/b.c", "mm/sub/c.h"]


def test_files_by_name_whatever_it_is(tree: Path) -> None:
    assert listed(tree / "mm/notes.txt", tree / "mm/a.c") == ["mm/a.c", "mm/notes.txt"]


@pytest.mark.parametrize("order", [1, -1])
def test_each_file_once(tree: Path, order: int) -> None:
    paths = [tree / "mm/a.c", tree / "mm", tree / "mm/sub", tree / "mm", tree][::order]
    assert listed(*paths) == ["fs/d.c", "mm/.g.c", "mm/a.c", "mm/b.c", "mm/sub/c.h"]


def test_a_hidden_folder_can_be_named(tree: Path) -> None:
    assert listed(tree / ".hidden") == [".hidden/e.c"]


def test_root_is_the_git_work_tree(tree: Path) -> None:
    assert open_tree([tree / "mm/sub/c.h"]).root == tree
    assert open_tree([tree / "mm", tree / "fs"]).root == tree


def test_root_of_a_linked_work_tree(tmp_path: Path) -> None:
    make(tmp_path, "linked/.git", "linked/mm/a.c")
    assert open_tree([tmp_path / "linked/mm"]).root == tmp_path / "linked"


def test_root_is_the_source_tree(tmp_path: Path) -> None:
    make(tmp_path, "linux/MAINTAINERS", "linux/Makefile", "linux/mm/Makefile", "linux/mm/a.c")
    assert listed(tmp_path / "linux/mm") == ["mm/a.c"]


def test_root_is_the_current_folder_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "src/a.c", "other/b.c")
    monkeypatch.chdir(tmp_path)
    assert listed(Path("src/a.c")) == ["src/a.c"]
    monkeypatch.chdir(tmp_path / "other")
    assert listed(tmp_path / "src") == ["a.c"]
    assert listed(tmp_path / "src/a.c") == ["a.c"]


def test_current_folder_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "src/a.c", "gone/b.c")
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone/b.c").unlink()
    (tmp_path / "gone").rmdir()
    assert listed(tmp_path / "src") == ["a.c"]
    with pytest.raises(InputError):
        open_tree(["."])


def test_given_root(tree: Path) -> None:
    assert listed(tree / "mm/sub", root=tree / "mm") == ["sub/c.h"]
    with pytest.raises(InputError, match="leads out of the tree"):
        open_tree([tree / "fs"], tree / "mm")


def test_what_does_not_exist(tree: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder") as caught:
        open_tree([tree / "mm", tree / "none.c"])
    assert caught.value.file == str(tree / "none.c")
    with pytest.raises(InputError, match="no such file or folder"):
        open_tree([tree / "mm/a.c/below"])
    with pytest.raises(InputError, match="no file or folder"):
        open_tree([])


def test_a_circle_is_an_error_when_named(tree: Path) -> None:
    (tree / "loop.c").symlink_to("loop.c")
    with pytest.raises(InputError, match="circle"):
        open_tree([tree / "loop.c"])


def test_links_are_not_followed(tree: Path, tmp_path: Path) -> None:
    make(tmp_path, "outside/x.c")
    (tree / "mm/same.c").symlink_to("a.c")
    (tree / "mm/folder").symlink_to("../fs")
    (tree / "mm/far").symlink_to(tmp_path / "outside")
    assert listed(tree / "mm") == ["mm/.g.c", "mm/a.c", "mm/b.c", "mm/sub/c.h"]


def test_links_that_promise_code_and_have_none_are_noted(tree: Path, tmp_path: Path) -> None:
    make(tmp_path, "outside/x.c")
    (tree / "mm/broken.c").symlink_to("nowhere.c")
    (tree / "mm/loop.c").symlink_to("loop.c")
    (tree / "mm/out.c").symlink_to(tmp_path / "outside/x.c")
    (tree / "mm/up").symlink_to("..")
    (tree / "mm/broken.txt").symlink_to("nowhere.txt")
    files, notes = list_files(open_tree([tree / "mm"]))
    assert files == ("mm/.g.c", "mm/a.c", "mm/b.c", "mm/sub/c.h")
    assert [(note.file, note.message.removeprefix("skipped: a symbolic link ")) for note in notes] == [
        ("mm/broken.c", "that leads nowhere"),
        ("mm/loop.c", "that leads in a circle"),
        ("mm/out.c", "that leads out of the tree"),
        ("mm/up", "to a folder that holds it"),
    ]
    assert {note.severity for note in notes} == {Severity.NOTE}


def test_special_files_are_noted(tree: Path) -> None:
    os.mkfifo(tree / "mm/pipe.c")
    (tree / "mm/folder.c").mkdir()
    make(tree, "mm/folder.c/inside.c")
    files, notes = list_files(open_tree([tree / "mm"]))
    assert "mm/folder.c/inside.c" in files
    assert [(note.file, note.message) for note in notes] == [("mm/pipe.c", "skipped: not a regular file")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_folders_that_cannot_be_read_are_noted(tree: Path) -> None:
    (tree / "fs").chmod(0)
    try:
        files, notes = list_files(open_tree([tree]))
    finally:
        (tree / "fs").chmod(0o755)
    assert "fs/d.c" not in files
    assert [(note.file, note.message) for note in notes] == [("fs", "folder not read: Permission denied")]


def test_link_to_a_tree_and_to_a_file_in_it(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree)
    assert open_tree([tmp_path / "link"]).root == tree
    (tree / "mm/link.c").symlink_to("a.c")
    assert listed(tree / "mm/link.c") == ["mm/a.c"]
    make(tmp_path, "outside.c")
    (tree / "mm/out.c").symlink_to(tmp_path / "outside.c")
    with pytest.raises(InputError, match="leads out of the tree"):
        open_tree([tree / "mm/out.c"])


def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = b"caf\xe9.c".decode("utf-8", "surrogateescape")
    make(tmp_path, ".git/x", name, "with\nnewline.c")
    tree = open_tree([tmp_path])
    files, _ = list_files(tree)
    assert files == (name, "with\nnewline.c")
    assert tree.absolute(files[0]).read_bytes() == b"int a;\n"


def test_many_files_in_one_folder(tmp_path: Path) -> None:
    make(tmp_path, ".git/x", *(f"d/{number:04d}.c" for number in range(600)))
    assert listed(tmp_path) == [f"d/{number:04d}.c" for number in range(600)]
