"""Commits and aborts in other functions than that of the begin: their object, and what they leave behind.

What is committed elsewhere must be what was begun (``things`` traces it back). An argument of such a commit may have no
place any more, and behind such an abort the charge may stay: these are findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from migrator.across.group import AcrossRefusedError
from migrator.across.travel.things import Thing, Trace
from migrator.diagnostics import Code
from migrator.errorpaths.compare import Finding
from migrator.flow.explore import State, explore
from migrator.flow.facts import strip
from migrator.transaction.function import dropped_arguments
from migrator.transaction.model import Phase, Status, Transaction, TransactionFlow, capture_text
from migrator.transaction.outliving import outliving_charges

if TYPE_CHECKING:
    from migrator.across.travel.journey import Journey
    from migrator.across.travel.touched import Touched
    from migrator.flow.environment import Environment
    from migrator.flow.graph import FlowEdge, FlowNode
    from migrator.flow.values import Value
    from migrator.pattern.query import RoleMatch


def check_objects(journey: Journey) -> Iterator[tuple[Touched, Finding]]:
    """What is committed or aborted elsewhere must be what was begun; yields findings, raises AcrossRefusedError."""
    begun = [
        Thing(touched, strip(transaction.begins[0].captures["object"]))
        for touched in journey.functions.values()
        for transaction in touched.transactions
    ]
    for touched, ending in _orphans(journey):
        things = list(Trace(journey, touched, ending.node).things(touched, ending.captures["object"], frozenset()))
        others = [thing for thing in things if not any(thing.same(item) for item in begun)]
        model, name = touched.model, capture_text(touched.model.source, ending, "name")
        listed = ", ".join(dict.fromkeys(f"`{item.text}`" for item in begun))
        if len(others) == len(things):
            raise AcrossRefusedError(
                Code.OBJECT_CHANGES,
                touched.path,
                model.line(ending.node),
                f"{name}() gets {model.readable(ending.captures['object'])}, and it cannot be seen that this is "
                f"what was begun, {listed}",
                *((thing.touched.path, thing.line, f"`{thing.text}`") for thing in others),
            )
        if others:
            seen = ", ".join(dict.fromkeys(f"`{thing.text}` ({thing.touched.path}:{thing.line})" for thing in others))
            message = (
                f"{name}() may get {seen} instead of {listed}, as far as can be seen; the new call charges "
                f"{listed} whatever is mapped"
            )
            yield touched, Finding(Code.OBJECT_CHANGES, model.line(ending.node), message)


def findings_of_endings(journey: Journey) -> Iterator[tuple[Touched, Finding]]:
    """Arguments of commits elsewhere that have no place any more; aborts elsewhere behind which the charge stays."""
    for touched, ending in _orphans(journey):
        model = touched.model
        place = Transaction(
            capture_text(model.source, ending, "object"), capture_text(model.source, ending, "handle"), [ending]
        )
        for finding in dropped_arguments(model, place):
            yield touched, finding
        if ending.role == "abort":
            place.aborts.append(ending)
            place.flow = _open_flow(touched)
            for finding in outliving_charges(model, place, None):
                yield touched, finding


def _orphans(journey: Journey) -> Iterator[tuple[Touched, RoleMatch]]:
    for touched in journey.functions.values():
        own = {item.node.start_byte for transaction in touched.transactions for item in transaction.calls}
        for start, ending in sorted(touched.endings.items()):
            if start not in own:
                yield touched, ending


def _open_flow(touched: Touched) -> TransactionFlow:
    """A function that is entered with the transaction open."""

    def transfer(
        _node: FlowNode, _environment: Environment, key: Phase, _data: None
    ) -> tuple[Phase, None, Mapping[str, Value]] | None:
        return key, None, {}

    def follow(_edge: FlowEdge, _environment: Environment, key: Phase, _data: None) -> tuple[Phase, None] | None:
        return key, None

    start = State(Phase(Status.OPEN), dict[str, "Value"](), None)
    analysis = touched.model.analysis
    states = explore(analysis, [(touched.model.graph.entry, start)], transfer, follow, lambda _left, _right: None)
    return TransactionFlow(states, {}, {})
