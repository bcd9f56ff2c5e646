"""Dominators, post-dominators and natural loops of a control-flow graph, by index of node.

Dominators are networkx's (Cooper, Harvey, Kennedy: "A simple, fast dominance algorithm", 2001). Post-dominators are
the dominators of the reversed graph from the exit. A natural loop belongs to a back edge, one whose target dominates
its source; loops with one header are one loop. A cycle that is entered at two places has no header and is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from migrator.flow.graph import FlowGraph


def dominators(graph: FlowGraph) -> list[int | None]:
    """The immediate dominator of every node; None for the entry and for dead code."""
    edges = [(edge.source, edge.target) for node in graph.nodes for edge in graph.successors(node.index)]
    return _immediate(edges, graph.entry, len(graph.nodes))


def post_dominators(graph: FlowGraph) -> list[int | None]:
    """The immediate post-dominator of every node; None for the exit and for nodes that never reach it."""
    edges = [(edge.target, edge.source) for node in graph.nodes for edge in graph.successors(node.index)]
    return _immediate(edges, graph.exit, len(graph.nodes))


def _immediate(edges: Sequence[tuple[int, int]], root: int, count: int) -> list[int | None]:
    import networkx  # type: ignore[import-untyped]  # late: it costs 0.2 s, and most runs need no dominators

    directed = networkx.DiGraph()
    directed.add_node(root)
    directed.add_edges_from(edges)
    found: Mapping[int, int] = networkx.immediate_dominators(directed, root)
    result: list[int | None] = [None] * count
    for index, above in found.items():
        if index != root:
            result[index] = above
    return result


def dominates(immediate: Sequence[int | None], upper: int, lower: int) -> bool:
    """Whether ``upper`` stands on every path to ``lower`` (a node dominates itself), given either kind of tree."""
    current: int | None = lower
    while current is not None:
        if current == upper:
            return True
        current = immediate[current]
    return False


def loops(graph: FlowGraph) -> Mapping[int, frozenset[int]]:
    """The natural loops: header -> every node of the loop, the header included."""
    first, last = _intervals(dominators(graph), graph.entry)
    bodies: dict[int, frozenset[int]] = {}
    for node in graph.nodes:
        header = node.index
        back = [
            edge.source
            for edge in graph.predecessors(header)
            if first[header] <= first[edge.source] <= last[header]  # the header dominates it
        ]
        if back:
            inside = graph.reachable(back, blocked=(header,), backwards=True)
            bodies[header] = frozenset(index for index in inside if first[index] >= 0)  # dead code may lead in
    return bodies


def _intervals(immediate: Sequence[int | None], root: int) -> tuple[list[int], list[int]]:
    """Preorder numbers of a dominator tree: a node dominates those numbered ``first`` to ``last`` of it.

    Nodes outside of the tree get numbers that are in nobody's interval, not even their own.
    """
    below: list[list[int]] = [[] for _ in immediate]
    for index, above in enumerate(immediate):
        if above is not None:
            below[above].append(index)
    first = [-1] * len(immediate)
    last = [-2] * len(immediate)
    count = 0
    pending = [(root, False)]
    while pending:
        index, done = pending.pop()
        if done:
            last[index] = count - 1
            continue
        first[index] = count
        count += 1
        pending.append((index, True))
        pending.extend((child, False) for child in below[index])
    return first, last
