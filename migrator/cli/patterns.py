"""``migrator patterns``: list, show, check and test."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.cli.guard import Status
from migrator.cli.terminal import ColorChoice, Painter, Style, painter, put, say
from migrator.errors import PatternError
from migrator.series.text import counted

if TYPE_CHECKING:
    from migrator.oracle.cases import Judgement
    from migrator.pattern.describe import PatternDescription, RoleDescription
    from migrator.testing import Case, TreeCase

_INDENT = "    "


def run_list(*, as_json: bool) -> Status:
    """Print names and summaries."""
    from migrator.pattern.describe import describe
    from migrator.pattern.load import list_patterns

    found = [describe(pattern) for pattern in list_patterns()]
    if as_json:
        from migrator.cli.json_report import encoded

        put(encoded(found))
        return Status.DONE
    width = max((len(item.name) for item in found), default=0)
    for item in found:
        put(f"{item.name:{width}}  {item.summary}")
    return Status.DONE


def run_show(name: str, color: ColorChoice, *, as_json: bool) -> Status:
    """Print what a pattern says."""
    from migrator.pattern.describe import describe
    from migrator.pattern.load import load_pattern

    description = describe(load_pattern(name))
    if as_json:
        from migrator.cli.json_report import encoded

        put(encoded(description))
    else:
        put("\n".join(_description(description, painter(color, sys.stdout))))
    return Status.DONE


def _description(item: PatternDescription, paint: Painter) -> Iterator[str]:
    yield paint(item.name, Style.HEAD)
    yield _INDENT + item.summary
    yield from _section("reference", (item.reference,), paint)
    yield from _section("extends", item.extends, paint)
    if item.rules:
        yield from _section("words", item.words, paint)
        for rule in item.rules:
            conditions = (f"where {text}" for text in rule.conditions)
            yield from _section(f"rule {rule.name}", (rule.action, *conditions), paint)
        yield from _section("files", (item.folder, *item.files), paint)
        yield from _section("digest", (item.digest,), paint)
        return
    yield from _section("from", tuple(_role(role) for role in item.roles), paint)
    after = tuple(f"after {begin}(): {statement}" for begin, statement in item.after_success)
    errors = f"; fails with {', '.join(item.errors)}" if item.errors else ""
    sleeps = "may sleep" if item.may_sleep else "does not sleep"
    yield from _section("to", (item.new_call, f"{item.placement}; {sleeps}{errors}", *after), paint)
    dropped = tuple(
        f"{one.name}: {'any value' if one.any else 'only ' + ' or '.join(one.neutral)}" for one in item.arguments
    )
    yield from _section("dropped without a warning", dropped, paint)
    yield from _section("undone by", tuple(f"{effect}  <-  {undo}" for effect, undo in item.undo), paint)
    yield from _section("other uses of the handle", tuple(f"{old}  ->  {new}" for old, new in item.handle_uses), paint)
    yield from _section("where the object lives on after an abort", (item.object_lives,), paint)
    yield from _section("calls without effect", item.pure, paint)
    yield from _section("no sleeping between", tuple(f"{one}() and {other}()" for one, other in item.locks), paint)
    introduced = tuple(f"{name}(): its {slot} {where}" for name, slot, where in item.introduces)
    yield from _section("introduced where it is missing", introduced, paint)
    removed = tuple(f"{name}()" + (f", stays static as {kept}()" if kept else "") for name, kept in item.removes)
    yield from _section("removed when no caller is left", removed, paint)
    yield from _section("files", (item.folder, *item.files), paint)
    yield from _section("digest", (item.digest,), paint)


def _section(title: str, lines: tuple[str, ...], paint: Painter) -> Iterator[str]:
    wanted = [line for line in lines if line]
    if wanted:
        yield ""
        yield paint(title, Style.HEAD)
        yield from (_INDENT + line for line in wanted)


def _role(role: RoleDescription) -> str:
    names = ", ".join(f"{name}()" for name in role.names) or f"code that {role.file}:{role.line} describes"
    arities = " or ".join(map(str, role.arities))
    arguments = f" with {arities} arguments" if arities else ""
    return f"{role.role}: {names}{arguments}"


def run_check(names: tuple[str, ...]) -> Status:
    """Load each; say what is wrong with those that are not valid."""
    from migrator.pattern.load import load_pattern

    status = Status.DONE
    for name in names:
        try:
            pattern = load_pattern(name)
        except PatternError as error:
            say(f"migrator: error: {error}")
            status = Status.FAILED
        else:
            goal = pattern.new_call.name if pattern.rewrite is None else counted(len(pattern.rewrite.rules), "rule")
            put(f"{name}: valid ({', '.join(pattern.words)} -> {goal})")
    return status


def run_test(folder: Path, pattern: str, *, run: bool, verbose: bool) -> Status:
    """Run golden cases; print those that fail, and with -v those that pass. ``run``: under the oracle too."""
    from migrator.testing import read_all_cases, run_cases

    cases = read_all_cases(folder, pattern)
    outcomes = list(run_cases(cases))
    failed = {outcome.case.folder for outcome in outcomes if outcome.problems}
    for outcome in outcomes:
        if outcome.problems:
            put(outcome.report)
        elif verbose:
            put(f"{outcome.case.folder}: passed")
    say(f"migrator: {counted(len(outcomes), 'case')}, {len(failed)} failed")
    status = Status.FINDINGS if failed else Status.DONE
    return max(status, _run_compiled(cases, verbose=verbose)) if run else status


class _Totals(Struct):
    run: int = 0
    scenarios: int = 0
    differences: int = 0
    silent: int = 0
    unproven: int = 0
    not_run: int = 0


def _run_compiled(cases: Sequence[Case | TreeCase], *, verbose: bool) -> Status:
    """Let both versions of each case run, and print what differs in silence, what is unproven, what was not run."""
    from migrator.oracle.cases import judge_case
    from migrator.oracle.program import Workshop
    from migrator.pattern.load import load_pattern

    workshop = Workshop()
    totals = _Totals()
    try:
        for case in cases:
            judgement = judge_case(workshop, case, load_pattern(case.pattern))
            totals.run += bool(judgement.functions)
            totals.scenarios += judgement.scenarios
            totals.differences += len(judgement.differences)
            totals.silent += len(judgement.problems)
            totals.unproven += len(judgement.unproven)
            totals.not_run += not judgement.functions
            for line in _told(judgement, verbose=verbose):
                put(f"{case.folder}: {line}")
    finally:
        workshop.close()
    say(
        f"migrator: {counted(totals.run, 'case')} run in {counted(totals.scenarios, 'scenario')}: "
        f"{counted(totals.differences, 'difference')} announced, {totals.silent} not announced, "
        f"{counted(totals.unproven, 'warning')} unproven; {counted(totals.not_run, 'case')} not run"
    )
    return Status.FINDINGS if totals.silent else Status.DONE


def _told(judgement: Judgement, *, verbose: bool) -> Iterator[str]:
    yield from (f"not announced: {text}" for text in judgement.problems)
    for function, code, message in judgement.unproven:
        yield f"unproven: {function}(): no scenario shows {code}: {message}"
    yield from (f"not run: {text}" for text in judgement.not_run)
    yield from (f"the compiler warns: {text}" for text in judgement.notes)
    if verbose:
        yield from (f"announced: {text}" for text in judgement.differences)
        if judgement.functions:
            names = ", ".join(f"{name}()" for name in judgement.functions)
            yield f"run in {counted(judgement.scenarios, 'scenario')}: {names}"
