"""Which functions of a case are run: those that were rewritten, and those in whose callees something changed.

A callee that takes over, or gives up, a part of the protocol means something else afterwards; it cannot be compared
with itself, only as part of the functions that call it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.oracle.c_types import CType, parameters
from migrator.oracle.texts import Text, parse_version
from migrator.source import Dialect, SourceFile
from migrator.syntax import callee_name, walk

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern


class Subject(Struct, frozen=True):
    """A function to run; ``callees`` are the changed functions that it calls, directly or not."""

    name: str
    callees: frozenset[str] = frozenset()


class Chosen(Struct, frozen=True):
    """``subjects`` by name; ``not_run``: changed functions that are neither subjects nor called by any, and why."""

    subjects: Mapping[str, Subject]
    not_run: Mapping[str, str]


class _Known(Struct, frozen=True):
    """One version of a function."""

    text: str
    parameters: tuple[tuple[str, CType], ...]
    callees: frozenset[str]


def subjects_of(texts: Collection[Text], rewritten: Collection[str], pattern: Pattern, dialect: Dialect) -> Chosen:
    """Choose; ``rewritten`` are the functions with a rewritten site, which are always run."""
    before, after = (_functions(parse_version(texts, version, dialect)) for version in (0, 1))
    common = [name for name in before if name in after]
    changed = {name for name in common if before[name].text != after[name].text}
    protocol = pattern.begin_names | pattern.commit_names | pattern.abort_names | {pattern.new_call.name}
    spoken = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, protocol)))})\b")
    calls = {name: before[name].callees | after[name].callees for name in common}
    passed = {}
    for name in sorted(changed - set(rewritten), key=common.index):
        if before[name].parameters != after[name].parameters:
            passed[name] = "its parameters differ, and nothing that is run calls it"
        elif any(spoken.search(version[name].text) for version in (before, after)):
            passed[name] = "it holds a part of the protocol, and nothing that is run calls it"
    subjects = {}
    for name in common:
        callees = _reached(name, calls) & changed
        if name not in passed and (name in rewritten or name in changed or callees & passed.keys()):
            subjects[name] = Subject(name, frozenset(callees))
    called = {callee for subject in subjects.values() for callee in subject.callees}
    return Chosen(subjects, {name: why for name, why in passed.items() if name not in called})


def _functions(sources: Iterable[SourceFile]) -> dict[str, _Known]:
    found = {}
    for source in sources:
        for function in source.functions:
            callees = frozenset(name for node in walk(function.body) if (name := callee_name(node)) is not None)
            found[function.name] = _Known(source.normal(function.node), tuple(parameters(function)), callees)
    return found


def _reached(name: str, calls: Mapping[str, Collection[str]]) -> set[str]:
    """The functions that are called, directly or not; the function itself only if it calls itself."""
    found: set[str] = set()
    pending = list(calls[name])
    while pending:
        callee = pending.pop()
        if callee in calls and callee not in found:
            found.add(callee)
            pending += calls[callee]
    return found
