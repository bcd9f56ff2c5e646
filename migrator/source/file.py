"""``SourceFile``: the bytes of a file, their masked parse, and positions.

The tree is that of the *masked* text, which has the length of the original and its newlines: each offset of a node is
an offset of the original. Nothing here raises for bad input; what does not parse is in ``Function.broken``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

import tree_sitter
import tree_sitter_c
from msgspec import Struct
from tree_sitter import Node, Tree

from migrator.source.ambiguity import without_misread_calls
from migrator.source.conditionals import Conditional
from migrator.source.containment import Contained, contain, functions
from migrator.source.dialect import Dialect
from migrator.source.lexing import Span
from migrator.source.masking import Masked, mask, mask_rare

LANGUAGE = tree_sitter.Language(tree_sitter_c.language())
_PARSER = tree_sitter.Parser(LANGUAGE)

_TOKEN = re.compile(
    rb"""[A-Za-z_$\x80-\xff][\w$\x80-\xff]*+ | \.?\d(?:[eEpP][+-]|[\w.])*+ | "(?:[^"\\]|\\.)*+" | '(?:[^'\\]|\\.)*+'
    | <<= | >>= | \.\.\. | -> | \+\+ | -- | << | >> | <= | >= | == | != | && | \|\| | [-+*/%&|^]= | \#\# | [^\s\\]""",
    re.VERBOSE | re.DOTALL,
)


# Statements in statements: real functions have some ten.
MOST_NESTED = 300
_NESTING = (b"if", b"for", b"while", b"switch", b"do")
_NESTED = frozenset({"if_statement", "for_statement", "while_statement", "switch_statement", "do_statement"})


class Function(Struct, frozen=True, eq=False):
    """A function definition. ``start`` and ``end`` are bytes, half-open.

    ``broken``: there is an ERROR or a MISSING token inside. ``cut``: an ``#if`` cuts through a statement or the
    parameter list. ``deep``: more than ``MOST_NESTED`` statements in one another. None of these is ever edited.
    """

    name: str
    node: Node
    body: Node
    start: int
    end: int
    broken: bool
    cut: bool
    deep: bool = False


class SourceFile:
    """One parsed file. Build it with ``parse``; all positions are bytes of ``data``.

    ``has_error``: there is something that does not parse, be it in a function or in what was taken out of the tree.
    """

    def __init__(
        self, path: str, data: bytes, dialect: Dialect, masked: Masked, contained: Contained, has_error: bool
    ) -> None:
        self.path = path
        self.data = data
        self.dialect = dialect
        self.masked = contained.text
        self.tree: Tree = contained.tree
        self.has_error = has_error
        self._broken = contained.broken
        self._masked = masked
        self._normal: dict[tuple[int, int], str] = {}

    @classmethod
    def parse(cls, path: str, data: bytes, dialect: Dialect) -> SourceFile:
        """Mask and parse; accepts any bytes."""
        masked = mask(data, dialect)
        tree = _PARSER.parse(masked.text)
        if tree.root_node.has_error:
            masked = mask_rare(masked)
            tree = _PARSER.parse(masked.text)
        text = without_misread_calls(masked.text, masked.bare, tree)
        if text is not masked.text:
            tree = _PARSER.parse(text)
        contained = contain(_PARSER, text, masked.bare, tree)
        return cls(path, data, dialect, masked, contained, tree.root_node.has_error)

    @property
    def comments(self) -> tuple[Span, ...]:
        """All comments, in order."""
        return self._masked.lexed.comments

    @property
    def directives(self) -> tuple[Span, ...]:
        """Preprocessor directives with their continuation lines, without the last newline, in order."""
        return self._masked.lexed.directives

    @property
    def declarative_macros(self) -> tuple[Span, ...]:
        """Macro uses outside functions that declare something and have no semicolon; the tree has nothing there."""
        return self._masked.declarative_macros

    def in_literal(self, offset: int) -> bool:
        """Whether a byte stands in a string or character constant."""
        literals = self._masked.lexed.literals
        index = bisect_right(literals, offset, key=lambda pair: pair[0]) - 1
        return index >= 0 and offset < literals[index][1]

    @property
    def conditionals(self) -> tuple[Conditional, ...]:
        """The ``#if`` groups, inner before outer."""
        return self._masked.conditionals

    @property
    def code(self) -> bytes:
        """The original with comments blanked, and nothing else."""
        return self._masked.lexed.code

    @cached_property
    def newline(self) -> bytes:
        """The line ending that most lines have."""
        pairs = self.data.count(b"\r\n")
        return b"\r\n" if pairs * 2 > self.data.count(b"\n") else b"\n"

    @cached_property
    def _lines(self) -> list[int]:
        starts = [0]
        starts.extend(match.end() for match in re.finditer(rb"\n", self.data))
        return starts

    def line(self, offset: int) -> int:
        """The 1-based line of a byte."""
        return bisect_right(self._lines, offset)

    def column(self, offset: int) -> int:
        """The 1-based column of a byte, in bytes."""
        return offset - self._lines[bisect_right(self._lines, offset) - 1] + 1

    def line_start(self, offset: int) -> int:
        """Where the line of this byte begins."""
        return self.data.rfind(b"\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """The offset behind the newline of this byte's line, or the end of the file."""
        newline = self.data.find(b"\n", offset)
        return len(self.data) if newline < 0 else newline + 1

    def text(self, node: Node) -> bytes:
        """The original bytes of a node."""
        return self.data[node.start_byte : node.end_byte]

    def normal(self, node: Node) -> str:
        """The tokens of a node, comments left out, joined by one blank: equal iff the code is equal up to white space.

        The words are the original ones: ``xas_for_each``, not the ``while`` that stands for it in the tree.
        """
        key = (node.start_byte, node.end_byte)
        known = self._normal.get(key)
        if known is None:
            tokens = _TOKEN.findall(self._masked.lexed.code, key[0], key[1])
            known = self._normal[key] = b" ".join(tokens).decode("utf-8", "surrogateescape")
        return known

    def iterator_at(self, node: Node) -> str | None:
        """The macro's name when this ``while_statement`` stands for a loop-head macro; None for a real ``while``."""
        name = self._masked.iterators.get(node.start_byte) if node.type == "while_statement" else None
        return name.decode("utf-8", "replace") if name is not None else None

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """All function definitions outside other functions, in order."""
        return tuple(self._functions())

    @cached_property
    def _starts(self) -> list[int]:
        return [function.start for function in self.functions]

    def function_at(self, offset: int) -> Function | None:
        """The function definition that holds this byte."""
        index = bisect_right(self._starts, offset) - 1
        if index >= 0 and offset < self.functions[index].end:
            return self.functions[index]
        return None

    def _is_too_deep(self, node: Node) -> bool:
        """Whether statements are nested so deeply that no person wrote them, and following them would take minutes."""
        start, end = node.start_byte, node.end_byte
        if sum(self.masked.count(word, start, end) for word in _NESTING) < MOST_NESTED:
            return False
        cursor = node.walk()
        depth = 0
        while True:
            depth += cursor.node is not None and cursor.node.type in _NESTED
            if depth > MOST_NESTED:
                return True
            if cursor.goto_first_child():
                continue
            while True:
                depth -= cursor.node is not None and cursor.node.type in _NESTED
                if cursor.goto_next_sibling():
                    break
                if not cursor.goto_parent():
                    return False

    def _functions(self) -> Iterator[Function]:
        for node in functions(self.tree.root_node):
            body = node.child_by_field_name("body")
            if body is None or body.type != "compound_statement":
                continue
            start, end = node.start_byte, node.end_byte
            yield Function(
                name=self._name(node),
                node=node,
                body=body,
                start=start,
                end=end,
                broken=node.has_error or any(span.start <= start < span.end for span in self._broken),
                cut=self._masked.is_cut(start, end),
                deep=self._is_too_deep(node),
            )

    def _name(self, node: Node) -> str:
        known = self._masked.names.get(node.start_byte)
        if known is not None:
            return known.decode("utf-8", "replace")
        declarator = node.child_by_field_name("declarator")
        while declarator is not None:
            if declarator.type in ("identifier", "type_identifier", "field_identifier"):
                return self.text(declarator).decode("utf-8", "replace")
            inner = declarator.child_by_field_name("declarator")
            if inner is None and declarator.named_child_count:
                inner = declarator.named_children[0]
            declarator = inner
        return ""
