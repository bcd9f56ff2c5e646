"""The negation of a condition, as a person would write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.rewrite.layout import joined
from migrator.syntax import arguments, callee_name, strip_parentheses

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from migrator.source import SourceFile

_OPPOSITES = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_PLAIN = frozenset({"identifier", "call_expression", "field_expression", "subscript_expression"})


def negated(source: SourceFile, condition: Node, code: Callable[[Node], str] | None = None) -> str:
    """The text of the opposite condition, parenthesised when the condition is. ``code`` gives the text of a part;
    without it, parts are as they were.
    """

    def text(node: Node) -> str:
        return joined(source.text(node).decode("utf-8", "surrogateescape") if code is None else code(node))

    inner = _negated(strip_parentheses(condition), text)
    return f"({inner})" if condition.type == "parenthesized_expression" else inner


def _negated(node: Node, text: Callable[[Node], str]) -> str:
    if node.type == "unary_expression" and node.children[0].type == "!":
        argument = node.child_by_field_name("argument")
        if argument is not None:
            inner = strip_parentheses(argument)
            return text(argument if inner.type == "assignment_expression" else inner)
    if node.type == "binary_expression":
        operator = node.child_by_field_name("operator")
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if operator is not None and left is not None and right is not None and operator.type in _OPPOSITES:
            return f"{text(left)} {_OPPOSITES[operator.type]} {text(right)}"
    if node.type == "call_expression" and callee_name(node) in ("likely", "unlikely"):
        wrapped = arguments(node)
        if len(wrapped) == 1:
            opposite = "unlikely" if callee_name(node) == "likely" else "likely"
            return f"{opposite}({_negated(wrapped[0], text)})"
    if node.type in _PLAIN:
        return f"!{text(node)}"
    return f"!({text(node)})"
