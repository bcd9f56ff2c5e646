"""Every use of one member of a struct in a tree.

Types are not known across files, but names are: a member is reached through a name, and whoever holds a ``struct s``
is declared with these two words somewhere. So an access ``x->m`` whose ``x`` is nowhere declared as a ``struct s`` is
another struct's; one whose ``x`` is declared so in its own function is this one's; what lies between is undecided,
and undecided uses are refused by who asks. Left out: objects that are reached through a typedef from an include of an
include, or through a cast in a macro.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.declared import member_declaration, parameters
from migrator.across.passes import AcrossRefusedError
from migrator.diagnostics import Code
from migrator.errors import MigratorError
from migrator.syntax import declared_name, enclosing, strip_parentheses, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.index import Program
    from migrator.source import Function, SourceFile


class Member(Struct, frozen=True, eq=False):
    """A member of a struct: where it is declared."""

    tag: str
    name: str
    path: str
    node: Node


class Access(Struct, frozen=True, eq=False):
    """A ``field_expression`` or ``initializer_pair`` that means the member, in a function that parses."""

    path: str
    function: Function | None
    node: Node


def find_member(program: Program, tag: str, name: str) -> Member:
    """The one declaration of a member; raises AcrossRefusedError where there is none, or several."""
    found: list[Member] = []
    head = re.compile(rb"\b(?:struct|union)\s+" + tag.encode() + rb"\s*\{")
    for path in program.files([tag]):
        text = _text(program, path)
        if text is None or head.search(text) is None:
            continue
        declared = member_declaration(program.source(path), tag, name)
        if declared is not None:
            found.append(Member(tag, name, path, declared))
    if not found:
        message = f"struct {tag} with the member {name} is not defined in this tree"
        raise AcrossRefusedError(Code.COMMIT_ELSEWHERE, "", 0, message)
    if len(found) > 1:
        line = found[1].node.start_point[0] + 1
        message = f"struct {tag} is defined {len(found)} times with the member {name}"
        raise AcrossRefusedError(Code.COMMIT_ELSEWHERE, found[1].path, line, message)
    return found[0]


def accesses(program: Program, member: Member) -> Iterator[Access]:
    """All uses of the member; raises AcrossRefusedError at one that cannot be decided or understood."""
    tag, name = member.tag, member.name
    holders = _holders(program, member)
    whole = re.compile(rb"\b" + tag.encode() + rb"\s*,\s*" + name.encode() + rb"\b")
    reached = re.compile(rb"(?:->|\.)\s*(" + name.encode() + rb")\b")
    for path in program.files([name]):
        text = _text(program, path)
        if text is None:
            raise _undecided(member, path, 0, "the file cannot be read")
        by_offset = whole.search(text)
        if by_offset is not None:
            line = text.count(b"\n", 0, by_offset.start()) + 1
            raise _undecided(member, path, line, f"the place of {name} in the struct is asked for")
        for match in reached.finditer(text):
            word = _word_before(text, match.start())
            if word is not None and word not in holders:
                continue
            access = _access(program, member, holders, path, match.start(1))
            if access is not None:
                yield access


def is_overwritten(program: Program, tag: str) -> bool:
    """Whether somebody may store to whole objects of a struct (``*p = ...``, ``memset(p, ...)``)."""
    holders = b"|".join(sorted(re.escape(word.encode()) for word in _names(program, tag)))
    if not holders:
        return False
    store = re.compile(
        rb"(?:^|[;{}])\s*\*\s*(?:"
        + holders
        + rb")\s*=[^=]|\bmem(?:set|cpy|move)\s*\(\s*&?\s*(?:"
        + holders
        + rb")\s*,",
        re.MULTILINE,
    )
    return any((text := _text(program, path)) is None or store.search(text) for path in program.files([tag]))


def struct_of(source: SourceFile, function: Function, base: Node) -> str | None:
    """The tag of the struct that a plain name is declared with in its function; empty: another type, None: unknown."""
    base = strip_parentheses(base)
    if base.type != "identifier":
        return None
    name = source.text(base)
    for parameter in parameters(source, function.node) or ():
        if parameter.name.encode("utf-8", "surrogateescape") == name:
            return _tag(source, parameter.node)
    found: set[str] = set()
    for node in walk(function.body):
        if node.type != "declaration":
            continue
        for declarator in node.children_by_field_name("declarator"):
            declared = declared_name(declarator)
            if declared is not None and source.text(declared) == name:
                found.add(_tag(source, node))
    return found.pop() if len(found) == 1 else None


def _tag(source: SourceFile, declaration: Node) -> str:
    kind = declaration.child_by_field_name("type")
    if kind is None or kind.type not in ("struct_specifier", "union_specifier"):
        return ""
    name = kind.child_by_field_name("name")
    return "" if name is None else source.normal(name)


def _text(program: Program, path: str) -> bytes | None:
    try:
        return program.text(path)
    except MigratorError:
        return None


def _names(program: Program, tag: str) -> set[str]:
    """All names that are declared with the struct, in any file: variables, members, parameters, functions."""
    declared = re.compile(rb"\bstruct\s+" + tag.encode() + rb"\b([^;(){}=]*)(.?)", re.DOTALL)
    found: set[str] = set()
    for path in program.files([tag]):
        for match in declared.finditer(_text(program, path) or b""):
            # What stands behind a comma is another variable where a semicolon ends it, else another parameter.
            parts = match[1].split(b",")
            for part in parts if match[2] == b";" else parts[:1]:
                words = re.findall(rb"[A-Za-z_]\w*", part)
                found.update(word.decode() for word in words[-1:])
    return found


def _holders(program: Program, member: Member) -> set[str]:
    """The names of what can hold the struct; raises AcrossRefusedError for a typedef or an initialiser by position."""
    head = rb"\bstruct\s+" + member.tag.encode() + rb"\b"
    alias = re.compile(rb"\btypedef\s+(?:const\s+)?" + head + rb"\s*\**\s*\w+\s*;")
    placed = re.compile(
        rb"(?:" + head + rb"[^;{}()=]*=|\(\s*" + head + rb"[\s\w\[\]]*\))\s*\{(?:\s|/\*[^*]*+\*/)*+(?!\.|\}|0\s*\})"
    )
    for path in program.files([member.tag]):
        text = _text(program, path)
        if text is None:
            raise _undecided(member, path, 0, "the file cannot be read")
        for pattern, why in (
            (alias, "the struct has a second name here"),
            (placed, "the struct is initialised here by the order of its members"),
        ):
            match = pattern.search(text)
            if match is not None:
                raise _undecided(member, path, text.count(b"\n", 0, match.start()) + 1, why)
    return _names(program, member.tag)


def _undecided(member: Member, path: str, line: int, why: str) -> AcrossRefusedError:
    return AcrossRefusedError(Code.COMMIT_ELSEWHERE, path, line, f"struct {member.tag}, member {member.name}: {why}")


def _word_before(text: bytes, offset: int) -> str | None:
    """The name that an access is made through; None where something else stands before it."""
    end = offset
    while end and text[end - 1 : end] in (b" ", b"\t", b"\n", b"\r"):
        end -= 1
    start = end
    while start and (text[start - 1 : start].isalnum() or text[start - 1 : start] == b"_"):
        start -= 1
    return text[start:end].decode("ascii") if start < end else None


def _access(program: Program, member: Member, holders: set[str], path: str, offset: int) -> Access | None:
    """The use of a member at an offset, None where it is another struct's or no code."""
    source = program.source(path)
    use = next((item for item in program.uses_in(source, member.name) if item.offset == offset), None)
    if use is None or use.kind in ("comment", "string"):
        return None
    line, function = source.line(offset), source.function_at(offset)
    if use.node is None:
        raise _undecided(member, path, line, "a use here that is not understood")
    parent = use.node.parent
    if parent is not None and parent.type == "field_expression":
        base = parent.child_by_field_name("argument")
        tag = None if function is None or base is None else struct_of(source, function, base)
        if tag is not None:
            return Access(path, function, parent) if tag == member.tag else None
        word = None if base is None else _last_name(source, base)
        if word is not None and word not in holders:
            return None
        raise _undecided(member, path, line, "it cannot be told whether this is the member")
    if parent is not None and parent.type == "field_designator":
        return _designated(member, source, function, parent, offset)
    raise _undecided(member, path, line, "a use here that is not understood")


def _designated(
    member: Member, source: SourceFile, function: Function | None, designator: Node, offset: int
) -> Access | None:
    pair = designator.parent
    listed = None if pair is None else pair.parent
    outer = None if listed is None else listed.parent
    tag: str | None = None
    if outer is not None and outer.type == "init_declarator":
        declaration = enclosing(outer, "declaration")
        tag = None if declaration is None else _tag(source, declaration)
    elif outer is not None and outer.type == "compound_literal_expression":
        descriptor = outer.child_by_field_name("type")
        tag = None if descriptor is None else _tag(source, descriptor)
    if tag is None and re.search(rb"\bstruct\s+" + member.tag.encode() + rb"\b", source.data) is None:
        return None
    if tag is None or pair is None or pair.type != "initializer_pair":
        raise _undecided(member, source.path, source.line(offset), "it cannot be told whether this is the member")
    return Access(source.path, function, pair) if tag == member.tag else None


def _last_name(source: SourceFile, base: Node) -> str | None:
    """The name by which an expression says what it is; None where there is none."""
    node: Node | None = base
    while node is not None:
        node = strip_parentheses(node)
        if node.type == "identifier":
            return source.normal(node)
        if node.type == "field_expression":
            field = node.child_by_field_name("field")
            return None if field is None else source.normal(field)
        if node.type in ("subscript_expression", "pointer_expression"):
            node = node.child_by_field_name("argument")
        elif node.type == "call_expression":
            node = node.child_by_field_name("function")
        else:
            return None
    return None


__all__ = ["Access", "Member", "accesses", "find_member", "is_overwritten", "struct_of"]
