"""For each mention of a word in code: which rule means it, and what becomes of the place.

The rules are tried in their order; the first whose query matches at the mention and whose conditions hold is taken.
A condition that cannot be answered refuses the place: a later rule might fit, but would be a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.diagnostics import Code
from migrator.pattern.query import compile_query, takes_arguments
from migrator.replace.conditions import Doubt, Match, No, judge
from migrator.replace.join import join
from migrator.replace.obstacles import obstacle

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.pattern.model import Pattern
    from migrator.pattern.rules import Rewrite
    from migrator.replace.pieces import Piece


class Chosen(Struct, eq=False):
    """What was decided for one mention, or for all mentions of one site.

    ``match`` is the rule's match where there is one. ``refusals`` say why a place is left alone; ``kept``: it is to be
    left alone. ``unwanted``: an option of this run leaves it alone. ``offset`` is that of the (first) word.
    """

    offset: int
    piece: Piece
    match: Match | None = None
    kept: bool = False
    unwanted: bool = False
    refusals: list[tuple[Code, str]] = field(default_factory=list)
    warnings: list[tuple[Code, str]] = field(default_factory=list)


def choose(pattern: Pattern, rewrite: Rewrite, piece: Piece, offsets: Sequence[int]) -> Iterator[Chosen]:
    """Decide for the mentions of one piece, in their order. A mention that a site before has taken is passed over.

    Sites that are joined to another come first: it may stand before them.
    """
    found = matches_in(pattern, rewrite, piece)
    by_word: dict[int, list[Match]] = {}
    for match in found:
        for word in match.words:
            by_word.setdefault(word, []).append(match)
    taken: set[int] = set()

    def decide(offset: int) -> Chosen:
        matches = [item for item in by_word.get(offset, ()) if _is_free(item, taken)]
        return _choose(rewrite, piece, offset, matches, join_to)

    def join_to(match: Match) -> Match | Doubt | None:
        others = [item for item in found if item.rule.name == match.rule.joins and _is_free(item, taken)]
        return join(match, [item for item in others if judge(item) is None])

    for offset in offsets:
        if offset in taken or not any(match.rule.joins for match in by_word.get(offset, ())):
            continue
        chosen = decide(offset)
        joined = chosen.match is not None and chosen.match.partner is not None
        if joined or (chosen.match is None and chosen.refusals):  # or may not be: the other one is there to say why
            taken.update(chosen.match.words if chosen.match is not None else (offset,))
            yield chosen
    for offset in offsets:
        if offset in taken:
            continue
        chosen = decide(offset)
        if chosen.match is not None:
            taken.update(chosen.match.words)
        yield chosen


def matches_in(pattern: Pattern, rewrite: Rewrite, piece: Piece) -> list[Match]:
    """All matches of all rules in a piece; the rules in their order, of one rule the widest match first."""
    from tree_sitter import QueryCursor

    order = {rule.name: (number, rule) for number, rule in enumerate(rewrite.rules)}
    query = compile_query(pattern.digest, [part.text for part in pattern.queries])
    found: list[tuple[int, int, int, Match]] = []
    for index, captures in QueryCursor(query).matches(piece.node):
        name = pattern.roles[index].role
        nodes = tuple(sorted(captures[name], key=lambda node: node.start_byte))
        if not takes_arguments(pattern.roles[index].arities, nodes[0]):
            continue
        prefix = name + "."
        parts = {key.removeprefix(prefix): value for key, value in captures.items() if key.startswith(prefix) and value}
        if "name" not in parts:
            continue
        number, rule = order[name]
        match = Match(rule, piece, nodes, parts)
        found.append((number, match.start - match.end, -len(parts), match))
    return [item[3] for item in sorted(found, key=lambda item: item[:3])]


def _is_free(match: Match, taken: set[int]) -> bool:
    return not taken.intersection(match.words)


def _choose(
    rewrite: Rewrite,
    piece: Piece,
    offset: int,
    matches: Sequence[Match],
    join_to: Callable[[Match], Match | Doubt | None],
) -> Chosen:
    other = False
    passed: tuple[Match, tuple[Code, str]] | None = None
    for match in matches:
        answer: No | Doubt | Match | None = judge(match)
        if answer is None and match.rule.joins:
            answer = join_to(match) or No.PLAIN
        if isinstance(answer, Match):
            return Chosen(offset, piece, answer)
        if answer is None and passed is not None and not match.rule.edits:
            break
        if answer is None and match.rule.edits and len(match.nodes) > 1 and not piece.macro:
            # Statements that cannot become one may be rewritten one by one.
            problem = obstacle(piece.source, match)
            if problem is not None:
                passed = passed or (match, problem)
                continue
        if answer is None:
            chosen = Chosen(offset, piece, match, match.rule.keep)
            if match.rule.refuse:
                chosen.refusals.append((Code.UNKNOWN_SHAPE, match.rule.refuse))
            return chosen
        if isinstance(answer, Doubt):
            return Chosen(offset, piece, None, refusals=[(answer.code, answer.message)])
        other = other or answer is No.OTHER_TYPE
    if passed is not None:
        return Chosen(offset, piece, passed[0], refusals=[passed[1]])
    node = piece.node.descendant_for_byte_range(offset - piece.base, offset - piece.base + 1)
    if other or node is None or not _is_word(rewrite, node):
        return Chosen(offset, piece, None, True)
    message = "no rule of the pattern knows this use"
    return Chosen(offset, piece, None, refusals=[(Code.UNKNOWN_SHAPE, message)])


def _is_word(rewrite: Rewrite, node: Node) -> bool:
    """Whether a name can be what the pattern is about: of the same kind, and not where something is declared."""
    if node.type not in rewrite.word_nodes:
        return False
    parent = node.parent
    return parent is None or not (parent.type.endswith(("_declarator", "_declaration")) and not _is_value(node, parent))


def _is_value(node: Node, parent: Node) -> bool:
    value = parent.child_by_field_name("value")
    return value is not None and value.id == node.id
