"""The protocol on feasible paths: bodies that keep it, and bodies that break each of its rules.

``B``, ``C`` and ``A`` stand for begin, commit and abort of ``page`` through ``memcg``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from migrator.diagnostics import Code
from migrator.flow import explore
from migrator.pattern.load import load_pattern
from migrator.source import SourceFile
from migrator.transaction.model import FunctionModel, Reason, Status, model_function
from migrator.transaction.protocol import check_transactions
from tests.flow_code import DIALECT

PATTERN = load_pattern("mem_cgroup_charge_v58")
CALLS = {
    "B": "mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg)",
    "C": "mem_cgroup_commit_charge(page, memcg, false)",
    "A": "mem_cgroup_cancel_charge(page, memcg)",
}
HEAD = "int f(struct page *page, struct mm_struct *mm, int a, int b)"
FIRST = 5


def checked(body: str, before: str = "", declared: str = "struct mem_cgroup *memcg; int e;") -> FunctionModel:
    """The model of the only function; its body begins at line FIRST when nothing stands ``before``."""
    written = re.sub(r"\b([BCA])\b", lambda match: CALLS[match[1]], body)
    text = f"{before}{HEAD}\n{{\n\t{declared}\n\n{written}\n}}\n"
    source = SourceFile.parse("f.c", text.encode(), DIALECT)
    (function,) = source.functions
    assert not function.broken, text
    model = model_function(source, function, PATTERN)
    check_transactions(model)
    return model


KEPT = {
    "committed-or-failed": "if (B) return -1; C; return 0;",
    "error-variable": "e = B; if (e) return e; C; return 0;",
    "error-below-zero": "e = B; if (e < 0) goto out; C; out: return e;",
    "assigned-in-condition": "if ((e = B)) return e; C; return 0;",
    "success-first": "if (!B) { C; return 0; } return -1;",
    "success-in-else": "if (B) x(); else C; return 0;",
    "aborted-on-error": "if (B) return -1; if (g()) { A; return -2; } C; return 0;",
    "aborted-at-label": "e = B; if (e) return e; e = g(); if (e) goto out; C; return 0; out: A; return e;",
    "error-decides-at-label": ("e = B; if (e) return e; e = g(); if (e) goto out; out: if (e) A; else C; return e;"),
    "guarded": "if (!a) { if (B) return -1; } x(); if (!a) C; return 0;",
    "guarded-abort-and-commit": "if (a && B) return -1; e = g(); if (e) { if (a) A; } else if (a) C; return e;",
    "either-of-two-aborts": "if (B) return -1; if (a) { A; return 1; } if (b) { A; return 2; } C; return 0;",
    "retried": "again: if (B) return -1; if (g()) { A; goto again; } C; return 0;",
    "in-a-loop": "while (a) { if (B) break; a = g(); C; } return 0;",
    "two-begins": "if (a) { if (B) return -1; } else { if (B) return -2; } C; return 0;",
    "switched": "if (B) return -1; switch (a) { case 1: A; break; default: C; } return 0;",
    "bug-ends-the-path": "if (B) return -1; if (a) BUG(); C; return 0;",
    "object-read": "if (B) return -1; g(page); b = page->flags; C; return 0;",
    "object-replaced-after-the-end": "if (B) return -1; C; page = NULL; return 0;",
    "object-replaced-after-failure": "if (B) { page = NULL; return -1; } C; return 0;",
    "handle-counted": "if (B) return -1; count_memcg_events(memcg, PGFAULT, 1); C; return 0;",
}


@pytest.mark.parametrize("name", KEPT)
def test_the_protocol_is_kept(name: str) -> None:
    model = checked(KEPT[name])
    assert model.transactions
    for transaction in model.transactions:
        assert transaction.reasons == []
        assert transaction.warnings == []
        assert transaction.flow is not None
        for call in transaction.commits:
            node = model.graph.node_at(call.node)
            assert node is not None
            assert Status.OPEN in {phase.status for phase in transaction.flow.states.keys(node.index)}


@dataclass(frozen=True)
class Broken:
    """``related`` is the line that the reason points at besides that of the begin (0: not looked at)."""

    body: str
    code: Code
    message: str
    related: int = 0
    before: str = ""
    declared: str = "struct mem_cgroup *memcg; int e;"


BROKEN = {
    # typestate
    "left-open": Broken(
        "if (B)\nreturn -1;\nif (a)\nreturn 0;\nC;\nreturn 0;", Code.TRANSACTION_LEFT_OPEN, "line 8", 8
    ),
    "left-open-at-the-end": Broken("if (B) return -1;\nif (a)\nC;", Code.TRANSACTION_LEFT_OPEN, "neither commits"),
    "begun-again": Broken(
        "again: if (B) return -1;\nif (a) goto again;\nC;", Code.TRANSACTION_LEFT_OPEN, "begin runs again"
    ),
    "guard-changed": Broken(
        "if (a) { if (B) return -1; }\na = g();\nif (a) C;\nreturn 0;", Code.TRANSACTION_LEFT_OPEN, "neither commits"
    ),
    "committed-twice": Broken("if (B) return -1;\nC;\nC;", Code.TRANSACTION_ENDED_TWICE, "already ended", 7),
    "committed-after-abort": Broken("if (B) return -1;\nA;\nC;", Code.TRANSACTION_ENDED_TWICE, "commit at line 7", 7),
    "aborted-after-failure": Broken(
        "if (B) goto out;\nC;\nreturn 0;\nout: A;", Code.TRANSACTION_NOT_OPEN, "begin failed", 8
    ),
    "nothing-begun": Broken(
        "if (a)\ngoto out;\nif (B) return -1;\nC;\nreturn 0;\nout: A;",
        Code.TRANSACTION_NOT_OPEN,
        "nothing was begun",
        10,
    ),
    "committed-before-test": Broken(
        "e = B;\nC;\nreturn e;", Code.UNKNOWN_SHAPE, "before the result of begin is tested", 6
    ),
    "never-tested": Broken(
        "e = B;\nif (a) return 1;\nif (e) return e;\nC;", Code.UNKNOWN_SHAPE, "not tested on every path"
    ),
    "dead": Broken("if (B) return -1;\nC;\nreturn 0;\nA;", Code.UNKNOWN_SHAPE, "dead code", 8),
    "object-replaced": Broken("if (B) return -1;\npage = g();\nC;", Code.OBJECT_CHANGES, "different objects", 7),
    "object-passed-by-address": Broken("if (B) return -1;\ng(&page);\nC;", Code.OBJECT_CHANGES, "different objects", 7),
    "object-in-memory-overwritten": Broken(
        "if (mem_cgroup_try_charge(mm->page, mm, 0, &memcg)) return 1;\n*b = 0;\n"
        "mem_cgroup_commit_charge(mm->page, memcg, false);",
        Code.OBJECT_CHANGES,
        "different objects",
        7,
    ),
    # shapes
    "result-dropped": Broken("B;\nC;", Code.UNKNOWN_SHAPE, "neither tested in place nor assigned"),
    "result-returned": Broken("if (a) C;\nreturn B;", Code.UNKNOWN_SHAPE, "neither tested in place nor assigned"),
    "result-in-a-sum": Broken("e = 1 + B; if (e) return e;\nC;", Code.UNKNOWN_SHAPE, "neither tested in place"),
    "result-accumulated": Broken("e |= B; if (e) return e;\nC;", Code.UNKNOWN_SHAPE, "neither tested in place"),
    "result-passed-on": Broken("if (g(B)) return 1;\nC;", Code.UNKNOWN_SHAPE, "neither tested in place"),
    "result-of-a-choice": Broken("e = a ? B : 0; if (e) return e;\nC;", Code.UNKNOWN_SHAPE, "neither tested in place"),
    "object-from-a-call": Broken(
        "if (mem_cgroup_try_charge(top(a), mm, 0, &memcg)) return 1;\nmem_cgroup_commit_charge(top(a), memcg, false);",
        Code.UNKNOWN_SHAPE,
        "the object is the result of a call, top(a)",
    ),
    "commit-in-an-expression": Broken(
        "if (B) return 1;\ne = (C, 1);", Code.UNKNOWN_SHAPE, "part of a larger expression"
    ),
    "argument-with-side-effect": Broken(
        "if (mem_cgroup_try_charge(page, mm, e++, &memcg)) return 1;\nC;", Code.UNKNOWN_SHAPE, "side effect: e++"
    ),
    "label-given-to-a-macro": Broken(
        "if (B) return 1;\nbail_out(a, out);\nC;\nreturn 0;\nout:\nA;\nreturn 1;", Code.UNKNOWN_SHAPE, "may jump there"
    ),
    "unknown-arity": Broken(
        "if (B) return 1;\nmem_cgroup_commit_charge(page, memcg);\nC;", Code.UNKNOWN_SHAPE, "in a form"
    ),
    # the handle
    "handle-in-a-field": Broken(
        "if (mem_cgroup_try_charge(page, mm, 0, &x->memcg)) return 1;\nmem_cgroup_commit_charge(page, x->memcg, 0);",
        Code.HANDLE_ESCAPES,
        "x->memcg is not a local variable",
    ),
    "handle-in-a-field-ended-elsewhere": Broken(
        "if (mem_cgroup_try_charge(page, mm, 0, &x->memcg)) return 1;", Code.COMMIT_ELSEWHERE, "in another function"
    ),
    "handle-is-global": Broken("if (B) return 1;\nC;", Code.HANDLE_ESCAPES, "not declared", declared="int e;"),
    "handle-is-static": Broken(
        "if (B) return 1;\nC;", Code.HANDLE_ESCAPES, "not declared", declared="static struct mem_cgroup *memcg;"
    ),
    "handle-has-a-value": Broken(
        "if (B) return 1;\nC;", Code.HANDLE_ESCAPES, "not declared", declared="struct mem_cgroup *memcg = g();"
    ),
    "handle-passed-on": Broken("if (B) return 1;\nkeep(memcg);\nC;", Code.HANDLE_ESCAPES, "keep(memcg);", 6),
    "handle-stored": Broken("if (B) return 1;\nmm->x = memcg;\nC;", Code.HANDLE_ESCAPES, "mm->x = memcg;", 6),
    "handle-tested": Broken("if (B) return 1;\nif (memcg) C;", Code.HANDLE_ESCAPES, "if (memcg)", 6),
    "handle-counted-twice": Broken(
        "if (B) return 1;\ncount_memcg_events(memcg, PGFAULT, 2);\nC;", Code.HANDLE_ESCAPES, "count_memcg_events", 6
    ),
    "ended-nowhere": Broken("if (B) return 1;\nreturn 0;", Code.COMMIT_ELSEWHERE, "nothing in this function"),
    "ended-for-another": Broken(
        "if (B) return 1;\nmem_cgroup_commit_charge(copy, memcg, false);",
        Code.OBJECT_CHANGES,
        "gets copy, begun was page",
        6,
    ),
    # the preprocessor
    "commit-under-if": Broken(
        "if (B) return 1;\n#if X\nC;\n#else\nC;\n#endif", Code.CONDITIONAL_COMPILATION, "#if region", 6
    ),
    "macro-jumps": Broken(
        "if (B) return 1;\nC;\nreturn 0;\nout:\nA;\nreturn 1;",
        Code.MACRO,
        "names out",
        1,
        before="#define LEAVE() do { goto out; } while (0)\n",
    ),
    "macro-uses-the-handle": Broken(
        "if (B) return 1;\nC;", Code.MACRO, "names memcg", 1, before="#define M (memcg->x)\n"
    ),
}


def only(reasons: list[Reason], code: Code) -> Reason:
    found = [reason for reason in reasons if reason.code is code]
    assert found, [str(reason) for reason in reasons]
    return found[0]


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_the_protocol_is_refused(name: str) -> None:
    case = BROKEN[name]
    model = checked(case.body, case.before, case.declared)
    (transaction,) = model.transactions
    reason = only(transaction.reasons, case.code)
    assert case.message in reason.message
    if case.related:
        assert case.related in [line for line, _ in reason.related]


@pytest.mark.parametrize(
    "before", ["#define M(memcg) (memcg->x)\n", "#define LEAVE() goto elsewhere\n", "#define memcgs 1\n"]
)
def test_macros_that_mean_something_else(before: str) -> None:
    (transaction,) = checked("if (B) return 1; C; return 0;", before).transactions
    assert transaction.reasons == []


WARNED: dict[str, tuple[str, Code, int, str]] = {
    "aborted-twice": (
        "if (B) return -1;\nif (a) { C; return 0; }\nA;\nA;\nreturn 1;",
        Code.TRANSACTION_ENDED_TWICE,
        8,
        "already aborted",
    ),
    "aborted-after-commit": (
        "if (B) return -1;\nif (a) goto out;\nC;\nout:\nA;",
        Code.TRANSACTION_ENDED_TWICE,
        9,
        "already committed",
    ),
}


@pytest.mark.parametrize("name", WARNED)
def test_an_abort_too_many_is_a_warning(name: str) -> None:
    body, code, line, message = WARNED[name]
    (transaction,) = checked(body).transactions
    assert transaction.reasons == []
    (warning,) = transaction.warnings
    assert (warning.code, warning.line) == (code, line)
    assert message in warning.message


def test_an_object_in_memory_that_is_given_away_is_a_warning() -> None:
    body = (
        "if (mem_cgroup_try_charge(mm->page, mm, 0, &memcg)) return 1;\n{}\n"
        "mem_cgroup_commit_charge(mm->page, memcg, false);\nreturn 0;"
    )
    (given,) = checked(body.format("g(mm);")).transactions
    assert given.reasons == []
    assert [(item.code, item.related[0][0]) for item in given.warnings] == [(Code.OBJECT_CHANGES, 6)]
    (kept,) = checked(body.format("a = 1;")).transactions
    assert (kept.reasons, kept.warnings) == ([], [])


def test_transactions_are_told_apart() -> None:
    model = checked(
        "if (B) return 1; C;\n"
        "if (mem_cgroup_try_charge(copy, mm, 0, &other)) return 2; mem_cgroup_commit_charge(copy, other, false);\n"
        "if (B) return 3; if (a) { A; return 4; } C; return 0;",
        declared="struct mem_cgroup *memcg, *other;",
    )
    found = [
        (item.object, item.handle, len(item.begins), len(item.commits), len(item.aborts)) for item in model.transactions
    ]
    assert sorted(found) == [("copy", "other", 1, 1, 0), ("page", "memcg", 1, 1, 0), ("page", "memcg", 1, 1, 1)]
    assert all(not item.reasons for item in model.transactions)


def test_the_failing_edges_are_known() -> None:
    model = checked("e = B;\nif (e)\nreturn e;\nC;\nreturn 0;")
    (transaction,) = model.transactions
    assert transaction.flow is not None
    ((origin, _, truth),) = transaction.flow.failures
    assert (model.graph.nodes[origin].line, truth) == (6, True)


def test_too_complex_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "STEPS_PER_NODE", 0)
    (transaction,) = checked("if (B) return 1; C; return 0;").transactions
    assert [reason.code for reason in transaction.reasons] == [Code.TOO_COMPLEX]
