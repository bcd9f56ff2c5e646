"""Golden cases of several files, or of several functions that change together, under the oracle."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrator.api import migrate_tree
from migrator.oracle import Kind, examine_files
from migrator.oracle.cases import judge
from migrator.oracle.program import Workshop
from migrator.pattern.load import load_pattern
from migrator.results import FileResult
from migrator.testing import without_wants

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="the oracle compiles with gcc")
TESTDATA = Path(__file__).resolve().parent.parent.parent / "testdata"
CASES = sorted(path.parent for path in TESTDATA.glob("*/*/before") if path.is_dir())
# Calls in these cases that only compute a value of their arguments, which the patterns do not know: they may run, or
# not, when something fails.
READS = frozenset({"compound_nr", "fen_entry"})


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    made = Workshop()
    yield made
    made.close()


def migrated(folder: Path, tmp_path: Path) -> list[FileResult]:
    """All files of a case, those that stay as they are too."""
    files = {}
    for path in sorted((folder / "before").rglob("*")):
        if path.is_file():
            name = path.relative_to(folder / "before").as_posix()
            files[name] = without_wants(path.read_bytes())
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(files[name])
    result = migrate_tree([tmp_path], load_pattern(folder.parent.name), root=tmp_path)
    found = {file.path: file for file in result.files}
    return [found.get(name, FileResult(name, data, data)) for name, data in files.items()]


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_golden_tree(workshop: Workshop, tmp_path: Path, folder: Path) -> None:
    pattern = load_pattern(folder.parent.name)
    results = migrated(folder, tmp_path)
    judgement = judge(workshop, results, replace(pattern, pure=pattern.pure | READS))
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


def test_the_case_of_the_review(workshop: Workshop, tmp_path: Path) -> None:
    """A cleanup that was for -EEXIST runs for -ENOMEM too: the trace shows it, and without the warning it is silent."""
    pattern = load_pattern("mem_cgroup_charge")
    known = replace(pattern, pure=pattern.pure | READS)
    results = migrated(TESTDATA / "mem_cgroup_charge" / "sink", tmp_path)
    (verdict,) = (item for item in examine_files(workshop, results, known).verdicts if item.function == "fen_swap_in")
    witness = verdict.announced[Kind.EXTRA]
    assert "delete_from_swap_cache(page)" in [effect for item in witness.differences for effect in item.effects]
    assert ("charge:page#1", 1) in witness.scenario.choices
    quiet = [replace(result, sites=tuple(replace(site, diagnostics=()) for site in result.sites)) for result in results]
    (verdict,) = (item for item in examine_files(workshop, quiet, known).verdicts if item.function == "fen_swap_in")
    assert Kind.EXTRA in verdict.silent
