"""Random functions from which every ``gone();`` is taken: what runs for each input stays what it was.

Both versions are run on their control-flow graphs, for all values of the parameters that conditions read.
"""

from __future__ import annotations

import re
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.edits import apply_edits
from migrator.flow import NodeKind, build_graph
from migrator.flow.facts import FunctionFacts
from migrator.rewrite.draft import Draft, RewriteRefusedError
from migrator.rewrite.emit import emit
from migrator.rewrite.tidy import tidy
from migrator.source import SourceFile
from migrator.syntax import callee_name, enclosing_statement
from tests.flow_code import DIALECT, Code

NAMES = ("a", "b", "c")
CONDITIONS = st.sampled_from(["a", "!b", "c", "a && b", "b || !c"])
LAYOUT = st.sampled_from(["", "", "", "\n", "/* why */\n", "/* the topic */\n"])
Item = tuple[object, ...]

leaf = st.one_of(
    st.tuples(st.just("gone"), LAYOUT),
    st.tuples(st.just("gone"), LAYOUT),
    st.tuples(st.just("call"), LAYOUT),
    st.tuples(st.just("goto"), st.sampled_from(["one", "two", "three"])),
)
items = st.recursive(
    st.lists(leaf, min_size=1, max_size=3),
    lambda inner: st.lists(
        st.one_of(
            leaf,
            st.tuples(st.just("if"), CONDITIONS, inner, st.one_of(st.none(), inner), st.booleans()),
            st.tuples(st.just("while"), CONDITIONS, inner, st.booleans()),
        ),
        min_size=1,
        max_size=4,
    ),
    max_leaves=7,
)
tails = st.tuples(*[st.lists(st.sampled_from(["gone", "call"]), max_size=2)] * 3)


class Writer:
    """C in kernel style; every call that stays has a number of its own."""

    def __init__(self) -> None:
        self.calls = 0

    def call(self) -> str:
        self.calls += 1
        return f"x{self.calls}();"

    def write(self, item: Item, indent: str) -> str:
        kind = item[0]
        if kind in ("gone", "call"):
            lines = str(item[1]).replace("/*", f"{indent}/*")
            return f"{lines}{indent}{'gone();' if kind == 'gone' else self.call()}\n"
        if kind == "goto":
            return f"{indent}goto {item[1]};\n"
        text = f"{indent}{kind} ({item[1]}){self.body(item[2], indent, bool(item[-1]))}"
        if kind == "if" and item[3] is not None:
            other = self.body(item[3], indent, bool(item[-1]))
            text = text.removesuffix("\n") + " else" + other if text.endswith("}\n") else f"{text}{indent}else{other}"
        return text

    def body(self, items: object, indent: str, braces: bool) -> str:
        assert isinstance(items, list)
        alone = len(items) == 1 and items[0][0] in ("gone", "call", "goto") and items[0][1] in ("", "one", "two")
        inner = "".join(self.write(item, indent + "\t") for item in items)
        return f"\n{inner}" if alone and not braces else f" {{\n{inner}{indent}}}\n"


def function_of(body: list[Item], ends: tuple[list[str], ...]) -> str:
    writer = Writer()
    text = "".join(writer.write(item, "\t") for item in body)
    for number, (label, tail) in enumerate(zip(("one", "two", "three"), ends, strict=True)):
        text += f"{label}:\n" + "".join(writer.write((kind, ""), "\t") for kind in tail)
        if number == 1 or not tail:
            text += f"\treturn {number};\n"
    return f"int f(int a, int b, int c)\n{{\n{text}\treturn 9;\n}}\n"


def code_of(data: bytes) -> Code:
    source = SourceFile.parse("f.c", data, DIALECT)
    (function,) = source.functions
    assert not function.broken, data.decode()
    return Code(source, function, build_graph(source, function))


def without_gone(data: bytes) -> bytes:
    code = code_of(data)
    facts = FunctionFacts(code.source, code.function, code.graph)
    draft = Draft(code.source, code.function, ("topic",), frozenset(), facts.by_type, facts.locals)
    for call in draft.nodes.get("call_expression", ()):
        if callee_name(call) == "gone":
            draft.remove(enclosing_statement(call))
    tidy(draft)
    return apply_edits(data, emit(draft))


def run(code: Code, values: dict[str, bool]) -> list[str]:
    """What the function does for some parameters: its calls but ``gone()``, up to the return or for a while."""
    trace: list[str] = []
    index = code.graph.entry
    for _ in range(600):
        node = code.graph.nodes[index]
        if index == code.graph.exit or len(trace) > 20:
            break
        edges = code.graph.successors(index)
        text = code.text(node)
        if node.kind is NodeKind.CONDITION:
            edges = tuple(edge for edge in edges if edge.truth == values[text])
        elif node.kind is NodeKind.STATEMENT and re.match(r"x\d|return", text):
            trace.append(text)
        (edge,) = edges
        index = edge.target
    return trace


UGLY = re.compile(r"[ \t]+\n|\{\n\n|\n\n\s*\}|\n\n\n")
INPUTS = [dict(zip(NAMES, values, strict=True)) for values in product([False, True], repeat=3)]


@settings(max_examples=120, deadline=None)
@given(items, tails)
def test_what_runs_stays(body: list[Item], ends: tuple[list[str], ...]) -> None:
    text = function_of(body, ends)
    data = text.encode()
    try:
        result = without_gone(data)
    except RewriteRefusedError:
        return
    after = result.decode()
    assert "gone" not in after
    old, new = code_of(data), code_of(result)
    for values in INPUTS:
        assert run(new, values) == run(old, values), f"{values}\n{text}\nbecame\n{after}"
    # Nothing is left to be done, and nothing looks as if something had been there.
    # (Blank lines of statements that go are looked at one by one: see test_rewrite_emit.)
    if not re.search(r"\n\n\t+gone", text):
        assert UGLY.search(text) or not UGLY.search(after), f"{text}\nbecame\n{after}"
    # Every line that stays is a line that was there, but for braces and labels.
    kept = [line.strip() for line in after.split("\n") if re.match(r"\s*(x\d|return|/\*)", line)]
    old_lines = [line.strip() for line in text.split("\n")]
    assert all(line in old_lines for line in kept)
    # Carriage returns make no difference.
    assert without_gone(data.replace(b"\n", b"\r\n")) == result.replace(b"\n", b"\r\n")


def test_the_run_tells_versions_apart() -> None:
    body = b"\tif (a && !b)\n\t\tx1();\n\twhile (c)\n\t\tx2();\n\treturn 9;\n"
    first = code_of(b"int f(int a, int b, int c)\n{\n" + body + b"}\n")
    assert run(first, {"a": True, "b": False, "c": False}) == ["x1();", "return9;"]
    assert run(first, {"a": True, "b": True, "c": True}) == ["x2();"] * 21
