"""``migrator diff``: a clean diff on a pipe, warnings at their hunks on a terminal, and the review."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_code import PLAIN, PLAIN_AFTER, QUIET, REFUSED, V58, WARNED, git, make_repository, make_tree
from cli_terminal import on_a_terminal
from conftest import RunCli

from migrator.cli.terminal import harmless

TWO = PLAIN + "\n" + WARNED


def test_stdout_is_what_git_apply_takes(cli: RunCli, tmp_path: Path) -> None:
    make_repository(tmp_path, plain=PLAIN, warned=WARNED, refused=REFUSED, quiet=QUIET)
    done = cli("diff", ".", "-p", V58, cwd=tmp_path)
    assert done.status == 1
    git(tmp_path, "apply", "--whitespace=error-all", "-", stdin=done.out)
    assert (tmp_path / "mm" / "plain.c").read_text() == PLAIN_AFTER
    assert git(tmp_path, "diff", "--abbrev=12") == done.out
    assert git(tmp_path, "status", "--short").split() == ["M", "mm/plain.c", "M", "mm/warned.c"]


def test_nothing_is_written(cli: RunCli, tmp_path: Path) -> None:
    make_repository(tmp_path, plain=PLAIN)
    cli("diff", ".", "-p", V58, cwd=tmp_path)
    assert git(tmp_path, "status", "--short") == ""


def test_what_there_is_to_say_goes_to_stderr(cli: RunCli, tmp_path: Path) -> None:
    done = cli("diff", ".", "-p", V58, cwd=make_tree(tmp_path, warned=WARNED, refused=REFUSED))
    assert "warning:" not in done.out
    assert re.search(r"^mm/warned\.c:13: warning: .*\[argument-dropped\]$", done.err, flags=re.MULTILINE)
    assert re.search(r"^mm/refused\.c:9: refusal: .*\[handle-escapes\]$", done.err, flags=re.MULTILINE)
    assert "migrator: 2 sites in 2 files" in done.err


def test_quiet_says_nothing_but_errors(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, warned=WARNED, blob="mem_cgroup_try_charge\0")
    done = cli("diff", ".", "-p", V58, "-q", cwd=tmp_path)
    assert done.status == 2
    assert done.out.startswith("diff --git a/mm/warned.c b/mm/warned.c\n")
    (error,) = done.err.splitlines()
    assert error.startswith("mm/blob.c: error: ")


def test_nothing_to_do(cli: RunCli, tmp_path: Path) -> None:
    done = cli("diff", ".", "-p", V58, cwd=make_tree(tmp_path, quiet=QUIET))
    assert (done.status, done.out) == (0, "")
    assert "0 sites in 0 files (1 file scanned)" in done.err


def test_a_second_run_finds_nothing(cli: RunCli, tmp_path: Path) -> None:
    done = cli("diff", ".", "-p", V58, cwd=make_tree(tmp_path, plain=PLAIN_AFTER))
    assert (done.status, done.out) == (0, "")


@pytest.mark.parametrize("code", [PLAIN.replace("\n", "\r\n"), PLAIN.rstrip("\n")], ids=["crlf", "no final newline"])
def test_bytes_that_a_diff_can_spoil(cli: RunCli, tmp_path: Path, code: str) -> None:
    make_repository(tmp_path, plain=code)
    done = cli("diff", ".", "-p", V58, cwd=tmp_path)
    git(tmp_path, "apply", "--whitespace=nowarn", "-", stdin=done.out)
    after = (tmp_path / "mm" / "plain.c").read_bytes()
    newline = b"\r\n" if "\r" in code else b"\n"
    assert after == PLAIN_AFTER.encode().replace(b"\n", newline).removesuffix(b"" if "\r" in code else b"\n")


def test_the_mode_of_a_file_is_told(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN)
    (tmp_path / "mm" / "plain.c").chmod(0o755)
    assert " 100755\n" in cli("diff", ".", "-p", V58, cwd=tmp_path).out


def test_colour_can_be_asked_for(cli: RunCli, tmp_path: Path) -> None:
    done = cli("diff", ".", "-p", V58, "--color", "always", cwd=make_tree(tmp_path, plain=PLAIN))
    assert "\x1b[31m-\tmem_cgroup_commit_charge(page, memcg, false);\x1b[m\n" in done.out
    plain = re.sub(r"\x1b\[[0-9;]*m", "", done.out)
    assert plain == cli("diff", ".", "-p", V58, cwd=tmp_path).out


def test_on_a_terminal_each_warning_stands_at_its_hunk(tmp_path: Path) -> None:
    spread = WARNED.replace("\terr = sedge_insert", "\n" * 9 + "\terr = sedge_insert")
    out = on_a_terminal("diff", ".", "-p", V58, cwd=make_tree(tmp_path, warned=spread))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert plain != out
    order = re.findall(r"^@@|\[[a-z-]+\]$|^-.*mem_cgroup_\w+", plain, flags=re.MULTILINE)
    assert [item.removeprefix("-").strip() for item in order] == [
        "@@",
        "if (mem_cgroup_try_charge",
        "[charge-outlives-abort]",
        "[argument-dropped]",
        "@@",
        "mem_cgroup_cancel_charge",
        "mem_cgroup_commit_charge",
    ]


def test_no_colour_on_a_terminal_when_the_environment_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = on_a_terminal("diff", ".", "-p", V58, cwd=make_tree(tmp_path, plain=PLAIN))
    assert "+\terr = mem_cgroup_charge(page, mm, GFP_KERNEL);" in out
    assert "\x1b[" not in out


def test_code_cannot_drive_the_terminal(tmp_path: Path) -> None:
    evil = PLAIN.replace("int err;", "int err; /* \x1b]0;title\x07 \f */")
    out = on_a_terminal("diff", ".", "-p", V58, cwd=make_tree(tmp_path, plain=evil))
    assert "^[]0;title^G ^L" in out
    assert "\x1b]" not in out


def test_harmless_keeps_text() -> None:
    assert harmless("\tint a;\nüñ\udce4") == "\tint a;\nüñ\udce4"
    assert harmless("a\r\x1b[31m\x7f\x9b") == "a^M^[[31m^?\\x9b"


@pytest.mark.parametrize(
    ("answers", "names"),
    [
        pytest.param("y\nn\n", {"reed_store"}, id="one of two"),
        pytest.param("n\ny\n", {"sedge_store"}, id="the other"),
        pytest.param("a\n", {"reed_store", "sedge_store"}, id="all"),
        pytest.param("n\na\n", {"sedge_store"}, id="the rest"),
        pytest.param("q\n", set(), id="none"),
        pytest.param("y\nq\n", {"reed_store"}, id="no more"),
        pytest.param("", set(), id="end of input"),
        pytest.param("?\nwhat\nYes\nn\n", {"reed_store"}, id="asked again"),
    ],
)
def test_review(cli: RunCli, tmp_path: Path, answers: str, names: set[str]) -> None:
    make_repository(tmp_path, two=TWO)
    done = cli("diff", ".", "-p", V58, "--review", cwd=tmp_path, stdin=answers)
    assert "y  migrate this site" in done.err or "?" not in answers
    if done.out:
        git(tmp_path, "apply", "-", stdin=done.out)
    after = (tmp_path / "mm" / "two.c").read_text()
    bodies = dict(zip(("reed_store", "sedge_store"), after.split("static int sedge_store"), strict=True))
    assert {name for name, body in bodies.items() if "try_charge" not in body} == names
    assert done.status == 1


def test_review_shows_one_site_at_a_time(cli: RunCli, tmp_path: Path) -> None:
    done = cli("diff", ".", "-p", V58, "--review", cwd=make_tree(tmp_path, two=TWO), stdin="n\nn\n")
    first, second, _ = done.err.split("migrate? [y,n,a,q,?] ")
    assert first.count("\n-\t") == 4
    assert "reed_store() (1 of 2)" in first
    assert "[argument-dropped]" not in first
    assert "[argument-dropped]" in second
    assert "sedge_store() (2 of 2)" in second
