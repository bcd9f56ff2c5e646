"""What stands in the way of writing a site, however well the rule fits: comments, directives, effects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from migrator.diagnostics import Code
from migrator.pattern.template import PLACEHOLDER
from migrator.replace.chains import chain_around, target
from migrator.rewrite.lines import comments_between
from migrator.syntax import strip_parentheses, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.pattern.template import Shape
    from migrator.replace.conditions import Match
    from migrator.source import SourceFile

_EFFECTS = frozenset({"call_expression", "assignment_expression", "update_expression", "gnu_asm_expression"})
_LOST = (Code.UNKNOWN_SHAPE, "a comment inside of the code to be replaced would be lost")
_TO_THE_END = (
    Code.UNKNOWN_SHAPE,
    "a comment up to the end of the line stands inside of the code to be replaced",
)


def obstacle(source: SourceFile, match: Match) -> tuple[Code, str] | None:
    """Why a site cannot be written; ``source`` is the file, of which the site may be in a macro."""
    start, end = match.start, match.end
    if not match.piece.macro and any(start <= span.start < end for span in source.directives):
        return Code.CONDITIONAL_COMPILATION, "a preprocessor directive stands inside of the code to be replaced"
    if match.rule.replace is None:
        return None
    kept = [(match.piece.start(node), match.piece.end(node)) for node in _used(match)]
    for span in comments_between(source, start, end):
        if not any(first <= span.start and span.end <= last for first, last in kept):
            return _LOST
        if source.data[span.start : span.start + 2] == b"//":
            return _TO_THE_END
    for name in _arguments(match.rule.replace.shape):
        if strip_parentheses(match.part(name)).type == "assignment_expression":
            return Code.UNKNOWN_SHAPE, "an assignment would become an argument of the new call"
    return _misplaced_effect(match) or _lost_with_partner(source, match)


def _misplaced_effect(match: Match) -> tuple[Code, str] | None:
    """Whether something with an effect would happen twice, or in no certain order."""
    assert match.rule.replace is not None
    names = PLACEHOLDER.findall(match.rule.replace.source)
    effects = [name for name in dict.fromkeys(names) if any(inner.type in _EFFECTS for inner in walk(match.part(name)))]
    for name in sorted(effects):
        if names.count(name) > 1:
            return Code.UNKNOWN_SHAPE, f"{match.piece.source.normal(match.part(name))} would be evaluated twice"
    if len(match.nodes) > 1 and len(effects) > 1:
        return Code.UNKNOWN_SHAPE, "what is evaluated one after the other would be evaluated in no certain order"
    return None


def _lost_with_partner(source: SourceFile, match: Match) -> tuple[Code, str] | None:
    """Whether a comment goes with what is joined to the site."""
    around = chain_around(match.partner.nodes[0]) if match.partner is not None else None
    if around is None:
        return None
    start, end = match.piece.start(around[0]), match.piece.end(around[0])
    for span in comments_between(source, source.line_start(start), source.line_end(max(start, end - 1))):
        if source.data[span.start : span.start + 2] == b"//" and span.start < end:
            return _TO_THE_END
        if len(around[1]) == 1 or span.start < end:
            return Code.UNKNOWN_SHAPE, "a comment at the other part of this store would be lost"
    return None


def _arguments(shape: Shape) -> Iterator[str]:
    """The captures that are arguments of calls."""
    for child in shape.children:
        if shape.kind == "argument_list" and child.capture:
            yield child.capture
        yield from _arguments(child)


def _used(match: Match) -> Iterator[Node]:
    for name in match.rule.replace.names if match.rule.replace is not None else ():
        yield match.part(name)
    for link in match.links:
        yield target(link)
