"""The golden cases of a pattern as examples of what it does: shown by ``migrator patterns show``."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.errors import InputError
from migrator.testing.cases import Case, case_folders, read_case

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern


def examples(pattern: Pattern) -> tuple[Case, ...]:
    """The cases of one file that a pattern comes with, the shortest that changes something first; may be empty.

    They are in ``testdata`` in its folder; for a pattern of this package in the ``testdata`` that comes with it.

    >>> from migrator import Pattern
    >>> [case.name for case in examples(Pattern.load("no_llseek"))]
    ['members']
    """
    for folder in _folders(pattern):
        found: list[Case] = []
        for place, tree in case_folders(folder, pattern.name):
            with suppress(InputError):  # one that is being written hides no other
                case = read_case(place, pattern.name, tree=tree)
                found += [case] if isinstance(case, Case) else []
        if found:
            return tuple(sorted(found, key=lambda case: (case.before == case.after, len(case.before), case.name)))
    return ()


def _folders(pattern: Pattern) -> tuple[Path, ...]:
    package = Path(__file__).resolve().parent.parent
    own = [pattern.folder / "testdata"]
    if pattern.folder.parent in (package / "bundled_patterns", package.parent / "patterns"):
        own += [package / "bundled_testdata" / pattern.name, package.parent / "testdata" / pattern.name]
    return tuple(own)
