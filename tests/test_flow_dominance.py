"""Dominators, post-dominators and loops, against their definitions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.flow import FlowEdge, FlowGraph, FlowNode, NodeKind
from migrator.flow.dominance import dominates, dominators, loops, post_dominators
from tests.flow_code import Code, parsed


@st.composite
def graphs(draw: st.DrawFn) -> FlowGraph:
    """Graphs of any shape, with dead parts, endless loops and loops with two entries."""
    count = draw(st.integers(2, 9))
    places = st.integers(0, count - 1)
    pairs = draw(st.sets(st.tuples(places, places), max_size=20))
    kinds = [NodeKind.ENTRY] + [NodeKind.STATEMENT] * (count - 2) + [NodeKind.EXIT]
    nodes = [FlowNode(index, kind, None, index + 1) for index, kind in enumerate(kinds)]
    edges = [FlowEdge(source, target) for source, target in sorted(pairs) if source != count - 1 and target != 0]
    return FlowGraph(nodes, edges)


def without(graph: FlowGraph, root: int, removed: int, backwards: bool) -> frozenset[int]:
    """What can be reached from the root without passing one node."""
    if removed == root:
        return frozenset()
    return graph.reachable((root,), blocked=(removed,), backwards=backwards) - {removed}


@settings(max_examples=300, deadline=None)
@given(graphs(), st.booleans())
def test_dominators_are_on_every_path(graph: FlowGraph, backwards: bool) -> None:
    root = graph.exit if backwards else graph.entry
    tree = post_dominators(graph) if backwards else dominators(graph)
    reached = graph.reachable((root,), backwards=backwards)
    for lower in range(len(graph.nodes)):
        assert (tree[lower] is None) == (lower == root or lower not in reached)
        if lower not in reached:
            continue
        for upper in reached:
            always = upper == lower or lower not in without(graph, root, upper, backwards)
            assert dominates(tree, upper, lower) == always, (upper, lower, graph.dump())


@settings(max_examples=300, deadline=None)
@given(graphs())
def test_loops_are_entered_at_their_header(graph: FlowGraph) -> None:
    reached = graph.reachable((graph.entry,))
    tree = dominators(graph)
    found = loops(graph)
    for header, body in found.items():
        assert header in body
        for index in body:
            assert dominates(tree, header, index)
            inside = {edge.target for edge in graph.successors(index)} & body
            assert inside, "from each node of a loop the loop goes on"
    headers = {
        edge.target
        for index in reached
        for edge in graph.successors(index)
        if edge.target in reached and dominates(tree, edge.target, index)
    }
    assert set(found) == headers


def texts(code: Code, indices: frozenset[int]) -> set[str]:
    return {code.text(code.graph.nodes[index]) for index in indices}


LOOPS = {
    "none": ("if (a) x();", {}),
    "while": ("while (a) { x(); if (b) break; y(); } z();", {"a": {"a", "x();", "b", "y();"}}),
    "do": ("do { x(); y(); } while (a);", {"x();": {"x();", "y();", "a"}}),
    "do-0": ("do { x(); } while (0);", {}),
    "nested": (
        "for (;;) { w(); while (a) x(); if (b) break; }",
        {"w();": {"w();", "a", "x();", "b"}, "a": {"a", "x();"}},
    ),
    "goto": ("again: x(); if (a) goto again;", {"again": {"again", "x();", "a", "again;"}}),
    "iterator": ("list_for_each(p, q) x();", {"(p,q)": {"(p,q)", "x();"}}),
    "dead": ("return 1; while (a) x();", {}),
    "two-entries": ("if (a) goto in; while (b) { x(); in: y(); }", {}),
}


@pytest.mark.parametrize("name", LOOPS)
def test_loops(name: str) -> None:
    body, wanted = LOOPS[name]
    code = parsed(body)
    found = {code.text(code.graph.nodes[header]): texts(code, inside) for header, inside in loops(code.graph).items()}
    assert found == wanted, code.graph.dump()


def test_the_setup_of_a_guarded_call() -> None:
    code = parsed(
        "if (!huge) { err = begin(); if (err) return err; } set(); if (g()) goto error; return 0; error: undo();"
    )
    down, up = dominators(code.graph), post_dominators(code.graph)
    begin, setup, undo = (code.node(text).index for text in ("err=begin();", "set();", "undo();"))
    guard = code.node("huge").index
    assert dominates(down, guard, begin)
    assert not dominates(down, begin, setup)
    assert dominates(down, setup, undo)
    assert not dominates(up, setup, begin), "the return lies between"
    assert up[undo] == code.graph.exit


def test_a_node_that_never_ends_has_no_post_dominator() -> None:
    code = parsed("if (a) panic(); x();")
    up = post_dominators(code.graph)
    assert up[code.node("panic();").index] is None
    assert up[code.node("a").index] == code.node("x();").index
