"""Abstract values of C expressions: which constants, call results or unknowns a variable may hold, and their sign.

A value is a set of atoms; an atom is a constant, the result of one call, or an unknown, each with the signs
that it may still have (negative, zero, positive). Tests in the program take signs away (``if (err)`` takes
zero, ``err < 0`` leaves negative, ``IS_ERR(p)`` leaves negative, ``!p`` leaves zero). An atom without signs is
impossible, a value without atoms means that the path cannot be taken. Pointers use the same signs: an error
pointer is negative, NULL is zero, any other pointer is positive.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ATOMS = 8


class Sign:
    """The signs that a value may have, as bits. Plain integers: they are combined a hundred thousand times in a run."""

    NONE = 0
    NEGATIVE = 1
    ZERO = 2
    POSITIVE = 4
    NONZERO = 5
    ANY = 7


class AtomKind(StrEnum):
    """What an atom stands for."""

    CONSTANT = "constant"
    CALL = "call"
    UNKNOWN = "unknown"


class Atom(Struct, frozen=True):
    """One thing that a variable may hold. ``text`` is normal code, ``origin`` the byte offset of a call (else -1)."""

    kind: AtomKind
    text: str
    origin: int
    signs: int

    def describe(self) -> str:
        """For a person: ``-ENOMEM``, ``result of f(x)``, ``value of x``."""
        if self.kind is AtomKind.CONSTANT:
            return self.text
        if self.kind is AtomKind.CALL:
            return f"result of {readable(self.text)}"
        return readable(self.text)


_TIGHT = re.compile(
    r" ?(->|\.|\[) ?| (?=[(),;\]])|(?<=[(!~]) |(?<=(?<!\w )[&*]) (?=\w)"
    r"|(?<=[(,=<>&|+*/%?:] -) (?=\w)|(?<=\breturn -) (?=\w)|(?<=\A[-&*]) "
)


def readable(normal: str) -> str:
    """Normal code as a person would write it: ``f ( & x , y -> z )`` is ``f(&x, y->z)``."""
    return _TIGHT.sub(lambda match: match[1] or "", normal)


Value = frozenset[Atom]

UNKNOWN: Value = frozenset({Atom(AtomKind.UNKNOWN, "an unknown value", -1, Sign.ANY)})

_FALSE_WORDS = frozenset({"0", "NULL", "false", "0U", "0L", "0UL", "0u", "0x0"})
_ERRNO = re.compile(r"- E[A-Z0-9]+$")
_NUMBER = re.compile(r"(- )?(0[xX][0-9a-fA-F]+|\d+)[uUlL]*$")


def constant(text: str) -> Value:
    """The value of a constant expression given as normal code; an enumerator may have any sign."""
    if text in _FALSE_WORDS:
        signs = Sign.ZERO
    elif text == "true":
        signs = Sign.POSITIVE
    elif _ERRNO.match(text):
        signs = Sign.NEGATIVE
    else:
        number = _NUMBER.match(text)
        if number is None:
            signs = Sign.ANY
        elif int(number[2], 16 if number[2][:2] in ("0x", "0X") else 10) == 0:
            signs = Sign.ZERO
        else:
            signs = Sign.NEGATIVE if number[1] else Sign.POSITIVE
    return frozenset({Atom(AtomKind.CONSTANT, text.replace("- ", "-"), -1, signs)})


def call_result(text: str, origin: int, signs: int = Sign.ANY) -> Value:
    """The value of the call at byte ``origin``."""
    return frozenset({Atom(AtomKind.CALL, text, origin, signs)})


def unknown(text: str, signs: int = Sign.ANY) -> Value:
    """A value that nothing is known of but its signs."""
    return frozenset({Atom(AtomKind.UNKNOWN, text, -1, signs)})


@lru_cache(maxsize=4096)
def join(left: Value, right: Value) -> Value:
    """What is in either; more than MAX_ATOMS atoms become an unknown of the same signs."""
    if left == right:
        return left
    merged: dict[tuple[AtomKind, str, int], Atom] = {}
    for atom in (*left, *right):
        key = (atom.kind, atom.text, atom.origin)
        known = merged.get(key)
        merged[key] = atom if known is None else replace(atom, signs=atom.signs | known.signs)
    if len(merged) > MAX_ATOMS:
        return unknown("one of many values", signs_of(merged.values()))
    return frozenset(merged.values())


def signs_of(value: Iterable[Atom]) -> int:
    """All signs that the value may have."""
    signs = Sign.NONE
    for atom in value:
        signs |= atom.signs
    return signs


@lru_cache(maxsize=4096)
def restrict(value: Value, signs: int) -> Value:
    """The part of the value that has one of the signs; empty when there is none."""
    return frozenset(
        atom if atom.signs & signs == atom.signs else replace(atom, signs=atom.signs & signs)
        for atom in value
        if atom.signs & signs
    )


def without_constant(value: Value, text: str) -> Value:
    """The value after a test that it is not the constant."""
    return frozenset(atom for atom in value if not (atom.kind is AtomKind.CONSTANT and atom.text == text))


def meet_constant(value: Value, text: str) -> Value:
    """The value after a test that it equals the constant: empty when it can only hold others of known sign."""
    wanted = constant(text.replace("-E", "- E") if text.startswith("-E") else text)
    (atom,) = wanted
    possible = [
        item
        for item in value
        if (item.kind is not AtomKind.CONSTANT and item.signs & atom.signs)
        or (item.kind is AtomKind.CONSTANT and item.text == atom.text)
        or (item.kind is AtomKind.CONSTANT and not _comparable(item, atom))
    ]
    return wanted if possible else frozenset()


def _comparable(left: Atom, right: Atom) -> bool:
    """Whether constants of different text surely differ: errno names and numbers do, enumerators may be aliases."""
    return left.signs != Sign.ANY and right.signs != Sign.ANY
