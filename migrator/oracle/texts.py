"""The texts of a case as the compiler gets them: what the stubs stand for is taken out, line by line as it was."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from msgspec import Struct
from tree_sitter import Node

from migrator.source import Dialect, SourceFile
from migrator.syntax import declared_name, node_text

_INCLUDE = re.compile(rb"[ \t]*#[ \t]*include\b[^\n]*")
_NOT_NEWLINE = re.compile(rb"[^\n]")


class Text(Struct, frozen=True):
    """One file, before and after."""

    path: str
    before: bytes
    after: bytes


def parse_version(texts: Collection[Text], version: int, dialect: Dialect) -> list[SourceFile]:
    """The files of one version (0 before, 1 after), headers first: they are compiled as one unit, in this order."""
    ordered = sorted(texts, key=lambda text: not text.path.endswith(".h"))
    return [SourceFile.parse(text.path, (text.before, text.after)[version], dialect) for text in ordered]


def compiled_text(source: SourceFile, stubs: Collection[str]) -> bytes:
    """The file without its includes, and without prototypes and definitions of functions that are stubs."""
    data = bytearray(source.data)
    for directive in source.directives:
        if _INCLUDE.match(data, directive.start):
            _blank(data, directive.start, directive.end)
    for function in source.functions:
        if function.name in stubs:
            _blank(data, function.start, function.end)
    for node in _declarations(source.tree.root_node):
        if any(name in stubs for name in _declared_functions(node)):
            _blank(data, node.start_byte, node.end_byte)
    return bytes(data)


def _blank(data: bytearray, start: int, end: int) -> None:
    data[start:end] = _NOT_NEWLINE.sub(b" ", bytes(data[start:end]))


def _declarations(node: Node) -> Iterator[Node]:
    """Declarations outside of functions."""
    for child in node.named_children:
        if child.type == "declaration":
            yield child
        elif child.type != "function_definition":
            yield from _declarations(child)


def _declared_functions(node: Node) -> Iterator[str]:
    for declarator in node.children_by_field_name("declarator"):
        inner: Node | None = declarator
        while inner is not None and inner.type in ("pointer_declarator", "attributed_declarator"):
            inner = inner.child_by_field_name("declarator") or (
                inner.named_children[0] if inner.named_children else None
            )
        if inner is not None and inner.type == "function_declarator":
            name = declared_name(inner)
            if name is not None:
                yield node_text(name)
