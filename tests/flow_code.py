"""Small functions and their control-flow graphs, for the tests of ``migrator.flow``."""

from __future__ import annotations

from dataclasses import dataclass

from migrator.flow import FlowGraph, FlowNode, NodeKind, build_graph
from migrator.source import Function, SourceFile, load_dialect

DIALECT = load_dialect(None)


@dataclass(frozen=True, slots=True)
class Code:
    """One parsed function and its graph."""

    source: SourceFile
    function: Function
    graph: FlowGraph

    def text(self, node: FlowNode) -> str:
        """The code of a node without blanks; the kind for a node that has none."""
        if node.syntax is None or node.kind is NodeKind.PREPROCESSOR:
            return str(node.kind)
        return "".join(self.source.normal(node.syntax).split()).removeprefix("goto")

    def node(self, text: str) -> FlowNode:
        """The only node with this text (see ``text``)."""
        found = [node for node in self.graph.nodes if self.text(node) == text]
        assert len(found) == 1, f"{len(found)} nodes are {text!r} in\n{self.graph.dump()}"
        return found[0]

    def edges(self) -> set[str]:
        """``a -> b``, ``a -true-> b``, ``a -case 1-> b`` for every edge."""
        lines = set()
        for node in self.graph.nodes:
            for edge in self.graph.successors(node.index):
                label = ""
                if edge.truth is not None:
                    label = "true" if edge.truth else "false"
                elif edge.case is not None:
                    label = edge.case
                target = self.text(self.graph.nodes[edge.target])
                lines.add(f"{self.text(node)} -{label}-> {target}" if label else f"{self.text(node)} -> {target}")
        return lines


def parsed(body: str, head: str = "int f(int a, int b)") -> Code:
    """The function ``head { body }``, which must parse."""
    indented = "".join(f"\t{line}\n" for line in body.split("\n"))
    source = SourceFile.parse("f.c", f"{head}\n{{\n{indented}}}\n".encode(), DIALECT)
    (function,) = source.functions
    assert not function.broken, body
    return Code(source, function, build_graph(source, function))
