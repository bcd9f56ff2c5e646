"""Fixtures that the tests of several areas use."""

from __future__ import annotations

import io
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from migrator.cli import main

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _interrupts_are_heard() -> None:
    """A shell ignores SIGINT in what it starts in the background, and all processes that come of it inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests changes what the tool, or git, does."""
    unwanted = ("MIGRATOR_TRACEBACK", "NO_COLOR", "FORCE_COLOR", "COLUMNS")
    for name in list(os.environ):
        if name in unwanted or name.startswith("GIT_"):
            monkeypatch.delenv(name)
    # What runs as a process of its own runs this checkout.
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def testdata(root: Path) -> Path:
    """The golden cases: PATTERN/CASE/before.c and after.c."""
    return root / "testdata"


@dataclass(frozen=True)
class Finished:
    """What a command came to."""

    status: int
    out: str
    err: str


class RunCli(Protocol):
    """Runs ``migrator ARGUMENTS`` in this process; text that is not UTF-8 comes back with surrogates."""

    def __call__(self, *arguments: str | Path, cwd: Path | None = None, stdin: str = "") -> Finished: ...


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> RunCli:
    def run(*arguments: str | Path, cwd: Path | None = None, stdin: str = "") -> Finished:
        if cwd is not None:
            monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["migrator", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        status = ended.value.code
        assert isinstance(status, int)
        captured = capfdbinary.readouterr()
        out, err = (data.decode("utf-8", "surrogateescape") for data in captured)
        return Finished(status, out, err)

    return run
