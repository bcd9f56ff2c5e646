"""``migrator format-patch``: write the series for ``git am`` and print the names of the files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.cli.guard import Status
from migrator.cli.terminal import harmless, put, say
from migrator.cli.work import migrate, say_diagnostics, say_totals, status_of
from migrator.patch_series import format_series, write_series
from migrator.series.style import SeriesStyle

if TYPE_CHECKING:
    from migrator.cli.settings import Settings


class SeriesSettings(Struct, frozen=True):
    """The options of ``format-patch`` alone, as given; an empty ``author`` asks git."""

    output: Path
    author: str
    style: SeriesStyle


def run(settings: Settings, given: SeriesSettings) -> Status:
    """Write the patches."""
    series = format_series(migrate(settings, writes=True), given.style, author=given.author)
    if series.uncommitted:
        say("migrator: the tree has changes that are not committed, so the patches name no base commit")
    if not series.patches:
        say("migrator: nothing to migrate, no patch written")
    paths = write_series(series, given.output)
    for path in paths:
        put(harmless(os.fspath(path)))
    others = sorted(path.name for path in {*given.output.glob("*.patch")}.difference(paths)) if paths else []
    if others:  # `git am *.patch` would take them too
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        say(harmless(f"migrator: {given.output} also holds patches that are not of this series: {others[0]}{more}"))
    say_diagnostics(series.result, settings)
    say_totals(series.result, settings)
    return status_of(series.result)
