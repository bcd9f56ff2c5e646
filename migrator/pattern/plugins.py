"""Patterns and refactors of other packages, found by their entry points.

``migrator.patterns``: the name of a pattern, and an object that is the path of its folder (or of a module in it).
``migrator.refactors``: the name of a refactor, and a ``migrator.Refactor``. Asked only for a name that is not known
otherwise: reading the list of installed packages takes longer than a small run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from migrator.errors import PatternError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from migrator.pattern.model import Pattern

PATTERNS = "migrator.patterns"
REFACTORS = "migrator.refactors"


@runtime_checkable
class MakesPattern(Protocol):
    """What an entry point of the group ``migrator.refactors`` has to be."""

    def pattern(self) -> Pattern:
        """The pattern that stands for it."""


def plugin_names() -> tuple[str, ...]:
    """The names of all patterns and refactors that other packages ship."""
    return tuple(sorted({entry.name for group in (PATTERNS, REFACTORS) for entry in _entries(group)}))


def find_plugin(name: str) -> Path | Pattern | None:
    """The folder of a pattern, or the pattern that stands for a refactor; None when no package ships one.

    Raises PatternError for an entry point that cannot be loaded or is something else.
    """
    for entry in _entries(PATTERNS):
        if entry.name == name:
            found = _loaded(entry)
            place = found if isinstance(found, (str, Path)) else getattr(found, "__file__", None)
            if not isinstance(place, (str, Path)):
                raise PatternError(f"the entry point {entry.value} is not the path of a folder", name)
            return Path(place) if Path(place).is_dir() else Path(place).parent
    for entry in _entries(REFACTORS):
        if entry.name == name:
            found = _loaded(entry)
            if not isinstance(found, MakesPattern):
                raise PatternError(f"the entry point {entry.value} is not a Refactor", name)
            return found.pattern()
    return None


def _entries(group: str) -> tuple[EntryPoint, ...]:
    from importlib.metadata import entry_points

    return tuple(entry_points(group=group))


def _loaded(entry: EntryPoint) -> object:
    try:
        found: object = entry.load()
    except (ImportError, AttributeError) as error:
        raise PatternError(f"the entry point {entry.value} cannot be loaded: {error}", entry.name) from None
    return found
