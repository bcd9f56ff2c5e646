"""Chains of assignments, ``a = b = c = value``, of which some become calls.

A call that stands for one store of a chain takes the value and gives it on, so it goes to where the value stands:
``x->a = x->b = value`` becomes ``x->b = set_a(x, value)``. Every store gets the value as the stores behind it have
converted it; that is the same only where all are of one type, as structs have to be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.syntax import strip_parentheses

if TYPE_CHECKING:
    from tree_sitter import Node


class Chain(Struct, eq=False):
    """The text of a chain in the making.

    ``links`` are the stores that stay, as ``a = ``; ``value`` what is stored; ``calls`` put, one after the other, what
    takes the place of a store around the value. ``taken``: the value is the new call of one of the stores.
    """

    links: list[str]
    value: str
    calls: list[Callable[[str], str]]
    taken: bool = False

    @property
    def text(self) -> str:
        """The whole of it."""
        value = self.value
        for call in self.calls:
            value = call(value)
        return "".join(self.links) + value


def links_of(node: Node) -> tuple[tuple[Node, ...], Node]:
    """The assignments that make up an expression, the outer ones first, and the value that they store."""
    links: list[Node] = []
    while is_store(bare := strip_parentheses(node)):
        value = bare.child_by_field_name("right")
        if value is None:
            break
        links.append(bare)
        node = value
    return tuple(links), node


def is_store(node: Node) -> bool:
    """Whether a node is an assignment with a plain ``=``."""
    operator = node.child_by_field_name("operator")
    return node.type == "assignment_expression" and operator is not None and operator.type == "="


def chain_around(node: Node) -> tuple[Node, tuple[Node, ...]] | None:
    """The statement that a store is, alone or with other stores in a chain, and all the stores; else None."""
    outer = node
    while outer.parent is not None and (is_store(outer.parent) or outer.parent.type == "parenthesized_expression"):
        if is_store(outer.parent) and outer.parent.child_by_field_name("right") != outer:
            return None
        outer = outer.parent
    if outer.parent is None or outer.parent.type != "expression_statement":
        return None
    return outer.parent, links_of(outer)[0]


def target(store: Node) -> Node:
    """What an assignment stores to."""
    left = store.child_by_field_name("left")
    assert left is not None
    return left
