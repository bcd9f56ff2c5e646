"""Types where the grammar wants expressions: macro arguments, ``typeof``, ``offsetof``.

A type in a macro argument (``container_of(p, struct s, m)``, ``min_t(int, a, b)``, ``va_arg(ap, char *)``) becomes one
identifier. The same shape in a prototype becomes an identifier too, which does no harm: a type name is one.
"""

from __future__ import annotations

import re

from migrator.source.brackets import BALANCED
from migrator.source.expressions import write_identifier
from migrator.source.lexing import BLANK

_PRIMITIVE = (
    rb"(?:unsigned|signed|__signed__|int|char|long|short|void|float|double|_Bool|bool|s?size_t|ptrdiff_t|u?intptr_t"
    rb"|u?int(?:8|16|32|64)_t)\b"
)
_TYPE_ARGUMENT = re.compile(
    rb"[(,]\s*+((?:const|volatile)\s++[A-Za-z_]\w*+(?:\s*+\*)*+(?=\s*+[,)])|"
    rb"(?:(?:const|volatile)\s++)*+(?:(?:struct|union|enum)\s++\w++"
    rb"|" + _PRIMITIVE + rb"(?:\s++" + _PRIMITIVE + rb")*+|[A-Za-z_]\w*+(?=\s*+\*[\s*]*+[,)]))"
    rb"(?:\s++(?:const|volatile)\b)*+(?:\s*+\*(?:\s*+(?:const|volatile)\b)*+)*+)(?=\s*+[,)])"
)
_NOT_A_CALL = frozenset(
    b"sizeof typeof __typeof__ __typeof alignof __alignof__ _Alignof __alignof return if while for switch case else "
    b"do goto void int char long unsigned".split()
)
_WORD_BEFORE = re.compile(rb"(\w+)\s*\Z")
_TYPEOF = re.compile(rb"\b(?:typeof|__typeof__|__typeof|typeof_member|typeof_unqual|__typeof_unqual__)\s*+" + BALANCED)
_ALIGNOF = re.compile(rb"\b(?:__alignof__|__alignof|_Alignof|alignof)\b")
_OFFSETOF = re.compile(rb"\boffsetof\s*+(" + BALANCED + rb")")


def mask_types(bare: bytearray) -> None:
    """``typeof(...)`` to ``int``, types in macro arguments to identifiers."""
    if b"typeof" in bare:
        for match in _TYPEOF.finditer(bare):
            start, end = match.span()
            bare[start:end] = bare[start:end].translate(BLANK)
            bare[start : start + 3] = b"int"
    if b"alignof" in bare:  # the grammar's own takes no expression
        for match in _ALIGNOF.finditer(bare):
            bare[match.start() : match.end()] = b"sizeof".ljust(len(match[0]))
    if b"offsetof" in bare:  # the grammar's own takes neither a.b nor a[i]
        for match in _OFFSETOF.finditer(bare):
            if b"." in match[1] or b"[" in match[1]:
                bare[match.start()] = 0x4F
    for match in _TYPE_ARGUMENT.finditer(bare):
        start, end = match.span(1)
        if bare[match.start()] == 0x28:
            before = _WORD_BEFORE.search(bytes(bare[max(0, match.start() - 60) : match.start()]))
            if before is None or before[1] in _NOT_A_CALL:
                continue
            if bare[start:end] == b"void" and bare[match.end()] == 0x29:
                continue
        write_identifier(bare, start, end)
