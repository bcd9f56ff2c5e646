"""Macros outside functions: those that define a function, and those that merely declare.

``SYSCALL_DEFINE3(read, unsigned int, fd, ...) {`` becomes ``void read(unsigned int  fd, ...) {`` in the masked text,
and its name is noted. A declarative macro without a semicolon (``EXPORT_SYMBOL(x)``, ``module_init(f)``) is blanked:
it would be taken for the type of what follows.
"""

from __future__ import annotations

import re

from migrator.source.brackets import BALANCED, last_byte, line_matches, split_arguments
from migrator.source.lexing import BLANK, Span
from migrator.source.tables import FUNCTION_MACROS

_USE = re.compile(
    rb"\n[ \t]*+(?:(?:static|inline|extern|[A-Z][A-Z_]*+)[ \t]+)*+([A-Za-z_]\w*+)[ \t]*+("
    + BALANCED
    + rb")(?=(\s*+)(\{|[^\s;,=(\[{:]|\Z))"
)
_IDENTIFIER = re.compile(rb"\s*([A-Za-z_]\w*)\s*\Z")
_PARAMETER = re.compile(rb"\s*(?:[A-Za-z_]\w*[\s*]+)+[A-Za-z_]\w*\s*(?:\[\s*\w*\s*\])?\s*\Z")
_PARAMETERS = re.compile(rb"\((?:\s*[A-Za-z_]\w*(?:[\s*]+[A-Za-z_]\w*|\s*\*)+\s*[,)])+\Z")
_PAIRS = re.compile(rb"\A\w*SYSCALL\w*_DEFINE\d\Z|\A\w*BPF_CALL_\d\Z")
_ENDING_LINE = re.compile(rb"\n[A-Z][A-Z_0-9]*+[ \t\r]*+(?=\n)")
_DESIGNATOR = re.compile(rb"\s*+\.\w")
_NOT_MACROS = frozenset(b"if while for switch return else do sizeof typeof".split())


def mask_top_level(bare: bytearray, code: bytes) -> tuple[dict[int, bytes], tuple[Span, ...]]:
    """Mask in place; the offset of each definition made with the name of its function, and what was blanked."""
    names: dict[int, bytes] = {}
    blanked: list[Span] = []
    for match in line_matches(_USE, bare):
        start = match.start() + (bare[match.start()] == 0x0A)
        if code[start] in b" \t":
            continue
        word = match[1]
        if word in _NOT_MACROS or last_byte(bare, match.start()) not in b";}":
            continue
        if match[4] == b"{" and _DESIGNATOR.match(bare, match.end(4)):
            if _mask_initialiser(bare, start, match.start(2), match.end(2)):
                blanked.append(Span(start, match.end(2)))
        elif match[4] == b"{":
            _mask_definition(bare, start, word, match.start(2), match.end(2), names)
        elif match[4] == b".":
            ending = _ENDING_LINE.search(bare, match.end(2))
            if ending is not None:
                bare[start : ending.end()] = bytes(bare[start : ending.end()]).translate(BLANK)
        elif b"\n" in match[3] or not match[4]:
            bare[start : match.end(2)] = bare[start : match.end(2)].translate(BLANK)
            blanked.append(Span(start, match.end(2)))
    return names, tuple(blanked)


def _mask_initialiser(bare: bytearray, start: int, opening: int, end: int) -> bool:
    """``define_machine(name) { .field = ...`` to ``int name = { ...``."""
    identifier = _IDENTIFIER.match(bytes(bare[opening + 1 : end - 1]))
    if identifier is None or opening - start < 4:
        return False
    bare[start : opening + 1] = bytes(bare[start : opening + 1]).translate(BLANK)
    bare[start : start + 3] = b"int"
    bare[end - 1] = 0x3D
    return True


def _mask_definition(bare: bytearray, start: int, word: bytes, opening: int, end: int, names: dict[int, bytes]) -> None:
    head = bytes(bare[start:opening]).rstrip()
    if len(head) >= 5 and head == word and _PARAMETERS.match(bytes(bare[opening:end])):
        bare[start : start + 4] = b"int "  # no macro: a function without a type
        names[start] = word
        return
    parts = split_arguments(bare, opening, end)
    which, prefix = _naming(word)
    chosen = parts[min(which, len(parts) - 1)]
    identifier = _IDENTIFIER.match(bytes(bare[chosen[0] : chosen[1]]))
    if identifier is None or opening - start < 3:
        return
    name_start = chosen[0] + identifier.start(1)
    name_end = chosen[0] + identifier.end(1)
    kept: list[tuple[int, int]] = []
    if _PAIRS.match(word) and len(parts) % 2 == 1:
        kept = [(parts[i][0], parts[i + 1][1]) for i in range(1, len(parts), 2)]
    else:
        kept = [part for part in parts[which + 1 :] if _PARAMETER.match(bytes(bare[part[0] : part[1]]))]
    original = bytes(bare[start:end])
    text = bytearray(original.translate(BLANK))
    text[0:4] = b"void" if opening - start >= 4 else b"int "
    if name_end >= end - 1:
        name_end = end - 2
    text[name_start - start : name_end - start] = original[name_start - start : name_end - start]
    text[name_end - start] = 0x28
    text[-1] = 0x29
    for index, (first, last) in enumerate(kept):
        text[first - start : last - start] = original[first - start : last - start]
        if index:
            text[first - 1 - start] = 0x2C
    if _PAIRS.match(word):
        for comma in (parts[i][1] for i in range(1, len(parts) - 1, 2)):
            text[comma - start] = 0x20
    bare[start:end] = text
    names[start] = prefix + identifier[1]


def _naming(word: bytes) -> tuple[int, bytes]:
    """Which argument names the function that macro ``word`` defines, and what comes before the name."""
    known = FUNCTION_MACROS.get(word)
    if known is not None:
        return known
    if _PAIRS.match(word) and b"SYSCALL" in word:
        return 0, b"compat_sys_" if b"COMPAT" in word else b"sys_"
    return 0, b""
