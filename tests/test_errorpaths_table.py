"""Error-path tables of small functions: what must and may run behind a failure, and what is returned."""

from __future__ import annotations

import pytest

from migrator.errorpaths.compare import Side, branch_targets, failing_ifs, origin_text, table
from migrator.errorpaths.effects import effects_of
from migrator.errorpaths.table import summarize
from migrator.flow.environment import Analysis
from migrator.flow.facts import FunctionFacts
from migrator.flow.values import Sign
from migrator.results import ErrorRow
from migrator.syntax import callee_name
from tests.flow_code import Code, parsed

HEAD = "int f(int a, int b, struct s *p)"


def side_of(code: Code, moved: bool = True) -> Side:
    """The calls named ``charge`` are the charge; ``note()`` is ignored, ``is_big()`` is pure."""
    facts = FunctionFacts(code.source, code.function, code.graph, {"is_big"})
    charges = [call for call in facts.by_type.get("call_expression", []) if callee_name(call) == "charge"]
    assumed = {call.start_byte: Sign.NEGATIVE | Sign.ZERO for call in charges}
    return Side(Analysis(facts, assumed), charges, frozenset({"charge", "note"}), moved)


def rows_of(body: str, head: str = HEAD) -> dict[str, ErrorRow]:
    code = parsed(body, head)
    rows = table(side_of(code))
    assert len({row.origin for row in rows}) == len(rows), rows
    return {row.origin: row for row in rows}


CHARGE = "the charge fails"
ERROR = ("the error of the charge",)
Expected = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
# body -> the row of the failing charge: must, may, returns
CHARGES: dict[str, tuple[str, Expected]] = {
    "returns-its-error": ("int e = charge(p); if (e) return e; return 0;", ((), (), ERROR)),
    "in-place": ("if (charge(p)) return -ENOMEM; return 0;", ((), (), ("-ENOMEM",))),
    "cleanup": ("int e = charge(p); if (e) { undo(p); return e; } return 0;", (("undo(p)",), (), ERROR)),
    "label": ("int e = charge(p); if (e) goto out; x(); out: y(); return e;", (("y()",), (), ERROR)),
    "cleanup-in-source-order": (
        "if (charge(p)) goto out; return 0; out: y(); z(); return a;",
        (("y()", "z()"), (), ("value of a",)),
    ),
    "may": (
        "int e = charge(p); if (e) { if (a) undo(p); return e; } return 0;",
        ((), ("undo(p)",), ERROR),
    ),
    "must-and-may": (
        "int e = charge(p); if (e) { x(); if (a) y(); return e; } return 0;",
        (("x()",), ("y()",), ERROR),
    ),
    "two-returns": (
        "if (charge(p)) { if (a) return -EBUSY; return -ENOMEM; } return 0;",
        ((), (), ("-EBUSY", "-ENOMEM")),
    ),
    "must-is-a-meet-of-returns": (
        "if (charge(p)) { x(); if (a) { y(); return -1; } z(); y(); return -1; } return 0;",
        (("x()", "y()"), ("z()",), ("-1",)),
    ),
    "not-of-success": ("int e = charge(p); if (!e) x(); else y(); return e;", (("y()",), (), ERROR)),
    "error-tested-again": (
        "int e = charge(p); if (e) goto out; x(); out: if (e) undo(p); return e;",
        (("undo(p)",), (), ERROR),
    ),
    "guard-tested-again": (
        "int e; if (!a) { e = charge(p); if (e) goto out; } return 0; out: if (!a) x(); else y(); return e;",
        (("x()",), (), ERROR),
    ),
    "store-to-memory": ("if (charge(p)) { p->f = NULL; return -1; } return 0;", (("p->f = NULL",), (), ("-1",))),
    "store-to-local": ("int e; if (charge(p)) { e = -2; return e; } return 0;", ((), (), ("-2",))),
    "store-to-global": ("if (charge(p)) { count++; return -1; } return 0;", (("count++",), (), ("-1",))),
    "assertions-and-pure-calls": (
        "if (charge(p)) { VM_BUG_ON(a); if (is_big(p)) x(); return -1; } return 0;",
        ((), ("x()",), ("-1",)),
    ),
    "ignored-calls": ("if (charge(p)) { note(g(p)); return -1; } return 0;", ((), (), ("-1",))),
    "result-of-another-call": (
        "if (charge(p)) return why(&p->f); return 0;",
        (("why(&p->f)",), (), ("result of why(&p->f)",)),
    ),
    "error-lost-in-another": (
        "int e = charge(p); if (e) { e = undo(p); return e; } return 0;",
        (("undo(p)",), (), ("result of undo(p)",)),
    ),
    "retry": (
        "int e; again: e = charge(p); if (e) { relax(); goto again; } return 0;",
        (("relax()",), (), ("retries",)),
    ),
    "retry-or-give-up": (
        "again: if (charge(p)) { relax(); if (a) goto again; return -1; } return 0;",
        (("relax()",), (), ("-1", "retries")),
    ),
    "two-charges": (
        "if (a) { if (charge(p)) return -1; } else if (charge(p)) { x(); return -2; } return 0;",
        ((), ("x()",), ("-1", "-2")),
    ),
    "in-or": ("if (a || charge(p)) goto out; return 0; out: x(); return -1;", (("x()",), (), ("-1",))),
    "in-and": ("if (a && charge(p)) goto out; return 0; out: if (a) x(); return -1;", (("x()",), (), ("-1",))),
    "endless-loop-has-no-end": ("if (charge(p)) for (;;) x(); return 0;", ((), (), ())),
}


@pytest.mark.parametrize("name", CHARGES)
def test_row_of_the_charge(name: str) -> None:
    body, wanted = CHARGES[name]
    row = rows_of(body)[CHARGE]
    assert (row.must, row.may, row.returns) == wanted
    assert row.line == 3


def test_a_void_function_returns() -> None:
    for body in ("if (charge(p)) { x(); return; } y();", "if (charge(p)) x(); else y();"):
        row = rows_of(body, "void f(struct s *p)")[CHARGE]
        assert (row.must, row.returns) == (("x()",), ("returns",))


def test_every_if_whose_branch_leaves_has_a_row() -> None:
    rows = rows_of(
        "int e;\n"
        "if (open(p)) return e;\n"
        "if (a) x();\n"
        "if (charge(p)) return -1;\n"
        "if (b < 0) { y(); return b; }\n"
        "e = insert(p, a);\n"
        "if (unlikely(e)) goto out;\n"
        "return 0;\n"
        "out:\n"
        "if (a) z();\n"
        "return e;"
    )
    assert list(rows) == [CHARGE, "open(p)", "b < 0", "insert(p, a)"]
    assert rows["open(p)"].returns == ("value of e",)
    assert rows["b < 0"].must == ("y()",)
    assert rows["b < 0"].returns == ("value of b",)
    assert (rows["insert(p, a)"].may, rows["insert(p, a)"].must) == (("z()",), ())
    assert rows["insert(p, a)"].returns == ("result of insert(p, a)",)
    assert [row.line for row in rows.values()] == [6, 4, 7, 9]


def test_a_branch_no_path_leads_to_has_no_row() -> None:
    rows = rows_of("int e = 0; if (charge(p)) return -1; if (e) { x(); return e; } return 0;")
    assert set(rows) == {CHARGE}


ORIGINS = {
    "assigned": ("int e;\ne = g(p);\nif (e < 0)\n\treturn e;", "g(p)"),
    "assigned-twice": ("int e;\ne = g(p);\ne = h(p);\nif (e)\n\treturn e;", "h(p)"),
    "assigned-behind-its-initialiser": ("int e = g(p);\ne = h(p);\nif (e)\n\treturn e;", "h(p)"),
    "assigned-otherwise": ("int e;\ne = a + 1;\nif (e)\n\treturn e;", "e"),
    "initialised": ("int e = g(p);\nif (e < 0)\n\treturn e;", "g(p)"),
    "in-place": ("if (unlikely(g(p,\n\t\t   a)))\n\treturn a;", "g(p, a)"),
    "condition": ("if (a && b)\n\treturn a;", "a && b"),
}


@pytest.mark.parametrize("name", ORIGINS)
def test_origin(name: str) -> None:
    body, wanted = ORIGINS[name]
    side = side_of(parsed(body + "\nif (b)\n\tx();\nreturn 0;", HEAD))
    (statement,) = failing_ifs(side)
    assert origin_text(side, statement) == wanted


def test_branch_targets_are_the_first_nodes_of_the_branch() -> None:
    code = parsed("if (a || b)\n\treturn 1;\nreturn 0;", HEAD)
    side = side_of(code)
    (statement,) = failing_ifs(side)
    assert branch_targets(side, statement) == {code.node("return1;").index}


# statement -> effects
EFFECTS = {
    "x();": ["x()"],
    "x(y(1), z());": ["x(y(1), z())", "y(1)", "z()"],
    "a = 1;": [],
    "a = g();": ["g()"],
    "p->f = g();": ["p->f = g()", "g()"],
    "p->f++;": ["p->f++"],
    "p->f |= 4;": ["p->f |= 4"],
    "*p = a;": ["*p = a"],
    "outside = a;": ["outside = a"],
    "note(x());": [],
    "likely(x());": ["x()"],
    "WARN_ON(x(a));": ["x(a)"],
    "get(&a);": ["get(&a)"],
    "if (x(a)) ;": ["x(a)"],
    "return x(a);": ["x(a)"],
}


@pytest.mark.parametrize("statement", EFFECTS)
def test_effects(statement: str) -> None:
    code = parsed(statement, HEAD)
    facts = FunctionFacts(code.source, code.function, code.graph)
    found = [effect for node in code.graph.nodes for effect in effects_of(facts, node, {"note"})]
    assert [effect.text for effect in found] == EFFECTS[statement]
    assert all(effect.line == 3 for effect in found)


def test_effects_are_equal_up_to_white_space() -> None:
    code = parsed("x(a,\n  b);\nx( a, b ); /* c */\nx(a, /* d */ b);", HEAD)
    facts = FunctionFacts(code.source, code.function, code.graph)
    found = [effect for node in code.graph.nodes for effect in effects_of(facts, node)]
    assert len(found) == 3
    assert len({effect.normal for effect in found}) == 1


def test_summary_screens_without_paths() -> None:
    code = parsed("if (a) x(); if (a) y(); while (b) z(); if (b) for (;;) w(); return a;", HEAD)
    side = side_of(code)
    first = summarize(side.analysis)[code.graph.entry]
    assert first is not None
    assert first.must == frozenset()
    assert first.may == {"x ( )", "y ( )", "z ( )"}
    assert first.returns == {"return a ;"}
    assert summarize(side.analysis)[code.node("w();").index] is None
    assert summarize(side.analysis, {"x"})[code.graph.entry] != first
