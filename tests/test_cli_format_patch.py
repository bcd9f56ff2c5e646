"""``migrator format-patch``: the series that it writes lands with ``git am`` and is what ``apply`` would have done."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_code import PLAIN, QUIET, REFUSED, V58, WARNED, git, make_repository, make_tree
from conftest import RunCli
from series_tree import FILES, STUBBORN_C

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


def test_patches_of_another_series_are_named(cli: RunCli, tmp_path: Path) -> None:
    tree, out = make_repository(tmp_path / "tree", plain=PLAIN, quiet=QUIET), tmp_path / "out"
    arguments = ("-p", V58, "-o", out, AUTHOR, "--no-cover-letter")
    first = cli("format-patch", ".", *arguments, cwd=tree)
    assert "not of this series" not in first.err
    again = cli("format-patch", ".", *arguments, cwd=tree)
    assert "not of this series" not in again.err
    for name in ("0007-old.patch", "0008-old.patch"):
        (out / name).write_text("From 0\n")
    done = cli("format-patch", ".", *arguments, cwd=tree)
    assert f"{out} also holds patches that are not of this series: 0007-old.patch and 1 more\n" in done.err
    assert done.out == first.out


def whole_tree(folder: Path, **more: str) -> Path:
    """The small tree with all declarations, outside of git."""
    for name, text in {**FILES, **more}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def kinds(names: list[str]) -> str:
    """The patches by the first letter of what they do: c(over), i(ntroduce), c(onvert), r(emove)."""
    found = ("introduce", "convert", "remove", "cover")
    return " ".join(next(kind for kind in found if kind in Path(name).name) for name in names)


def test_the_whole_series(cli: RunCli, tmp_path: Path) -> None:
    done = cli("format-patch", ".", "-p", V58, "-o", "../out", AUTHOR, cwd=whole_tree(tmp_path / "tree"))
    assert done.status == 0
    assert kinds(done.out.splitlines()) == "cover introduce introduce convert convert remove"
    cover = " ".join((tmp_path / "out" / "0000-cover-letter.patch").read_text().split())
    assert "- mm/memcontrol.c: definition, removed: mem_cgroup_try_charge_delay 27;" in cover
    assert "- mm/memcontrol.c: comment, kept: mem_cgroup_try_charge 4; mem_cgroup_cancel_charge 14" in cover
    assert "convert rush() to mem_cgroup_charge() mm/memcontrol: remove the try/commit/cancel charge protocol" in cover


def test_only_the_converts(cli: RunCli, tmp_path: Path) -> None:
    tree = whole_tree(tmp_path / "tree")
    done = cli("format-patch", ".", "-p", V58, "-o", "../out", AUTHOR, "--no-introduce", "--no-remove", cwd=tree)
    assert done.status == 0
    assert kinds(done.out.splitlines()) == "cover convert convert"


def test_nothing_is_removed_for_a_call_that_is_not_introduced(cli: RunCli, tmp_path: Path) -> None:
    tree = whole_tree(tmp_path / "tree")
    done = cli("format-patch", ".", "-p", V58, "-o", "../out", AUTHOR, "--no-introduce", cwd=tree)
    assert kinds(done.out.splitlines()) == "cover convert convert"
    cover = " ".join((tmp_path / "out" / "0000-cover-letter.patch").read_text().split())
    assert "the old calls stay declared; nothing declares mem_cgroup_charge() [removal-blocked]" in cover


def test_what_blocks_the_removal_is_in_the_cover_letter(cli: RunCli, tmp_path: Path) -> None:
    tree = whole_tree(tmp_path / "tree", **{"mm/sedge.c": STUBBORN_C})
    done = cli("format-patch", ".", "-p", V58, "-o", "../out", AUTHOR, cwd=tree)
    assert done.status == 1
    assert "remove" not in kinds(done.out.splitlines())
    cover = " ".join((tmp_path / "out" / "0000-cover-letter.patch").read_text().split())
    assert "mm/sedge.c:12: the old calls stay declared for 2 reasons; mem_cgroup_try_charge() is still called" in cover
    assert "* mm/sedge.c:15: mem_cgroup_commit_charge() is still called here" in cover


def test_a_part_of_a_tree(cli: RunCli, tmp_path: Path) -> None:
    """Declarations and further callers are looked for in all of it."""
    tree = whole_tree(tmp_path / "tree")
    done = cli("format-patch", "mm/reed.c", "-p", V58, "-o", "../out", AUTHOR, cwd=tree)
    assert kinds(done.out.splitlines()) == "cover introduce convert"
    cover = " ".join((tmp_path / "out" / "0000-cover-letter.patch").read_text().split())
    assert "mm/rush.c:11: the old calls stay declared; 3 uses in a file that is no part of this run" in cover


def test_a_folder_that_is_no_tree(cli: RunCli, tmp_path: Path) -> None:
    """Only what was given is searched: what else is in the current folder may be anything."""
    whole_tree(tmp_path / "deep" / "tree")
    (tmp_path / "deep" / "tree" / "include").rename(tmp_path / "deep" / "tree" / "headers")
    done = cli("format-patch", "deep/tree/mm", "-p", V58, "-o", "out", AUTHOR, cwd=tmp_path)
    assert done.status == 1
    assert kinds(done.out.splitlines()) == "cover convert convert"
    assert "the prototype of mem_cgroup_cancel_charge(), behind which its prototype goes, is not found" in done.err


def test_no_line_of_the_letter_is_too_long(cli: RunCli, tmp_path: Path) -> None:
    """For checkpatch; it lets links pass."""
    tree = make_repository(tmp_path / "tree", plain=PLAIN, warned=WARNED, refused=REFUSED)
    done = cli("format-patch", ".", "-p", V58, "-o", "../out", AUTHOR, cwd=tree)
    for line in Path(done.out.splitlines()[0]).read_text().splitlines()[4:]:
        assert len(line) <= 75 or line.startswith("Link: https://")
