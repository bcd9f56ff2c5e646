"""On which edges a call is known to have failed or succeeded, and what is known there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.flow import values
from migrator.flow.environment import Analysis, Environment, join_environments
from migrator.flow.explore import Exploration, State, explore
from migrator.flow.graph import FlowEdge, FlowNode
from migrator.flow.values import Sign, Value

if TYPE_CHECKING:
    from tree_sitter import Node

RESULT = "$result"
EdgeIdentity = tuple[int, int, bool | None]


class Outcome(Struct):
    """Edges on which one of the calls turned out to have failed, and the states of the whole function. ``untested`` are
    the byte offsets of calls whose result nobody asks for on some path.
    """

    states: Exploration[str, None]
    failures: dict[EdgeIdentity, Environment] = field(default_factory=dict)
    successes: dict[EdgeIdentity, Environment] = field(default_factory=dict)
    nodes: frozenset[int] = frozenset()
    untested: set[int] = field(default_factory=set)


def _nothing(_left: None, _right: None) -> None:
    return None


def outcomes(analysis: Analysis, calls: Collection[Node], *, local: bool = False) -> Outcome:
    """Follow calls that return 0 or a negative errno from the entry of the function; raises TooComplexError.

    ``local``: only from each call until its result is known, with nothing known before it. That is enough, and much
    cheaper, where two versions are compared whose code before the call is the same.
    """
    graph = analysis.graph
    at: dict[int, list[Node]] = {}
    for call in calls:
        node = graph.node_at(call)
        if node is not None:
            at.setdefault(node.index, []).append(call)
    untested: set[int] = set()
    failures: dict[EdgeIdentity, Environment] = {}
    successes: dict[EdgeIdentity, Environment] = {}

    def transfer(
        node: FlowNode, _environment: Environment, key: str, _data: None
    ) -> tuple[str, None, Mapping[str, Value]] | None:
        pseudo: dict[str, Value] = {}
        for call in at.get(node.index, ()):
            key = "pending"
            normal = analysis.source.normal(call)
            pseudo[RESULT] = values.call_result(normal, call.start_byte, Sign.NEGATIVE | Sign.ZERO)
        return key, None, pseudo

    def follow(edge: FlowEdge, environment: Environment, key: str, _data: None) -> tuple[str, None] | None:
        if key == "pending":
            signs = values.signs_of(environment.get(RESULT, values.UNKNOWN))
            found = None
            if signs == Sign.ZERO:
                key, found = "succeeded", successes
            elif not signs & Sign.ZERO:
                key, found = "failed", failures
            if found is not None:
                identity = (edge.source, edge.target, edge.truth)
                known = found.get(identity)
                found[identity] = environment if known is None else join_environments(known, environment)
                if local:
                    return None
            elif edge.target == graph.exit:
                untested.update(atom.origin for atom in environment.get(RESULT, values.UNKNOWN))
        return key, None

    start = State("none", dict[str, Value](), None)
    starts = sorted(at) if local else [graph.entry]
    states = explore(analysis, [(index, start) for index in starts], transfer, follow, _nothing)
    return Outcome(states, failures, successes, frozenset(at), untested)
