"""What a transaction must keep to when it ends in another function: its protocol, its object, its aborts.

In the function of the begin the protocol is followed as the engine does it, only that a path may leave it open behind
a call that could end it elsewhere. The object that is committed elsewhere is traced back, through parameters and
locals, to the one that was begun.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.declared import parameters
from migrator.across.guards import is_excluded, known_at_call
from migrator.across.members import accesses, find_member, is_overwritten, struct_of
from migrator.across.passes import AcrossRefusedError
from migrator.diagnostics import Code
from migrator.errorpaths.compare import Finding
from migrator.flow.explore import State, explore
from migrator.flow.facts import is_memory, strip
from migrator.syntax import arguments, assigned_lvalues, callee_name, identifiers, is_null, walk
from migrator.transaction.function import dropped_arguments
from migrator.transaction.model import Phase, Reason, Status, Transaction, TransactionFlow, UseOfHandle, capture_text
from migrator.transaction.outliving import outliving_charges
from migrator.transaction.protocol import check_protocol
from migrator.transaction.shapes import check_calls, check_macros, check_regions

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.travel import Journey, Touched
    from migrator.flow.environment import Environment
    from migrator.flow.graph import FlowEdge, FlowNode
    from migrator.flow.values import Value
    from migrator.pattern.query import RoleMatch


class Thing(Struct, frozen=True, eq=False):
    """What an expression may stand for: an expression of some function that is no parameter and no local."""

    touched: Touched
    node: Node

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.touched.model.line(self.node)

    @property
    def text(self) -> str:
        """As written."""
        return self.touched.model.readable(self.node)

    def same(self, other: Thing) -> bool:
        """Whether two of them mean one object: the same code in one function, or one member of one struct."""
        mine, theirs = _key(self), _key(other)
        here = self.touched is other.touched
        source = self.touched.model.source
        if here and source.normal(self.node) == source.normal(other.node):
            return True
        return mine is not None and mine == theirs


def _key(thing: Thing) -> tuple[str, str] | None:
    """The struct and member that a plain member access names."""
    node, model = strip(thing.node), thing.touched.model
    base, name = node.child_by_field_name("argument"), node.child_by_field_name("field")
    if node.type != "field_expression" or base is None or name is None:
        return None
    tag = struct_of(model.source, model.function, base)
    return (tag, model.source.normal(name)) if tag else None


# -- the function of the begin -------------------------------------------------------------------------------------


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
    key = _key(Thing(touched, transaction.begins[0].captures["object"]))
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


# -- the other functions -------------------------------------------------------------------------------------------


def check_objects(journey: Journey) -> Iterator[tuple[Touched, Finding]]:
    """What is committed or aborted elsewhere must be what was begun; yields findings, raises AcrossRefusedError."""
    begun = [
        Thing(touched, strip(transaction.begins[0].captures["object"]))
        for touched in journey.functions.values()
        for transaction in touched.transactions
    ]
    for touched, ending in _orphans(journey):
        things = list(_Trace(journey, touched, ending.node).things(touched, ending.captures["object"], frozenset()))
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


class _Trace:
    """What an object that is committed or aborted at a node may stand for, where the handle is not NULL."""

    def __init__(self, journey: Journey, home: Touched, ending: Node) -> None:
        self.journey = journey
        self.home = home
        self.ending = ending
        self._seen: set[tuple[str, int, str, frozenset[str]]] = set()

    def things(self, touched: Touched, node: Node, known: frozenset[str]) -> Iterator[Thing]:
        """The expressions; ``known`` are conditions that hold at the ending, in the words of this function."""
        model, node = touched.model, strip(node)
        if is_null(node):
            return
        name = model.source.normal(node)
        if node.type != "identifier" or name in _begun(touched):
            yield Thing(touched, node)
            return
        key = (touched.path, model.function.start, name, known)
        if key in self._seen:
            return
        self._seen.add(key)
        stores = list(_stores(touched, name))
        for lvalue, value in stores:
            if value is None:
                yield Thing(touched, node)
            elif not is_excluded(model, lvalue, known):
                yield from self.things(touched, value, known)
        for index, parameter in enumerate(parameters(model.source, model.function.node) or ()):
            if parameter.name == name:
                yield from self._given(touched, index, node)
                return
        if not stores:
            yield Thing(touched, node)

    def _given(self, touched: Touched, index: int, node: Node) -> Iterator[Thing]:
        """What the callers give for a parameter, those left out that have no handle to give."""
        if not touched.parameters:
            yield Thing(touched, node)  # the handle comes by a member: its callers are not known
            return
        for caller in self.journey.functions.values():
            for call, removed in caller.arguments.values():
                given = arguments(call)
                if callee_name(call) != touched.model.function.name:
                    continue
                if all(is_null(strip(given[place])) for place in removed):
                    continue
                known: frozenset[str] = frozenset()
                if touched is self.home:
                    known = known_at_call(touched.model, self.ending, caller.model, call)
                yield from self.things(caller, given[index], known)


def _begun(touched: Touched) -> set[str]:
    """The objects of the begins of a function, as normal text."""
    return {
        touched.model.source.normal(strip(begin.captures["object"]))
        for transaction in touched.transactions
        for begin in transaction.begins
    }


def _stores(touched: Touched, name: str) -> Iterator[tuple[Node, Node | None]]:
    """Where a local is set, and to what; None for what is not understood."""
    model = touched.model
    for lvalue, kind in assigned_lvalues(walk(model.function.body)):
        if lvalue.type != "identifier" or model.source.normal(lvalue) != name:
            continue
        if kind not in ("assign", "init"):
            yield lvalue, None
            continue
        holder = lvalue.parent
        while holder is not None and holder.type not in ("assignment_expression", "init_declarator"):
            holder = holder.parent
        value = None if holder is None else holder.child_by_field_name("right") or holder.child_by_field_name("value")
        yield lvalue, value


__all__ = ["Thing", "check_objects", "check_protocol_of", "findings_of_endings"]
