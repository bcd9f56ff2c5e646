"""Placement ``after-setup``, written down: the call behind the setup, its failure joined to the existing cleanup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.flow import values
from migrator.flow.facts import strip
from migrator.flow.values import AtomKind
from migrator.rewrite.draft import (
    LEAVING_STATEMENTS,
    SIMPLE_STATEMENTS,
    Draft,
    Insertion,
    RewriteRefusedError,
    leaves,
)
from migrator.rewrite.layout import indentation
from migrator.rewrite.lines import comments_between, start_with_comment, whole_lines
from migrator.syntax import enclosing_statement, identifiers, walk
from migrator.transaction.at_begin import draft_at_begin, remove_endings, rewrite_uses
from migrator.transaction.between import Placement, between, is_inside
from migrator.transaction.calls import call_captures, render_new_call, written
from migrator.transaction.cleanup import Cleanup, failing_returns, find_cleanup, reach
from migrator.transaction.moved import Test, check_scope, condition_text, dedented_lines, read_test, statement_lines
from migrator.transaction.shapes import handle_declarator

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.errorpaths.effects import Effect
    from migrator.transaction.model import FunctionModel, Transaction


def find_target(model: FunctionModel, transaction: Transaction, placement: Placement) -> Cleanup | None:
    """The cleanup for a failing charge at the new place; None with a reason. Raises RewriteRefusedError."""
    assert placement.primary is not None
    test = read_test(model, placement)
    line = model.line(placement.begin.node)
    return find_cleanup(model, transaction, placement.setup, placement.primary, test.variable, line)


def draft_after_setup(model: FunctionModel, transaction: Transaction, placement: Placement, draft: Draft) -> None:
    """Mark the edits of one transaction; raises RewriteRefusedError."""
    if placement.last is None:
        draft_at_begin(model, transaction, draft)
        return
    test = read_test(model, placement)
    cleanup = find_target(model, transaction, placement)
    if cleanup is None:
        raise RewriteRefusedError(model.line(placement.begin.node), "there is no cleanup that a failing call could use")
    _share_cleanup(model, draft, cleanup, test)
    lines = _with_comments(model, draft, placement, test, _new_lines(model, transaction, placement, test, cleanup))
    for guard in reversed(placement.guards):
        condition = guard.child_by_field_name("condition")
        assert condition is not None
        lines = [f"if {written(model, condition)} {{", *("\t" + line for line in lines), "}"]
    check_scope(model, placement.last, lines, {cleanup.variable} if cleanup.declare else set())
    draft.insert_behind(placement.last, Insertion(tuple(lines), blank_before=True, blank_after=True))
    draft.remove(enclosing_statement(placement.begin.node))
    draft.remove(test.statement)
    remove_endings(transaction, draft)
    node = model.graph.node_at(placement.last)
    rewrite_uses(model, transaction, draft, reach(model, node.index, node.index) if node is not None else ())
    if cleanup.declare:
        _declare(model, transaction, draft, cleanup.variable)


def _with_comments(model: FunctionModel, draft: Draft, placement: Placement, test: Test, lines: list[str]) -> list[str]:
    """The comments that belong to the begin go with it: the one behind it, and the one above it that speaks of it."""
    source = model.source
    statement = enclosing_statement(placement.begin.node)
    end = statement.end_byte
    if statement.id == test.statement.id:
        condition = statement.child_by_field_name("condition")
        end = condition.end_byte if condition is not None else end
    trailing = [
        source.data[span.start : span.end].decode("utf-8", "surrogateescape")
        for span in comments_between(source, end, source.line_end(end - 1))
        if b"\n" not in source.data[span.start : span.end]
    ]
    if trailing:
        lines = [f"{lines[0]} {' '.join(trailing)}", *lines[1:]]
    start = source.line_start(statement.start_byte)
    above = start_with_comment(source, start, model.function.start, draft.topics)
    if above < start:
        indent = indentation(source.data[start : statement.start_byte].decode("utf-8", "surrogateescape"))
        text = source.data[above:start].decode("utf-8", "surrogateescape").splitlines()
        lines = [*(line.removeprefix(indent) for line in text), *lines]
    return lines


def _new_lines(
    model: FunctionModel, transaction: Transaction, placement: Placement, test: Test, cleanup: Cleanup
) -> list[str]:
    captures = call_captures(model, transaction, placement.begin)
    name, arguments = render_new_call(model, captures)
    call = f"{name}({', '.join(arguments)})"
    holder = test.variable
    constant = _constant_returned(model, transaction, placement)
    # What the cleanup's variable is simply given when the call, tested in place, fails.
    given = None if holder or cleanup.variable in model.facts.pointers else constant
    failure = _carried(model, placement, test, cleanup, given)
    if cleanup.declare or (cleanup.variable and cleanup.returned is not None and holder != cleanup.variable):
        value = _handed_over(model, transaction, placement, test, cleanup, constant, given)
        if value == cleanup.variable:
            holder = value
        elif value:
            failure.insert(len(failure) if holder else 0, f"{cleanup.variable} = {value};")
    elif (
        holder
        and cleanup.returned is not None
        and constant is not None
        and all(is_inside(node, test.failing) for node in failing_returns(model, transaction))
    ):
        # The old branch returned a code of its own, and the cleanup returns what the call has returned.
        failure.append(f"{holder} = {constant};")
    failure[:0] = _codes_again(model, transaction, placement, test, cleanup)
    failure.append(f"goto {cleanup.label};")
    lines = [f"{holder} = {call};"] if holder else []
    begun = model.source.normal(placement.begin.captures["name"])
    behind = [rule.statement.render(captures) for rule in model.pattern.after_success if rule.begin == begun]
    # What is tested before the begin in one condition can stay there only if nothing else depends on it.
    apart = placement.conjunct is not None and bool(holder or behind)
    condition = condition_text(model, placement, test, holder, call, apart=apart)
    if len(failure) == 1:
        lines += [f"if {condition}", f"\t{failure[0]}"]
    else:
        lines += [f"if {condition} {{", *(f"\t{line}" for line in failure), "}"]
    lines += behind
    if apart and placement.conjunct is not None:
        lines = [f"if ({written(model, strip(placement.conjunct))}) {{", *("\t" + line for line in lines), "}"]
    return lines


def _carried(model: FunctionModel, placement: Placement, test: Test, cleanup: Cleanup, given: str | None) -> list[str]:
    """Statements of the old failure branch that the shared cleanup does not run, or runs to take back what now comes
    before the call: they go with the call. ``given``: the constant that the cleanup's variable is given instead.
    """
    row = cleanup.row
    failing = test.failing
    free: dict[str, int] = {}
    for normal in row.must if row is not None else ():
        undoing = sum(_takes_back(model, effect, normal, failing) for effect in placement.setup)
        free[normal] = (row.surely(normal) if row is not None else 0) - undoing
    kept = []
    for statement in _statements(failing):
        if statement.type not in SIMPLE_STATEMENTS:
            if any(
                node.type in LEAVING_STATEMENTS or node.type in ("labeled_statement", "declaration")
                for node in walk(statement)
            ):
                raise RewriteRefusedError(
                    model.line(statement), "the branch taken when the begin fails is too complex to move"
                )
            kept += statement_lines(model.source, statement)
            continue
        inner = statement.named_children[0] if statement.named_children else statement
        normal = model.source.normal(inner)
        if free.get(normal, 0) > 0:
            free[normal] -= inner.type != "assignment_expression"
            continue
        if given is not None and _assigned(model, statement) == cleanup.variable:
            continue
        kept.append(written(model, statement) + _comment_beside(model, statement))
    return kept


def _comment_beside(model: FunctionModel, statement: Node) -> str:
    """The comments of one line behind a statement, with a blank before them; empty where there are none."""
    source = model.source
    spans = comments_between(source, statement.end_byte, source.line_end(statement.end_byte - 1))
    texts = [source.data[span.start : span.end] for span in spans]
    return "".join(f" {text.decode('utf-8', 'surrogateescape').rstrip()}" for text in texts if b"\n" not in text)


def _takes_back(model: FunctionModel, effect: Effect, normal: str, failing: Node) -> bool:
    """Whether a call in the old failure branch, with this normal text, would undo an effect of the setup."""
    for call in walk(failing):
        if call.type != "call_expression" or model.source.normal(call) != normal:
            continue
        for rule in model.pattern.undo:
            bound = rule.effect.match(effect.source, effect.node)
            shared = {name: text for name, text in (bound or {}).items() if name in rule.undo.names}
            if bound is not None and rule.undo.match_with(model.source, call, shared) is not None:
                return True
    return False


def _statements(branch: Node) -> list[Node]:
    """The statements of the branch that is taken when the begin fails, without the one that leaves."""
    return (branch.named_children if branch.type == "compound_statement" else [branch])[:-1]


def _assigned(model: FunctionModel, statement: Node) -> str:
    """The variable that a statement gives a value, as normal code; empty where it is no assignment."""
    inner = statement.named_children[0] if statement.named_children else statement
    target = inner.child_by_field_name("left") if inner.type == "assignment_expression" else None
    return model.source.normal(target) if target is not None else ""


def _handed_over(
    model: FunctionModel,
    transaction: Transaction,
    placement: Placement,
    test: Test,
    cleanup: Cleanup,
    constant: str | None,
    given: str | None,
) -> str:
    """What the cleanup's variable, which is not the one that is tested, is given when the call fails: the variable
    itself for what the call returns, "" where it needs nothing. ``constant``: what the function returned then,
    ``given`` where that is simply it. Raises RewriteRefusedError.
    """
    if cleanup.declare:
        return constant or cleanup.variable
    variable = cleanup.variable
    if given is not None:
        return "" if _already_holds(model, placement, variable, given) else given
    if any(_assigned(model, statement) == variable for statement in _statements(test.failing)):
        return ""
    returned = [strip(node.named_children[0]) for node in failing_returns(model, transaction) if node.named_children]
    texts = {model.source.normal(node) for node in returned}
    if texts == {variable}:
        if _is_unchanged(model, placement, variable):
            return ""
        if constant is not None and (variable not in model.facts.pointers or constant == "NULL"):
            return "" if _already_holds(model, placement, variable, constant) else constant
    elif texts == {test.variable}:
        return test.variable
    elif len(returned) == 1 and is_inside(returned[0], test.failing):
        read = {model.source.normal(name) for name in identifiers(returned[0])} & model.facts.locals
        if all(_is_unchanged(model, placement, name) for name in read - {test.variable}):
            return written(model, returned[0])
    line = model.line(placement.begin.node)
    raise RewriteRefusedError(line, f"what {variable} has to hold when the call fails at its new place is not clear")


def _codes_again(
    model: FunctionModel, transaction: Transaction, placement: Placement, test: Test, cleanup: Cleanup
) -> list[str]:
    """Where the cleanup returns an expression as it stands: its variables get the error codes that they had when the
    begin failed, if they may hold something else at the new place.
    """
    if cleanup.kept is None or transaction.flow is None:
        return []
    found = []
    for name in dict.fromkeys(model.source.normal(node) for node in identifiers(cleanup.kept)):
        if name == test.variable or name not in model.facts.locals or _is_unchanged(model, placement, name):
            continue
        held = {atom for known in transaction.flow.failures.values() for atom in known.get(name, values.UNKNOWN)}
        texts = {atom.describe() for atom in held if atom.kind is AtomKind.CONSTANT}
        text = next(iter(texts)) if len(held) == len(texts) == 1 else ""
        given = any(_assigned(model, statement) == name for statement in _statements(test.failing))
        if text.startswith("-E") and not given and not _already_holds(model, placement, name, text):
            found.append(f"{name} = {text};")
    return found


def _is_unchanged(model: FunctionModel, placement: Placement, variable: str) -> bool:
    """Whether nothing on the way to the new place may give a variable another value."""
    nodes = (model.graph.nodes[index] for index in between(model, placement))
    return not any(model.facts.forgets(model.facts.of(node), variable) for node in nodes)


def _constant_returned(model: FunctionModel, transaction: Transaction, placement: Placement) -> str | None:
    """The one constant that the function returns when the begin fails; None when it is the begin's own error."""
    from migrator.errorpaths.table import follow_failure

    flow = transaction.flow
    if flow is None:
        return None
    starts = [(edge[1], environment) for edge, environment in flow.failures.items()]
    offset = placement.begin.node.start_byte
    row = follow_failure(model.analysis, starts, names={offset: "$begin"})
    texts = sorted(row.returns)
    if len(texts) == 1 and texts[0].lstrip("-").isidentifier():
        return texts[0]
    return None


def _already_holds(model: FunctionModel, placement: Placement, variable: str, constant: str) -> bool:
    """Whether a variable surely holds a constant at the new place: by the definitions that reach it."""
    assert placement.last is not None
    node = model.graph.node_at(placement.last)
    if node is None:
        return False
    found = set()
    for definition in model.analysis.definitions.reaching(node.index, variable):
        texts = [
            model.source.normal(strip(item.value)).replace("- ", "-")
            for item in model.facts.of(model.graph.nodes[definition]).assignments
            if item.key == variable and item.value is not None
        ]
        found.update(texts or ["?"])
    return found == {constant}


def _share_cleanup(model: FunctionModel, draft: Draft, cleanup: Cleanup, test: Test) -> None:
    """Make the cleanup usable by a second failure: a label with one variable that it returns."""
    if cleanup.block is not None:
        _label_inline_cleanup(model, draft, cleanup)
        return
    returned = cleanup.returned
    if returned is None or model.source.normal(returned) == cleanup.variable:
        return
    text = written(model, returned)
    assert cleanup.labeled is not None
    labels = _labels_on_the_way(model, cleanup.labeled)
    for node in walk(model.function.body):
        label = node.child_by_field_name("label") if node.type == "goto_statement" else None
        if label is not None and model.source.normal(label) in labels and not is_inside(node, test.failing):
            draft.insert_ahead(node, Insertion((f"{cleanup.variable} = {text};",)))
    previous = cleanup.labeled.prev_named_sibling
    if previous is not None and not leaves(previous):
        while previous.type == "labeled_statement":
            previous = previous.named_children[-1]
        draft.insert_behind(previous, Insertion((f"{cleanup.variable} = {text};",)))
    draft.replace(returned, cleanup.variable)


def _labels_on_the_way(model: FunctionModel, labeled: Node) -> set[str]:
    """The label of a cleanup and those behind it, up to where it leaves: who jumps to one comes to the same return."""
    found: set[str] = set()
    node: Node | None = labeled
    while node is not None:
        inner = node
        while inner.type == "labeled_statement":
            label = inner.child_by_field_name("label")
            found |= {model.source.normal(label)} if label is not None else set()
            inner = inner.named_children[-1]
        node = None if leaves(inner) else node.next_named_sibling
    return found


def _label_inline_cleanup(model: FunctionModel, draft: Draft, cleanup: Cleanup) -> None:
    """Move the statements of a branch behind a new label at the end of the function."""
    block = cleanup.block
    assert block is not None
    assert cleanup.abort is not None
    source, data = model.source, model.source.data
    first, last = block.named_children[0], block.named_children[-1]
    start, end = source.line_end(block.start_byte), source.line_start(block.end_byte - 1)
    if not start <= first.start_byte or not last.end_byte <= end:
        raise RewriteRefusedError(model.line(block), "the cleanup stands on one line with its braces")
    indent = indentation(
        data[source.line_start(first.start_byte) : first.start_byte].decode("utf-8", "surrogateescape")
    )
    dropped = []
    for statement in (cleanup.abort, last):
        lines = whole_lines(source, statement.start_byte, statement.end_byte)
        if lines is None:
            raise RewriteRefusedError(model.line(statement), "statements of the cleanup share a line")
        dropped.append((start_with_comment(source, lines[0], start, draft.topics), lines[1]))
    moved = dedented_lines(source, start, end, indent, dropped)
    returned = cleanup.returned
    if returned is not None:
        moved.append(f"return {cleanup.variable};")
    at_end = model.function.body.named_children[-1]
    lines_at_end = [f"{cleanup.label}:", *moved] if leaves(at_end) else ["return;", f"{cleanup.label}:", *moved]
    draft.insert_behind(at_end, Insertion(tuple(lines_at_end)))
    replacement = [f"goto {cleanup.label};"]
    if returned is not None and source.normal(returned) != cleanup.variable:
        replacement.insert(0, f"{cleanup.variable} = {written(model, returned)};")
    newline = source.newline.decode("ascii")
    draft.replaced[(start, end)] = "".join(f"{indent}{line}{newline}" for line in replacement)
    draft.kept.add(block.id)
    if len(replacement) == 1:
        draft.unwrapped[block.id] = block


def _declare(model: FunctionModel, transaction: Transaction, draft: Draft, variable: str) -> None:
    """A new error variable beside the handle's declaration."""
    name = handle_declarator(model, transaction.handle)
    if name is None:
        raise RewriteRefusedError(
            model.line(transaction.begins[0].node), "there is no declaration beside which to declare an error variable"
        )
    draft.insert_behind(enclosing_statement(name), Insertion((f"int {variable};",)))
