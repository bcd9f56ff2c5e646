"""``migrator patterns test``: golden cases, accepted, compared and run."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.cli.guard import Status
from migrator.cli.terminal import ColorChoice, Painter, Style, harmless, painter, put, say
from migrator.errors import InputError
from migrator.series.text import counted

if TYPE_CHECKING:
    from migrator.oracle.cases import Judgement
    from migrator.testing import Case, Outcome, TreeCase


def run_test(folder: Path, pattern: str, color: ColorChoice, *, run: bool, accept: bool, verbose: bool) -> Status:
    """Run golden cases; print those that fail, and with -v those that pass. ``run``: under the oracle too.

    ``accept``: take what comes out for what is wanted first, and print the files that were written. A case that cannot
    be read or accepted is an error, the others are run all the same.
    """
    from migrator.testing import run_cases

    cases, unusable = _usable_cases(*_place_of_cases(folder, pattern), accept=accept)
    outcomes = list(run_cases(cases))
    failed = sum(bool(outcome.problems) for outcome in outcomes)
    paint = painter(color, sys.stdout)
    for outcome in outcomes:
        if outcome.problems:
            put("\n".join(_shown(outcome, paint)))
        elif verbose:
            put(f"{outcome.case.folder}: passed")
    not_run = f", {unusable} not run" if unusable else ""
    say(
        f"migrator: {counted(len(outcomes) + unusable, 'case')}: "
        f"{len(outcomes) - failed} passed, {failed} failed{not_run}"
    )
    if failed and not accept:
        say("migrator: where what came out is right, --accept writes it down as what is wanted")
    status = Status.FAILED if unusable else Status.FINDINGS if failed else Status.DONE
    return max(status, _run_compiled(cases, verbose=verbose)) if run else status


def _place_of_cases(folder: Path, pattern: str) -> tuple[Path, str]:
    """The folder of the cases and their pattern; for the folder of a pattern these are its own."""
    if not (folder / "pattern.toml").is_file():
        return folder, pattern
    name = str(folder)
    return folder / "testdata", pattern or (name if "/" in name else f"./{name}")


def _usable_cases(folder: Path, pattern: str, *, accept: bool) -> tuple[list[Case | TreeCase], int]:
    """The cases below a folder, accepted first if asked to, and how many there are beside them."""
    from migrator.pattern.load import load_pattern
    from migrator.testing.accept import accept_case
    from migrator.testing.cases import case_folders, no_cases, read_case

    found = case_folders(folder, pattern)
    if not found:
        raise no_cases(folder, pattern)
    names = {case: pattern or case.parent.name for case, _ in found}
    patterns = {name: load_pattern(name) for name in dict.fromkeys(names.values())} if accept else {}
    usable: list[Case | TreeCase] = []
    for case, tree in found:
        try:
            for path in accept_case(case, patterns[names[case]], tree=tree) if accept else ():
                put(str(path))
            usable.append(read_case(case, names[case], tree=tree))
        except InputError as error:
            say(f"migrator: error: {error}")
    return usable, len(found) - len(usable)


def _shown(outcome: Outcome, paint: Painter) -> Iterator[str]:
    """The problems of a case, diffs in their colours."""
    from migrator.cli.hunks import painted_line

    for problem in outcome.problems:
        head, *lines = harmless(problem).split("\n")
        yield paint(f"{outcome.case.folder}:", Style.HEAD) + f" {head}"
        yield from (painted_line(line, paint) for line in lines)


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
