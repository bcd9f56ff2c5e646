"""``--review``: show the change of one site at a time and ask; what is not wanted is left alone.

A site's own change is what the engine does when all other sites are set aside. At the end each file is migrated
once more without the sites that were declined, so the result is what the engine makes of the rest, not
a patchwork. Shown and asked on stderr, answered on stdin.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from migrator.api import TreeResult, migrate_source, tree_of
from migrator.changes import unified_diff
from migrator.cli.hunks import shown_diff, warnings_of
from migrator.cli.terminal import painter, say
from migrator.engine import Options
from migrator.results import SiteStatus

if TYPE_CHECKING:
    from migrator.cli.settings import Settings
    from migrator.results import FileResult
    from migrator.source import Dialect

Key = tuple[str, int]


class Answer(StrEnum):
    """What can be said to a site."""

    YES = "y"
    NO = "n"
    ALL = "a"
    QUIT = "q"


_HELP = """\
y  migrate this site
n  leave it alone
a  migrate it and all that follow
q  leave it and all that follow alone"""


class _Unit(Struct, frozen=True):
    """Begins that the engine migrates together: those of one object in one function."""

    function: str
    object: str
    keys: frozenset[Key]


def reviewed(result: TreeResult, settings: Settings) -> TreeResult:
    """The result without what was declined."""
    with closing(tree_of(result)) as tree:
        dialect = tree.dialect
    units = [(file, unit) for file in result.files for unit in _units(file)]
    declined: dict[str, set[Key]] = {}
    answer: Answer | None = None
    for number, (file, unit) in enumerate(units, 1):
        if answer not in (Answer.ALL, Answer.QUIT):
            others = frozenset(key for other in _units(file) if other != unit for key in other.keys)
            _show(_again(file, result, others, dialect, settings), result, settings)
            answer = _ask(f"{file.path}: {unit.object} in {unit.function}() ({number} of {len(units)})")
        if answer in (Answer.NO, Answer.QUIT):
            declined.setdefault(file.path, set()).update(unit.keys)
    files = tuple(
        _again(file, result, frozenset(declined[file.path]), dialect, settings) if file.path in declined else file
        for file in result.files
    )
    return replace(result, files=files)


def _units(file: FileResult) -> Iterator[_Unit]:
    keys: dict[tuple[str, str], set[Key]] = {}
    for site in file.sites:
        if site.status is not SiteStatus.REFUSED:
            keys.setdefault((site.function, site.object), set()).add((site.function, site.line))
    for (function, name), members in keys.items():
        yield _Unit(function, name, frozenset(members))


def _again(
    file: FileResult, result: TreeResult, skip: frozenset[Key], dialect: Dialect, settings: Settings
) -> FileResult:
    options = Options(strict=settings.strict, skip=skip, on_divergence=settings.on_divergence, alone=True)
    return migrate_source(file.before, result.pattern, path=file.path, dialect=dialect, options=options)


def _show(file: FileResult, result: TreeResult, settings: Settings) -> None:
    diff = unified_diff(file)
    if diff:
        for line in shown_diff(diff, warnings_of(file), painter(settings.color, sys.stderr), suggestions=True):
            say(line)


def _ask(about: str) -> Answer:
    """The answer of a person; the end of the input means to leave the rest alone."""
    while True:
        sys.stderr.write(f"{about}: migrate? [y,n,a,q,?] ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            say("")
            return Answer.QUIT
        try:
            return Answer(line.strip().lower()[:1])
        except ValueError:
            say(_HELP)
