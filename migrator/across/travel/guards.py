"""Which conditions hold where a call stands, in words that can be compared across a call.

A condition is written down with plain locals replaced by what they were set to, and with parameters replaced by what
the caller gave. Two conditions that come to the same words are taken for the same: what only functions called in
between could change is not looked at, so this serves to leave out warnings, never to allow a rewrite.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from migrator.across.declared import parameters
from migrator.flow.facts import strip
from migrator.syntax import arguments, assigned_lvalues, declared_name, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.transaction.model import FunctionModel


_DEEPEST = 4

# In bytes; longer expressions are compared as they stand.
_LONGEST = 1000


def known_at_call(model: FunctionModel, inner: Node, caller: FunctionModel, call: Node) -> frozenset[str]:
    """The conditions around a node of a function and around a call of it, in the words of the caller."""
    given = arguments(call)
    names = {
        parameter.name: in_words(caller, given[index])
        for index, parameter in enumerate(parameters(model.source, model.function.node) or ())
        if index < len(given) and parameter.name
    }
    stored = _stored(model, names) | _stored(caller, {})
    found = {in_words(model, node, names) for node in _around(inner)} | {
        in_words(caller, node) for node in _around(call)
    }
    return frozenset(text for text in found if not any(place in text for place in stored))


def is_excluded(model: FunctionModel, node: Node, known: frozenset[str]) -> bool:
    """Whether a node stands in the else branch of an if whose whole condition is known to hold."""
    current, parent = node, node.parent
    while parent is not None and parent.type != "function_definition":
        if parent.type == "if_statement":
            alternative, condition = parent.child_by_field_name("alternative"), parent.child_by_field_name("condition")
            if alternative is not None and condition is not None and alternative.id == current.id:
                parts = [in_words(model, part) for part in _conjuncts(condition)]
                if parts and all(part in known for part in parts):
                    return True
        current, parent = parent, parent.parent
    return False


def in_words(model: FunctionModel, node: Node, names: Mapping[str, str] | None = None, depth: int = 0) -> str:
    """An expression without its parentheses' shape, plain locals replaced by what they were set to."""
    node = strip(node)
    if node.type == "identifier":
        name = model.source.normal(node)
        if names is not None and name in names:
            return names[name]
        value = _value(model, name) if depth < _DEEPEST else None
        return name if value is None else in_words(model, value, names, depth + 1)
    if not node.children or node.end_byte - node.start_byte > _LONGEST:
        return model.source.normal(node)
    return "(" + " ".join(in_words(model, child, names, depth) for child in node.children) + ")"


def _around(node: Node) -> Iterator[Node]:
    """The conditions of the ifs in whose first branch a node stands, split at ``&&``."""
    current, parent = node, node.parent
    while parent is not None and parent.type != "function_definition":
        if parent.type == "if_statement":
            consequence, condition = parent.child_by_field_name("consequence"), parent.child_by_field_name("condition")
            if consequence is not None and condition is not None and consequence.id == current.id:
                yield from _conjuncts(condition)
        current, parent = parent, parent.parent


def _conjuncts(condition: Node) -> Iterator[Node]:
    pending = [condition]
    while pending:
        node = strip(pending.pop())
        operator = node.child_by_field_name("operator") if node.type == "binary_expression" else None
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if operator is not None and operator.type == "&&" and left is not None and right is not None:
            pending += [right, left]
        else:
            yield node


def _value(model: FunctionModel, name: str) -> Node | None:
    """What a pointer or truth value that is set once, where it is declared, is set to."""
    if name not in model.facts.locals or name in model.facts.address_taken:
        return None
    found: list[Node | None] = []
    for lvalue, kind in assigned_lvalues(walk(model.function.body)):
        if lvalue.type != "identifier" or model.source.normal(lvalue) != name:
            continue
        declarator = lvalue.parent
        pointer = declarator is not None and declarator.type == "pointer_declarator"
        while declarator is not None and declarator.type not in ("init_declarator", "declaration"):
            declarator = declarator.parent
        if kind != "init" or declarator is None or declarator.parent is None:
            return None
        type_node = declarator.parent.child_by_field_name("type")
        truth = type_node is not None and model.source.normal(type_node) in ("bool", "_Bool")
        declared = declared_name(declarator)
        right = declared is not None and declared.id == lvalue.id
        found.append(declarator.child_by_field_name("value") if right and (pointer or truth) else None)
    return found[0] if len(found) == 1 else None


def _stored(model: FunctionModel, names: Mapping[str, str]) -> set[str]:
    """What a function stores to, in words: conditions that speak of it are not known for long."""
    found = set()
    for lvalue, kind in assigned_lvalues(walk(model.function.body)):
        if kind != "init":
            found.add(in_words(model, lvalue, names, _DEEPEST))
    return found
