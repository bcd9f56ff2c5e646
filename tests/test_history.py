"""``tests/history`` on two small trees of our own: each class of outcome occurs, and the page that is kept holds."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from migrator.pattern.load import load_pattern
from tests.history.later import History, Later, Moved, Replaced, read_history
from tests.history.measure import PATTERNS, main, measure, nearest
from tests.history.report import Measured, Row, report

RESULTS = Path(__file__).resolve().parent / "history" / "RESULTS.md"
OLD = {
    "Makefile": "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 9\n",
    "a.c": """\
static int same(void) { c = class_create(THIS_MODULE, "same"); return 0; }
static int wrapped(void)
{
	c = class_create(THIS_MODULE,
			 name_of(THIS_MODULE));
	return 0;
}
static int more(void) { c = class_create(THIS_MODULE, "more"); return 0; }
static int other(void) { c = class_create(THIS_MODULE, "other"); return 0; }
static int kept(void) { c = class_create(THIS_MODULE, "kept"); return 0; }
static int lost(void) { c = class_create(THIS_MODULE, "lost"); return 0; }
static int away(void) { c = class_create(THIS_MODULE, "away"); return 0; }
static int named(void) { c = class_create(THIS_MODULE, NAME); return 0; }
static int gone(void) { c = class_create(THIS_MODULE, "gone"); return 0; }
static int twice(void) { c = class_create(THIS_MODULE, "a"); d = class_create(THIS_MODULE, "a"); return 0; }
""",
    "moved/b.c": """\
static int moved(void) { c = class_create(THIS_MODULE, "moved"); return 0; }
static int start(void) { c = class_create(THIS_MODULE, "start"); return register_lamp(c); }
""",
}
NEW = {
    "Makefile": "VERSION = 6\nPATCHLEVEL = 5\nSUBLEVEL = 1\n",
    "group.c": 'static int away_init(void) { c = class_create("away"); return 0; }\n',
    "a.c": """\
static int same(void) { c = class_create(  "same"); return 0; }
static int wrapped(void) { c = class_create(name_of(THIS_MODULE)); return 0; }
static int more(void) { return class_register(&c); }
static int other(void) { c = class_create("another"); return 0; }
static int kept(void) { c = class_create(THIS_MODULE, "kept"); return 0; }
static int lost(void) { return 0; }
static int away(void) { return away_init(); }
static int named(void) { c = class_create(NAME "s"); return 0; }
static int twice(void) { c = class_create("a"); return 0; }
""",
    "elsewhere/b.c": """\
static int moved(void) { c = class_create("moved"); return 0; }
static int start(void) { while (tape_is_running(tape)) msleep(10); tape->state = STOPPED; return tape_error(tape); }
""",
}


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    for name, files in (("old", OLD), ("new", NEW)):
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)
    return tmp_path / "old", tmp_path / "new"


PLURAL = Later("6.5", "names are plural", "class_create({name})", ('class_create({name} "s")',))
MOVED = Moved("6.5", "a file of its own", "a.c:away", "group.c:away_init")
HISTORY = History(
    "6.4",
    new_names=("class_create",),
    later=(PLURAL,),
    moved=(MOVED,),
    replaced=(Replaced("6.5", "constant classes", ("class_register",), each=True),),
)


def test_the_classes(trees: tuple[Path, Path]) -> None:
    old, new = trees
    [found] = measure(old, [new], "class_create", HISTORY, 1)
    assert {(item.region, item.kind) for item in found.outcomes} == {
        ("same", "agrees"),
        ("wrapped", "agrees"),
        ("more", "replaced"),
        ("other", "differs"),
        ("kept", "kept"),
        ("lost", "not found"),
        ("away", "did more"),
        ("named", "did more"),
        ("gone", "gone"),
        ("twice", "agrees"),
        ("twice", "differs"),
        ("moved", "agrees"),
        ("start", "gone"),  # another function of this name, in a file of the same name
    }
    assert Counter(item.kind for item in found.outcomes)["agrees"] == 4
    assert found.comparable == 10
    assert found.agreement == pytest.approx(6 / 10)
    assert found.exact == pytest.approx(4 / 10)
    assert found.untouched == pytest.approx(4 / 8)


def test_a_rule_holds_from_its_release_on(trees: tuple[Path, Path]) -> None:
    old, new = trees
    (new / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 4\nSUBLEVEL = 0\n")
    [found] = measure(old, [new], "class_create", HISTORY, 1)
    kinds = {item.region: item.kind for item in found.outcomes}
    assert kinds["named"] == "differs"
    assert kinds["away"] == kinds["more"] == "not found"


def test_a_rule_of_some_files(trees: tuple[Path, Path]) -> None:
    old, new = trees
    for glob, kind in (("*.c", "did more"), ("drivers/*", "differs")):
        history = msgspec.structs.replace(HISTORY, later=(msgspec.structs.replace(PLURAL, files=(glob,)),))
        [found] = measure(old, [new], "class_create", history, 1)
        assert {item.kind for item in found.outcomes if item.region == "named"} == {kind}


def test_a_rule_about_some_values(trees: tuple[Path, Path]) -> None:
    old, new = trees
    for shape, kind in (("[A-Z]+", "did more"), ("[a-z]+", "differs")):
        rule = msgspec.structs.replace(PLURAL, where=(("name", shape),))
        [found] = measure(old, [new], "class_create", msgspec.structs.replace(HISTORY, later=(rule,)), 1)
        assert {item.kind for item in found.outcomes if item.region == "named"} == {kind}


def test_the_nearest_release(tmp_path: Path) -> None:
    trees = []
    for patch in (2, 10, 6):
        (tmp_path / str(patch)).mkdir()
        (tmp_path / str(patch) / "Makefile").write_text(f"VERSION = 6\nPATCHLEVEL = {patch}\nSUBLEVEL = 0\n")
        trees.append(tmp_path / str(patch))
    assert nearest(trees, "6.3") == trees[2]
    assert nearest(trees, "6.2") == trees[0]
    assert nearest(trees, "6.11") is None


def test_the_command(trees: tuple[Path, Path], tmp_path: Path) -> None:
    place = tmp_path / "RESULTS.md"
    old, new = map(str, trees)
    assert main([old, new, "--near", new, "-p", "class_create", "-j", "1", "-o", str(place)]) == 0
    text = place.read_text()
    row = "13 | 4 | 0 | 3 | 1 | 2 | 1 | 2 | 40.0% | 40.0% | 40.0% | 0 | 100.0% |"
    assert f"| class_create | {row}" in text
    assert f"| class_create | 6.5.1 | {row}" in text
    assert "- a.c:kept" in text
    assert "THIS_MODULE" not in text  # no code


def test_the_page_says_what_each_rule_explained(trees: tuple[Path, Path]) -> None:
    old, new = trees
    found = measure(old, [new], "class_create", HISTORY, 1)
    text = "\n".join(report([Row(load_pattern("class_create"), HISTORY, ["6.5.1"], found)], "6.1.9", "6.5.1"))
    assert "- 1: 6.5, names are plural (a.c:named)" in text
    assert "- 1: 6.5, a file of its own (a.c:away)" in text


def test_nothing_is_measured_as_nothing() -> None:
    assert Measured().agreement == Measured().recall == 0.0


def test_the_results_that_are_kept() -> None:
    """At least 95 % agreement for each pattern, every disagreement explained, no rule that explains nothing."""
    text = RESULTS.read_text(encoding="utf-8")
    main_table, _, near_table = text.partition("\n## class_create")[0].partition("\n## Beside")
    rows = {line.split(" | ")[0]: line for line in re.findall(r"^\| (\w+ \| \d.*) \|$", main_table, re.MULTILINE)}
    assert set(rows) == set(PATTERNS) == set(re.findall(r"^\| (\w+) \| 6\.", near_table, re.MULTILINE))
    assert all(float(line.split(" | ")[9].removesuffix("%")) >= 95 for line in rows.values()), rows
    assert "not looked at yet" not in text
    assert not re.search(r"^- 0: ", text, re.MULTILINE)
    assert not re.search(r"[{};]$", text, re.MULTILINE)  # no code


def test_each_rule_is_on_the_page_that_is_kept() -> None:
    text = RESULTS.read_text(encoding="utf-8")
    for history in read_history().values():
        for rule in (*history.later, *history.moved, *history.replaced):
            assert f": {rule.since}, {rule.why}" in text
