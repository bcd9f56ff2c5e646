"""``migrator explain``: pages of codes, and tables of error paths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_code import PLAIN, REFUSED, V58, WARNED, make_repository, make_tree
from conftest import RunCli

from migrator.cli.error_paths import Comparison, aligned
from migrator.diagnostics import Code
from migrator.explanations import page
from migrator.results import ErrorPaths, ErrorRow


def test_a_code(cli: RunCli) -> None:
    done = cli("explain", "no-setup")
    assert (done.status, done.err) == (0, "")
    assert done.out == page(Code.NO_SETUP)


def test_a_code_in_colour_says_the_same(cli: RunCli) -> None:
    done = cli("explain", "no-setup", "--color", "always")
    assert "\x1b[" in done.out
    assert "What to do" in done.out


def test_a_code_as_json(cli: RunCli) -> None:
    report = json.loads(cli("explain", "no-setup", "--format", "json").out)
    assert report == {"code": "no-setup", "page": page(Code.NO_SETUP)}


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        pytest.param("nosetup", "did you mean no-setup? Codes: error-path-widened, ", id="misspelled"),
        pytest.param("???", "the code of a diagnostic. Codes: error-path-widened, ", id="nothing like it"),
        pytest.param("mm/plain.c:", "neither FILE:FUNCTION nor", id="no function"),
        pytest.param("mm/gone.c:f", "migrator: error: mm/gone.c: no such file", id="no file"),
        pytest.param("mm:f", "migrator: error: mm: a folder, not a file", id="folder"),
        pytest.param("mm/plain.c:f", "no transaction in f(); functions that have one: reed_store", id="no site"),
    ],
)
def test_what_cannot_be_explained(cli: RunCli, tmp_path: Path, subject: str, message: str) -> None:
    done = cli("explain", subject, "-p", V58, cwd=make_tree(tmp_path, plain=PLAIN))
    assert (done.status, done.out) == (2, "")
    assert message in done.err


def test_a_function(cli: RunCli, tmp_path: Path) -> None:
    done = cli("explain", "mm/plain.c:reed_store", "-p", V58, cwd=make_tree(tmp_path, plain=PLAIN))
    assert (done.status, done.err) == (0, "")
    title, _, heading, _, *rows = done.out.splitlines()
    assert title.strip() == "mm/plain.c:2: error paths of reed_store()"
    assert [cell.strip() for cell in heading.strip("│").split("│")] == [
        "when this fails",
        "",
        "line",
        "this runs",
        "and it returns",
    ]
    cells = [[cell.strip() for cell in row.strip("│").split("│")] for row in rows if row.startswith("│")]
    assert ["the charge fails", "as before", "7", "nothing"] in [row[:4] for row in cells]
    assert ["reed_insert(page)", "as before", "12", "put_page(page)"] in [row[:4] for row in cells]


def test_a_function_with_warnings(cli: RunCli, tmp_path: Path) -> None:
    done = cli("explain", "mm/warned.c:sedge_store", "-p", V58, cwd=make_tree(tmp_path, warned=WARNED))
    assert done.status == 1
    assert "error paths of sedge_store()" in done.out
    assert "[argument-dropped]" in done.err


def test_a_refused_function_has_reasons_and_no_table(cli: RunCli, tmp_path: Path) -> None:
    done = cli("explain", "mm/refused.c:fen_store", "-p", V58, cwd=make_tree(tmp_path, refused=REFUSED))
    assert (done.status, done.out) == (1, "")
    assert "mm/refused.c:9: refusal: " in done.err


def test_a_function_as_json(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, warned=WARNED)
    report = json.loads(cli("explain", "mm/warned.c:sedge_store", "-p", V58, "--format", "json", cwd=tmp_path).out)
    assert list(report) == ["version", "file", "function", "before", "after", "diagnostics"]
    assert list(report["before"][0]) == ["origin", "line", "must", "may", "returns"]
    assert {item["code"] for item in report["diagnostics"]} == {"argument-dropped", "charge-outlives-abort"}


def row(origin: str, *must: str, line: int = 1) -> ErrorRow:
    return ErrorRow(origin, line, must, (), ("-ENOMEM",))


def test_rows_are_aligned_by_origin_and_number() -> None:
    before = (row("err", "a"), row("err", "b"), row("gone"))
    after = (row("new"), row("err", "a", line=9), row("err", "c"))
    assert list(aligned(ErrorPaths("f", 1, before, after))) == [
        Comparison(before[0], after[1]),
        Comparison(before[1], after[2]),
        Comparison(before[2], None),
        Comparison(None, after[0]),
    ]


def test_a_row_is_the_same_in_any_order_and_at_any_line() -> None:
    assert Comparison(row("err", "a", "b"), row("err", "b", "a", line=5)).same
    assert not Comparison(row("err", "a"), row("err", "b")).same
    assert not Comparison(None, row("err")).same


CALLER = """\
static int fen_fault(struct vm_area_struct *vma, struct page *page)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, vma->vm_mm, GFP_KERNEL, &memcg);
	if (err)
		return err;
	err = fen_finish(vma, page, memcg);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg);
		put_page(page);
	}
	return err;
}
"""
CALLEE = """\
int fen_finish(struct vm_area_struct *vma, struct page *page, struct mem_cgroup *memcg)
{
	if (fen_busy(vma))
		return -EBUSY;
	mem_cgroup_commit_charge(page, memcg, false);
	fen_map(vma, page);
	return 0;
}
"""


@pytest.mark.parametrize("revision", [(), ("--rev", "HEAD")], ids=["disk", "revision"])
def test_functions_that_are_rewritten_together(cli: RunCli, tmp_path: Path, revision: tuple[str, ...]) -> None:
    tree = make_repository(tmp_path, caller=CALLER, finish=CALLEE)
    if revision:
        (tree / "mm" / "caller.c").unlink()
    for file, function, failure in (("finish", "fen_finish", "fen_busy(vma)"), ("caller", "fen_fault", "the charge")):
        done = cli("explain", f"mm/{file}.c:{function}", "-p", V58, *revision, cwd=tree)
        assert (done.status, done.err) == (0, "")
        assert f"error paths of {function}()" in done.out
        assert f"{failure}" in done.out
