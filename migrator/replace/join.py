"""Two stores to one thing in the same block that become one call, where the first of them stood or the second.

The call takes the place of the one (``match``); the value of the other is moved there, past what stands between. So
that has to be stores alone, of values without effects, and neither the value nor the thing that is stored to may
depend on any of them. Other stores in a chain with one of the two stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from migrator.diagnostics import Code
from migrator.replace.chains import chain_around, links_of, target
from migrator.replace.conditions import Doubt, Match
from migrator.replace.dependence import Place, Reader, addressed_in, locals_of, may_be_one
from migrator.syntax import above, assigned_lvalues, strip_parentheses, walk

if TYPE_CHECKING:
    from tree_sitter import Node


_BLOCKS = frozenset(
    {
        *("compound_statement", "case_statement", "preproc_if", "preproc_ifdef"),
        *("preproc_else", "preproc_elif", "preproc_elifdef"),
    }
)


class _Pair(Struct, frozen=True, eq=False):
    """What becomes the call, what is moved to it, the statements of both with their stores, and what stands between."""

    match: Match
    other: Match
    here: Node
    here_stores: tuple[Node, ...]
    there: Node
    there_stores: tuple[Node, ...]
    between: tuple[Node, ...]
    reader: Reader

    @property
    def forward(self) -> bool:
        """Whether what becomes the call is the first."""
        return self.here.start_byte < self.there.start_byte


def join(match: Match, candidates: Sequence[Match]) -> Match | Doubt | None:
    """The match together with the nearest candidate that can be joined to it; None where there is no other store."""
    around = chain_around(match.nodes[0])
    if around is None:
        return None
    doubt: Doubt | None = None
    for pair in _pairs(match, *around, candidates):
        obstacle = _obstacle(pair)
        if obstacle is None:
            return _joined(pair)
        doubt = doubt or Doubt(Code.UNKNOWN_SHAPE, obstacle)
    return doubt


def _pairs(match: Match, here: Node, stores: tuple[Node, ...], candidates: Sequence[Match]) -> Iterator[_Pair]:
    """The other stores to the same thing in the same block, those behind first, the nearest first."""
    block = here.parent
    if block is None or block.type not in _BLOCKS:
        return
    reader = Reader(match.piece.source, match.piece.types.rewrite.pure)
    behind = sorted(candidates, key=lambda item: (item.start < match.start, abs(item.start - match.start)))
    for other in behind:
        around = chain_around(other.nodes[0])
        if around is None or around[0] == here or around[0].parent != block or not _same(match, other):
            continue
        first, last = sorted((here, around[0]), key=lambda node: node.start_byte)
        between = tuple(node for node in block.named_children if first.end_byte <= node.start_byte < last.start_byte)
        yield _Pair(match, other, here, stores, *around, between, reader)


def _same(match: Match, other: Match) -> bool:
    """Whether the captures that both have stand for equal code."""
    source = match.piece.source
    shared = [name for name in match.captures if name in other.captures and name != "name"]
    texts = [[source.normal(strip_parentheses(item.captures[name][0])) for name in shared] for item in (match, other)]
    return texts[0] == texts[1]


def _joined(pair: _Pair) -> Match:
    match, other = pair.match, pair.other
    moved = {name: [links_of(nodes[0])[1]] for name, nodes in other.captures.items() if name not in match.captures}
    words = [*match.captures["name"], *other.captures["name"]]
    return structs.replace(match, captures={**moved, **match.captures, "name": words}, partner=other)


def _obstacle(pair: _Pair) -> str | None:
    """Why the two cannot be one."""
    source, reader = pair.match.piece.source, pair.reader
    own = (pair.match.nodes[0], pair.other.nodes[0])
    places = [reader.place(target(store)) for store in own]
    if None in places:
        return f"`{source.normal(target(own[0]))}` is not understood well enough to join it with another store"
    first, last = min(pair.here.start_byte, pair.there.start_byte), max(pair.here.end_byte, pair.there.end_byte)
    if any(first <= span.start < last for span in source.directives):
        return "a preprocessor directive stands between this store and the other part"
    word = pair.match.captures["name"][0].text
    for store in (*pair.here_stores, *pair.there_stores):
        if store not in own and any(node.text == word for node in walk(target(store))):
            return "the parts of several are stored in one statement"
    function = next((node for node in above(pair.here) if node.type == "function_definition"), None)
    if function is None:
        return "the function around this store is not known"
    addressed = addressed_in(function)
    found = _between(pair, [place for place in places if place is not None], addressed)
    if isinstance(found, str):
        return found
    stored = [*found, *(reader.place(target(store)) for store in (*pair.here_stores, *pair.there_stores))]
    return _moving(pair, stored, addressed, locals_of(function)) or _conversion(pair)


def _between(pair: _Pair, own: Sequence[Place], addressed: frozenset[str]) -> list[Place | None] | str:
    """Where the statements between store; a text where they are not understood, or have to do with the two stores."""
    reader = pair.reader
    scalars = {place.fields[-1] for place in own if place.fields}
    found: list[Place | None] = []
    for statement in pair.between:
        text = pair.match.piece.source.normal(statement)
        text = text if len(text) <= 60 else text[:57] + "..."
        stores, value = links_of(statement.named_children[0]) if statement.named_child_count else ((), statement)
        written = [reader.place(target(store)) for store in stores]
        read = [reader.reads(value), *(reader.addresses(target(store)) for store in stores)]
        # A store to another field may be one of a struct: what it changes has many names.
        plain = all(place is not None and place.fields and place.fields[-1] in scalars for place in written)
        if statement.type != "expression_statement" or not written or not plain or None in read:
            return f"between this store and the other part stands `{text}`, which may have to do with them"
        touched = [place for places in read for place in places or ()] + [place for place in written if place]
        if any(may_be_one(one, place, addressed) for one in own for place in touched):
            return f"between this store and the other part stands `{text}`, which has to do with them"
        found += written
    return found


def _moving(
    pair: _Pair, stored: Sequence[Place | None], addressed: frozenset[str], local: frozenset[str]
) -> str | None:
    """Why the value of the other store cannot move, or what is stored to might not be the same both times."""
    source, reader = pair.match.piece.source, pair.reader
    moved = links_of(pair.other.nodes[0])[1]
    reads = reader.reads(moved)
    text = source.normal(moved)
    if reads is None:
        return f"`{text}` would be evaluated in another place, and it is not known to have no effect"
    if any(place is None or may_be_one(place, read, addressed) for place in stored for read in reads):
        return f"`{text}` would be evaluated in another place, and depends on what is stored before it"
    object_reads = reader.addresses(target(pair.match.nodes[0]))
    if object_reads is None:
        return f"`{source.normal(target(pair.match.nodes[0]))}` need not be the same both times"
    if any(place is None or may_be_one(place, read, addressed) for place in stored for read in object_reads):
        return f"`{source.normal(target(pair.match.nodes[0]))}` need not be the same both times"
    value = links_of(pair.match.nodes[0])[1]
    value_reads = reader.reads(value)
    if value_reads is None:
        changed = {lvalue.text for lvalue, _ in assigned_lvalues(walk(value))}
        kept = {name for name in local - addressed if name.encode() not in changed}
        steady = all(not read.fields and read.base in kept for read in object_reads)
        if not pair.forward or reads or not steady:
            return f"`{source.normal(value)}` may change what is stored, or where"
    elif not pair.forward:
        place = reader.place(target(pair.other.nodes[0]))
        if place is None or any(may_be_one(place, read, addressed) for read in value_reads):
            return f"`{source.normal(value)}` depends on the other part"
    return None


def _conversion(pair: _Pair) -> str | None:
    """Why the stores that stay in the chain of the other one would get another value."""
    moved = strip_parentheses(links_of(pair.other.nodes[0])[1])
    own = pair.other.nodes[0]
    types, source = pair.match.piece.types, pair.match.piece.source
    for store in pair.there_stores:
        if store == own or moved.type == "number_literal":
            continue
        kinds = types.of(target(store)), types.of(target(own))
        if kinds[0] is None or kinds[0] != kinds[1]:
            texts = source.normal(target(store)), source.normal(target(own))
            return f"whether {texts[0]} and {texts[1]} are of one type is not said by a declaration within reach"
    return None
