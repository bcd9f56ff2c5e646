"""Preprocessor conditionals: which leave whole statements, and which cut through one.

The grammar accepts ``#if`` around whole statements and declarations; those stay visible. Where a branch begins or
ends inside a statement, a parameter list or an initialiser, the first branch is kept for parsing and the others are
blanked, with the directive lines themselves; a function that reaches over such a line is *cut* and never edited.
Groups are resolved from the inside out, in one pass over the directives.
"""

from __future__ import annotations

import re
from itertools import pairwise

from msgspec import Struct

from migrator.source.brackets import last_byte, skip_blanks
from migrator.source.lexing import BLANK, Span

CONDITION = re.compile(rb"[ \t\f\v]*#[ \t]*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b")
"""The directives of a conditional group."""

_WHOLE_END = b";{}:"
_ELSE = re.compile(rb"\s*else\b")
_ENDS_IN_ELSE = re.compile(rb"\b(?:else|do)\s*\Z")
_BRACE = re.compile(rb"[{}]")
_CASE_AT_END = re.compile(rb"\b(?:case\b[^;{}]*|default\s*):\Z")
_MACRO_LINE = re.compile(
    rb"(?:^|[;}\n][ \t\r]*)(?!if\b|while\b|for\b|switch\b)([A-Z_a-z]\w*)[ \t]*\((?:[^()]|\([^()]*\))*\)\s*\Z"
)
_SPACE = b" \t\r\n\f\v"


class Conditional(Struct, frozen=True):
    """One ``#if`` ... ``#endif``. ``branches`` are the texts between its directives, in order."""

    directives: tuple[Span, ...]
    branches: tuple[Span, ...]
    whole: bool


def resolve_conditionals(data: bytes, bare: bytearray, directives: tuple[Span, ...]) -> tuple[Conditional, ...]:
    """All conditional groups, inner before outer; blanks the later branches of those that are not whole in ``bare``.

    In ``bare`` directive lines are blank already. An ``#if`` without ``#endif`` is ignored.
    """
    groups: list[list[Span]] = []
    found: list[Conditional] = []
    for directive in directives:
        match = CONDITION.match(data, directive.start, directive.end)
        if match is None:
            continue
        kind = match[1]
        if kind in (b"if", b"ifdef", b"ifndef"):
            groups.append([directive])
        elif groups:
            groups[-1].append(directive)
            if kind == b"endif":
                found.append(_resolve(bare, tuple(groups.pop())))
    return tuple(found)


def _resolve(bare: bytearray, directives: tuple[Span, ...]) -> Conditional:
    branches = tuple(Span(before.end, after.start) for before, after in pairwise(directives))
    whole = _whole(bare, directives[0].start, directives[-1].end, branches)
    if not whole:
        for branch in branches[1:]:
            bare[branch.start : branch.end] = bare[branch.start : branch.end].translate(BLANK)
    return Conditional(directives, branches, whole)


def _whole(bare: bytearray, start: int, end: int, branches: tuple[Span, ...]) -> bool:
    if _ELSE.match(bare, end):
        return False
    before = last_byte(bare, start)
    if before not in _WHOLE_END and not _macro_line(bare, start):
        return False
    body_follows = skip_blanks(bare, end) < len(bare) and bare[skip_blanks(bare, end)] == 0x7B
    for branch in branches:
        text = bytes(bare[branch.start : branch.end])
        stripped = text.strip(_SPACE)
        if not stripped:
            continue
        if stripped.count(b"(") != stripped.count(b")") or not _balanced_braces(stripped):
            return False
        if body_follows and stripped[-1] == 0x29:
            return False
        if stripped[-1] == 0x3A and not _CASE_AT_END.search(stripped[-200:]):
            return False
        if stripped[-1] not in _WHOLE_END and not _macro_line(text, len(text)):
            return False
        if stripped[0] in b"}),.?:+|&=<>" or _ELSE.match(stripped) or _ENDS_IN_ELSE.search(stripped[-8:]):
            return False
        if stripped[0] == 0x7B and before not in _WHOLE_END:
            return False
    return True


def _balanced_braces(text: bytes) -> bool:
    depth = 0
    for match in _BRACE.finditer(text):
        depth += 1 if match[0] == b"{" else -1
        if depth < 0:
            return False
    return depth == 0


def _macro_line(text: bytes | bytearray, end: int) -> bool:
    """Whether ``text`` up to ``end`` ends in ``NAME(...)`` that begins a line: a declarative macro at top level."""
    window = bytes(text[max(0, end - 400) : end])
    match = _MACRO_LINE.search(window)
    if match is None:
        return False
    place = match.start(1)
    return place == 0 or window[place - 1 : place] == b"\n"
