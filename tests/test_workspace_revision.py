"""A git revision as a tree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from series_git import git, repository, write

from migrator.errors import InputError
from migrator.workspace import revision as revision_module
from migrator.workspace.revision import RevisionTree, open_revision

FILES = {
    "mm/a.c": b"begin(x);\n",
    "mm/b.h": b"begin_more(x);\n",
    "mm/sub/c.c": b"/* end */\n",
    "fs/d.c": b"begin(y);\n",
    "fs/caf\udce9.c": b"end\n",
    "fs/new\nline.c": b"end\n",
    "fs/[x]*.c": b"end\n",
    "fs/xy.c": b"begin\n",
    "fs/binary.c": b"\0 begin\n",
    ".hidden/h.c": b"begin\n",
    "fs/.hidden/h.c": b"begin\n",
    "fs/.dot.c": b"begin\n",
    "notes.txt": b"begin\n",
    "fs/nothing.c": b"",
}
C_FILES = sorted(set(FILES) - {".hidden/h.c", "fs/.hidden/h.c", "notes.txt"})
MENTIONING = sorted(set(C_FILES) - {"mm/b.h", "fs/nothing.c"}, key=os.fsencode)


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD").decode().strip()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work tree in which ``old`` is another commit than what is checked out."""
    folder = tmp_path / "work"
    folder.mkdir()
    repository(folder, FILES)
    git(folder, "tag", "old")
    write(folder, {"mm/a.c": b"charge(x);\n", "mm/new.c": b"begin\n"})
    (folder / "mm/sub/c.c").unlink()
    commit(folder, "more")
    return folder


@pytest.fixture
def bare(work: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "--quiet", "--bare", str(work), "bare.git")
    return tmp_path / "bare.git"


class Opened(Protocol):
    """Opens a tree that is closed at the end of the test."""

    def __call__(self, *paths: Path | str, revision: str = "old") -> RevisionTree: ...


@pytest.fixture
def opened() -> Iterator[Opened]:
    trees: list[RevisionTree] = []

    def opening(*paths: Path | str, revision: str = "old") -> RevisionTree:
        trees.append(open_revision(paths, revision))
        return trees[-1]

    yield opening
    for tree in trees:
        tree.close()


def test_files_of_an_old_revision(work: Path, opened: Opened) -> None:
    tree = opened(work)
    assert tree.revision == git(work, "rev-parse", "old").decode().strip()
    assert (tree.root, tree.starts) == (work, (".",))
    assert tree.list_files() == (tuple(sorted(C_FILES, key=os.fsencode)), ())


@pytest.mark.parametrize("kind", ["work", "bare"])
def test_words_and_contents(request: pytest.FixtureRequest, kind: str, opened: Opened) -> None:
    tree = opened(request.getfixturevalue(kind))
    found = tree.search(["begin", "end"], 2)
    assert (list(found.files), found.scanned, found.notes) == (MENTIONING, len(C_FILES), ())
    assert tree.find(["begin", "end"]) == found.files
    for path, text in zip(found.files, tree.read_all(found.files), strict=True):
        if path == "fs/binary.c":
            assert str(text) == "fs/binary.c: a binary file (it has NUL bytes)"
        else:
            assert text == FILES[path]
    assert tree.find(["no_such_word", "beg"]) == ()
    assert tree.find(["##begin", "end"]) == found.files
    with pytest.raises(ValueError, match="no words"):
        tree.find([])


def test_progress_is_told(work: Path, opened: Opened) -> None:
    heard: list[int] = []
    opened(work).search(["end"], progress=heard.append)
    assert sum(heard) == len(C_FILES)


def test_any_file_of_the_revision_can_be_read(work: Path, opened: Opened) -> None:
    tree = opened(work / "mm")
    assert tree.read("notes.txt") == b"begin\n"
    assert tree.read(".hidden/h.c") == b"begin\n"
    for path, reason in (("none.c", "no such file"), ("mm", "a folder, not a file"), (".", "a folder, not a file")):
        with pytest.raises(InputError, match=reason) as caught:
            tree.read(path)
        assert caught.value.file == path or path == "."
    data, error = tree.read_all(["mm/sub/c.c", "mm/new.c"])
    assert data == b"/* end */\n"
    assert isinstance(error, InputError)


def test_paths_in_a_work_tree(work: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(work / "mm").list_files()[0] == ("mm/a.c", "mm/b.h", "mm/sub/c.c")
    # Neither the folder nor the file is in the work tree any more.
    assert opened(work / "mm/sub").list_files()[0] == ("mm/sub/c.c",)
    assert opened(work / "mm/sub/c.c").starts == ("mm/sub/c.c",)
    monkeypatch.chdir(work / "mm")
    assert opened("sub", "../fs/d.c").find(["begin", "end"]) == ("fs/d.c", "mm/sub/c.c")
    assert opened(".").find(["begin"]) == ("mm/a.c",)
    assert opened("..").starts == opened(work / ".git").starts == (".",)


def test_paths_in_a_bare_repository(bare: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(bare / "mm/sub").find(["begin", "end"]) == ("mm/sub/c.c",)
    monkeypatch.chdir(bare)
    assert opened("mm", "fs/d.c").find(["begin"]) == ("fs/d.c", "mm/a.c")
    assert opened(".").root == bare
    # A folder of the repository itself is none of the revision.
    with pytest.raises(InputError, match="no such file or folder in old"):
        opened("refs")


def test_paths_through_links_and_linked_work_trees(work: Path, tmp_path: Path, opened: Opened) -> None:
    (tmp_path / "link").symlink_to(work)
    assert opened(tmp_path / "link/mm").root == work
    git(work, "worktree", "add", "--quiet", "--detach", str(tmp_path / "second"), "HEAD")
    tree = opened(tmp_path / "second/mm/sub")
    assert (tree.root, tree.find(["end"])) == (tmp_path / "second", ("mm/sub/c.c",))


def test_what_is_named_counts_whatever_its_name_is(work: Path, opened: Opened) -> None:
    tree = opened(work / "notes.txt", work / ".hidden", work / "fs/d.c", work / "fs/d.c")
    assert tree.search(["begin"]).files == (".hidden/h.c", "fs/d.c", "notes.txt")
    assert tree.search(["begin"]).scanned == 3
    assert opened(work / "fs/.hidden", work / "fs").find(["begin"]) == (
        "fs/.dot.c",
        "fs/.hidden/h.c",
        "fs/binary.c",
        "fs/d.c",
        "fs/xy.c",
    )


def test_a_name_is_no_pattern(work: Path, opened: Opened) -> None:
    write(work, {"[x]*/e.c": b"begin\n", "xy/f.c": b"begin\n", "-e/g.c": b"begin\n", ":!odd/h.c": b"begin\n"})
    commit(work, "odd")
    for folder in ("[x]*", "-e", ":!odd"):
        (found,) = opened(work / folder, revision="HEAD").find(["begin"])
        assert found.startswith(folder)
    assert opened(work / "fs/[x]*.c").find(["begin", "end"]) == ("fs/[x]*.c",)


def test_more_paths_than_git_is_told(work: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revision_module, "_MOST_PATHS", 1)
    tree = opened(work / "mm/a.c", work / "notes.txt", work / "fs/d.c")
    assert tree.search(["begin"]).files == ("fs/d.c", "mm/a.c", "notes.txt")
    assert tree.search(["begin"]).scanned == 3


def test_the_whole_tree_beside_a_part(work: Path, opened: Opened) -> None:
    part = opened(work / "mm")
    assert part.find(["begin", "end"]) == ("mm/a.c", "mm/sub/c.c")
    assert list(part.whole().find(["begin", "end"])) == MENTIONING
    assert part.whole().whole().starts == (".",)


@pytest.mark.parametrize(
    ("revision", "under", "reason"),
    [
        ("nothing", "", "no such revision"),
        ("", "", "no such revision"),
        ("--all", "", "no such revision"),
        ("old:mm/a.c", "", "no such revision, or it is not a commit"),
        ("old^{tree}", "", "no such revision, or it is not a commit"),
        ("a b", "", "no such revision"),
        ("old", "net", "net: no such file or folder in old"),
        ("old", "mm/new.c", "mm/new.c: no such file or folder in old"),
        ("old", "mm/a.c/x", "mm/a.c/x: no such file or folder in old"),
    ],
)
def test_errors(work: Path, revision: str, under: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        open_revision([work / under], revision)
    assert reason in str(caught.value)


def test_no_repository_and_no_git(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="not a git repository") as caught:
        open_revision([tmp_path / "none/x.c"], "HEAD")
    assert caught.value.file == str(tmp_path / "none/x.c")
    with pytest.raises(InputError, match="no file or folder"):
        open_revision([], "HEAD")
    git(tmp_path, "init", "--quiet", "other")
    with pytest.raises(InputError, match="in another repository than"):
        open_revision([work, tmp_path / "other"], "HEAD")
    with pytest.raises(InputError, match="no such revision"):
        open_revision([tmp_path / "other"], "HEAD")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="git: cannot be run: there is no such program"):
        open_revision([work], "old")


def test_links_and_submodules_are_passed_over(work: Path, opened: Opened) -> None:
    links = {
        "mm/same.c": "a.c",
        "mm/folder": "../fs",
        "mm/broken.c": "nowhere.c",
        "mm/loop.c": "loop.c",
        "mm/loop": "loop",
        "mm/out.c": "../../x.c",
        "mm/root.c": "/x.c",
        "mm/up": "..",
        "mm/through.c": "a.c/x",
        "mm/broken.txt": "nowhere.txt",
        "mm/long.c": "/" + "\n".join(f"line{number}" for number in range(4)),
        "mm/zz": "folder/../mm",
    }
    for name, target in links.items():
        (work / name).symlink_to(target)
    git(work, "add", "--all")
    git(work, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},mm/module")
    git(work, "commit", "--quiet", "--message", "links")
    tree = opened(work / "mm", revision="HEAD")
    files, notes = tree.list_files()
    assert files == ("mm/a.c", "mm/b.h", "mm/new.c")
    assert [(note.file, note.message.removeprefix("skipped: a s")) for note in notes] == [
        ("mm/broken.c", "ymbolic link that leads nowhere"),
        ("mm/long.c", "ymbolic link that leads out of the tree"),
        ("mm/loop", "ymbolic link that leads in a circle"),
        ("mm/loop.c", "ymbolic link that leads in a circle"),
        ("mm/module", "ubmodule, its files are in another repository"),
        ("mm/out.c", "ymbolic link that leads out of the tree"),
        ("mm/root.c", "ymbolic link that leads out of the tree"),
        ("mm/through.c", "ymbolic link that leads nowhere"),
        ("mm/up", "ymbolic link to a folder that holds it"),
        ("mm/zz", "ymbolic link to a folder that holds it"),
    ]
    assert tree.search(["begin"]).notes == notes
    # By its name a link is followed inside of the revision.
    assert opened(work / ".git/mm/same.c", revision="HEAD").starts == ("mm/a.c",)
    assert opened(work / ".git/mm/folder", revision="HEAD").starts == ("fs",)
    assert tree.read("mm/same.c") == b"charge(x);\n"
    for path, reason in (
        ("mm/out.c", "leads out of the tree"),
        ("mm/root.c", "leads out of the tree"),
        ("mm/broken.c", "leads nowhere"),
        ("mm/loop.c", "leads in a circle"),
        ("mm/module", "submodule"),
    ):
        with pytest.raises(InputError, match=reason):
            opened(work / ".git" / path, revision="HEAD")
        with pytest.raises(InputError, match=reason):
            tree.read(path)


def test_settings_of_a_person_change_nothing(work: Path, opened: Opened) -> None:
    for name, value in {
        "color.ui": "always",
        "color.grep": "always",
        "submodule.recurse": "true",
        "grep.column": "true",
        "grep.lineNumber": "true",
        "grep.fallbackToNoIndex": "true",
        "core.quotePath": "true",
        "grep.patternType": "perl",
        "core.splitIndex": "true",
    }.items():
        git(work, "config", name, value)
    write(work, {".gitattributes": b"*.c -diff\n*.c text eol=crlf\n"})
    commit(work, "attributes")
    tree = opened(work, revision="HEAD")
    assert tree.find(["begin"]) == ("fs/.dot.c", "fs/binary.c", "fs/d.c", "fs/xy.c", "mm/new.c")
    assert tree.read("mm/new.c") == b"begin\n"
    before = sorted(os.listdir(work / ".git"))
    tree.diff_drivers(["mm/new.c"])
    assert sorted(os.listdir(work / ".git")) == before


def test_attributes_dialect_and_modes_are_those_of_the_revision(work: Path, bare: Path, opened: Opened) -> None:
    write(
        work,
        {
            ".clang-format": b"ForEachMacros:\n  - 'each_reed'\n",
            ".gitattributes": b"*.c diff=cpp\n",
            "fs/.gitattributes": b"*.c diff=other\nd.c !diff\n",
        },
    )
    (work / "mm/a.c").chmod(0o755)
    late = commit(work, "facts")
    git(work, "push", "--quiet", str(bare), "HEAD:refs/heads/late")
    write(work, {".clang-format": b"", ".gitattributes": b"*.c diff=later\n"})
    for place in (work, bare):
        tree = opened(place, revision=late)
        assert b"each_reed" in tree.dialect.iterators
        assert tree.modes(["mm/a.c", "mm/b.h", "none.c", "mm"]) == {"mm/a.c": "100755", "mm/b.h": "100644"}
        drivers = tree.diff_drivers(["mm/a.c", "mm/b.h", "fs/caf\udce9.c", "fs/d.c", "fs/new\nline.c"])
        assert drivers == {
            "mm/a.c": "cpp",
            "mm/b.h": "unspecified",
            "fs/caf\udce9.c": "other",
            "fs/d.c": "unspecified",
            "fs/new\nline.c": "other",
        }
        assert tree.diff_drivers([]) == {}
        old = opened(place)
        assert b"each_reed" not in old.dialect.iterators
        assert old.diff_drivers(["mm/a.c"]) == {"mm/a.c": "unspecified"}


@pytest.fixture
def partial(work: Path, tmp_path: Path) -> Path:
    """A clone that has only the folders."""
    git(work, "config", "uploadpack.allowFilter", "true")
    git(work, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(tmp_path, "clone", "--quiet", "--bare", "--no-local", "--filter=blob:none", work.as_uri(), "partial.git")
    return tmp_path / "partial.git"


def test_a_partial_clone_with_some_files(partial: Path, opened: Opened) -> None:
    # This brings two of them.
    git(partial, "cat-file", "blob", "old:mm/a.c")
    git(partial, "cat-file", "blob", "old:fs/nothing.c")
    have = set(git(partial, "rev-list", "--objects", "--missing=print", "old").decode(errors="replace").split())
    tree = opened(partial)
    assert tree.search(["begin"]).scanned == len(C_FILES)
    # What is not here may mention anything.
    assert set(tree.find(["begin"])) == set(C_FILES) - {"fs/nothing.c"}
    assert tree.read("mm/a.c") == b"begin(x);\n"
    with pytest.raises(InputError, match="its contents are missing in the repository"):
        tree.read("fs/d.c")
    with pytest.raises(InputError, match="its contents are missing in the repository"):
        tree.read("notes.txt")
    assert set(tree.find(["no_such"])) == set(C_FILES) - {"fs/nothing.c", "mm/a.c"}
    after = set(git(partial, "rev-list", "--objects", "--missing=print", "old").decode(errors="replace").split())
    assert after == have


def test_a_partial_clone_with_next_to_nothing(
    partial: Path, work: Path, tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revision_module, "_MOST_ABSENT", 3)
    with pytest.raises(InputError, match=r"a partial clone: 11 of 11 files .* `git fetch --refetch --no-filter`"):
        opened(partial).find(["begin"])
    git(partial, "fetch", "--quiet", "--refetch", "--no-filter")
    assert list(opened(partial).find(["begin", "end"])) == MENTIONING
    git(tmp_path, "clone", "--quiet", "--bare", "--no-local", "--filter=tree:0", work.as_uri(), "treeless.git")
    with pytest.raises(InputError, match="a partial clone: folders of the revision are missing"):
        opened(tmp_path / "treeless.git").find(["begin"])


def test_an_object_that_was_lost(work: Path, opened: Opened) -> None:
    name = git(work, "rev-parse", "old:mm/a.c").decode().strip()
    (work / ".git/objects" / name[:2] / name[2:]).unlink()
    tree = opened(work)
    assert "mm/a.c" in tree.find(["no_such_word"])
    with pytest.raises(InputError, match="its contents are missing"):
        tree.read("mm/a.c")
