"""Every occurrence of an old name in one file, and where it stands.

The search is textual (whole words, as ``grep -w`` finds them), the classification is by the syntax tree, so a
mention that the tree does not explain is still in the list.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from os.path import commonprefix
from typing import TYPE_CHECKING

from migrator.results import Mention, MentionKind
from migrator.syntax import enclosing

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.pattern.model import Pattern
    from migrator.source import SourceFile, Span


def word_expression(words: Sequence[str]) -> re.Pattern[bytes]:
    """An expression that finds the words as ``grep -w`` does."""
    longest = sorted((re.escape(word.encode()) for word in words), key=len, reverse=True)
    # What all begin with stands in front: ``re`` skips to fixed text far faster than to any place that is no word's.
    shared = re.escape(commonprefix(list(words)).encode())  # noqa: RUF071 (characters are meant)
    rest = b"|".join(word[len(shared) :] for word in longest)
    return re.compile(shared + rb"(?<![A-Za-z0-9_]" + shared + rb")(?:" + rest + rb")(?![A-Za-z0-9_])")


def find_mentions(source: SourceFile, pattern: Pattern, statuses: Mapping[int, str]) -> Iterator[tuple[int, Mention]]:
    """All mentions with their byte offsets; ``statuses`` says, by the offset of its name, what became of a call."""
    for match in word_expression(pattern.words).finditer(source.data):
        offset = match.start()
        kind, status = _classify(source, pattern, offset, statuses)
        name = match.group().decode("ascii")
        yield offset, Mention(source.path, source.line(offset), source.column(offset), name, kind, status)


def _classify(
    source: SourceFile, pattern: Pattern, offset: int, statuses: Mapping[int, str]
) -> tuple[MentionKind, str]:
    known = statuses.get(offset)
    if known is not None:
        return MentionKind.SITE, known
    if _within(source.comments, offset):
        return MentionKind.COMMENT, "kept"
    if _within(source.directives, offset):
        return MentionKind.MACRO, "kept"
    node = source.tree.root_node.descendant_for_byte_range(offset, offset + 1)
    if node is not None and (node.type.startswith("string") or enclosing(node, "string_literal") is not None):
        return MentionKind.OTHER, "kept"
    if node is not None and node.type in ("field_identifier", "statement_identifier"):
        # A field or a label of the same name is something else.
        return MentionKind.OTHER, "kept"
    function = source.function_at(offset)
    if function is not None:
        if function.name in pattern.own_functions:
            return MentionKind.DEFINITION, "kept"
        if function.broken or function.cut or function.deep:
            return MentionKind.OTHER, "unparsed"
        return MentionKind.OTHER, "refused"
    while node is not None:
        if node.type in ("initializer_list", "initializer_pair") or _is_value(node):
            # Its address is taken: somebody calls it from elsewhere.
            return MentionKind.OTHER, "refused"
        if node.type == "function_definition":
            return MentionKind.DEFINITION, "kept"
        if node.type in ("declaration", "function_declarator"):
            return MentionKind.DECLARATION, "kept"
        if node.type in ("ERROR", "preproc_def", "preproc_function_def"):
            return (MentionKind.OTHER, "unparsed") if node.type == "ERROR" else (MentionKind.MACRO, "kept")
        node = node.parent
    return MentionKind.OTHER, "kept"


def _is_value(node: Node) -> bool:
    parent = node.parent
    value = parent.child_by_field_name("value") if parent is not None and parent.type == "init_declarator" else None
    return value is not None and value.id == node.id


def _within(spans: Sequence[Span], offset: int) -> bool:
    """Whether an offset lies in one of the spans, which are sorted and apart."""
    index = bisect_right(spans, offset, key=lambda span: span.start) - 1
    return index >= 0 and offset < spans[index].end


def name_offset(call: Node) -> int:
    """The byte offset of a call's name."""
    function = call.child_by_field_name("function")
    return call.start_byte if function is None else function.start_byte
