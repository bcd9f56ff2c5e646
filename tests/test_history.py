"""``tests/history/measure.py`` on two small trees of our own: each class of outcome occurs."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

HISTORY = Path(__file__).resolve().parent / "history"
OLD = {
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
static int gone(void) { c = class_create(THIS_MODULE, "gone"); return 0; }
static int twice(void) { c = class_create(THIS_MODULE, "a"); d = class_create(THIS_MODULE, "a"); return 0; }
""",
    "moved/b.c": """\
static int moved(void) { c = class_create(THIS_MODULE, "moved"); return 0; }
static int start(void) { c = class_create(THIS_MODULE, "start"); return register_lamp(c); }
""",
}
NEW = {
    "a.c": """\
static int same(void) { c = class_create(  "same"); return 0; }
static int wrapped(void) { c = class_create(name_of(THIS_MODULE)); return 0; }
static int more(void) { return class_register(&c); }
static int other(void) { c = class_create("another"); return 0; }
static int kept(void) { c = class_create(THIS_MODULE, "kept"); return 0; }
static int lost(void) { return 0; }
static int twice(void) { c = class_create("a"); return 0; }
""",
    "elsewhere/b.c": """\
static int moved(void) { c = class_create("moved"); return 0; }
static int start(void) { while (tape_is_running(tape)) msleep(10); tape->state = STOPPED; return tape_error(tape); }
""",
}


@pytest.fixture(scope="module")
def measure() -> ModuleType:
    spec = importlib.util.spec_from_file_location("history_measure", HISTORY / "measure.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    for name, files in (("old", OLD), ("new", NEW)):
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)
    return tmp_path / "old", tmp_path / "new"


def test_the_classes(measure: ModuleType, trees: tuple[Path, Path]) -> None:
    found = measure.measure(*trees, "class_create", 1)
    kinds = {(item.region, item.kind) for item in found.outcomes}
    assert kinds == {
        ("same", "agrees"),
        ("wrapped", "agrees"),
        ("more", "replaced since"),
        ("other", "differs"),
        ("kept", "old form kept"),
        ("lost", "not found"),
        ("gone", "function gone"),
        ("twice", "agrees"),
        ("twice", "differs"),
        ("moved", "agrees"),
        ("start", "function gone"),  # another function of this name, in a file of the same name
    }
    assert Counter(item.kind for item in found.outcomes)["agrees"] == 4
    assert found.comparable == 8
    assert found.agreement == pytest.approx(4 / 8)


def test_the_report(measure: ModuleType, trees: tuple[Path, Path], tmp_path: Path) -> None:
    place = tmp_path / "RESULTS.md"
    assert measure.main([*map(str, trees), "-p", "class_create", "-j", "1", "-o", str(place)]) == 0
    text = place.read_text()
    assert "| class_create | 11 | 4 | 0 | 2 | 1 | 1 | 1 | 2 | 50.0% | 50.0% | 0 | 100.0% |" in text
    assert "- a.c:kept" in text
    assert "THIS_MODULE" not in text  # no code


def test_the_results_that_are_kept(measure: ModuleType) -> None:
    """At least 95 % agreement for each pattern that was left enough sites to say so, every disagreement explained."""
    text = (HISTORY / "RESULTS.md").read_text(encoding="utf-8")
    rows = {}
    for line in re.findall(r"^\| (\w+ \| \d.*) \|$", text, re.MULTILINE):
        name, rewritten, *figures = line.split(" | ")
        left = int(rewritten) - int(figures[5]) - int(figures[6])  # but for replaced and gone
        rows[name] = (left, float(figures[7].removesuffix("%")))
    assert set(rows) == set(measure.PATTERNS)
    assert all(agreement >= (95 if left >= 100 else 90) for left, agreement in rows.values()), rows
    assert "not looked at yet" not in text
    assert not re.search(r"[{};]$", text, re.MULTILINE)  # no code
