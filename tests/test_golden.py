"""Every folder PATTERN/CASE below ``testdata``: see ``migrator.testing``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from migrator.diagnostics import Code
from migrator.pattern.load import load_pattern
from migrator.pattern.model import Pattern
from migrator.testing import Case, read_cases, run_case

TESTDATA = Path(__file__).resolve().parent.parent / "testdata"
CASES = read_cases(TESTDATA)

# Codes that no golden case can have: the files of a case are readable, and a check that fails is a bug.
WITHOUT_CASE = {Code.UNREADABLE, Code.REWRITE_CHECK_FAILED, Code.TOO_COMPLEX}
# About the series, not about a file: see test_series_around.
WITHOUT_CASE |= {Code.NOT_DECLARED, Code.DECLARATION_DIFFERS, Code.INTRODUCE_CAVEAT, Code.REMOVAL_BLOCKED}
# Of refactors in Python: see test_refactor.
WITHOUT_CASE |= {Code.REPORTED, Code.REFACTOR_FAILED}

_pattern = cache(load_pattern)


def pattern_of(case: Case) -> Pattern:
    return _pattern(case.pattern)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.pattern}/{case.name}")
def test_case(case: Case) -> None:
    outcome = run_case(case, pattern_of(case))
    if outcome.problems:
        pytest.fail(outcome.report, pytrace=False)


def test_every_code_has_a_case() -> None:
    wanted = {want.code for case in CASES for want in case.wants}
    assert wanted <= set(Code), f"not codes: {sorted(wanted - set(Code))}"
    missing = set(Code) - wanted - WITHOUT_CASE
    assert not missing, f"no golden case wants {', '.join(sorted(missing))}"


def test_every_folder_is_a_case() -> None:
    folders = {path.parent for path in TESTDATA.glob("*/*/*.c")}
    assert folders == {case.folder for case in CASES}
