"""A folder and a revision through one interface: what a checkout gives, the revision gives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from series_git import git, repository, write

from migrator.errors import InputError
from migrator.workspace.source_tree import SourceTree, open_source_tree

FILES = {
    "Makefile": b"begin\n",
    "mm/a.c": b"begin(x);\n",
    "mm/b.h": b"begin_more(x); end\n",
    "mm/nul.c": b"\0begin\n",
    "mm/sub/c.c": b"/* end */\n",
    "mm/sub/caf\udce9.c": b"\xe9 end\n",
    ".hidden/h.c": b"begin\n",
    ".clang-format": b"ForEachMacros:\n  - 'each_reed'\n",
    ".gitattributes": b"*.h diff=cpp\n",
}
LINKS = {"mm/same.c": "a.c", "mm/nowhere.c": "x.c", "mm/loop.h": "loop.h", "mm/up": "../mm", "mm/out.c": "/etc/passwd"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    write(folder, FILES)
    for name, target in LINKS.items():
        (folder / name).symlink_to(target)
    (folder / "mm/a.c").chmod(0o755)
    return repository(folder, {})


@pytest.fixture(params=["folder", "revision", "bare"])
def tree(request: pytest.FixtureRequest, place: Path, tmp_path: Path) -> Iterator[SourceTree]:
    """The folder ``mm`` of the same files, three times."""
    if request.param == "folder":
        opened = open_source_tree([place / "mm"])
    elif request.param == "revision":
        git(place, "tag", "old")
        write(place, {"mm/a.c": b"later\n", "mm/later.c": b"begin\n", ".clang-format": b"", ".gitattributes": b""})
        git(place, "add", "--all")
        git(place, "commit", "--quiet", "--message", "later")
        opened = open_source_tree([place / "mm"], revision="old")
    else:
        git(tmp_path, "clone", "--quiet", "--bare", str(place), "bare.git")
        opened = open_source_tree([tmp_path / "bare.git/mm"], revision="HEAD")
    with closing(opened):
        yield opened


def test_finding(tree: SourceTree) -> None:
    assert tree.starts == ("mm",)
    assert tree.find(["begin"]) == ("mm/a.c", "mm/nul.c")
    assert tree.find(["end", "begin"], 2) == ("mm/a.c", "mm/b.h", "mm/nul.c", "mm/sub/c.c", "mm/sub/caf\udce9.c")
    assert tree.find(["nothing"]) == ()
    found = tree.search(["begin"])
    assert (found.files, found.scanned) == (("mm/a.c", "mm/nul.c"), 5)
    assert [(note.file, note.message) for note in found.notes] == [
        ("mm/loop.h", "skipped: a symbolic link that leads in a circle"),
        ("mm/nowhere.c", "skipped: a symbolic link that leads nowhere"),
        ("mm/out.c", "skipped: a symbolic link that leads out of the tree"),
        ("mm/up", "skipped: a symbolic link to a folder that holds it"),
    ]
    with pytest.raises(ValueError, match="no words"):
        tree.find(())


def test_reading(tree: SourceTree) -> None:
    assert tree.read("mm/a.c") == b"begin(x);\n"
    assert tree.read("Makefile") == b"begin\n"
    assert tree.read("mm/sub/caf\udce9.c") == b"\xe9 end\n"
    assert tree.read("mm/same.c") == b"begin(x);\n"
    paths = ("mm/b.h", "mm/nul.c", "mm", "none.c", "mm/nowhere.c", "mm/loop.h")
    text, *errors = tree.read_all(paths)
    assert text == FILES["mm/b.h"]
    assert [error.file for error in errors if isinstance(error, InputError)] == list(paths[1:])
    assert isinstance(errors[0], InputError)
    assert errors[0].message == "a binary file (it has NUL bytes)"
    with pytest.raises(InputError, match="no such file"):
        tree.read("none.c")
    assert tree.read_all([]) == ()


def test_what_else_there_is_to_know(tree: SourceTree) -> None:
    assert b"each_reed" in tree.dialect.iterators
    assert tree.modes(["mm/a.c", "mm/b.h", "none.c", "mm"]) == {"mm/a.c": "100755", "mm/b.h": "100644"}
    assert tree.diff_drivers(["mm/a.c", "mm/b.h"]) == {"mm/a.c": "unspecified", "mm/b.h": "cpp"}
    assert tree.diff_drivers([]) == {}
    assert tree.root.is_absolute()


def test_the_whole_tree(tree: SourceTree) -> None:
    whole = tree.whole()
    assert whole.starts == (".",)
    assert (whole.root, whole.revision) == (tree.root, tree.revision)
    assert whole.search(["begin"]).scanned == 5
    assert whole.read("mm/a.c") == b"begin(x);\n"


def test_a_closed_tree_can_be_used_again(tree: SourceTree) -> None:
    tree.close()
    tree.close()
    assert tree.read("mm/a.c") == b"begin(x);\n"


def test_the_name_of_the_commit(place: Path) -> None:
    assert open_source_tree([place]).revision == ""
    with closing(open_source_tree([place], revision="HEAD~0")) as tree:
        assert tree.revision == git(place, "rev-parse", "HEAD").decode().strip()


def test_outside_of_git(tmp_path: Path) -> None:
    write(tmp_path, {"a.c": b"begin\n"})
    tree = open_source_tree([tmp_path], tmp_path)
    assert tree.find(["begin"]) == ("a.c",)
    assert tree.diff_drivers(["a.c"]) == {}
    with pytest.raises(InputError, match="not a git repository"):
        open_source_tree([tmp_path], revision="HEAD")


def test_without_git_a_folder_does(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    tree = open_source_tree([place])
    assert tree.diff_drivers(["mm/b.h"]) == {}
    assert "mm/a.c" in tree.find(["begin"])


def test_a_root_of_a_revision(place: Path) -> None:
    with pytest.raises(ValueError, match="root of a revision"):
        open_source_tree([place], place, "HEAD")


def test_no_process_is_left_behind(place: Path) -> None:
    def children() -> set[str]:
        path = f"/proc/self/task/{os.getpid()}/children"
        if not os.path.exists(path):
            pytest.skip("no list of children")
        return set(Path(path).read_text().split())

    before = children()
    tree = open_source_tree([place], revision="HEAD")
    tree.read("mm/a.c")
    assert len(children() - before) == 1
    tree.close()
    assert children() == before
    tree = open_source_tree([place], revision="HEAD")
    tree.read("mm/a.c")
    del tree
    assert children() == before
