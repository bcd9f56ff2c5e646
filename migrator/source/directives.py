"""What the grammar gets to see of preprocessor directives.

Conditions stay where they stand around whole statements, and so do definitions; inside an expression or an initialiser
the grammar allows neither. Includes and the rest mean nothing to it and are not shown.
"""

from __future__ import annotations

import re

from migrator.source.brackets import last_byte
from migrator.source.conditionals import CONDITION

_DEFINE = re.compile(rb"\s*#\s*define\b")
_NAMED_VARIADIC = re.compile(rb"(\A\s*#\s*define\s+\w+\([^()]*?)(\w+)(\s*\.\.\.\s*\))")
_LABEL_BEFORE = re.compile(rb"(?:^|[;{}])\s*(?!default\b)[A-Za-z_]\w*\s*:\s*\Z", re.MULTILINE)


def masked_directive(bare: bytearray, start: int, text: bytes, before: int) -> bytes | None:
    """What to show of the directive ``text`` at ``start``, of the same length; None for nothing of it.

    ``bare`` still has blanks in place of all directives; ``before`` is the last byte before that is not one. A
    condition behind a label gets an empty statement in front, for which ``#ifdef X`` becomes ``;#if   X``; in
    ``#if NAME`` the first letter of the name gives way (the original has the condition's text).
    """
    behind_label = before == 0x3A and _LABEL_BEFORE.search(bytes(bare[max(0, start - 200) : start])) is not None
    if CONDITION.match(text) is not None:
        return _with_statement(text) if behind_label else text
    if before not in b";{}:" or behind_label or _DEFINE.match(text) is None:
        return None
    if before == 0x7B and last_byte(bare, bare.rfind(b"{", 0, start)) in b"=,(":
        return None
    named = _NAMED_VARIADIC.match(text)
    return text if named is None else text[: named.start(2)] + b" " * len(named[2]) + text[named.end(2) :]


def _with_statement(text: bytes) -> bytes:
    size = len(text)
    if not text.startswith(b"#"):
        place = text.index(b"#")
        return text[: place - 1] + b";" + text[place:]
    if text.startswith(b"#ifdef "):
        return b";#if  " + text[6:]
    if text.startswith(b"#ifndef "):
        name = text[8:].lstrip()
        return b";#if " + b"!".rjust(size - len(name) - 5) + name
    if text.startswith(b"#if "):
        condition = text[4:].lstrip()
        if condition[:1].isalpha() or condition[:1] == b"_":
            return b";#if " + condition[1:].rjust(size - 5)
        return b";#if" + text[4:]
    return text
