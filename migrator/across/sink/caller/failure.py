"""The paths of a caller on which its callee failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from migrator.flow.environment import Analysis, Environment
from migrator.flow.explore import State, explore
from migrator.flow.values import Sign, Value

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.sink.caller.shape import Caller
    from migrator.errorpaths.outcome import Outcome
    from migrator.flow.graph import FlowEdge, FlowNode
    from migrator.transaction.model import FunctionModel


def callee_analysis(model: FunctionModel, call: Node, errors: frozenset[str]) -> Analysis:
    """The function's analysis, with the callee known to return 0 or a negative errno (one of ``errors``, if given)."""
    assumed = {call.start_byte: Sign.NEGATIVE | Sign.ZERO}
    return Analysis(
        model.facts,
        dict(model.analysis.assumed) | assumed,
        dict(model.analysis.errors) | ({call.start_byte: errors} if errors else {}),
    )


def nodes_of_failure(caller: Caller, analysis: Analysis, outcome: Outcome) -> set[int]:
    """The flow nodes on paths on which the callee failed, up to where the transaction begins again."""
    starts = [(edge[1], environment) for edge, environment in outcome.failures.items()]
    begin = caller.model.graph.node_at(caller.transaction.begins[0].node)
    return visited_nodes(analysis, starts, begin.index if begin is not None else -1)


def visited_nodes(analysis: Analysis, starts: Sequence[tuple[int, Environment]], stop: int) -> set[int]:
    """The flow nodes on feasible paths from the starts, not beyond ``stop``; raises TooComplexError."""
    visited: set[int] = set()

    def transfer(
        node: FlowNode, _environment: Environment, key: None, _data: None
    ) -> tuple[None, None, Mapping[str, Value]] | None:
        visited.add(node.index)
        return None if node.index == stop else (key, None, {})

    def follow(_edge: FlowEdge, _environment: Environment, key: None, _data: None) -> tuple[None, None] | None:
        return key, None

    states = [(index, State(None, dict(environment), None)) for index, environment in starts]
    explore(analysis, states, transfer, follow, lambda _left, _right: None)
    return visited
