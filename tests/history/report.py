"""The figures of a measurement, and the page that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from migrator.pattern.model import Pattern
from tests.history.later import History, Later, Moved, Replaced
from tests.history.outcomes import AGREES, DIFFERS, GONE, KEPT, KINDS, MORE, NOT_FOUND, REPLACED, Outcome

SAMPLES = 6
FEW = 3  # sites that a rule explains are named where they are no more
HEAD = """\
# Patterns against history

Made by `python -m tests.history.measure`, never edited by hand: each pattern rewrites Linux {old}; the same function,
initialiser or macro is then looked up in Linux {new}.

- *agrees*: the same text, token by token
- *did more*: that text after a later change, by a rule of `history.toml`; the rules and what each explained are below
- *differs*: the new call is there with other arguments, or in another place; *kept*: the old form is there
- *not found*: neither is there any more
- *replaced*: another call has taken the place of the new one since, which says nothing about this one
- *gone*: no function of this name in a file of this path, nor one like it in a file of this name
- *agreement*: agrees and did more, of all but replaced and gone (precision)
- *exact*: agrees, of the same; no rule of `history.toml` helps here
- *untouched*: agrees, of those that no later change has touched
- *recall*: of the sites that upstream changed (those of the agreement, and refused ones whose line is gone)
"""
NEAR = """
## Beside the first release with the change

The same sites, looked up where the change is new: less has happened to them since.
"""
HEADS = ("rewritten", *KINDS, "agreement", "exact", "untouched", "refused", "recall")


@dataclass
class Measured:
    """A pattern's figures beside one tree. ``missed``: reasons of refused sites that upstream changed."""

    outcomes: list[Outcome] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    unparsed: int = 0

    def add(self, more: Measured) -> None:
        """Those of another file."""
        self.outcomes += more.outcomes
        self.refused += more.refused
        self.missed += more.missed
        self.unparsed += more.unparsed

    def count(self, *kinds: str) -> int:
        """How many sites are of one of these classes."""
        return sum(outcome.kind in kinds for outcome in self.outcomes)

    @property
    def comparable(self) -> int:
        return len(self.outcomes) - self.count(REPLACED, GONE)

    @property
    def agreement(self) -> float:
        return _share(self.count(AGREES, MORE), self.comparable)

    @property
    def exact(self) -> float:
        return _share(self.count(AGREES), self.comparable)

    @property
    def untouched(self) -> float:
        return _share(self.count(AGREES), self.comparable - self.count(MORE))

    @property
    def recall(self) -> float:
        good = self.count(AGREES, MORE)
        return _share(good, good + self.missed.total())

    @property
    def disagreements(self) -> list[Outcome]:
        return [one for one in self.outcomes if one.kind in (DIFFERS, KEPT, NOT_FOUND)]

    def cells(self) -> Iterator[str]:
        """A row of the table, in the order of ``HEADS``."""
        yield str(len(self.outcomes))
        yield from (str(self.count(kind)) for kind in KINDS)
        yield from (f"{share:.1%}" for share in (self.agreement, self.exact, self.untouched))
        yield str(self.refused.total())
        yield f"{self.recall:.1%}"


class Row(NamedTuple):
    """One pattern beside the newer tree and, where it was given, beside the first release with the change."""

    pattern: Pattern
    history: History
    releases: Sequence[str]
    found: Sequence[Measured]


def report(rows: Sequence[Row], old: str, new: str) -> Iterator[str]:
    """The lines of the page."""
    yield HEAD.format(old=old, new=new)
    yield from _table(("pattern", *HEADS), ([row.pattern.name, *row.found[0].cells()] for row in rows))
    near = [row for row in rows if len(row.found) > 1]
    if near:
        yield NEAR
        cells = ([row.pattern.name, row.releases[1], *row.found[1].cells()] for row in near)
        yield from _table(("pattern", "release", *HEADS), cells)
    for row in rows:
        yield from _section(row)


def _table(heads: Sequence[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"| ---{' | ---:' * (len(heads) - 1)} |"
    yield from (f"| {' | '.join(cells)} |" for cells in rows)


def _section(row: Row) -> Iterator[str]:
    item = row.found[0]
    yield f"\n## {row.pattern.name}\n"
    yield f"{row.pattern.summary}. Linux {row.history.release}."
    if item.refused:
        codes = ", ".join(f"{count} {code}" for code, count in item.refused.most_common())
        yield f"Refused: {codes}; upstream changed {item.missed.total()} of them."
    if item.unparsed:
        yield f"Mentions in code that does not parse: {item.unparsed}."
    if item.missed:
        yield "Why those were refused that upstream changed:\n"
        yield from (f"- {count}: {reason}" for reason, count in item.missed.most_common(SAMPLES))
    yield from _rules(row.history, item)
    notes = row.history.notes
    for kind in (DIFFERS, KEPT, NOT_FOUND):
        places = sorted({_place(one) for one in item.outcomes if one.kind == kind})
        if places:
            yield f"\n*{kind}* ({item.count(kind)}): {notes.get(kind, 'not looked at yet')}\n"
            step = max(1, len(places) // SAMPLES)
            yield from (f"- {place}" for place in places[::step][:SAMPLES])
    known = {_place(one) for one in item.disagreements}
    if len(row.found) > 1:
        places = sorted({_place(one) for one in row.found[1].disagreements} - known)
        if places:
            yield f"\n*only in {row.releases[1]}* ({len(places)}): {notes.get('near', 'not looked at yet')}\n"
            yield from (f"- {place}" for place in places[:SAMPLES])


def _place(outcome: Outcome) -> str:
    return f"{outcome.file}:{outcome.region}"


def _rules(history: History, item: Measured) -> Iterator[str]:
    """What each rule of ``history.toml`` explained, those included that explained nothing."""
    used = Counter(one.rule for one in item.outcomes if one.rule is not None)
    rules: list[Later | Moved | Replaced] = [*history.later, *history.moved, *history.replaced]
    if rules:
        yield "\nLater changes, by the rules of `history.toml`:\n"
        for rule in rules:
            places = sorted({_place(one) for one in item.outcomes if one.rule == rule})
            where = f" ({', '.join(places)})" if len(places) <= FEW else ""
            yield f"- {used[rule]}: {rule.since}, {rule.why}{where}"


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
