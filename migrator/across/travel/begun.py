"""The function of the begin: what a transaction must keep to there when it ends in another function.

The protocol is followed as the engine does it, only that a path may leave it open behind a call that could end it
elsewhere. The object must still be the one that was begun where the transaction is handed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.across.group import AcrossRefusedError
from migrator.across.members import accesses, find_member, is_overwritten
from migrator.across.travel.things import Thing, member_of
from migrator.diagnostics import Code
from migrator.flow.facts import is_memory, strip
from migrator.syntax import arguments, callee_name, identifiers, is_null
from migrator.transaction.model import Reason, Status, Transaction, UseOfHandle, capture_text
from migrator.transaction.protocol import check_protocol
from migrator.transaction.shapes import check_calls, check_macros, check_regions

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.travel.journey import Journey
    from migrator.across.travel.touched import Touched


def check_protocol_of(journey: Journey, touched: Touched) -> None:
    """Check and follow the transactions that begin in a function; raises AcrossRefusedError, TooComplexError."""
    model = touched.model
    for transaction in touched.transactions:
        transaction.uses += [
            UseOfHandle(node, rule, {**bound, "object": transaction.object})
            for node, rule, bound in touched.known.values()
        ]
        check_calls(model, transaction)
        check_regions(model, transaction)
        check_macros(model, transaction)
        if not transaction.reasons:
            check_protocol(model, transaction)
            handing = _handing(touched, transaction)
            _check_unchanged(touched, transaction, handing)
            handed = _behind(touched, transaction, handing)
            transaction.reasons = [
                reason
                for reason in transaction.reasons
                if reason.code is not Code.TRANSACTION_LEFT_OPEN
                or not all(line in handed for line, _ in reason.related)
            ]
        for reason in transaction.reasons:
            raise AcrossRefusedError(
                reason.code,
                touched.path,
                reason.line,
                reason.message,
                *((touched.path, line, text) for line, text in reason.related),
            )
        _warn_of_stores(journey, touched, transaction)
    if touched.known and len(touched.transactions) != 1:
        node = next(iter(touched.known.values()))[0]
        raise AcrossRefusedError(
            Code.HANDLE_ESCAPES,
            touched.path,
            model.line(node),
            f"`{model.readable(node)}` uses the handle, and it cannot be told here what was charged",
        )
    of_begins = {item.node.start_byte for transaction in touched.transactions for item in transaction.calls}
    handles = {transaction.handle: transaction for transaction in touched.transactions}
    for start, ending in touched.endings.items():
        owner = handles.get(capture_text(model.source, ending, "handle"))
        if start not in of_begins and owner is not None:
            raise AcrossRefusedError(
                Code.OBJECT_CHANGES,
                touched.path,
                model.line(ending.node),
                f"{capture_text(model.source, ending, 'name')}() gets {model.readable(ending.captures['object'])}, "
                f"begun was {owner.object}",
            )


def _handing(touched: Touched, transaction: Transaction) -> set[int]:
    """The flow nodes of calls that could end an open transaction, and of stores that keep it for whoever ends it."""
    model, flow = touched.model, transaction.flow
    protocol = model.pattern.begin_names | model.pattern.commit_names | model.pattern.abort_names
    in_member = not transaction.handle.isidentifier()
    handing: set[int] = set()
    for node in model.graph.nodes:
        for call in model.facts.of(node).calls:
            if call.start_byte in touched.arguments:
                handing.add(node.index)
            elif in_member and callee_name(call) not in protocol:
                given = {model.source.normal(name) for item in arguments(call) for name in identifiers(item)}
                if given & touched.roots:
                    handing.add(node.index)
    for statement in touched.statements.values():
        expression = statement.named_children[0] if statement.named_children else statement
        left, right = expression.child_by_field_name("left"), expression.child_by_field_name("right")
        stored = model.graph.node_at(expression)
        if left is None or right is None or stored is None or is_null(strip(right)):
            continue
        if strip(left).type == "field_expression":
            handing.add(stored.index)
    if flow is None:
        return set()
    return {index for index in handing if any(phase.status is Status.OPEN for phase in flow.states.keys(index))}


def _check_unchanged(touched: Touched, transaction: Transaction, handing: set[int]) -> None:
    """The object must still be the one that was begun where the transaction is handed on."""
    if transaction.flow is None:
        return
    for index in sorted(handing):
        phases = transaction.flow.states.keys(index)
        if any(phase.status is Status.OPEN and phase.stale for phase in phases):
            node = touched.model.graph.nodes[index]
            raise AcrossRefusedError(
                Code.OBJECT_CHANGES,
                touched.path,
                node.line,
                f"{transaction.object} may be changed between the begin and line {node.line}, where the handle is "
                "given to another function",
            )


def _warn_of_stores(journey: Journey, touched: Touched, transaction: Transaction) -> None:
    """An object in memory may be another one where the transaction ends, if anybody else stores to it."""
    others = [item for item in transaction.warnings if item.code is not Code.OBJECT_CHANGES]
    begin = transaction.begins[0]
    if _is_stored_only_here(journey, touched, transaction):
        transaction.warnings = others
    elif len(others) == len(transaction.warnings) and is_memory(transaction.object):
        message = (
            f"{touched.model.readable(begin.captures['object'])} lies in memory and may be another object where the "
            "transaction ends; the new call charges what it is at the begin"
        )
        transaction.warnings.append(Reason(Code.OBJECT_CHANGES, touched.model.line(begin.node), message))


def _behind(touched: Touched, transaction: Transaction, handing: set[int]) -> set[int]:
    """The lines that are reached from a begin by way of a node that could end the transaction."""
    graph = touched.model.graph
    begins = {found.index for item in transaction.begins if (found := graph.node_at(item.node)) is not None}
    reached = handing & graph.behind(begins)
    return {graph.nodes[index].line for index in graph.behind(reached) | reached}


def _is_stored_only_here(journey: Journey, touched: Touched, transaction: Transaction) -> bool:
    """Whether the object is a member that no other function of the tree stores to."""
    key = member_of(Thing(touched, transaction.begins[0].captures["object"]))
    if key is None:
        return False
    tag, name = key
    try:
        member = find_member(journey.program, tag, name)
        for access in accesses(journey.program, member):
            function = access.function
            here = access.path == touched.path and function is not None
            if here and function is not None and function.start == touched.model.function.start:
                continue
            if access.node.type == "initializer_pair":
                continue  # of a new object
            if _is_stored(access.node):
                return False
    except AcrossRefusedError:
        return False
    return not is_overwritten(journey.program, tag)


def _is_stored(node: Node) -> bool:
    """Whether a member is assigned, or its address taken, or it is counted up or down."""
    parent = node.parent
    while parent is not None and parent.type == "parenthesized_expression":
        node, parent = parent, parent.parent
    if parent is None:
        return True
    if parent.type == "assignment_expression":
        left = parent.child_by_field_name("left")
        return left is not None and left.id == node.id
    operator = parent.child(0)
    taken = parent.type == "pointer_expression" and operator is not None and operator.type == "&"
    return taken or parent.type == "update_expression"
