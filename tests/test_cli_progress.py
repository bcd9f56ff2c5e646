"""The progress bar: only for what takes long, and gone when it is over."""

from __future__ import annotations

import io
import sys
import threading
from contextlib import suppress

import pytest

from migrator.cli import progress
from migrator.cli.progress import ProgressBar


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Stands for stderr. (Not a fixture: pytest sets stderr between the fixtures and the test.)"""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    return stream


def run() -> None:
    with ProgressBar() as bar:
        bar.searched(256)
        bar.searched(44)
        bar.found(7)
        bar.migrated(1)
        bar.migrated(4)


def test_nothing_is_shown_of_what_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = a_terminal(monkeypatch)
    run()
    assert terminal.getvalue() == ""


def test_what_takes_long_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = a_terminal(monkeypatch)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    run()
    assert "migrating" in terminal.getvalue()
    assert "5 of 7 files" in terminal.getvalue()


def test_it_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a second thread no process may be forked."""
    a_terminal(monkeypatch)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    with ProgressBar() as bar:
        bar.searched(1)
        assert threading.active_count() == 1


def test_files_are_counted_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = a_terminal(monkeypatch)
    with ProgressBar() as bar:
        bar.searched(256)
        monkeypatch.setattr(progress, "_PATIENCE", 0.0)
        bar.searched(44)
    assert "300 files" in terminal.getvalue()


def test_the_bar_goes_when_something_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = a_terminal(monkeypatch)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    with suppress(KeyboardInterrupt), ProgressBar() as bar:
        bar.searched(1)
        raise KeyboardInterrupt
    hide, show, erase = "\x1b[?25l", "\x1b[?25h", "\x1b[2K"
    assert hide in terminal.getvalue()
    assert show in terminal.getvalue().rpartition(hide)[2]
    assert terminal.getvalue().endswith(erase)
