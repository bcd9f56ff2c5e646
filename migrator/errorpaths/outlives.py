"""Whether an object is released on every path behind an abort."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.flow.environment import Analysis, Environment
from migrator.flow.explore import State, explore
from migrator.flow.graph import FlowEdge, FlowNode

if TYPE_CHECKING:
    from migrator.flow.values import Value

# References that are counted one by one; more are never taken to be given up again.
_MOST = 3


class End(StrEnum):
    """How a path ends on which an object was not released."""

    LEFT = "left"
    BEGUN = "begun again"
    FORGOTTEN = "forgotten"


class _Path(Struct, frozen=True):
    """``passed``: the abort lies behind; ``taken``: references that were taken since and not yet given up."""

    passed: bool
    taken: int = 0


def _nothing(_left: None, _right: None) -> None:
    return None


def unreleased_exits(
    analysis: Analysis,
    starts: Iterable[tuple[int, Environment]],
    object_key: str,
    releases: Collection[int],
    begins: Collection[int],
    takes: Collection[int] = (),
) -> tuple[int, ...]:
    """Lines at which a path leaves (or begins again, or forgets the object) without having released it.

    ``starts`` are flow nodes of the abort with what is known there, ``releases`` flow nodes that release the
    object, ``begins`` flow nodes that begin a new transaction of it, ``takes`` flow nodes that take a reference, which
    the next release gives up. Raises TooComplexError.
    """
    ends = unreleased_ends(analysis, starts, object_key, releases, begins, takes)
    return tuple(sorted({line for line, _ in ends}))


def unreleased_ends(
    analysis: Analysis,
    starts: Iterable[tuple[int, Environment]],
    object_key: str,
    releases: Collection[int],
    begins: Collection[int],
    takes: Collection[int] = (),
    sure: Collection[int] = (),
) -> tuple[tuple[int, End], ...]:
    """As ``unreleased_exits``, with how the path ends at each line; ``sure`` are releases that take the charge back
    whoever else refers to the object.
    """
    graph = analysis.graph
    ends: set[tuple[int, End]] = set()

    def transfer(
        node: FlowNode, _environment: Environment, key: _Path, _data: None
    ) -> tuple[_Path, None, dict[str, Value]] | None:
        taken = key.taken
        if node.index in releases:
            if not taken or node.index in sure:
                return None
            taken -= taken < _MOST
        if key.passed and node.index in begins:
            ends.add((node.line, End.BEGUN))
            return None
        if key.passed and object_key in analysis.facts.of(node).defined:
            ends.add((node.line, End.FORGOTTEN))
            return None
        if node.index in takes:
            taken = min(taken + 1, _MOST)
        return _Path(True, taken), None, {}

    def follow(edge: FlowEdge, _environment: Environment, key: _Path, _data: None) -> tuple[_Path, None] | None:
        if edge.target == graph.exit:
            ends.add((graph.nodes[edge.source].line, End.LEFT))
        return key, None

    explore(
        analysis,
        [(index, State(_Path(False), environment, None)) for index, environment in starts],
        transfer,
        follow,
        _nothing,
    )
    return tuple(sorted(ends))
