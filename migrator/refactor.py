"""The extension point: a refactor written in Python.

A ``Refactor`` has a name, the words that a file is searched for, and one function that is given a ``Context``: one
parsed file, with questions about it and a place to say what was found. What it says about a place is a ``fix`` (edits
over the original, all or none), a ``refuse`` or a ``keep``; a mention that it says nothing about is reported as
refused, so that none is lost. The result is parsed again and run again, as for every other rewrite.

>>> from migrator.edits import Edit
>>> from migrator.source import DEFAULT_DIALECT
>>> def shorten(context: Context) -> None:
...     query = '(call_expression function: (identifier) @name (#eq? @name "lamp_light_on")) @call'
...     for function in context.functions:
...         for found in context.find(query, function.node):
...             context.fix(found["name"], [context.replace(found["name"], "lamp_on")])
>>> refactor = Refactor("lamp_on", ("lamp_light_on",), shorten, "lamp_light_on() is called lamp_on()")
>>> result = refactor.run_file("lamp.c", b"void f(void) { lamp_light_on(); }", DEFAULT_DIALECT)
>>> result.after
b'void f(void) { lamp_on(); }'
>>> [(site.line, str(site.status)) for site in result.sites]
[(1, 'migrated')]

Stability: ``Refactor`` and ``Context`` keep their names and arguments within a major version; the syntax nodes that
they hand out are those of tree-sitter-c, and may change with its grammar.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.diagnostics import Code, Diagnostic, Severity
from migrator.edits import Edit, PositionMap, apply_edits, normalized
from migrator.errors import OverlappingEditsError, PatternError
from migrator.results import FileResult, Mention, MentionKind, Site, SiteStatus
from migrator.source import SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node, Query

    from migrator.flow.graph import FlowGraph
    from migrator.flow.locks import HeldLock
    from migrator.flow.reaching import ReachingDefinitions
    from migrator.pattern.model import Pattern
    from migrator.source import Dialect, Function, Span


class Refactor(Struct, frozen=True):
    """A refactor in Python. ``run`` must be a function of a module, so that other processes can find it."""

    name: str
    words: tuple[str, ...]
    run: Callable[[Context], None]
    summary: str = ""
    subject: str = "apply {pattern}"
    body: str = ""

    def run_file(
        self,
        path: str,
        data: bytes,
        dialect: Dialect,
        *,
        strict: bool = False,
        skip: frozenset[tuple[str, int]] = frozenset(),
    ) -> FileResult:
        """Run over the bytes of one file. ``strict`` and ``skip``: as in ``Options``."""
        return _run(self, path, data, dialect, strict, skip)

    def pattern(self) -> Pattern:
        """The refactor in the place of a pattern: what ``migrate_tree`` and the series writers take.

        Raises PatternError where the name or a word could not be that of a pattern.
        """
        from pathlib import Path

        from migrator.pattern.model import Message, Pattern
        from migrator.pattern.rewrites import no_transaction

        for word in (self.name, *self.words):
            if not re.fullmatch(r"[A-Za-z_]\w*", word, re.ASCII):
                raise PatternError(f"`{word}` is not one word", self.name or "refactor")
        if not self.words:
            raise PatternError("no words are given that a file could be searched for", self.name)
        new_call, placement = no_transaction()
        none: frozenset[str] = frozenset()
        return Pattern(
            name=self.name,
            kind="refactor",
            summary=self.summary or self.name,
            reference="",
            digest=self._digest,
            folder=Path(inspect.getsourcefile(self.run) or "."),
            extends=(),
            queries=(),
            roles=(),
            words=self.words,
            begin_names=none,
            commit_names=none,
            abort_names=none,
            new_call=new_call,
            arguments={},
            placement=placement,
            after_success=(),
            undo=(),
            handle_uses=(),
            object_lives=None,
            pure=none,
            locks=(),
            message=Message(self.subject, self.body),
            runner=self,
        )

    @property
    def _digest(self) -> str:
        """SHA-256, in hex, over the names and the source of the module."""
        module = inspect.getmodule(self.run)
        try:
            text = inspect.getsource(module) if module is not None else ""
        except OSError:
            text = ""
        return hashlib.sha256("\0".join((self.name, *self.words, text)).encode()).hexdigest()


class _Said(Struct, eq=False):
    """What a refactor said about a place. ``edits`` None: it is refused, or kept where there is no diagnostic."""

    offset: int
    end: int
    edits: list[Edit] | None
    warnings: list[tuple[Code, str]] = field(default_factory=list)
    refusals: list[tuple[Code, str]] = field(default_factory=list)


class Context:
    """One file for a refactor: find, ask, and say what becomes of a place."""

    def __init__(self, source: SourceFile, words: Sequence[str]) -> None:
        self.source = source
        self._expression = re.compile(rb"\b(?:" + b"|".join(re.escape(word.encode()) for word in words) + rb")\b")
        self._said: list[_Said] = []
        self._graphs: dict[int, FlowGraph] = {}

    # -- find ------------------------------------------------------------------------------------------------------

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The functions that hold a word and parse; nothing in the others may be edited."""
        found = (self.source.function_at(match.start()) for match in self._expression.finditer(self.source.data))
        known = {item.start: item for item in found if item is not None}
        return tuple(item for item in known.values() if not item.broken and not item.cut)

    def find(self, query: str, node: Node | None = None) -> Iterator[Mapping[str, Node]]:
        """The matches of a tree-sitter query in a node (or the whole file), in source order: name to node.

        Raises PatternError for a text that is not a query.
        """
        from tree_sitter import QueryCursor

        where = self.source.tree.root_node if node is None else node
        found = QueryCursor(_query(query)).matches(where)
        yield from sorted(
            ({name: nodes[0] for name, nodes in captures.items() if nodes} for _, captures in found),
            key=lambda captures: min(item.start_byte for item in captures.values()),
        )

    def text(self, node: Node) -> str:
        """The code of a node as it stands in the file."""
        return self.source.text(node).decode("utf-8", "surrogateescape")

    def line(self, node: Node) -> int:
        """The line of a node, from 1."""
        return self.source.line(node.start_byte)

    # -- ask -------------------------------------------------------------------------------------------------------

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

        return reaching_definitions(self.graph(function), self.source, function)

    def locks_held(self, function: Function, node: Node) -> tuple[HeldLock, ...]:
        """The locks under which the code of a node must not sleep, if it runs under one."""
        from migrator.flow.locks import atomic_sections, held

        graph = self.graph(function)
        place = graph.node_at(node)
        return () if place is None else atomic_sections(held(graph, self.source)[place.index])

    def follows(self, function: Function, node: Node, names: Sequence[str]) -> bool:
        """Whether every path from the code of a node to the end of the function calls one of the functions."""
        from migrator.syntax import callee_name, walk

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

    # -- build edits -----------------------------------------------------------------------------------------------

    def replace(self, node: Node, text: str) -> Edit:
        """The edit that puts ``text`` in the place of a node."""
        return Edit(node.start_byte, node.end_byte, text.encode("utf-8", "surrogateescape"))

    def insert_before(self, statement: Node, text: str) -> Edit:
        """The edit that puts a statement on a line of its own before another, as far indented."""
        start = self.source.line_start(statement.start_byte)
        indent = self.source.data[start : statement.start_byte]
        line = indent[: len(indent) - len(indent.lstrip())] + text.encode("utf-8", "surrogateescape")
        return Edit(start, start, line + self.source.newline)

    def delete(self, statement: Node) -> Edit:
        """The edit that takes a statement out, with its line where nothing else stands there."""
        start, end = statement.start_byte, statement.end_byte
        first, last = self.source.line_start(start), self.source.line_end(end - 1)
        alone = not self.source.data[first:start].strip() and not self.source.data[end:last].strip()
        return Edit(first, last, b"") if alone else Edit(start, end, b"")

    # -- say -------------------------------------------------------------------------------------------------------

    def fix(self, node: Node, edits: Sequence[Edit], *warnings: tuple[Code, str]) -> None:
        """The place is rewritten by these edits, all or none; each warning is a code and a message."""
        self._said.append(_Said(node.start_byte, node.end_byte, list(edits), list(warnings)))

    def refuse(self, node: Node, message: str, code: Code = Code.UNKNOWN_SHAPE) -> None:
        """The place should be rewritten and cannot be."""
        self._said.append(_Said(node.start_byte, node.end_byte, None, refusals=[(code, message)]))

    def keep(self, node: Node) -> None:
        """The place is right as it is."""
        self._said.append(_Said(node.start_byte, node.end_byte, None))


@lru_cache(maxsize=64)
def _query(text: str) -> Query:
    from tree_sitter import Query, QueryError

    from migrator.source.file import LANGUAGE

    try:
        return Query(LANGUAGE, text)
    except QueryError as error:
        raise PatternError(f"not a query: {error}", text.strip().partition("\n")[0]) from None


# -- one file ------------------------------------------------------------------------------------------------------


def _run(
    refactor: Refactor, path: str, data: bytes, dialect: Dialect, strict: bool, skip: frozenset[tuple[str, int]]
) -> FileResult:
    context = Context(SourceFile.parse(path, data, dialect), refactor.words)
    if context._expression.search(data) is None:
        return FileResult(path, data, data)
    refactor.run(context)
    source = context.source
    for said in context._said:
        if said.edits is None:
            continue
        if strict and said.warnings:
            said.refusals += [(code, f"{message} (left alone: strict)") for code, message in said.warnings]
        function = source.function_at(said.offset)
        if (function.name if function is not None else "", source.line(said.offset)) in skip:
            said.refusals.append((Code.UNKNOWN_SHAPE, "left alone: skipped"))
    while True:
        done = [said for said in context._said if said.edits is not None and not said.refusals]
        try:
            edits = normalized(edit for said in done for edit in said.edits or ())
            after = apply_edits(data, edits)
        except (OverlappingEditsError, ValueError) as error:
            for said in done:
                said.refusals.append((Code.REWRITE_CHECK_FAILED, f"the edits do not fit together: {error}"))
            continue
        if not done or not _refused(refactor, context, done, edits, after):
            return _result(context, edits, after)


def _refused(refactor: Refactor, context: Context, done: Sequence[_Said], edits: Sequence[Edit], after: bytes) -> bool:
    """Refuse what does not parse any more, or would be rewritten again; whether there was any."""
    again = Context(SourceFile.parse(context.source.path, after, context.source.dialect), refactor.words)
    refactor.run(again)
    positions = PositionMap(edits)
    left = {_function(again.source, said.offset) for said in again._said if said.edits and not said.refusals}
    failed = False
    for said in done:
        function = context.source.function_at(said.offset)
        body = positions.forward(function.body.start_byte) if function is not None else None
        twin = again.source.function_at(body) if body is not None else None
        if function is not None and (twin is None or twin.broken or twin.cut):
            said.refusals.append((Code.REWRITE_CHECK_FAILED, "the rewritten function does not parse"))
        elif _function(context.source, said.offset) in left:
            said.refusals.append((Code.REWRITE_CHECK_FAILED, "a second run would still find work here"))
        failed = failed or bool(said.refusals)
    return failed


def _function(source: SourceFile, offset: int) -> str:
    function = source.function_at(offset)
    return function.name if function is not None else ""


def _result(context: Context, edits: tuple[Edit, ...], after: bytes) -> FileResult:
    source = context.source
    sites = [_site(source, said) for said in context._said if said.edits is not None or said.refusals]
    mentions: list[Mention] = []
    loose: list[Diagnostic] = []
    for match in context._expression.finditer(source.data):
        kind, status = _mention(context, match.start(), loose)
        name = match.group().decode("ascii")
        line, column = source.line(match.start()), source.column(match.start())
        mentions.append(Mention(source.path, line, column, name, kind, status))
    ordered = tuple(sorted(sites, key=lambda site: site.line))
    return FileResult(source.path, source.data, after, edits, ordered, tuple(mentions), tuple(loose))


def _site(source: SourceFile, said: _Said) -> Site:
    line, function = source.line(said.offset), _function(source, said.offset)
    severity, found = Severity.WARNING, said.warnings
    status = SiteStatus.WARNED if said.warnings else SiteStatus.MIGRATED
    if said.refusals:
        severity, found, status = Severity.REFUSAL, said.refusals, SiteStatus.REFUSED
    diagnostics = tuple(Diagnostic(code, severity, source.path, line, text, function) for code, text in found)
    text = " ".join(source.data[said.offset : said.end].decode("utf-8", "replace").split())
    return Site(source.path, line, function, text, status, "" if said.refusals else "fix", diagnostics)


def _mention(context: Context, offset: int, loose: list[Diagnostic]) -> tuple[MentionKind, str]:
    source = context.source
    for said in context._said:
        if said.offset <= offset < said.end:
            if said.refusals:
                return MentionKind.SITE, "refused"
            if said.edits is None:
                return MentionKind.OTHER, "kept"
            return MentionKind.SITE, "warned" if said.warnings else "migrated"
    if _within(source.comments, offset):
        return MentionKind.COMMENT, "kept"
    if _within(source.directives, offset):
        return MentionKind.MACRO, "kept"
    node = source.tree.root_node.descendant_for_byte_range(offset, offset + 1)
    if node is not None and node.type.startswith("string"):
        return MentionKind.OTHER, "kept"
    function = source.function_at(offset)
    name, line = _function(source, offset), source.line(offset)
    if function is None:
        return MentionKind.OTHER, "kept"
    if offset < function.body.start_byte:
        return MentionKind.DEFINITION, "kept"
    broken = function.broken or function.cut
    code = Code.UNPARSED if broken else Code.UNKNOWN_SHAPE
    message = "the function does not parse" if broken else "the refactor does not know this use"
    loose.append(Diagnostic(code, Severity.REFUSAL, source.path, line, message, name))
    return MentionKind.OTHER, "unparsed" if broken else "refused"


def _within(spans: Sequence[Span], offset: int) -> bool:
    index = bisect_right(spans, offset, key=lambda span: span.start) - 1
    return index >= 0 and offset < spans[index].end
