"""What an expression reads and where an assignment stores, as far as it takes to move one past the other.

A place is a member of an object, known by the fields on the way to it. Two scalar places can be one only where the
fields of the one end those of the other: ``p->b.c`` may be ``q->c``, and never ``q->d.c``. Unions that give one scalar
two names are not looked for. What is not understood (a call that the pattern does not know, ``*p``, an element of an
array) has no places, which whoever asks takes for a dependence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from migrator.syntax import arguments, callee_name, declared_name, node_text, strip_parentheses, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.source import SourceFile

_CONSTANTS = frozenset(
    {*("number_literal", "char_literal", "true", "false", "null", "sizeof_expression", "offsetof_expression")}
)
_OPERANDS = {
    "cast_expression": ("value",),
    "unary_expression": ("argument",),
    "binary_expression": ("left", "right"),
    "conditional_expression": ("condition", "consequence", "alternative"),
}


class Place(Struct, frozen=True):
    """A variable, or a member of what ``base`` names (``p ->``) or is; ``fields``: those on the way to it.

    ``whole``: it need not be a scalar, and all that is in it is meant.
    """

    base: str
    fields: tuple[str, ...] = ()
    whole: bool = False


class Reader(Struct, frozen=True, eq=False):
    """Reads expressions of one source; ``pure`` are the calls of which ``Rewrite.pure`` speaks."""

    source: SourceFile
    pure: frozenset[str]

    def reads(self, node: Node) -> tuple[Place, ...] | None:
        """The places whose values make that of an expression; None where it has effects or is not understood."""
        node = strip_parentheses(node)
        if node.type in _CONSTANTS:
            return ()
        if node.type == "identifier":
            return (Place(node_text(node)),)
        if node.type == "field_expression":
            place = self.place(node)
            return None if place is None else _joined((place,), self.addresses(node))
        if node.type == "call_expression":
            if callee_name(node) not in self.pure:
                return None
            return _joined(*(self._argument(argument) for argument in arguments(node)))
        names = _OPERANDS.get(node.type)
        if names is None:
            return None
        inner = [node.child_by_field_name(name) for name in names]
        return _joined(*(None if child is None else self.reads(child) for child in inner)) if inner else None

    def _argument(self, node: Node) -> tuple[Place, ...] | None:
        """As ``reads`` for what a call gets, which may look at what it is given the address of."""
        node = strip_parentheses(node)
        operator = node.child(0) if node.type == "pointer_expression" else None
        given = node.child_by_field_name("argument") if operator is not None and operator.type == "&" else None
        if given is None:
            return self.reads(node)
        place = self.place(given)
        return None if place is None else _joined((structs.replace(place, whole=True),), self.addresses(given))

    def addresses(self, node: Node) -> tuple[Place, ...] | None:
        """The places that say which object an lvalue is; None as above."""
        node = strip_parentheses(node)
        if node.type == "identifier":
            return ()
        argument = node.child_by_field_name("argument") if node.type == "field_expression" else None
        operator = node.child_by_field_name("operator")
        if argument is None or operator is None:
            return None
        return self.reads(argument) if operator.type == "->" else self.addresses(argument)

    def place(self, node: Node) -> Place | None:
        """The place that an lvalue is; None for one that is not understood."""
        fields: list[str] = []
        node = strip_parentheses(node)
        while node.type == "field_expression":
            argument, field = node.child_by_field_name("argument"), node.child_by_field_name("field")
            operator = node.child_by_field_name("operator")
            if argument is None or field is None or operator is None:
                return None
            fields.insert(0, node_text(field))
            node = strip_parentheses(argument)
            if operator.type == "->":
                return Place(f"{self.source.normal(node)} ->", tuple(fields))
        return Place(node_text(node), tuple(fields)) if node.type == "identifier" else None


def may_be_one(one: Place, other: Place, addressed: frozenset[str]) -> bool:
    """Whether a store to the one can change the other. ``addressed``: the variables whose address somebody has."""
    length = min(len(one.fields), len(other.fields))
    if one.base == other.base:
        return one.fields[:length] == other.fields[:length]
    if one.whole or other.whole:
        return bool(set(one.fields) & set(other.fields)) or not length
    if not length:
        return any(not place.fields and place.base in addressed for place in (one, other))
    return one.fields[-length:] == other.fields[-length:]


def addressed_in(function: Node) -> frozenset[str]:
    """The variables whose address is taken in a function."""
    found: set[str] = set()
    for node in walk(function):
        operator = node.child(0) if node.type == "pointer_expression" else None
        argument = node.child_by_field_name("argument") if operator is not None and operator.type == "&" else None
        while argument is not None and _is_part(argument := strip_parentheses(argument)):
            argument = argument.child_by_field_name("argument")
        if argument is not None and argument.type == "identifier":
            found.add(node_text(argument))
    return frozenset(found)


def _is_part(node: Node) -> bool:
    """Whether a node is a member of its argument, or an element: not where that is a pointer, as far as can be told."""
    operator = node.child_by_field_name("operator")
    return node.type == "subscript_expression" or (
        node.type == "field_expression" and operator is not None and operator.type == "."
    )


def locals_of(function: Node) -> frozenset[str]:
    """The parameters of a function and the variables that it declares, without static and external ones."""
    return frozenset(_locals(function))


def _locals(function: Node) -> Iterator[str]:
    for node in walk(function):
        if node.type not in ("declaration", "parameter_declaration"):
            continue
        if any(child.type == "storage_class_specifier" for child in node.named_children):
            continue
        for declarator in node.children_by_field_name("declarator"):
            name = declared_name(declarator)
            if name is not None:
                yield node_text(name)


def _joined(*parts: tuple[Place, ...] | None) -> tuple[Place, ...] | None:
    found: list[Place] = []
    for part in parts:
        if part is None:
            return None
        found += part
    return tuple(found)
