"""Small typed questions about syntax nodes: what is called, what is assigned, what stands next to what.

All functions read the tree of a ``SourceFile`` and keep no state. Names come from the masked text of the node, which
for identifiers is that of the original except inside a masked macro (see ``migrator.source``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tree_sitter import Node

from migrator.source import SourceFile
from migrator.source.conditionals import Conditional

LOOPS = frozenset({"for_statement", "while_statement", "do_statement"})
STATEMENTS = frozenset(
    (
        "compound_statement",
        "expression_statement",
        "declaration",
        "return_statement",
        "goto_statement",
        "break_statement",
        "continue_statement",
        "if_statement",
        "while_statement",
        "do_statement",
        "for_statement",
        "switch_statement",
        "case_statement",
        "labeled_statement",
        "type_definition",
        "attributed_statement",
        "preproc_if",
        "preproc_ifdef",
        "preproc_else",
        "preproc_elif",
        "preproc_elifdef",
        "preproc_def",
        "preproc_function_def",
        "preproc_call",
        "seh_try_statement",
        "seh_leave_statement",
    )
)


def node_text(node: Node) -> str:
    """The masked text of a node; for identifiers the original one."""
    text = node.text
    return text.decode("utf-8", "surrogateescape") if text is not None else ""


def callee_name(node: Node) -> str | None:
    """The name that a ``call_expression`` calls directly; None for calls through anything else, and other nodes."""
    if node.type != "call_expression":
        return None
    function = node.child_by_field_name("function")
    if function is None or function.type != "identifier":
        return None
    return node_text(function)


def arguments(call: Node) -> tuple[Node, ...]:
    """The argument expressions of a ``call_expression``, in order."""
    if call.type != "call_expression":
        return ()
    argument_list = call.child_by_field_name("arguments")
    if argument_list is None:
        return ()
    return tuple(child for child in argument_list.named_children if child.type != "comment")


def enclosing(node: Node, *types: str) -> Node | None:
    """The nearest node above (not the node itself) that has one of the types."""
    parent = node.parent
    while parent is not None and parent.type not in types:
        parent = parent.parent
    return parent


def enclosing_statement(node: Node) -> Node:
    """The innermost statement or declaration that holds the node, or is it; the node itself when there is none."""
    current: Node | None = node
    while current is not None:
        if current.type in STATEMENTS:
            return current
        current = current.parent
    return node


def statement_siblings(statement: Node) -> tuple[Node, ...]:
    """The statements of the list (block, case, branch of an ``#if``) that the statement stands in, itself included."""
    parent = statement.parent
    if parent is None:
        return (statement,)
    return tuple(child for child in parent.named_children if child.type in STATEMENTS)


def previous_statement(statement: Node) -> Node | None:
    """The statement before, in the same list."""
    sibling = statement.prev_named_sibling
    while sibling is not None and sibling.type not in STATEMENTS:
        sibling = sibling.prev_named_sibling
    return sibling


def next_statement(statement: Node) -> Node | None:
    """The statement behind, in the same list."""
    sibling = statement.next_named_sibling
    while sibling is not None and sibling.type not in STATEMENTS:
        sibling = sibling.next_named_sibling
    return sibling


def above(node: Node) -> Iterator[Node]:
    """The nodes around a node, the nearest first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def body_around(node: Node) -> Node | None:
    """The body of the function that a node stands in."""
    function = next((outer for outer in above(node) if outer.type == "function_definition"), None)
    return function.child_by_field_name("body") if function is not None else None


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, parents first, in source order."""
    cursor = node.walk()
    while True:
        current = cursor.node
        if current is not None:
            yield current
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def identifiers(node: Node) -> Iterator[Node]:
    """The identifier leaves below a node; names of fields, types and labels are not among them."""
    return (inner for inner in walk(node) if inner.type == "identifier")


def assigned_lvalues(nodes: Iterable[Node]) -> Iterator[tuple[Node, str]]:
    """What the nodes write, each looked at by itself: (lvalue, kind). ``walk(node)`` gives all below a node.

    Kinds: ``assign`` (``=``), ``update`` (``+=``, ``++``: the old value is read too), ``init`` (a declarator with a
    value; the node is the declared identifier) and ``address`` (``&x`` passed to a call, which may write it).
    """
    for inner in nodes:
        kind = inner.type
        if kind == "assignment_expression":
            left = inner.child_by_field_name("left")
            operator = inner.child_by_field_name("operator")
            if left is not None:
                plain = operator is None or operator.type == "="
                yield strip_parentheses(left), "assign" if plain else "update"
        elif kind == "update_expression":
            argument = inner.child_by_field_name("argument")
            if argument is not None:
                yield strip_parentheses(argument), "update"
        elif kind == "init_declarator":
            name = declared_name(inner)
            if name is not None:
                yield name, "init"
        elif kind == "pointer_expression" and inner.child(0) is not None:
            operator = inner.child(0)
            argument = inner.child_by_field_name("argument")
            if operator is not None and operator.type == "&" and argument is not None and _is_argument(inner):
                yield strip_parentheses(argument), "address"


def _is_argument(node: Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type in ("parenthesized_expression", "cast_expression", "comma_expression"):
        parent = parent.parent
    return parent is not None and parent.type == "argument_list"


def declared_name(declarator: Node) -> Node | None:
    """The identifier that a declarator (pointer, array, function, with or without a value) declares."""
    current: Node | None = declarator
    while current is not None and current.type not in ("identifier", "field_identifier", "type_identifier"):
        inner = current.child_by_field_name("declarator")
        if inner is None and current.type == "parenthesized_declarator" and current.named_child_count:
            inner = current.named_children[-1]
        current = inner
    return current


def strip_parentheses(node: Node) -> Node:
    """The expression inside any number of parentheses."""
    while node.type == "parenthesized_expression":
        inner = [child for child in node.named_children if child.type != "comment"]
        if len(inner) != 1:
            return node
        node = inner[0]
    return node


def is_null(node: Node) -> bool:
    """Whether an expression is ``NULL``, ``0`` or ``((void *)0)``."""
    node = strip_parentheses(node)
    if node.type == "cast_expression":
        value = node.child_by_field_name("value")
        kind = node.child_by_field_name("type")
        pointer = kind is not None and node_text(kind).replace(" ", "") == "void*"
        return pointer and value is not None and is_null(value)
    return node.type == "null" or (node.type in ("number_literal", "identifier") and node_text(node) in ("0", "NULL"))


def condition_of(statement: Node) -> Node | None:
    """The controlling expression of an if, while, do, for or switch statement, parentheses taken off."""
    condition = statement.child_by_field_name("condition")
    return None if condition is None else strip_parentheses(condition)


def conditional_regions(source: SourceFile) -> tuple[Conditional, ...]:
    """The ``#if`` groups of a file, in order of their start, each with the spans of its branches."""
    return tuple(sorted(source.conditionals, key=lambda group: group.directives[0].start))
