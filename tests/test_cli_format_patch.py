"""``migrator format-patch``: the series that it writes lands with ``git am`` and is what ``apply`` would have done."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_code import PLAIN, QUIET, REFUSED, V58, WARNED, git, make_repository, make_tree
from conftest import RunCli

AUTHOR = "--author=A Tester <tester@example.org>"


def test_the_series_lands(cli: RunCli, tmp_path: Path) -> None:
    files = {"plain": PLAIN, "warned": WARNED, "refused": REFUSED, "quiet": QUIET}
    tree, twin, out = (tmp_path / name for name in ("tree", "twin", "out"))
    make_repository(tree, **files)
    make_tree(twin, **files)
    done = cli("format-patch", ".", "-p", V58, "-o", out, AUTHOR, cwd=tree)
    assert done.status == 1
    names = done.out.splitlines()
    assert len(names) == 3
    assert names == sorted(str(path) for path in out.iterdir())
    git(tree, "am", *names[1:])
    assert git(tree, "log", "--format=%an <%ae>", "-2").split("\n")[0] == "A Tester <tester@example.org>"
    cli("apply", ".", "-p", V58, cwd=twin)
    for name in files:
        assert (tree / "mm" / f"{name}.c").read_bytes() == (twin / "mm" / f"{name}.c").read_bytes()


def test_warnings_are_below_the_line(cli: RunCli, tmp_path: Path) -> None:
    make_repository(tmp_path / "tree", warned=WARNED)
    done = cli("format-patch", ".", "-p", V58, "-o", "../out", AUTHOR, "--no-cover-letter", cwd=tmp_path / "tree")
    (name,) = done.out.splitlines()
    message, _, notes = (tmp_path / "tree" / name).read_text().partition("\n---\n")
    assert "[argument-dropped]" in notes
    assert "[argument-dropped]" not in message
    git(tmp_path / "tree", "am", name)
    assert "argument-dropped" not in git(tmp_path / "tree", "log", "-1", "--format=%B")


def test_the_base_commit_is_named_only_where_it_is_one(cli: RunCli, tmp_path: Path) -> None:
    tree = make_repository(tmp_path / "tree", plain=PLAIN, other=PLAIN)
    base = git(tree, "rev-parse", "HEAD").strip()
    done = cli("format-patch", ".", "-p", V58, "-o", tmp_path / "a", AUTHOR, cwd=tree)
    assert f"base-commit: {base}" in (tmp_path / "a" / "0000-cover-letter.patch").read_text()
    (tree / "mm" / "other.c").write_text(PLAIN.replace("reed", "rush"))
    done = cli("format-patch", ".", "-p", V58, "-o", tmp_path / "b", AUTHOR, cwd=tree)
    assert "not committed" in done.err
    assert "base-commit" not in (tmp_path / "b" / "0000-cover-letter.patch").read_text()


def test_a_series_can_be_made_again(cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    tree = make_tree(tmp_path / "tree", plain=PLAIN, warned=WARNED)
    for name in ("a", "b"):
        cli("format-patch", ".", "-p", V58, "-o", tmp_path / name, AUTHOR, "--signoff", cwd=tree)
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("a", "b"))
    assert first == second
    (patch,) = (data for name, data in first.items() if "plain" in name)
    assert b"\nDate: Sun, 13 Sep 2020 12:26:40 +0000\n" in patch
    assert b"\nSigned-off-by: A Tester <tester@example.org>\n---\n" in patch


def test_one_patch_for_all(cli: RunCli, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", plain=PLAIN, warned=WARNED)
    done = cli("format-patch", ".", "-p", V58, "-o", tmp_path / "out", AUTHOR, "--split", "none", cwd=tree)
    assert len(done.out.splitlines()) == 2


def test_subsystems_need_maintainers(cli: RunCli, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", plain=PLAIN)
    arguments = ("format-patch", ".", "-p", V58, "-o", tmp_path / "out", AUTHOR, "--split", "subsystem")
    done = cli(*arguments, cwd=tree)
    assert done.status == 2
    assert done.err == "migrator: error: MAINTAINERS: no such file\n"
    (tree / "MAINTAINERS").write_text("REEDS\nM:\tMay Reed <may@example.org>\nS:\tMaintained\nF:\tmm/\n")
    done = cli(*arguments, cwd=tree)
    assert done.status == 1
    assert "mem_cgroup_charge() is not introduced" in done.err
    assert "\nTo: May Reed <may@example.org>\n" in Path(done.out.splitlines()[1]).read_text()


def test_nothing_to_migrate(cli: RunCli, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", quiet=QUIET)
    done = cli("format-patch", ".", "-p", V58, "-o", tmp_path / "out", AUTHOR, cwd=tree)
    assert (done.status, done.out) == (0, "")
    assert "no patch written" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("author", ["Nobody", "Nobody <nowhere>", "A\nB <a@b.c>", "<a@b.c> A"])
def test_a_bad_author(cli: RunCli, tmp_path: Path, author: str) -> None:
    done = cli("format-patch", ".", "-p", V58, "-o", "out", f"--author={author}", cwd=make_tree(tmp_path, plain=PLAIN))
    assert done.status == 2
    assert "an author has the form `Name <address>`" in done.err


def test_git_knows_the_author(cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Ann Other")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "ann@example.org")
    tree = make_repository(tmp_path / "tree", plain=PLAIN)
    done = cli("format-patch", ".", "-p", V58, "-o", tmp_path / "out", cwd=tree)
    assert "\nFrom: Ann Other <ann@example.org>\n" in Path(done.out.splitlines()[1]).read_text()


def test_the_folder_is_a_file(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN)
    done = cli("format-patch", ".", "-p", V58, "-o", "mm/plain.c", AUTHOR, cwd=tmp_path)
    assert done.status == 2
    assert done.err == "migrator: error: mm/plain.c: is a file, not a folder\n"
    assert (tmp_path / "mm" / "plain.c").read_text() == PLAIN
