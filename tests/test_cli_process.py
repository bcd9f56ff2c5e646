"""The command as a process: how it starts, how it ends, and that nobody ever sees a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_code import PLAIN, V58, make_tree
from conftest import RunCli

from migrator import __version__
from migrator.cli import scan

COMMAND = (sys.executable, "-m", "migrator")


def process(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("arguments", [["--version"], ["--version", "scan"]], ids=["quick", "by typer"])
def test_version(tmp_path: Path, arguments: list[str]) -> None:
    done = process(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"migrator {__version__}\n", "")


def test_it_works_from_any_folder(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", plain=PLAIN)
    (tmp_path / "elsewhere").mkdir()
    done = process("scan", str(tree), "-p", V58, cwd=tmp_path / "elsewhere")
    assert done.returncode == 0
    assert "mm/plain.c:7: migrated" in done.stdout


def test_help_names_all_commands(tmp_path: Path) -> None:
    done = process("--help", cwd=tmp_path)
    assert done.returncode == 0
    for name in ("scan", "diff", "apply", "format-patch", "explain", "patterns"):
        assert f"\n  {name} " in done.stdout


def test_without_arguments_it_says_how_to_use_it(tmp_path: Path) -> None:
    done = process(cwd=tmp_path)
    assert done.returncode == 2
    assert "Usage: migrator" in done.stdout + done.stderr


def modules_of(*arguments: str, cwd: Path) -> set[str]:
    """What a run imports."""
    command = [sys.executable, "-X", "importtime", "-m", "migrator", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def test_the_version_needs_next_to_nothing(tmp_path: Path) -> None:
    imported = modules_of("--version", cwd=tmp_path)
    assert "migrator.cli" in imported
    assert not {"typer", "rich", "tree_sitter", "migrator.errors"} & imported


def test_help_does_not_load_the_engine(tmp_path: Path) -> None:
    imported = modules_of("scan", "--help", cwd=tmp_path)
    assert "typer" in imported
    assert not {"rich", "tree_sitter", "networkx", "migrator.engine"} & imported


def test_a_scan_on_a_pipe_loads_no_rich_and_no_networkx(tmp_path: Path) -> None:
    imported = modules_of("scan", ".", "-p", V58, cwd=make_tree(tmp_path, plain=PLAIN))
    assert "tree_sitter" in imported
    assert not {"rich", "networkx", "concurrent.futures", "migrator.cli.json_report"} & imported


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    make_tree(tmp_path, **{f"f{number}": PLAIN for number in range(60)})
    command = [*COMMAND, "diff", ".", "-p", V58, "-q", "-j", "1"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(1)
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(timeout=60) in (1, 141)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk(tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, "scan", ".", "-p", V58],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "migrator: error: No space left on device\n"


def test_an_interrupt(tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN)
    command = [*COMMAND, "diff", ".", "-p", V58, "--review"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stderr is not None
        seen = b""
        while not seen.endswith(b"migrate? [y,n,a,q,?] "):
            piece = running.stderr.read(1)
            assert piece, seen
            seen += piece
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) == 130
        assert b"Traceback" not in running.stderr.read()


def test_an_internal_error_is_one_line(cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(settings: object) -> object:
        raise KeyError("a bug\nwith two lines")

    monkeypatch.setattr(scan, "migrate", broken)
    done = cli("scan", ".", cwd=tmp_path)
    assert done.status == 2
    assert done.err.startswith("migrator: internal error: KeyError: 'a bug\\nwith two lines' (at test_cli_process.py:")
    assert done.err.count("\n") == 1


def test_the_traceback_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from migrator.cli.guard import Status, run_guarded

    def broken() -> Status:
        raise KeyError("a bug")

    monkeypatch.setenv("MIGRATOR_TRACEBACK", "1")
    with pytest.raises(KeyError):
        run_guarded(broken)


def test_completion_of_patterns_and_codes() -> None:
    from migrator.cli.app import _complete_code, _complete_pattern

    assert _complete_pattern("mem_cgroup_charge_v") == [V58]
    assert _complete_code("no-") == ["no-setup", "no-cleanup"]


def test_the_shell_gets_completions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the script does that ``migrator --install-completion`` installs."""
    monkeypatch.setenv("_MIGRATOR_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "migrator explain no-")
    monkeypatch.setenv("COMP_CWORD", "2")
    done = process(cwd=tmp_path)
    assert done.stdout.split() == ["no-setup", "no-cleanup"]
