"""Shapes inside expressions that only the preprocessor makes into C.

Strings joined with macros that stand for strings, names that begin with a digit and operators passed to macros that
paste or compare them, statements ended inside a macro's argument, ``case A ... B:``. All replacements keep every
identifier that is evaluated, and no expression ever stands for a jump.
"""

from __future__ import annotations

import re

from migrator.source.brackets import BALANCED, balanced_end, skip_blanks, split_arguments
from migrator.source.lexing import BLANK

_LEVEL = re.compile(rb"KERN_[A-Z]+\s++(?=[A-Za-z_])")
_TWO_WORDS = re.compile(rb"[(,\"]\s*+([A-Za-z_]\w*+)\s++(?=[A-Za-z_]\w*+\s*+\")")
_CALL_BEHIND_STRING = re.compile(rb"\"\s*+([A-Za-z_]\w*+\s*+" + BALANCED + rb")")
_CALL_BEFORE_STRING = re.compile(rb"\)\s*+\"")
_CALLEE = re.compile(rb"(?:[(,\"=?:{]|\breturn)\s*([A-Za-z_]\w*)\s*\Z")
_PASTED_NUMBER = re.compile(rb"(?<![\w.])(?:\d\w*?[G-KM-TV-WYZg-km-oq-tv-wyz_]|[1-9]\d*+[xX])\w*+")
_OPERATOR_ARGUMENT = re.compile(rb",(\s*+)([=!<>]=|<<|>>|&&|\|\||[-+*/%<>&|^]=?|=)(?=\s*+[,)])")
_DESIGNATED_ARGUMENT = re.compile(rb"(\w)\s*+(\()\s*+\.\w++\s*+=")
_DESIGNATOR = re.compile(rb"\s*\.\w+(?:\.\w+|\[\w*\])*\s*=(?!=)")
_EMPTY_ARGUMENT = re.compile(rb"([(,])(\s*+)(?=[,)])")
_TWO_CONSTANTS = re.compile(rb"[(,]\s*+([A-Z_][A-Z_0-9]++)\s++(?=[A-Z_][A-Z_0-9]++\s*+[,)])")
_PRINTK = re.compile(rb"printk\s*+\(\s*+([A-Z_]\w*+)\s++(?=[A-Za-z_]\w*+\s*+[,)])")
_UNIT = re.compile(rb"(?<!\w)\d++[ \t]++([A-Z_]{2,}+)\b")
_STATEMENT_ARGUMENT = re.compile(rb";(?=\s*+\))")
_JUMP = re.compile(rb"\b(?:return|goto|break|continue|if|for|while|do|switch)\b")
_JUMP_ARGUMENT = re.compile(rb"[(,]\s*+((?:return|goto|break|continue|if|for|while|do|switch|else)\b)")
_END_OF_CALL = re.compile(rb"\s*+;")
_ELSE_BEHIND = re.compile(rb"\s*+;\s*+else\b")
_LINE_CALL = re.compile(rb"[;{}:\n]\s*([A-Za-z_]\w*)[ \t]*\Z")
_ELLIPSIS_TAIL = re.compile(rb"\s*+[^)\s]")
_NON_WORD = re.compile(rb"\W")
_LAST_LINE_WORD = re.compile(rb"([A-Za-z_][^\n]*)(?:\n[^\nA-Za-z_]*)*\Z")
_KEYWORDS = frozenset(b"return else case goto sizeof do const static struct union enum extern inline".split())


def mask_common_expressions(bare: bytearray) -> None:
    """``printk(KERN_INFO x)``, ``A ... B``, jumps in arguments."""
    if b"KERN_" in bare:
        for match in _LEVEL.finditer(bare):
            bare[match.start() : match.end()] = match[0].translate(BLANK)
    place = bare.find(b"...")
    while place >= 0:
        before = bytes(bare[max(0, place - 64) : place]).rstrip()
        if _ELLIPSIS_TAIL.match(bare, place + 3) and before[-1:] not in (b",", b"(", b""):
            bare[place : place + 3] = b" | "
        place = bare.find(b"...", place + 3)
    _mask_jumps(bare)


def mask_rare_expressions(bare: bytearray) -> None:
    """Everything else of the module, in place."""
    _mask_strings(bare)
    for match in _PASTED_NUMBER.finditer(bare):
        bare[match.start()] = 0x5F
    for match in _UNIT.finditer(bare):
        bare[match.start(1) : match.end(1)] = b" " * len(match[1])
    for match in _OPERATOR_ARGUMENT.finditer(bare):
        bare[match.start(2) : match.end(2)] = b"0".ljust(len(match[2]))
    _mask_designators(bare)
    _mask_empty_arguments(bare)
    _mask_statement_arguments(bare)


def _mask_designators(bare: bytearray) -> None:
    """``MACRO(.field = x)`` to ``MACRO(         x)``."""
    for match in _DESIGNATED_ARGUMENT.finditer(bare):
        end = balanced_end(bare, match.start(2))
        parts = split_arguments(bare, match.start(2), end) if end is not None else []
        for start, stop in parts:
            designator = _DESIGNATOR.match(bare, start, stop)
            if designator is not None:
                bare[start : designator.end()] = designator[0].translate(BLANK)


def _mask_empty_arguments(bare: bytearray) -> None:
    """``f(a, , b)`` to ``f(a,0, b)``; ``f(a,,b)`` to ``f(a ,b)``."""
    for match in _EMPTY_ARGUMENT.finditer(bare):
        start = match.start()
        follows = bare[match.end()]
        if bare[start] == 0x28 and follows == 0x29:
            continue
        place = next((i for i in range(match.start(2), match.end(2)) if bare[i] in b" \t"), -1)
        if place >= 0:
            bare[place] = 0x30
        elif bare[start] == 0x2C:
            bare[start] = 0x20
        else:
            bare[match.end()] = 0x20


def _mask_statement_arguments(bare: bytearray) -> None:
    """``ASSERT(x, dump(y);)`` to ``ASSERT(x, dump(y) )``, where no argument jumps."""
    for match in _STATEMENT_ARGUMENT.finditer(bare):
        opening = _opening(bare, match.start())
        if opening is None or _JUMP.search(bare, opening, match.start()):
            continue
        before = bytes(bare[max(0, opening - 40) : opening]).rstrip()
        if (before[-1:].isalnum() or before[-1:] == b"_") and not re.search(rb"\bfor\Z", before):
            close = skip_blanks(bare, match.end())
            if bytes(bare[close + 1 : skip_blanks(bare, close + 1) + 1]).strip() in (b";", b",", b")"):
                bare[match.start()] = 0x20
            else:  # the macro has no semicolon of its own
                bare[match.start()], bare[close] = 0x29, 0x3B
            inner = bytes(bare[opening + 1 : match.start()])
            if b";" in inner and b"{" not in inner:
                bare[opening + 1 : match.start()] = inner.replace(b";", b",")


def _mask_jumps(bare: bytearray) -> None:
    """Jumps among the arguments of a macro.

    ``CHECK(x, "text", return e);`` becomes ``if(CK(x, "text"))return e;``: the macro decides, and either may happen.
    Any other is made an error, for the grammar takes some of them for expressions: the function stays unparsed.
    """
    for match in _JUMP_ARGUMENT.finditer(bare):
        opening = _opening(bare, match.start(1))
        if opening is not None and not _write_branch(bare, match.start(), match.start(1), opening):
            bare[match.start(1)] = 0x40


def _write_branch(bare: bytearray, comma: int, jump: int, opening: int) -> bool:
    close = balanced_end(bare, opening)
    name = _LINE_CALL.search(bytes(bare[max(0, opening - 80) : opening]))
    if close is None or name is None or len(name[1]) < 4 or bare[comma] != 0x2C or bare[jump - 1] not in b" \t":
        return False
    inside = bytes(bare[jump : close - 1]).rstrip()
    if not inside.startswith((b"return", b"goto")) or b";" in bare[opening:comma] + inside[:-1]:
        return False
    if len(split_arguments(bare, jump - 1, close)) > 1:
        return False
    if _END_OF_CALL.match(bare, close) is None or _ELSE_BEHIND.match(bare, close):  # it would get the else of another
        return False
    start = opening - len(name[0]) + name.start(1) - name.start()
    bare[start : start + 3] = b"if("
    bare[comma] = bare[jump - 1] = 0x29
    if inside.endswith(b";"):
        bare[jump + len(inside) - 1] = 0x20
    bare[close - 1] = 0x20
    return True


def _mask_strings(bare: bytearray) -> None:
    for match in _TWO_WORDS.finditer(bare):
        if match[1] not in _KEYWORDS:
            bare[match.start(1) : match.end(1)] = b" " * len(match[1])
    for pattern in (_TWO_CONSTANTS, _PRINTK):
        for match in pattern.finditer(bare):
            bare[match.start(1) : match.end(1)] = b" " * len(match[1])
    for match in _CALL_BEHIND_STRING.finditer(bare):
        write_identifier(bare, match.start(1), match.end(1))
    for match in _CALL_BEFORE_STRING.finditer(bare):
        opening = _opening(bare, match.start())
        if opening is None:
            continue
        callee = _CALLEE.search(bytes(bare[max(0, opening - 80) : opening]))
        if callee is not None and callee[1] not in _KEYWORDS:
            write_identifier(bare, opening - len(callee[0]) + callee.start(1) - callee.start(), match.start() + 1)


def _opening(bare: bytearray, close: int) -> int | None:
    """The parenthesis that encloses offset ``close``, within one statement."""
    depth = 0
    place = close
    while place > 0:
        place -= 1
        byte = bare[place]
        if byte == 0x29:
            depth += 1
        elif byte == 0x28:
            if depth == 0:
                return place
            depth -= 1
        elif close - place > 4000:
            return None
    return None


def write_identifier(bare: bytearray, start: int, end: int) -> None:
    """One identifier over ``start`` .. ``end``; where the text spans lines, over its last line that holds a word."""
    text = bytes(bare[start:end])
    if b"\n" in text:
        word_start = _LAST_LINE_WORD.search(text)
        if word_start is None:
            return
        bare[start:end] = text.translate(BLANK)
        start, text = start + word_start.start(1), word_start[1].rstrip()
    word = _NON_WORD.sub(b"_", text)
    if b"_" not in word or word.endswith(b"_t"):
        word = word[:-1] + b"_"
    bare[start : start + len(word)] = word
