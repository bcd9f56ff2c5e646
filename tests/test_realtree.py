"""The check of real trees (``tests/realtree/check.py``) on a small tree: what makes it fail, and what does not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.realtree.check import main, version_of

pytestmark = pytest.mark.skipif(not (shutil.which("grep") and shutil.which("git")), reason="needs grep and git")

CODE = """int f(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}
"""
FIGURES = {
    "paths": ["mm"],
    "sites": {"migrated": 1},
    "codes": {},
    "mentions": {"site migrated": 2},
    "added": 1,
    "removed": 4,
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "linux"
    (top / "mm").mkdir(parents=True)
    (top / "Makefile").write_text("VERSION = 5\nPATCHLEVEL = 7\nSUBLEVEL = 3\nEXTRAVERSION =\n")
    (top / "mm" / "page.c").write_text(CODE)
    counts = {"version": "5.7.3", "patterns": {"mem_cgroup_charge_v58": FIGURES}}
    (tmp_path / "counts.json").write_text(json.dumps(counts))
    return top


def run(tree: Path, *more: str) -> int:
    return main([str(tree), "--counts", str(tree.parent / "counts.json"), *more])


def test_what_is_stored(tree: Path) -> None:
    counts = tree.parent / "counts.json"
    counts.write_text('{"version": "", "patterns": {"mem_cgroup_charge_v58": {"paths": ["mm"]}}}')
    assert run(tree, "--update") == 0
    assert json.loads(counts.read_text()) == {"version": "5.7.3", "patterns": {"mem_cgroup_charge_v58": FIGURES}}


def test_the_same_tree_holds(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tree) == 0
    assert capsys.readouterr().out.endswith("Linux 5.7.3: all counts hold\n")


def test_another_figure_fails(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "mm" / "page.c").write_text(CODE + "/* mem_cgroup_commit_charge() is above */\n")
    assert run(tree) == 1
    assert "mem_cgroup_charge_v58: mentions: comment kept: 0 expected, 1 found\n" in capsys.readouterr().out


def test_another_release_may_have_other_mentions(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (tree / "Makefile").read_text().replace("SUBLEVEL = 3", "SUBLEVEL = 4")
    (tree / "Makefile").write_text(text)
    assert run(tree) == 0
    assert "all counts hold within tolerance (they are of 5.7.3)" in capsys.readouterr().out
    (tree / "mm" / "page.c").write_text(CODE + CODE.replace("int f", "int g"))
    assert run(tree) == 1
    assert "sites: {'migrated': 1} expected, {'migrated': 2} found" in capsys.readouterr().out


def test_a_mention_that_only_grep_counts_fails(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.realtree.check.counted_by_grep", lambda *_given: 3)
    assert run(tree) == 1
    assert "2 mentions, but grep counts 3" in capsys.readouterr().out


def test_what_is_no_kernel_tree(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no kernel tree"):
        version_of(tmp_path)
