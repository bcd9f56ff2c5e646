"""Macros that declare a name.

``static DEFINE_X(name, ...);``, ``DECLARE_X(name, ...);`` and ``LIST_HEAD(a), *b;`` become ``int name``: the grammar
would see a call or an expression, and whoever looks for the declaration of ``name`` would not find it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from migrator.source.brackets import BALANCED, occurrences, split_arguments
from migrator.source.heads import BASIC, C_WORD, TYPE_WORD
from migrator.source.lexing import BLANK

_STATIC_USE = re.compile(rb"static\s++(?:const\s++)?([A-Za-z_]\w*+)\s*+(" + BALANCED + rb")\s*+[;=]")
_VALUE_USE = re.compile(rb"\n[ \t]++([A-Z_][A-Z_0-9]*+)\s*+(" + BALANCED + rb")\s*+=\s*+\{")
_TYPE_MACRO = re.compile(rb"\n[ \t]++([A-Z_][A-Z_0-9]{2,}+\s*+" + BALANCED + rb")[ \t]++[A-Za-z_]\w*+\s*+[;=]")
_DECLARING_ARGUMENT = re.compile(
    rb"\n[ \t]++[A-Z_]\w*+[ \t]*+\(\s*+((?:(?:const|unsigned|volatile)\s++)*+(?:struct\s++\w++|"
    + BASIC
    + rb"|[A-Za-z_]\w*_t)[\s*]++\w++(?:\s*+,[\s*]*+\w++|\[[^\]]*+\])*+)(\s*+;?\s*+\))"
)
_DECLARED = re.compile(rb"\s*[A-Za-z_]\w*\s*(?:\[[^\[\]]*\]\s*)*\Z")
_LIST_HEADS = frozenset((b"LIST_HEAD", b"HLIST_HEAD", b"LLIST_HEAD"))
_DECLARATION_END = re.compile(rb"\s*+(" + BALANCED + rb")\s*+[;,=]")
_MORE_DECLARATORS = re.compile(rb"\s*+(" + BALANCED + rb")\s*+(?:,\s*+[\w*]|=[^=])")
_WRAPPED_NAME = re.compile(rb"\buninitialized_var\s*+\(\s*+(\w++)\s*+\)")
_TRAILING_WORD = re.compile(
    rb"\n[ \t]++(?:static\s++)?(?:(?:struct|union|enum)\s++)?([A-Za-z_]\w*+)[\s*]++([A-Za-z_]\w*+)"
    rb"(?:\[[^\]\n]*+\])*+[ \t]++(__\w++|[A-Z][A-Z_0-9]{3,}+)\s*+(?=;|=[^=])"
)


def mask_declarations(bare: bytearray, words: Iterable[bytes]) -> None:
    """Macros that declare a name, where the grammar would see something else: ``DECLARE_X(name, ...)`` and friends."""
    if b"uninitialized_var" in bare:
        for match in _WRAPPED_NAME.finditer(bare):
            first, last = match.span(1)
            bare[match.start() : first] = b" " * (first - match.start())
            bare[last : match.end()] = b" " * (match.end() - last)
    _mask_uses(bare, _STATIC_USE.finditer(bare))
    for word in words:
        if word.startswith(b"DECLARE_"):
            shape = _DECLARATION_END
        elif word.startswith(b"DEFINE_") or word in _LIST_HEADS:
            shape = _MORE_DECLARATORS
        else:
            continue
        for start, end in occurrences(bare, word):
            use = shape.match(bare, end)
            if use is not None:
                _declare(bare, start, *use.span(1))


def mask_rare_declarations(bare: bytearray) -> None:
    """``X(name, ...) = {`` and ``type name SOME_ATTRIBUTE;``."""
    for match in _TRAILING_WORD.finditer(bare):
        if C_WORD.match(match[2]) is None and (C_WORD.match(match[1]) is None or TYPE_WORD.match(match[1])):
            bare[match.start(3) : match.end(3)] = b" " * len(match[3])
    _mask_uses(bare, _VALUE_USE.finditer(bare))
    for match in _TYPE_MACRO.finditer(bare):
        start, end = match.span(1)
        bare[start:end] = match[1].translate(BLANK)
        bare[start : start + 3] = b"int"
    for match in _DECLARING_ARGUMENT.finditer(bare):
        first, last = match.span(1)
        bare[match.start() + 1 : first] = bytes(bare[match.start() + 1 : first]).translate(BLANK)
        bare[last : match.end(2)] = bytes(bare[last : match.end(2)]).translate(BLANK)
        if bare[match.end(2)] != 0x3B:
            bare[match.end(2) - 1] = 0x3B


def _mask_uses(bare: bytearray, matches: Iterable[re.Match[bytes]]) -> None:
    for match in matches:
        if match[1] not in (b"void", b"struct"):
            _declare(bare, match.start(1), *match.span(2))


def _declare(bare: bytearray, start: int, opening: int, end: int) -> None:
    """The macro use at ``start`` to ``int name``, for its first argument that is a mere name."""
    parts = split_arguments(bare, opening, end)
    if b"PER_CPU" in bare[start:opening]:
        parts.reverse()
    named = next((part for part in parts if _DECLARED.match(bytes(bare[part[0] : part[1]]))), None)
    if named is None or opening - start < 4:
        return
    name = bytes(bare[named[0] : named[1]])
    bare[start:end] = bare[start:end].translate(BLANK)
    bare[start : start + 3] = b"int"
    bare[named[0] : named[1]] = name
