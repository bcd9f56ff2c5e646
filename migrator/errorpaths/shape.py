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
    twins: Collection[tuple[int, int, bool]] = (),
) -> tuple[int, ...]:
    """Lines (of the version before) of code that other code follows now; empty when the flow was kept.

    ``meant_before`` and ``meant_after`` are flow nodes whose surroundings are meant to differ: a call that moves, and
    where it went. A place from which one of them is met is not compared. ``twins`` are pairs of flow nodes that are
    each other's though their code differs (a call and what replaced it), and whether one is true when the other is
    false; the entries of both graphs are twins anyway.
    """
    old = _standing(before)
    new = _standing(after)
    kept = {start: moved for start in old if (moved := positions.forward(start)) is not None and moved in new}
    old_names = {old[start]: start for start in kept}
    new_names = {new[moved]: start for start, moved in kept.items()}
    pairs = [(old[start], new[moved], False) for start, moved in kept.items()]
    pairs.append((before.entry, after.entry, False))
    for name, (first_index, second_index, opposite) in enumerate(twins):
        if first_index not in old_names and second_index not in new_names:
            old_names[first_index] = new_names[second_index] = EXIT - 1 - name
            pairs.append((first_index, second_index, opposite))
    lines = []
    for first_index, second_index, opposite in pairs:
        first = _followers(before, first_index, old_names, meant_before)
        second = _followers(after, second_index, new_names, meant_after)
        if second is not None and opposite:
            second = frozenset((truth if truth is None else not truth, case, goal) for truth, case, goal in second)
        if first is not None and second is not None and first != second:
            lines.append(before.nodes[first_index].line)
    return tuple(sorted(set(lines)))


def kept_nodes(before: FlowGraph, after: FlowGraph, positions: PositionMap) -> dict[int, int]:
    """The flow nodes that stand in both versions: those of the version before, with their twins."""
    new = _standing(after)
    found = {}
    for start, index in _standing(before).items():
        moved = positions.forward(start)
        if moved is not None and moved in new:
            found[index] = new[moved]
    return found


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
    if len({goal for _, _, goal in found}) == 1:
        # All ways lead to the same place: a test of which nothing is left but its call.
        return frozenset({(None, None, goal) for _, _, goal in found})
    return frozenset(found)
