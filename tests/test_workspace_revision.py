"""A git revision as a tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from series_git import git, repository, write

from migrator.errors import InputError
from migrator.workspace.revision import find_in_revision, open_revision, read_from_revision

FILES = {
    "mm/a.c": b"begin(x);\n",
    "mm/b.h": b"begin_more(x);\n",
    "mm/sub/c.c": b"/* end */\n",
    "fs/d.c": b"begin(y);\n",
    "fs/caf\udce9.c": b"end\n",
    "fs/binary.c": b"\0 begin\n",
    ".hidden/h.c": b"begin\n",
    "notes.txt": b"begin\n",
    "fs/nothing.c": b"",
}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    repository(folder, FILES)
    (folder / "fs/link.c").symlink_to("d.c")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "link")
    git(folder, "tag", "old")
    write(folder, {"mm/a.c": b"charge(x);\n", "mm/new.c": b"begin\n"})
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "more")
    return folder


@pytest.fixture
def bare(work: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "--quiet", "--bare", str(work), "bare.git")
    return tmp_path / "bare.git"


def test_files_of_an_old_revision(work: Path) -> None:
    revision = open_revision(work, "old")
    assert revision.commit == git(work, "rev-parse", "old").decode().strip()
    assert sorted(revision.entries) == sorted(set(FILES) - {".hidden/h.c", "notes.txt"})


@pytest.mark.parametrize("kind", ["work", "bare"])
def test_words_and_contents(request: pytest.FixtureRequest, kind: str) -> None:
    revision = open_revision(request.getfixturevalue(kind), "old")
    found = find_in_revision(revision, ["begin", "end"], 2)
    assert found == ("fs/binary.c", "fs/caf\udce9.c", "fs/d.c", "mm/a.c", "mm/sub/c.c")
    contents = read_from_revision(revision, (*found, "fs/nothing.c", "none.c"))
    assert contents[1:6] == (b"end\n", b"begin(y);\n", b"begin(x);\n", b"/* end */\n", b"")
    assert isinstance(contents[0], InputError)
    assert "binary" in contents[0].message
    assert isinstance(contents[6], InputError)
    assert contents[6].file == "none.c"


def test_no_mention(work: Path) -> None:
    assert find_in_revision(open_revision(work, "HEAD"), ["no_such_word"]) == ()
    assert read_from_revision(open_revision(work, "HEAD"), []) == ()


def test_under(work: Path) -> None:
    assert sorted(open_revision(work, "old", ["mm/"]).entries) == ["mm/a.c", "mm/b.h", "mm/sub/c.c"]
    assert find_in_revision(open_revision(work, "HEAD", ["mm"]), ["begin"]) == ("mm/new.c",)
    named = open_revision(work, "old", ["notes.txt", ".hidden", "fs/d.c"])
    assert find_in_revision(named, ["begin"]) == (".hidden/h.c", "fs/d.c", "notes.txt")
    assert len(open_revision(work, "old", ["."]).entries) == 7


@pytest.mark.parametrize(
    ("revision", "under", "reason"),
    [
        ("nothing", (), "no such revision"),
        ("--all", (), "no such revision"),
        ("old", ("net",), "no such file or folder in old"),
        ("old", ("mm/new.c",), "no such file or folder in old"),
        ("old:mm/a.c", (), "no such revision"),
    ],
)
def test_errors(work: Path, revision: str, under: tuple[str, ...], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        open_revision(work, revision, under)


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="not a git repository"):
        open_revision(tmp_path, "HEAD")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="git cannot be run"):
        open_revision(tmp_path, "HEAD")
