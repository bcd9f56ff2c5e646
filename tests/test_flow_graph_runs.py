"""Properties of graphs of generated functions.

The main one: a random program is run twice under the same decisions, once by an interpreter of its structure that knows
nothing of graphs, once by walking the graph. Both must make the same calls in the same order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.flow import NodeKind, build_graph
from migrator.flow.check import graph_problems, lost_calls
from migrator.flow.locks import held
from migrator.flow.reaching import reaching_definitions
from migrator.source import SourceFile
from tests.flow_code import DIALECT, Code, parsed

STEPS = 120


class LoopLeftError(Exception):
    """Leaves a loop or switch."""


class LoopContinuedError(Exception):
    """Goes on with the loop."""


class RunEndedError(Exception):
    """Returns from the function, or the run is long enough."""


@dataclass
class Run:
    """The decisions of one run, and the calls made so far."""

    decisions: list[int]
    calls: list[str] = field(default_factory=list)
    taken: int = 0

    def decide(self, ways: int) -> int:
        """The next decision; always the same for the same run."""
        if self.taken >= STEPS:
            raise RunEndedError
        choice = self.decisions[self.taken % len(self.decisions)] + self.taken // len(self.decisions)
        self.taken += 1
        return choice % ways

    def call(self, name: str) -> None:
        """Log a call."""
        if len(self.calls) >= STEPS:
            raise RunEndedError
        self.calls.append(name)


Action = Callable[[Run], None]
Test = Callable[[Run], bool]


@dataclass
class Writer:
    """Draws a program: its text, and beside it what it does."""

    draw: Callable[[st.SearchStrategy[int]], int]
    count: int = 0

    def pick(self, ways: int) -> int:
        return self.draw(st.integers(0, ways - 1))

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def condition(self, depth: int) -> tuple[str, Test]:
        kind = self.pick(8) if depth else 0
        if kind <= 1:
            name = self.name("c")

            def atom(run: Run) -> bool:
                run.call(name)
                return run.decide(2) == 1

            return f"{name}()", atom
        left, test_left = self.condition(depth - 1)
        if kind == 2:
            return f"!({left})", lambda run: not test_left(run)
        if kind == 3:
            return f"unlikely({left})", test_left
        right, test_right = self.condition(depth - 1)
        if kind == 4:
            return f"({left} && {right})", lambda run: test_left(run) and test_right(run)
        if kind == 5:
            return f"({left} || {right})", lambda run: test_left(run) or test_right(run)
        if kind == 6:
            name = self.name("s")

            def comma(run: Run) -> bool:
                run.call(name)
                return test_left(run)

            return f"({name}(), {left})", comma
        third, test_third = self.condition(depth - 1)
        return f"({left} ? {right} : {third})", lambda run: test_right(run) if test_left(run) else test_third(run)

    def block(self, depth: int, loop: bool, breakable: bool) -> tuple[str, Action]:
        parts = [self.statement(depth, loop, breakable) for _ in range(self.pick(4))]

        def run_all(run: Run) -> None:
            for _, action in parts:
                action(run)

        return "{ " + " ".join(text for text, _ in parts) + " }", run_all

    def statement(self, depth: int, loop: bool, breakable: bool) -> tuple[str, Action]:
        kind = self.pick(14) if depth else self.pick(2)
        simple = {2: self.value, 3: self.block_value, 4: self.if_statement, 5: self.if_statement}
        if kind in simple and kind != 3:
            return simple[kind](depth, loop, breakable)
        loops = {6: self.while_loop, 7: self.do_loop, 8: self.for_loop, 9: self.iterator, 10: self.endless}
        if kind in loops:
            return loops[kind](depth)
        if kind == 11:
            return self.switch(depth, loop)
        if kind == 3:
            return self.block_value(depth, loop, breakable)
        if kind == 12 and self.pick(3) == 0:
            return self.leaving(loop, breakable)
        if kind == 13:
            return self.block(depth - 1, loop, breakable)
        name = self.name("s")
        return f"{name}();", lambda run: run.call(name)

    def leaving(self, loop: bool, breakable: bool) -> tuple[str, Action]:
        kinds = ["return;"] + ["continue;"] * loop + ["break;"] * breakable
        text = kinds[self.pick(len(kinds))]

        def leave(run: Run) -> None:
            raise {"return;": RunEndedError, "continue;": LoopContinuedError, "break;": LoopLeftError}[text]

        return text, leave

    def value(self, depth: int, loop: bool, breakable: bool) -> tuple[str, Action]:
        test_text, test = self.condition(depth - 1)
        yes, no, end = self.name("s"), self.name("s"), self.name("end")

        def run_value(run: Run) -> None:
            run.call(yes if test(run) else no)
            run.call(end)

        return f"x = {end}({test_text} ? {yes}() : {no}());", run_value

    def block_value(self, depth: int, loop: bool, breakable: bool) -> tuple[str, Action]:
        inner, action = self.block(depth - 1, loop, breakable)
        end = self.name("end")

        def run_value(run: Run) -> None:
            action(run)
            run.call(end)

        return f"{end}(({inner[:-1]} 0; }}));", run_value

    def if_statement(self, depth: int, loop: bool, breakable: bool) -> tuple[str, Action]:
        test_text, test = self.condition(2)
        yes, run_yes = self.block(depth - 1, loop, breakable)
        if self.pick(2):
            return f"if ({test_text}) {yes}", lambda run: run_yes(run) if test(run) else None
        no, run_no = self.statement(depth - 1, loop, breakable)
        return f"if ({test_text}) {yes} else {no}", lambda run: run_yes(run) if test(run) else run_no(run)

    def body(self, depth: int) -> tuple[str, Callable[[Run], bool]]:
        """The body of a loop; its action says whether to go on."""
        text, action = self.block(depth - 1, True, True)

        def once(run: Run) -> bool:
            try:
                action(run)
            except LoopContinuedError:
                return True
            except LoopLeftError:
                return False
            return True

        return text, once

    def while_loop(self, depth: int) -> tuple[str, Action]:
        test_text, test = self.condition(1)
        body, once = self.body(depth)

        def run_loop(run: Run) -> None:
            while test(run) and once(run):
                pass

        return f"while ({test_text}) {body}", run_loop

    def do_loop(self, depth: int) -> tuple[str, Action]:
        body, once = self.body(depth)
        if self.pick(2):

            def run_once(run: Run) -> None:
                once(run)

            return f"do {body} while (0);", run_once
        test_text, test = self.condition(1)

        def run_loop(run: Run) -> None:
            while once(run) and test(run):
                pass

        return f"do {body} while ({test_text});", run_loop

    def for_loop(self, depth: int) -> tuple[str, Action]:
        first, update = self.name("s"), self.name("s")
        test_text, test = self.condition(1)
        body, once = self.body(depth)

        def run_loop(run: Run) -> None:
            run.call(first)
            while test(run) and once(run):
                run.call(update)

        return f"for ({first}(); {test_text}; {update}()) {body}", run_loop

    def iterator(self, depth: int) -> tuple[str, Action]:
        name = self.name("c")
        body, once = self.body(depth)

        def run_loop(run: Run) -> None:
            while True:
                run.call(name)
                if run.decide(2) == 0 or not once(run):
                    break

        return f"list_for_each_entry(p, {name}(), lru) {body}", run_loop

    def endless(self, depth: int) -> tuple[str, Action]:
        name = self.name("s")
        body, once = self.body(depth)

        def run_loop(run: Run) -> None:
            run.call(name)
            while once(run):
                run.call(name)

        head = "for (;;)" if self.pick(2) else "while (1)"
        return f"{head} {{ {name}(); {body[1:]}", run_loop

    def switch(self, depth: int, loop: bool) -> tuple[str, Action]:
        name = self.name("c")
        cases = [self.block(depth - 1, loop, True) for _ in range(self.pick(4))]
        default = self.pick(len(cases) + 1)  # none when behind the last
        labels = ["default" if number == default else f"case {number}" for number in range(len(cases))]

        def run_switch(run: Run) -> None:
            run.call(name)
            order = [number for number in range(len(cases)) if number != default]
            choice = run.decide(len(order) + 1)
            start = order[choice] if choice < len(order) else default
            try:
                for _, action in cases[start:]:
                    action(run)
            except LoopLeftError:
                pass

        inner = " ".join(f"{label}: {text}" for label, (text, _) in zip(labels, cases, strict=True))
        return f"switch ({name}()) {{ {inner} }}", run_switch


@st.composite
def programs(draw: st.DrawFn) -> tuple[str, Action]:
    """A function body and what it does."""
    writer = Writer(draw)
    parts = [writer.statement(3, False, False) for _ in range(draw(st.integers(1, 3)))]

    def run_all(run: Run) -> None:
        for _, action in parts:
            action(run)

    return "\n".join(text for text, _ in parts), run_all


def walk_graph(code: Code, run: Run) -> None:
    """Run the graph: follow the edges that the decisions choose."""
    graph = code.graph
    index = graph.entry
    while index != graph.exit:
        node = graph.nodes[index]
        for name in calls_of(code, index):
            run.call(name)
        edges = graph.successors(index)
        if node.kind in (NodeKind.CONDITION, NodeKind.ITERATOR) and code.text(node) not in ("0", "1"):
            truth = run.decide(2) == 1
            edges = tuple(edge for edge in edges if edge.truth is truth)
        elif node.kind is NodeKind.SWITCH:
            labels = sorted((edge.case or "" for edge in edges if edge.case != "default"), key=int)
            choice = run.decide(len(labels) + 1)
            wanted = labels[choice] if choice < len(labels) else "default"
            edges = tuple(edge for edge in edges if edge.case == wanted)
        (edge,) = edges
        index = edge.target


def calls_of(code: Code, index: int) -> Iterator[str]:
    for part in code.graph.own(code.graph.nodes[index]):
        if part.type == "call_expression":
            name = part.child_by_field_name("function")
            assert name is not None
            if code.source.normal(name) != "unlikely":
                yield code.source.normal(name)


def outcome(action: Action, decisions: list[int]) -> list[str]:
    run = Run(decisions)
    with suppress(RunEndedError):
        action(run)
    return run.calls


@settings(max_examples=150, deadline=None)
@given(programs(), st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_the_graph_makes_the_calls_of_the_program(program: tuple[str, Action], decisions: list[int]) -> None:
    body, action = program
    code = parsed(body, "void f(void)")
    wanted = outcome(action, decisions)
    assert outcome(lambda run: walk_graph(code, run), decisions) == wanted, body + "\n" + code.graph.dump()


@settings(max_examples=100, deadline=None)
@given(programs())
def test_every_graph_keeps_its_promises(program: tuple[str, Action]) -> None:
    code = parsed(program[0], "void f(void)")
    assert list(graph_problems(code.graph)) == []
    assert list(lost_calls(code.graph, code.source, code.function)) == []


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="abx01 (){};:,?!&|=<>\n\"'#", max_size=80))
def test_any_text_has_a_graph(text: str) -> None:
    source = SourceFile.parse("f.c", f"int f(int a)\n{{\n{text}\n}}\n".encode(), DIALECT)
    for function in source.functions:
        graph = build_graph(source, function)
        assert list(graph_problems(graph)) == [], graph.dump()
        assert len(held(graph, source)) == len(graph.nodes)
        reaching_definitions(graph, source, function)


DEEP: dict[str, Callable[[int], str]] = {
    "nested-if": lambda n: "if (a) { " * n + "x();" + " }" * n,
    "nested-else": lambda n: "if (a) x(); else { " * n + "x();" + " }" * n,
    "else-if": lambda n: "if (a) x(); else " * n + "x();",
    "nested-loops": lambda n: "while (a) { " * n + "x();" + " }" * n,
    "and": lambda n: "if (" + "g() && " * n + "a) x();",
    "nested-and": lambda n: "if (" + "(a || (g() && " * n + "a" + "))" * n + ") x();",
    "parentheses": lambda n: "x = " + "(" * n + "a && g()" + ")" * n + ";",
    "not": lambda n: "if (" + "!" * n + "a) x();",
    "ternaries": lambda n: "x = " + "a ? g() : " * n + "0;",
    "calls": lambda n: "x = " + "g(a && " * n + "0" + ")" * n + ";",
    "statement-expressions": lambda n: "x = " + "({ x(); " * n + "0;" + " });" * n,
    "labels": lambda n: "".join(f"l{i}: " for i in range(n)) + "x();",
    "cases": lambda n: "switch (a) {" + "".join(f"case {i}: " for i in range(n)) + "x(); }",
    "long": lambda n: "x = g(a); if (x) goto out; spin_lock(&a); y(); spin_unlock(&a);\n" * n + "out: return x;",
}


@pytest.mark.parametrize("name", DEEP)
def test_depth_and_length_cost_linear_time(name: str) -> None:
    """Three times the code may cost six times, not nine; no depth exhausts the stack of Python."""
    small, large = (parsed(DEEP[name](size)) for size in (1500, 4500))

    def seconds(code: Code) -> float:
        times = []
        for _ in range(3):
            start = time.process_time()
            build_graph(code.source, code.function)
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(large) < 6 * seconds(small) + 0.05
    assert list(graph_problems(large.graph)) == []
    held(large.graph, large.source)
    reaching_definitions(large.graph, large.source, large.function)
