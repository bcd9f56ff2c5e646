"""Macros that stand where a statement stands: loop heads, and calls without a semicolon.

A name in the dialect's list of iterators is a loop head wherever it is called. Any other ``name(...)`` that begins a
line and is followed by ``{``, or by a deeper indented statement, is one by its shape; followed by a statement that is
not deeper it is a complete statement whose semicolon the macro brings along. A loop head becomes ``while``: zero or
more runs of its body, which is what the flow graph needs to know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from migrator.source.brackets import BALANCED, last_byte, occurrences, skip_blanks
from migrator.source.lexing import BLANK

_KEYWORD = rb"(?:if|while|for|switch|return|sizeof|do|else|case|typeof|__typeof__|asm|__asm__|goto)\b"

# Few lines begin with a word and a parenthesis, so that comes before the keywords.
_HEAD = re.compile(
    rb"\n([ \t;]++)(?=\w++[ \t]*+\()(?!" + _KEYWORD + rb")([A-Za-z_]\w*+)[ \t]*+(" + BALANCED + rb")[ \t\r]*+"
    rb"(?:(\{)|(?=\n\s*+([^\s;,)=&|?:.+*/%<>^\]-])))"
)
_HEAD_SHAPE = re.compile(rb"\s*+(" + BALANCED + rb")(?:\s*+[{A-Za-z_]|[ \t\r]*+\n\s*+(?:\+\+|--|\*|\())")
_LONE_WORD = re.compile(rb"\n([ \t]++)([A-Z_][A-Z_0-9]{3,}+)[ \t\r]*+(?=\n\s*+([A-Za-z}]))")
_BEHIND_BRACE = re.compile(rb"\}\s*+(?!" + _KEYWORD + rb")([A-Za-z_]\w*+)[ \t]*+" + BALANCED + rb"\s*+(?=[\w}])")
_DO_BEFORE = re.compile(rb"\bdo\s*\Z")
_WHILE_EACH = re.compile(rb"\}\s*(while_each_\w+)\s*\(")
_ELSE_BEFORE = re.compile(rb"\b(?:else|do)\s*\Z")
_COLON_AT_END = re.compile(rb":\s*+\}")


def mask_known_iterator(bare: bytearray, word: bytes, iterators: dict[int, bytes]) -> None:
    """``word(...)`` to ``while(...)``, unless it begins a line (a definition) or is a member."""
    if len(word) < 5:
        return
    for start, end in occurrences(bare, word):
        if start == 0 or bare[start - 1] in b"\n.>*&":
            continue
        opening = skip_blanks(bare, end)
        if opening < len(bare) and bare[opening] == 0x28 and statement_may_begin(bare, start):
            _write_while(bare, start, opening, word, iterators)


def mask_named_iterators(bare: bytearray, words: Iterable[bytes], iterators: dict[int, bytes]) -> None:
    """Words that are called for_each or foreach but stand in no list: loop heads where a body follows."""
    for word in words:
        for start, end in occurrences(bare, word):
            if start == 0 or bare[start - 1] in b"\n.>*&" or not statement_may_begin(bare, start):
                continue
            match = _HEAD_SHAPE.match(bare, end)
            if match is not None:
                _write_while(bare, start, match.start(1), word, iterators)


def statement_may_begin(bare: bytearray, offset: int) -> bool:
    """Whether what stands before ``offset`` lets a statement begin there."""
    if last_byte(bare, offset) in b";{}):":
        return True
    return _ELSE_BEFORE.search(bytes(bare[max(0, offset - 80) : offset])) is not None


def _write_while(bare: bytearray, start: int, opening: int, word: bytes, iterators: dict[int, bytes]) -> None:
    bare[start:opening] = bare[start:opening].translate(BLANK)
    bare[start : start + 5] = b"while"
    iterators[start] = word
    inner = skip_blanks(bare, opening + 1)
    if inner < len(bare) and bare[inner] == 0x29 and opening > start + 5:
        bare[opening - 1 : opening + 1] = b"(1"


def mask_statement_macros(bare: bytearray, iterators: dict[int, bytes]) -> None:
    """Loop heads and calls without a semicolon, by their shape; labels at the end of a block get a statement."""
    for match in _HEAD.finditer(bare):
        start, end = match.span(2)
        if not statement_may_begin(bare, start) or _in_initialiser(bare, start):
            continue
        if match[4] is not None or match[5] == b"{" or _deeper(match[1], bare, match.start(5)):
            if end - start >= 5 and (match[4] or match[5] not in b"}\"'"):
                _write_while(bare, start, match.start(3), match[2], iterators)
        elif bare[match.end(3)] in b" \t":
            bare[match.end(3)] = 0x3B
        else:
            _semicolon_before(bare, match.start(5))
    for match in _LONE_WORD.finditer(bare):
        if last_byte(bare, match.start()) not in b";{}" or _in_initialiser(bare, match.start()):
            continue
        if _deeper(match[1], bare, match.start(3)):  # what it heads is unknown: no statement may be read from it
            bare[match.start(2)] = 0x40
        elif bare[match.start(3) - 1] in b" \t":
            bare[match.start(3) - 1] = 0x3B
        else:
            bare[match.end(2) - 1] = 0x3B
    for match in _BEHIND_BRACE.finditer(bare):
        _semicolon_before(bare, match.end())
    if b"while_each_" in bare:
        for match in _WHILE_EACH.finditer(bare):
            if _block_of_do(bare, match.start()):
                start, end = match.span(1)
                bare[start:end] = b"while".ljust(end - start)
    for match in _COLON_AT_END.finditer(bare):
        if bytes(bare[max(0, match.start() - 1) : match.start()]).isalnum() or bare[match.start() - 1] in b"_)'":
            _semicolon_before(bare, match.end() - 1)


def _in_initialiser(bare: bytearray, offset: int) -> bool:
    """Whether ``offset`` is right behind the brace of an initialiser."""
    if last_byte(bare, offset) != 0x7B:
        return False
    return last_byte(bare, bare.rfind(b"{", 0, offset)) in b"=,("


def _semicolon_before(bare: bytearray, place: int) -> None:
    """A semicolon in the blank before ``place``, where there is one on that line."""
    if bare[place - 1] in b" \t":
        bare[place - 1] = 0x3B


def _deeper(indentation: bytes, bare: bytearray, place: int) -> bool:
    line = bare.rfind(b"\n", 0, place) + 1
    return len(bytes(bare[line:place]).expandtabs(8)) > len(indentation.replace(b";", b"\t").expandtabs(8))


def _block_of_do(bare: bytearray, close: int) -> bool:
    """Whether the block that the brace at ``close`` ends was opened by ``do {``."""
    depth = 0
    for place in range(close, -1, -1):
        byte = bare[place]
        if byte == 0x7D:
            depth += 1
        elif byte == 0x7B:
            depth -= 1
            if depth == 0:
                return _DO_BEFORE.search(bytes(bare[max(0, place - 40) : place])) is not None
    return False
