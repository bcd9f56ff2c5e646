"""Variables that only guarded the old calls: nothing reads them any more, so what sets them goes too.

``charged = true`` is left behind when ``if (charged)`` went with the abort in it; the compiler would warn of a variable
that is set and never used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.flow.facts import words
from migrator.syntax import declared_name, enclosing_statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from migrator.rewrite.draft import Draft
    from migrator.transaction.model import FunctionModel


def remove_flags(model: FunctionModel, draft: Draft) -> list[Node]:
    """Mark the statements that set such variables; returns the names in their declarations, which can go."""
    found: list[Node] = []
    while True:
        removed = False
        known = {name.id for name in found}
        for declared, stores in _only_set(model, draft):
            if declared.id not in known:
                found.append(declared)
                for store in stores:
                    draft.remove(store)
                removed = True
                break
        if not removed:
            return found


def _only_set(model: FunctionModel, draft: Draft) -> Iterator[tuple[Node, list[Node]]]:
    """Locals that code which goes has read and that is only set in what stays: declared name, statements."""
    mentions: dict[str, list[Node]] = {}
    read: set[str] = set()
    for node in model.facts.by_type.get("identifier", ()):
        name = model.source.normal(node)
        if name not in model.facts.locals:
            continue
        if draft.lives(node) and not any(start <= node.start_byte < end for start, end in draft.deleted):
            mentions.setdefault(name, []).append(node)
        elif _tests(node):
            read.add(name)
    if not read:
        return
    read -= {word for text in draft.written() for word in words(text)}
    for name in sorted(read):
        declared = None
        stores: list[Node] = []
        for node in mentions.get(name, []):
            store = _store(draft, node)
            if store is not None:
                stores.append(store)
            elif declared is None and _declares(draft, node):
                declared = node
            else:
                break
        else:
            if declared is not None and _may_go(draft, stores):
                yield declared, stores


def _tests(node: Node) -> bool:
    """Whether an identifier stands in the condition of an if."""
    inner, outer = node, node.parent
    while outer is not None and not outer.type.endswith("statement"):
        inner, outer = outer, outer.parent
    if outer is None or outer.type != "if_statement":
        return False
    condition = outer.child_by_field_name("condition")
    return condition is not None and condition.id == inner.id


def _store(draft: Draft, name: Node) -> Node | None:
    """The statement ``name = value;`` when evaluating the value does nothing."""
    parent = name.parent
    if parent is None or parent.type != "assignment_expression" or parent.parent is None:
        return None
    left, right = parent.child_by_field_name("left"), parent.child_by_field_name("right")
    operator = parent.child_by_field_name("operator")
    if left is None or left.id != name.id or right is None or operator is None or operator.type != "=":
        return None
    statement = parent.parent
    return statement if statement.type == "expression_statement" and draft.is_pure(right) else None


def _declares(draft: Draft, name: Node) -> bool:
    """Whether a name is declared here as a variable of its own, with a value that does nothing."""
    declaration = enclosing_statement(name)
    if declaration.type != "declaration" or declaration.parent is None:
        return False
    for declarator in declaration.children_by_field_name("declarator"):
        declared = declared_name(declarator)
        if declared is not None and declared.id == name.id:
            value = declarator.child_by_field_name("value") if declarator.type == "init_declarator" else None
            return value is None or draft.is_pure(value)
    return False


def _may_go(draft: Draft, stores: list[Node]) -> bool:
    """Whether the statements stand in blocks of which something else stays."""
    own = {store.id for store in stores}
    for store in stores:
        block = store.parent
        if block is None or block.type != "compound_statement":
            return False
        inner = [child for child in block.named_children if child.id not in own]
        if all(child.type == "declaration" or draft.gone(child) for child in inner):
            return False
    return True
