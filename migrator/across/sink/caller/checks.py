"""Whether the charge may move from a caller's begin into the callee.

The callee is called once for each begin, with the transaction open and nothing held that forbids to sleep; no commit is
reached without it, and none when it fails. What lies between the two is looked at in ``between``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrator.across.sink.caller.between import check_between, check_result_unread, check_until_tested
from migrator.across.sink.caller.failure import callee_analysis, nodes_of_failure, visited_nodes
from migrator.diagnostics import Code
from migrator.errorpaths.outcome import outcomes
from migrator.flow.environment import Analysis
from migrator.flow.explore import TooComplexError
from migrator.flow.facts import strip, words
from migrator.flow.values import Sign
from migrator.rewrite.lines import comments_between
from migrator.syntax import arguments, assigned_lvalues, callee_name, walk
from migrator.transaction.calls import impure_calls
from migrator.transaction.model import Status
from migrator.transaction.place import held_behind

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.sink.caller.shape import Caller
    from migrator.errorpaths.compare import Finding


def check_caller(caller: Caller) -> list[Finding]:
    """What must hold for the charge to move from the begin into the callee; findings about what lies between."""
    model, transaction = caller.model, caller.transaction
    flow, graph = transaction.flow, model.graph
    call = graph.node_at(caller.call)
    begin = graph.node_at(transaction.begins[0].node)
    if flow is None or call is None or begin is None:
        raise caller.refused(Code.UNKNOWN_SHAPE, "the transaction cannot be followed")
    phases = flow.states.keys(call.index)
    if not phases or any(phase.status is not Status.OPEN or phase.stale for phase in phases):
        raise caller.refused(
            Code.GUARD_CHANGES,
            f"{caller.callee}() is also called where {transaction.object} has no open transaction",
            (call.line, "called here"),
        )
    commits = _commits(caller)
    if commits & _open_reach(caller, begin.index, call.index):
        raise caller.refused(
            Code.NO_SETUP, f"a path leads to the commit without {caller.callee}()", (call.line, "it is called here")
        )
    if call.index in graph.behind([call.index], [begin.index]):
        raise caller.refused(
            Code.UNKNOWN_SHAPE, f"{caller.callee}() may be called twice for one begin", (call.line, "here")
        )
    held = held_behind(model, caller.call)
    if held and model.pattern.new_call.may_sleep:
        what, line = held[0]
        raise caller.refused(
            Code.MAY_SLEEP_IN_ATOMIC,
            f"{caller.callee}() is called with {what} held, and the new call may sleep",
            (line, f"{what} is taken here"),
            (call.line, f"{caller.callee}() is called here"),
        )
    if transaction.uses:
        raise caller.refused(Code.HANDLE_ESCAPES, "the handle is used for more than the transaction")
    if comments_between(model.source, caller.call.start_byte, caller.call.end_byte):
        raise caller.refused(
            Code.UNKNOWN_SHAPE, f"comments stand between the arguments of {caller.callee}()", (call.line, "here")
        )
    _check_position(caller)
    _check_failure_aborts(caller, commits)
    check_result_unread(caller, call.index)
    return [*check_between(caller, begin.index, call.index), *check_until_tested(caller, call)]


def _commits(caller: Caller) -> set[int]:
    """The flow nodes of the commits."""
    nodes = [caller.model.graph.node_at(item.node) for item in caller.transaction.commits]
    return {node.index for node in nodes if node is not None}


def _check_position(caller: Caller) -> None:
    """The callee's result is tested or kept, and nobody else sees it: a macro around it would act on the charge too."""
    node = caller.call.parent
    while node is not None and not node.type.endswith("statement") and node.type != "declaration":
        if node.type == "call_expression" and callee_name(node) not in ("likely", "unlikely"):
            raise caller.refused(
                Code.UNKNOWN_SHAPE,
                f"the result of {caller.callee}() is given to {callee_name(node) or 'a call'}()",
                (caller.model.line(node), "here"),
            )
        if node.type in ("conditional_expression", "binary_expression") and not _is_test(node):
            raise caller.refused(
                Code.UNKNOWN_SHAPE,
                f"the result of {caller.callee}() is used in an expression",
                (caller.model.line(node), "here"),
            )
        node = node.parent


def _is_test(node: Node) -> bool:
    operator = node.child_by_field_name("operator")
    return operator is not None and operator.type in ("==", "!=", "<", ">", "<=", ">=", "&&", "||")


def commits_when_positive(caller: Caller) -> bool:
    """Whether the caller takes a positive result of the callee for success."""
    call = caller.model.graph.node_at(caller.call)
    begin = caller.model.graph.node_at(caller.transaction.begins[0].node)
    if call is None or begin is None:
        return True
    assumed = dict(caller.model.analysis.assumed) | {caller.call.start_byte: Sign.POSITIVE}
    analysis = Analysis(caller.model.facts, assumed, caller.model.analysis.errors)
    return bool(_commits(caller) & visited_nodes(analysis, [(call.index, {})], begin.index))


def _open_reach(caller: Caller, start: int, stop: int) -> set[int]:
    """What is reached from the begin on paths on which it did not fail, without passing the callee."""
    flow = caller.transaction.flow
    assert flow is not None
    following: dict[int, list[int]] = {}
    for (source, target, _), phases in flow.edges.items():
        if any(phase.status in (Status.PENDING, Status.OPEN) for phase in phases):
            following.setdefault(source, []).append(target)
    seen: set[int] = set()
    pending = list(following.get(start, ()))
    while pending:
        index = pending.pop()
        if index not in seen and index != stop:
            seen.add(index)
            pending.extend(following.get(index, ()))
    return seen


def _check_failure_aborts(caller: Caller, commits: set[int]) -> None:
    """When the callee fails nothing may be committed: the charge is not made then."""
    analysis = callee_analysis(caller.model, caller.call, frozenset())
    try:
        outcome = outcomes(analysis, [caller.call])
        visited = nodes_of_failure(caller, analysis, outcome)
    except TooComplexError as error:
        raise caller.refused(Code.TOO_COMPLEX, str(error)) from None
    if not outcome.failures or not outcome.successes:
        raise caller.refused(
            Code.UNKNOWN_SHAPE,
            f"the result of {caller.callee}() is not tested, so its failure cannot be followed",
            (caller.model.line(caller.call), "called here"),
        )
    if visited & commits:
        raise caller.refused(
            Code.COMMIT_BEFORE_SETUP,
            f"the charge is committed even when {caller.callee}() fails",
            (caller.model.line(caller.call), "called here"),
        )


def check_added(caller: Caller, added: Sequence[Node]) -> None:
    """Evaluating the arguments that are there may not change those that come beside them."""
    model = caller.model
    acting = [
        item
        for item in arguments(caller.call)
        if impure_calls(model, item)
        or any(node.type in ("assignment_expression", "update_expression") for node in walk(item))
    ]
    stored = {model.source.normal(lvalue) for item in acting for lvalue, _ in assigned_lvalues(walk(item))}
    for node in added:
        key = model.source.normal(strip(node))
        if acting and (not model.facts.survives_calls(key) or words(key) & stored):
            raise caller.refused(
                Code.ARGUMENT_DRIFT,
                f"`{model.readable(node)}` would be evaluated beside `{model.readable(acting[0])}`, which may "
                "change it",
                (model.line(caller.call), f"{caller.callee}() is called here"),
            )
