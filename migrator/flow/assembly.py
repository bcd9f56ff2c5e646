"""The graph while it is being built: nodes, edges, and the frontier of half-edges that wait for the next node.

Knows nothing of C: ``build`` decides what becomes a node, this joins it to what came before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, TypeAlias

from tree_sitter import Node

from migrator.flow.graph import FlowEdge, FlowGraph, FlowNode, NodeKind
from migrator.flow.shapes import passed_names

if TYPE_CHECKING:
    from migrator.source import SourceFile

HalfEdge: TypeAlias = tuple[int, bool | None, str | None]  # source, truth, case
Frontier: TypeAlias = list[HalfEdge]


def joined(left: Frontier, right: Frontier) -> Frontier:
    """Both frontiers as one list; reuses the longer one, so that joining along a nest stays cheap."""
    if len(left) < len(right):
        left, right = right, left
    left.extend(right)
    return left


class Assembly:
    """Nodes and edges so far. Only ``finish`` makes a graph of them."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.masked: bytes = source.masked
        self.nodes: list[FlowNode] = []
        self.edges: list[FlowEdge] = []
        self.frontier: Frontier = []
        self.returns: Frontier = []
        self.labels: dict[bytes, int] = {}
        self.jumps: list[tuple[int, bytes | None]] = []  # None: to any label

    def add(self, kind: NodeKind, syntax: Node | None, line: int) -> int:
        """A new node behind the frontier, which then holds the new node alone."""
        index = len(self.nodes)
        self.nodes.append(FlowNode(index, kind, syntax, line))
        self.connect(self.frontier, index)
        self.frontier = [(index, None, None)]
        return index

    def place(self, kind: NodeKind, syntax: Node) -> int:
        """A new node for a piece of syntax, at its line."""
        return self.add(kind, syntax, syntax.start_point[0] + 1)

    def connect(self, halves: Iterable[HalfEdge], target: int) -> None:
        """Lead half-edges to a node."""
        edges = self.edges
        for index, truth, case in halves:
            edges.append(FlowEdge(index, target, truth, case))

    def finish(self, last_line: int) -> FlowGraph:
        """Join gotos and returns to where they lead."""
        exit_index = len(self.nodes)
        unused = self.labels.keys() - {name for _, name in self.jumps}
        if unused:
            self.jumps.extend(self.hidden_jumps(unused))
        unresolved: list[int] = []
        for index, name in self.jumps:
            targets = [self.labels[name]] if name in self.labels else []
            if name is None:
                targets = list(self.labels.values())
            if not targets:
                unresolved.append(index)
                targets = [exit_index]
            for target in targets:
                self.edges.append(FlowEdge(index, target))
        self.frontier = joined(self.frontier, self.returns)
        self.add(NodeKind.EXIT, None, last_line)
        return FlowGraph(self.nodes, self.edges, unresolved)

    def hidden_jumps(self, unused: AbstractSet[bytes]) -> list[tuple[int, bytes]]:
        """Statements that name a label which no goto names: ``unsafe_put_user(x, p, Efault)`` jumps in a macro."""
        word = re.compile(rb"\b(?:" + rb"|".join(sorted(unused)) + rb")\b")
        found: list[tuple[int, bytes]] = []
        for node in self.nodes:
            if (
                node.kind is NodeKind.STATEMENT
                and node.syntax is not None
                and node.syntax.type == "expression_statement"
            ):
                called = {name for name in word.findall(self.code(node.syntax)) if name in passed_names(node.syntax)}
                found.extend((node.index, name) for name in sorted(called))
        return found

    def code(self, syntax: Node) -> bytes:
        """The masked text of a piece of syntax."""
        return self.masked[syntax.start_byte : syntax.end_byte]
