"""Whether a pointer is still this function's own at a place: nobody got it who could have shown it to others.

By the text alone: no call in front of the place is given the pointer, or an address of what it points to, but for those
that are known to keep it to themselves, and none behind it that a loop could come back from. Calls in a branch that
leaves before the place do not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.rewrite.draft import leaves
from migrator.syntax import (
    LOOPS,
    above,
    arguments,
    assigned_lvalues,
    body_around,
    callee_name,
    enclosing_statement,
    strip_parentheses,
    walk,
)

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.source import SourceFile


def is_unshared(place: Node, harmless: frozenset[str], source: SourceFile) -> bool:
    """Whether the variable at a place has been given to the ``harmless`` calls only, and stored nowhere."""
    place = strip_parentheses(place)
    body = body_around(place)
    if place.type != "identifier" or body is None:
        return False
    name = source.normal(place)
    made = _made(place, body, name, source)
    if made is None or _comes_back(place, body, made):
        return False
    for node in walk(body):
        if not made <= node.start_byte < place.start_byte or _leaves_before(node, place):
            continue
        if node.type == "call_expression" and callee_name(node) not in harmless:
            if any(_gives(argument, name, source) for argument in arguments(node)):
                return False
        elif node.type == "assignment_expression":
            value = node.child_by_field_name("right")
            if value is not None and _gives(value, name, source):
                return False
    return True


def _made(place: Node, body: Node, name: str, source: SourceFile) -> int | None:
    """Where the variable got what it holds at a place: the last time for sure, else the first time that it may have."""
    offsets: list[int] = []
    sure: list[int] = []
    for lvalue, _ in assigned_lvalues(walk(body)):
        if lvalue.type == "identifier" and source.normal(lvalue) == name:
            offsets.append(lvalue.start_byte)
            block = enclosing_statement(lvalue).parent
            if block is not None and block.start_byte <= lvalue.start_byte < place.start_byte < block.end_byte:
                sure.append(lvalue.start_byte)
    return max(sure, default=min(offsets, default=None))


def _gives(argument: Node, name: str, source: SourceFile) -> bool:
    """Whether an argument or a value is the pointer, or an address in what it points to."""
    node = strip_parentheses(argument)
    while node.type == "cast_expression" and (value := node.child_by_field_name("value")) is not None:
        node = strip_parentheses(value)
    if node.type == "pointer_expression" and (inner := node.child_by_field_name("argument")) is not None:
        node = strip_parentheses(inner)
        while node.type == "field_expression" and (inner := node.child_by_field_name("argument")) is not None:
            node = strip_parentheses(inner)
    return node.type == "identifier" and source.normal(node) == name


def _leaves_before(node: Node, place: Node) -> bool:
    """Whether a node stands in a branch that leaves, and the place does not."""
    for outer in above(node):
        if outer.start_byte <= place.start_byte < outer.end_byte:
            return False
        if outer.type.endswith("_statement") and leaves(outer):
            return True
    return False


def _comes_back(place: Node, body: Node, made: int) -> bool:
    """Whether a loop may come from behind the place to it, without the pointer being made anew."""
    if any(outer.type in LOOPS and made < outer.start_byte for outer in above(place)):
        return True
    labels = {
        label.text: node.start_byte
        for node in walk(body)
        if node.type == "labeled_statement" and (label := node.child_by_field_name("label")) is not None
    }
    for node in walk(body):
        label = node.child_by_field_name("label") if node.type == "goto_statement" else None
        if label is not None and made < labels.get(label.text, node.start_byte) <= place.start_byte < node.start_byte:
            return True
    return False
