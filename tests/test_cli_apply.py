"""``migrator apply``: files are rewritten in place, all or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_code import PLAIN, PLAIN_AFTER, QUIET, REFUSED, V58, WARNED, make_tree
from conftest import RunCli

from migrator.api import TreeResult
from migrator.cli import apply
from migrator.cli.settings import Settings


def test_files_are_rewritten_and_named(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN, again=PLAIN, quiet=QUIET)
    done = cli("apply", ".", "-p", V58, cwd=tmp_path)
    assert done.status == 0
    assert done.out == "mm/again.c\nmm/plain.c\n"
    assert (tmp_path / "mm" / "plain.c").read_text() == PLAIN_AFTER
    assert (tmp_path / "mm" / "quiet.c").read_text() == QUIET
    assert "migrator: 2 sites in 2 files (3 files scanned): 2 migrated" in done.err


def test_a_second_run_changes_nothing(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN)
    cli("apply", ".", "-p", V58, cwd=tmp_path)
    stamp = (tmp_path / "mm" / "plain.c").stat().st_mtime_ns
    done = cli("apply", ".", "-p", V58, cwd=tmp_path)
    assert (done.status, done.out) == (0, "")
    assert (tmp_path / "mm" / "plain.c").stat().st_mtime_ns == stamp


def test_a_refused_site_stays(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, refused=REFUSED, plain=PLAIN)
    done = cli("apply", ".", "-p", V58, cwd=tmp_path)
    assert done.status == 1
    assert done.out == "mm/plain.c\n"
    assert (tmp_path / "mm" / "refused.c").read_text() == REFUSED
    assert "[handle-escapes]" in done.err


def test_strict(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, warned=WARNED, plain=PLAIN)
    done = cli("apply", ".", "-p", V58, "--strict", cwd=tmp_path)
    assert (done.status, done.out) == (1, "mm/plain.c\n")
    assert (tmp_path / "mm" / "warned.c").read_text() == WARNED


def test_a_read_only_file_stops_all(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN, stone=PLAIN)
    (tmp_path / "mm" / "stone.c").chmod(0o444)
    done = cli("apply", ".", "-p", V58, cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.err == "migrator: error: mm/stone.c: read-only file\n"
    assert (tmp_path / "mm" / "plain.c").read_text() == PLAIN


def test_a_file_that_changed_meanwhile_stops_all(cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(tmp_path, plain=PLAIN, moving=PLAIN)
    genuine = apply.migrate

    def slow(settings: Settings, *, alone: bool, writes: bool) -> TreeResult:
        result = genuine(settings, alone=alone, writes=writes)
        (tmp_path / "mm" / "moving.c").write_text(QUIET)
        return result

    monkeypatch.setattr(apply, "migrate", slow)
    done = cli("apply", ".", "-p", V58, cwd=tmp_path)
    assert done.status == 2
    assert "migrator: error: mm/moving.c: changed since it was read" in done.err
    assert (tmp_path / "mm" / "plain.c").read_text() == PLAIN
    assert (tmp_path / "mm" / "moving.c").read_text() == QUIET


def test_review(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, a=PLAIN, b=PLAIN)
    done = cli("apply", ".", "-p", V58, "--review", cwd=tmp_path, stdin="n\ny\n")
    assert done.out == "mm/b.c\n"
    assert (tmp_path / "mm" / "a.c").read_text() == PLAIN
    assert (tmp_path / "mm" / "b.c").read_text() == PLAIN_AFTER
