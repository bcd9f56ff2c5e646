"""Edits of parameter lists, argument lists and members: one goes or comes, and the layout stays what it was.

A list on one line loses the item; a list on several lines is filled anew, with the indentation that it had. What
kernel-doc says of a parameter goes and comes with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.declared import comment_before, doc_lines, parameter_list, parameters
from migrator.across.group import AcrossRefusedError
from migrator.diagnostics import Code
from migrator.edits import Edit
from migrator.rewrite.layout import COLUMNS, indentation, joined, padding, width
from migrator.rewrite.lines import BLANKS, comments_between, start_with_comment
from migrator.syntax import arguments, declared_name, enclosing

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.members import Member
    from migrator.source import SourceFile


def without_parameters(source: SourceFile, node: Node, removed: Collection[int]) -> Iterator[Edit]:
    """Take parameters out of a definition or prototype, and their lines out of the kernel-doc before it."""
    listed = parameter_list(node)
    given = parameters(source, node)
    if listed is None or given is None:
        raise _not_understood(source, node)
    yield from without_items(source, listed, [item.node for item in given], removed, "void")
    comment = comment_before(source, node.start_byte)
    if comment is not None:
        for index in sorted(removed):
            lines = doc_lines(source, comment, given[index].name) if given[index].name else None
            if lines is not None:
                yield Edit(*lines, b"")


def _not_understood(source: SourceFile, node: Node) -> AcrossRefusedError:
    line = source.line(node.start_byte)
    return AcrossRefusedError(Code.UNKNOWN_SHAPE, source.path, line, "the parameters are not understood")


def without_arguments(source: SourceFile, call: Node, removed: Collection[int]) -> list[Edit]:
    """Take arguments out of a call."""
    listed = call.child_by_field_name("arguments")
    return [] if listed is None else without_items(source, listed, arguments(call), removed, "")


def without_items(
    source: SourceFile, listed: Node, items: Sequence[Node], removed: Collection[int], empty: str
) -> list[Edit]:
    """Take items out of a list in parentheses; ``empty`` stands in it when none is left."""
    kept = [item for index, item in enumerate(items) if index not in removed]
    start, end = listed.start_byte + 1, listed.end_byte - 1
    if not kept:
        return [Edit(start, end, empty.encode())]
    if b"\n" not in source.data[start:end] or comments_between(source, start, end):
        return list(_cut(items, removed))
    head = source.data[source.line_start(start) : start].decode("utf-8", "surrogateescape")
    behind = source.masked[end : source.line_end(end)].decode("utf-8", "surrogateescape").rstrip()
    texts = [joined(source.text(item).decode("utf-8", "surrogateescape")) for item in kept]
    text = _fill(source, head, texts, behind, start, end)
    return [Edit(start, end, text.encode("utf-8", "surrogateescape"))]


def _cut(items: Sequence[Node], removed: Collection[int]) -> Iterator[Edit]:
    for start, end in spans(items, removed):
        yield Edit(start, end, b"")


def spans(items: Sequence[Node], removed: Collection[int]) -> Iterator[tuple[int, int]]:
    """The bytes of some items of a list, each with the comma that goes with it."""
    for index in sorted(removed):
        if any(place not in removed for place in range(index)):
            yield items[index - 1].end_byte, items[index].end_byte
        elif index + 1 < len(items):
            yield items[index].start_byte, items[index + 1].start_byte
        else:
            yield items[index].start_byte, items[index].end_byte


def _fill(source: SourceFile, head: str, texts: Sequence[str], tail: str, start: int, end: int) -> str:
    one_line = ", ".join(texts)
    if width(head + one_line + tail) <= COLUMNS:
        return one_line
    newline = source.newline.decode("ascii")
    following = source.line_end(start)
    second = source.data[following : source.line_end(following)].decode("utf-8", "surrogateescape")
    indent = indentation(second) if following < end else padding(width(head))
    lines, line, column = [], "", width(head)
    for index, text in enumerate(texts):
        piece = text + ("," if index < len(texts) - 1 else "")
        room = width(piece, column + (1 if line else 0)) + (0 if index < len(texts) - 1 else len(tail))
        if line and room > COLUMNS:
            lines.append(line)
            line, column = "", width(indent)
        line += (" " if line else "") + piece
        column = width(line, width(head) if not lines else width(indent))
    lines.append(line)
    return (newline + indent).join(lines)


class NewParameter(Struct, frozen=True):
    """A parameter to add: its declaration, and what kernel-doc says of it."""

    declaration: str
    about: str

    @property
    def name(self) -> str:
        """What the declaration declares: its last word."""
        return self.declaration.replace("*", " ").split()[-1]


def add_parameters(source: SourceFile, function: Node, added: Sequence[NewParameter]) -> list[Edit]:
    """The edits that append parameters to a definition or prototype, and to the kernel-doc before it.

    On the last line if they fit there. Raises AcrossRefusedError where the parameters are not understood.
    """
    listed = parameter_list(function)
    if not added:
        return []
    if listed is None:
        raise _not_understood(source, function)
    if not listed.named_children:
        # ``f()`` declares nothing of its parameters.
        return []
    return [*_documented(source, function, added), _appended(source, listed, [item.declaration for item in added])]


def _appended(source: SourceFile, listed: Node, added: Sequence[str]) -> Edit:
    close = listed.end_byte - 1
    data = source.data
    head = data[source.line_start(close) : close].decode("utf-8", "surrogateescape")
    tail = data[listed.end_byte : source.line_end(close)].decode("utf-8", "surrogateescape").rstrip()
    opening = data[source.line_start(listed.start_byte) : listed.start_byte + 1].decode("utf-8", "surrogateescape")
    column = width(opening)
    if source.line_start(close) != source.line_start(listed.start_byte):
        column = width(indentation(head))
    if [parameter.type for parameter in listed.named_children] == ["parameter_declaration"] and (
        source.normal(listed.named_children[0]) == "void"
    ):
        return Edit(listed.start_byte + 1, close, ", ".join(added).encode())
    text = ""
    newline = source.newline.decode("ascii")
    for parameter in added:
        piece = f", {parameter}"
        if width(head + piece + ")" + tail) > COLUMNS:
            piece = f",{newline}{padding(column)}{parameter}"
            head = padding(column) + parameter
        else:
            head += piece
        text += piece
    return Edit(close, close, text.encode("utf-8", "surrogateescape"))


_DOC_HEAD = re.compile(rb"([ \t]*\*?[ \t]*)@\w+[ \t]*:([ \t]*)(\S?)")


def _documented(source: SourceFile, function: Node, added: Sequence[NewParameter]) -> Iterator[Edit]:
    """The lines that kernel-doc needs for new parameters, behind those of the others and in their style."""
    comment = comment_before(source, function.start_byte)
    if comment is None:
        return
    names = [item.name for item in parameters(source, function) or () if item.name]
    spans = [span for name in names if (span := doc_lines(source, comment, name)) is not None]
    heads = [head for start, _ in spans if (head := _DOC_HEAD.match(source.data, start)) is not None]
    if not heads or len(heads) != len(spans):
        return
    (start, end), last = max(zip(spans, heads, strict=True), key=lambda item: item[0])
    columns = {width(source.data[item.start() : item.end(2)].decode("utf-8", "surrogateescape")) for item in heads}
    # Where all descriptions begin in one column, the new one does.
    column = min(columns) if len(heads) > 1 and len(columns) == 1 else 0
    stop = "." if source.data[start:end].rstrip().endswith(b".") else ""
    for item in added:
        label = f"{last[1].decode()}@{item.name}:"
        gap = last[2].decode() or " "
        if "\t" not in gap:
            gap = " " * max(column - width(label), 1)
        about = item.about[:1].upper() + item.about[1:] if last[3].isupper() else item.about
        line = f"{label}{gap}{about}{stop}".encode("utf-8", "surrogateescape")
        yield Edit(end, end, line + source.newline)


def without_member(source: SourceFile, member: Member) -> Iterator[Edit]:
    """Take a member out of its struct, with the comment beside it and what the kernel-doc says of it."""
    node = member.node
    if enclosing(node, "preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif") is not None:
        struct = enclosing(node, "struct_specifier", "union_specifier")
        region = enclosing(node, "preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif")
        if struct is not None and region is not None and region.start_byte > struct.start_byte:
            raise AcrossRefusedError(
                Code.CONDITIONAL_COMPILATION,
                source.path,
                source.line(node.start_byte),
                f"the member {member.name} of struct {member.tag} stands in an #if region",
            )
    declarators = node.children_by_field_name("declarator")
    if len(declarators) > 1:
        names = [declared_name(item) for item in declarators]
        removed = {i for i, name in enumerate(names) if name is not None and source.normal(name) == member.name}
        yield from _cut(declarators, removed)
        return
    start, end = source.line_start(node.start_byte), node.end_byte
    if source.data[start : node.start_byte].strip(BLANKS):
        yield Edit(node.start_byte, end, b"")
        return
    position = source.line_end(end - 1)
    for span in comments_between(source, end, position):
        position = max(position, source.line_end(span.end - 1))
    if source.masked[end:position].strip():
        yield Edit(node.start_byte, end, b"")
        return
    struct = enclosing(node, "struct_specifier", "union_specifier")
    body = None if struct is None else struct.child_by_field_name("body")
    lowest = node.start_byte if body is None else body.start_byte
    yield Edit(start_with_comment(source, start, lowest, (member.name,)), position, b"")
    comment = None if struct is None else comment_before(source, struct.start_byte)
    lines = None if comment is None else doc_lines(source, comment, member.name)
    if lines is not None:
        yield Edit(*lines, b"")


__all__ = [
    "NewParameter",
    "add_parameters",
    "spans",
    "without_arguments",
    "without_items",
    "without_member",
    "without_parameters",
]
