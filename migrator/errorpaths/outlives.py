"""Whether an object is released on every path behind an abort."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from migrator.flow.environment import Analysis, Environment
from migrator.flow.explore import State, explore
from migrator.flow.graph import FlowEdge, FlowNode

if TYPE_CHECKING:
    from migrator.flow.values import Value


def _nothing(_left: None, _right: None) -> None:
    return None


def unreleased_exits(
    analysis: Analysis,
    starts: Iterable[tuple[int, Environment]],
    object_key: str,
    releases: Collection[int],
    begins: Collection[int],
) -> tuple[int, ...]:
    """Lines at which a path leaves (or begins again, or forgets the object) without having released it.

    ``starts`` are flow nodes of the abort with what is known there, ``releases`` flow nodes that release the
    object, ``begins`` flow nodes that begin a new transaction of it. Raises TooComplexError.
    """
    graph = analysis.graph
    lines: set[int] = set()

    def transfer(
        node: FlowNode, _environment: Environment, key: bool, _data: None
    ) -> tuple[bool, None, dict[str, Value]] | None:
        if node.index in releases:
            return None
        if key and (node.index in begins or object_key in analysis.facts.of(node).defined):
            lines.add(node.line)
            return None
        return True, None, {}

    def follow(edge: FlowEdge, _environment: Environment, key: bool, _data: None) -> tuple[bool, None] | None:
        if edge.target == graph.exit:
            lines.add(graph.nodes[edge.source].line)
        return key, None

    explore(
        analysis,
        [(index, State(False, environment, None)) for index, environment in starts],
        transfer,
        follow,
        _nothing,
    )
    return tuple(sorted(lines))
