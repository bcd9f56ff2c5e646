"""What must hold of every control-flow graph, whatever the function.

Used by the tests and by ``python -m migrator.flow``.

Each check returns what is wrong as text, so that a run over a whole tree can count and name it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from migrator.flow.graph import FlowGraph, NodeKind
from migrator.source import Function, SourceFile
from migrator.syntax import walk

_TRUTH = frozenset((NodeKind.CONDITION, NodeKind.ITERATOR))
_CASES = frozenset((NodeKind.SWITCH, NodeKind.PREPROCESSOR))
_NOT_RUN = frozenset(("sizeof_expression", "alignof_expression", "offsetof_expression", "field_declaration_list"))


def graph_problems(graph: FlowGraph) -> Iterator[str]:
    """Violations of what every graph promises."""
    if graph.nodes[graph.entry].kind is not NodeKind.ENTRY or graph.predecessors(graph.entry):
        yield "the entry is no entry"
    if graph.nodes[graph.exit].kind is not NodeKind.EXIT or graph.successors(graph.exit):
        yield "the exit is no exit"
    reached = graph.reachable((graph.entry,))
    dead = {node.index for node in graph.dead}
    syntaxes: set[int] = set()
    for node in graph.nodes:
        index = node.index
        if index != graph.exit and (index in reached) == (index in dead):
            yield f"node {index} is neither reachable nor named dead"
        if node.syntax is not None:
            if node.syntax.id in syntaxes:
                yield f"node {index} stands for syntax that has a node already"
            syntaxes.add(node.syntax.id)
            if graph.node_at(node.syntax) is not node:
                yield f"node {index} is not found by its syntax"
        for edge in graph.successors(index):
            if edge.source != index or not 0 <= edge.target <= graph.exit:
                yield f"{edge} does not leave node {index}, or leads nowhere"
            elif edge not in graph.predecessors(edge.target):
                yield f"{edge} is unknown at its target"
            if (edge.truth is not None) != (node.kind in _TRUTH) or (edge.case is not None) != (node.kind in _CASES):
                yield f"{edge} does not fit a {node.kind} node"
        for edge in graph.predecessors(index):
            if edge.target != index or edge not in graph.successors(edge.source):
                yield f"{edge} is unknown at its source"


def lost_calls(graph: FlowGraph, source: SourceFile, function: Function) -> Iterator[str]:
    """Calls of the function that no node executes, or more than one does."""
    owned: dict[int, int] = {}
    tested: set[int] = set()
    for node in graph.nodes:
        if node.kind is NodeKind.CONDITION and node.syntax is not None:
            tested.add(node.syntax.id)
        for part in graph.own(node):
            if part.type == "call_expression":
                owned[part.id] = owned.get(part.id, 0) + 1
    for part in walk(function.body):
        if part.type != "call_expression" or _is_no_run(part, function.body):
            continue
        times = owned.get(part.id, 0)
        if times > 1 or (times == 0 and not _only_wraps(part, source)):
            yield f"{source.path}:{source.line(part.start_byte)}: {times} nodes execute {source.normal(part)[:60]}"


def _is_no_run(call: Node, body: Node) -> bool:
    """Whether a call stands where nothing runs: a case label, sizeof, the condition of an ``#if``."""
    below: Node = call
    parent = call.parent
    while parent is not None and below.id != body.id:
        if parent.type in _NOT_RUN or (parent.type.startswith("preproc_") and not below.type.endswith("statement")):
            return True
        if parent.type == "case_statement":
            value = parent.child_by_field_name("value")
            return value is not None and value.id == below.id
        below, parent = parent, parent.parent
    return False


def _only_wraps(call: Node, source: SourceFile) -> bool:
    function = call.child_by_field_name("function")
    return function is not None and source.normal(function) in (
        "likely",
        "unlikely",
        "likely_notrace",
        "unlikely_notrace",
        "__builtin_expect",
    )
