"""Conditions that ask for a handle: which of them can go with it.

An assertion about the handle alone goes with it. An ``if`` is noted, and must turn out to be empty when all the rest is
gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.syntax import arguments, callee_name, is_null, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.travel.touched import Touched

# Macros that check a condition and do nothing else when it holds; the condition is the first argument.
_ASSERTIONS = frozenset(
    {
        *("BUG_ON", "WARN_ON", "WARN_ON_ONCE", "VM_BUG_ON", "VM_BUG_ON_PAGE", "VM_BUG_ON_FOLIO", "VM_BUG_ON_VMA"),
        *("VM_BUG_ON_MM", "VM_WARN_ON", "VM_WARN_ON_ONCE", "VM_WARN_ON_ONCE_PAGE", "VM_WARN_ON_FOLIO"),
        *("VM_WARN_ON_ONCE_FOLIO",),
    }
)
_HINTS = frozenset({"likely", "unlikely"})
_EFFECTS = frozenset({"call_expression", "assignment_expression", "update_expression", "gnu_asm_expression"})


def is_asked_for(name: str) -> bool:
    """Whether who is called with a handle only asks for it: an assertion, or a hint about a condition."""
    return name in _ASSERTIONS or name in _HINTS


def note_condition(touched: Touched, node: Node) -> bool:
    """Whether a use of the handle is a condition that may go with it; what goes is noted."""
    current, parent = outside(node)
    alone = True
    while parent is not None:
        kind = parent.type
        operator = parent.child_by_field_name("operator")
        sign = "" if operator is None else operator.type
        if kind == "unary_expression" and sign == "!":
            pass
        elif kind == "binary_expression" and sign in ("==", "!="):
            sides = [parent.child_by_field_name(side) for side in ("left", "right")]
            if not any(side is not None and side.id != current.id and is_null(side) for side in sides):
                return False
        elif kind == "binary_expression" and sign in ("&&", "||"):
            alone = False
        elif kind == "argument_list" and parent.parent is not None and callee_name(parent.parent) in _HINTS:
            parent = parent.parent
        elif kind == "argument_list" and parent.parent is not None and alone:
            statement = _assertion(parent.parent, current)
            if statement is not None:
                touched.statements[statement.start_byte] = statement
            return statement is not None
        elif kind == "if_statement":
            touched.tests[node.start_byte] = node
            return True
        else:
            return False
        current, parent = outside(parent)
    return False


def _assertion(call: Node, condition: Node) -> Node | None:
    """The statement of a call that only asserts a condition; None where it is something else."""
    statement, given = call.parent, arguments(call)
    others = [part for item in given[1:] for part in walk(item)]
    pure = not any(part.type in _EFFECTS for part in others)
    first = bool(given) and given[0].id == condition.id and callee_name(call) in _ASSERTIONS
    stands = statement is not None and statement.type == "expression_statement"
    return statement if first and pure and stands else None


def outside(node: Node) -> tuple[Node, Node | None]:
    """The node with the parentheses around it, and what they stand in."""
    current, parent = node, node.parent
    while parent is not None and parent.type == "parenthesized_expression":
        current, parent = parent, parent.parent
    return current, parent
