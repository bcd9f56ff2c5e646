"""``migrator patterns test --run``: what a pattern's author sees of the oracle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migrator import api
from migrator.oracle import cases as oracle_cases

V58 = "mem_cgroup_charge_v58"
BEFORE = """static int fen_add(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		return err;
	err = fen_insert(page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
		return err;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
"""
AFTER = """static int fen_add(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		return err;
	err = fen_insert(page);
	if (err) {
		put_page(page);
		return err;
	}
	return 0;
}
"""
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="the oracle compiles with gcc")


def case(folder: Path, name: str, before: str, after: str) -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "before.c").write_text(before)
    (folder / name / "after.c").write_text(after)
    return folder


def run(folder: Path, *options: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "migrator", "patterns", "test", str(folder), "-p", V58, "--run", *options]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env={**os.environ, **(environment or {})}
    )


@needs_gcc
def test_a_case_that_is_as_announced(tmp_path: Path) -> None:
    done = run(case(tmp_path, "fen", BEFORE, AFTER), "-v")
    assert done.returncode == 0, done.stdout
    first, last = done.stderr.splitlines()
    assert first == "migrator: 1 case: 1 passed, 0 failed"
    assert last.startswith("migrator: 1 case run in ")
    assert last.endswith(": 0 differences announced, 0 not announced, 0 warnings unproven; 0 cases not run")
    assert "fen: run in " in done.stdout
    assert done.stdout.endswith(" scenarios: fen_add()\n")


@needs_gcc
def test_an_announced_difference_is_shown_with_its_scenario(tmp_path: Path) -> None:
    lives = BEFORE.replace("\t\tput_page(page);\n", "")
    want = '\t\tmem_cgroup_cancel_charge(page, memcg, false); /* want: charge-outlives-abort "" */\n'
    marked = lives.replace("\t\tmem_cgroup_cancel_charge(page, memcg, false);\n", want)
    after = AFTER.replace("\tif (err) {\n\t\tput_page(page);\n\t\treturn err;\n\t}\n", "\tif (err)\n\t\treturn err;\n")
    done = run(case(tmp_path, "fen", marked, after), "-v")
    assert done.returncode == 0, done.stdout
    assert "announced: fen_add(): charge-left: page still charged at the exit" in done.stdout
    assert "when: fen_insert#1=1" in done.stdout


@needs_gcc
def test_a_case_that_cannot_be_compiled_is_named_with_the_reason(tmp_path: Path) -> None:
    odd = BEFORE.replace("\tint err;\n", "\tint err = fen->bits.none;\n")
    done = run(case(tmp_path, "fen", odd, AFTER.replace("\tint err;\n", "\tint err = fen->bits.none;\n")))
    assert done.returncode == 0
    assert "fen: not run: does not compile before the rewrite:\n    fen.c:4:" in done.stdout
    assert done.stderr.splitlines()[-1].endswith("1 case not run")


@needs_gcc
def test_nothing_to_run(tmp_path: Path) -> None:
    refused = BEFORE.replace("\t\tmem_cgroup_cancel_charge(page, memcg, false);\n", "\t\tfen_keep(memcg);\n")
    done = run(case(tmp_path, "fen", refused, refused))
    assert "fen: not run: nothing is rewritten" in done.stdout


def test_without_gcc_there_is_a_clear_message(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    folder = case(tmp_path / "cases", "fen", BEFORE, AFTER)
    done = run(folder, environment={"PATH": str(tmp_path / "empty")})
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "migrator: error: gcc: not found: cases are compiled with it before they are run"
    )


@needs_gcc
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"\t\tput_page(page);\n", b"\t\t;\n", "fen_add(): charge-left: page still charged at the exit"),
        (b"\t\treturn err;\n\treturn 0;\n", b"", ""),
        (b"\treturn 0;\n", b"\tfor (;;)\n\t\t;\n", "fen_add(): stopped: time"),
        (b"\treturn 0;\n", b"\treturn *(volatile int *)0;\n", "fen_add(): stopped: crash"),
        (b"\treturn 0;\n", b"\tint some[2] = { 0, 0 };\n\treturn some[err + 2];\n", "fen_add(): stopped: "),
    ],
    ids=["release lost", "nothing", "endless", "crash", "sanitizer"],
)
def test_a_broken_rewrite_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: bytes, new: bytes, told: str
) -> None:
    from msgspec.structs import replace

    from migrator.oracle.program import Workshop
    from migrator.pattern.load import load_pattern
    from migrator.results import FileResult
    from migrator.testing import read_cases

    genuine = api.migrate_source

    def broken(*arguments: object, **options: object) -> FileResult:
        result = genuine(*arguments, **options)  # type: ignore[arg-type]
        return replace(result, after=result.after.replace(old, new))

    monkeypatch.setattr(api, "migrate_source", broken)
    (one,) = read_cases(case(tmp_path, "fen", BEFORE, AFTER), V58)
    workshop = Workshop()
    try:
        judgement = oracle_cases.judge_case(workshop, one, load_pattern(V58))
    finally:
        workshop.close()
    if not told:
        assert judgement.problems == []
    else:
        assert any(text.startswith(told) for text in judgement.problems), judgement.problems
