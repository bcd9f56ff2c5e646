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
from weakref import WeakKeyDictionary

from msgspec import Struct

from migrator.across.declared import locals_named, member_declaration, parameters
from migrator.across.group import AcrossRefusedError
from migrator.diagnostics import Code
from migrator.errors import MigratorError
from migrator.syntax import enclosing, strip_parentheses

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
    head = re.compile(tag.encode() + rb"\s*\{")
    for path in program.files([tag]):
        text = _text(program, path)
        if text is None or not any(
            _DEFINED.search(text, max(0, match.start() - 40), match.start()) for match in head.finditer(text)
        ):
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


# What was found in a program that is looked at still.
_ACCESSES: WeakKeyDictionary[Program, dict[tuple[str, str], tuple[Access, ...]]] = WeakKeyDictionary()
_HEADS: WeakKeyDictionary[Program, dict[str, tuple[tuple[str, bytes | None, int], ...]]] = WeakKeyDictionary()
_NAMES: WeakKeyDictionary[Program, dict[str, frozenset[str]]] = WeakKeyDictionary()


def accesses(program: Program, member: Member) -> tuple[Access, ...]:
    """All uses of the member; raises AcrossRefusedError at one that cannot be decided or understood."""
    known = _ACCESSES.setdefault(program, {})
    key = (member.tag, member.name)
    if key not in known:
        known[key] = tuple(_accesses(program, member))
    return known[key]


def _accesses(program: Program, member: Member) -> Iterator[Access]:
    tag, name = member.tag, member.name
    holders = _holders(program, member)
    whole = re.compile(tag.encode() + rb"(?<!\w" + tag.encode() + rb")\s*,\s*" + name.encode() + rb"\b")
    word = re.compile(name.encode() + rb"\b")
    for path in program.files([name]):
        text = _text(program, path)
        if text is None:
            raise _undecided(member, path, 0, "the file cannot be read")
        by_offset = whole.search(text)
        if by_offset is not None:
            line = text.count(b"\n", 0, by_offset.start()) + 1
            raise _undecided(member, path, line, f"the place of {name} in the struct is asked for")
        for match in word.finditer(text):
            before = _without_blanks(text, match.start())
            arrow = 2 if text.endswith(b"->", 0, before) else 1 if text.endswith(b".", 0, before) else 0
            base = _word_before(text, before - arrow)
            if not arrow or (base is not None and base not in holders):
                continue
            access = _access(program, member, holders, path, match.start())
            if access is not None:
                yield access


def is_overwritten(program: Program, tag: str) -> bool:
    """Whether somebody may store to whole objects of a struct (``*p = ...``, ``memset(p, ...)``)."""
    holders = b"|".join(sorted(re.escape(word.encode()) for word in _names(program, tag)))
    if not holders:
        return False
    # Two expressions, each of which begins with fixed text: ``re`` finds that fast.
    pointed = re.compile(rb"\*\s*(?:" + holders + rb")\s*=[^=]")
    copied = re.compile(rb"mem(?<!\wmem)(?:set|cpy|move)\s*\(\s*&?\s*(?:" + holders + rb")\s*,")
    for path in program.files([tag]):
        text = _text(program, path)
        if text is None or copied.search(text) is not None:
            return True
        if any(_begins_statement(text, match.start()) for match in pointed.finditer(text)):
            return True
    return False


def _begins_statement(text: bytes, offset: int) -> bool:
    """Whether a statement may begin at an offset: it is the first on its line, or what is before it ends one."""
    end = _without_blanks(text, offset)
    return end == 0 or b"\n" in text[end:offset] or text[end - 1 : end] in (b";", b"{", b"}")


def struct_of(source: SourceFile, function: Function, base: Node) -> str | None:
    """The tag of the struct that a plain name is declared with in its function; empty: another type, None: unknown."""
    base = strip_parentheses(base)
    if base.type != "identifier":
        return None
    name = source.normal(base)
    for parameter in parameters(source, function.node) or ():
        if parameter.name == name:
            return _tag(source, parameter.node)
    found = {_tag(source, declaration) for _, declaration, _ in locals_named(source, function, name)}
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


def _names(program: Program, tag: str) -> frozenset[str]:
    """All names that are declared with the struct, in any file: variables, members, parameters, functions."""
    known = _NAMES.setdefault(program, {})
    if tag not in known:
        known[tag] = frozenset(_declared_names(program, tag))
    return known[tag]


def _declared_names(program: Program, tag: str) -> set[str]:
    declared = re.compile(rb"struct\s+" + tag.encode() + rb"\b([^;(){}=]*)(.?)", re.DOTALL)
    found: set[str] = set()
    for _, text, start in _heads(program, tag):
        match = declared.match(text or b"", start)
        if match is not None:
            # What stands behind a comma is another variable where a semicolon ends it, else another parameter.
            parts = match[1].split(b",")
            for part in parts if match[2] == b";" else parts[:1]:
                words = re.findall(rb"[A-Za-z_]\w*", part)
                found.update(word.decode() for word in words[-1:])
    return found


def _heads(program: Program, tag: str) -> tuple[tuple[str, bytes | None, int], ...]:
    """Where ``struct TAG`` is written: path, text and offset; a file that cannot be read is there without a text."""
    known = _HEADS.setdefault(program, {})
    if tag not in known:
        found: list[tuple[str, bytes | None, int]] = []
        word = tag.encode()
        for path in program.files([tag]):
            text = _text(program, path)
            if text is None:
                found.append((path, None, 0))
                continue
            # Not one expression for both words: there are many structs, and the tag is found by its letters.
            end = text.find(word)
            while end >= 0:
                before = _STRUCT.search(text, max(0, end - 40), end)
                if before is not None:
                    found.append((path, text, before.start()))
                end = text.find(word, end + 1)
        known[tag] = tuple(found)
    return known[tag]


_STRUCT = re.compile(rb"\bstruct\s+\Z")
_DEFINED = re.compile(rb"\b(?:struct|union)\s+\Z")
_TYPEDEF = re.compile(rb"\btypedef\s+(?:const\s+)?\Z")


def _holders(program: Program, member: Member) -> frozenset[str]:
    """The names of what can hold the struct; raises AcrossRefusedError for a typedef or an initialiser by position."""
    head = rb"struct\s+" + member.tag.encode() + rb"\b"
    alias = re.compile(head + rb"\s*\**\s*\w+\s*;")
    opening = rb"\s*\{(?:\s|/\*[^*]*+\*/)*+(?!\.|\}|0\s*\})"
    placed = re.compile(head + rb"[^;{}()=]*=" + opening)
    literal = re.compile(head + rb"[\s\w\[\]]*\)" + opening)
    for path, text, start in _heads(program, member.tag):
        if text is None:
            raise _undecided(member, path, 0, "the file cannot be read")
        if alias.match(text, start) and _TYPEDEF.search(text, max(0, start - 40), start):
            raise _undecided(member, path, _line(text, start), "the struct has a second name here")
        if placed.match(text, start) or (
            literal.match(text, start) and text[max(0, start - 40) : start].rstrip().endswith(b"(")
        ):
            raise _undecided(
                member, path, _line(text, start), "the struct is initialised here by the order of its members"
            )
    return _names(program, member.tag)


def _line(text: bytes, offset: int) -> int:
    return text.count(b"\n", 0, offset) + 1


def _undecided(member: Member, path: str, line: int, why: str) -> AcrossRefusedError:
    return AcrossRefusedError(Code.COMMIT_ELSEWHERE, path, line, f"struct {member.tag}, member {member.name}: {why}")


def _without_blanks(text: bytes, end: int) -> int:
    """Where the text ends when the white space before an offset is taken away."""
    while end and text[end - 1 : end].isspace():
        end -= 1
    return end


def _word_before(text: bytes, offset: int) -> str | None:
    """The name that an access is made through; None where something else stands before it."""
    start = end = _without_blanks(text, offset)
    while start and (text[start - 1 : start].isalnum() or text[start - 1 : start] == b"_"):
        start -= 1
    return text[start:end].decode("ascii") if start < end else None


def _access(program: Program, member: Member, holders: frozenset[str], path: str, offset: int) -> Access | None:
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
