"""The oracle over the golden cases, over generated functions, and over rewrites that were broken on purpose.

``MIGRATOR_ORACLE_FUNCTIONS`` is how many functions are generated for each pattern (150); ``campaign`` is the long run.
"""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.engine import migrate_bytes
from migrator.oracle import examine
from migrator.oracle.cases import judge_case
from migrator.oracle.drive import Bounds
from migrator.oracle.program import Workshop
from migrator.pattern.load import load_pattern
from migrator.source import DEFAULT_DIALECT
from migrator.testing import Case, read_cases
from tests.oracle.campaign import DEFINES, choices_for, run_batch, run_campaign, subject
from tests.oracle.choices import Choices, shrink
from tests.oracle.generate import generate
from tests.oracle.mutants import MUTANTS, applicable

TESTDATA = Path(__file__).resolve().parent.parent.parent / "testdata"
FUNCTIONS = int(os.environ.get("MIGRATOR_ORACLE_FUNCTIONS", "150"))
PATTERNS = ("mem_cgroup_charge_v58", "mem_cgroup_charge", "mem_cgroup_charge_hugetlb")
SMALL = Bounds(scenarios=80, samples=8, havoc=8)
# Warnings in golden cases that no run can show, with the reason.
NOT_TO_BE_SEEN: dict[tuple[str, str], str] = {}
# Functions whose first version is wrong in every scenario, with the reason.
NOT_TO_BE_RUN = {"dune_grow": "its pages stand in a table that only the kernel fills"}

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="the oracle compiles with gcc")
_pattern = cache(load_pattern)


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    made = Workshop()
    yield made
    made.close()


@pytest.mark.parametrize("case", read_cases(TESTDATA), ids=lambda case: f"{case.pattern}/{case.name}")
def test_golden_case(workshop: Workshop, case: Case) -> None:
    pattern = _pattern(case.pattern)
    judgement = judge_case(workshop, case, pattern, bounds=SMALL)
    if str(pattern.kind) != "transaction":
        assert judgement.not_run == [f"only transactions can be run, not a pattern of kind {pattern.kind}"]
        return
    assert judgement.problems == []
    if _pattern(case.pattern).kind != "transaction":
        assert not judgement.functions
        return
    assert [item for item in judgement.unproven if item[:2] not in NOT_TO_BE_SEEN] == []
    if case.before == case.after:
        assert judgement.not_run == ["nothing is rewritten"]
        return
    assert judgement.functions
    assert judgement.scenarios > len(judgement.functions)
    assert {text.partition("(")[0] for text in judgement.not_run} <= NOT_TO_BE_RUN.keys()


@pytest.mark.parametrize("name", PATTERNS)
def test_generated_functions(name: str) -> None:
    tally = run_campaign(_pattern(name), seed=11, functions=FUNCTIONS, bounds=SMALL)
    wrong = [item for item in tally.findings if not item.kind.startswith(("unproven", "compiler"))]
    assert not wrong, "\n".join(f"{item.kind}: {item.number}: {item.text}" for item in wrong)
    assert tally.rewritten * 100 >= tally.generated * (60)
    assert tally.scenarios > 20 * tally.rewritten


@settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)  # fmt: skip
@given(st.randoms(use_true_random=False), st.sampled_from(PATTERNS))
def test_functions_of_hypothesis(workshop: Workshop, source: random.Random, name: str) -> None:
    """The same generator, drawn from and shrunk by Hypothesis."""
    text = subject(_pattern(name), Choices(source=source), 1)
    tally = run_batch(workshop, _pattern(name), [(1, text)], SMALL)
    wrong = [item for item in tally.findings if not item.kind.startswith(("unproven", "compiler"))]
    assert not wrong, f"{wrong}\n{text}"


def _subjects() -> Iterator[tuple[str, bytes]]:
    """Golden cases of one kind each, then generated functions."""
    for case in read_cases(TESTDATA):
        if case.name in ("argument-drift", "return-changed"):
            yield case.pattern, case.before
    for name in PATTERNS:
        for number in range(160):
            yield name, subject(_pattern(name), choices_for(7, number), number).encode()


def test_mutants_are_caught(workshop: Workshop) -> None:
    """Each broken rewrite is caught in one of the functions that it applies to."""
    caught: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for name, text in _subjects():
        pattern = _pattern(name)
        result = migrate_bytes("subject.c", text, pattern, DEFAULT_DIALECT)
        if not result.changed:
            continue
        for mutant, broken in applicable(result):
            if caught[mutant] or tried[mutant] >= 20:
                continue
            tried[mutant] += 1
            report = examine(workshop, broken, pattern, bounds=SMALL, defines=DEFINES)
            caught[mutant] += bool(report.errors or any(verdict.silent for verdict in report.verdicts))
    assert set(tried) == set(MUTANTS), f"never applied: {set(MUTANTS) - set(tried)}"
    assert {name for name in tried if not caught[name]} == set()


def test_the_same_choices_make_the_same_function() -> None:
    first = choices_for(1, 5)
    text = generate(first, 5, False)
    assert generate(Choices(first.taken), 5, False) == text
    assert generate(Choices(), 5, False) != text


def test_shrinking_keeps_what_matters() -> None:
    source = random.Random(3)
    numbers = [source.randrange(100) for _ in range(60)]
    numbers[40] = 97
    assert shrink(numbers, lambda items: any(item == 97 for item in items)) == [97]
