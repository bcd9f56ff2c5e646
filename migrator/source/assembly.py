"""Inline assembly: the grammar wants plain strings where the kernel has macros that expand to strings.

The template keeps its literals and loses the macros between them; an operand keeps its expression and gets a literal
for a constraint that is a macro; clobbers that are macros go. An operand whose expression is hidden in a macro's
arguments is left as it is. ``register int r asm("r0") = x`` loses the register.
"""

from __future__ import annotations

import re
from itertools import pairwise

from migrator.source.brackets import balanced_end, last_byte, skip_blanks, split_arguments
from migrator.source.lexing import BLANK

_ASM = re.compile(rb"\b(?:__asm__|__asm|asm_volatile_goto|asm_goto_output|asm_goto|asm_inline|asm)\b")
_PLAIN_WORDS = {
    b"asm_volatile_goto": b"asm volatile goto",
    b"asm_goto_output": b"asm goto",
    b"asm_goto": b"asm goto",
    b"asm_inline": b"asm inline",
}
_QUALIFIER = re.compile(rb"\s*+\b(__volatile__|__volatile|volatile|goto|inline|__inline__|__inline)\b")
_SECTION = re.compile(rb"[()\[\]{}:?]")
_LITERAL = re.compile(rb"\"[^\"]*\"")
_PLAIN = re.compile(rb"(?:[\s\"]|[a-z]+)*+\Z")
_OPERAND = re.compile(rb"\s*+(?:\[\s*\w+\s*\]\s*+)?(?:\"[^\"]*\"\s*+)\(")
_NAME = re.compile(rb"\s*+\[\s*\w+\s*\]")


def mask_assembly(bare: bytearray) -> None:
    """All ``asm`` statements and register declarations, in place."""
    for match in _ASM.finditer(bare):
        start, place = match.span()
        word = match[0]
        plain = _PLAIN_WORDS.get(word, word)
        while (qualifier := _QUALIFIER.match(bare, place)) is not None:
            if qualifier[1] in (b"__volatile", b"__inline"):
                bare[qualifier.start(1) : qualifier.end(1)] = b" " * len(qualifier[1])
            place = qualifier.end()
        opening = skip_blanks(bare, place)
        if opening >= len(bare) or bare[opening] != 0x28:
            continue
        end = balanced_end(bare, opening)
        if end is None:
            continue
        if last_byte(bare, start) not in b";{}):" and _PLAIN.match(bytes(bare[opening + 1 : end - 1])):
            follows = skip_blanks(bare, end)
            if follows < len(bare) and bare[follows] in b";=,":
                bare[start:end] = bytes(bare[start:end]).translate(BLANK)
                continue
        bare[start : match.end()] = plain.ljust(len(word))
        _mask_sections(bare, opening, end)


def _mask_sections(bare: bytearray, opening: int, end: int) -> None:
    sections: list[tuple[int, int]] = []
    depth = conditional = 0
    start = opening + 1
    for match in _SECTION.finditer(bare, start, end - 1):
        byte = match[0]
        if byte in b"([{":
            depth += 1
        elif byte in b")]}":
            depth -= 1
        elif depth == 0 and byte == b"?":
            conditional += 1
        elif depth == 0 and conditional:
            conditional -= 1
        elif depth == 0:
            sections.append((start, match.start()))
            start = match.end()
    sections.append((start, end - 1))
    _mask_template(bare, *sections[0])
    for section in sections[1:3]:
        if bare[section[0] : section[1]].strip():
            for operand in reversed(split_arguments(bare, section[0] - 1, section[1] + 1)):
                _mask_operand(bare, *operand)
    if len(sections) > 3:
        _mask_clobbers(bare, *sections[3])


def _mask_template(bare: bytearray, start: int, end: int) -> None:
    text = bytes(bare[start:end])
    if b'"' in text and not _LITERAL.sub(b"", text).strip():
        return
    masked = bytearray(text.translate(BLANK))
    literals = list(_LITERAL.finditer(text))
    for literal in literals:
        masked[literal.start() : literal.end()] = literal[0]
    if not literals:
        first = next((i for i in range(len(text) - 1) if b"\n" not in text[i : i + 2]), None)
        if first is None:
            return
        masked[first : first + 2] = b'""'
    bare[start:end] = masked


def _mask_operand(bare: bytearray, start: int, end: int) -> None:
    text = bytes(bare[start:end])
    if not text.strip():
        return
    match = _OPERAND.match(text)
    if match is not None:
        close = balanced_end(text, match.end() - 1)
        if close is not None and not text[close:].strip():
            return
    opening = _last_group(text)
    if opening is None:
        stripped = text.strip()
        if stripped.replace(b"_", b"a").isalnum():
            bare[start:end] = text.translate(BLANK)
            if bare[end] == 0x2C:
                bare[end] = 0x20
            elif bare[start - 1] == 0x2C:
                bare[start - 1] = 0x20
        return
    if b'"' in text[opening:]:
        return
    name = _NAME.match(text)
    first = name.end() if name else 0
    constraint = text[first:opening]
    literal = _LITERAL.search(constraint)
    masked = bytearray(constraint.translate(BLANK))
    if literal is not None:
        masked[literal.start() : literal.end()] = literal[0]
    else:
        place = next((i for i in range(len(constraint) - 1) if b"\n" not in constraint[i : i + 2]), -1)
        if place < 0:
            return
        masked[place : place + 2] = b'""'
    bare[start + first : start + opening] = masked
    if literal is None:  # what the macro takes are several values: one expression
        bare[start + opening : end] = text[opening:].replace(b",", b"|")


def _last_group(text: bytes) -> int | None:
    """Where the parenthesis opens that closes at the end of ``text``."""
    stripped = text.rstrip()
    if not stripped.endswith(b")"):
        return None
    depth = 0
    for place in range(len(stripped) - 1, -1, -1):
        if stripped[place] == 0x29:
            depth += 1
        elif stripped[place] == 0x28:
            depth -= 1
            if depth == 0:
                return place
    return None


def _mask_clobbers(bare: bytearray, start: int, end: int) -> None:
    text = bytes(bare[start:end])
    literals = list(_LITERAL.finditer(text))
    rest = _LITERAL.sub(b"", text).translate(None, b", \t\r\n")
    if not rest and all(b"," in text[a.end() : b.start()] for a, b in pairwise(literals)):
        return
    masked = bytearray(text.translate(BLANK))
    for index, literal in enumerate(literals):
        masked[literal.start() : literal.end()] = literal[0]
        if index:
            comma = text.find(b",", literals[index - 1].end(), literal.start())
            if comma >= 0:
                masked[comma] = 0x2C
            else:
                masked[literal.start() : literal.end()] = b" " * len(literal[0])
    bare[start:end] = masked
