"""The ledger of a rewrite: where every mention of a word stands and what became of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrator.results import MentionKind
from migrator.syntax import enclosing

if TYPE_CHECKING:
    from migrator.source import SourceFile, Span


def span_at(spans: Sequence[Span], offset: int) -> Span | None:
    """The one of the spans, which are sorted and apart, that holds a byte."""
    index = bisect_right(spans, offset, key=lambda span: span.start) - 1
    return spans[index] if index >= 0 and offset < spans[index].end else None


def stands_outside_code(source: SourceFile, offset: int) -> MentionKind | None:
    """The kind of a mention in a comment or a string; None for one in code or in a directive."""
    if span_at(source.comments, offset) is not None:
        return MentionKind.COMMENT
    node = source.tree.root_node.descendant_for_byte_range(offset, offset + 1)
    if node is not None and (node.type.startswith("string") or enclosing(node, "string_literal") is not None):
        return MentionKind.OTHER
    return None


def kind_of_kept(source: SourceFile, offset: int) -> MentionKind:
    """What a mention in code is that no site has taken: a declaration, a definition, or something else."""
    function = source.function_at(offset)
    node = source.tree.root_node.descendant_for_byte_range(offset, offset + 1)
    if function is not None and offset < function.body.start_byte and node is not None:
        declarator = enclosing(node, "function_declarator")
        if declarator is not None and declarator.child_by_field_name("declarator") == node:
            return MentionKind.DEFINITION
    while node is not None and not node.type.endswith("_statement"):
        if node.type in ("declaration", "field_declaration", "parameter_declaration", "function_declarator"):
            return MentionKind.DECLARATION
        if node.type in ("initializer_list", "argument_list", "field_expression", "init_declarator"):
            break
        node = node.parent
    return MentionKind.OTHER
