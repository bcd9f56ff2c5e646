"""The heads of functions: words that are neither type nor name, in no table.

``STATIC int f(``, ``foo_t some_attribute f(``, ``) some_attribute {``: where a definition begins with one identifier
too many, one of them annotates. Which one follows from what the others look like; control flow does not depend on it.
"""

from __future__ import annotations

import re

from migrator.source.brackets import last_byte, line_matches

_INLINE = rb"static|inline|__inline__|__inline|extern"
_TYPES = rb"int|void|char|long|short|float|double|bool|unsigned|signed|s?size_t|u?int\d+_t"
BASIC = rb"(?:" + _INLINE + rb"|__forceinline|__thread|struct|union|enum|" + _TYPES + rb")"
"""What the grammar itself knows as the beginning of a declaration."""

_NEITHER = rb"(?:" + BASIC + rb"|typedef|const|volatile|register|else|return|case|goto)\b"
_BEFORE_TYPE = re.compile(
    rb"\n[ \t]*+(?:(?:" + _INLINE + rb")\s++)*+(?!" + _NEITHER + rb")([A-Za-z_]\w*+)"
    rb"\s++(?=(?:const\s++)?" + BASIC + rb"\s)"
)
_BEHIND_TYPE = re.compile(
    rb"\n[ \t]*+(?:(?:" + _INLINE + rb"|const)\s++)*+(?:(?:struct|union|enum)\s++)?"
    rb"([A-Za-z_]\w*+)([\s*]++)([A-Za-z_]\w*+)([\s*]++)([A-Za-z_]\w*+)[ \t]*+\("
)
_BEHIND_PARAMETERS = re.compile(rb"\)\s++([A-Za-z_]\w*+)[ \t\r]*+\n\{")
C_WORD = re.compile(rb"(?:" + BASIC + rb"|typedef|const|volatile|register|return|else|case|goto|if|while|for)\Z")
"""A keyword or a type that the grammar knows."""

TYPE_WORD = re.compile(rb"(?:" + _TYPES + rb")\Z")
"""A type of one word that the grammar knows."""

_TYPE_NAME = re.compile(rb"_t\Z|\A_*[usbl]e?(?:8|16|32|64)\Z")
_LIKE_ANNOTATION = re.compile(rb"inline|\A__|\A[A-Z_0-9]+\Z")


def mask_heads(bare: bytearray) -> None:
    """A word in the head of a function that is neither type nor name (``STATIC int f(``, ``foo_t some_attr f(``)."""
    for match in line_matches(_BEFORE_TYPE, bare):
        if last_byte(bare, match.start()) in b";}":
            bare[match.start(1) : match.end(1)] = b" " * len(match[1])
    for match in _BEHIND_PARAMETERS.finditer(bare):
        bare[match.start(1) : match.end(1)] = b" " * len(match[1])
    for match in line_matches(_BEHIND_TYPE, bare):
        first, second = match[1], match[3]
        if (C_WORD.match(first) and not TYPE_WORD.match(first)) or C_WORD.match(second) or C_WORD.match(match[5]):
            continue
        if last_byte(bare, match.start()) not in b";}":
            continue
        if TYPE_WORD.match(first) and b"*" in match[4]:
            continue
        is_first = b"*" in match[4] or (b"*" not in match[2] and _annotates(first, second))
        group = 1 if is_first and not TYPE_WORD.match(first) else 3
        bare[match.start(group) : match.end(group)] = b" " * len(match[group])


def _annotates(first: bytes, second: bytes) -> bool:
    """Whether the first of two words is an annotation rather than the second."""
    if _TYPE_NAME.search(first):
        return False
    if _TYPE_NAME.search(second):
        return True
    return _LIKE_ANNOTATION.search(first) is not None and _LIKE_ANNOTATION.search(second) is None
