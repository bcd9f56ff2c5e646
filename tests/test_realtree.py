"""The check of real trees (``tests/realtree``) on a small tree: what makes it fail, and what does not."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from migrator.pattern.load import load_pattern
from migrator.testing import read_all_cases, run_cases
from tests.realtree import rewritten
from tests.realtree.check import main, version_of
from tests.realtree.commands import Run, count_words, git_apply
from tests.realtree.figures import Figures, Row, differences

pytestmark = pytest.mark.skipif(not (shutil.which("grep") and shutil.which("git")), reason="needs grep and git")

TIMERS = Path(__file__).resolve().parent / "realtree" / "timer_delete"
CHARGE = """int f(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}
"""
CHARGES = {
    "paths": ["mm"],
    "sites": {"migrated": 1},
    "codes": {},
    "mentions": {"site migrated": 2},
    "words": {},
    "added": 1,
    "removed": 4,
}
STOP = """/* del_timer_sync() waits. */
int stop(struct lamp *lamp)
{
	timer_delete(&lamp->fade);
	if (!del_timer(&lamp->blink))
		return del_timer_sync(&lamp->glow);
	return lamp_call(lamp, del_timer);
}
"""
STOPS = {
    "paths": ["lamp", "mm"],
    "sites": {"migrated": 2, "refused": 1},
    "codes": {"unknown-shape": 1},
    "mentions": {"comment kept": 1, "site migrated": 2, "site refused": 1},
    "words": {"del_timer": 1, "del_timer_sync": 1, "timer_delete": 2, "timer_delete_sync": 1},
    "added": 2,
    "removed": 2,
}
KNOWN = {"mem_cgroup_charge_v58": CHARGES, "./timer_delete": STOPS}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "linux"
    for folder in ("mm", "lamp"):
        (top / folder).mkdir(parents=True)
    (top / "Makefile").write_text("VERSION = 5\nPATCHLEVEL = 7\nSUBLEVEL = 3\nEXTRAVERSION =\n")
    (top / "mm" / "page.c").write_text(CHARGE)
    (top / "lamp" / "stop.c").write_text(STOP)
    shutil.copytree(TIMERS, tmp_path / "timer_delete")
    store(top, KNOWN)
    return top


def store(tree: Path, patterns: object) -> Path:
    counts = tree.parent / "counts.json"
    counts.write_text(json.dumps({"version": "5.7.3", "patterns": patterns}))
    return counts


def run(tree: Path, *more: str) -> int:
    return main([str(tree), "--counts", str(tree.parent / "counts.json"), *more])


def timers(tree: Path) -> Run:
    return Run(tree, str(TIMERS), ["lamp"])


def copy_of(tree: Path) -> Path:
    """What becomes of the tree."""
    copy = tree.parent / "copy"
    shutil.copytree(tree, copy)
    assert not git_apply(copy, timers(tree).migrator("diff"))
    return copy


# -- the whole command ---------------------------------------------------------------------------------------------


def test_what_is_stored(tree: Path) -> None:
    counts = store(tree, {name: {"paths": known["paths"]} for name, known in KNOWN.items()})
    assert run(tree, "--update") == 0
    assert json.loads(counts.read_text()) == {"version": "5.7.3", "patterns": KNOWN}


def test_the_same_tree_holds(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tree) == 0
    assert capsys.readouterr().out.endswith("Linux 5.7.3: all counts hold\n")


def test_another_figure_fails_and_is_shown_in_a_table(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "mm" / "page.c").write_text(CHARGE + "/* mem_cgroup_commit_charge() and del_timer() */\n")
    assert run(tree) == 1
    assert (
        """
what                                           expected  found
mem_cgroup_charge_v58: mentions: comment kept         0  1
./timer_delete: mentions: comment kept                1  2
./timer_delete: words: del_timer                      1  2

counts of Linux 5.7.3 do not hold"""
        in capsys.readouterr().out
    )


def test_another_release_may_have_other_mentions(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (tree / "Makefile").read_text().replace("SUBLEVEL = 3", "SUBLEVEL = 4")
    (tree / "Makefile").write_text(text)
    store(tree, {"mem_cgroup_charge_v58": CHARGES})
    assert run(tree) == 0
    assert "all counts hold within tolerance (they are of 5.7.3)" in capsys.readouterr().out
    (tree / "mm" / "page.c").write_text(CHARGE + CHARGE.replace("int f", "int g"))
    assert run(tree) == 1
    assert "mem_cgroup_charge_v58: sites: migrated         1  2\n" in capsys.readouterr().out


def test_a_mention_that_only_grep_counts_fails(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tree, {"mem_cgroup_charge_v58": CHARGES})
    monkeypatch.setattr("tests.realtree.check.count_words", lambda *_given: Counter(word=3))
    assert run(tree) == 1
    assert "mem_cgroup_charge_v58: mentions, by grep         3  2\n" in capsys.readouterr().out


def test_a_mention_that_is_not_accounted_for_fails(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tree, {"./timer_delete": STOPS})
    genuine = Run.migrator

    def migrator(self: Run, command: str, *options: str) -> bytes:
        return genuine(self, command, *options).replace(b'"unaccounted": 0', b'"unaccounted": 7')

    monkeypatch.setattr(Run, "migrator", migrator)
    assert run(tree, "--update") == 1
    assert "./timer_delete: mentions unaccounted for" in capsys.readouterr().out


def test_a_series_without_effect_fails(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewritten, "apply_series", lambda *_given: ())
    assert run(tree, "--update") == 1
    table = capsys.readouterr().out.splitlines()
    rows = {tuple(line.split("  ")[0].split(": ", 1)): line.split()[-2:] for line in table if ": " in line}
    assert rows["mem_cgroup_charge_v58", "sites that a second run finds"] == ["0", "1"]
    assert rows["./timer_delete", "sites that a second run finds"] == ["0", "2"]
    assert rows["./timer_delete", "del_timer behind the series"] == ["1", "2"]
    assert rows["./timer_delete", "del_timer_sync behind the series"] == ["1", "2"]
    assert rows["./timer_delete", "timer_delete, timer_delete_sync behind the series"] == ["3", "1"]
    assert ("./timer_delete", "the diff behind the series, backwards") in rows


def test_what_is_no_kernel_tree(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no kernel tree"):
        version_of(tmp_path)


def test_a_command_that_cannot_do_its_work_ends_the_run(tree: Path) -> None:
    with pytest.raises(SystemExit, match=r"migrator scan -p \./none ended with 2:\nmigrator: error: "):
        Run(tree, "./none", ["mm"]).migrator("scan")


# -- how far figures may differ ------------------------------------------------------------------------------------


def test_every_figure_is_compared() -> None:
    known = Figures(["mm"], {"migrated": 1}, {"unparsed": 2}, {"comment kept": 3}, {"del_timer": 4}, 5, 6)
    rows = [(row.what, row.expected, row.found) for row in differences(known, Figures(["mm"]), exact=True)]
    assert rows == [
        ("sites: migrated", 1, 0),
        ("codes: unparsed", 2, 0),
        ("mentions: comment kept", 3, 0),
        ("words: del_timer", 4, 0),
        ("lines added", 5, 0),
        ("lines removed", 6, 0),
    ]


@pytest.mark.parametrize(
    ("sites", "mentions", "wrong"),
    [
        (Counter(migrated=108, refused=9), 330, []),
        (Counter(migrated=111, refused=9), 330, ["sites: migrated"]),
        (Counter(migrated=100, refused=8), 330, ["sites: refused"]),
        (Counter(migrated=100, refused=9, warned=1), 330, ["sites: warned"]),
        (Counter(migrated=100, refused=9), 331, ["mentions"]),
    ],
)
def test_a_tenth_is_tolerated(sites: Counter[str], mentions: int, wrong: list[str]) -> None:
    known = Figures(["mm"], {"migrated": 100, "refused": 9}, mentions={"site migrated": 300})
    found = Figures(["mm"], sites, mentions={"site migrated": mentions})
    assert [row.what for row in differences(known, found, exact=False)] == wrong


# -- what is wrong with a rewritten tree ---------------------------------------------------------------------------


def test_a_patch_that_does_not_apply(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewritten, "git_apply", lambda at, patch: git_apply(at, patch.replace(b"-\tif", b"-\tIF")))
    [row] = rewritten.apply_series(timers(tree), tree.parent / "mails")
    assert (row.what, row.expected) == ("0001-lamp-stop-switch-to-timer_delete-_sync.patch", "applies")
    assert "patch does not apply" in str(row.found)
    assert (tree / "lamp" / "stop.c").read_text() == STOP


def test_a_file_that_parses_worse(tree: Path) -> None:
    copy = copy_of(tree)
    files = ["lamp/stop.c", "mm/page.c"]
    assert not list(rewritten.check_parses(tree, copy, files))
    (copy / "lamp" / "stop.c").write_text(STOP.replace("(&lamp->blink))", "(&lamp->blink)"))
    [row] = rewritten.check_parses(tree, copy, files)
    assert (row.what, row.expected) == ("lamp/stop.c: parse errors", "0 at most")
    assert not list(rewritten.check_parses(copy, tree, files)), "better is not worse"


def test_a_file_that_the_series_has_removed(tree: Path) -> None:
    copy = copy_of(tree)
    (copy / "mm" / "page.c").unlink()
    files, diff = ["lamp/stop.c", "mm/page.c"], timers(tree).migrator("diff")
    [row] = rewritten.check_taken_back(tree, copy, files, diff)
    assert row.found == "1, first mm/page.c"
    assert not list(rewritten.check_parses(tree, copy, files))
    [row] = rewritten.check_taken_back(tree, copy, files, diff)
    assert (row.what, row.expected) == ("the diff behind the series, backwards", "applies")


def test_a_change_that_is_not_in_the_diff(tree: Path) -> None:
    copy = copy_of(tree)
    (copy / "mm" / "page.c").write_text(CHARGE.replace("ENOMEM", "ENOSPC"))
    [row] = rewritten.check_taken_back(tree, copy, ["lamp/stop.c", "mm/page.c"], timers(tree).migrator("diff"))
    assert row == Row("files that series and diff change differently", 0, "1, first mm/page.c")
    assert (copy / "lamp" / "stop.c").read_text() == STOP


def test_one_name_for_another(tree: Path) -> None:
    pattern = load_pattern(str(TIMERS))
    mentions = [{"name": "del_timer", "status": "migrated"}, {"name": "del_timer", "status": "kept"}]
    before = Counter(del_timer=2, del_timer_sync=1)
    new = rewritten.new_names(pattern)
    right = Counter(del_timer=1, del_timer_sync=1, timer_delete=1)
    assert not list(rewritten.check_words(pattern, new, mentions, before, right))
    wrong = Counter(del_timer=2, timer_delete=1)
    rows = list(rewritten.check_words(pattern, new, mentions, before, wrong))
    assert rows == [Row("del_timer behind the series", 1, 2), Row("del_timer_sync behind the series", 1, 0)]
    rows = list(rewritten.check_words(pattern, new, mentions, before, right + Counter(timer_delete_sync=1)))
    assert rows == [Row("timer_delete, timer_delete_sync behind the series", 1, 2)]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        (str(TIMERS), {"timer_delete", "timer_delete_sync"}),
        ("strscpy", {"strscpy"}),
        ("class_create", set()),  # keeps its name
        ("no_llseek", set()),
        ("mem_cgroup_charge_v58", set()),
    ],
)
def test_which_patterns_only_rename(pattern: str, names: set[str]) -> None:
    assert rewritten.new_names(load_pattern(pattern)) == names


def test_what_is_copied(tree: Path) -> None:
    (tree / ".clang-format").write_text("ForEachMacros:\n  - lamp_each\n")
    (tree / "mm" / "Makefile").write_text("")
    given = Run(tree, str(TIMERS), ["mm", "lamp"])
    assert rewritten.copy_files(given, tree.parent / "a", {"lamp/stop.c"}) == ["lamp/stop.c"]
    assert list_of(tree.parent / "a") == [".clang-format", "lamp", "lamp/stop.c", "mm"]
    given = Run(tree, "mem_cgroup_charge_v58", ["mm"])
    assert rewritten.copy_files(given, tree.parent / "b", ()) == ["mm/page.c"]
    assert list_of(tree.parent / "b") == [".clang-format", "mm", "mm/page.c"]


def list_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_words_are_counted_one_by_one(tree: Path) -> None:
    (tree / "lamp" / "notes.txt").write_text("del_timer")
    assert count_words(tree, {"del_timer", "del_timer_sync"}, ["lamp"]) == {"del_timer": 2, "del_timer_sync": 2}


# -- the pattern of this check -------------------------------------------------------------------------------------


def test_cases_of_timer_delete() -> None:
    outcomes = list(run_cases(read_all_cases(TIMERS / "testdata", str(TIMERS))))
    assert {outcome.case.name for outcome in outcomes} == {"calls", "elsewhere", "header"}
    assert not [outcome.report for outcome in outcomes if outcome.problems]
