"""A sequence of small choices that a generator reads, and its reduction to a smaller one with the same property.

The numbers are the test case: the same numbers make the same function, and smaller or fewer numbers a simpler one, as
in Hypothesis (MacIver and Donaldson, "Test-case reduction via test-case generation", ECOOP 2020).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from msgspec import Struct, field


class Choices(Struct):
    """``prefix`` first, then numbers from ``source``; without one zeros. ``taken`` is what was read."""

    prefix: Sequence[int] = ()
    source: random.Random | None = None
    taken: list[int] = field(default_factory=list)

    def below(self, bound: int) -> int:
        """A number from 0 to ``bound`` - 1; 0 is the simplest."""
        position = len(self.taken)
        if position < len(self.prefix):
            value = self.prefix[position] % bound
        else:
            value = self.source.randrange(bound) if self.source is not None else 0
        self.taken.append(value)
        return value

    def chance(self, percent: int) -> bool:
        """True in that many of a hundred cases; false is simpler."""
        return self.below(100) >= 100 - percent

    def one(self, *items: str) -> str:
        """One of some texts; the first is the simplest."""
        return items[self.below(len(items))]


def shrink(taken: Sequence[int], holds: Callable[[Sequence[int]], bool], tries: int = 250) -> list[int]:
    """A smaller sequence for which ``holds`` is still true: runs are deleted, then numbers lowered."""
    best = list(taken)
    left = tries

    def attempt(candidate: list[int]) -> bool:
        nonlocal best, left
        if left <= 0 or candidate == best:
            return False
        left -= 1
        if holds(candidate):
            best = candidate
            return True
        return False

    changed = True
    while changed and left > 0:
        changed = False
        size = max(len(best) // 2, 1)
        while size and left > 0:
            start = len(best) - size
            while start >= 0 and left > 0:
                if attempt(best[:start] + best[start + size :]):
                    changed = True
                start -= size
            size //= 2
        position = 0
        while position < len(best) and left > 0:
            if best[position]:
                changed |= attempt([*best[:position], 0, *best[position + 1 :]])
            position += 1
    return best
