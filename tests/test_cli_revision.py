"""``--rev``: what the commands print for a revision is what they print for a checkout of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_code import PLAIN, QUIET, REFUSED, V58, WARNED, git, make_repository
from conftest import RunCli

AUTHOR = "--author=A Tester <tester@example.org>"
MAINTAINERS = "REEDS\nM:\tMay Reed <may@example.org>\nS:\tMaintained\nF:\tmm/\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A work tree at the commit ``old``, as it was when that was made."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    tree = make_repository(tmp_path / "old", plain=PLAIN, warned=WARNED, refused=REFUSED, quiet=QUIET)
    (tree / "MAINTAINERS").write_text(MAINTAINERS)
    (tree / ".gitattributes").write_text("*.c diff=cpp\n")
    (tree / "mm/plain.c").chmod(0o755)
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message=Old")
    git(tree, "tag", "old")
    return tree


@pytest.fixture
def later(checkout: Path, tmp_path: Path) -> Path:
    """A clone in which everything looks different by now."""
    git(tmp_path, "clone", "--quiet", str(checkout), "later")
    tree = tmp_path / "later"
    git(tree, "rm", "--quiet", "-r", "mm", "MAINTAINERS", ".gitattributes")
    (tree / "fs").mkdir()
    (tree / "fs/new.c").write_text(PLAIN)
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message=Later")
    return tree


@pytest.fixture
def bare(later: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "--quiet", "--bare", str(later), "bare.git")
    return tmp_path / "bare.git"


COMMANDS = {
    "scan": ("scan", "-v"),
    "strict": ("scan", "--strict"),
    "diff": ("diff",),
    "colour": ("diff", "--color=always"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("path", [".", "mm", "mm/warned.c"])
def test_equal_to_a_checkout(
    cli: RunCli, checkout: Path, later: Path, bare: Path, command: tuple[str, ...], path: str
) -> None:
    expected = cli(*command, path, "-p", V58, cwd=checkout)
    assert "mm/warned.c" in expected.out
    for place in (later, bare):
        done = cli(*command, path, "-p", V58, "--rev", "old", cwd=place)
        assert (done.status, done.out, done.err) == (expected.status, expected.out, expected.err)
    assert cli(*command, bare / path, "-p", V58, "--rev", "old", cwd=checkout.parent).out == expected.out


def test_json_names_the_commit(cli: RunCli, checkout: Path, bare: Path) -> None:
    expected = json.loads(cli("scan", ".", "-p", V58, "--format", "json", cwd=checkout).out)
    assert expected["revision"] == ""
    report = json.loads(cli("scan", bare, "-p", V58, "--format", "json", "--rev", "old", cwd=bare.parent).out)
    assert report.pop("revision") == git(bare, "rev-parse", "old").strip()
    assert report.pop("root") == "bare.git"
    assert report == {key: value for key, value in expected.items() if key not in ("revision", "root")}


def test_the_diff_applies(cli: RunCli, checkout: Path, bare: Path, tmp_path: Path) -> None:
    done = cli("diff", bare, "-p", V58, "--rev", "old")
    (tmp_path / "patch").write_text(done.out)
    git(checkout, "apply", "--check", str(tmp_path / "patch"))
    assert "index " in done.out
    assert " 100755\n--- a/mm/plain.c" in done.out


def test_explain(cli: RunCli, checkout: Path, later: Path, bare: Path) -> None:
    expected = cli("explain", "mm/warned.c:sedge_store", "-p", V58, cwd=checkout)
    assert "as before" in expected.out
    for place in (later, bare):
        done = cli("explain", "mm/warned.c:sedge_store", "-p", V58, "--rev", "old", cwd=place)
        assert (done.status, done.out, done.err) == (expected.status, expected.out, expected.err)
    done = cli("explain", "mm/warned.c:sedge_store", "-p", V58, "--rev", "HEAD", cwd=later)
    assert (done.status, done.err) == (2, "migrator: error: mm/warned.c: no such file or folder in HEAD\n")
    done = cli("explain", "mm:sedge_store", "-p", V58, "--rev", "old", cwd=later)
    assert (done.status, done.err) == (2, "migrator: error: mm: a folder, not a file\n")


def series(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("split", ["file", "subsystem"])
def test_the_series_is_that_of_a_checkout_byte_for_byte(
    cli: RunCli, checkout: Path, later: Path, bare: Path, tmp_path: Path, split: str
) -> None:
    command = ("format-patch", ".", "-p", V58, AUTHOR, "--split", split)
    expected = cli(*command, "-o", tmp_path / "a", cwd=checkout)
    first = series(tmp_path / "a")
    base = git(checkout, "rev-parse", "old").strip().encode()
    assert any(b"base-commit: " + base in text for text in first.values())
    assert any(b" 100755\n--- a/mm/plain.c" in text for text in first.values())
    assert any(b"\nTo: May Reed" in text for text in first.values()) == (split == "subsystem")
    for number, place in enumerate((later, bare)):
        out = tmp_path / f"b{number}"
        done = cli(*command, "-o", out, "--rev", "old", cwd=place)
        assert (done.status, done.err) == (expected.status, expected.err)
        assert series(out) == first
    names = sorted(str(path) for path in (tmp_path / "b1").iterdir())
    git(checkout, "am", "--quiet", *[name for name in names if "cover-letter" not in name])


def test_review(cli: RunCli, checkout: Path, bare: Path) -> None:
    expected = cli("diff", ".", "-p", V58, "--review", cwd=checkout, stdin="n\ny\n")
    assert "mm/warned.c" in expected.out
    assert "mm/plain.c" not in expected.out
    done = cli("diff", ".", "-p", V58, "--review", "--rev", "old", cwd=bare, stdin="n\ny\n")
    assert (done.status, done.out, done.err) == (expected.status, expected.out, expected.err)


def test_apply_refuses(cli: RunCli, checkout: Path) -> None:
    before = (checkout / "mm/plain.c").read_bytes()
    done = cli("apply", ".", "-p", V58, "--rev", "old", cwd=checkout)
    assert (done.status, done.out) == (2, "")
    assert "a revision is not rewritten in place" in " ".join(done.err.split())
    assert (checkout / "mm/plain.c").read_bytes() == before
    assert "--rev " not in cli("apply", "--help").out


@pytest.mark.parametrize("command", ["scan", "diff", "format-patch"])
@pytest.mark.parametrize(
    ("path", "revision", "message"),
    [
        (".", "none", "none: no such revision, or it is not a commit"),
        (".", "", "--rev: no such revision, or it is not a commit"),
        (".", "old:mm/plain.c", "old:mm/plain.c: no such revision, or it is not a commit"),
        ("net", "old", "net: no such file or folder in old"),
        ("..", "old", "..: not a git repository (or any of the parent directories): .git"),
        ("/none/at/all", "old", "/none/at/all: not a git repository (or any of the parent directories): .git"),
    ],
)
def test_what_cannot_be_read(
    cli: RunCli, later: Path, tmp_path: Path, command: str, path: str, revision: str, message: str
) -> None:
    more = ("-o", tmp_path / "out") if command == "format-patch" else ()
    done = cli(command, path, "--rev", revision, *more, cwd=later)
    assert (done.status, done.out, done.err) == (2, "", f"migrator: error: {message}\n")
    assert not (tmp_path / "out").exists()


def test_no_git(cli: RunCli, later: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = cli("scan", ".", "--rev", "old", cwd=later)
    assert (done.status, done.err) == (2, "migrator: error: git: cannot be run: there is no such program\n")


def test_a_binary_file(cli: RunCli, later: Path) -> None:
    (later / "fs/blob.c").write_bytes(b"mem_cgroup_try_charge\0")
    git(later, "add", "--all")
    git(later, "commit", "--quiet", "--message=Blob")
    done = cli("scan", ".", "-p", V58, "--rev", "HEAD", cwd=later)
    assert done.status == 2
    assert "fs/blob.c: error: a binary file (it has NUL bytes) [unreadable]" in done.out
