"""``migrator diff``: what would be changed. On a terminal each warning stands at the hunk that it is about.

Where stdout is no terminal it gets a diff that ``git apply`` takes, and nothing else; the rest goes to stderr.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from migrator.cli.guard import Status
from migrator.cli.terminal import colored, painter, put, put_bytes
from migrator.cli.work import migrate, say_diagnostics, say_totals, status_of

if TYPE_CHECKING:
    from migrator.cli.settings import Settings


def run(settings: Settings, *, review: bool) -> Status:
    """Print the diff and what there is to say about it."""
    result = migrate(settings, alone=review, writes=True)
    # Not before the work: a process that was forked for it needs none of this.
    from migrator.changes import file_diffs
    from migrator.cli.hunks import shown_diff, warnings_of

    if review:
        from migrator.cli.review import reviewed

        result = reviewed(result, settings)
    shown: set[int] = set()
    interleaved = sys.stdout.isatty() and not review
    by_path = {file.path: file for file in result.files}
    for diff in file_diffs(result):
        if interleaved or colored(settings.color, sys.stdout):
            about = warnings_of(by_path[diff.path]) if interleaved and not settings.quiet else ()
            shown.update(id(diagnostic) for diagnostic in about)
            paint = painter(settings.color, sys.stdout)
            put("\n".join(shown_diff(diff.text, about, paint, suggestions=settings.verbose)))
        else:
            put_bytes(diff.text)
    sys.stdout.flush()
    say_diagnostics(result, settings, without=frozenset(shown))
    say_totals(result, settings)
    return status_of(result)
