"""The protocol along all feasible paths: from a successful begin each must reach exactly one commit or abort.

A typestate (none, pending, open, failed, committed, aborted) is followed path-sensitively, so that a guard around
the begin and the same guard around the abort are seen as one. What breaks the protocol is a refusal; an abort too
many is an existing bug that the rewrite takes away, and a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from migrator.diagnostics import Code
from migrator.flow import values
from migrator.flow.environment import Environment, join_environments
from migrator.flow.explore import State, TooComplexError, explore
from migrator.flow.facts import is_memory, strip, words
from migrator.flow.graph import FlowEdge, FlowNode
from migrator.flow.values import Sign, Value
from migrator.syntax import arguments, callee_name
from migrator.transaction.held import check_holds
from migrator.transaction.model import (
    FunctionModel,
    Phase,
    Reason,
    Status,
    Transaction,
    TransactionFlow,
    capture_text,
)
from migrator.transaction.shapes import check_calls, check_handle, check_macros, check_regions

if TYPE_CHECKING:
    from migrator.flow.graph import FlowGraph
    from migrator.pattern.query import RoleMatch

BEGIN = "$begin"


def check_transactions(model: FunctionModel) -> None:
    """Fill ``reasons`` and ``flow`` of every transaction of the model."""
    for transaction in model.transactions:
        check_calls(model, transaction)
        check_handle(model, transaction)
        check_regions(model, transaction)
        check_macros(model, transaction)
        if not transaction.reasons:
            check_holds(model, transaction)
        if not transaction.reasons:
            check_protocol(model, transaction)


def _nothing(_left: None, _right: None) -> None:
    return None


def check_protocol(model: FunctionModel, transaction: Transaction) -> None:
    """Follow the typestate of one transaction; fills its reasons, warnings and flow."""
    graph, source = model.graph, model.source
    begins, commits, aborts, setups = (
        _by_node(graph, transaction.begins),
        _by_node(graph, transaction.commits),
        _by_node(graph, transaction.aborts),
        _by_node(
            graph,
            [item for item in model.of_role("setup") if capture_text(source, item, "object") == transaction.object],
        ),
    )
    others = _by_node(
        graph,
        [
            item
            for item in model.of_role("begin")
            if item not in transaction.begins and capture_text(source, item, "handle") == transaction.handle
        ],
    )
    setup_keys = frozenset().union(*(model.facts.of(graph.nodes[index]).defined for index in setups))
    object_words = words(transaction.object) & model.facts.locals
    late = model.pattern.late_object  # the begin is not about the object, which need not exist yet
    begin_line = model.line(transaction.begins[0].node)
    findings: dict[tuple[Code, int], Reason] = {}
    edges: dict[tuple[int, int, bool | None], set[Phase]] = {}
    failures: dict[tuple[int, int, bool | None], Environment] = {}

    warnings: dict[int, Reason] = {}
    gifts: dict[int, str] = {}

    def find(code: Code, line: int, message: str) -> None:
        findings.setdefault((code, line), Reason(code, begin_line, message, ((line, "here"),)))

    rewrites = model.pattern.kind != "check"

    def warn(line: int, message: str) -> None:
        consequence = "; the new call leaves nothing to abort" if rewrites else ""
        warnings.setdefault(line, Reason(Code.TRANSACTION_ENDED_TWICE, line, message + consequence))

    def transfer(
        node: FlowNode, environment: Environment, key: Phase, _data: None
    ) -> tuple[Phase, None, dict[str, Value]] | None:
        pseudo: dict[str, Value] = {}
        for call in begins.get(node.index, ()):
            if key.status in (Status.OPEN, Status.PENDING):
                find(
                    Code.TRANSACTION_LEFT_OPEN,
                    node.line,
                    f"begin runs again at line {node.line} while the transaction of {transaction.about} is still open",
                )
            key = Phase(Status.PENDING, setup=key.setup)
            pseudo[BEGIN] = values.call_result(
                source.normal(call.node), call.node.start_byte, Sign.NEGATIVE | Sign.ZERO
            )
            if not late:
                # An object that is charged exists: later tests of it come out true.
                known = values.restrict(environment.get(transaction.object, values.UNKNOWN), Sign.NONZERO)
                pseudo[transaction.object] = known or values.unknown(transaction.object, Sign.NONZERO)
        if key.status is Status.OPEN and node.index in others:
            find(
                Code.TRANSACTION_LEFT_OPEN,
                node.line,
                f"another begin overwrites {transaction.handle} at line {node.line} "
                f"while the transaction of {transaction.about} is still open",
            )
        defined = model.facts.of(node).defined
        if node.index in setups:
            key = Phase(key.status, key.stale, True)
        elif key.setup and (defined & setup_keys or transaction.object in defined or defined & object_words):
            key = Phase(key.status, key.stale, False)
        endings = [Status.COMMITTED] * len(commits.get(node.index, ()))
        endings += [Status.ABORTED] * len(aborts.get(node.index, ()))
        for ending in endings:
            key = _end(find, warn, transaction, node, key, ending)
        changes = not late and (
            model.facts.stores_to(model.facts.of(node), transaction.object) or bool(defined & object_words)
        )
        shared = key.status is Status.OPEN and not late and is_memory(transaction.object)
        if shared and _is_given_away(model, node, object_words):
            gifts.setdefault(node.line, model.readable(node.syntax) if node.syntax is not None else "")
        held = key.status in (Status.OPEN, Status.COMMITTED)
        if held and not key.stale and node.index not in begins and changes:
            key = Phase(key.status, True, key.setup)
        return key, None, pseudo

    def follow(edge: FlowEdge, environment: Environment, key: Phase, _data: None) -> tuple[Phase, None] | None:
        identity = (edge.source, edge.target, edge.truth)
        if key.status is Status.PENDING:
            begun = environment.get(BEGIN)
            signs = values.signs_of(begun) if begun else Sign.ANY
            if signs == Sign.ZERO:
                key = Phase(Status.OPEN, setup=key.setup)
            elif not signs & Sign.ZERO:
                key = Phase(Status.FAILED, setup=key.setup)
                known = failures.get(identity)
                failures[identity] = environment if known is None else join_environments(known, environment)
        edges.setdefault(identity, set()).add(key)
        if edge.target == graph.exit and key.status is Status.OPEN:
            line = graph.nodes[edge.source].line
            find(
                Code.TRANSACTION_LEFT_OPEN,
                line,
                f"the path that leaves at line {line} neither commits nor aborts {transaction.about}",
            )
        if edge.target == graph.exit and key.status is Status.PENDING:
            find(Code.UNKNOWN_SHAPE, begin_line, "the result of begin is not tested on every path")
        return key, None

    try:
        start = State(Phase(Status.NONE), dict[str, Value](), None)
        states = explore(model.analysis, [(graph.entry, start)], transfer, follow, _nothing)
    except TooComplexError as error:
        transaction.refuse(Code.TOO_COMPLEX, begin_line, str(error))
        return
    for reason in findings.values():
        transaction.refuse(reason.code, reason.line, reason.message, *reason.related)
    transaction.warnings = list(warnings.values())
    if gifts and rewrites:
        listed = tuple((line, f"`{text[:60]}` may change it") for line, text in sorted(gifts.items()))
        transaction.warnings.append(
            Reason(
                Code.OBJECT_CHANGES,
                begin_line,
                f"{transaction.object.replace(' ', '')} lies in memory that calls get while the transaction is open; "
                "the new call charges what it is at the begin",
                listed,
            )
        )
    for call in transaction.calls:
        node = graph.node_at(call.node)
        if node is None or not states.states(node.index):
            transaction.refuse(
                Code.UNKNOWN_SHAPE,
                begin_line,
                f"{capture_text(source, call, 'name')}() at line {model.line(call.node)} is in dead code",
                (model.line(call.node), "no path leads here"),
            )
    transaction.flow = TransactionFlow(states, edges, failures)


def _is_given_away(model: FunctionModel, node: FlowNode, names: Collection[str]) -> bool:
    """Whether a call that may change memory gets one of the names as an argument."""
    for call in model.facts.of(node).calls:
        name = callee_name(call)
        protocol = model.pattern.begin_names | model.pattern.commit_names | model.pattern.abort_names
        if name in protocol or not model.facts.clobbers(call):
            continue
        if any(model.source.normal(strip(item)).removeprefix("& ") in names for item in arguments(call)):
            return True
    return False


def _end(
    find: Callable[[Code, int, str], None],
    warn: Callable[[int, str], None],
    transaction: Transaction,
    node: FlowNode,
    key: Phase,
    ending: Status,
) -> Phase:
    word = "commit" if ending is Status.COMMITTED else "abort"
    if key.status is Status.OPEN:
        if key.stale:
            find(
                Code.OBJECT_CHANGES,
                node.line,
                f"{transaction.about} may be changed between the begin and the {word} at line {node.line}, "
                "so the two are about different objects",
            )
        return Phase(ending, setup=key.setup)
    if key.status in (Status.COMMITTED, Status.ABORTED) and ending is Status.ABORTED:
        # A bug that the rewrite takes away: nothing is left to be ended twice.
        before = "committed" if key.status is Status.COMMITTED else "aborted"
        warn(
            node.line,
            f"existing bug: this abort also runs on a path that already {before} the transaction "
            f"of {transaction.about}",
        )
    elif key.status in (Status.COMMITTED, Status.ABORTED):
        find(
            Code.TRANSACTION_ENDED_TWICE,
            node.line,
            f"the {word} at line {node.line} runs on a path that already ended the transaction of {transaction.about}",
        )
    elif key.status is Status.PENDING:
        find(
            Code.UNKNOWN_SHAPE,
            node.line,
            f"the {word} at line {node.line} is reached before the result of begin is tested",
        )
    else:
        why = "begin failed" if key.status is Status.FAILED else "nothing was begun"
        find(
            Code.TRANSACTION_NOT_OPEN,
            node.line,
            f"the {word} at line {node.line} also runs on a path where {why}",
        )
    return Phase(ending, setup=key.setup)


def _by_node(graph: FlowGraph, calls: list[RoleMatch]) -> dict[int, list[RoleMatch]]:
    result: dict[int, list[RoleMatch]] = {}
    for call in calls:
        node = graph.node_at(call.node)
        if node is not None:
            result.setdefault(node.index, []).append(call)
    return result
