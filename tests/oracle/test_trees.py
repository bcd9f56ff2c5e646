"""Golden cases of several files, or of several functions that change together, under the oracle."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrator.oracle import Kind, examine_files
from migrator.oracle.cases import judge
from migrator.oracle.program import Workshop
from migrator.pattern.load import load_pattern
from migrator.testing import TreeCase, migrate_tree_case, read_all_cases, read_tree_cases, run_tree_case
from tests.oracle.test_command import AFTER, BEFORE, V58, run

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="the oracle compiles with gcc")
TESTDATA = Path(__file__).resolve().parent.parent.parent / "testdata"
CASES = [case for case in read_tree_cases(TESTDATA) if load_pattern(case.pattern).kind == "transaction"]


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    made = Workshop()
    yield made
    made.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.pattern}/{case.name}")
def test_golden_tree(workshop: Workshop, case: TreeCase) -> None:
    pattern = load_pattern(case.pattern)
    outcome = run_tree_case(case, pattern)
    if outcome.problems:
        pytest.fail(outcome.report, pytrace=False)
    results = migrate_tree_case(case, pattern)
    judgement = judge(workshop, results, pattern)
    assert judgement.problems == []
    assert judgement.unproven == []
    sites = {site.function for result in results for site in result.sites if site.placement}
    if not sites:
        assert judgement.not_run == ["nothing is rewritten"]
        return
    assert sites <= set(judgement.functions)
    assert judgement.scenarios > len(judgement.functions)


def test_there_are_cases() -> None:
    assert len(CASES) >= 4


def test_the_case_of_the_review(workshop: Workshop) -> None:
    """A cleanup that was for -EEXIST runs for -ENOMEM too: the trace shows it, and without the warning it is silent."""
    pattern = load_pattern("mem_cgroup_charge")
    (case,) = (case for case in CASES if case.name == "sink")
    results = migrate_tree_case(case, pattern)
    (verdict,) = (item for item in examine_files(workshop, results, pattern).verdicts if item.function == "fen_swap_in")
    witness = verdict.announced[Kind.EXTRA]
    assert "delete_from_swap_cache(page)" in [effect for item in witness.differences for effect in item.effects]
    assert ("charge:page#1", 1) in witness.scenario.choices
    quiet = [replace(result, sites=tuple(replace(site, diagnostics=()) for site in result.sites)) for result in results]
    (verdict,) = (item for item in examine_files(workshop, quiet, pattern).verdicts if item.function == "fen_swap_in")
    assert Kind.EXTRA in verdict.silent


def _write(folder: Path, **files: str) -> None:
    for part in ("before", "after"):
        for name, text in files.items():
            path = folder / part / "mm" / f"{name}.c"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def test_what_a_case_of_several_files_can_fail_with(tmp_path: Path) -> None:
    _write(tmp_path / "fen", fen=BEFORE, other="int other;\n")
    (case,) = read_all_cases(tmp_path, V58)
    assert isinstance(case, TreeCase)
    (problem,) = run_tree_case(case, load_pattern(V58)).problems
    assert problem.startswith("mm/fen.c: the output differs from after.c")
    (tmp_path / "fen" / "after" / "mm" / "fen.c").write_text(AFTER)
    (tmp_path / "fen" / "before" / "mm" / "other.c").write_text('int other; /* want: no-setup "nothing" */\n')
    (case,) = read_tree_cases(tmp_path, V58)
    (problem,) = run_tree_case(case, load_pattern(V58)).problems
    assert problem == 'mm/other.c: missing: line 1: no-setup "nothing"'
    (tmp_path / "fen" / "after" / "mm" / "other.c").unlink()
    (case,) = read_tree_cases(tmp_path, V58)
    assert "not in both trees: mm/other.c" in run_tree_case(case, load_pattern(V58)).problems


def test_the_command_takes_cases_of_several_files(tmp_path: Path) -> None:
    _write(tmp_path / "fen", fen=BEFORE)
    (tmp_path / "fen" / "after" / "mm" / "fen.c").write_text(AFTER)
    done = run(tmp_path, "-v")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{tmp_path}/fen: passed" in done.stdout
    assert "scenarios: fen_add()" in done.stdout
