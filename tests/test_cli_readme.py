"""README.md says what the tool does: its sample is real output, its commands and options exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from cli_terminal import on_a_terminal
from conftest import RunCli
from typer.main import get_command

from migrator.cli.app import app


@pytest.fixture
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def test_the_sample_is_what_a_terminal_shows(readme: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    command = re.findall(r"^\$ migrator (.*)$", readme, flags=re.MULTILINE)
    assert len(command) == 1
    sample = re.search(r"<!-- sample: begin.*?-->\n```diff\n(.*?)```\n<!-- sample: end -->", readme, flags=re.DOTALL)
    assert sample is not None
    real = on_a_terminal(*shlex.split(command[0]), cwd=root)
    assert sample[1] == real, f"README.md has another sample; this is the real output:\n{real}"


def test_the_commands_exist(readme: str, cli: RunCli) -> None:
    commands = get_command(app)
    named = set(re.findall(r"^migrator ([a-z-]+)", readme, flags=re.MULTILINE))
    assert named == set(commands.commands)  # type: ignore[attr-defined]


def test_the_options_exist(readme: str, cli: RunCli) -> None:
    table = readme.partition("## Options")[2].partition("\n### ")[0]
    options = set(re.findall(r"--[a-z][a-z-]+", table)) - {"--install-completion"}
    known: set[str] = set()
    for command in ("scan", "diff", "apply", "format-patch", "explain"):
        known |= set(re.findall(r"--[a-z][a-z-]+", cli(command, "--help").out))
    assert options <= known
    assert known - options <= {
        "--help",
        "--quiet",
        "--verbose",
        "--output",
        "--cover-letter",
        "--across",
        "--introduce",
        "--remove",
    }


def test_the_set_up_is_two_commands(readme: str, cli: RunCli, root: Path) -> None:
    section = readme.partition("## Set-up")[2].partition("\n## ")[0]
    first, second = re.findall(r"^```sh\n([^\n]+)\n```$", section, flags=re.MULTILINE)
    assert second == ".venv/bin/pytest -q"
    prepare, _, command = first.partition(".venv/bin/migrator ")
    assert prepare == "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && "
    done = cli(*shlex.split(command), cwd=root)
    assert done.status == 0
    assert done.out.startswith("diff --git ")
