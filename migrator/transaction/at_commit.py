"""Placement ``at-commit``: the object comes into being behind the begin; the new call stands where the commit stood.

The commit goes with the ifs around it that only ask how the begin went; what tested the begin moves with the call. When
the call fails at its new place the object exists and everything behind the old begin has happened: the pattern's
``failure`` gives the object up, and what the old failure branch did comes behind that.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from migrator.diagnostics import Code
from migrator.errorpaths.differences import takes_lock, unclosed
from migrator.errorpaths.table import follow_failure
from migrator.flow.facts import TRANSPARENT, is_capitals, is_memory
from migrator.rewrite.draft import Draft, Insertion, RewriteRefusedError
from migrator.rewrite.layout import indentation
from migrator.rewrite.lines import whole_lines
from migrator.syntax import enclosing_statement, identifiers, walk
from migrator.transaction.at_begin import remove_endings
from migrator.transaction.between import (
    Placement,
    begun_at,
    between,
    collect_between,
    failing_starts,
    first_read,
    is_inside,
    result_variable,
)
from migrator.transaction.calls import call_captures, render_new_call, testing_statement
from migrator.transaction.cleanup import first_node
from migrator.transaction.model import FunctionModel, Status, Transaction
from migrator.transaction.moved import check_scope, condition_text, dedented_lines, read_test
from migrator.transaction.place import check_loops, check_strangers, held_behind

if TYPE_CHECKING:
    from tree_sitter import Node


# Expressions whose value is that of a place.
_VALUES = frozenset({"identifier", "field_expression", "subscript_expression", "pointer_expression"})
# A line that is a comment and nothing else.
_COMMENT = re.compile(r"\s*(?:/\*.*\*/|//.*)\s*$")


def place_at_commit(model: FunctionModel, transaction: Transaction) -> Placement | None:
    """The placement of a checked transaction; None with ``reasons`` filled when there is none."""
    begin = transaction.begins[0]
    line = model.line(begin.node)
    for calls, word in ((transaction.begins, "begin"), (transaction.commits, "commit")):
        if len(calls) != 1:
            transaction.refuse(
                Code.UNKNOWN_SHAPE,
                line,
                f"the new call stands where the commit stood: one {word} is wanted, not {len(calls) or 'none'}",
                *((model.line(call.node), f"a {word}") for call in calls[1:]),
            )
            return None
    if any(item is not transaction and item.handle == transaction.handle for item in model.transactions):
        transaction.refuse(Code.HANDLE_ESCAPES, line, f"the handle {transaction.handle} serves several transactions")
        return None
    commit = enclosing_statement(transaction.commits[0].node)
    variable = result_variable(model, begin)
    placement = Placement(begin, commit, commit, replaced=_outside_tests(model, transaction, commit, variable))
    placement.gone = _going(model, transaction, placement)
    check_loops(model, transaction, placement)
    _check_reached(model, transaction, placement)
    _check_sleeps(model, transaction, placement)
    if not transaction.reasons:
        check_strangers(model, transaction, placement)
        collect_between(model, transaction, placement)
        _check_reads(model, transaction, placement, variable)
        _check_branch(model, transaction, placement)
    return None if transaction.reasons else placement


def _outside_tests(model: FunctionModel, transaction: Transaction, commit: Node, variable: str) -> Node:
    """The commit with the ifs around it that ask for the begin's result alone and hold nothing else that stays."""
    found = commit
    held = {node.id for node in (*transaction.acquires, *transaction.releases)}
    while variable:
        block = found.parent
        others = [child.id for child in block.named_children if child.id != found.id] if block is not None else []
        alone = block is not None and block.type == "compound_statement" and held.issuperset(others)
        guard = block.parent if block is not None and alone else block
        condition = guard.child_by_field_name("condition") if guard is not None else None
        if guard is None or guard.type != "if_statement" or condition is None:
            return found
        if guard.child_by_field_name("alternative") is not None or not _asks_only(model, condition, variable):
            return found
        found = guard
    return found


def _asks_only(model: FunctionModel, condition: Node, variable: str) -> bool:
    """Whether a condition reads this variable and nothing else (constants apart), and changes nothing."""
    names = {model.source.normal(name) for name in identifiers(condition)}
    names = {name for name in names if name in model.facts.locals or not is_capitals(name)} - TRANSPARENT
    kinds = ("update_expression", "field_expression", "subscript_expression", "pointer_expression")
    if names != {variable} or any(node.type in kinds for node in walk(condition)):
        return False
    return Draft(model.source, model.function).is_pure(condition)


def _going(model: FunctionModel, transaction: Transaction, placement: Placement) -> list[Node]:
    """The code that goes with the old calls: the ifs that hold nothing else, and both ends of the handle."""
    statements = [enclosing_statement(call.node) for call in transaction.aborts]
    statements += [*transaction.acquires, *transaction.releases]
    gone = {statement.id for statement in statements}
    found = [_whole_guard(statement, gone) for statement in statements]
    return [*found, placement.replaced] if placement.replaced is not None else found


def _whole_guard(statement: Node, gone: set[int]) -> Node:
    """A statement that goes, with the ifs of which nothing is left then; their ids are added to ``gone``."""
    while True:
        block = statement.parent
        if block is None:
            return statement
        guard: Node | None = block
        if block.type == "compound_statement":
            if any(child.id not in gone for child in block.named_children):
                return statement
            guard = block.parent
        if guard is None or guard.type != "if_statement" or guard.child_by_field_name("alternative") is not None:
            return statement
        gone.add(guard.id)
        statement = guard


def _check_reached(model: FunctionModel, transaction: Transaction, placement: Placement) -> None:
    """Where the call will stand the begin must have run, and its transaction not have ended, on every path."""
    assert placement.replaced is not None
    assert transaction.flow is not None
    entry = first_node(model, placement.replaced)
    statuses = {phase.status for phase in transaction.flow.states.keys(entry)} if entry is not None else set()
    if statuses and statuses <= {Status.OPEN, Status.PENDING, Status.FAILED}:
        return
    where = model.line(placement.replaced)
    transaction.refuse(
        Code.GUARD_CHANGES,
        model.line(placement.begin.node),
        f"line {where}, where the new call would stand, is also reached without an open transaction",
        (where, "here"),
    )


def _check_sleeps(model: FunctionModel, transaction: Transaction, placement: Placement) -> None:
    assert placement.replaced is not None
    held = held_behind(model, placement.replaced) if model.pattern.new_call.may_sleep else []
    if held:
        where = model.line(placement.replaced)
        transaction.refuse(
            Code.MAY_SLEEP_IN_ATOMIC,
            model.line(placement.begin.node),
            f"the commit at line {where} runs with {held[0][0]} held, and the new call may sleep",
            (held[0][1], f"{held[0][0]} is taken here"),
            (where, "committed here"),
        )


def _check_reads(model: FunctionModel, transaction: Transaction, placement: Placement, variable: str) -> None:
    """What the begin left in its variable must not be asked for before the new place, on any path."""
    test = testing_statement(model, placement.begin)
    if not variable or placement.replaced is None:
        return
    replaced = {node.index for node in model.graph.nodes if is_inside(node.syntax, placement.replaced)}
    gone = [test, *placement.gone] if test is not None else placement.gone
    starts = dict.fromkeys(index for index, _ in begun_at(model, transaction, placement))
    line = first_read(model, variable, starts, lambda index: index not in replaced, gone)
    if line is not None:
        transaction.refuse(
            Code.UNKNOWN_SHAPE,
            model.line(placement.begin.node),
            f"{variable} holds the result of the begin and is read on a path that does not come to the commit",
            (line, f"{variable} is read here"),
        )


def _check_branch(model: FunctionModel, transaction: Transaction, placement: Placement) -> None:
    """What runs when the call fails must mean at the new place what it meant at the old one."""
    begin = placement.begin
    line = model.line(begin.node)
    starts = failing_starts(model, transaction, placement)
    if not starts:
        transaction.refuse(Code.UNKNOWN_SHAPE, line, "the begin is not followed by an if that tests its result")
        return
    row = follow_failure(model.analysis, starts)
    already = {effect.normal: effect for effect in placement.setup}
    for normal in sorted(row.may & already.keys()):
        effect = already[normal]
        if not effect.idempotent:
            transaction.refuse(
                Code.NO_CLEANUP,
                line,
                f"when the begin fails `{effect.text}` runs, which at the new place has run already",
                (effect.line, "here"),
            )
            return
    for effect in unclosed(placement.setup):
        if takes_lock(effect):
            transaction.refuse(
                Code.NO_CLEANUP,
                line,
                f"`{effect.text}` is not given up before the new place, and the code that runs when the begin fails "
                "does not know of it",
                (effect.line, "taken here"),
            )
            return
    reached = model.graph.reachable([index for index, _ in starts], [])
    variable = result_variable(model, begin)
    read = {
        model.source.normal(part)
        for index in reached
        for part in model.graph.own(model.graph.nodes[index])
        if part.type in _VALUES
    }
    watched = {key for key in read if is_memory(key) or key in model.facts.locals} - {variable, transaction.handle}
    for index in between(model, placement):
        changed = model.facts.of(model.graph.nodes[index]).defined & watched
        if changed:
            what = min(changed).replace(" ", "")
            transaction.refuse(
                Code.NO_CLEANUP,
                line,
                f"the code that runs when the begin fails reads {what}, which is changed before the new place",
                (model.graph.nodes[index].line, "changed here"),
            )
            return


def draft_at_commit(model: FunctionModel, transaction: Transaction, placement: Placement, draft: Draft) -> None:
    """Mark the edits of one transaction; raises RewriteRefusedError."""
    replaced, failure = placement.replaced, model.pattern.placement.failure
    assert replaced is not None
    assert failure is not None
    test = read_test(model, placement, partial(_asks_only, model))
    captures = call_captures(model, transaction, placement.begin)
    name, arguments = render_new_call(model, captures)
    call = f"{name}({', '.join(arguments)})"
    lines = [f"{test.variable} = {call};"] if test.variable else []
    lines.append(f"if {condition_text(model, placement, test, test.variable, call)} {{")
    branch = _branch_lines(model, transaction, test.failing)
    comments = next((count for count, line in enumerate(branch) if not _COMMENT.match(line)), 0)
    lines += [f"\t{line}" for line in (*branch[:comments], failure.render(captures), *branch[comments:])]
    lines.append("}")
    check_scope(model, replaced, lines, set())
    draft.insert_behind(replaced, Insertion(tuple(lines), blank_after=_wants_blank(model, transaction, replaced)))
    draft.remove(replaced)
    draft.remove(enclosing_statement(placement.begin.node))
    draft.remove(test.statement)
    remove_endings(transaction, draft)
    for node in (*transaction.acquires, *transaction.releases):
        if node.type == "expression_statement":
            draft.remove(node)


def _wants_blank(model: FunctionModel, transaction: Transaction, replaced: Node) -> bool:
    """Whether a blank line must part the new test from what stays behind it: there is none yet."""
    going = {node.id for node in transaction.releases}
    before, following = replaced, replaced.next_named_sibling
    while following is not None and following.id in going:
        before, following = following, following.next_named_sibling
    return following is not None and model.source.data.count(b"\n", before.end_byte, following.start_byte) < 2


def _branch_lines(model: FunctionModel, transaction: Transaction, failing: Node) -> list[str]:
    """The failure branch as it is written, without what gives up the handle."""
    source = model.source
    own = {node.id for node in transaction.releases}
    braced = failing.type == "compound_statement"
    first, last = (failing.named_children[0], failing.named_children[-1]) if braced else (failing, failing)
    indent = indentation(
        source.data[source.line_start(first.start_byte) : first.start_byte].decode("utf-8", "surrogateescape")
    )
    if not braced:
        return dedented_lines(
            source, source.line_start(failing.start_byte), source.line_end(failing.end_byte - 1), indent
        )
    start, end = source.line_end(failing.start_byte), source.line_start(failing.end_byte - 1)
    if not start <= first.start_byte or not last.end_byte <= end:
        raise RewriteRefusedError(model.line(failing), "the failure branch stands on one line with its braces")
    dropped = []
    for node in walk(failing):
        if node.id in own:
            lines = whole_lines(source, node.start_byte, node.end_byte)
            if lines is None or node.parent is None or node.parent.id != failing.id:
                raise RewriteRefusedError(model.line(node), "the handle is given up in the middle of something else")
            dropped.append(lines)
    return dedented_lines(source, start, end, indent, dropped)
