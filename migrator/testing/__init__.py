"""Golden tests of a pattern: folders with C before and after, and the diagnostics expected on its lines.

A case is ``PATTERN/CASE/before.c`` and ``after.c``. A comment ``/* want: CODE "text" */`` stands on the line that a
diagnostic hits, or by itself on the line before (several are parted by commas, or follow each other); ``text`` must
occur in its message. Equal files mean that everything in them is refused or nothing is to be done. The comments are
taken out of both files before they are used, so that they change no layout. A case of several files has folders
``before`` and ``after`` with a tree each, which is migrated as a whole. A case fails unless the output is equal byte
for byte, the diagnostics are exactly those wanted, the result parses as well as before, a second run changes nothing,
and the edits survive ``git apply``.

Used by the project's own tests, by ``migrator patterns test`` and by the tests of patterns of other packages:

>>> from pathlib import Path
>>> from migrator.testing import read_all_cases, run_cases
>>> cases = read_all_cases(Path("testdata/strscpy"), "strscpy")
>>> [outcome.report for outcome in run_cases(cases) if outcome.problems]
[]
"""

from __future__ import annotations

from migrator.testing.accept import accept_cases
from migrator.testing.cases import (
    Case,
    Outcome,
    TreeCase,
    Want,
    read_all_cases,
    read_cases,
    read_tree_cases,
    wants_in,
    without_wants,
)
from migrator.testing.examples import examples
from migrator.testing.run import difference, migrate_tree_case, run_case, run_cases, run_tree_case

__all__ = [
    "Case",
    "Outcome",
    "TreeCase",
    "Want",
    "accept_cases",
    "difference",
    "examples",
    "migrate_tree_case",
    "read_all_cases",
    "read_cases",
    "read_tree_cases",
    "run_case",
    "run_cases",
    "run_tree_case",
    "wants_in",
    "without_wants",
]
