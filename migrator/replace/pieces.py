"""The pieces of a file that are looked at by themselves: functions, declarations, the bodies of macros.

A macro's body is parsed alone, as statements, as members of an initialiser or as declarations, whichever parses
first; one that does not parse in any of these ways is not edited. All positions that leave a piece are those of the
file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.replace.types import Types
from migrator.source import SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.pattern.rules import Rewrite
    from migrator.source import Span

_DEFINE = re.compile(rb"[ \t]*#[ \t]*define[ \t]+(\w+)(\([^()]*\))?")
_CONTINUED = re.compile(rb"\\(?=\r?\n)")
_PASTED = re.compile(rb"(?<=\w)([ \t]*)##([ \t]*)(?=\w)")
_STRINGIZED = re.compile(rb"(?<!#)#(?=[ \t]*[A-Za-z_])")
# What the body of a macro is put between; the last is for whole definitions.
_FRAMES = ((b"void f(void) {", b"\n;}\n"), (b"struct s v = {", b"\n};\n"), (b"", b"\n"), (b"", b"\n;\n"))


class Piece(Struct, frozen=True, eq=False):
    """One piece. ``node`` is searched; ``base`` is added to its offsets to get those of the file.

    ``function``: the enclosing function, empty at file scope. ``macro``: the piece is the body of one;
    ``expression``: that body is one expression, whose value the users of the macro may want.
    """

    source: SourceFile
    node: Node
    types: Types
    function: str = ""
    base: int = 0
    macro: bool = False
    expression: bool = False

    def start(self, node: Node) -> int:
        """Where a node of the piece begins in the file."""
        return node.start_byte + self.base

    def end(self, node: Node) -> int:
        """Where a node of the piece ends in the file."""
        return node.end_byte + self.base


class Pieces:
    """The pieces of one file, made when they are asked for."""

    def __init__(self, source: SourceFile, rewrite: Rewrite, words: re.Pattern[bytes]) -> None:
        self.source = source
        self.rewrite = rewrite
        self.words = words
        self.types = Types(source, rewrite)
        self._known: dict[tuple[int, int], Piece | None] = {}

    def at(self, offset: int) -> Piece | None:
        """The piece that holds this byte of code; None when it does not parse."""
        function = self.source.function_at(offset)
        if function is not None:
            key = (function.start, function.end)
            if key not in self._known:
                broken = function.broken or function.cut
                self._known[key] = None if broken else Piece(self.source, function.node, self.types, function.name)
            return self._known[key]
        node = self._declaration(offset)
        if node is None or node.has_error:
            return None
        key = (node.start_byte, node.end_byte)
        if key not in self._known:
            self._known[key] = Piece(self.source, node, self.types)
        return self._known[key]

    def macro(self, directive: Span) -> Piece | None:
        """The body of the macro that a ``#define`` makes; None when it does not parse by itself."""
        key = (directive.start, directive.end)
        if key not in self._known:
            self._known[key] = self._parse_macro(directive)
        return self._known[key]

    def _declaration(self, offset: int) -> Node | None:
        """The outermost node at file scope that holds the byte, looking into ``#if`` groups."""
        node = self.source.tree.root_node
        while True:
            child = next((item for item in node.named_children if item.start_byte <= offset < item.end_byte), None)
            if child is None or child.type == "ERROR":
                return None
            if not child.type.startswith(("preproc_if", "preproc_el", "linkage", "declaration_list")):
                return child
            node = child

    def _parse_macro(self, directive: Span) -> Piece | None:
        text = self.source.code[directive.start : directive.end]
        head = _DEFINE.match(text)
        if head is None:
            return None
        body = _CONTINUED.sub(b" ", text[head.end() :])
        body = _PASTED.sub(lambda match: b"_" * len(match[0]), body)
        body = _STRINGIZED.sub(b" ", body)
        for before, after in _FRAMES:
            parsed = SourceFile.parse(self.source.path, before + body + after, self.source.dialect)
            root = parsed.tree.root_node
            if root.has_error or any(function.cut or function.broken for function in parsed.functions):
                continue
            if not all(is_visible(parsed, match.start(), match.end()) for match in self.words.finditer(parsed.data)):
                continue
            types = Types(parsed, self.rewrite, self.types)
            base = directive.start + head.end() - len(before)
            expression = before.endswith(b") {") and not body.rstrip().endswith((b";", b"}", b"while (0)"))
            function = self.source.function_at(directive.start)
            name = function.name if function is not None else ""
            return Piece(parsed, root, types, name, base, True, expression)
        return None


def is_visible(source: SourceFile, start: int, end: int) -> bool:
    """Whether a word stands in the tree: what was masked, or contained because it does not parse, does not."""
    return source.masked[start:end] == source.data[start:end]


def is_define(source: SourceFile, directive: Span, offset: int) -> bool:
    """Whether a byte of a directive lies in the body of a ``#define``."""
    head = _DEFINE.match(source.data[directive.start : directive.end])
    return head is not None and directive.start + head.end() <= offset
