"""Placement ``after-setup``: where the new call may stand, or why it may not stand anywhere.

The call goes behind the contiguous run of stores to the object that contains the setup. Between the begin and this
place nothing that the call needs may change, no commit may lie, no loop may begin, and at the place it must be
allowed to sleep. What has happened by then must be undone when the call fails: ``cleanup`` finds the code that does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrator.diagnostics import Code
from migrator.flow.facts import strip
from migrator.pattern.query import RoleMatch, role_matches
from migrator.syntax import arguments, callee_name, declared_name, enclosing, enclosing_statement, walk
from migrator.transaction.between import (
    Placement,
    between,
    check_commit_arguments,
    collect_between,
    is_inside,
    phases_at,
)
from migrator.transaction.calls import conjunct_guard, conjuncts, impure_calls, testing_statement
from migrator.transaction.model import FunctionModel, Status, Transaction, capture_text, new_calls

if TYPE_CHECKING:
    from tree_sitter import Node


_LOOPS = frozenset({"while_statement", "for_statement", "do_statement"})


def place_after_setup(model: FunctionModel, transaction: Transaction) -> Placement | None:
    """The placement of a checked transaction; None with ``reasons`` filled when there is none."""
    flow = transaction.flow
    begin = transaction.begins[0]
    line = model.line(begin.node)
    node = model.graph.node_at(begin.node)
    if flow is None or node is None:
        return None
    arguments_agree(model, transaction)
    if transaction.reasons:
        return None
    if all(phase.setup for item in transaction.begins for phase in phases_at(model, transaction, item.node)):
        stays = Placement(begin)
        check_commit_arguments(model, transaction, stays)
        return None if transaction.reasons else stays
    if len(transaction.begins) > 1:
        transaction.refuse(
            Code.UNKNOWN_SHAPE,
            line,
            "several begins lead to one commit, and the setup comes later: one call cannot be placed for all",
            *((model.line(item.node), "another begin") for item in transaction.begins[1:]),
        )
        return None
    setups = [
        item
        for item in model.of_role("setup")
        if capture_text(model.source, item, "object") == transaction.object
        and any(phase.status is Status.OPEN for phase in phases_at(model, transaction, item.node))
    ]
    if not setups:
        late = [
            item
            for item in model.of_role("setup")
            if capture_text(model.source, item, "object") == transaction.object
            and any(phase.status is Status.COMMITTED for phase in phases_at(model, transaction, item.node))
        ]
        if late:
            where = model.line(late[0].node)
            transaction.refuse(
                Code.COMMIT_BEFORE_SETUP,
                line,
                f"{model.pattern.placement.setup} is set at line {where}, behind the commit",
                (where, "set here"),
            )
        else:
            _refuse_missing_setup(model, transaction)
        return None
    for commit in transaction.commits:
        if any(phase.status is Status.OPEN and not phase.setup for phase in phases_at(model, transaction, commit.node)):
            transaction.refuse(
                Code.COMMIT_BEFORE_SETUP,
                line,
                f"the commit at line {model.line(commit.node)} is reached before "
                f"{model.pattern.placement.setup} is set",
                (model.line(commit.node), "commit"),
            )
    if not transaction.reasons:
        _refuse_atomic(model, transaction, setups)
    if transaction.reasons:
        return None
    if len(setups) > 1:
        transaction.refuse(
            Code.NO_SETUP,
            line,
            f"{model.pattern.placement.setup} is set in {len(setups)} places; the call cannot stand behind all of them",
            *((model.line(item.node), "set here") for item in setups),
        )
        return None
    primary = enclosing_statement(setups[0].node)
    placement = Placement(begin, _end_of_run(model, transaction, primary), primary, conjunct=conjunct_guard(begin))
    region = enclosing(primary, "preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "preproc_elifdef")
    if region is not None and region.start_byte > model.function.start:
        transaction.refuse(
            Code.CONDITIONAL_COMPILATION,
            line,
            f"{model.pattern.placement.setup} is set in an #if region that begins inside the function",
            (model.line(region), "the region begins here"),
        )
        return None
    check_loops(model, transaction, placement)
    _check_guards(model, transaction, placement)
    if transaction.reasons:
        return None
    _check_reached_open(model, transaction, placement)
    check_strangers(model, transaction, placement)
    collect_between(model, transaction, placement)
    check_commit_arguments(model, transaction, placement)
    return None if transaction.reasons else placement


def check_strangers(model: FunctionModel, transaction: Transaction, placement: Placement) -> None:
    """No other transaction may begin or end on the way: it would be charged already when this charge fails."""
    passing = set(between(model, placement))
    own = {call.node.id for call in transaction.calls}
    others = [
        item.node for item in model.roles if item.role in ("begin", "commit", "abort") and item.node.id not in own
    ]
    for call in (*others, *new_calls(model.facts, model.pattern)):
        node = model.graph.node_at(call)
        if node is not None and node.index in passing:
            transaction.refuse(
                Code.UNKNOWN_SHAPE,
                model.line(placement.begin.node),
                f"another object is charged at line {node.line}, between the begin and the place of the new call",
                (node.line, "here"),
            )
            return


def _check_reached_open(model: FunctionModel, transaction: Transaction, placement: Placement) -> None:
    """At the place the transaction must be open on every path that the guards let through."""
    assert placement.last is not None
    node = model.graph.node_at(placement.last)
    if node is None or transaction.flow is None:
        return
    for state in transaction.flow.states.states(node.index):
        if state.key.status is Status.OPEN:
            continue
        conditions = [guard.child_by_field_name("condition") for guard in placement.guards] + [placement.conjunct]
        if any(
            model.analysis.refine(part, True, state.environment) is None
            for condition in conditions
            if condition is not None
            for part in conjuncts(condition)
        ):
            continue
        transaction.refuse(
            Code.GUARD_CHANGES,
            model.line(placement.begin.node),
            f"{model.pattern.placement.setup} is also set on a path on which nothing was begun",
            (node.line, "set here"),
        )
        return


def arguments_agree(model: FunctionModel, transaction: Transaction) -> None:
    """Arguments that the new call takes from the commits must be the same in all of them."""
    taken = model.pattern.new_call.template.names
    given = {name for begin in transaction.begins for name in begin.captures}
    for name in sorted(taken - given):
        texts = {
            capture_text(model.source, commit, name): commit
            for commit in transaction.commits
            if name in commit.captures
        }
        if len(texts) > 1:
            listed = " and ".join(f"`{model.readable(commit.captures[name])}`" for commit in texts.values())
            transaction.refuse(
                Code.COMMIT_ARGUMENTS_DIFFER,
                model.line(transaction.begins[0].node),
                f"the commits disagree on {name} ({listed}), which the new call takes once",
                *(
                    (model.line(commit.node), f"{name} is `{model.readable(commit.captures[name])}`")
                    for commit in texts.values()
                ),
            )
        elif not texts:
            transaction.refuse(
                Code.COMMIT_ELSEWHERE,
                model.line(transaction.begins[0].node),
                f"the new call takes {name} from the commit, and there is none in this function",
            )


def _refuse_missing_setup(model: FunctionModel, transaction: Transaction) -> None:
    line = model.line(transaction.begins[0].node)
    setup = model.pattern.placement.setup
    for node in model.graph.nodes:
        if transaction.flow is None or not any(
            phase.status is Status.OPEN for phase in transaction.flow.states.keys(node.index)
        ):
            continue
        for call in model.facts.of(node).calls:
            found = _sets_up(model, transaction, call)
            if found:
                transaction.refuse(
                    Code.SETUP_IN_CALLEE,
                    line,
                    f"{setup} is set in the callee {callee_name(call)}(), so the charge would have to move there",
                    (model.line(call), f"{callee_name(call)}() is called here"),
                    (found, f"{setup} is set here"),
                )
                return
    transaction.refuse(
        Code.NO_SETUP,
        line,
        f"{setup} is not set for {transaction.object} between this begin and its commit, and the new call needs it",
    )


def _sets_up(model: FunctionModel, transaction: Transaction, call: Node) -> int:
    """The line at which a callee of the same file sets up the object that it is given; 0 if it does not."""
    name = callee_name(call)
    positions = [
        index
        for index, argument in enumerate(arguments(call))
        if model.source.normal(strip(argument)) == transaction.object
    ]
    if name is None or not positions:
        return 0
    for function in model.source.functions:
        if function.name != name or function.broken:
            continue
        parameters = parameter_names(model, function.node)
        for item in role_matches(model.pattern, model.source, function.node):
            if item.role == "setup":
                wanted = capture_text(model.source, item, "object")
                if any(index < len(parameters) and parameters[index] == wanted for index in positions):
                    return model.line(item.node)
    return 0


def parameter_names(model: FunctionModel, function: Node) -> list[str]:
    """The names of a function's parameters, in order; empty for one without a name."""
    declarator = function.child_by_field_name("declarator")
    if declarator is None:
        return []
    for node in walk(declarator):
        if node.type == "parameter_list":
            names = []
            for parameter in node.named_children:
                inner = parameter.child_by_field_name("declarator")
                name = declared_name(inner) if inner is not None else None
                names.append("" if name is None else model.source.normal(name))
            return names
    return []


def _refuse_atomic(model: FunctionModel, transaction: Transaction, setups: Sequence[RoleMatch]) -> None:
    if not model.pattern.new_call.may_sleep:
        return
    for setup in setups:
        held = held_behind(model, setup.node)
        if held:
            lock = held[0]
            transaction.refuse(
                Code.MAY_SLEEP_IN_ATOMIC,
                model.line(transaction.begins[0].node),
                f"{model.pattern.placement.setup} is set at line {model.line(setup.node)} with {lock[0]} held, "
                "and the new call may sleep",
                (lock[1], f"{lock[0]} is taken here"),
                (model.line(setup.node), f"{model.pattern.placement.setup} is set here"),
            )
            return


def held_behind(model: FunctionModel, syntax: Node) -> list[tuple[str, int]]:
    """(what is held, line where it was taken) before the node that contains a syntax node."""
    from migrator.flow.locks import held

    node = model.graph.node_at(enclosing_statement(syntax)) or model.graph.node_at(syntax)
    if node is None:
        return []
    locks = held(model.graph, model.source, model.pattern.locks)[node.index]
    return sorted(
        (
            (f"{lock.describe()} (taken by {lock.function}())" if lock.noun else lock.describe(), lock.line)
            for lock in locks
            if lock.atomic
        ),
        key=lambda item: (item[1], item[0]),
    )


def _end_of_run(model: FunctionModel, transaction: Transaction, primary: Node) -> Node:
    last = primary
    while True:
        following = last.next_named_sibling
        if following is None or not _stores_to(model, following, transaction.object):
            return last
        last = following


def _stores_to(model: FunctionModel, statement: Node, target: str) -> bool:
    if statement.type != "expression_statement" or not statement.named_children:
        return False
    inner = statement.named_children[0]
    left = inner.child_by_field_name("left") if inner.type == "assignment_expression" else None
    return left is not None and model.source.normal(left).startswith(f"{target} -> ")


def _ancestors(node: Node, stop: Node) -> list[Node]:
    found = []
    parent = node.parent
    while parent is not None and parent.id != stop.id:
        found.append(parent)
        parent = parent.parent
    return found


def _arrival(model: FunctionModel) -> str:
    """What happens at the place, for messages."""
    setup = model.pattern.placement.setup
    return f"{setup} is set" if setup else "the transaction is committed"


def check_loops(model: FunctionModel, transaction: Transaction, placement: Placement) -> None:
    """The place must run once for each begin."""
    assert placement.primary is not None
    code = Code.NO_SETUP if model.pattern.placement.setup else Code.UNKNOWN_SHAPE
    line = model.line(placement.begin.node)
    body = model.function.body
    around_begin = {node.id for node in _ancestors(placement.begin.node, body)}
    for ancestor in _ancestors(placement.primary, body):
        if ancestor.type in _LOOPS | {"switch_statement"} and ancestor.id not in around_begin:
            transaction.refuse(
                code,
                line,
                f"{_arrival(model)} inside a loop or switch that the begin is not part of",
                (model.line(ancestor), "begins here"),
            )
            return
    start = model.graph.node_at(placement.primary)
    stop = model.graph.node_at(placement.begin.node)
    if start is None or stop is None:
        return
    seen: set[int] = set()
    pending = [edge.target for edge in model.graph.successors(start.index)]
    while pending:
        index = pending.pop()
        if index in seen or index == stop.index:
            continue
        if index == start.index:
            transaction.refuse(code, line, f"line {model.line(placement.primary)} may run several times for one begin")
            return
        seen.add(index)
        pending.extend(edge.target for edge in model.graph.successors(index))


def _check_guards(model: FunctionModel, transaction: Transaction, placement: Placement) -> None:
    assert placement.last is not None
    around_place = {node.id for node in _ancestors(placement.last, model.function.body)}
    test = testing_statement(model, placement.begin)
    line = model.line(placement.begin.node)
    for ancestor in _ancestors(placement.begin.node, model.function.body):
        if (
            ancestor.type != "if_statement"
            or ancestor.id in around_place
            or (test is not None and ancestor.id == test.id)
        ):
            continue
        condition = ancestor.child_by_field_name("condition")
        consequence = ancestor.child_by_field_name("consequence")
        inside = (
            consequence is not None and consequence.start_byte <= placement.begin.node.start_byte < consequence.end_byte
        )
        if condition is None or not inside or ancestor.child_by_field_name("alternative") is not None:
            transaction.refuse(
                Code.GUARD_CHANGES,
                line,
                "the begin stands in a branch with an else, which cannot go with it",
                (model.line(ancestor), "here"),
            )
            return
        if _guard_changes(model, transaction, placement, condition, ancestor):
            return
        placement.guards.insert(0, ancestor)
    if placement.conjunct is not None:
        statement = enclosing_statement(placement.begin.node)
        impure = impure_calls(model, placement.conjunct)
        if impure or any(
            node.type in ("assignment_expression", "update_expression") for node in walk(placement.conjunct)
        ):
            transaction.refuse(
                Code.GUARD_CHANGES,
                line,
                f"`{model.readable(placement.conjunct)}` is tested before the begin and may have an effect",
                (model.line(placement.conjunct), "here"),
            )
            return
        _guard_changes(model, transaction, placement, placement.conjunct, statement)


def _guard_changes(
    model: FunctionModel, transaction: Transaction, placement: Placement, condition: Node, around: Node
) -> bool:
    """Refuse a guard whose value may change between the begin, with the code ``around`` it, and the place."""
    keys = [model.source.normal(part) for part in conjuncts(condition)]
    for index in between(model, placement):
        node = model.graph.nodes[index]
        if is_inside(node.syntax, around):
            continue
        if any(model.facts.forgets(model.facts.of(node), key) for key in keys):
            transaction.refuse(
                Code.GUARD_CHANGES,
                model.line(placement.begin.node),
                f"the guard `{model.readable(condition)}` around the begin may change before the place "
                "where the new call could stand",
                (node.line, "it may change here"),
            )
            return True
    return False
