"""What definitions and prototypes say: parameters, linkage, kernel-doc; and the members of structs."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.syntax import declared_name, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.source import Function, SourceFile, Span


def decoded(source: SourceFile, node: Node) -> str:
    """A node's original text."""
    return source.text(node).decode("utf-8", "surrogateescape")


class Parameter(Struct, frozen=True, eq=False):
    """One parameter. ``name`` is empty where it has none, ``...`` for the rest; the bytes are half-open."""

    name: str
    node: Node
    start: int
    end: int


def function_declarator(node: Node) -> Node | None:
    """The ``function_declarator`` that names the function of a definition or a prototype with one declarator."""
    declarators = node.children_by_field_name("declarator")
    if len(declarators) != 1:
        return None
    return declared_function(declarators[0])


def declared_function(declarator: Node) -> Node | None:
    """The ``function_declarator`` of a declarator that declares a function, not a pointer to one."""
    current: Node | None = declarator
    while current is not None:
        inner = current.child_by_field_name("declarator")
        if current.type == "function_declarator":
            while inner is not None and inner.type == "parenthesized_declarator" and inner.named_child_count:
                inner = inner.named_children[-1]
            return current if inner is not None and inner.type in ("identifier", "type_identifier") else None
        if inner is None and current.type in ("parenthesized_declarator", "attributed_declarator"):
            inner = next((child for child in current.named_children if child.type.endswith("declarator")), None)
        current = inner if current.type != "init_declarator" else None
    return None


def parameter_list(node: Node) -> Node | None:
    """The parameters of a definition or a prototype, with their parentheses."""
    declarator = function_declarator(node)
    return None if declarator is None else declarator.child_by_field_name("parameters")


def locals_named(source: SourceFile, function: Function, name: str) -> Iterator[tuple[Node, Node, Node]]:
    """(declarator, declaration, identifier) of each local variable with a name."""
    for node in walk(function.body):
        if node.type != "declaration":
            continue
        for declarator in node.children_by_field_name("declarator"):
            declared = declared_name(declarator)
            if declared is not None and source.normal(declared) == name:
                yield declarator, node, declared


def parameters(source: SourceFile, node: Node) -> tuple[Parameter, ...] | None:
    """The parameters of a definition or prototype; None where they are not understood (old style, masked text)."""
    declarator = function_declarator(node)
    listed = None if declarator is None else declarator.child_by_field_name("parameters")
    if declarator is None or listed is None or listed.has_error:
        return None
    if any(child.start_byte > listed.end_byte for child in declarator.named_children if child.type == "identifier"):
        return None
    found: list[Parameter] = []
    for child in listed.named_children:
        if child.type == "variadic_parameter":
            found.append(Parameter("...", child, child.start_byte, child.end_byte))
            continue
        if child.type != "parameter_declaration":
            return None
        inner = child.child_by_field_name("declarator")
        declared = None if inner is None else declared_name(inner)
        name = "" if declared is None else decoded(source, declared)
        if not name and source.normal(child) == "void":
            continue
        found.append(Parameter(name, child, child.start_byte, child.end_byte))
    return tuple(found)


def is_static(source: SourceFile, node: Node) -> bool:
    """Whether a definition or prototype is ``static``."""
    declarator = function_declarator(node)
    end = declarator.start_byte if declarator is not None else node.end_byte
    return re.search(rb"(?<!\w)(?:static|STATIC)(?!\w)", source.code[node.start_byte : end]) is not None


_ELSEWHERE = re.compile(rb"(?<!\w)(?:asmlinkage|__visible|__used)(?!\w)")


def is_called_from_assembly(source: SourceFile, node: Node) -> bool:
    """Whether a definition or prototype is marked as having callers that are not in C."""
    declarator = function_declarator(node)
    end = declarator.start_byte if declarator is not None else node.end_byte
    # The words are masked, so the node begins behind those that stand first.
    start = max(source.code.rfind(byte, 0, node.start_byte) + 1 for byte in (b";", b"}", b"\n\n"))
    return _ELSEWHERE.search(source.code, start, end) is not None


_DOC_LINE = rb"^[ \t]*\*?[ \t]*@%s[ \t]*:"
_DOC_END = re.compile(
    rb"^[ \t]*(?:\*/|\*[ \t\r]*$|\*?[ \t]*@[\w.]+[ \t]*:|\*?[ \t]*[A-Z][\w ]*:(?:[ \t]|\r?$))", re.MULTILINE
)


def comment_before(source: SourceFile, offset: int) -> Span | None:
    """The comment that ends before an offset with nothing but white space between."""
    index = bisect_right(source.comments, offset, key=lambda span: span.start) - 1
    if index < 0:
        return None
    span = source.comments[index]
    return span if span.end <= offset and not source.masked[span.end : offset].strip() else None


def doc_lines(source: SourceFile, comment: Span, name: str) -> tuple[int, int] | None:
    """The lines ``@name: ...`` of a kernel-doc comment with their continuation, as bytes; None where there are none.

    A description goes on up to an empty line, the next name, a section or the end of the comment.
    """
    if not source.data.startswith(b"/**", comment.start):
        return None
    match = re.compile(_DOC_LINE % re.escape(name.encode()), re.MULTILINE).search(
        source.data, comment.start, comment.end
    )
    if match is None:
        return None
    start = source.line_start(match.start())
    following = source.line_end(match.end())
    ending = _DOC_END.search(source.data, following, comment.end)
    end = ending.start() if ending is not None else source.line_start(comment.end)
    return (start, end) if start > comment.start and end > start else None


def member_declaration(source: SourceFile, tag: str, name: str) -> Node | None:
    """The ``field_declaration`` of a member in the struct or union with this tag, where this file defines it."""
    for node in walk(source.tree.root_node):
        if node.type not in ("struct_specifier", "union_specifier"):
            continue
        label, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if label is None or body is None or decoded(source, label) != tag:
            continue
        for child in _member_declarations(body):
            for declarator in child.children_by_field_name("declarator"):
                declared = declared_name(declarator)
                if declared is not None and decoded(source, declared) == name:
                    return child
    return None


def _member_declarations(body: Node) -> Iterator[Node]:
    """The members of a struct, those under ``#if`` and in structs without a name included."""
    for child in body.named_children:
        if child.type.startswith("preproc_"):
            yield from _member_declarations(child)
        elif child.type == "field_declaration":
            kind = child.child_by_field_name("type")
            inner = None if kind is None else kind.child_by_field_name("body")
            if child.child_by_field_name("declarator") is None and inner is not None:
                yield from _member_declarations(inner)
            else:
                yield child


__all__ = [
    "Parameter",
    "comment_before",
    "declared_function",
    "decoded",
    "doc_lines",
    "function_declarator",
    "is_called_from_assembly",
    "is_static",
    "locals_named",
    "member_declaration",
    "parameter_list",
    "parameters",
]
