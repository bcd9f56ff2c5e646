"""The lexical level: where comments, literals and preprocessor directives stand.

One pass of one compiled alternation finds comments, strings and character constants in the order in which a C lexer
meets them, so that nothing inside a string is taken for a comment or the other way round. The result are two texts of
the same length: ``code`` (comments blanked) and ``bare`` (literals filled as well), on which all later stages search
without having to know about either. Newlines stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct


class Span(Struct, frozen=True):
    """A half-open byte range."""

    start: int
    end: int


class Lexed(Struct, frozen=True):
    """``code``: comments are blanks, and so is code in ``#if 0``, which counts as one. ``bare``: in addition the
    content of literals is filled with a letter.

    ``literals`` are (start, end) of strings and character constants, quotes included.
    """

    code: bytes
    bare: bytes
    comments: tuple[Span, ...]
    literals: tuple[tuple[int, int], ...]
    directives: tuple[Span, ...]


_TOKEN = re.compile(
    rb"""
      /\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)
    | //(?:[^\\\n]++|\\\r?\n|\\)*+
    | "(?:[^"\\\n]++|\\\r?\n|\\.)*+"
    | '(?:[^'\\\n]|\\.){1,12}'
    """,
    re.VERBOSE,
)
_DIRECTIVE = re.compile(rb"#(?:[^\\\n]++|\\\r?\n|\\)*+")

_CONDITIONAL = re.compile(rb"[ \t\f\v]*#[ \t]*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b")
_DEAD = re.compile(rb"^[ \t]*#[ \t]*if[ \t]+0[ \t\r]*$", re.MULTILINE)
_LIVE = -1

_KEEP = b"\r\n"
BLANK = bytes(byte if byte in _KEEP else 0x20 for byte in range(256))
_FILL = bytes(byte if byte in _KEEP else 0x61 for byte in range(256))
# what may not reach the grammar from outside literals: NUL and other control bytes
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f\v")
_HARMLESS = bytes(0x20 if byte in _CONTROL else byte for byte in range(256))


def lex(data: bytes) -> Lexed:
    """Split ``data``; any bytes are accepted. An unterminated comment reaches to the end of the text."""
    code = bytearray(data)
    comments: list[Span] = []
    literals: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(data):
        start, end = match.span()
        if data[start] == 0x2F:
            comments.append(Span(start, end))
            code[start:end] = data[start:end].translate(BLANK)
        else:
            literals.append((start, end))
    bare = bytearray(code)
    for start, end in literals:
        bare[start + 1 : end - 1] = code[start + 1 : end - 1].translate(_FILL)
    directives: tuple[Span, ...] = ()
    if b"#" in bare:
        _continue_comments(data, code, bare, comments)
        directives = tuple(_directives(bare))
        dead = sorted(_dead_regions(code, directives), key=lambda span: span.start) if _DEAD.search(code) else []
        if dead:
            for span in dead:
                code[span.start : span.end] = code[span.start : span.end].translate(BLANK)
                bare[span.start : span.end] = bare[span.start : span.end].translate(BLANK)
            comments = sorted([*_outside(comments, dead), *dead], key=lambda span: span.start)
            directives = tuple(_outside(directives, dead))
            literals = [pair for pair in literals if not any(span.start <= pair[0] < span.end for span in dead)]
    if any(byte in bare for byte in _CONTROL):
        kept = bytes(code)
        code = code.translate(_HARMLESS)
        bare = bare.translate(_HARMLESS)
        for start, end in literals:
            code[start:end] = kept[start:end]
    return Lexed(bytes(code), bytes(bare), tuple(comments), tuple(literals), directives)


def _outside(spans: Iterable[Span], regions: Sequence[Span]) -> Iterator[Span]:
    return (item for item in spans if not any(span.start <= item.start < span.end for span in regions))


def _dead_regions(code: bytearray, directives: Sequence[Span]) -> Iterator[Span]:
    """``#if 0`` up to its ``#endif``, or up to its ``#else``, whose ``#endif`` then goes as well."""
    groups: list[tuple[int, Span | None]] = []  # where a dead branch began or _LIVE; the dead branch before an #else
    for directive in directives:
        match = _CONDITIONAL.match(code, directive.start, directive.end)
        kind = match[1] if match is not None else b""
        inside = any(start != _LIVE for start, _ in groups)
        if kind.startswith(b"if"):
            zero = _DEAD.match(code, directive.start, directive.end) is not None
            groups.append((directive.start if zero and not inside else _LIVE, None))
        elif groups and kind.startswith(b"el") and groups[-1][0] != _LIVE:
            groups[-1] = (_LIVE, Span(groups[-1][0], directive.end) if kind == b"else" else None)
        elif groups and kind == b"endif":
            start, branch = groups.pop()
            if branch is not None:
                yield branch
                yield directive
            elif start != _LIVE:
                yield Span(start, directive.end)


def _continue_comments(data: bytes, code: bytearray, bare: bytearray, comments: list[Span]) -> None:
    """A comment of several lines inside a directive does not end it: put a continuation where the comment was."""
    for comment in comments:
        newline = data.find(b"\n", comment.start, comment.end)
        if newline < 0 or data[comment.start + 1] != 0x2A:
            continue
        line = comment.start
        while True:  # back to the start of the logical line
            line = data.rfind(b"\n", 0, line) + 1
            if line < 2 or data[line - 2] != 0x5C:
                break
            line -= 1
        if not bare[line : comment.start].lstrip().startswith(b"#"):
            continue
        while 0 <= newline < comment.end:
            place = newline - 2 if data[newline - 1 : newline] == b"\r" else newline - 1
            if place >= comment.start and data[place] not in b"\r\n":
                code[place] = bare[place] = 0x5C
            newline = data.find(b"\n", newline + 1, comment.end)


def _directives(bare: bytearray) -> Iterator[Span]:
    for match in _DIRECTIVE.finditer(bare):
        start = match.start()
        line = bare.rfind(b"\n", 0, start) + 1
        if not bare[line:start].strip():
            yield Span(line, match.end())
