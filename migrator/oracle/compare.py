"""The differences between two runs of one scenario, and which diagnostics speak of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum

from msgspec import Struct

from migrator.diagnostics import Code
from migrator.oracle.trace import Run, Vocabulary


class Kind(StrEnum):
    """What is different after the rewrite."""

    RETURN = "return"
    EXTRA = "extra-effect"
    LOST = "lost-effect"
    STORE_LOST = "lost-store"  # a field holds another value, because of a store that comes earlier now
    CHARGE_LEFT = "charge-left"
    CHARGE_LOST = "charge-lost"
    CHARGED_TWICE = "charged-twice"
    ARGUMENT = "argument"
    FOLLOWER = "follower"
    ERROR = "error"
    STOPPED = "stopped"
    ZEROED = "zeroed"  # a field holds 0 that did hold something: no harm, but it bears a warning out
    KEPT = "kept"  # aborted and not released after that: the charge may live on; bears a warning out


HARMLESS = frozenset({Kind.ZEROED, Kind.KEPT})

# Which codes announce a kind of difference. What is not here may never happen.
COVERS: dict[Kind, frozenset[Code]] = {
    Kind.RETURN: frozenset({Code.RETURN_CHANGED, Code.FAILURE_ORDER_CHANGED}),
    Kind.EXTRA: frozenset(
        {Code.ERROR_PATH_WIDENED, Code.SETUP_NOT_UNDONE, Code.FAILURE_ORDER_CHANGED, Code.ARGUMENT_DRIFT}
    ),
    Kind.LOST: frozenset({Code.CLEANUP_LOST, Code.FAILURE_ORDER_CHANGED, Code.ARGUMENT_DRIFT}),
    Kind.STORE_LOST: frozenset(
        {Code.CLEANUP_LOST, Code.SETUP_NOT_UNDONE, Code.FAILURE_ORDER_CHANGED, Code.ARGUMENT_DRIFT}
    ),
    Kind.CHARGE_LEFT: frozenset({Code.CHARGE_OUTLIVES_ABORT}),
    Kind.CHARGED_TWICE: frozenset({Code.CHARGE_OUTLIVES_ABORT}),
    Kind.ZEROED: frozenset({Code.SETUP_NOT_UNDONE, Code.ERROR_PATH_WIDENED}),
    Kind.KEPT: frozenset({Code.CHARGE_OUTLIVES_ABORT}),
    Kind.ARGUMENT: frozenset({Code.ARGUMENT_DRIFT, Code.ARGUMENT_DROPPED}),
}


class Difference(Struct, frozen=True):
    """One difference, in words."""

    kind: Kind
    text: str
    effects: tuple[str, ...] = ()


class Announced(Struct, frozen=True):
    """What the diagnostics of a function say: messages by code. ``moved``: a call stands at another place."""

    messages: Mapping[Code, tuple[str, ...]]
    moved: bool

    def covers(self, difference: Difference, reordered: bool) -> frozenset[tuple[Code, str]]:
        """The warnings that announce a difference; one of effects must be named, each of them.

        ``reordered``: another call failed first, which only ``failure-order-changed`` announces.
        """
        codes = COVERS.get(difference.kind, frozenset()) & self.messages.keys()
        if Code.FAILURE_ORDER_CHANGED in codes:
            if reordered:
                codes = frozenset({Code.FAILURE_ORDER_CHANGED})
            else:
                codes -= {Code.FAILURE_ORDER_CHANGED}
        told = [(code, message) for code in codes for message in self.messages[code]]
        if not difference.effects or Code.FAILURE_ORDER_CHANGED in codes:
            return frozenset(told)
        naming = frozenset[tuple[Code, str]]()
        for effect in difference.effects:
            named = {item for item in told if _effect_name(effect) in _WORD.findall(item[1])}
            if not named:
                return frozenset()
            naming |= named
        return naming


_WORD = re.compile(r"\w+")


def _effect_name(effect: str) -> str:
    """The called function, or the field stored to."""
    return effect.partition(" = ")[0].rpartition(".")[2] if " = " in effect else effect.partition("(")[0]


def reordered(before: Run, after: Run) -> bool:
    """Whether a charge that failed is not even tried by the second version."""
    tried = Counter(charge.object for charge in after.charges)
    for charge in before.charges:
        tried[charge.object] -= 1
        if charge.result and tried[charge.object] < 0:
            return True
    return False


def compare_runs(
    before: Run, after: Run, words: Vocabulary, moved: bool, havoc: bool = False
) -> tuple[Difference, ...] | None:
    """All differences; None where the first version is wrong or does not return: then there is nothing to compare."""
    if before.errors or before.stopped:
        return None
    found: list[Difference] = []
    if after.stopped:
        return (Difference(Kind.STOPPED, after.stopped),)
    for error in after.errors:
        found.append(Difference(Kind.CHARGED_TWICE if error.endswith("charged twice") else Kind.ERROR, error))
    if before.returned != after.returned:
        found.append(Difference(Kind.RETURN, f"returns {after.returned}, not {before.returned}"))
    lost, extra = _effect_changes(before.effects, after.effects, words, moved)
    stored = {text.partition(" = ")[0] for text in extra if " = " in text}
    lost = [text for text in lost if text.partition(" = ")[0] not in stored]  # another value: one difference
    if havoc:  # a store of 0 takes back a store, whatever was there before
        zeros = [text for text in extra if text.endswith(" = 0")]
        extra = [text for text in extra if not text.endswith(" = 0")]
        if zeros:
            found.append(Difference(Kind.ZEROED, "; ".join(zeros)))
    if lost:
        kind = Kind.STORE_LOST if all(" = " in text for text in lost) else Kind.LOST
        found.append(Difference(kind, "; ".join(lost), tuple(lost)))
    if extra:
        found.append(Difference(Kind.EXTRA, "; ".join(extra), tuple(extra)))
    left = sorted(after.charged - before.charged)
    if left:
        found.append(Difference(Kind.CHARGE_LEFT, f"{', '.join(left)} still charged at the exit"))
    if before.kept:
        found.append(Difference(Kind.KEPT, f"{', '.join(sorted(before.kept))} is not released after the abort"))
    gone = sorted(before.charged - after.charged)
    if gone:
        found.append(Difference(Kind.CHARGE_LOST, f"{', '.join(gone)} not charged at the exit"))
    found += _argument_changes(before, after, words)
    return tuple(found)


def _effect_changes(
    before: Sequence[str], after: Sequence[str], words: Vocabulary, moved: bool
) -> tuple[list[str], list[str]]:
    if list(before) == list(after):
        return [], []
    lost, extra = _difference(before, after)
    if not moved:
        return lost, extra
    lost, extra = _cancelled(lost, words), _cancelled(extra, words)
    if not lost and not extra:
        return [], []
    again = _difference(_cancelled(before, words), _cancelled(after, words))
    return again if sum(map(len, again)) < len(lost) + len(extra) else (lost, extra)


def _difference(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    lost: list[str] = []
    extra: list[str] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            lost += before[i:j]
            extra += after[k:m]
    return lost, extra


def _cancelled(effects: Sequence[str], words: Vocabulary) -> list[str]:
    """Effects without those that later ones take back, and without these."""
    kept = _given_up(effects, words)
    position = 0
    while position < len(kept):
        other = next(
            (later for later in range(position + 1, len(kept)) if _undoes(kept[position], kept[later], words)), None
        )
        if other is None:
            position += 1
        else:
            del kept[other], kept[position]
    return kept


def _given_up(effects: Sequence[str], words: Vocabulary) -> list[str]:
    """Effects without what gives the object up, what that takes back, and locks that are given up before it."""
    last = next((index for index, text in enumerate(effects) if words.failure and words.failure.match(text)), None)
    if words.failure is None or last is None:
        return list(effects)
    given = words.failure.match(effects[last])
    kept: list[str] = []
    for text in effects[:last]:
        matches = [match for rule in words.owned if (match := rule.match(text)) is not None]
        name, _, arguments = text.partition("(")
        opening = name.replace("unlock", "lock")
        if opening != name and f"{opening}({arguments}" in kept:
            kept.remove(f"{opening}({arguments}")
        elif given is None or not any(_agree(match, given) for match in matches):
            kept.append(text)
    return [*kept, *effects[last + 1 :]]


def _undoes(effect: str, undo: str, words: Vocabulary) -> bool:
    for first, second in words.undo:
        left, right = first.match(effect), second.match(undo)
        if left and right and effect != undo and _agree(left, right):
            return True
    return False


def _agree(left: re.Match[str], right: re.Match[str]) -> bool:
    ours, theirs = left.groupdict(), right.groupdict()
    return all(ours[name] == theirs[name] for name in ours.keys() & theirs.keys())


def _argument_changes(before: Run, after: Run, words: Vocabulary) -> list[Difference]:
    found = []
    seen: Counter[str] = Counter()
    others = {}
    for charge in after.charges:
        others[charge.object, seen[charge.object]] = charge
        seen[charge.object] += 1
    seen.clear()
    for charge in before.charges:
        other = others.get((charge.object, seen[charge.object]))
        seen[charge.object] += 1
        if other is None:
            continue
        for name, value in charge.arguments.items():
            if name in ("object", "handle"):
                continue
            given = other.arguments.get(name)
            if given is None:
                neutral = words.neutral.get(name, ())
                asked = words.neutral_calls.get(name, ())
                answers = {answer for call, answer in before.answers if any(shape.match(call) for shape in asked)}
                if "*" not in neutral and value not in neutral and value not in answers:
                    found.append(Difference(Kind.ARGUMENT, f"{name} {value} is dropped"))
            elif given != value:
                found.append(Difference(Kind.ARGUMENT, f"{name} is {given}, not {value}"))
    found += _follower_changes(before, after)
    return found


def _follower_changes(before: Run, after: Run) -> list[Difference]:
    """Where every success of an object was followed by something, every success must be now."""

    def followed(run: Run, name: str) -> tuple[int, int]:
        successes = sum(1 for charge in run.charges if charge.object == name and not charge.result)
        return successes, sum(1 for text in run.followers if f"({name}," in text)

    found = []
    for name in sorted({charge.object for charge in before.charges}):
        old, new = followed(before, name), followed(after, name)
        if old[0] and new[0] and ((old[0] == old[1] and new[0] != new[1]) or (not old[1] and new[1])):
            found.append(Difference(Kind.FOLLOWER, f"{new[1]} calls follow {new[0]} successes for {name}"))
    return found
