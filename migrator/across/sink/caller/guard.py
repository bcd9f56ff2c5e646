"""A cleanup that was meant for the callee's error alone is put under a test for that error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrator.across.sink.caller.shape import Caller, call_of
from migrator.edits import Edit
from migrator.flow.facts import strip
from migrator.transaction.model import FunctionModel, model_function

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.passes import Text


def guard_effects(caller: Caller, text: Text, widened: Sequence[str], own: frozenset[str], variable: str) -> bool:
    """Put the widened effects under a test for the one error that they were for; whether that could be done."""
    charged = frozenset(caller.model.pattern.new_call.errors)
    if len(own) != 1 or own & charged or not charged or not variable:
        return False
    (error,) = own
    source, function = text.parse()
    model = model_function(source, function, caller.model.pattern)
    calls = call_of(model, caller.callee)
    edits = []
    newline = source.newline.decode("ascii")
    for normal in widened:
        statement = _guarded_statement(model, normal, variable, calls)
        if statement is None:
            return False
        start = source.line_start(statement.start_byte)
        indent = source.data[start : statement.start_byte]
        if indent.strip():
            return False
        head = indent + f"if ({variable} == {error}){newline}\t".encode()
        edits.append(Edit(start, statement.start_byte, head + indent))
    text.edit(edits)
    text.parse()
    return True


def _guarded_statement(model: FunctionModel, normal: str, variable: str, calls: Sequence[Node]) -> Node | None:
    """The one statement of an effect inside of a branch on the callee's error, where a test can be put before it."""
    found = []
    for node in model.facts.by_type.get("expression_statement", ()):
        inner = node.named_children
        if not inner or model.source.normal(inner[0]) != normal:
            continue
        parent = node.parent
        test = parent.parent if parent is not None and parent.type == "compound_statement" else None
        condition = test.child_by_field_name("condition") if test is not None and test.type == "if_statement" else None
        if condition is not None and model.source.normal(strip(condition)) in (variable, f"{variable} < 0"):
            found.append(node)
    return found[0] if len(found) == 1 and calls and calls[0].start_byte < found[0].start_byte else None
