"""Aborts behind which the object lives on: there the charge would stay, since nothing takes it back any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.diagnostics import Code
from migrator.errorpaths.compare import Finding
from migrator.errorpaths.outlives import End, unreleased_ends
from migrator.syntax import callee_name
from migrator.transaction.cleanup import reach
from migrator.transaction.model import FunctionModel, Status, Transaction, capture_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tree_sitter import Node

    from migrator.flow.environment import Environment
    from migrator.pattern.query import RoleMatch
    from migrator.transaction.between import Placement


def outliving_charges(model: FunctionModel, transaction: Transaction, placement: Placement | None) -> list[Finding]:
    """Aborts after which the object is not given up on every path: there the charge would stay.

    An abort that lies before the place of a call that moved has nothing to abort any more.
    """
    graph, flow = model.graph, transaction.flow
    if flow is None:
        return []
    releasing = [
        item for item in model.of_role("release") if capture_text(model.source, item, "object") == transaction.object
    ]
    releases = node_indices(model, [item.node for item in releasing])
    lives = model.pattern.object_lives
    sure = node_indices(
        model, [item.node for item in releasing if lives is not None and callee_name(item.node) == lives.callee]
    )
    takes = node_indices(model, taking_calls(model, releasing)) if releasing else set()
    begins = {node.index for item in transaction.begins if (node := graph.node_at(item.node)) is not None}
    charged: frozenset[int] | None = None
    if placement is not None and placement.last is not None:
        last = graph.node_at(placement.last)
        charged = reach(model, last.index, last.index) if last is not None else None
    findings = []
    for abort in transaction.aborts:
        node = graph.node_at(abort.node)
        if node is None or (charged is not None and node.index not in charged):
            continue
        starts: list[tuple[int, Environment]] = [
            (node.index, state.environment)
            for state in flow.states.states(node.index)
            if state.key.status is Status.OPEN
        ]
        ends = unreleased_ends(model.analysis, starts, transaction.object, releases, begins, takes, sure)
        if ends:
            findings.append(_outliving(model, transaction, abort.node, ends))
    return findings


def node_indices(model: FunctionModel, calls: Iterable[Node]) -> set[int]:
    """The flow nodes that hold the calls."""
    return {node.index for call in calls if (node := model.graph.node_at(call)) is not None}


def taking_calls(model: FunctionModel, releasing: Sequence[RoleMatch]) -> list[Node]:
    """Calls that one of the releases undoes: they take a reference of their own."""
    found = []
    for rule in model.pattern.undo:
        for call in model.facts.by_type.get("call_expression", ()):
            bound = rule.effect.match(model.source, call)
            if bound is None:
                continue
            shared = {name: text for name, text in bound.items() if name in rule.undo.names}
            if any(rule.undo.match_with(model.source, item.node, shared) is not None for item in releasing):
                found.append(call)
    return found


_HOW = {
    End.LEFT: "leaves without releasing {0}",
    End.BEGUN: "{0} is charged again here",
    End.FORGOTTEN: "{0} becomes something else here",
}


def _outliving(model: FunctionModel, transaction: Transaction, abort: Node, ends: Sequence[tuple[int, End]]) -> Finding:
    """The finding about an abort behind which paths do not release the object."""
    named = transaction.object_node
    object_text = model.readable(named) if named is not None else transaction.about
    again = sorted({line for line, end in ends if end is End.BEGUN})
    others = sorted({line for line, end in ends if end is not End.BEGUN})
    parts = []
    if others:
        where = ", ".join(str(line) for line in others[:3])
        parts.append(
            f"{object_text} is charged but not released on the path from this abort to line {where}: "
            "the charge stays unless the caller gives it up"
        )
    if again:
        where = ", ".join(str(line) for line in again[:3])
        subject = "it" if others else object_text
        parts.append(
            f"{subject} is not released on the path from this abort to line {where}, where it is charged a second time"
        )
    message = "; ".join(parts)
    remedies: tuple[tuple[int, str], ...] = ()
    if model.pattern.object_lives is not None:
        replacement = model.pattern.object_lives.render({"object": object_text})
        message += f"; `{replacement}` belongs here" + ("" if again else " if nobody does")
        remedies = ((model.line(abort), replacement),)
    return Finding(
        Code.CHARGE_OUTLIVES_ABORT,
        model.line(abort),
        message,
        tuple((line, _HOW[end].format(object_text)) for line, end in ends),
        remedies,
    )
