"""Two hand-written versions of a function: which differences of their error paths are found, and which are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

import pytest

from migrator.diagnostics import Code
from migrator.edits import Edit, PositionMap
from migrator.errorpaths.compare import Finding, Side, compare, ignored_names
from migrator.errorpaths.effects import Effect, effects_of
from migrator.errorpaths.outlives import End, unreleased_ends, unreleased_exits
from migrator.errorpaths.shape import changed_flow
from migrator.flow import NodeKind
from migrator.flow.values import Value
from migrator.pattern.load import load_pattern
from migrator.source import SourceFile
from migrator.transaction.model import FunctionModel, model_function, new_calls
from tests.flow_code import DIALECT

PATTERN = load_pattern("mem_cgroup_charge")
TRY = "mem_cgroup_try_charge(page, mm, gfp, &memcg)"
NEW = "mem_cgroup_charge(page, mm, gfp, false)"
ENDS = "\tmem_cgroup_commit_charge(page, memcg, false);\n"


def model_of(text: str) -> FunctionModel:
    source = SourceFile.parse("f.c", text.encode(), DIALECT)
    (function,) = source.functions
    assert not function.broken, text
    return model_function(source, function, PATTERN)


def version(body: str) -> str:
    """``TRY`` and ``NEW`` stand for the calls."""
    text = body.replace("TRY", TRY).replace("NEW", NEW)
    return f"int f(struct page *page, int a, int b)\n{{\n\tstruct mem_cgroup *memcg;\n\tint e;\n\n{text}}}\n"


def positions_of(before: str, after: str) -> PositionMap:
    """From a diff by lines."""
    old, new = (text.encode().splitlines(keepends=True) for text in (before, after))
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    edits = [
        Edit(starts[first], starts[last], b"".join(new[low:high]))
        for kind, first, last, low, high in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if kind != "equal"
    ]
    return PositionMap(edits)


def effects_by_text(model: FunctionModel, texts: tuple[str, ...]) -> list[Effect]:
    found = [effect for node in model.graph.nodes for effect in effects_of(model.facts, node)]
    chosen = [effect for effect in found if effect.text in texts]
    assert {effect.text for effect in chosen} == set(texts)
    return chosen


def findings_of(before: str, after: str, setup: tuple[str, ...] = ()) -> list[Finding]:
    old, new = model_of(version(before)), model_of(version(after))
    ignored = ignored_names(PATTERN)
    begins = [item.node for item in old.of_role("begin")]
    assert len(begins) == 1
    sides = (
        Side(old.analysis, begins, ignored, bool(setup)),
        Side(new.analysis, new_calls(new.facts, PATTERN), ignored, bool(setup)),
    )
    positions = positions_of(version(before), version(after))
    return compare(*sides, positions, PATTERN, effects_by_text(old, setup))


@dataclass(frozen=True)
class Pair:
    """``wanted`` are (code, line, part of the message); ``setup`` is what now runs before the charge."""

    before: str
    after: str
    wanted: tuple[tuple[Code, int, str], ...] = ()
    setup: tuple[str, ...] = ()


INSERT = "\te = insert(page);\n\tif (e)\n\t\tgoto undo;\n"
UNDO_BEFORE = "\treturn 0;\nundo:\n\tmem_cgroup_cancel_charge(page, memcg);\n\tdrop(page);\n\treturn e;\n"
UNDO_AFTER = "\treturn 0;\nundo:\n\tdrop(page);\n\treturn e;\n"
GET = "\tget_page(page);\n"
MAP = "\tpage->mapping = m;\n"
# A version before in which the setup comes behind the begin, and its cleanup.
LATE = f"\te = TRY;\n\tif (e)\n\t\treturn e;\n{GET}{MAP}{INSERT}{ENDS}\treturn 0;\nundo:\n"
EARLY = f"{GET}{MAP}\te = NEW;\n\tif (e)\n\t\tgoto undo;\n{INSERT}\treturn 0;\nundo:\n"
CANCEL = "\tmem_cgroup_cancel_charge(page, memcg);\n"
ROUND = "again:\n\tif (busy()) {\n\t\tx();\n\t\tgoto again;\n\t}\n"
SETUP = ("get_page(page)", "page->mapping = m")
W, L, R, S = Code.ERROR_PATH_WIDENED, Code.CLEANUP_LOST, Code.RETURN_CHANGED, Code.SETUP_NOT_UNDONE

PAIRS = {
    "same": Pair(
        f"\te = TRY;\n\tif (e)\n\t\treturn e;\n{INSERT}{ENDS}{UNDO_BEFORE}",
        f"\te = NEW;\n\tif (e)\n\t\treturn e;\n{INSERT}{UNDO_AFTER}",
    ),
    "same-in-place": Pair(
        f"\tif (TRY)\n\t\treturn -ENOMEM;\n{INSERT}{ENDS}{UNDO_BEFORE}",
        f"\tif (NEW)\n\t\treturn -ENOMEM;\n{INSERT}{UNDO_AFTER}",
    ),
    "widened": Pair(
        f"\te = TRY;\n\tif (e)\n\t\treturn e;\n{INSERT}{ENDS}{UNDO_BEFORE}",
        f"\te = NEW;\n\tif (e)\n\t\tgoto undo;\n{INSERT}{UNDO_AFTER}",
        ((W, 6, "`drop(page)` now also runs when the charge fails (-ENOMEM or -EINTR); until now only when"),),
    ),
    "lost": Pair(
        f"\te = TRY;\n\tif (e)\n\t\tgoto undo;\n{ENDS}\treturn 0;\nundo:\n\tdrop(page);\n\treturn e;\n",
        "\te = NEW;\n\tif (e)\n\t\treturn e;\n\treturn 0;\n",
        ((L, 6, "`drop(page)` ran when the charge failed and no longer does"),),
    ),
    "lost-on-some-path": Pair(
        f"\te = TRY;\n\tif (e) {{\n\t\tdrop(page);\n\t\treturn e;\n\t}}\n{ENDS}\treturn 0;\n",
        "\te = NEW;\n\tif (e) {\n\t\tif (a)\n\t\t\tdrop(page);\n\t\treturn e;\n\t}\n\treturn 0;\n",
        ((L, 6, "no longer does on every path"),),
    ),
    "returned": Pair(
        f"\te = TRY;\n\tif (e)\n\t\treturn -ENOMEM;\n{ENDS}\treturn 0;\n",
        "\te = NEW;\n\tif (e)\n\t\treturn e;\n\treturn 0;\n",
        ((R, 6, "the function returned -ENOMEM and now returns the error of the charge"),),
    ),
    "returned-through-a-variable": Pair(
        f"\te = TRY;\n\tif (e)\n\t\treturn e;\n{ENDS}\treturn 0;\n",
        "\te = NEW;\n\tif (e)\n\t\tgoto out;\n\te = 0;\nout:\n\treturn e;\n",
    ),
    "overwritten-error": Pair(
        f"\te = TRY;\n\tif (e)\n\t\treturn e;\n{ENDS}\treturn 0;\n",
        "\te = NEW;\n\tif (e)\n\t\tgoto out;\nout:\n\te = 0;\n\treturn e;\n",
        ((R, 6, "returned the error of the charge and now returns 0"),),
    ),
    "widened-after-another-failure": Pair(
        f"\tif (TRY)\n\t\treturn -1;\n\tif (insert(page)) {{\n{CANCEL}\t\treturn -2;\n\t}}\n{ENDS}\treturn 0;\n",
        "\tif (NEW)\n\t\treturn -1;\n\tif (insert(page)) {\n\t\tdrop(page);\n\t\treturn -2;\n\t}\n\treturn 0;\n",
        ((W, 8, "`drop(page)` now also runs after `insert(page)`"),),
    ),
    "lost-and-returned-after-another-failure": Pair(
        f"\tif (TRY)\n\t\treturn -1;\n\tif (insert(page)) {{\n{CANCEL}\t\tdrop(page);\n\t\treturn -2;\n\t}}\n{ENDS}"
        "\treturn 0;\n",
        "\tif (NEW)\n\t\treturn -1;\n\tif (insert(page)) {\n\t\treturn -3;\n\t}\n\treturn 0;\n",
        (
            (L, 8, "`drop(page)` ran after `insert(page)` and no longer does"),
            (R, 8, "after `insert(page)` the function returned -2 and now returns -3"),
        ),
    ),
    "guard-dropped": Pair(
        f"\tif (TRY)\n\t\treturn -1;\n\tif (insert(page)) {{\n{CANCEL}\t\tif (a)\n\t\t\tdrop(page);\n"
        f"\t\treturn -2;\n\t}}\n{ENDS}\treturn 0;\n",
        "\tif (NEW)\n\t\treturn -1;\n\tif (insert(page)) {\n\t\tdrop(page);\n\t\treturn -2;\n\t}\n\treturn 0;\n",
        ((W, 8, "`drop(page)`"),),
    ),
    "guard-dropped-of-the-charge": Pair(
        f"\tif (TRY) {{\n\t\tif (a)\n\t\t\tdrop(page);\n\t\treturn -1;\n\t}}\n{ENDS}\treturn 0;\n",
        "\tif (NEW) {\n\t\tdrop(page);\n\t\treturn -1;\n\t}\n\treturn 0;\n",
        ((W, 6, "`drop(page)`"),),
    ),
    "runs-twice": Pair(
        f"\te = TRY;\n\tif (e) {{\n\t\tdrop(page);\n\t\treturn e;\n\t}}\n{ENDS}\treturn 0;\n",
        "\te = NEW;\n\tif (e) {\n\t\tdrop(page);\n\t\tgoto out;\n\t}\n\treturn 0;\nout:\n\tdrop(page);\n\treturn e;\n",
        ((W, 6, "`drop(page)` ran when the charge failed and now may run once more"),),
    ),
    "ran-twice": Pair(
        f"\te = TRY;\n\tif (e) {{\n\t\tdrop(page);\n\t\tgoto out;\n\t}}\n{ENDS}\treturn 0;\nout:\n\tdrop(page);\n"
        "\treturn e;\n",
        "\te = NEW;\n\tif (e) {\n\t\tdrop(page);\n\t\treturn e;\n\t}\n\treturn 0;\n",
        ((L, 6, "`drop(page)` ran when the charge failed twice and now runs once"),),
    ),
    "runs-a-third-time": Pair(
        f"\te = TRY;\n\tif (e) {{\n\t\tdrop(page);\n\t\tdrop(page);\n\t\treturn e;\n\t}}\n{ENDS}\treturn 0;\n",
        "\te = NEW;\n\tif (e) {\n\t\tdrop(page);\n\t\tdrop(page);\n\t\tdrop(page);\n\t\treturn e;\n\t}\n\treturn 0;\n",
        ((W, 6, "`drop(page)` ran when the charge failed and now may run once more"),),
    ),
    "stores-twice": Pair(
        f"\te = TRY;\n\tif (e) {{\n\t\tpage->index = 0;\n\t\treturn e;\n\t}}\n{ENDS}\treturn 0;\n",
        "\te = NEW;\n\tif (e) {\n\t\tpage->index = 0;\n\t\tpage->index = 0;\n\t\treturn e;\n\t}\n\treturn 0;\n",
    ),
    "counts-twice": Pair(
        f"\te = TRY;\n\tif (e) {{\n\t\tpage->index++;\n\t\treturn e;\n\t}}\n{ENDS}\treturn 0;\n",
        "\te = NEW;\n\tif (e) {\n\t\tpage->index++;\n\t\tpage->index++;\n\t\treturn e;\n\t}\n\treturn 0;\n",
        ((W, 6, "`page->index++`"),),
    ),
    "not-tested-any-more": Pair(
        f"\tif (!(e = TRY))\n{ENDS.replace(chr(9), chr(9) * 2)}\treturn e;\n",
        "\te = NEW;\n\treturn e;\n",
    ),
    "not-tested-and-lost": Pair(
        f"\tif (!(e = TRY))\n{ENDS.replace(chr(9), chr(9) * 2)}\telse\n\t\tdrop(page);\n\treturn e;\n",
        "\te = NEW;\n\treturn e;\n",
        ((L, 6, "`drop(page)`"),),
    ),
    "reference-of-its-own": Pair(
        f"\te = TRY;\n\tif (e) {{\n\t\tput_page(page);\n\t\treturn e;\n\t}}\n{GET}{INSERT}{ENDS}\treturn 0;\nundo:\n"
        f"{CANCEL}\tput_page(page);\n\treturn e;\n",
        f"{GET}\te = NEW;\n\tif (e)\n\t\tgoto undo;\n{INSERT}\treturn 0;\nundo:\n\tput_page(page);\n\treturn e;\n",
        ((S, 6, "`get_page(page)`"),),
        setup=("get_page(page)",),
    ),
    "lock-around": Pair(
        f"\te = TRY;\n\tif (e)\n\t\treturn e;\n\tlock(page);\n\tunlock(page);\n{INSERT}{ENDS}\treturn 0;\nundo:\n"
        f"{CANCEL}\treturn e;\n",
        f"\tlock(page);\n\tunlock(page);\n\te = NEW;\n\tif (e)\n\t\tgoto undo;\n{INSERT}"
        "\treturn 0;\nundo:\n\treturn e;\n",
        ((S, 6, "`lock(page)` and `unlock(page)` now run before the charge, also when the charge fails"),),
        setup=("lock(page)", "unlock(page)"),
    ),
    "round-to-the-begin": Pair(
        f"{ROUND}{LATE}\tpage->mapping = NULL;\n{CANCEL}\tput_page(page);\n\treturn e;\n",
        f"{ROUND}{EARLY}\tpage->mapping = NULL;\n\tput_page(page);\n\treturn e;\n",
        setup=SETUP,
    ),
    "round-to-the-begin-and-lost": Pair(
        f"{ROUND}{LATE}\tpage->mapping = NULL;\n{CANCEL}\tput_page(page);\n\treturn e;\n",
        ROUND.replace("\t\tx();\n", "") + f"{EARLY}\tpage->mapping = NULL;\n\tput_page(page);\n\treturn e;\n",
        ((L, 7, "`x()` ran after `busy()` and no longer does"),),
        setup=SETUP,
    ),
    "setup-undone": Pair(
        f"{LATE}\tpage->mapping = NULL;\n{CANCEL}\tput_page(page);\n\treturn e;\n",
        f"{EARLY}\tpage->mapping = NULL;\n\tput_page(page);\n\treturn e;\n",
        setup=SETUP,
    ),
    "setup-not-undone": Pair(
        f"{LATE}{CANCEL}\tput_page(page);\n\treturn e;\n",
        f"{EARLY}\tput_page(page);\n\treturn e;\n",
        ((S, 6, "`page->mapping = m` now runs before the charge and is not undone"),),
        setup=SETUP,
    ),
    "setup-undone-for-another-object": Pair(
        f"{LATE}\tpage->mapping = NULL;\n{CANCEL}\tput_page(other);\n\treturn e;\n",
        f"{EARLY}\tpage->mapping = NULL;\n\tput_page(other);\n\treturn e;\n",
        ((S, 6, "`get_page(page)`"), (W, 6, "`put_page(other)`")),
        setup=SETUP,
    ),
    "setup-undone-on-some-path": Pair(
        f"{LATE}\tpage->mapping = NULL;\n{CANCEL}\tif (a)\n\t\tput_page(page);\n\treturn e;\n",
        f"{EARLY}\tpage->mapping = NULL;\n\tif (a)\n\t\tput_page(page);\n\treturn e;\n",
        ((S, 6, "`get_page(page)`"), (W, 6, "`put_page(page)`")),
        setup=SETUP,
    ),
    "setup-overwritten": Pair(
        f"{LATE}\tpage->mapping = old;\n{CANCEL}\tput_page(page);\n\treturn e;\n",
        f"{EARLY}\tpage->mapping = old;\n\tput_page(page);\n\treturn e;\n",
        setup=SETUP,
    ),
    "retry-is-not-return": Pair(
        f"again:\n\te = TRY;\n\tif (e)\n\t\tgoto again;\n{ENDS}\treturn 0;\n",
        "again:\n\te = NEW;\n\tif (e)\n\t\treturn e;\n\treturn 0;\n",
        ((R, 7, "returned retries and now returns the error of the charge"),),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_differences(name: str) -> None:
    pair = PAIRS[name]
    found = findings_of(pair.before, pair.after, pair.setup)
    assert [(item.code, item.line) for item in found] == [(code, line) for code, line, _ in pair.wanted], found
    for finding, (_, _, text) in zip(found, pair.wanted, strict=True):
        assert text in finding.message


# A cleanup that runs before and after, with what stands between the old place of the call and the new one.
SETS = "\tpage->mapping = m;\n\ta SET;\n"
READ = f"{INSERT}{ENDS}\treturn 0;\nundo:\n\tpage->mapping = NULL;\n{CANCEL}out:\n\tgive(b, READ);\n\treturn e;\n"
LATE_READ = f"\tFIRST;\n\te = TRY;\n\tif (e)\n\t\tgoto out;\n{SETS}{READ}"
EARLY_READ = f"\tFIRST;\n{SETS}\te = NEW;\n\tif (e)\n\t\tgoto undo;\n{READ}".replace(CANCEL, "").replace(ENDS, "")


@pytest.mark.parametrize(
    ("first", "sets", "read", "told"),
    [
        ("a = 0", "= 1", "a", True),
        ("a = 0", "= 1", "x[a]->y", True),
        ("a = 0", "++", "a", True),
        ("a = f()", "= f()", "a", True),
        ("a = 1", "= 1", "a", False),
        ("a = 0", "= 1", "b", False),
        ("a = 0", "= 1", "sizeof(b)", False),
        ("if (b)\n\t\ta = 2", "= 2", "a", True),  # some other value where b is not set
        ("again:\n\tif (b)\n\t\tgoto again;\n\ta = 0", "= 1", "a", True),
    ],
)
def test_a_cleanup_that_reads_what_is_set_by_then(first: str, sets: str, read: str, told: bool) -> None:
    before, after = (
        text.replace("FIRST", first).replace("SET", sets).replace("READ", read) for text in (LATE_READ, EARLY_READ)
    )
    found = [item for item in findings_of(before, after, ("page->mapping = m",)) if item.code is Code.ARGUMENT_DRIFT]
    assert len(found) == told
    for item in found:
        assert f"`give(b, {read})` runs when the charge fails, as before, but a is set at line" in item.message


@pytest.mark.parametrize(
    ("returned", "told"),
    [("a + e", True), ("-a", True), ("x[a]", True), ("b + e", False), ("ERR_PTR(e)", False), ("(a)", True)],
)
def test_an_expression_is_returned_that_reads_what_is_set_by_then(returned: str, told: bool) -> None:
    texts = [
        text.replace("FIRST", "a = f()").replace("SET", "= g()").replace("READ", "b").replace("return e", "return RET")
        for text in (LATE_READ, EARLY_READ)
    ]
    found = findings_of(*(text.replace("RET", returned) for text in texts), ("page->mapping = m",))
    assert ([item.code for item in found] == [Code.RETURN_CHANGED]) == told, found


def test_a_retry_comes_by_what_is_set() -> None:
    again = "again:\n\te = TRY;\n\tif (e)\n\t\tgoto out;\n"
    before = f"\ta = 0;\n{again}{SETS}\tif (busy()) {{\n{CANCEL}\t\tgoto again;\n\t}}\n{READ}"
    after = before.replace(again, "again:\n").replace(CANCEL, "\t\tx();\n").replace(ENDS, "")
    after = after.replace("\tif (busy())", "\te = NEW;\n\tif (e)\n\t\tgoto undo;\n\tif (busy())")
    texts = (text.replace("SET", "= 1").replace("READ", "a") for text in (before, after))
    found = [item for item in findings_of(*texts, ("page->mapping = m",)) if item.code is Code.ARGUMENT_DRIFT]
    assert [item.message for item in found] == [
        "`give(b, a)` runs when the charge fails, as before, but a is set at line 12 by then"
    ]


def test_a_widened_cleanup_names_the_failure_that_it_was_for() -> None:
    pair = PAIRS["widened"]
    (finding,) = findings_of(pair.before, pair.after)
    assert "only when `insert(page)` failed" in finding.message
    (related,) = finding.related
    assert related[0] == version(pair.before)[: version(pair.before).index("drop(page)")].count("\n") + 1


# -- the flow of what stays ----------------------------------------------------------------------------------------

SHAPES: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "same": ("\tif (a)\n\t\tx();\n\ty();\n", "\tif (a)\n\t\tx();\n\ty();\n", ()),
    "statement-deleted": ("\tx();\n\tgone();\n\ty();\n", "\tx();\n\ty();\n", ()),
    "guard-deleted": ("\tx();\n\tif (a)\n\t\tgone();\n\ty();\n", "\tx();\n\ty();\n", ()),
    "goto-retargeted": (
        "\tif (a)\n\t\tgoto one;\n\tx();\none:\n\tgone();\ntwo:\n\ty();\n",
        "\tif (a)\n\t\tgoto two;\n\tx();\ntwo:\n\ty();\n",
        (),
    ),
    "goto-misled": (
        "\tif (a)\n\t\tgoto one;\n\tx();\none:\n\ty();\n\tz();\ntwo:\n\tw();\n",
        "\tif (a)\n\t\tgoto two;\n\tx();\none:\n\ty();\n\tz();\ntwo:\n\tw();\n",
        (6,),
    ),
    "else-of-another-if": (
        "\tif (a) {\n\t\tif (b)\n\t\t\tx();\n\t} else\n\t\ty();\n",
        "\tif (a)\n\t\tif (b)\n\t\t\tx();\n\t\telse\n\t\t\ty();\n",
        (6, 7),
    ),
    "slipped-out-of-the-loop": (
        "\twhile (a) {\n\t\tx();\n\t\ty();\n\t}\n",
        "\twhile (a)\n\t\tx();\n\t\ty();\n",
        (6, 7, 8),
    ),
    "guard-lost": ("\tw();\n\tif (a)\n\t\tx();\n\ty();\n", "\tw();\n\tx();\n\ty();\n", (6,)),
}


def by_words(before: str, after: str) -> PositionMap:
    """From a diff by characters, so that what stands on a changed line is followed too."""
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return PositionMap(
        [Edit(first, last, after[low:high].encode()) for kind, first, last, low, high in codes if kind != "equal"]
    )


@pytest.mark.parametrize("name", SHAPES)
def test_changed_flow(name: str) -> None:
    before, after, lines = SHAPES[name]
    texts = version(before), version(after)
    old, new = (model_of(text) for text in texts)
    assert changed_flow(old.graph, new.graph, by_words(*texts)) == lines


TWINS: dict[str, tuple[str, str, bool, tuple[int, ...]]] = {
    "same": ("\tif (old(a))\n\t\tx();\n\telse\n\t\ty();\n", "\tif (new(a))\n\t\tx();\n\telse\n\t\ty();\n", False, ()),
    "turned": ("\tif (old(a) == 0)\n\t\tx();\n\ty();\n", "\tif (new(a) != 0)\n\t\tx();\n\ty();\n", True, (6,)),
    "opposite": (
        "\tif (old(a) == 0)\n\t\tgone();\n\telse\n\t\tx();\n\ty();\n",
        "\tif (new(a) != 0)\n\t\tx();\n\ty();\n",
        True,
        (),
    ),
    "swapped": (
        "\tif (old(a))\n\t\tx();\n\telse\n\t\ty();\n",
        "\tif (!new(a))\n\t\tx();\n\telse\n\t\ty();\n",
        False,
        (6,),
    ),
    "no-test-left": ("\tif (old(a))\n\t\tgone();\n\ty();\n", "\tnew(a);\n\ty();\n", False, ()),
}


@pytest.mark.parametrize("name", TWINS)
def test_changed_flow_behind_twins(name: str) -> None:
    before, after, opposite, lines = TWINS[name]
    texts = version(before), version(after)
    old, new = (model_of(text) for text in texts)
    (first,) = [node for node in old.graph.nodes if node.syntax and old.source.text(node.syntax).startswith(b"old")]
    (second,) = [node for node in new.graph.nodes if node.syntax and new.source.text(node.syntax).startswith(b"new")]
    positions = positions_of(*texts)
    assert changed_flow(old.graph, new.graph, positions, twins=[(first.index, second.index, opposite)]) == lines


def test_the_flow_behind_the_entry_is_compared() -> None:
    texts = version("\tif (a)\n\t\treturn 1;\n\ty();\n"), version("\ty();\n")
    old, new = (model_of(text) for text in texts)
    assert changed_flow(old.graph, new.graph, positions_of(*texts)) != ()


def test_what_is_meant_to_differ_is_not_compared() -> None:
    before, after, _ = SHAPES["goto-misled"]
    texts = version(before), version(after)
    old, new = (model_of(text) for text in texts)
    meant = [node.index for node in old.graph.nodes if node.line == 6]
    assert changed_flow(old.graph, new.graph, by_words(*texts), meant) == ()


# -- whether an object is released -------------------------------------------------------------------------------

OUTLIVES: dict[str, tuple[str, list[int]]] = {
    "released": ("\tcancel();\n\tput_page(page);\n\treturn 1;\n", []),
    "not-released": ("\tcancel();\n\treturn 1;\n", [7]),
    "on-one-path": ("\tcancel();\n\tif (a)\n\t\treturn 1;\n\tput_page(page);\n\treturn 2;\n", [8]),
    "released-before": ("\tput_page(page);\n\tcancel();\n\treturn 1;\n", [8]),
    "other-object": ("\tcancel();\n\tput_page(other);\n\treturn 1;\n", [8]),
    "forgotten": ("\tcancel();\n\tpage = NULL;\n\tput_page(page);\n\treturn 1;\n", [7]),
    "by-a-guard-seen-before": (
        "\tif (!a)\n\t\treturn 0;\n\tcancel();\n\tif (a)\n\t\tput_page(page);\n\treturn 1;\n",
        [],
    ),
    "end-of-the-function": ("\tcancel();\n\tx();\n", [7]),
    "taken-and-given-up": ("\tcancel();\n\tget_page(page);\n\tput_page(page);\n\treturn 1;\n", [9]),
    "given-up-once-more": ("\tcancel();\n\tget_page(page);\n\tput_page(page);\n\tput_page(page);\n\treturn 1;\n", []),
    "taken-in-a-loop": (
        "\tcancel();\n\twhile (x())\n\t\tget_page(page);\n\twhile (y())\n\t\tput_page(page);\n\treturn 1;\n",
        [11],
    ),
    "taken-before": ("\tget_page(page);\n\tcancel();\n\tput_page(page);\n\treturn 1;\n", []),
}


@pytest.mark.parametrize("name", OUTLIVES)
def test_unreleased_exits(name: str) -> None:
    body, lines = OUTLIVES[name]
    model = model_of(version(body))
    nodes = {node.index: model.source.normal(node.syntax) for node in model.graph.nodes if node.syntax is not None}
    (start,) = [index for index, text in nodes.items() if text == "cancel ( ) ;"]
    releases = [index for index, text in nodes.items() if text == "put_page ( page ) ;"]
    takes = [index for index, text in nodes.items() if text == "get_page ( page ) ;"]
    known: Mapping[str, Value] | None = {}
    if name == "by-a-guard-seen-before":
        guard = next(node for node in model.graph.nodes if node.kind is NodeKind.CONDITION)
        assert guard.syntax is not None
        known = model.analysis.refine(guard.syntax, True, {})
        assert known
    assert list(unreleased_exits(model.analysis, [(start, known)], "page", releases, (), takes)) == lines


def test_how_a_path_without_a_release_ends() -> None:
    body = (
        "again:\n\tbegin();\n\tcancel();\n\tif (a)\n\t\tgoto again;\n"
        "\tif (b) {\n\t\tpage = other;\n\t\treturn 0;\n\t}\n"
        "\tif (e) {\n\t\tget_page(page);\n\t\tuncharge(page);\n\t\treturn 1;\n\t}\n\treturn 1;\n"
    )
    model = model_of(version(body))
    nodes = {model.source.normal(node.syntax): node.index for node in model.graph.nodes if node.syntax is not None}
    found = unreleased_ends(
        model.analysis,
        [(nodes["cancel ( ) ;"], {})],
        "page",
        [nodes["uncharge ( page ) ;"]],
        [nodes["begin ( ) ;"]],
        [nodes["get_page ( page ) ;"]],
        [nodes["uncharge ( page ) ;"]],
    )
    assert found == ((7, End.BEGUN), (12, End.FORGOTTEN), (20, End.LEFT))
