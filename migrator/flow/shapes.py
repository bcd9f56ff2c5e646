"""Questions about the shape of a piece of syntax that building a graph asks; each looks at one tree node.

They know nothing of the graph and keep nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from tree_sitter import Node

_EFFECTS = frozenset(
    ("call_expression", "assignment_expression", "update_expression", "compound_statement", "gnu_asm_expression")
)


def unwrapped(expression: Node | None) -> Node | None:
    """The expression without parentheses around it; a statement expression keeps its own."""
    while expression is not None and expression.type == "parenthesized_expression":
        inner = first_part(expression)
        if inner is None or inner.type == "compound_statement":
            break
        expression = inner
    return expression


def first_part(node: Node) -> Node | None:
    """The first named child, such as the expression in parentheses."""
    parts = node.named_children
    return parts[0] if parts else None


def is_logical(expression: Node) -> bool:
    """Whether it is ``a && b`` or ``a || b``."""
    if expression.type != "binary_expression":
        return False
    operator = expression.child_by_field_name("operator")
    return operator is not None and operator.type in ("&&", "||")


def has_effects(expression: Node) -> bool:
    """Whether a call, an assignment or an update stands in it."""
    pending = [expression]
    while pending:
        part = pending.pop()
        if part.type in _EFFECTS:
            return True
        pending.extend(part.named_children)
    return False


def asm_labels(syntax: Node, masked: bytes) -> Iterable[bytes]:
    """The labels that an ``asm goto`` may jump to."""
    pending = [syntax]
    while pending:
        part = pending.pop()
        if part.type == "gnu_asm_goto_list":
            for label in part.named_children:
                yield masked[label.start_byte : label.end_byte]
        else:
            pending.extend(part.named_children)


def arm_text(arm: Node, masked: bytes) -> str:
    """The condition of one branch of a conditional region, as written."""
    if arm.type == "preproc_else":
        return "else"
    name = arm.child_by_field_name("name")
    condition = name if name is not None else arm.child_by_field_name("condition")
    if condition is None:
        return ""
    text = " ".join(masked[condition.start_byte : condition.end_byte].decode("utf-8", "replace").split())
    if name is None:
        return text
    negated = b"ndef" in masked[arm.start_byte : name.start_byte]
    return f"!defined({text})" if negated else f"defined({text})"


def arm_contents(arm: Node, alternative: Node | None) -> Iterable[Node]:
    """The statements of one branch of a conditional region."""
    head = arm.child_by_field_name("name") or arm.child_by_field_name("condition")
    skipped = {part.id for part in (head, alternative) if part is not None}
    return [child for child in arm.named_children if child.id not in skipped]


def passed_names(statement: Node) -> frozenset[bytes]:
    """The plain names among the arguments of the call that a statement is."""
    call = first_part(statement)
    arguments = call.child_by_field_name("arguments") if call is not None else None
    if arguments is None:
        return frozenset()
    return frozenset(part.text or b"" for part in arguments.named_children if part.type == "identifier")
