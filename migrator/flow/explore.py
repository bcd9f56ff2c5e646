"""Path-sensitive dataflow over one function, linear in its size.

Property simulation (Das, Lerner, Seigle: "ESP: path-sensitive program verification in polynomial time", PLDI
2002): a state is a discrete key of the client (a typestate) and an environment of abstract values. States with
the same key and the same environment are one; an environment holds only what a later test or return can still
ask for. Where more than ``MAX_STATES`` states meet at a node, those of one key are joined, so the cost stays
linear and the answer stays sound. What a client accumulates (effects seen so far) travels as joinable data.

Left out: arithmetic, aliasing of memory (a store to a field forgets every key that names this field), values
of memory across calls.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from msgspec import Struct

from migrator.flow.environment import Analysis, Environment, join_environments
from migrator.flow.graph import FlowEdge, FlowNode, NodeKind
from migrator.flow.values import Value

Key = TypeVar("Key", bound=Hashable)
Data = TypeVar("Data")

MAX_STATES = 24
STEPS_PER_NODE = 400


class TooComplexError(Exception):
    """The function needs more steps than allowed; the caller turns this into a refusal."""


class State(Struct, Generic[Key, Data], frozen=True):
    """What may hold before a node executes."""

    key: Key
    environment: Environment
    data: Data


Transfer = Callable[[FlowNode, Environment, Key, Data], tuple[Key, Data, Mapping[str, Value]] | None]
Follow = Callable[[FlowEdge, Environment, Key, Data], tuple[Key, Data] | None]
Merge = Callable[[Data, Data], Data]


class Exploration(Generic[Key, Data]):
    """The result: the states that may hold before each node."""

    def __init__(self, count: int) -> None:
        self.before: list[dict[tuple[Key, frozenset[tuple[str, Value]]], State[Key, Data]]] = [{} for _ in range(count)]
        self.merged: list[bool] = [False] * count

    def states(self, index: int) -> tuple[State[Key, Data], ...]:
        """The states before a node; empty when it is never reached."""
        return tuple(self.before[index].values())

    def keys(self, index: int) -> frozenset[Key]:
        """The client's keys before a node."""
        return frozenset(state.key for state in self.before[index].values())


def explore(
    analysis: Analysis,
    starts: Iterable[tuple[int, State[Key, Data]]],
    transfer: Transfer[Key, Data],
    follow: Follow[Key, Data],
    merge: Merge[Data],
) -> Exploration[Key, Data]:
    """Run the client to its fixed point.

    ``transfer`` sees a node with the environment before it and returns the key and data after it, and
    pseudo variables (names that begin with ``$``) to put into the environment after it; None ends the path
    there. ``follow`` sees an edge with the environment refined by its truth; None ends the path. Raises
    TooComplexError.
    """
    graph = analysis.graph
    result: Exploration[Key, Data] = Exploration(len(graph.nodes))
    live = analysis.live
    heap: list[int] = []
    queued = [False] * len(graph.nodes)
    dirty: list[dict[tuple[Key, frozenset[tuple[str, Value]]], None]] = [{} for _ in graph.nodes]

    def wake(index: int, identity: tuple[Key, frozenset[tuple[str, Value]]]) -> None:
        dirty[index][identity] = None
        if not queued[index]:
            queued[index] = True
            heapq.heappush(heap, index)

    def arrive(index: int, key: Key, environment: Environment, data: Data) -> None:
        keep = live[index]
        pruned = {name: value for name, value in environment.items() if name in keep or name[0] == "$"}
        known = result.before[index]
        if result.merged[index] or len(known) >= MAX_STATES:
            if not result.merged[index]:
                result.merged[index] = True
                _merge_all(known, merge)
                for identity in known:
                    wake(index, identity)
            same = next((item for item in known.items() if item[0][0] == key), None)
            if same is not None:
                identity, state = same
                joined = join_environments(state.environment, pruned)
                merged_data = merge(state.data, data)
                if joined == state.environment and merged_data == state.data:
                    return
                del known[identity]
                dirty[index].pop(identity, None)
                pruned, data = joined, merged_data
        identity = (key, frozenset(pruned.items()))
        old = known.get(identity)
        if old is not None:
            data = merge(old.data, data)
            if data == old.data:
                return
        known[identity] = State(key, pruned, data)
        wake(index, identity)

    for start, state in starts:
        arrive(start, state.key, state.environment, state.data)
    budget = STEPS_PER_NODE * (len(graph.nodes) + 50)
    while heap:
        index = heapq.heappop(heap)
        queued[index] = False
        waiting = list(dirty[index])
        dirty[index].clear()
        node = graph.nodes[index]
        for identity in waiting:
            current = result.before[index].get(identity)
            if current is None:
                continue
            budget -= 1
            if budget < 0:
                raise TooComplexError(f"more than {STEPS_PER_NODE} steps for each of {len(graph.nodes)} nodes")
            moved = transfer(node, current.environment, current.key, current.data)
            if moved is None:
                continue
            key, data, pseudo = moved
            environment = analysis.step(node, current.environment)
            environment.update(pseudo)
            for edge in graph.successors(index):
                refined: Environment = environment
                if edge.truth is not None and node.kind is NodeKind.CONDITION and node.syntax is not None:
                    possible = analysis.refine(node.syntax, edge.truth, environment)
                    if possible is None:
                        continue
                    refined = possible
                followed = follow(edge, refined, key, data)
                if followed is not None:
                    arrive(edge.target, followed[0], refined, followed[1])
    return result


def _merge_all(known: dict[tuple[Key, frozenset[tuple[str, Value]]], State[Key, Data]], merge: Merge[Data]) -> None:
    """Join the states of each key into one, in place."""
    by_key: dict[Key, State[Key, Data]] = {}
    for state in known.values():
        other = by_key.get(state.key)
        by_key[state.key] = (
            state
            if other is None
            else State(
                state.key, join_environments(other.environment, state.environment), merge(other.data, state.data)
            )
        )
    known.clear()
    for state in by_key.values():
        known[(state.key, frozenset(state.environment.items()))] = state
