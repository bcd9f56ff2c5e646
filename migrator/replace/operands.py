"""Where an expression may not be replaced, although its value is only looked at.

An operand of ``sizeof`` and its like is not evaluated: what is meant there is the object, or its type, and what the
new code does would not happen. Other macros take the address of their argument, which the value of a call has not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.flow.facts import LOOKS_ONCE, STORES_ONCE, STORING_MACROS
from migrator.syntax import arguments, callee_name

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.source import SourceFile

_UNEVALUATED = frozenset({"sizeof_expression", "alignof_expression", "offsetof_expression"})
_UNEVALUATED_CALLS = frozenset(
    {
        *("typeof", "__typeof", "__typeof__", "typeof_unqual", "__builtin_types_compatible_p", "__builtin_constant_p"),
        *("__builtin_object_size", "__builtin_dynamic_object_size"),
    }
)
_STORING = STORING_MACROS | STORES_ONCE
_ADDRESSING = _STORING | LOOKS_ONCE
_WORD = re.compile(rb"\w+")


def unevaluated_in(source: SourceFile, node: Node) -> str:
    """The operator in whose operand a node stands without being evaluated; empty where there is none."""
    child, parent = node, node.parent
    while parent is not None and parent.type != "function_definition":
        if parent.type in _UNEVALUATED:
            word = _WORD.match(source.data, parent.start_byte)  # an alignof is masked to sizeof
            return word[0].decode() if word is not None else "sizeof"
        if parent.type == "generic_expression" and parent.named_children[0] == child:
            return "_Generic"
        if parent.type == "call_expression" and callee_name(parent) in _UNEVALUATED_CALLS:
            return callee_name(parent) or ""
        child, parent = parent, parent.parent
    return ""


def is_stored_to(argument: Node) -> bool:
    """Whether an argument is one into which the macro that is given it stores."""
    return _takes(_STORING, argument)


def addressed_by(node: Node) -> str:
    """The macro that takes the address of an expression, or of a member of it; empty where there is none."""
    child, parent = node, node.parent
    while parent is not None:
        if parent.type == "field_expression":
            operator = parent.child_by_field_name("operator")
            if operator is not None and operator.type == "->":
                return ""
        elif parent.type != "parenthesized_expression":
            break
        child, parent = parent, parent.parent
    call = parent.parent if parent is not None and parent.type == "argument_list" else None
    return callee_name(call) or "" if call is not None and _takes(_ADDRESSING, child) else ""


def _takes(macros: dict[str, tuple[int, ...]], argument: Node) -> bool:
    call = argument.parent.parent if argument.parent is not None else None
    if call is None or call.type != "call_expression":
        return False
    given = arguments(call)
    return any(place < len(given) and given[place] == argument for place in macros.get(callee_name(call) or "", ()))
