"""What lies between the begin and the callee: it runs before the charge now, and so also when the charge fails.

What the charge takes may not change there; what is set there may not be read when the callee fails, as a failed charge
never saw it set; effects and tests there are findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from migrator.across.sink.caller.failure import callee_analysis, nodes_of_failure
from migrator.across.sink.caller.shape import Caller, result_variable
from migrator.diagnostics import Code
from migrator.errorpaths.compare import Finding, ignored_names
from migrator.errorpaths.effects import effects_of
from migrator.errorpaths.outcome import outcomes
from migrator.flow.facts import strip, words
from migrator.flow.graph import FlowNode, NodeKind
from migrator.rewrite.draft import leaves
from migrator.syntax import enclosing_statement
from migrator.transaction.calls import impure_calls, is_literal, testing_statement
from migrator.transaction.model import Status

if TYPE_CHECKING:
    from tree_sitter import Node


def check_between(caller: Caller, begin: int, call: int) -> list[Finding]:
    """Nothing that the charge takes may change on the way; failures on the way change places with it."""
    model = caller.model
    behind = model.graph.reachable([begin], [call])
    passing = (behind & model.graph.reachable([call], [begin], backwards=True)) - {begin, call}
    match = caller.transaction.begins[0]
    taken = {name: node for name, node in match.captures.items() if name in model.pattern.new_call.template.names}
    for argument in taken.values():
        impure = impure_calls(model, argument)
        if impure:
            raise caller.refused(
                Code.ARGUMENT_DROPPED,
                f"`{model.readable(argument)}` would be evaluated elsewhere or not at all, and {impure[0]}() may have "
                "an effect",
            )
    findings: list[Finding] = []
    drifting: set[str] = set()
    changed: set[str] = set()
    own = testing_statement(model, match)
    for index in sorted(passing):
        node = model.graph.nodes[index]
        findings += _drifts(caller, node, taken, drifting)
        if own is None or not _inside(node.syntax, own):
            findings += _effects(caller, node)
            changed |= model.facts.of(node).defined & model.facts.locals
        findings += _failures(caller, node, own)
    _check_unread(caller, changed - {result_variable(caller, match.node)}, call)
    return findings


def _drifts(caller: Caller, node: FlowNode, taken: Mapping[str, Node], drifting: set[str]) -> Iterator[Finding]:
    """Arguments of the charge that a node may change, each once; raises AcrossRefusedError for one that it changes."""
    model = caller.model
    facts = model.facts.of(node)
    for name, argument in taken.items():
        key = model.source.normal(strip(argument))
        if model.facts.forgets(facts, key) and key not in drifting and not is_literal(key):
            drifting.add(key)
            yield Finding(
                Code.ARGUMENT_DRIFT,
                caller.line,
                f"`{model.readable(argument)}`, the {name} of the charge, may change before {caller.callee}() is "
                "called",
                ((node.line, "it may change here"),),
            )
        if model.facts.stores_to(facts, key) or any(word in facts.defined for word in words(key)):
            raise caller.refused(
                Code.ARGUMENT_DRIFT,
                f"`{key}`, the {name} of the charge, changes between the begin and {caller.callee}()",
                (node.line, "here"),
            )


def _effects(caller: Caller, node: FlowNode) -> Iterator[Finding]:
    for effect in effects_of(caller.model.facts, node, ignored_names(caller.model.pattern)):
        yield Finding(
            Code.SETUP_NOT_UNDONE,
            caller.line,
            f"`{effect.text}` now runs before the charge, and so also when the charge fails",
            ((effect.line, f"`{effect.text}`"),),
        )


def _failures(caller: Caller, node: FlowNode, own: Node | None) -> Iterator[Finding]:
    """A test other than the begin's whose branch leaves: it comes before the charge now."""
    if node.kind is not NodeKind.CONDITION or node.syntax is None:
        return
    statement = enclosing_statement(node.syntax)
    body = statement.child_by_field_name("consequence") if statement.type == "if_statement" else None
    if body is not None and leaves(body) and (own is None or statement.id != own.id):
        yield Finding(
            Code.FAILURE_ORDER_CHANGED,
            caller.line,
            f"`{caller.model.readable(node.syntax)}` is tested before the charge now, and was behind it",
            ((node.line, "tested here"),),
        )


def check_until_tested(caller: Caller, call: FlowNode) -> list[Finding]:
    """What runs with the callee and until its result is known, and ran for a failed charge neither."""
    model = caller.model
    ignored = ignored_names(model.pattern)
    outcome = outcomes(callee_analysis(model, caller.call, frozenset()), [caller.call], local=True)
    known = {*outcome.failures, *outcome.successes}
    seen = {call.index}
    pending = [call.index]
    while pending:
        for edge in model.graph.successors(pending.pop()):
            if (edge.source, edge.target, edge.truth) not in known and edge.target not in seen:
                seen.add(edge.target)
                pending.append(edge.target)
    return [
        Finding(
            Code.ERROR_PATH_WIDENED,
            caller.line,
            f"`{effect.text}` now also runs when the charge fails: it stands before the test of {caller.callee}()",
            ((effect.line, f"`{effect.text}`"),),
        )
        for index in sorted(seen)
        for effect in effects_of(model.facts, model.graph.nodes[index], ignored)
        if not (effect.node.start_byte <= caller.call.start_byte and caller.call.end_byte <= effect.node.end_byte)
    ]


def _check_unread(caller: Caller, changed: set[str], call: int) -> None:
    """What is set between begin and callee may not be read when the callee fails: a failed charge never saw it set."""
    model = caller.model
    analysis = callee_analysis(model, caller.call, frozenset())
    outcome = outcomes(analysis, [caller.call], local=True)
    for index in sorted(nodes_of_failure(caller, analysis, outcome)) if changed else ():
        node = model.graph.nodes[index]
        for part in model.graph.own(node):
            if part.type == "identifier" and model.source.normal(part) in changed:
                raise caller.refused(
                    Code.GUARD_CHANGES,
                    f"`{model.readable(part)}` is set between the begin and {caller.callee}(), and read when it fails",
                    (node.line, "read here"),
                )


def check_result_unread(caller: Caller, call: int) -> None:
    """The begin leaves 0 in its variable; nobody may read that once it is gone."""
    model, transaction = caller.model, caller.transaction
    variable = result_variable(caller, transaction.begins[0].node)
    flow = transaction.flow
    if not variable or flow is None:
        return
    pending = [
        target
        for (source, target, _), phases in flow.edges.items()
        if any(phase.status is Status.OPEN for phase in phases)
        and not any(phase.status is Status.OPEN for phase in flow.states.keys(source))
    ]
    seen: set[int] = set()
    while pending:
        index = pending.pop()
        if index in seen:
            continue
        seen.add(index)
        node = model.graph.nodes[index]
        facts = model.facts.of(node)
        given = {lvalue.id for lvalue, kind in facts.lvalues if kind in ("assign", "init")}
        for part in model.graph.own(node):
            if part.type == "identifier" and part.id not in given and model.source.normal(part) == variable:
                raise caller.refused(
                    Code.GUARD_CHANGES,
                    f"`{variable}` is read at line {node.line} with the value that the begin left in it",
                    (node.line, "read here"),
                )
        if variable not in facts.defined:
            pending.extend(edge.target for edge in model.graph.successors(index))


def _inside(node: Node | None, outer: Node) -> bool:
    return node is not None and outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte
