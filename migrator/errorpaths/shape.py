"""Whether a rewrite kept the control flow of everything that it did not mean to change.

Every piece of code that stands in both versions must be followed by the same pieces in both. What was deleted,
inserted or replaced is looked through, and so are gotos and labels, so that labels may be merged and jumps retargeted.
This does not know how the rewrite was made; it finds an ``else`` that belongs to another ``if`` now, a lost branch, a
statement that slipped out of its loop.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from migrator.flow.graph import FlowGraph, NodeKind

if TYPE_CHECKING:
    from migrator.edits import PositionMap

EXIT = -1
_JUMPS = frozenset({"goto_statement", "break_statement", "continue_statement"})


def changed_flow(
    before: FlowGraph,
    after: FlowGraph,
    positions: PositionMap,
    meant_before: Collection[int] = (),
    meant_after: Collection[int] = (),
) -> tuple[int, ...]:
    """Lines (of the version before) of code that other code follows now; empty when the flow was kept.

    ``meant_before`` and ``meant_after`` are flow nodes whose surroundings are meant to differ: a call that moves, and
    where it went. A place from which one of them is met is not compared.
    """
    old = _standing(before)
    new = _standing(after)
    kept = {start: moved for start in old if (moved := positions.forward(start)) is not None and moved in new}
    old_names = {old[start]: start for start in kept}
    new_names = {new[moved]: start for start, moved in kept.items()}
    lines = []
    for start, moved in kept.items():
        first = _followers(before, old[start], old_names, meant_before)
        second = _followers(after, new[moved], new_names, meant_after)
        if first is not None and second is not None and first != second:
            lines.append(before.nodes[old[start]].line)
    return tuple(sorted(set(lines)))


def _standing(graph: FlowGraph) -> dict[int, int]:
    """The flow node of each piece of code, by the byte at which it starts."""
    found: dict[int, int] = {}
    for node in graph.nodes:
        if node.syntax is None or node.kind in (NodeKind.LABEL, NodeKind.PREPROCESSOR) or node.syntax.type in _JUMPS:
            continue
        found.setdefault(node.syntax.start_byte, node.index)
    return found


def _followers(
    graph: FlowGraph, index: int, names: Mapping[int, int], meant: Collection[int]
) -> frozenset[tuple[bool | None, str | None, int]] | None:
    """What may run next after a node, by the truth or case of the edge that leaves it; None when ``meant`` is met."""
    if index in meant:
        return None
    found: set[tuple[bool | None, str | None, int]] = set()
    for edge in graph.successors(index):
        pending, seen = [edge.target], {edge.target}
        while pending:
            current = pending.pop()
            if current in meant:
                return None
            if current == graph.exit:
                found.add((edge.truth, edge.case, EXIT))
            elif current in names:
                found.add((edge.truth, edge.case, names[current]))
            else:
                for following in graph.successors(current):
                    if following.target not in seen:
                        seen.add(following.target)
                        pending.append(following.target)
    return frozenset(found)
