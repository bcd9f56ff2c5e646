"""Which paths are feasible: tests that correlate, what is forgotten, and that no concrete run is ever lost.

Marker calls (``m1()``, ``m2()``) are the client's key: the markers that a path has passed. They change nothing that is
remembered, so a table says which sequences of markers a body can run through.
"""

from __future__ import annotations

from collections.abc import Mapping
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.flow import FlowEdge, FlowNode, explore
from migrator.flow.environment import Analysis, Environment
from migrator.flow.explore import MAX_STATES, Exploration, State, TooComplexError
from migrator.flow.facts import FunctionFacts
from migrator.flow.values import Sign, Value, signs_of
from migrator.syntax import callee_name
from tests.flow_code import Code, parsed

Key = tuple[str, ...]
MARKERS = {f"m{number}" for number in range(1, 5)}
HEAD = "int f(int a, int b, struct s *p, struct s *q)"


def analysis_of(code: Code, signs: int = Sign.ANY, errors: frozenset[str] | None = None) -> Analysis:
    """``signs`` and ``errors`` are what ``begin()`` can return."""
    facts = FunctionFacts(code.source, code.function, code.graph, {*MARKERS, "is_big"})
    begins = [call.start_byte for call in facts.by_type.get("call_expression", []) if callee_name(call) == "begin"]
    return Analysis(facts, dict.fromkeys(begins, signs), dict.fromkeys(begins, errors) if errors else None)


def run(analysis: Analysis, longest: int = 4) -> Exploration[Key, None]:
    def transfer(node: FlowNode, _: Environment, key: Key, __: None) -> tuple[Key, None, Mapping[str, Value]]:
        names = [callee_name(call) for call in analysis.facts.of(node).calls]
        return (*key, *(name for name in names if name in MARKERS))[:longest], None, {}

    def follow(_: FlowEdge, __: Environment, key: Key, ___: None) -> tuple[Key, None]:
        return key, None

    start: State[Key, None] = State((), {}, None)
    return explore.explore(analysis, [(analysis.graph.entry, start)], transfer, follow, lambda _, __: None)


def paths(analysis: Analysis) -> set[str]:
    """The sequences of markers with which the exit is reached."""
    return {" ".join(key) for key in run(analysis).keys(analysis.graph.exit)}


TWO = {"m1 m2", ""}
ALL = {"m1 m2", "m1", "m2", ""}
# body -> what can be passed
PATHS: dict[str, tuple[str, set[str]]] = {
    # one guard twice
    "same-guard": ("if (a) m1(); if (a) m2();", TWO),
    "opposite-guard": ("if (a) m1(); if (!a) m2();", {"m1", "m2"}),
    "other-guard": ("if (a) m1(); if (b) m2();", ALL),
    "likely": ("if (unlikely(a)) m1(); if (!likely(!a)) m2();", TWO),
    "comparison-turned": ("if (p == q) m1(); if (q == p) m2();", TWO),
    "comparison-opposite": ("if (p == q) m1(); if (p != q) m2();", {"m1", "m2"}),
    "less-and-greater": ("if (a < b) m1(); if (b > a) m2();", TWO),
    "less-and-not-less": ("if (a < b) m1(); if (a >= b) m2();", {"m1", "m2"}),
    "less-is-not-less-or-equal": ("if (a < b) m1(); if (a <= b) m2();", {"m1 m2", "m2", ""} | {"m1"}),
    "null-spelled-out": ("if (p) m1(); if (p != NULL) m2();", TWO),
    "both-of-and": ("if (a && b) m1(); if (a) m2();", {"m1 m2", "m2", ""}),
    "either-of-or": ("if (a || b) m1(); if (!a && !b) m2();", {"m1", "m2"}),
    "pure-call": ("if (is_big(p)) m1(); if (is_big(p)) m2();", TWO),
    "other-call": ("if (is_odd(p)) m1(); if (is_odd(p)) m2();", ALL),
    # forgotten
    "local-assigned": ("if (a) m1(); a = b; if (a) m2();", ALL),
    "local-counted": ("if (a) m1(); a++; if (a) m2();", ALL),
    "local-survives-call": ("if (a) m1(); g(); if (a) m2();", TWO),
    "address-to-call": ("if (a) m1(); g(&a); if (a) m2();", ALL),
    "address-kept": ("keep = &a; if (a) m1(); g(); if (a) m2();", ALL),
    "address-of-pointer-used-once": ("get(&p); if (p) m1(); g(); if (p) m2();", TWO),
    "global-before-call": ("if (big) m1(); a = b; if (big) m2();", TWO),
    "global-after-call": ("if (big) m1(); g(); if (big) m2();", ALL),
    "memory-without-call": ("if (p->f) m1(); if (p->f) m2();", TWO),
    "memory-after-call": ("if (p->f) m1(); g(); if (p->f) m2();", ALL),
    "memory-after-assertion": ("if (p->f) m1(); VM_BUG_ON(b); if (p->f) m2();", TWO),
    "memory-of-other-pointer": ("if (p->f) m1(); p = q; if (p->f) m2();", ALL),
    "field-stored-elsewhere": ("if (p->f) m1(); q->f = b; if (p->f) m2();", ALL),
    "other-field-stored": ("if (p->f) m1(); q->g = b; if (p->f) m2();", TWO),
    "stored-through-pointer": ("if (p->f) m1(); *q = b; if (p->f) m2();", ALL),
    "pure-call-after-call": ("if (is_big(p)) m1(); g(); if (is_big(p)) m2();", ALL),
    "pure-call-of-other": ("if (is_big(p)) m1(); p = q; if (is_big(p)) m2();", ALL),
    "swapped": ("if (a) m1(); swap(a, b); if (a) m2();", ALL),
    "read-from-the-user": ("if (a) m1(); g(get_user(a, p)); if (a) m2();", ALL),
    "macro-that-looks": ("if (a) m1(); WARN_ON_ONCE(a); if (a) m2();", TWO),
    "macro-that-may-store": ("if (a) m1(); FILL(a); if (a) m2();", ALL),
    "volatile": ("volatile int v = a; if (v) m1(); if (v) m2();", ALL),
    "comparison-of-changed": ("if (a < b) m1(); b = g(); if (a < b) m2();", ALL),
    "inline-assembly": ('if (p->f) m1(); asm volatile("" ::: "memory"); if (p->f) m2();', ALL),
    "iterator-changes-its-variable": ("if (p) m1(); list_for_each_entry(p, &q->l, l) g(); if (p) m2();", ALL),
    # values
    "constant": ("int e = 0; if (e) m1(); if (!e) m2();", {"m2"}),
    "constant-or-constant": ("int e = 0; if (a) e = -ENOMEM; if (e) m1(); if (a) m2();", TWO),
    "copied": ("int e = a; if (e) m1(); if (a) m2();", ALL),
    "copied-result": ("int x = g(), e = x; if (e) m1(); if (x) m2();", TWO),
    "assigned-in-condition": ("int e; if ((e = g())) m1(); if (e) m2();", TWO),
    "assigned-in-comparison": ("int e; if ((e = g()) < 0) m1(); if (!e) m2();", {"m1", "m2", ""}),
    "negative-is-not-zero": ("int e = g(); if (e < 0) m1(); if (!e) m2();", {"m1", "m2", ""}),
    "not-zero-may-be-positive": ("int e = g(); if (e) m1(); if (e < 0) m2();", {"m1 m2", "m1", ""}),
    "errno-is-negative": ("int e = g(); if (e == -EINTR) m1(); if (e < 0) m2();", {"m1 m2", "m2", ""}),
    "errno-or-another": ("int e = g(); if (e == -EINTR) m1(); if (e == -ENOMEM) m2();", {"m1", "m2", ""}),
    "errno-excluded": ("int e = -EINTR; if (a) e = -ENOMEM; if (e != -EINTR) m1(); if (a) m2();", TWO),
    "enumerator-may-be-zero": ("int e = VM_FAULT_OOM; if (e) m1();", {"m1", ""}),
    "unsigned-never-negative": ("unsigned int e = g(); if (e < 0) m1();", {""}),
    "signed-may-be-negative": ("int e = g(); if (e < 0) m1();", {"m1", ""}),
    "error-pointer-is-not-null": ("if (IS_ERR(p)) m1(); if (!p) m2();", {"m1", "m2", ""}),
    "error-or-null": ("if (IS_ERR_OR_NULL(p)) m1(); if (!p) m2();", {"m1 m2", "m1", ""}),
    "error-carried": ("int e = 0; if (IS_ERR(p)) e = PTR_ERR(p); if (e) m1(); if (IS_ERR(p)) m2();", TWO),
    "error-made-pointer": ("q = ERR_PTR(-ENOMEM); if (IS_ERR(q)) m1(); if (!q) m2();", {"m1"}),
    "later-result-is-another": ("int e = g(); if (e) m1(); e = g(); if (e) m2();", ALL),
    "conditional-expression": ("int e = a ? -ENOMEM : 0; if (e > 0) m1(); if (e) m2();", {"m2", ""}),
    "negation-stored": ("int e = !a; if (e < 0) m1();", {""}),
    "capitals-tested": ("if (MODE) g(); if (MODE) m1(); g(); if (MODE) m2();", ALL),
    "capitals-compared": ("if (a == MODE) m1(); g(); if (a == MODE) m2();", TWO),
    # jumps
    "goto-error": ("int e = g(); if (e) goto out; m1(); out: if (!e) m2(); return e;", TWO),
    "loop-left-by-its-condition": ("while (a) a = g(); if (a) m1(); else m2();", {"m2"}),
    "loop-left-by-break": ("while (1) { a = g(); if (a) break; } if (a) m1(); else m2();", {"m1"}),
    "first-round": ("int e = 0; do { if (e) m1(); e = 1; } while (e < 0); m2();", {"m2"}),
    "next-round": ("int e = 0; do { if (e) m1(); e = 1; a = g(); } while (!e); m2();", {"m2"}),
    "dead": ("return 0; m1();", {""}),
    "switch": ("switch (a) { case 1: m1(); break; default: m2(); }", {"m1", "m2"}),
    "preprocessor-is-a-choice": ("#if X\nm1();\n#else\nm2();\n#endif", {"m1", "m2"}),
}


@pytest.mark.parametrize("name", PATHS)
def test_feasible_paths(name: str) -> None:
    body, wanted = PATHS[name]
    code = parsed(body, HEAD)
    assert paths(analysis_of(code)) == wanted, code.graph.dump()


BEGUN: dict[str, tuple[str, set[str]]] = {
    "never-positive": ("int e = begin(); if (e > 0) m1(); else m2();", {"m2"}),
    "failure-in-place": ("if (begin()) m1(); m2();", {"m1 m2", "m2"}),
    "failure-known-as-errno": ("int e = begin(); if (e == -ENOMEM) m1(); if (e) m2();", TWO | {"m2"}),
    "errno-that-it-never-returns": ("int e = begin(); if (e == -EINTR) m1();", {""}),
    "errno-by-a-variable-that-is-another": ("int e = begin(); e = g(); if (e == -EINTR) m1();", {"m1", ""}),
}


@pytest.mark.parametrize("name", BEGUN)
def test_what_a_begin_can_return(name: str) -> None:
    body, wanted = BEGUN[name]
    code = parsed(body, HEAD)
    analysis = analysis_of(code, Sign.NEGATIVE | Sign.ZERO, frozenset({"-ENOMEM", "-EBUSY"}))
    assert paths(analysis) == wanted, code.graph.dump()


def test_loops_terminate_and_the_key_grows_to_its_limit() -> None:
    body = "while (a) { m1(); for (;;) { if (b) continue; if (a) break; m2(); } do { a = g(); } while (a < 0); }"
    result = paths(analysis_of(parsed(body, HEAD)))
    assert {"", "m1", "m1 m1 m1 m1"} <= result
    assert not any("m2" in path for path in result), "inside the loop a is not zero, so m2 is never reached"


def test_endless_keys_are_too_complex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "STEPS_PER_NODE", 10)
    analysis = analysis_of(parsed("while (a) { m1(); a = g(); }", HEAD))
    assert run(analysis, longest=30).keys(analysis.graph.exit)
    with pytest.raises(TooComplexError, match="steps for each of"):
        run(analysis, longest=1000)


def test_budget_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = analysis_of(parsed("if (a) m1();", HEAD))
    monkeypatch.setattr(explore, "STEPS_PER_NODE", 0)
    with pytest.raises(TooComplexError):
        run(analysis)


def test_more_states_than_allowed_are_joined_by_key() -> None:
    count = MAX_STATES.bit_length() + 1
    names = [f"v{number}" for number in range(count)]
    body = f"int {', '.join(f'{name} = g()' for name in names)};\n"
    body += "".join(f"if ({name}) x();\n" for name in names) + "m1();\nif (v0) m2();\n"
    body += "".join(f"if ({name}) m3();\n" for name in names)
    code = parsed(body, HEAD)
    result = run(analysis_of(code), longest=3)
    assert any(result.merged)
    assert all(len(result.states(node.index)) <= MAX_STATES + 10 for node in code.graph.nodes)
    exits = {" ".join(key) for key in result.keys(code.graph.exit)}
    assert {"m1", "m1 m2 m3", "m1 m3", "m1 m3 m3"} <= exits


def test_a_client_ends_paths() -> None:
    code = parsed("if (a) m1(); m2();", HEAD)
    analysis = analysis_of(code)
    stop = code.node("m1();").index
    start: State[str, None] = State("k", {}, None)

    def transfer(node: FlowNode, _: Environment, key: str, __: None) -> tuple[str, None, Mapping[str, Value]] | None:
        return None if node.index == stop else (key, None, {"$seen": frozenset()} if node.kind == "entry" else {})

    def follow(edge: FlowEdge, environment: Environment, key: str, _: None) -> tuple[str, None] | None:
        assert "$seen" in environment, "a pseudo variable stays in the environment"
        return None if edge.truth is False else (key, None)

    result = explore.explore(analysis, [(code.graph.entry, start)], transfer, follow, lambda _, __: None)
    assert result.keys(stop) == {"k"}
    assert result.keys(code.node("m2();").index) == frozenset()


# -- soundness: programs over two locals, run for real ------------------------------------------------------------

NUMBERS = {"0": 0, "1": 1, "-ENOMEM": -12, "-EINTR": -4}
VARIABLES = ("x", "y")
CONDITIONS = {
    "x": lambda x, y: x != 0,
    "!x": lambda x, y: x == 0,
    "y": lambda x, y: y != 0,
    "x < 0": lambda x, y: x < 0,
    "0 >= y": lambda x, y: y <= 0,
    "x == -ENOMEM": lambda x, y: x == -12,
    "y != -EINTR": lambda x, y: y != -4,
    "x == y": lambda x, y: x == y,
    "x > y": lambda x, y: x > y,
    "x && y < 0": lambda x, y: x != 0 and y < 0,
    "!x || x == y": lambda x, y: x == 0 or x == y,
}
Program = tuple[tuple[object, ...], ...]

simple = st.one_of(
    st.tuples(st.just("mark"), st.sampled_from(sorted(MARKERS))),
    st.tuples(st.just("set"), st.sampled_from(VARIABLES), st.sampled_from([*NUMBERS, *VARIABLES, "get()"])),
)
programs = st.recursive(
    st.lists(simple, min_size=1, max_size=4).map(tuple),
    lambda inner: st.lists(
        st.one_of(
            simple,
            st.tuples(st.just("if"), st.sampled_from(sorted(CONDITIONS)), inner, inner),
            st.tuples(st.just("while"), st.sampled_from(sorted(CONDITIONS)), inner),
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
    max_leaves=5,
)


def written(program: Program) -> str:
    text = ""
    for item in program:
        if item[0] == "mark":
            text += f"{item[1]}();\n"
        elif item[0] == "set":
            text += f"{item[1]} = {item[2]};\n"
        else:
            text += f"{item[0]} ({item[1]}) {{\n{written(item[2])}}}\n"
            if item[0] == "if":
                text += f"else {{\n{written(item[3])}}}\n"
    return text


class OutOfInputError(Exception):
    """The concrete run asks for more numbers, or runs on for too long."""


def execute(program: Program, memory: dict[str, int], given: list[int], marks: list[str]) -> None:
    for item in program:
        if item[0] == "mark":
            marks.append(str(item[1]))
        elif item[0] == "set":
            if item[2] == "get()":
                if not given:
                    raise OutOfInputError
                memory[item[1]] = given.pop()
            else:
                memory[item[1]] = NUMBERS.get(item[2], memory.get(item[2], 0))
        elif item[0] == "if":
            execute(item[2] if CONDITIONS[item[1]](**memory) else item[3], memory, given, marks)
        else:
            rounds = 0
            while CONDITIONS[item[1]](**memory):
                rounds += 1
                if rounds > 5:
                    raise OutOfInputError
                execute(item[2], memory, given, marks)


def sign(number: int) -> int:
    return Sign.ZERO if number == 0 else Sign.NEGATIVE if number < 0 else Sign.POSITIVE


@settings(max_examples=150, deadline=None)
@given(
    programs,
    st.lists(
        st.tuples(*[st.sampled_from([-12, -4, 0, 1, 2])] * 2, st.lists(st.sampled_from([-12, -4, 0, 1]), max_size=6)),
        min_size=4,
        max_size=8,
    ),
    st.sampled_from([1, 2, 2, 3, MAX_STATES]),
)
def test_no_run_is_lost(program: Program, inputs: list[tuple[int, int, list[int]]], most: int) -> None:
    code = parsed(written(program) + "return x;", "int f(int x, int y)")
    analysis = analysis_of(code)
    # With few states allowed, those of one key are joined all the time.
    with patch.object(explore, "MAX_STATES", most):
        result = run(analysis)
    node = code.node("returnx;")
    assert node.syntax is not None
    for x, y, given_numbers in inputs:
        memory, marks = {"x": x, "y": y}, list[str]()
        try:
            execute(program, memory, list(given_numbers), marks)
        except OutOfInputError:
            continue
        held = [state for state in result.states(node.index) if state.key == tuple(marks[:4])]
        assert held, f"the path {marks} is lost\n{code.graph.dump()}"
        found = [analysis.evaluate(node.syntax.named_children[0], state.environment) for state in held]
        assert any(signs_of(value) & sign(memory["x"]) for value in found), f"x may be {memory['x']}: {found}"
