"""``migrator apply``: rewrite the files in place, all of them or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.changes import apply_changes
from migrator.cli.guard import Status
from migrator.cli.terminal import harmless, put
from migrator.cli.work import migrate, say_diagnostics, say_totals, status_of

if TYPE_CHECKING:
    from migrator.cli.settings import Settings


def run(settings: Settings, *, review: bool) -> Status:
    """Write what is changed and print the names of the files."""
    result = migrate(settings, alone=review, writes=True)
    if review:
        from migrator.cli.review import reviewed

        result = reviewed(result, settings)
    for path in apply_changes(result):
        put(harmless(path))
    say_diagnostics(result, settings)
    say_totals(result, settings)
    return status_of(result)
