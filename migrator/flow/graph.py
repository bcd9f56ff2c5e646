"""The control-flow graph of one function: plain values, no building and no analysis.

A node is a simple statement or one atomic condition; an edge carries what must be true to take it: the truth of
a condition, the label of a case, the text of an ``#if``. Control leaves through one synthetic exit. A call that
stands in a condition split out of a statement belongs to that condition's node, not to the statement around it:
``FlowGraph.own`` walks what a node itself executes, so that every call is seen once.

Left out on purpose: what conditions mean (``values``), what statements do (``reaching``, ``locks``), and calls as
edges: a call is an ordinary statement unless it never returns.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct
from tree_sitter import Node


class NodeKind(StrEnum):
    """What a node stands for; ``FlowNode.syntax`` says which tree node goes with which kind."""

    ENTRY = "entry"
    EXIT = "exit"
    STATEMENT = "statement"
    CONDITION = "condition"
    SWITCH = "switch"
    PREPROCESSOR = "preprocessor"
    ITERATOR = "iterator"
    LABEL = "label"


class FlowNode(Struct, frozen=True, eq=False):
    """One node. ``line`` counts from 1. ``syntax`` by kind:

    ENTRY, EXIT     None; the lines of the body's braces
    STATEMENT       a simple statement, code that is not understood, or an expression that was split out of a statement
    CONDITION       an expression without ``!``, ``&&``, ``||``, ``?:``, ``,``, likely() and parentheses around it
    SWITCH          the expression that is switched on
    PREPROCESSOR    the whole ``#if`` ... ``#endif`` region
    ITERATOR        the parenthesised arguments of the iterator macro
    LABEL           the label's name
    """

    index: int
    kind: NodeKind
    syntax: Node | None
    line: int


class FlowEdge(Struct, frozen=True):
    """One edge between node indices.

    ``truth``: of the CONDITION or ITERATOR that it leaves (an iterator is false when the loop ends).
    ``case``: leaving a SWITCH, the label as written (``1 ... 3``; ``default`` also for the missing default); leaving
    a PREPROCESSOR node, the condition as written, ``defined(X)``, ``!defined(X)`` or ``else``.
    """

    source: int
    target: int
    truth: bool | None = None
    case: str | None = None


class FlowGraph:
    """An immutable graph; node i is ``nodes[i]``, the entry is 0, the exit is the last one.

    A node without a successor, other than the exit, is a call that never returns. ``unresolved`` are jumps whose
    target is not known (a label that the function does not have): they lead to the exit.
    """

    __slots__ = ("_by_id", "_predecessors", "_spans", "_successors", "dead", "entry", "exit", "nodes", "unresolved")

    def __init__(self, nodes: Sequence[FlowNode], edges: Iterable[FlowEdge], unresolved: Iterable[int] = ()) -> None:
        self.nodes: tuple[FlowNode, ...] = tuple(nodes)
        self.entry = 0
        self.exit = len(self.nodes) - 1
        leaving: list[list[FlowEdge]] = [[] for _ in self.nodes]
        entering: list[list[FlowEdge]] = [[] for _ in self.nodes]
        for edge in edges:
            leaving[edge.source].append(edge)
            entering[edge.target].append(edge)
        self._successors = tuple(map(tuple, leaving))
        self._predecessors = tuple(map(tuple, entering))
        self.unresolved: tuple[FlowNode, ...] = tuple(self.nodes[index] for index in unresolved)
        reached = self.reachable((self.entry,))
        self.dead: tuple[FlowNode, ...] = tuple(
            node for node in self.nodes if node.index not in reached and node.index != self.exit
        )
        self._by_id: dict[int, FlowNode] = {node.syntax.id: node for node in self.nodes if node.syntax is not None}
        self._spans: _SpanIndex | None = None

    def successors(self, index: int) -> tuple[FlowEdge, ...]:
        """The edges that leave a node."""
        return self._successors[index]

    def predecessors(self, index: int) -> tuple[FlowEdge, ...]:
        """The edges that enter a node."""
        return self._predecessors[index]

    def reachable(self, starts: Iterable[int], blocked: Iterable[int] = (), backwards: bool = False) -> frozenset[int]:
        """The nodes on some path from ``starts`` (included), never going on from a ``blocked`` node."""
        seen = set(starts)
        stop = frozenset(blocked)
        pending = list(seen)
        while pending:
            index = pending.pop()
            if index in stop:
                continue
            if backwards:
                found = [edge.source for edge in self._predecessors[index]]
            else:
                found = [edge.target for edge in self._successors[index]]
            for other in found:
                if other not in seen:
                    seen.add(other)
                    pending.append(other)
        return frozenset(seen)

    def behind(self, starts: Iterable[int], blocked: Iterable[int] = ()) -> frozenset[int]:
        """The nodes on some path that leaves one of ``starts``; these themselves only where a path comes back."""
        return self.reachable([edge.target for index in starts for edge in self._successors[index]], blocked)

    def node_at(self, syntax: Node) -> FlowNode | None:
        """The node whose syntax is ``syntax``, else the innermost one whose syntax contains it.

        None for what is no part of a simple statement or condition: an ``if_statement``, a brace, the ``!x`` around
        the condition ``x`` of an ``if``.
        """
        found = self._by_id.get(syntax.id)
        if found is not None:
            return found
        if self._spans is None:
            self._spans = _SpanIndex(
                (node, node.syntax.start_byte, node.syntax.end_byte)
                for node in self.nodes
                if node.syntax is not None and node.kind is not NodeKind.PREPROCESSOR
            )
        return self._spans.innermost(syntax.start_byte, syntax.end_byte)

    def own(self, node: FlowNode) -> Iterator[Node]:
        """The syntax of a node in preorder, without the parts that are nodes of their own (or hold such: ``({ })``)."""
        if node.syntax is None or node.kind is NodeKind.PREPROCESSOR:
            return
        by_id: Mapping[int, FlowNode] = self._by_id
        yield node.syntax
        pending = node.syntax.children[::-1]
        while pending:
            syntax = pending.pop()
            if syntax.id in by_id or syntax.type == "compound_statement":
                continue
            yield syntax
            pending.extend(syntax.children[::-1])

    def dump(self) -> str:
        """One line a node, for a failing test and for people::

        3 condition  12  error  -> 4 if true, 7 if false
        """
        dead = {node.index for node in self.dead}
        lines = []
        for node in self.nodes:
            mark = " dead" if node.index in dead else ""
            targets = ", ".join(_edge_text(edge) for edge in self._successors[node.index])
            lines.append(f"{node.index:4d} {node.kind:<12s} {node.line:5d}{mark}  {_shown(node)}  -> {targets or '-'}")
        return "\n".join(lines) + "\n"


class _SpanIndex:
    """Byte ranges that are nested or disjoint, and the innermost one around a given range."""

    __slots__ = ("_ends", "_nodes", "_outer", "_starts")

    def __init__(self, spans: Iterable[tuple[FlowNode, int, int]]) -> None:
        ordered = sorted(spans, key=lambda span: (span[1], -span[2], span[0].index))
        self._nodes = [span[0] for span in ordered]
        self._starts = [span[1] for span in ordered]
        self._ends = [span[2] for span in ordered]
        self._outer: list[int] = []
        around: list[int] = []
        for position, (_, start, _end) in enumerate(ordered):
            while around and self._ends[around[-1]] <= start:
                around.pop()
            self._outer.append(around[-1] if around else -1)
            around.append(position)

    def innermost(self, start: int, end: int) -> FlowNode | None:
        """The node of the smallest range that holds start..end."""
        position = bisect_right(self._starts, start) - 1
        while position >= 0:
            if end <= self._ends[position]:
                return self._nodes[position]
            position = self._outer[position]
        return None


def _edge_text(edge: FlowEdge) -> str:
    if edge.truth is not None:
        return f"{edge.target} if {'true' if edge.truth else 'false'}"
    if edge.case is not None:
        return f"{edge.target} case {edge.case}"
    return str(edge.target)


def _shown(node: FlowNode, width: int = 60) -> str:
    """The code of a node on one line, shortened."""
    if node.syntax is None:
        return ""
    if node.kind is NodeKind.PREPROCESSOR:
        code = (node.syntax.text or b"").split(b"\n", 1)[0]
    else:
        code = node.syntax.text or b""
    text = " ".join(code.decode("utf-8", "replace").split())
    return text if len(text) <= width else text[: width - 3] + "..."
