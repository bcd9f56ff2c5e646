"""The types of expressions, from the declarations within reach.

Names are looked up from the inside out: blocks, parameters, the file. A member is known when its struct is defined in
the file or listed by the pattern, a call when its function is. Header files are not read. What is not known is None,
which the conditions treat as a refusal and never as a no.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from migrator.pattern.rules import CType, Rewrite
from migrator.syntax import strip_parentheses

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.source import SourceFile

_TAGGED = ("struct_specifier", "union_specifier", "enum_specifier")
_GROUPS = frozenset(
    {
        *("preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "preproc_elifdef"),
        *("linkage_specification", "declaration_list"),
    }
)


class Types:
    """The types in one parsed text; ``outer`` is asked for what this text does not declare itself."""

    def __init__(self, source: SourceFile, rewrite: Rewrite, outer: Types | None = None) -> None:
        self.source = source
        self.rewrite = rewrite
        self.outer = outer
        self._read = False
        self._names: dict[str, CType | None] = {}
        self._functions: dict[str, CType | None] = {}
        self._fields: dict[str, CType | None] = {}
        self._aliases: dict[str, CType | None] = {}

    # -- questions -------------------------------------------------------------------------------------------------

    def of(self, node: Node) -> CType | None:
        """The type of an expression; None when it is not known."""
        node = strip_parentheses(node)
        kind = node.type
        if kind == "identifier":
            return self._named(node)
        if kind == "field_expression":
            return self._member(node)
        if kind == "call_expression":
            return self._call(node)
        if kind == "cast_expression":
            return self._cast(node)
        if kind == "pointer_expression":
            inner = self._child(node, "argument")
            operator = node.child(0)
            if inner is None or operator is None:
                return None
            return CType(inner.base, inner.pointers + 1) if operator.type == "&" else _pointed_to(inner)
        if kind == "subscript_expression":
            inner = self._child(node, "argument")
            return None if inner is None else _pointed_to(inner)
        if kind == "assignment_expression":
            return self._child(node, "left")
        if kind == "conditional_expression":
            return self._child(node, "consequence") or self._child(node, "alternative")
        return None

    def of_initialiser(self, node: Node) -> CType | None:
        """The type of what an ``initializer_list`` initialises (of its elements, where that is an array)."""
        parent = node.parent
        if parent is None:
            return None
        if parent.type == "init_declarator" and parent.parent is not None:
            found = self._declared(parent.parent, parent)
            return None if found is None else CType(found[1].base) if found[1] is not None else None
        if parent.type == "compound_literal_expression":
            descriptor = parent.child_by_field_name("type")
            return None if descriptor is None else self._descriptor(descriptor)
        if parent.type == "initializer_list":
            return self.of_initialiser(parent)
        if parent.type == "initializer_pair" and parent.parent is not None:
            owner = self.of_initialiser(parent.parent)
            for designator in parent.children_by_field_name("designator"):
                if designator.type == "field_designator":
                    name = designator.named_children[0] if designator.named_child_count else None
                    owner = None if owner is None or name is None else self.field(owner.base, self._text(name))
            return None if owner is None else CType(owner.base)
        return None

    def field(self, base: str, name: str) -> CType | None:
        """The type of a field of the struct (or alias of one) with this name."""
        self._read_file()
        for struct in (base, *self._alias(base)):
            key = f"{struct}.{name}"
            if key in self.rewrite.fields:
                return self.rewrite.fields[key]
            if self._fields.get(key) is not None:
                return self._fields[key]
        return None if self.outer is None else self.outer.field(base, name)

    def matches(self, found: CType, wanted: CType) -> bool:
        """Whether two types are one, or become one when an alias is looked through."""
        if found == wanted:
            return True
        self._read_file()
        return found.pointers == wanted.pointers and wanted.base in self._alias(found.base)

    # -- expressions -----------------------------------------------------------------------------------------------

    def _child(self, node: Node, name: str) -> CType | None:
        child = node.child_by_field_name(name)
        return None if child is None else self.of(child)

    def _text(self, node: Node) -> str:
        return self.source.text(node).decode("utf-8", "surrogateescape")

    def _member(self, node: Node) -> CType | None:
        argument, field = node.child_by_field_name("argument"), node.child_by_field_name("field")
        owner = None if argument is None else self.of(argument)
        return None if owner is None or field is None else self.field(owner.base, self._text(field))

    def _call(self, node: Node) -> CType | None:
        function = node.child_by_field_name("function")
        if function is None or function.type != "identifier":
            return None
        name = self._text(function)
        if name in self.rewrite.calls:
            return self.rewrite.calls[name]
        which = self.rewrite.type_arguments.get(name)
        if which is not None:
            return self._type_argument(node, which)
        return self._result(name)

    def _type_argument(self, call: Node, which: int) -> CType | None:
        """The pointer to the type that an argument names; its ``struct`` is masked and stands only in the original."""
        listed = call.child_by_field_name("arguments")
        if listed is None:
            return None
        given = [child for child in listed.named_children if child.type != "comment"]
        if which >= len(given):
            return None
        start = given[which - 1].end_byte if which else listed.start_byte
        text = self.source.code[start : given[which].end_byte].lstrip(b"(, \t\r\n").decode("utf-8", "replace")
        found = CType.parse(text)
        return CType(found.base, found.pointers + 1)

    def _result(self, name: str) -> CType | None:
        self._read_file()
        if name in self._functions:
            return self._functions[name]
        return None if self.outer is None else self.outer._result(name)

    def _cast(self, node: Node) -> CType | None:
        descriptor = node.child_by_field_name("type")
        return None if descriptor is None else self._descriptor(descriptor)

    def _descriptor(self, node: Node) -> CType | None:
        base = self._specified(node)
        pointers, declarator = 0, node.child_by_field_name("declarator")
        while declarator is not None:
            pointers += declarator.type in ("abstract_pointer_declarator", "abstract_array_declarator")
            declarator = declarator.child_by_field_name("declarator")
        return None if base is None else CType(base, pointers)

    # -- declarations ----------------------------------------------------------------------------------------------

    def _named(self, node: Node) -> CType | None:
        name = self._text(node)
        inner, scope = node, node.parent
        while scope is not None:
            for declaration in _declarations(scope, inner):
                for declarator in declaration.children_by_field_name("declarator"):
                    found = self._declared(declaration, declarator)
                    if found is not None and found[0] == name:
                        return found[1]
            inner, scope = scope, scope.parent
        return self._at_file_scope(name)

    def _at_file_scope(self, name: str) -> CType | None:
        self._read_file()
        if name in self._names:
            return self._names[name]
        return None if self.outer is None else self.outer._at_file_scope(name)

    def _declared(self, declaration: Node, declarator: Node) -> tuple[str, CType | None] | None:
        """The name that a declarator declares and its type; a function and a pointer to one have no type here."""
        base = self._specified(declaration)
        pointers, known = 0, base is not None
        current: Node | None = declarator
        while current is not None and current.type not in ("identifier", "field_identifier", "type_identifier"):
            pointers += current.type in ("pointer_declarator", "array_declarator")
            known = known and current.type != "function_declarator"
            inner = current.child_by_field_name("declarator")
            if inner is None and current.type == "parenthesized_declarator" and current.named_child_count:
                inner = current.named_children[-1]
            current = inner
        if current is None:
            return None
        return self._text(current), CType(base, pointers) if known and base is not None else None

    def _specified(self, node: Node) -> str | None:
        """The name of the type that a declaration begins with; None where a mask stands for something else."""
        kind = node.child_by_field_name("type")
        if kind is None:
            return None
        if kind.type in _TAGGED:
            tag = kind.child_by_field_name("name")
            word = kind.type.partition("_")[0]
            return f"{word} {self._text(tag)}" if tag is not None else f"{word} at {kind.start_byte}"
        start, end = kind.start_byte, kind.end_byte
        if self.source.masked[start:end] != self.source.data[start:end]:
            return None
        return CType.parse(self._text(kind)).base

    def _alias(self, base: str) -> tuple[str, ...]:
        found = self._aliases.get(base)
        return (found.base,) if found is not None and not found.pointers else ()

    def _read_file(self) -> None:
        if self._read:
            return
        self._read = True
        for node in _top_level(self.source.tree.root_node):
            if node.type == "function_definition":
                declarator = node.child_by_field_name("declarator")
                if declarator is not None:
                    self._note_function(node, declarator)
                continue
            specifier = node if node.type in _TAGGED else node.child_by_field_name("type")
            if specifier is not None and specifier.type in _TAGGED:
                self._read_struct(specifier)
            for declarator in node.children_by_field_name("declarator"):
                if node.type == "type_definition":
                    found = self._declared(node, declarator)
                    if found is not None:
                        self._aliases[found[0]] = found[1]
                elif not self._note_function(node, declarator):
                    found = self._declared(node, declarator)
                    if found is not None:
                        self._names[found[0]] = found[1]

    def _note_function(self, node: Node, declarator: Node) -> bool:
        pointers, current = 0, declarator
        while current.type == "pointer_declarator":
            pointers += 1
            inner = current.child_by_field_name("declarator")
            if inner is None:
                return False
            current = inner
        name = current.child_by_field_name("declarator") if current.type == "function_declarator" else None
        if name is None or name.type != "identifier":
            return False
        base = self._specified(node)
        self._functions[self._text(name)] = None if base is None else CType(base, pointers)
        return True

    def _read_struct(self, specifier: Node) -> None:
        body = specifier.child_by_field_name("body")
        holder: dict[str, str] = {}
        if body is None or specifier.type == "enum_specifier":
            return
        tag = specifier.child_by_field_name("name")
        word = specifier.type.partition("_")[0]
        base = f"{word} {self._text(tag)}" if tag is not None else f"{word} at {specifier.start_byte}"
        for field in _top_level(body):
            if field.type != "field_declaration":
                continue
            inner = field.child_by_field_name("type")
            if inner is not None and inner.type in _TAGGED:
                self._read_struct(inner)
            declarators = field.children_by_field_name("declarator")
            for declarator in declarators:
                found = self._declared(field, declarator)
                if found is not None:
                    self._fields[f"{base}.{found[0]}"] = found[1]
            if not declarators and inner is not None and inner.child_by_field_name("name") is None:
                holder[f"{inner.type.partition('_')[0]} at {inner.start_byte}"] = base
        for anonymous, owner in holder.items():  # the members of an unnamed member are those of its struct
            for key, kind in list(self._fields.items()):
                struct, _, name = key.rpartition(".")
                if struct == anonymous:
                    self._fields[f"{owner}.{name}"] = kind


def _pointed_to(kind: CType) -> CType | None:
    return CType(kind.base, kind.pointers - 1) if kind.pointers else None


def _declarations(scope: Node, inner: Node) -> Iterator[Node]:
    """The declarations of ``scope`` that its child ``inner`` sees, the nearest first."""
    if scope.type == "function_definition":
        yield from _parameters(scope)
    elif scope.type == "for_statement":
        first = scope.child_by_field_name("initializer")
        if first is not None and first.type == "declaration":
            yield first
    elif scope.type in ("compound_statement", "case_statement"):
        before = [child for child in scope.named_children if child.start_byte < inner.end_byte]
        for child in reversed(before):
            if child.type == "declaration":
                yield child
            elif child.type in _GROUPS and child.start_byte < inner.start_byte:
                yield from (node for node in _top_level(child) if node.type == "declaration")


def _parameters(function: Node) -> Iterator[Node]:
    declarator = function.child_by_field_name("declarator")
    while declarator is not None and declarator.type != "function_declarator":
        declarator = declarator.child_by_field_name("declarator")
    listed = declarator.child_by_field_name("parameters") if declarator is not None else None
    if listed is not None:
        yield from (child for child in listed.named_children if child.type == "parameter_declaration")


def _top_level(node: Node) -> Iterator[Node]:
    """The children of a node, with those in ``#if`` groups in the place of the group."""
    for child in node.named_children:
        if child.type in _GROUPS:
            yield from _top_level(child)
        else:
            yield child
