"""A begin that moves takes its test along: how it is tested, the test at the new place, and what may be named there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.flow.facts import strip, words
from migrator.flow.graph import NodeKind
from migrator.rewrite.draft import RewriteRefusedError, leaves
from migrator.rewrite.layout import TAB, indentation, joined, width
from migrator.syntax import declared_name
from migrator.transaction.between import is_inside
from migrator.transaction.calls import testing_statement, written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node

    from migrator.source import SourceFile
    from migrator.transaction.between import Placement
    from migrator.transaction.model import FunctionModel


class Test(Struct, frozen=True):
    """How the begin is tested: the if, its failing branch, and the variable that takes the result ("" for none)."""

    statement: Node
    failing: Node
    variable: str


def read_test(
    model: FunctionModel, placement: Placement, partly: Callable[[Node, str], bool] = lambda _tested, _variable: False
) -> Test:
    """The test of a begin; raises RewriteRefusedError where it cannot move.

    ``partly`` says whether a condition on the result is understood that some failures do not meet.
    """
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
    simple = node.kind is NodeKind.CONDITION and is_inside(tested, node.syntax)
    if not (text in (variable, f"{variable} < 0", f"{variable} != 0") or simple or partly(tested, variable)):
        raise RewriteRefusedError(
            line, "the begin is tested together with something else, or for success: its branch cannot move"
        )
    last = failing.named_children[-1] if failing.type == "compound_statement" and failing.named_children else failing
    if last.type in ("break_statement", "continue_statement"):
        raise RewriteRefusedError(line, "when the begin fails the function goes on in its loop, which no cleanup does")
    if tested.type == "unary_expression" or not leaves(failing):
        raise RewriteRefusedError(line, "the branch taken when the begin fails does not leave")
    return Test(statement, failing, variable)


def condition_text(
    model: FunctionModel, placement: Placement, test: Test, holder: str, call: str, *, apart: bool = False
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
    if is_inside(begin, condition) and not test.variable:
        data = model.source.data
        before = data[condition.start_byte : begin.start_byte].decode("utf-8", "surrogateescape")
        after = data[begin.end_byte : condition.end_byte].decode("utf-8", "surrogateescape")
        return joined(f"{before}{holder or call}{after}")
    return written(model, condition) if test.variable and not is_inside(begin, condition) else f"({holder or call})"


def check_scope(model: FunctionModel, place: Node, lines: Sequence[str], new: set[str]) -> None:
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


def statement_lines(source: SourceFile, statement: Node) -> list[str]:
    """A statement's lines with the indentation of the first taken off."""
    start = source.line_start(statement.start_byte)
    indent = indentation(source.data[start : statement.start_byte].decode("utf-8", "surrogateescape"))
    text = source.text(statement).decode("utf-8", "surrogateescape")
    return [line.removeprefix(indent).rstrip("\r") for line in text.split("\n")]


def dedented_lines(
    source: SourceFile, start: int, end: int, indent: str, dropped: Sequence[tuple[int, int]] = ()
) -> list[str]:
    """The lines of a range without those of the ranges ``dropped``, moved left by the width of ``indent``."""
    found: list[str] = []
    position = start
    while position < end:
        behind = source.line_end(position)
        if not any(low <= position < high for low, high in dropped):
            found.append(source.data[position:behind].decode("utf-8", "surrogateescape").rstrip("\r\n"))
        position = behind
    return [_dedented(line, width(indent) - TAB) for line in found]


def _dedented(line: str, columns: int) -> str:
    """A line moved left by a number of columns, the first indent kept relative (one tab is the function's own)."""
    while columns >= TAB and line.startswith("\t"):
        line, columns = line[1:], columns - TAB
    return line.removeprefix("\t") if line.startswith("\t") else line
