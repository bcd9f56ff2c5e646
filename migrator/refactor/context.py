"""What a refactor is given: one parsed file, questions about it, builders of edits, and a place to say what was found.

All positions are those of the original, so that edits of different places never depend on each other. Nothing that is
said here changes anything: ``run`` reads it afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

from migrator.diagnostics import Code, Diagnostic, Related, Severity, Suggestion
from migrator.edits import Edit
from migrator.errors import PatternError
from migrator.source import SourceFile
from migrator.syntax import STATEMENTS, callee_name, enclosing_statement, statement_siblings, walk

if TYPE_CHECKING:
    from tree_sitter import Node, Query

    from migrator.flow.graph import FlowGraph, FlowNode
    from migrator.flow.locks import HeldLock
    from migrator.flow.reaching import ReachingDefinitions
    from migrator.source import Function


class Remark(Struct, frozen=True):
    """A warning or a refusal of one place, and other places that it speaks of."""

    code: Code
    message: str
    related: tuple[Related, ...] = ()


class Said(Struct, eq=False):
    """What a refactor said about a place. ``edits`` None: it is refused, or kept where there is no refusal."""

    offset: int
    end: int
    edits: list[Edit] | None
    warnings: list[Remark] = field(default_factory=list)
    refusals: list[Remark] = field(default_factory=list)


class Notes(Struct, eq=False):
    """All that was said. ``at`` is the offset of what ``find`` gave last: where it went wrong, if it does."""

    said: list[Said] = field(default_factory=list)
    reports: list[Diagnostic] = field(default_factory=list)
    at: int | None = None


# What holds a list of statements, so that another may stand beside one of them.
_LISTS = frozenset(
    (
        "compound_statement",
        "case_statement",
        "translation_unit",
        "declaration_list",
        "preproc_if",
        "preproc_ifdef",
        "preproc_else",
        "preproc_elif",
        "preproc_elifdef",
    )
)


class Context:
    """One file for a refactor: find, ask, build edits, and say what becomes of a place.

    >>> from migrator import Context, Dialect
    >>> from migrator.source import SourceFile
    >>> source = SourceFile.parse("lamp.c", b"void f(void) { lock(); lamp_on(); unlock(); }", Dialect())
    >>> context = Context(source, ["lamp_on"])
    >>> (function,) = context.functions
    >>> (found,) = context.find('(call_expression function: (identifier) @name (#eq? @name "lamp_on")) @call')
    >>> context.text(found["call"]), context.follows(function, found["call"], ["unlock"])
    ('lamp_on()', True)
    >>> context.replace(found["name"], "light_on")
    Edit(start=23, end=30, replacement=b'light_on')
    """

    def __init__(self, source: SourceFile, words: Sequence[str], notes: Notes | None = None) -> None:
        self.source = source
        self._expression = word_expression(words)
        self._notes = Notes() if notes is None else notes
        self._graphs: dict[int, FlowGraph] = {}
        self._reaching: dict[int, ReachingDefinitions] = {}
        self._held: dict[int, tuple[frozenset[HeldLock], ...]] = {}
        self._above: dict[tuple[int, bool], list[int | None]] = {}

    # -- find ------------------------------------------------------------------------------------------------------

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The functions that hold a word and parse; nothing in the others may be edited."""
        found = (self.source.function_at(match.start()) for match in self._expression.finditer(self.source.data))
        known = {item.start: item for item in found if item is not None}
        return tuple(item for item in known.values() if may_be_edited(item))

    def function(self, node: Node) -> Function | None:
        """The function that holds a node, whether or not it parses; None outside of all."""
        return self.source.function_at(node.start_byte)

    def find(self, query: str, node: Node | None = None) -> Iterator[Mapping[str, Node]]:
        """The matches of a tree-sitter query in a node (or the whole file), in source order: name to node.

        Raises PatternError for a text that is not a query.
        """
        from tree_sitter import QueryCursor

        where = self.source.tree.root_node if node is None else node
        found = QueryCursor(_query(query)).matches(where)
        for captures in sorted(
            ({name: nodes[0] for name, nodes in captures.items() if nodes} for _, captures in found),
            key=_first_byte,
        ):
            self._notes.at = _first_byte(captures)
            yield captures

    def statement(self, node: Node) -> Node:
        """The innermost statement or declaration that holds a node, or is it."""
        return enclosing_statement(node)

    def text(self, node: Node) -> str:
        """The code of a node as it stands in the file."""
        return self.source.text(node).decode("utf-8", "surrogateescape")

    def line(self, node: Node) -> int:
        """The line of a node, from 1."""
        return self.source.line(node.start_byte)

    # -- ask -------------------------------------------------------------------------------------------------------
    # The code of a node is its node in the graph: a simple statement or a condition. What is neither (a whole ``if``, a
    # block) has none, and is answered as if it never ran.

    def graph(self, function: Function) -> FlowGraph:
        """The control-flow graph of a function."""
        from migrator.flow.build import build_graph

        known = self._graphs.get(function.start)
        if known is None:
            known = self._graphs[function.start] = build_graph(self.source, function)
        return known

    def reaching(self, function: Function) -> ReachingDefinitions:
        """Which assignments reach which nodes of the graph."""
        from migrator.flow.reaching import reaching_definitions

        known = self._reaching.get(function.start)
        if known is None:
            known = reaching_definitions(self.graph(function), self.source, function)
            self._reaching[function.start] = known
        return known

    def definitions(self, function: Function, node: Node, name: str) -> tuple[FlowNode, ...]:
        """The nodes of the graph that may have given a variable the value that the code of a node sees.

        The entry is among them where the value may have come in as a parameter, or was never set.
        """
        graph = self.graph(function)
        place = graph.node_at(node)
        if place is None:
            return ()
        return tuple(graph.nodes[index] for index in sorted(self.reaching(function).reaching(place.index, name)))

    def locks_held(self, function: Function, node: Node) -> tuple[HeldLock, ...]:
        """The locks under which the code of a node must not sleep, if it runs under one."""
        from migrator.flow.locks import atomic_sections, held

        graph = self.graph(function)
        place = graph.node_at(node)
        known = self._held.get(function.start)
        if known is None:
            known = self._held[function.start] = held(graph, self.source)
        return () if place is None else atomic_sections(known[place.index])

    def follows(self, function: Function, node: Node, names: Sequence[str]) -> bool:
        """Whether every path from the code of a node to the end of the function calls one of the functions."""
        graph = self.graph(function)
        place = graph.node_at(node)
        if place is None:
            return False
        calls = [
            item.index
            for item in graph.nodes
            if item.index != place.index and any(callee_name(part) in names for part in graph.own(item))
        ]
        if any(callee_name(part) in names and part.start_byte > node.end_byte for part in walk(place.syntax or node)):
            return True
        starts = [edge.target for edge in graph.successors(place.index)]
        return graph.exit not in graph.reachable([item for item in starts if item not in calls], calls)

    def dominates(self, function: Function, upper: Node, lower: Node) -> bool:
        """Whether every path to the code of ``lower`` runs through that of ``upper``; of dead code nothing is said."""
        return self._is_above(function, upper, lower, backwards=False)

    def post_dominates(self, function: Function, later: Node, earlier: Node) -> bool:
        """Whether every path from the code of ``earlier`` to the end of the function runs through that of ``later``."""
        return self._is_above(function, later, earlier, backwards=True)

    def _is_above(self, function: Function, upper: Node, lower: Node, *, backwards: bool) -> bool:
        from migrator.flow.dominance import dominates, dominators, post_dominators

        graph = self.graph(function)
        above, below = graph.node_at(upper), graph.node_at(lower)
        if above is None or below is None:
            return False
        key = (function.start, backwards)
        if key not in self._above:
            self._above[key] = post_dominators(graph) if backwards else dominators(graph)
        return dominates(self._above[key], above.index, below.index)

    # -- build edits -----------------------------------------------------------------------------------------------

    def replace(self, node: Node, text: str) -> Edit:
        """The edit that puts ``text`` in the place of a node."""
        return Edit(node.start_byte, node.end_byte, _encoded(text))

    def wrap(self, node: Node, before: str, after: str) -> tuple[Edit, Edit]:
        """The edits that put text in front of a node and behind it: ``unlikely(`` and ``)``."""
        start, end = node.start_byte, node.end_byte
        return Edit(start, start, _encoded(before)), Edit(end, end, _encoded(after))

    def in_block(self, statement: Node) -> bool:
        """Whether another statement may stand beside this one: no, where it is the body of an ``if`` without braces."""
        parent = statement.parent
        if parent is not None and parent.type == "labeled_statement":
            return self.in_block(parent)
        return parent is not None and parent.type in _LISTS

    def insert_before(self, statement: Node, text: str) -> Edit:
        """The edit that puts ``text`` on lines of its own before a statement, as far indented.

        On the same line where something stands in front of the statement. Raises ValueError where ``in_block`` is
        false: a second statement would not belong to the ``if``.
        """
        self._check_in_block(statement)
        begin = statement.start_byte
        start = self.source.line_start(begin)
        indent = self.source.data[start:begin]
        if indent.strip():
            return Edit(begin, begin, _in_one_line(text) + b" ")
        return Edit(start, start, self._lines(indent, text) + self.source.newline)

    def insert_after(self, statement: Node, text: str) -> Edit:
        """The edit that puts ``text`` on lines of its own behind a statement, as far indented.

        It stands behind a comment on the line of the statement, and on the same line where code follows there. Raises
        ValueError as ``insert_before``.
        """
        self._check_in_block(statement)
        data, begin, end = self.source.data, statement.start_byte, statement.end_byte
        first, last = self.source.line_start(begin), self.source.line_end(end - 1)
        indent = data[first : first + len(data[first:begin]) - len(data[first:begin].lstrip())]
        if self.source.code[end:last].strip() or data[first:begin].strip():
            return Edit(end, end, b" " + _in_one_line(text))
        goes_on = any(span.start < last < span.end for span in self.source.comments)
        if goes_on or data[last - 1 : last] != b"\n":
            return Edit(end, end, self.source.newline + self._lines(indent, text))
        return Edit(last, last, self._lines(indent, text) + self.source.newline)

    def delete(self, statement: Node) -> Edit:
        """The edit that takes a statement out, with its line where nothing else stands there.

        Where something must be left (the body of an ``if`` without braces, behind a label) that is a ``;``.
        """
        start, end = statement.start_byte, statement.end_byte
        if statement.type in STATEMENTS and _is_needed(statement):
            return Edit(start, end, b";")
        first, last = self.source.line_start(start), self.source.line_end(end - 1)
        alone = not self.source.data[first:start].strip() and not self.source.data[end:last].strip()
        return Edit(first, last, b"") if alone else Edit(start, end, b"")

    def _check_in_block(self, statement: Node) -> None:
        if not self.in_block(statement):
            raise ValueError(f"line {self.line(statement)}: no statement can stand beside this {statement.type}")

    def _lines(self, indent: bytes, text: str) -> bytes:
        lines = _encoded(text).split(b"\n")
        return self.source.newline.join(indent + line if line.strip() else b"" for line in lines)

    # -- say -------------------------------------------------------------------------------------------------------

    def fix(
        self,
        node: Node,
        edits: Sequence[Edit],
        *warnings: tuple[Code, str],
        related: Sequence[tuple[Node, str]] = (),
    ) -> None:
        """The place is rewritten by these edits, all or none.

        Each warning is a code and a message; ``related`` are other places that the first of them speaks of.
        """
        others = self._related(related)
        remarks = [Remark(code, text, () if number else others) for number, (code, text) in enumerate(warnings)]
        self._notes.said.append(Said(node.start_byte, node.end_byte, list(edits), remarks))

    def refuse(
        self,
        node: Node,
        message: str,
        code: Code = Code.UNKNOWN_SHAPE,
        *,
        related: Sequence[tuple[Node, str]] = (),
    ) -> None:
        """The place should be rewritten and cannot be; ``related`` are other places that the message speaks of."""
        remark = Remark(code, message, self._related(related))
        self._notes.said.append(Said(node.start_byte, node.end_byte, None, refusals=[remark]))

    def keep(self, node: Node) -> None:
        """The place is right as it is."""
        self._notes.said.append(Said(node.start_byte, node.end_byte, None))

    def report(
        self,
        node: Node,
        message: str,
        code: Code = Code.REPORTED,
        *,
        severity: Literal[Severity.NOTE, Severity.WARNING] = Severity.WARNING,
        related: Sequence[tuple[Node, str]] = (),
        suggestion: str = "",
    ) -> None:
        """Something to say about a place beside what becomes of it, which ``fix``, ``refuse`` or ``keep`` say.

        ``suggestion`` is code that a person may put before the line of the place; nothing is done with it.
        """
        function, path, line = self.function(node), self.source.path, self.line(node)
        self._notes.reports.append(
            Diagnostic(
                code,
                severity,
                path,
                line,
                message,
                function.name if function is not None else "",
                self._related(related),
                (Suggestion(path, line, suggestion),) if suggestion else (),
            )
        )

    def _related(self, places: Sequence[tuple[Node, str]]) -> tuple[Related, ...]:
        return tuple(Related(self.source.path, self.line(node), text) for node, text in places)


def word_expression(words: Sequence[str]) -> re.Pattern[bytes]:
    """Finds each of the words as a whole word."""
    return re.compile(rb"\b(?:" + b"|".join(re.escape(word.encode()) for word in words) + rb")\b")


def may_be_edited(function: Function) -> bool:
    """Whether a function was understood well enough to be touched."""
    return not (function.broken or function.cut or function.deep)


def _is_needed(statement: Node) -> bool:
    """Whether C asks for a statement here."""
    parent = statement.parent
    if parent is None:
        return False
    alone = parent.type == "case_statement" and len(statement_siblings(statement)) < 2
    return alone or parent.type not in _LISTS


def _first_byte(captures: Mapping[str, Node]) -> int:
    return min((node.start_byte for node in captures.values()), default=0)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _in_one_line(text: str) -> bytes:
    return b" ".join(_encoded(text).split(b"\n"))


@lru_cache(maxsize=64)
def _query(text: str) -> Query:
    from tree_sitter import Query, QueryError

    from migrator.source.file import LANGUAGE

    try:
        return Query(LANGUAGE, text)
    except QueryError as error:
        raise PatternError(f"not a query: {error}", text.strip().partition("\n")[0]) from None
