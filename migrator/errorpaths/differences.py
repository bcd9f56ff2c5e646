"""What two rows of an error-path table differ in, as findings.

Effects are counted, so that a cleanup that runs twice is seen. A setup that now runs before the charge is
undone by an effect of its failure that did not run before: one that did takes back something else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.diagnostics import Code
from migrator.syntax import arguments, callee_name

if TYPE_CHECKING:
    from migrator.errorpaths.effects import Effect
    from migrator.errorpaths.table import Row
    from migrator.pattern.model import Pattern, UndoPair


class Finding(Struct, frozen=True):
    """A difference: ``line`` and ``related`` are lines of the version before; ``remedies`` are (line, text to insert
    before it).
    """

    code: Code
    line: int
    message: str
    related: tuple[tuple[int, str], ...] = ()
    remedies: tuple[tuple[int, str], ...] = ()


def undoes(rule: UndoPair, effect: Effect, other: Effect) -> bool:
    """Whether ``other`` takes ``effect`` back by a rule of the pattern."""
    bound = rule.effect.match(effect.source, effect.node)
    if bound is None:
        return False
    shared = {name: text for name, text in bound.items() if name in rule.undo.names}
    return rule.undo.match_with(other.source, other.node, shared) is not None


def overwrites(later: Effect, earlier: Effect) -> bool:
    """Whether a store takes an earlier store back by storing to the same place."""
    if later.node.type != "assignment_expression" or earlier.node.type != "assignment_expression":
        return False
    places = [effect.node.child_by_field_name("left") for effect in (later, earlier)]
    first, second = places
    return first is not None and second is not None and later.source.normal(first) == earlier.source.normal(second)


class Undone(Struct, frozen=True):
    """``left``: effects that nothing takes back; ``used``: how often each effect of the new row takes one back."""

    left: tuple[Effect, ...]
    used: Mapping[str, int]


def undone_effects(setup: Sequence[Effect], old: Row, new: Row, pattern: Pattern) -> Undone:
    """Which of the effects that now come before a failure its new row takes back."""
    used: Counter[str] = Counter()
    left = []
    for effect in setup:
        undoing = [
            normal
            for normal in sorted(new.must)
            if overwrites(new.effects[normal], effect)
            or any(undoes(rule, effect, new.effects[normal]) for rule in pattern.undo)
        ]
        free = [
            normal
            for normal in undoing
            if new.effects[normal].idempotent or new.surely(normal) > old.possibly(normal) + used[normal]
        ]
        if not free:
            left.append(effect)
            continue
        used.update(normal for normal in free if new.effects[normal].idempotent)
        used.update([normal for normal in free if not new.effects[normal].idempotent][:1])
    failure = pattern.placement.failure
    for normal in sorted(new.must) if failure is not None else ():
        effect = new.effects[normal]
        given = failure.match(effect.source, effect.node) if failure is not None else None
        if given is not None:
            # What gives the object up takes with it what is the object's own by then.
            used[normal] += 1
            left = [item for item in left if not _is_owned(item, given, pattern)]
    return Undone(tuple(left), used)


def unclosed(setup: Sequence[Effect]) -> list[Effect]:
    """The effects that no later one closes by its name: of a lock that is taken and given up, neither."""
    waiting = list(dict.fromkeys(setup))
    left: list[Effect] = []
    while waiting:
        effect = waiting.pop(0)
        closing = next((other for other in waiting if _closes(effect, other)), None)
        if closing is None:
            left.append(effect)
        else:
            waiting.remove(closing)
    return left


def takes_lock(effect: Effect) -> bool:
    """Whether an effect takes a lock of any kind, by its name."""
    name = callee_name(effect.node) or ""
    return re.search(r"(?:^|_)(?:lock|down)(?:_|$)", name) is not None and "unlock" not in name


def _is_owned(effect: Effect, given: Mapping[str, str], pattern: Pattern) -> bool:
    """Whether an effect is the object's own, by the pattern; ``given``: the captures of what gives the object up."""
    for rule in pattern.placement.owned:
        bound = {name: text for name, text in given.items() if name in rule.names}
        if rule.match_with(effect.source, effect.node, bound) is not None:
            return True
    return False


def not_owned(setup: Sequence[Effect], line: int) -> list[Finding]:
    """One finding about all effects that now come before the charge and that nobody takes back when it fails.

    What is opened and closed again on the way (a lock) leaves nothing behind.
    """
    left = unclosed(setup)
    if not left:
        return []
    first = dict.fromkeys(f"`{effect.text}`" for effect in left)
    verb = "runs before the charge now and is" if len(first) == 1 else "run before the charge now and are"
    return [
        Finding(
            Code.SETUP_NOT_UNDONE,
            line,
            f"{', '.join(first)} {verb} not undone when the charge fails",
            tuple((effect.line, f"`{effect.text}`") for effect in left),
        )
    ]


def not_undone(setup: Sequence[Effect], line: int) -> list[Finding]:
    """The findings about effects that nothing takes back; a lock that is taken and given up again is one."""
    findings = []
    waiting = list(setup)
    while waiting:
        effect = waiting.pop(0)
        closing = next((other for other in waiting if _closes(effect, other)), None)
        if closing is None:
            message = f"`{effect.text}` now runs before the charge and is not undone when the charge fails"
            related: tuple[tuple[int, str], ...] = ((effect.line, f"`{effect.text}`"),)
        else:
            waiting.remove(closing)
            message = f"`{effect.text}` and `{closing.text}` now run before the charge, also when the charge fails"
            related = tuple((item.line, f"`{item.text}`") for item in (effect, closing))
        findings.append(Finding(Code.SETUP_NOT_UNDONE, line, message, related))
    return findings


_OPPOSITES = (("lock", "unlock"), ("down", "up"), ("begin", "end"), ("disable", "enable"), ("get", "put"))


def _closes(effect: Effect, other: Effect) -> bool:
    """Whether two calls open and close the same thing, by their names and their first argument."""
    first, second = callee_name(effect.node), callee_name(other.node)
    if first is None or second is None or "unlock" in first:
        return False
    name = first.replace("irqsave", "irqrestore")
    if not any(opening in name and name.replace(opening, closing, 1) == second for opening, closing in _OPPOSITES):
        return False
    given = [[item.source.normal(argument) for argument in arguments(item.node)[:1]] for item in (effect, other)]
    return given[0] == given[1]


class Change(StrEnum):
    """How an effect runs more than before."""

    NEW = "new"
    MORE_OFTEN = "more often"
    ON_EVERY_PATH = "on every path"


WIDENED = {
    Change.NEW: "now also runs {0}",
    Change.MORE_OFTEN: "ran {0} and now may run once more",
    Change.ON_EVERY_PATH: "ran on some paths {0} and now runs on every path",
}


def widened(old: Row, new: Row, used: Mapping[str, int]) -> Iterator[tuple[str, Change]]:
    """Effects that run more than before, in source order; those of ``used`` may run so much more often."""
    for normal in sorted(new.may, key=lambda item: new.effects[item]):
        more = used.get(normal, 0)
        if more and new.effects[normal].idempotent:
            continue
        if new.possibly(normal) > old.possibly(normal) + more:
            yield normal, Change.MORE_OFTEN if normal in old.may or more else Change.NEW
        elif new.surely(normal) > old.surely(normal) + more:
            yield normal, Change.ON_EVERY_PATH


def _often(times: int) -> str:
    return ("never", "once", "twice")[times] if times < 3 else "more often"


def lost(old: Row, new: Row, line: int, when: str) -> list[Finding]:
    """Effects that run less than before."""
    findings = []
    for normal in sorted(old.may, key=lambda item: old.effects[item]):
        effect = old.effects[normal]
        if normal not in new.may:
            how = "and no longer does"
        elif new.possibly(normal) < old.possibly(normal):
            how = f"{_often(old.possibly(normal))} and now runs {_often(new.possibly(normal))}"
        elif new.surely(normal) < old.surely(normal):
            how = "and no longer does on every path"
        else:
            continue
        message = f"`{effect.text}` ran {when} {how}"
        findings.append(Finding(Code.CLEANUP_LOST, line, message, ((effect.line, f"`{effect.text}`"),)))
    return findings


def listed(values: Collection[str]) -> str:
    """Values in one order, for a sentence."""
    return " or ".join(sorted(values)) or "nothing"


def compare_rows(line: int, origin: str, old: Row, new: Row) -> list[Finding]:
    """The differences of a failure that is not the charge's own."""
    findings = []
    for normal, how in widened(old, new, {}):
        text = new.effects[normal].text
        message = f"`{text}` {WIDENED[how].format(f'after `{origin}`')}"
        findings.append(Finding(Code.ERROR_PATH_WIDENED, line, message))
    findings += lost(old, new, line, f"after `{origin}`")
    if old.returns != new.returns:
        findings.append(
            Finding(
                Code.RETURN_CHANGED,
                line,
                f"after `{origin}` the function returned {listed(old.returns)} and now returns {listed(new.returns)}",
            )
        )
    return findings
