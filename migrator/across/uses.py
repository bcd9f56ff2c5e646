"""What a mention of a name is: a definition, a call, a value, or another thing of the same name.

Every mention has a kind, so that who changes a function knows that they have seen all of its uses. What is not
understood is ``unparsed``, never left out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.declared import declared_function, decoded, function_declarator, parameters
from migrator.source import Function, SourceFile
from migrator.syntax import declared_name, enclosing, strip_parentheses, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.source import Span


class UseKind(StrEnum):
    """What a mention of a name is.

    ``FIELD`` is another thing of the same name: a member, label, tag, type, parameter or local variable. ``UNPARSED``:
    in a function that does not parse or is cut, in a file that cannot be read, or in text that is not understood.
    """

    DEFINITION = "definition"
    PROTOTYPE = "prototype"
    CALL = "call"
    VALUE = "value"
    MACRO = "macro"
    EXPORT = "export"
    COMMENT = "comment"
    STRING = "string"
    FIELD = "field"
    UNPARSED = "unparsed"


OPEN_KINDS = frozenset({UseKind.VALUE, UseKind.MACRO, UseKind.UNPARSED})
"""Kinds of uses that leave open who calls a function, and with what."""


class Use(Struct, frozen=True, eq=False):
    """One whole-word mention. ``line`` is 0 for a file that cannot be read.

    ``node`` is the ``call_expression`` of a call, the ``declaration`` of a prototype, the ``function_definition``, the
    identifier of a value and of another thing of the same name; None otherwise.
    """

    path: str
    offset: int
    line: int
    kind: UseKind
    function: Function | None = None
    node: Node | None = None


def classify(
    source: SourceFile, start: int, end: int, name: str, local_names: Callable[[Function], frozenset[str]]
) -> tuple[UseKind, Node | None]:
    """What the mention of a name at some bytes is, and its node; ``local_names`` are those of a function."""
    lexical = _lexical(source, start, end)
    if lexical is UseKind.STRING:
        node = source.tree.root_node.descendant_for_byte_range(start, end)
        if node is not None and enclosing(node, "gnu_asm_expression") is not None:
            return UseKind.VALUE, None  # assembly that calls it, or takes its address
        if _ALIAS.search(source.data, max(start - 40, 0), start):
            return UseKind.VALUE, None  # a second name
        return UseKind.STRING, None
    if lexical is not None:
        return lexical, None
    function = source.function_at(start)
    if function is not None and start < function.body.start_byte and function.name == name:
        declarator = function_declarator(function.node)
        declared = None if declarator is None else declared_name(declarator)
        if declared is not None and declared.start_byte == start:
            return UseKind.DEFINITION, function.node
        if function.broken or declarator is None:
            return (UseKind.DEFINITION if function.broken else UseKind.UNPARSED), function.node
    if function is None:
        exported = _declared_by_macro(source, start, end)
        if exported is not None:
            return exported, None
    if function is not None and (function.broken or function.cut):
        return UseKind.UNPARSED, None
    node = source.tree.root_node.descendant_for_byte_range(start, end)
    if node is None or (node.start_byte, node.end_byte) != (start, end) or node.text != name.encode():
        return UseKind.UNPARSED, None
    if _in_error(node):
        return UseKind.UNPARSED, None
    if function is not None and name in local_names(function):
        return UseKind.FIELD, node
    return _by_tree(source, node)


def local_names(source: SourceFile, function: Function) -> frozenset[str]:
    """The names of a function's parameters and local variables."""
    names = {item.name for item in parameters(source, function.node) or ()}
    for node in walk(function.body):
        if node.type != "declaration":
            continue
        for declarator in node.children_by_field_name("declarator"):
            declared = declared_name(declarator)
            if declared is not None and declared_function(declarator) is None:
                names.add(decoded(source, declared))
    return frozenset(names)


def _within(spans: Sequence[Span], offset: int) -> Span | None:
    index = bisect_right(spans, offset, key=lambda span: span.start) - 1
    return spans[index] if index >= 0 and offset < spans[index].end else None


_ALIAS = re.compile(rb"\balias(?:__)?\s*\(\s*\"\Z")
_INCLUDE = re.compile(rb"\s*#\s*(?:include|include_next|import|error|warning|pragma|line)\b")


def _lexical(source: SourceFile, start: int, end: int) -> UseKind | None:
    """Comment, string or directive; None for code."""
    if _within(source.comments, start) is not None:
        return UseKind.COMMENT
    directive = _within(source.directives, start)
    if directive is not None and _INCLUDE.match(source.data, directive.start, directive.end):
        return UseKind.STRING
    if source.in_literal(start):
        return UseKind.STRING
    return UseKind.MACRO if directive is not None else None


_EXPORTS = re.compile(
    rb"EXPORT_\w*SYMBOL\w*|EXPORT_SYMBOL\w*|ALLOW_ERROR_INJECTION|NOKPROBE_SYMBOL|BTF_ID\w*|ACPI_EXPORT_SYMBOL\w*"
)
_USE_OF_MACRO = re.compile(rb"\s*([A-Za-z_]\w*)[ \t]*\(([^;{}]*)")


def _declared_by_macro(source: SourceFile, start: int, end: int) -> UseKind | None:
    """What a macro outside functions (``EXPORT_SYMBOL(name)``, ``module_init(name)``) makes of the name in it."""
    blanked = _within(source.declarative_macros, start)
    opening = blanked.start if blanked is not None else source.line_start(start)
    match = _USE_OF_MACRO.match(source.code, opening)
    if match is None or not match.start(2) <= start < match.end(2):
        return UseKind.UNPARSED if blanked is not None else None
    if _EXPORTS.fullmatch(match[1]):
        return UseKind.EXPORT
    return UseKind.VALUE if blanked is not None else None


def _in_error(node: Node) -> bool:
    current: Node | None = node
    while current is not None and current.type != "function_definition":
        if current.type == "ERROR":
            return True
        current = current.parent
    return False


def _by_tree(source: SourceFile, node: Node) -> tuple[UseKind, Node | None]:
    if node.type in ("field_identifier", "statement_identifier"):
        return UseKind.FIELD, node
    parent = node.parent
    if parent is None:
        return UseKind.UNPARSED, None
    if node.type == "type_identifier":
        if parent.type in ("type_descriptor", "parameter_declaration") or parent.type == "cast_expression":
            return UseKind.UNPARSED, None  # perhaps an expression that was taken for a type
        return UseKind.FIELD, node
    if node.type != "identifier":
        return UseKind.UNPARSED, None
    if parent.type == "enumerator" or parent.type == "parameter_declaration":
        return UseKind.FIELD, node
    child, outer = node, parent
    while outer.type.endswith("declarator") and outer.type != "init_declarator":
        declarator = outer.child_by_field_name("declarator")
        if outer.type != "parenthesized_declarator" and (declarator is None or declarator.id != child.id):
            break  # the size of an array, an attribute: an expression
        if outer.parent is None:
            break
        child, outer = outer, outer.parent
    if outer.type == "init_declarator":
        declarator = outer.child_by_field_name("declarator")
        if declarator is not None and declarator.id == child.id:
            return UseKind.FIELD, node
    if outer.type in ("parameter_declaration", "field_declaration", "type_definition"):
        return UseKind.FIELD, node
    if outer.type == "declaration" and any(item.id == child.id for item in outer.children_by_field_name("declarator")):
        if declared_function(child) is not None:
            return UseKind.PROTOTYPE, outer
        return UseKind.FIELD, node
    call = _called_by(node)
    if call is not None:
        return UseKind.CALL, call
    return UseKind.VALUE, node


def _called_by(node: Node) -> Node | None:
    """The call whose function the identifier is, parentheses around it looked through."""
    parent = node.parent
    while parent is not None and parent.type == "parenthesized_expression":
        parent = parent.parent
    if parent is None or parent.type != "call_expression":
        return None
    function = parent.child_by_field_name("function")
    return parent if function is not None and strip_parentheses(function).id == node.id else None
