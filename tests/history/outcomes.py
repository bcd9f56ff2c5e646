"""The classes of what became of a site in a newer tree, and how one is told from the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tests.history.later import History, Later, Moved, Replaced, later_forms
from tests.history.regions import Tree
from tests.history.sites import Site

# Those of the first line count as agreement, those of the last say nothing about it.
AGREES, MORE = "agrees", "did more"
DIFFERS, KEPT, NOT_FOUND = "differs", "kept", "not found"
REPLACED, GONE = "replaced", "gone"
KINDS = (AGREES, MORE, DIFFERS, KEPT, NOT_FOUND, REPLACED, GONE)


class Outcome(NamedTuple):
    """What became of one site. ``rule``: what explains it, where it is not the text itself."""

    file: str
    region: str
    kind: str
    rule: Later | Moved | Replaced | None = None


class Judge:
    """Looks for the sites of one file in the newer tree; a text there stands for as many sites as it occurs."""

    def __init__(self, tree: Tree, history: History) -> None:
        self._tree = tree
        self._history = history
        self._used: Counter[tuple[str, str]] = Counter()

    def outcome(self, site: Site, like: str) -> Outcome:
        """``like``: the text of the region in the older tree."""
        kind, rule = self._kind(site, like)
        return Outcome(site.file, site.region, kind, rule)

    def _kind(self, site: Site, like: str) -> tuple[str, Later | Moved | Replaced | None]:
        texts = self._tree.regions(site.file, site.region, like) if site.region else []
        if not texts:
            return GONE, None
        if not site.new:
            return _removed(texts, site.old), None
        if self._take(texts, site.new):
            return AGREES, None
        for form in later_forms(site.after, site.node, site.file, self._history.later):
            if self._take(texts, form.text, shared=form.shared):
                return MORE, form.rule
        for moved in self._history.moved:
            if moved.old == f"{site.file}:{site.region}":
                file, _, region = moved.new.rpartition(":")
                if self._take(self._tree.regions(file, region, ""), site.new):
                    return MORE, moved
        if _stands(texts, site.old):
            return KEPT, None
        for replaced in self._history.replaced:
            for name in replaced.calls:
                call = f"{name} ("
                if self._take(texts, call) if replaced.each else _stands(texts, call):
                    return REPLACED, replaced
        if any(_stands(texts, name) for name in self._history.new_names):
            return DIFFERS, None
        return NOT_FOUND, None

    def _take(self, texts: Sequence[str], wanted: str, *, shared: bool = False) -> bool:
        """Whether the text stands in one of the regions, once more than it was taken before unless it is shared."""
        for text in texts:
            if text.count(f" {wanted} ") > (0 if shared else self._used[text, wanted]):
                self._used[text, wanted] += not shared
                return True
        return False


def _removed(texts: Sequence[str], old: str) -> str:
    """The class of a site that is gone by the pattern: an initialiser may have another value instead."""
    if _stands(texts, old):
        return KEPT
    designator = old.partition(" =")[0]
    return DIFFERS if designator and _stands(texts, f"{designator} =") else AGREES


def _stands(texts: Iterable[str], wanted: str) -> bool:
    return bool(wanted) and any(f" {wanted} " in text for text in texts)
