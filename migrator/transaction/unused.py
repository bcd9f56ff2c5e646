"""Variables that only guarded the old calls: nothing reads them any more, so what sets them goes too.

``charged = true`` is left behind when ``if (charged)`` went with the abort in it; the compiler would warn of a variable
that is set and never used.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.flow.facts import words
from migrator.syntax import declared_name, enclosing_statement, identifiers

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
    gone = (*_conditions_gone(draft), *draft.removed.values())
    read = {model.source.normal(name) for code in gone for name in identifiers(code)} & model.facts.locals
    if not read:
        return
    read -= {word for text in draft.written() for word in words(text)}
    mentions: dict[str, list[Node]] = {}
    for node in model.facts.by_type.get("identifier", ()) if read else ():
        name = model.source.normal(node)
        cut = any(start <= node.start_byte < end for start, end in draft.deleted)
        if name in read and not cut and draft.lives(node):
            mentions.setdefault(name, []).append(node)
    for name in sorted(read):
        if not _all_seen(model, name):
            continue
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


def _all_seen(model: FunctionModel, name: str) -> bool:
    """Whether the tree shows every mention of a name: none in a macro of the file, nor in what was masked."""
    word = re.compile(rb"(?<!\w)" + name.encode() + rb"(?!\w)")
    source, function = model.source, model.function
    if any(word.search(source.data, span.start, span.end) for span in source.directives):
        return False
    seen = sum(source.normal(node) == name for node in model.facts.by_type.get("identifier", ()))
    return len(word.findall(source.code, function.start, function.end)) == seen


def _conditions_gone(draft: Draft) -> Iterator[Node]:
    """The conditions of ifs of which nothing is left."""
    for statement in (*draft.above_removed().values(), *draft.removed.values()):
        condition = statement.child_by_field_name("condition") if statement.type == "if_statement" else None
        if condition is not None and draft.gone(statement):
            yield condition


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
    units = [_unit(draft, store) for store in stores]
    own = {unit.id for unit in units}
    for unit in units:
        block = unit.parent
        if block is None or block.type != "compound_statement":
            return False
        inner = [child for child in block.named_children if child.id not in own]
        if all(child.type == "declaration" or draft.gone(child) for child in inner):
            return False
    return True


def _unit(draft: Draft, store: Node) -> Node:
    """What goes with a statement: the if whose only statement it is, when its condition does nothing."""
    guard = store.parent
    condition = guard.child_by_field_name("condition") if guard is not None else None
    if guard is None or guard.type != "if_statement" or guard.child_by_field_name("alternative") is not None:
        return store
    return guard if condition is not None and draft.is_pure(condition) else store
