"""The text of query files: captures, predicates and argument counts with their lines.

tree-sitter compiles a query but tells neither where a capture stands nor what its predicates say. This reader makes a
small tree of each top-level form, which is enough to check capture names, to compute the words that a file must hold
and to describe a query. It reads texts that tree-sitter has compiled; of others it makes something, without failing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

_TOKEN = re.compile(
    r"""
      (?P<blank>[\s]+|;[^\n]*)
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<capture>@[\w.\-?!]+)
    | (?P<predicate>\#[\w.\-]+[?!]?)
    | (?P<open>[(\[])
    | (?P<close>[)\]])
    | (?P<quantifier>[?*+])
    | (?P<anchor>\.)
    | (?P<field>!?[A-Za-z_][\w.\-]*:)
    | (?P<name>[A-Za-z_][\w\-/]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_ALTERNATION = re.compile(r"\^(?:\((?:\?:)?)?([A-Za-z0-9_|]+)\)?\$\Z")


class CaptureUse(Struct, frozen=True):
    """A capture behind a node: its name without ``@``, the line, and the type of the node (``[`` of an alternation)."""

    name: str
    line: int
    node: str


class Predicate(Struct, frozen=True):
    """``(#name? @capture "value" ...)``: the name without ``#``; values without quotes, captures with their ``@``."""

    name: str
    arguments: tuple[str, ...]
    line: int

    def spelled(self) -> tuple[str, ...] | None:
        """The texts that its first capture may have, where the predicate lists them all; else None."""
        values = self.arguments[1:]
        if any(value.startswith("@") for value in values):
            return None
        if self.name in ("eq?", "any-of?"):
            return values
        if self.name == "match?" and len(values) == 1 and (match := _ALTERNATION.match(values[0])):
            names = match[1].split("|")
            grouped = "(" in values[0]
            return tuple(names) if all(names) and (grouped or len(names) == 1) else None
        return None


class Form(Struct, frozen=True):
    """One top-level query of a file.

    ``arities``: the argument counts that the node of the role takes, None when that is open or it is no call.
    """

    line: int
    offset: int
    captures: tuple[CaptureUse, ...]
    predicates: tuple[Predicate, ...]
    arities: tuple[int, ...] | None
    predicate_only: bool


class _Item(Struct):
    """A token, or a list with the items in it; ``captures`` and ``quantifier`` are those behind it."""

    kind: str
    text: str
    line: int
    offset: int
    items: list[_Item] = field(default_factory=list)
    captures: list[tuple[str, int]] = field(default_factory=list)
    quantifier: str = ""

    @property
    def head(self) -> str:
        """The node type that the item stands for."""
        if self.text == "(" and self.items and self.items[0].kind in ("name", "open"):
            return self.items[0].head if self.items[0].kind == "open" else self.items[0].text
        return self.text


def read_forms(text: str) -> tuple[Form, ...]:
    """The top-level forms of a query text, in order. ``Form.offset`` counts bytes of the UTF-8 text."""
    return tuple(_form(item) for item in _items(text))


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """The tokens of a query text: kind (a group of the expression above) and text, blanks and comments included."""
    for match in _TOKEN.finditer(text):
        yield match.lastgroup or "other", match[0]


def _items(text: str) -> list[_Item]:
    root = _Item("open", "", 1, 0)
    open_lists = [root]
    line, offset = 1, 0
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup or "other", match[0]
        siblings = open_lists[-1].items
        if kind == "open":
            item = _Item("open", token, line, offset)
            siblings.append(item)
            open_lists.append(item)
        elif kind == "close":
            if len(open_lists) > 1:
                open_lists.pop()
        elif kind == "quantifier" and siblings:
            siblings[-1].quantifier = token
        elif kind == "capture" and not (siblings and siblings[0].kind == "predicate"):
            if siblings:
                siblings[-1].captures.append((token[1:], line))
        elif kind != "blank":
            siblings.append(_Item(kind, token, line, offset))
        line += token.count("\n")
        offset += len(token.encode("utf-8", "surrogateescape"))
    return root.items


def _walk(item: _Item) -> Iterator[_Item]:
    yield item
    for child in item.items:
        yield from _walk(child)


def _form(item: _Item) -> Form:
    captures: list[CaptureUse] = []
    predicates: list[Predicate] = []
    arities: tuple[int, ...] | None = None
    for part in _walk(item):
        captures.extend(CaptureUse(name, line, part.head) for name, line in part.captures)
        if part.items and part.items[0].kind == "predicate":
            predicates.append(
                Predicate(part.items[0].text[1:], tuple(_value(value) for value in part.items[1:]), part.items[0].line)
            )
        if any("." not in name for name, _ in part.captures):
            lists = [child for child in part.items if child.text == "(" and child.head == "argument_list"]
            arities = _arities(lists[0]) if len(lists) == 1 else None
    alone = bool(item.items) and item.items[0].kind == "predicate"
    return Form(item.line, item.offset, tuple(captures), tuple(predicates), arities, alone)


def _value(item: _Item) -> str:
    if item.kind != "string":
        return item.text
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), item.text[1:-1])


def _arities(arguments: _Item) -> tuple[int, ...] | None:
    """The argument counts of an argument list whose elements are anchored all along, else None."""
    least = most = 0
    anchored = False
    for item in arguments.items[1:]:
        if item.kind == "anchor":
            anchored = True
            continue
        if item.kind in ("field", "predicate") or (item.items and item.items[0].kind == "predicate"):
            continue
        if not anchored or item.quantifier in ("*", "+"):
            return None
        anchored = False
        least += item.quantifier != "?"
        most += 1
    return tuple(range(least, most + 1)) if anchored else None
