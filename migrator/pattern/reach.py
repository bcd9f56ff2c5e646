"""Rules of a rewrite that can never be taken, because one before takes all that they find.

Only what is certain counts: an earlier rule without a condition whose query is the same but for the names of its
captures, or which takes each mention of the word, whatever stands around it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from migrator.pattern.query_text import Form, tokens
from migrator.pattern.rules import Rule, Where


class Reach(Struct, frozen=True):
    """What one query finds: a text that equal queries share, the words, the node type of the word.

    ``bare``: the query is about the word alone, so that it finds each mention.
    """

    text: str
    words: frozenset[str]
    node: str
    bare: bool


def reach_of(form: Form, text: str, rule: str, words: Sequence[str]) -> Reach:
    """The reach of a query, of which ``text`` is the text."""
    numbers: dict[str, str] = {}
    parts: list[str] = []
    kinds: list[str] = []
    for kind, token in tokens(text):
        if kind == "blank":
            continue
        named = kind == "capture"
        parts.append(numbers.setdefault(token, f"@{len(numbers)}") if named else token)
        kinds.append(kind)
    node = next((capture.node for capture in form.captures if capture.name == f"{rule}.name"), "")
    # One node type, a predicate that lists the words, and nothing else that must be there.
    simple = kinds.count("name") == 1 and not {"field", "anchor", "quantifier", "other"}.intersection(kinds)
    listed = len(form.predicates) == 1 and form.predicates[0].spelled() is not None and "[" not in parts
    bare = simple and listed and {capture.name for capture in form.captures} == {rule, f"{rule}.name"}
    return Reach(" ".join(parts), frozenset(words), node, bare)


def unreachable(rules: Sequence[tuple[Rule, Sequence[Reach]]]) -> tuple[str, str] | None:
    """The first rule that can never be taken, and the earlier rules that take everything, in words; else None."""
    for number, (rule, queries) in enumerate(rules):
        takers: list[str] = []
        for query in queries:
            taker = next((name for name, other in _before(rules[:number]) if _covers(other, query)), "")
            takers.append(taker)
        if takers and all(takers):
            return rule.name, " and ".join(f"`{name}`" for name in dict.fromkeys(takers))
    return None


def _before(rules: Sequence[tuple[Rule, Sequence[Reach]]]) -> list[tuple[str, Reach]]:
    """The queries of the rules that have no condition."""
    return [(rule.name, query) for rule, queries in rules if rule.where == Where() for query in queries]


def _covers(one: Reach, other: Reach) -> bool:
    return one.text == other.text or (one.bare and one.node == other.node and one.words >= other.words)
