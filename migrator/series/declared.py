"""Where the functions of a tree are declared: prototypes, stubs, definitions, each with its comment and its lines.

A *stub* is a definition that is ``static inline``: what a header has where the feature is configured out. Only what
stands by itself is a ``Place``; whatever else names a function at the top level (two prototypes in one declaration, an
annotation on a line of its own) has a ``problem`` that says why no text may be put there or taken away.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from migrator.pattern.declarations import Slot
from migrator.source import SourceFile
from migrator.syntax import declared_name, enclosing, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.errors import InputError
    from migrator.source import Dialect

_STATIC = re.compile(rb"\bstatic\b")
_INLINE = re.compile(rb"\b(?:__always_)?inline(?:__)?\b")
_CONTAINERS = frozenset(
    (
        "translation_unit",
        "preproc_if",
        "preproc_ifdef",
        "preproc_else",
        "preproc_elif",
        "preproc_elifdef",
        "linkage_specification",
        "declaration_list",
    )
)


class TreeFiles(Protocol):
    """What is asked of a tree: which of its C files hold a word, and their contents, by paths relative to its root."""

    def find(self, words: Collection[str]) -> Sequence[str]:
        """The files that hold one of the words, in the order of their bytes."""

    def read_all(self, paths: Sequence[str]) -> tuple[bytes | InputError, ...]:
        """The bytes of the files in the order given; an InputError in place of one that cannot be read."""


class Place(Struct, frozen=True):
    """One prototype, stub or definition. Offsets are bytes, half-open; ``start`` and ``end`` are those of lines.

    ``comment`` is where the comment right above begins (``start`` where there is none); ``node`` where the code
    itself does, ``exports`` where the macros right below that belong to it do. ``name_at`` is the offset of the name,
    ``opening`` and ``closing`` those of the parentheses of the parameters. ``parameters`` are their names, empty for
    one without.
    """

    file: str
    name: str
    slot: Slot
    line: int
    comment: int
    start: int
    node: int
    exports: int
    end: int
    name_at: int
    opening: int
    closing: int
    parameters: tuple[str, ...]
    static: bool
    problem: str = ""


class FileDeclarations(Struct, frozen=True):
    """What one file declares of the names asked for. ``macros``: names and lines of ``#define``."""

    file: str
    data: bytes
    places: tuple[Place, ...]
    macros: tuple[tuple[str, int], ...]


class Declarations:
    """The declarations of a tree, parsed file by file when they are asked for.

    ``paths`` are the files that hold one of the names, ``unreadable`` those of them that nobody could look at.
    """

    def __init__(self, files: TreeFiles, dialect: Dialect, names: Collection[str]) -> None:
        self.names = frozenset(names)
        found = files.find(sorted(self.names)) if names else ()
        texts = zip(found, files.read_all(found), strict=True)
        self._data = {path: data for path, data in texts if isinstance(data, bytes)}
        self.paths = tuple(self._data)
        self.unreadable = tuple(path for path in found if path not in self._data)
        self._dialect = dialect
        self._sources: dict[str, SourceFile] = {}
        self._known: dict[str, FileDeclarations] = {}

    def source(self, path: str) -> SourceFile:
        """A parsed file, one of ``paths``."""
        known = self._sources.get(path)
        if known is None:
            known = self._sources[path] = SourceFile.parse(path, self._data[path], self._dialect)
        return known

    def parse(self, path: str, data: bytes) -> SourceFile:
        """Another version of a file, parsed alike."""
        return SourceFile.parse(path, data, self._dialect)

    def of(self, name: str) -> Iterator[Place]:
        """All places of one function, file by file."""
        for path in self._candidates(name):
            yield from (place for place in self.file(path).places if place.name == name)

    def macros(self, name: str) -> Iterator[tuple[str, int]]:
        """Files and lines that define a macro of this name."""
        for path in self._candidates(name):
            yield from ((path, line) for found, line in self.file(path).macros if found == name)

    def file(self, path: str) -> FileDeclarations:
        """What a file declares."""
        known = self._known.get(path)
        if known is None:
            source = self.source(path)
            known = self._known[path] = FileDeclarations(
                path, source.data, tuple(declared_in(source, self.names)), tuple(_macros(source, self.names))
            )
        return known

    def _candidates(self, name: str) -> Iterator[str]:
        """Files that can declare it. A name in an indented line of a .c file is a call, which needs no parse."""
        shape = re.compile(
            rb"^(?:[^\s#/*{}][^\n]*[^\w\n])?%b\s*\(|^\s*#\s*define\s+%b\b" % ((name.encode(),) * 2), re.MULTILINE
        )
        ordered = sorted(self.paths, key=lambda path: not path.endswith(".h"))
        for path in ordered:
            data = self._data[path]
            if name.encode() in data and (path.endswith(".h") or shape.search(data)):
                yield path


def declared_in(source: SourceFile, names: Collection[str]) -> Iterator[Place]:
    """The places of these functions in one file, in order."""
    found = [*_prototypes(source, names), *_definitions(source, names)]
    yield from sorted(found, key=lambda place: place.start)


def _macros(source: SourceFile, names: Collection[str]) -> Iterator[tuple[str, int]]:
    for span in source.directives:
        match = re.match(rb"#\s*define\s+(\w+)", source.data[span.start : span.end])
        if match is not None and match[1].decode("ascii", "replace") in names:
            yield match[1].decode(), source.line(span.start)


def _prototypes(source: SourceFile, names: Collection[str]) -> Iterator[Place]:
    for node in _top_level(source.tree.root_node):
        if node.type != "declaration":
            continue
        declarators = node.children_by_field_name("declarator")
        for declarator in declarators:
            function = _function_declarator(declarator)
            if function is not None and _name(source, function) in names:
                problem = "" if len(declarators) == 1 else "it shares its declaration with another name"
                yield _place(source, node, function, "prototype", problem or _broken(node))


def _top_level(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type in _CONTAINERS:
            yield from _top_level(child)
        else:
            yield child


def _definitions(source: SourceFile, names: Collection[str]) -> Iterator[Place]:
    for function in source.functions:
        if function.name not in names:
            continue
        declarator = function.node.child_by_field_name("declarator")
        inner = _function_declarator(declarator) if declarator is not None else None
        if inner is None:
            continue
        head = source.code[function.start : function.body.start_byte]
        stub = _STATIC.search(head) and _INLINE.search(head)
        problem = "it cannot be read" if function.broken or function.cut else ""
        yield _place(source, function.node, inner, "stub" if stub else "definition", problem)


def _function_declarator(declarator: Node) -> Node | None:
    """The part ``name(parameters)`` of a declarator; None where it declares something else, a pointer to a function."""
    current: Node | None = declarator
    while current is not None and current.type != "function_declarator":
        current = current.child_by_field_name("declarator") if current.type == "pointer_declarator" else None
    if current is None:
        return None
    name = current.child_by_field_name("declarator")
    return current if name is not None and name.type == "identifier" else None


def _name(source: SourceFile, function: Node) -> str:
    name = function.child_by_field_name("declarator")
    return source.text(name).decode("utf-8", "replace") if name is not None else ""


def _broken(node: Node) -> str:
    bad = node.has_error or enclosing(node, "ERROR") is not None
    return "it cannot be read" if bad else ""


def _place(source: SourceFile, node: Node, function: Node, slot: Slot, problem: str) -> Place:
    data = source.data
    start, end = source.line_start(node.start_byte), source.line_end(node.end_byte)
    parameters = function.child_by_field_name("parameters")
    name = function.child_by_field_name("declarator")
    assert parameters is not None  # what makes it a function declarator
    assert name is not None
    return Place(
        file=source.path,
        name=_name(source, function),
        slot=slot,
        line=source.line(node.start_byte),
        comment=_comment_above(source, start),
        start=start,
        node=node.start_byte,
        exports=end,
        end=_with_exports(source, end, _name(source, function)),
        name_at=name.start_byte,
        opening=parameters.start_byte,
        closing=parameters.end_byte - 1,
        parameters=tuple(_parameters(source, parameters)),
        static=_STATIC.search(data, node.start_byte, name.start_byte) is not None,
        problem=problem or _company(source, start, node.start_byte, node.end_byte, end),
    )


def _parameters(source: SourceFile, parameters: Node) -> Iterator[str]:
    given = [child for child in parameters.named_children if child.type != "comment"]
    if len(given) == 1 and source.text(given[0]) == b"void":
        return
    for child in given:
        declarator = child.child_by_field_name("declarator")
        name = declared_name(declarator) if declarator is not None else None
        yield source.text(name).decode("utf-8", "replace") if name is not None else ""


def _company(source: SourceFile, start: int, first: int, last: int, end: int) -> str:
    """Whether something else stands in its lines, or belongs to it without being part of its syntax."""
    code = source.code
    if code[start:first].strip() or code[last:end].strip().strip(b";"):
        return "it shares a line with other code"
    before = _code_before(source, start)
    if before and before not in b";{}":
        return "what stands before it may belong to it"
    return ""


def _code_before(source: SourceFile, offset: int) -> bytes:
    """The last byte of code, directives left out, before an offset; empty at the start of the file."""
    spans = [span for span in source.directives if span.start < offset]
    position = offset
    while position > 0:
        while spans and spans[-1].start >= position:
            spans.pop()
        if spans and spans[-1].end >= position:
            position = spans[-1].start
            continue
        position -= 1
        if not source.code[position : position + 1].isspace():
            return source.code[position : position + 1]
    return b""


def _comment_above(source: SourceFile, start: int) -> int:
    """Where the comment begins whose last line is the one above, when nothing else is in its lines."""
    for span in reversed(source.comments):
        if span.end > start:
            continue
        first = source.line_start(span.start)
        alone = not source.data[first : span.start].strip() and not source.data[span.end : start].strip()
        return first if alone and source.data.count(b"\n", span.end, start) == 1 else start
    return start


def _with_exports(source: SourceFile, end: int, name: str) -> int:
    """The end with the macros right below that say something about the function: ``EXPORT_SYMBOL(name);``."""
    shape = re.compile(rb"[ \t]*[A-Z][A-Z0-9_]*\(\s*%b\b[^\n;{}]*\);?[ \t]*\r?\n" % re.escape(name.encode()))
    while match := shape.match(source.data, end):
        end = match.end()
    return end


def words_left(source: SourceFile, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines and words where one of the names stands in code, directives included, comments and strings not."""
    wanted = b"|".join(re.escape(name.encode()) for name in names)
    strings = [
        (node.start_byte, node.end_byte) for node in walk(source.tree.root_node) if node.type == "string_literal"
    ]
    for match in re.finditer(rb"(?<![A-Za-z0-9_])(?:%b)(?![A-Za-z0-9_])" % wanted, source.code):
        if not any(start <= match.start() < end for start, end in strings):
            yield source.line(match.start()), match.group().decode()
