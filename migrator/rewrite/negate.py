"""The negation of a condition, as a person would write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.rewrite.layout import joined
from migrator.syntax import arguments, callee_name, strip_parentheses

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.source import SourceFile

_OPPOSITES = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_PLAIN = frozenset({"identifier", "call_expression", "field_expression", "subscript_expression"})


def negated(source: SourceFile, condition: Node) -> str:
    """The text of the opposite condition, parenthesised when the condition is."""
    inner = strip_parentheses(condition)
    text = _negated(source, inner)
    return f"({text})" if condition.type == "parenthesized_expression" else text


def _text(source: SourceFile, node: Node) -> str:
    return joined(source.text(node).decode("utf-8", "surrogateescape"))


def _negated(source: SourceFile, node: Node) -> str:
    if node.type == "unary_expression" and node.children[0].type == "!":
        argument = node.child_by_field_name("argument")
        if argument is not None:
            return _text(source, strip_parentheses(argument))
    if node.type == "binary_expression":
        operator = node.child_by_field_name("operator")
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if operator is not None and left is not None and right is not None and operator.type in _OPPOSITES:
            return f"{_text(source, left)} {_OPPOSITES[operator.type]} {_text(source, right)}"
    if node.type == "call_expression" and callee_name(node) in ("likely", "unlikely"):
        wrapped = arguments(node)
        if len(wrapped) == 1:
            opposite = "unlikely" if callee_name(node) == "likely" else "likely"
            return f"{opposite}({_negated(source, wrapped[0])})"
    if node.type in _PLAIN:
        return f"!{_text(source, node)}"
    return f"!({_text(source, node)})"
