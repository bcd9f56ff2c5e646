"""Keep an error where it is: one construct that does not parse must not swallow its neighbours.

The grammar's error recovery looks for the cheapest repair of the whole file and may drop functions that are fine. So
when the tree has an error outside a function, or one that reaches over a function's end, the text is split into
top-level chunks by braces alone and each suspect chunk is parsed by itself: a table or declaration that fails loses
the content of its brackets; a function that fails and is not seen as one loses its body and is reported as broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from tree_sitter import Node, Parser, Tree

from migrator.source.brackets import last_byte, skip_blanks
from migrator.source.lexing import BLANK, Span

_HEAD_NAME = re.compile(rb"([A-Za-z_]\w*)\s*\(")
_MARK = re.compile(rb"[{}();]")
_GROUPS = frozenset(
    ("preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "preproc_elifdef",
     "declaration_list", "linkage_specification")
)  # fmt: skip


class Chunk(Struct, frozen=True):
    """A top-level item of the text. ``body`` is the offset of a function's opening brace, -1 for anything else."""

    start: int
    end: int
    body: int


class Contained(Struct, frozen=True):
    """The text to parse instead, the tree of it, and the functions whose bodies were taken out."""

    text: bytes
    tree: Tree
    broken: tuple[Span, ...]


def contain(parser: Parser, text: bytes, bare: bytes, tree: Tree) -> Contained:
    """``text`` and ``tree`` themselves when no error reaches over the function that it is in.

    ``bare`` is ``text`` with literals filled and directives blank.
    """
    suspects = list(_suspects(tree.root_node)) if tree.root_node.has_error else []
    if not suspects:
        return Contained(text, tree, ())
    chunks = [chunk for chunk in split(bare) if any(a < chunk.end and chunk.start < b for a, b in suspects)]
    changed = bytearray(text)
    broken: list[Span] = []
    for chunk in chunks:
        piece = text[chunk.start : chunk.end]
        alone = parser.parse(piece)
        if not alone.root_node.has_error:
            continue
        if chunk.body < 0:
            _empty_brackets(changed, bare, chunk)
            if parser.parse(bytes(changed[chunk.start : chunk.end])).root_node.has_error:
                changed[chunk.start : chunk.end] = piece.translate(BLANK)
        elif not _one_function(alone.root_node, chunk.end - chunk.start):
            _empty_body(parser, changed, chunk, broken)
    tree = parser.parse(bytes(changed))
    if tree.root_node.has_error:
        found = {(node.start_byte, node.end_byte) for node in functions(tree.root_node)}
        ends = {end for _, end in found}
        lost = [chunk for chunk in chunks if chunk.body >= 0 and chunk.end not in ends]
        if lost:
            for chunk in lost:
                _empty_body(parser, changed, chunk, broken)
            tree = parser.parse(bytes(changed))
    return Contained(bytes(changed), tree, tuple(broken))


def functions(root: Node) -> Iterator[Node]:
    """The function definitions of a translation unit, in order; looks into ``#if`` groups and error nodes."""
    for node in root.children:
        kind = node.type
        if kind == "function_definition":
            yield node
        elif kind in _GROUPS or kind == "ERROR":
            yield from functions(node)


def split(bare: bytes) -> Iterator[Chunk]:
    """The top-level items: up to a semicolon, or to the brace that ends a function; a brace in column 1 resets."""
    start = skip_blanks(bare, 0)
    depth = nesting = 0
    body = -1
    for match in _MARK.finditer(bare):
        place = match.start()
        byte = bare[place]
        first_column = place == 0 or bare[place - 1] == 0x0A
        if byte == 0x28:
            nesting += 1
        elif byte == 0x29:
            nesting -= 1
        elif byte == 0x7B:
            if first_column:
                depth = nesting = 0
            if depth == 0 and body < 0 and last_byte(bare, place) == 0x29:
                body = place
            depth += 1
        elif byte == 0x7D:
            depth = 0 if first_column else max(0, depth - 1)
            if depth == 0 and body >= 0:
                yield Chunk(start, place + 1, body)
                start, body, nesting = skip_blanks(bare, place + 1), -1, 0
        elif depth == 0 and nesting <= 0:
            if place >= start:
                yield Chunk(start, place + 1, -1)
            start, body, nesting = skip_blanks(bare, place + 1), -1, 0
    if start < len(bare):
        yield Chunk(start, len(bare), -1)


def _suspects(root: Node) -> Iterator[tuple[int, int]]:
    """Ranges with an error that is not confined to one function."""
    for node in root.children:
        if not node.has_error:
            continue
        if node.type in _GROUPS:
            yield from _suspects(node)
            if any(child.type == "ERROR" or child.is_missing for child in node.children):
                yield node.start_byte, node.end_byte
        elif node.type != "function_definition" or _holds_function(node):
            yield max(0, node.start_byte - 1), node.end_byte + 1


def _holds_function(node: Node) -> bool:
    body = node.child_by_field_name("body")
    if body is None:
        return True
    before = any(child.has_error for child in node.children if child.end_byte <= body.start_byte)
    return before or any(child.type in ("function_definition", "ERROR") for child in body.children if child.has_error)


def _one_function(root: Node, end: int) -> bool:
    nodes = list(functions(root))
    return len(nodes) == 1 and nodes[0].end_byte >= end and len(root.children) == 1


def _empty_body(parser: Parser, changed: bytearray, chunk: Chunk, broken: list[Span]) -> None:
    inner = slice(chunk.body + 1, chunk.end - 1)
    changed[inner] = bytes(changed[inner]).translate(BLANK)
    broken.append(Span(chunk.start, chunk.end))
    head = bytes(changed[chunk.start : chunk.body])
    if parser.parse(head + b"{}").root_node.has_error:
        name = _HEAD_NAME.search(head)
        if name is None or name.end() + 1 >= len(head) or name.start(1) < 4 or b"\n" in head[:3]:
            return
        plain = bytearray(head.translate(BLANK))
        plain[0:3] = b"int"
        plain[name.start(1) : name.end(1)] = name[1]
        place = name.end(1)
        if b"\n" in head[place : place + 2]:
            return
        plain[place : place + 2] = b"()"
        changed[chunk.start : chunk.body] = plain


def _empty_brackets(changed: bytearray, bare: bytes, chunk: Chunk) -> None:
    """Blank what stands in the outermost braces of a chunk, or else in its outermost parentheses."""
    opening = bare.find(b"{", chunk.start, chunk.end)
    close = bare.rfind(b"}", chunk.start, chunk.end)
    if opening < 0:
        opening = bare.find(b"(", chunk.start, chunk.end)
        close = bare.rfind(b")", chunk.start, chunk.end)
    if 0 <= opening < close:
        changed[opening + 1 : close] = bytes(changed[opening + 1 : close]).translate(BLANK)
