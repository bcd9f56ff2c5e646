"""The program index: who defines, declares, calls and mentions a function, over the whole tree.

Files are found by words and parsed once, when they are asked for. Every mention of a name is classified, so that who
changes a function knows that they have seen all of them. What is left out: functions that a macro names by pasting
tokens, callers in assembly files, and files that come in by way of an include of an include (``uses_of`` looks at the
direct includes of ``.c`` files and of templates only).
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.declared import declared_function, decoded, function_declarator, is_static, parameters
from migrator.errors import MigratorError
from migrator.source import Function, SourceFile
from migrator.syntax import declared_name, enclosing, strip_parentheses, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.source import Dialect, Span


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


class Program:
    """The files of one tree as far as they are asked for.

    ``find`` gives the display paths of the C files that mention any of some words, ``read`` the bytes of a path; it may
    raise MigratorError.
    """

    def __init__(
        self,
        find: Callable[[Collection[str]], Sequence[str]],
        read: Callable[[str], bytes],
        dialect: Dialect,
        *,
        complete: bool = True,
    ) -> None:
        """``complete``: whether ``find`` looks at the whole tree."""
        self.complete = complete
        self._find = find
        self._read = read
        self._dialect = dialect
        self._sources: dict[str, SourceFile] = {}
        self._texts: dict[str, bytes] = {}
        self._files: dict[str, tuple[str, ...]] = {}
        self._uses: dict[str, tuple[Use, ...]] = {}
        self._in: dict[tuple[str, str], tuple[SourceFile, tuple[Use, ...]]] = {}
        self._shadows: dict[tuple[str, int], frozenset[str]] = {}

    def text(self, path: str) -> bytes:
        """The bytes of a file, read once; raises MigratorError."""
        known = self._texts.get(path)
        if known is None:
            known = self._texts[path] = self._read(path)
        return known

    def source(self, path: str) -> SourceFile:
        """A file, parsed once; raises MigratorError where it cannot be read."""
        known = self._sources.get(path)
        if known is None:
            known = self._sources[path] = SourceFile.parse(path, self.text(path), self._dialect)
        return known

    def with_texts(self, texts: Mapping[str, bytes]) -> Program:
        """The same program with other texts in some files, which must hold no word that the files did not have."""

        def read(path: str) -> bytes:
            return texts[path] if path in texts else self.text(path)

        other = Program(self._find, read, self._dialect)
        other._files = self._files
        other._sources = {path: source for path, source in self._sources.items() if path not in texts}
        return other

    def files(self, words: Collection[str]) -> tuple[str, ...]:
        """The display paths of the files that mention any of the words, sorted."""
        self.prefetch(words)
        return tuple(sorted({path for word in words for path in self._files[word]}))

    def prefetch(self, words: Collection[str]) -> None:
        """Look for many words at once, which takes as long as for one."""
        wanted = sorted(set(words) - set(self._files))
        if not wanted:
            return
        paths = self._find(wanted)
        if len(wanted) == 1:
            self._files[wanted[0]] = tuple(paths)
            return
        found: dict[str, list[str]] = {word: [] for word in wanted}
        for path in paths:
            try:
                text = self.text(path)
            except MigratorError:
                text = None
            for word in wanted:
                if text is None or (word.encode() in text and _word(word).search(text)):
                    found[word].append(path)
        self._files.update((word, tuple(items)) for word, items in found.items())

    def uses(self, name: str) -> tuple[Use, ...]:
        """Every mention of the name in the tree, in order of path and offset."""
        known = self._uses.get(name)
        if known is None:
            found: list[Use] = []
            for path in self.files([name]):
                try:
                    source = self.source(path)
                except MigratorError:
                    found.append(Use(path, 0, 0, UseKind.UNPARSED))
                    continue
                found.extend(self.uses_in(source, name))
            known = self._uses[name] = tuple(found)
        return known

    def uses_in(self, source: SourceFile, name: str) -> tuple[Use, ...]:
        """The mentions in one file."""
        key = (source.path, name)
        known = self._in.get(key)
        if known is None or known[0] is not source:
            known = self._in[key] = (source, tuple(self._found_in(source, name)))
        return known[1]

    def _found_in(self, source: SourceFile, name: str) -> Iterator[Use]:
        for match in _word(name).finditer(source.data):
            offset = match.start()
            kind, node = self._classify(source, offset, match.end(), name)
            yield Use(source.path, offset, source.line(offset), kind, source.function_at(offset), node)

    def definitions(self, name: str) -> tuple[Use, ...]:
        """The definitions of functions with this name, static ones too."""
        return tuple(use for use in self.uses(name) if use.kind is UseKind.DEFINITION)

    def meant_by(self, path: str, name: str) -> list[Use]:
        """The definitions that a file can mean by a name."""
        return [
            use
            for use in self.definitions(name)
            if use.function is not None and any(other.path == path for other in self.uses_of(use.path, use.function))
        ]

    def uses_of(self, path: str, function: Function) -> tuple[Use, ...]:
        """The uses that can mean this definition, and not another function of its name.

        Those of a static function are in its own file, in files that include that file, and in headers without a
        definition of their own that it includes; those of a static function in a header in all files that do not define
        the name; those of a global function in all files but those that define a static function of the name and
        declare no global one.
        """
        everywhere = self.uses(function.name)
        own = self.source(path)
        defining: dict[str, list[Use]] = {}
        for use in everywhere:
            if use.kind is UseKind.DEFINITION:
                defining.setdefault(use.path, []).append(use)
        if not is_static(own, function.node):
            hidden = {
                other
                for other, uses in defining.items()
                if other != path
                and all(self._is_static(use) for use in uses)
                and not self._declares_global(other, everywhere)
            }
        elif path.endswith(".h"):
            hidden = set(defining) - {path}
        else:
            others = {use.path for use in everywhere} - {path}
            hidden = {
                other
                for other in others
                if other in defining or not (self._includes(other, path) or self._includes(path, other))
            }
        return tuple(use for use in everywhere if use.path not in hidden)

    def _is_static(self, use: Use) -> bool:
        return use.node is not None and is_static(self.source(use.path), use.node)

    def _declares_global(self, path: str, uses: Sequence[Use]) -> bool:
        return any(use.path == path and use.kind is UseKind.PROTOTYPE and not self._is_static(use) for use in uses)

    def _includes(self, path: str, other: str) -> bool:
        """Whether a file includes another, by the last part of its name."""
        name = re.escape(posixpath.basename(other).encode("utf-8", "surrogateescape"))
        try:
            text = self.text(path)
        except MigratorError:
            return True
        return re.search(rb'#[ \t]*include[ \t]*[<"](?:[^\n">]*/)?' + name + rb'[">]', text) is not None

    # -- classification --------------------------------------------------------------------------------------------

    def _classify(self, source: SourceFile, start: int, end: int, name: str) -> tuple[UseKind, Node | None]:
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
        if function is not None and name in self._shadowed(source, function):
            return UseKind.FIELD, node
        return _by_tree(source, node)

    def _shadowed(self, source: SourceFile, function: Function) -> frozenset[str]:
        """The names of a function's parameters and local variables."""
        key = (source.path, function.start)
        known = self._shadows.get(key)
        if known is None:
            names = {item.name for item in parameters(source, function.node) or ()}
            for node in walk(function.body):
                if node.type != "declaration":
                    continue
                for declarator in node.children_by_field_name("declarator"):
                    declared = declared_name(declarator)
                    if declared is not None and declared_function(declarator) is None:
                        names.add(decoded(source, declared))
            known = self._shadows[key] = frozenset(names)
        return known


def _word(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![A-Za-z0-9_])" + re.escape(name.encode()) + rb"(?![A-Za-z0-9_])")


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


__all__ = ["OPEN_KINDS", "Program", "Use", "UseKind", "is_static", "parameters"]
