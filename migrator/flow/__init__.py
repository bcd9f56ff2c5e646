"""Flow: what may happen before and after what, within one function.

``graph`` is the value, ``build`` makes it; ``dominance``, ``reaching`` and ``locks`` are analyses over it, each a
function from a graph to plain values. All are linear in the size of the graph, or nearly so.
"""

from __future__ import annotations

from migrator.flow.build import build_graph
from migrator.flow.graph import FlowEdge, FlowGraph, FlowNode, NodeKind

__all__ = ["FlowEdge", "FlowGraph", "FlowNode", "NodeKind", "build_graph"]
