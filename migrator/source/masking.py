"""Masking: legal C of the same length, newlines kept, in place of what the grammar does not know.

The idea: lex once (``lexing``), blank directives for the time being, settle the conditionals (``conditionals``), then
replace known words (a set intersection with the words of the file, then ``bytes.find``) and known shapes (a few
compiled alternations). Literals and directives are put back at the end, so no stage can touch them. A mask may blank
declarative annotations only; whatever runs stays, and a loop-head macro stays a loop head.
"""

from __future__ import annotations

from msgspec import Struct

from migrator.source.assembly import mask_assembly
from migrator.source.brackets import balanced_end, last_byte, occurrences, skip_blanks
from migrator.source.conditionals import Conditional, resolve_conditionals
from migrator.source.declarations import mask_declarations, mask_rare_declarations
from migrator.source.dialect import Dialect
from migrator.source.directives import masked_directive
from migrator.source.expressions import mask_common_expressions, mask_rare_expressions
from migrator.source.heads import mask_heads
from migrator.source.lexing import BLANK, Lexed, Span, lex
from migrator.source.loops import mask_known_iterator, mask_named_iterators, mask_statement_macros
from migrator.source.toplevel import mask_top_level
from migrator.source.typewords import mask_types

_WORDS_ONLY = bytes(byte if bytes((byte,)).isalnum() or byte == 0x5F else 0x20 for byte in range(256))


class Masked(Struct, frozen=True):
    """The masked text and what was learnt on the way.

    ``bare`` is ``text`` with literals filled and directives blank. ``names``: offset of a definition that a macro makes
    to the name of its function. ``iterators``: offset of a ``while`` to the macro that stands there.
    """

    text: bytes
    bare: bytes
    lexed: Lexed
    conditionals: tuple[Conditional, ...]
    cuts: tuple[Span, ...]
    iterators: dict[int, bytes]
    names: dict[int, bytes]
    declarative_macros: tuple[Span, ...]

    def is_cut(self, start: int, end: int) -> bool:
        """Whether a directive of a conditional that is not whole lies in this range."""
        return any(cut.start < end and start < cut.end for cut in self.cuts)


def mask(data: bytes, dialect: Dialect) -> Masked:
    """The masked form of ``data``; any bytes are accepted.

    Masks what is common, and all that the grammar would take for something else without an error.
    """
    lexed = lex(data)
    bare = bytearray(lexed.bare)
    for directive in lexed.directives:
        start, end = directive.start, directive.end
        bare[start:end] = bare[start:end].translate(BLANK)
    conditionals = resolve_conditionals(lexed.code, bare, lexed.directives)
    cuts = tuple(directive for group in conditionals if not group.whole for directive in group.directives)
    iterators: dict[int, bytes] = {}
    words = set(bytes(bare.translate(_WORDS_ONLY)).split())
    _mask_words(bare, words, dialect, iterators)
    names, macros = mask_top_level(bare, lexed.code)
    mask_declarations(bare, words)
    mask_common_expressions(bare)
    mask_types(bare)
    mask_statement_macros(bare, iterators)
    return _masked(bare, lexed, conditionals, cuts, iterators, names, macros)


def mask_rare(masked: Masked) -> Masked:
    """The same with the rare shapes masked too: for a text that does not parse without."""
    bare = bytearray(masked.bare)
    mask_heads(bare)
    mask_rare_declarations(bare)
    mask_assembly(bare)
    mask_rare_expressions(bare)
    return _masked(
        bare, masked.lexed, masked.conditionals, masked.cuts, masked.iterators, masked.names, masked.declarative_macros
    )


def _masked(
    bare: bytearray,
    lexed: Lexed,
    conditionals: tuple[Conditional, ...],
    cuts: tuple[Span, ...],
    iterators: dict[int, bytes],
    names: dict[int, bytes],
    macros: tuple[Span, ...],
) -> Masked:
    filled = bytes(bare)
    text = _restore(bare, lexed, conditionals)
    return Masked(text, filled, lexed, conditionals, cuts, iterators, names, macros)


def _restore(bare: bytearray, lexed: Lexed, conditionals: tuple[Conditional, ...]) -> bytes:
    """Literals and directives as they were, but for those that were blanked on purpose."""
    code = lexed.code
    for start, end in lexed.literals:
        if bare[start] == code[start] and bare[end - 1] == code[end - 1]:
            bare[start:end] = code[start:end]
    cut = [group for group in conditionals if not group.whole]
    gone = {span.start for group in cut for span in group.directives}
    blanked = [(branch.start, branch.end) for group in cut for branch in group.branches[1:]]
    kept: list[tuple[int, bytes]] = []
    before, checked = 0x3B, 0
    for directive in lexed.directives:
        start, end = directive.start, directive.end
        between = bare[checked:start].rstrip()
        before, checked = between[-1] if between else before, end
        if start in gone or any(first <= start < last for first, last in blanked):
            continue
        text = masked_directive(bare, start, code[start:end], before)
        if text is not None:
            kept.append((start, text))
    for start, text in kept:
        bare[start : start + len(text)] = text
    return bytes(bare)


def _mask_words(bare: bytearray, words: set[bytes], dialect: Dialect, iterators: dict[int, bytes]) -> None:
    present = sorted(dialect.words & words)
    heads: list[bytes] = []
    for word in present:
        if word in dialect.iterators:
            heads.append(word)
        elif word in dialect.list_annotations:
            for start, end in occurrences(bare, word):
                opening = skip_blanks(bare, end)
                if opening < len(bare) and bare[opening] == 0x28:
                    close = balanced_end(bare, opening, reach=4_000)
                    if close is not None:
                        bare[start:close] = bare[start:close].translate(BLANK)
        else:
            size = len(word)
            for start, end in occurrences(bare, word):
                if not _is_operand(bare, start, end):
                    bare[start:end] = b" " * size
    for word in heads:
        mask_known_iterator(bare, word, iterators)
    named = [word for word in words.difference(present) if b"each" in word and b"for" in word]
    mask_named_iterators(bare, named, iterators)


def _is_operand(bare: bytearray, start: int, end: int) -> bool:
    """Whether a word stands where a value stands: a variable that happens to have an annotation's name."""
    follows = skip_blanks(bare, end)
    if follows >= len(bare) or bare[follows] not in b"),;]+-/%=&|^<>?.[":
        return False
    return last_byte(bare, start) in b"([,=+-/%&|^!~<>?."
