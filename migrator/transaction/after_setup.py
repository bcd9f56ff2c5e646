"""Placement ``after-setup``, written down: the call behind the setup, its failure joined to the existing cleanup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.flow.facts import strip, words
from migrator.flow.graph import NodeKind
from migrator.rewrite.draft import (
    LEAVING_STATEMENTS,
    SIMPLE_STATEMENTS,
    Draft,
    Insertion,
    RewriteRefusedError,
    leaves,
)
from migrator.rewrite.layout import TAB, indentation, joined, width
from migrator.rewrite.lines import comments_between, start_with_comment, whole_lines
from migrator.syntax import declared_name, enclosing_statement, walk
from migrator.transaction.at_begin import draft_at_begin, remove_endings, rewrite_uses
from migrator.transaction.between import Placement
from migrator.transaction.calls import call_captures, render_new_call, testing_statement, written
from migrator.transaction.cleanup import Cleanup, find_cleanup, reach
from migrator.transaction.shapes import handle_declarator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from migrator.errorpaths.effects import Effect
    from migrator.transaction.model import FunctionModel, Transaction


class _Test(Struct, frozen=True):
    """How the begin is tested: the if, its failing branch, and the variable that takes the result ("" for none)."""

    statement: Node
    failing: Node
    variable: str


def _read_test(model: FunctionModel, placement: Placement) -> _Test:
    call = placement.begin.node
    line = model.line(call)
    statement = testing_statement(model, placement.begin)
    node = model.graph.node_at(call)
    if statement is None or node is None or node.syntax is None:
        raise RewriteRefusedError(line, "the begin is not followed by an if that tests its result")
    condition = statement.child_by_field_name("condition")
    failing = statement.child_by_field_name("consequence")
    if condition is None or failing is None or statement.child_by_field_name("alternative") is not None:
        raise RewriteRefusedError(line, "the test of the begin has an else branch, which cannot move")
    tested = strip(condition)
    if placement.conjunct is not None:
        tested = strip(tested.child_by_field_name("right") or tested)
    parent = call.parent
    while parent is not None and parent.type not in ("assignment_expression", "init_declarator", "if_statement"):
        parent = parent.parent
    variable = ""
    if parent is not None and parent.type in ("assignment_expression", "init_declarator"):
        target = parent.child_by_field_name("left" if parent.type == "assignment_expression" else "declarator")
        variable = model.source.normal(target) if target is not None else ""
        if not variable.isidentifier():
            raise RewriteRefusedError(line, "the result of the begin is kept in something other than a variable")
        if parent.type == "init_declarator":
            raise RewriteRefusedError(line, "the begin initialises a declaration, which cannot move behind statements")
    text = model.source.normal(tested)
    simple = node.kind is NodeKind.CONDITION and _covers(node.syntax, tested)
    if not (text in (variable, f"{variable} < 0", f"{variable} != 0") or simple):
        raise RewriteRefusedError(
            line, "the begin is tested together with something else, or for success: its branch cannot move"
        )
    last = failing.named_children[-1] if failing.type == "compound_statement" and failing.named_children else failing
    if last.type in ("break_statement", "continue_statement"):
        raise RewriteRefusedError(line, "when the begin fails the function goes on in its loop, which no cleanup does")
    if tested.type == "unary_expression" or not leaves(failing):
        raise RewriteRefusedError(line, "the branch taken when the begin fails does not leave")
    return _Test(statement, failing, variable)


def _covers(inner: Node, outer: Node) -> bool:
    return inner.start_byte <= outer.start_byte and outer.end_byte <= inner.end_byte


def find_target(model: FunctionModel, transaction: Transaction, placement: Placement) -> Cleanup | None:
    """The cleanup for a failing charge at the new place; None with a reason. Raises RewriteRefusedError."""
    assert placement.primary is not None
    test = _read_test(model, placement)
    line = model.line(placement.begin.node)
    return find_cleanup(model, transaction, placement.setup, placement.primary, test.variable, line)


def draft_after_setup(model: FunctionModel, transaction: Transaction, placement: Placement, draft: Draft) -> None:
    """Mark the edits of one transaction; raises RewriteRefusedError."""
    if placement.last is None:
        draft_at_begin(model, transaction, draft)
        return
    test = _read_test(model, placement)
    cleanup = find_target(model, transaction, placement)
    if cleanup is None:
        raise RewriteRefusedError(model.line(placement.begin.node), "there is no cleanup that a failing call could use")
    _share_cleanup(model, draft, cleanup)
    lines = _with_comments(model, draft, placement, test, _new_lines(model, transaction, placement, test, cleanup))
    for guard in reversed(placement.guards):
        condition = guard.child_by_field_name("condition")
        assert condition is not None
        lines = [f"if {written(model, condition)} {{", *("\t" + line for line in lines), "}"]
    _check_scope(model, placement.last, lines, {cleanup.variable} if cleanup.declare else set())
    draft.insert_behind(placement.last, Insertion(tuple(lines), blank_before=True, blank_after=True))
    draft.remove(enclosing_statement(placement.begin.node))
    draft.remove(test.statement)
    remove_endings(transaction, draft)
    node = model.graph.node_at(placement.last)
    rewrite_uses(model, transaction, draft, reach(model, node.index, node.index) if node is not None else ())
    if cleanup.declare:
        _declare(model, transaction, draft, cleanup.variable)


def _check_scope(model: FunctionModel, place: Node, lines: Sequence[str], new: set[str]) -> None:
    """Every local that inserted lines name must be declared where they stand."""
    used = {word for line in lines for word in words(line)} & model.facts.locals - new
    visible: dict[str, int] = {}
    declared: dict[str, int] = {}
    for kind in ("declaration", "parameter_declaration"):
        for node in model.facts.by_type.get(kind, ()):
            block = node.parent
            holds = kind == "parameter_declaration" or (
                block is not None
                and block.start_byte <= place.start_byte < block.end_byte
                and node.end_byte <= place.start_byte
            )
            for child in node.children_by_field_name("declarator"):
                name = declared_name(child)
                if name is not None:
                    text = model.source.normal(name)
                    declared[text] = declared.get(text, 0) + 1
                    visible[text] = visible.get(text, 0) + holds
    for word in sorted(used):
        if visible.get(word, 0) != 1 or declared.get(word, 0) != 1:
            raise RewriteRefusedError(
                model.line(place), f"{word} is another variable, or none, where the new call would stand"
            )


def _with_comments(
    model: FunctionModel, draft: Draft, placement: Placement, test: _Test, lines: list[str]
) -> list[str]:
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
    model: FunctionModel, transaction: Transaction, placement: Placement, test: _Test, cleanup: Cleanup
) -> list[str]:
    captures = call_captures(model, transaction, placement.begin)
    name, arguments = render_new_call(model, captures)
    call = f"{name}({', '.join(arguments)})"
    failure = _carried(model, placement, test.failing, cleanup)
    holder = test.variable
    if cleanup.declare or (cleanup.variable and not holder and cleanup.returned is not None):
        constant = _constant_returned(model, transaction, placement)
        if constant is None:
            holder = cleanup.variable
        elif cleanup.declare or not _already_holds(model, placement, cleanup.variable, constant):
            failure.insert(0, f"{cleanup.variable} = {constant};")
    if holder and cleanup.variable and holder != cleanup.variable:
        failure.append(f"{cleanup.variable} = {holder};")
    failure.append(f"goto {cleanup.label};")
    lines = [f"{holder} = {call};"] if holder else []
    begun = model.source.normal(placement.begin.captures["name"])
    behind = [rule.statement.render(captures) for rule in model.pattern.after_success if rule.begin == begun]
    # What is tested before the begin in one condition can stay there only if nothing else depends on it.
    apart = placement.conjunct is not None and bool(holder or behind)
    condition = _condition(model, placement, test, holder, call, apart=apart)
    if len(failure) == 1:
        lines += [f"if {condition}", f"\t{failure[0]}"]
    else:
        lines += [f"if {condition} {{", *(f"\t{line}" for line in failure), "}"]
    lines += behind
    if apart and placement.conjunct is not None:
        lines = [f"if ({written(model, strip(placement.conjunct))}) {{", *("\t" + line for line in lines), "}"]
    return lines


def _condition(
    model: FunctionModel, placement: Placement, test: _Test, holder: str, call: str, *, apart: bool = False
) -> str:
    """The condition as it was written, with the new call for the begin: ``(unlikely(err))``, ``(f() < 0)``.

    ``apart``: without what is tested before the begin.
    """
    condition = test.statement.child_by_field_name("condition")
    begin = placement.begin.node
    if condition is not None and apart:
        right = strip(condition).child_by_field_name("right") or condition
        if holder:
            return f"({holder})"
        text = model.source.data[right.start_byte : begin.start_byte].decode("utf-8", "surrogateescape")
        text += call + model.source.data[begin.end_byte : right.end_byte].decode("utf-8", "surrogateescape")
        return joined(f"({text})")
    if condition is None:
        return f"({holder or call})"
    if _covers(condition, begin) and not test.variable:
        data = model.source.data
        before = data[condition.start_byte : begin.start_byte].decode("utf-8", "surrogateescape")
        after = data[begin.end_byte : condition.end_byte].decode("utf-8", "surrogateescape")
        return joined(f"{before}{holder or call}{after}")
    return written(model, condition) if test.variable and not _covers(condition, begin) else f"({holder or call})"


def _carried(model: FunctionModel, placement: Placement, failing: Node, cleanup: Cleanup) -> list[str]:
    """Statements of the old failure branch that the shared cleanup does not run, or runs to take back what now comes
    before the call: they go with the call.
    """
    row = cleanup.row
    free: dict[str, int] = {}
    for normal in row.must if row is not None else ():
        undoing = sum(_takes_back(model, effect, normal, failing) for effect in placement.setup)
        free[normal] = (row.surely(normal) if row is not None else 0) - undoing
    statements = failing.named_children if failing.type == "compound_statement" else [failing]
    kept = []
    for statement in statements[:-1]:
        if statement.type not in SIMPLE_STATEMENTS:
            if any(
                node.type in LEAVING_STATEMENTS or node.type in ("labeled_statement", "declaration")
                for node in walk(statement)
            ):
                raise RewriteRefusedError(
                    model.line(statement), "the branch taken when the begin fails is too complex to move"
                )
            kept += _lines_of(model, statement)
            continue
        inner = statement.named_children[0] if statement.named_children else statement
        normal = model.source.normal(inner)
        if free.get(normal, 0) > 0:
            free[normal] -= inner.type != "assignment_expression"
            continue
        if inner.type == "assignment_expression":
            target = inner.child_by_field_name("left")
            if target is not None and model.source.normal(target) == cleanup.variable:
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


def _lines_of(model: FunctionModel, statement: Node) -> list[str]:
    """A statement's lines with the indentation of the first taken off."""
    source = model.source
    start = source.line_start(statement.start_byte)
    indent = indentation(source.data[start : statement.start_byte].decode("utf-8", "surrogateescape"))
    text = source.text(statement).decode("utf-8", "surrogateescape")
    return [line.removeprefix(indent).rstrip("\r") for line in text.split("\n")]


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
    from migrator.flow.reaching import reaching_definitions

    assert placement.last is not None
    node = model.graph.node_at(placement.last)
    if node is None:
        return False
    found = set()
    definitions = reaching_definitions(model.graph, model.source, model.function)
    for definition in definitions.reaching(node.index, variable):
        texts = [
            model.source.normal(strip(item.value)).replace("- ", "-")
            for item in model.facts.of(model.graph.nodes[definition]).assignments
            if item.key == variable and item.value is not None
        ]
        found.update(texts or ["?"])
    return found == {constant}


def _share_cleanup(model: FunctionModel, draft: Draft, cleanup: Cleanup) -> None:
    """Make the cleanup usable by a second failure: a label with one variable that it returns."""
    if cleanup.block is not None:
        _label_inline_cleanup(model, draft, cleanup)
        return
    returned = cleanup.returned
    if returned is None or model.source.normal(returned) == cleanup.variable:
        return
    text = written(model, returned)
    assert cleanup.labeled is not None
    for node in walk(model.function.body):
        if node.type == "goto_statement":
            label = node.child_by_field_name("label")
            if label is not None and model.source.normal(label) == cleanup.label:
                draft.insert_ahead(node, Insertion((f"{cleanup.variable} = {text};",)))
    previous = cleanup.labeled.prev_named_sibling
    if previous is not None and not leaves(previous):
        draft.insert_behind(previous, Insertion((f"{cleanup.variable} = {text};",)))
    draft.replace(returned, cleanup.variable)


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
    moved: list[str] = []
    position = start
    while position < end:
        behind = source.line_end(position)
        if not any(low <= position < high for low, high in dropped):
            text = data[position:behind].decode("utf-8", "surrogateescape").rstrip("\r\n")
            moved.append(_dedented(text, width(indent) - TAB))
        position = behind
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


def _dedented(line: str, columns: int) -> str:
    """A line moved left by a number of columns, the first indent kept relative (one tab is the function's own)."""
    while columns >= TAB and line.startswith("\t"):
        line, columns = line[1:], columns - TAB
    return line.removeprefix("\t") if line.startswith("\t") else line


def _declare(model: FunctionModel, transaction: Transaction, draft: Draft, variable: str) -> None:
    """A new error variable beside the handle's declaration."""
    name = handle_declarator(model, transaction.handle)
    if name is None:
        raise RewriteRefusedError(
            model.line(transaction.begins[0].node), "there is no declaration beside which to declare an error variable"
        )
    draft.insert_behind(enclosing_statement(name), Insertion((f"int {variable};",)))
