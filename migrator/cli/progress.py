"""A progress bar on stderr for what takes long: nothing is loaded and nothing shown before it does."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

# Seconds: before anything is shown, and between two looks of it.
_PATIENCE = 1.0
_INTERVAL = 0.1


class ProgressBar:
    """Listens to ``api.scan``. Use as a context: the bar goes when it ends."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._searched = 0
        self._migrated = 0
        self._total: int | None = None
        self._refreshed = 0.0

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def searched(self, files: int) -> None:
        """So many more files have been searched for the words."""
        self._searched += files
        self._show()

    def found(self, files: int) -> None:
        """The search is over."""
        self._total = files
        self._show()

    def migrated(self, files: int) -> None:
        """So many more files are done."""
        self._migrated += files
        self._show()

    def _show(self) -> None:
        if self._bar is None and time.monotonic() - self._start >= _PATIENCE:
            self._open()
        if self._bar is None or self._task is None:
            return
        if self._total is None:
            self._bar.update(self._task, description="searching", detail=f"{self._searched} files")
        else:
            detail = f"{self._migrated} of {self._total} files"
            self._bar.update(
                self._task, description="migrating", total=self._total, completed=self._migrated, detail=detail
            )
        now = time.monotonic()
        if now - self._refreshed >= _INTERVAL:
            self._bar.refresh()
            self._refreshed = now

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
            transient=True,
            # A thread that refreshes would forbid to fork, which is the quickest way to more processes.
            auto_refresh=False,
        )
        self._task = self._bar.add_task("searching", total=None, detail="")
        self._bar.start()
