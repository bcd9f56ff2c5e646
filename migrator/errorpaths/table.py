"""Error-path tables: from each origin of a failure to the exit, the effects that must and may run and what is returned.

A row starts on the edges on which its origin fails, with what is known there, and is followed path-sensitively
to the exit (``flow.explore``). Must is the meet over all paths, may the join. A path that runs into the origin
again (a retry) ends there. Screening is done without path sensitivity, by one backward pass over the graph, so
that only rows that can differ are followed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.errorpaths.effects import Effect, effects_of
from migrator.flow.environment import Analysis, Environment
from migrator.flow.explore import State, explore
from migrator.flow.facts import strip
from migrator.flow.graph import FlowEdge, FlowNode
from migrator.results import ErrorRow

if TYPE_CHECKING:
    from migrator.flow.values import Value

RETRY = "retries"
VOID = "returns"


class Row(Struct, frozen=True):
    """What happens after one failure. ``returns`` holds described values. ``must_again`` and ``may_again`` hold the
    effects that run more than once on every, on some path: (effect, 2) for twice, (effect, 3), up to ``MOST``.
    ``nodes`` are the flow nodes of the paths, ``places`` those of each effect, ``exits`` those that return a value.
    """

    must: frozenset[str]
    may: frozenset[str]
    returns: frozenset[str]
    effects: Mapping[str, Effect]
    must_again: frozenset[tuple[str, int]] = frozenset()
    may_again: frozenset[tuple[str, int]] = frozenset()
    nodes: frozenset[int] = frozenset()
    places: Mapping[str, Collection[int]] = {}
    exits: frozenset[int] = frozenset()

    def surely(self, normal: str) -> int:
        """How often an effect runs at least, at most ``MOST``."""
        return _times(normal, self.must, self.must_again)

    def possibly(self, normal: str) -> int:
        """How often an effect may run, at most ``MOST``."""
        return _times(normal, self.may, self.may_again)

    def render(self, origin: str, line: int) -> ErrorRow:
        """The row as a plain value, effects in source order."""
        ordered = sorted(self.effects.values())
        return ErrorRow(
            origin,
            line,
            tuple(effect.text for effect in ordered if effect.normal in self.must),
            tuple(effect.text for effect in ordered if effect.normal in self.may and effect.normal not in self.must),
            tuple(sorted(self.returns)),
        )


_NONE: frozenset[str] = frozenset()
_ONCE: frozenset[tuple[str, int]] = frozenset()
MOST = 3


def _times(normal: str, once: frozenset[str], again: frozenset[tuple[str, int]]) -> int:
    """How often an effect is counted, by the sets of a row."""
    if normal not in once:
        return 0
    return next((times for times in range(MOST, 1, -1) if (normal, times) in again), 1) if again else 1


class _Seen(Struct, frozen=True):
    must: frozenset[str] = _NONE
    may: frozenset[str] = _NONE
    must_again: frozenset[tuple[str, int]] = _ONCE
    may_again: frozenset[tuple[str, int]] = _ONCE

    def with_effect(self, effect: Effect, elsewhere: bool) -> _Seen:
        """After one more effect. A store that is repeated is one store, and so is what a loop repeats: an effect is
        counted again only when it stands ``elsewhere`` too.
        """
        normal = effect.normal
        must_again, may_again = self.must_again, self.may_again
        if elsewhere and normal in self.may and not effect.idempotent:
            may_again = may_again | {(normal, min(_times(normal, self.may, may_again) + 1, MOST))}
            if normal in self.must:
                must_again = must_again | {(normal, min(_times(normal, self.must, must_again) + 1, MOST))}
        elif normal in self.must:
            return self
        return _Seen(self.must | {normal}, self.may | {normal}, must_again, may_again)


def _merge(left: _Seen, right: _Seen) -> _Seen:
    return _Seen(
        left.must & right.must,
        left.may | right.may,
        left.must_again & right.must_again,
        left.may_again | right.may_again,
    )


def follow_failure(
    analysis: Analysis,
    starts: Iterable[tuple[int, Environment]],
    ignored: Collection[str] = (),
    stops: Collection[int] = (),
    names: Mapping[int, str] | None = None,
    word: str = RETRY,
) -> Row:
    """The row of a failure that starts at the given nodes.

    ``ignored`` are names of calls that do not count, ``stops`` flow nodes at which a path ends by what ``word`` says,
    ``names`` what to call the result of the call at a byte offset. Raises TooComplexError.
    """
    graph, facts = analysis.graph, analysis.facts
    effects: dict[str, Effect] = {}
    returns: set[str] = set()
    exits: set[int] = set()
    ends: list[_Seen] = []
    repeated: set[str] = set()
    per_node: dict[int, tuple[Effect, ...]] = {}

    def transfer(
        node: FlowNode, environment: Environment, key: None, data: _Seen
    ) -> tuple[None, _Seen, dict[str, Value]] | None:
        if node.index in stops:
            returns.add(word)
            ends.append(data)
            return None
        own = per_node.get(node.index)
        if own is None:
            own = per_node[node.index] = effects_of(facts, node, ignored)
        for effect in own:
            first = effects.setdefault(effect.normal, effect)
            if first.offset != effect.offset:
                repeated.add(effect.normal)
            data = data.with_effect(effect, effect.normal in repeated)
        if node.syntax is not None and node.syntax.type == "return_statement":
            inner = node.syntax.named_children
            if inner:
                exits.add(node.index)
                value = analysis.evaluate(strip(inner[0]), environment)
                for atom in value:
                    returns.add((names or {}).get(atom.origin, atom.describe()))
            else:
                returns.add(VOID)
        return key, data, {}

    def follow(edge: FlowEdge, _environment: Environment, key: None, data: _Seen) -> tuple[None, _Seen] | None:
        if edge.target == graph.exit:
            source = graph.nodes[edge.source].syntax
            if source is None or source.type != "return_statement":
                returns.add(VOID)
            ends.append(data)
        return key, data

    empty = _Seen()
    explore(
        analysis,
        [(index, State(None, environment, empty)) for index, environment in starts],
        transfer,
        follow,
        _merge,
    )
    whole = reduce(_merge, ends) if ends else empty
    places: dict[str, list[int]] = {}
    for index, own in per_node.items():
        for effect in own:
            places.setdefault(effect.normal, []).append(index)
    return Row(
        whole.must,
        whole.may,
        frozenset(returns),
        effects,
        whole.must_again,
        whole.may_again,
        frozenset(per_node),
        places,
        frozenset(exits),
    )


class Summary(Struct, frozen=True):
    """Path-insensitive: effects that must and may run from before a node to the exit, and the returns reached."""

    must: frozenset[str]
    may: frozenset[str]
    returns: frozenset[str]


def summarize(analysis: Analysis, ignored: Collection[str] = ()) -> tuple[Summary | None, ...]:
    """A summary per node; None where no path leads to the exit. One backward pass to a fixed point, on bit sets."""
    graph, facts = analysis.graph, analysis.facts
    count = len(graph.nodes)
    bits: dict[str, int] = {}
    own: list[int] = []
    ends: list[int] = []

    def bit(text: str) -> int:
        return 1 << bits.setdefault(text, len(bits))

    for node in graph.nodes:
        mask = 0
        for effect in effects_of(facts, node, ignored):
            mask |= bit(effect.normal)
        own.append(mask)
        syntax = node.syntax
        is_return = syntax is not None and syntax.type == "return_statement"
        ends.append(bit(facts.source.normal(syntax)) if is_return and syntax is not None else 0)
    result: list[tuple[int, int, int] | None] = [None] * count
    result[graph.exit] = (0, 0, 0)
    following = [[edge.target for edge in graph.successors(index)] for index in range(count)]
    pending = [edge.source for edge in graph.predecessors(graph.exit)]
    while pending:
        index = pending.pop()
        must, may, returns = -1, 0, 0
        for goal in following[index]:
            after = result[goal]
            if after is not None:
                must, may, returns = must & after[0], may | after[1], returns | after[2]
        if must == -1:
            continue
        summary = (must | own[index], may | own[index], returns | ends[index])
        if summary != result[index]:
            result[index] = summary
            pending.extend(edge.source for edge in graph.predecessors(index))
    names = list(bits)

    def texts(mask: int) -> frozenset[str]:
        return frozenset(names[position] for position in range(mask.bit_length()) if mask >> position & 1)

    cache: dict[int, frozenset[str]] = {}

    def cached(mask: int) -> frozenset[str]:
        if mask not in cache:
            cache[mask] = texts(mask)
        return cache[mask]

    return tuple(
        None if item is None else Summary(cached(item[0]), cached(item[1]), cached(item[2])) for item in result
    )
