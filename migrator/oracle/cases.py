"""Golden cases under the oracle: what ``migrator patterns test --run`` does, and the project's own tests.

A case fails when a function behaves differently and no diagnostic says so, or when its rewritten text does not
compile. It is said, and is no failure, when a warning is not borne out by any scenario, and when a case cannot be run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.oracle import Kind, Report, Verdict, Witness, examine_files, rewritten_functions
from migrator.oracle.drive import Bounds
from migrator.source import DEFAULT_DIALECT, Dialect

if TYPE_CHECKING:
    from migrator.oracle.program import Workshop
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult
    from migrator.testing import Case, TreeCase

_CONFIGURED = re.compile(rb"\bCONFIG_\w+")
_SHOWN = 3  # lines of a compiler's messages, and reasons for what is wrong before


class Judgement(Struct):
    """What running a case came to, in words.

    ``problems``: it fails because of these; ``differences``: those that are announced; ``unproven``: function, code and
    message of warnings that no scenario bears out; ``not_run``: what could not be run, and why; ``notes``: new warnings
    of the compiler.
    """

    functions: list[str] = field(default_factory=list)
    scenarios: int = 0
    problems: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    unproven: list[tuple[str, str, str]] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def judge_case(
    workshop: Workshop,
    case: Case | TreeCase,
    pattern: Pattern,
    dialect: Dialect = DEFAULT_DIALECT,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> Judgement:
    """Migrate a golden case's input and run what comes out."""
    from migrator.api import migrate_source
    from migrator.testing import TreeCase, migrate_tree_case

    if isinstance(case, TreeCase):
        return judge(workshop, migrate_tree_case(case, pattern), pattern, dialect, bounds)
    result = migrate_source(case.before, pattern, path=case.path, dialect=dialect)
    return judge(workshop, [result], pattern, dialect, bounds)


def judge(
    workshop: Workshop,
    results: Sequence[FileResult],
    pattern: Pattern,
    dialect: Dialect = DEFAULT_DIALECT,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> Judgement:
    """Run all files of a case, linked; once more with its ``CONFIG_`` words defined, if it has any."""
    judgement = Judgement()
    if str(pattern.kind) != "transaction":
        judgement.not_run.append(f"only transactions can be run, not a pattern of kind {pattern.kind}")
        return judgement
    if not any(map(rewritten_functions, results)):
        judgement.not_run.append("nothing is rewritten")
        return judgement
    words = sorted({word.decode() for result in results for word in _CONFIGURED.findall(result.before)})
    reports = [examine_files(workshop, results, pattern, dialect, bounds)]
    if words:
        reports.append(examine_files(workshop, results, pattern, dialect, bounds, defines=words))
    proven: set[tuple[str, str, str]] = set()
    told: dict[tuple[str, str, str], None] = {}
    for report in reports:
        _add(judgement, report)
        for verdict in report.verdicts:
            proven |= {(verdict.function, str(code), message) for code, message in verdict.borne_out}
            told |= dict.fromkeys((verdict.function, str(code), text) for code, text in sorted(verdict.unproven))
    judgement.unproven = [item for item in told if item not in proven]
    _only_once(judgement)
    return judgement


def _add(judgement: Judgement, report: Report) -> None:
    if report.errors:
        lines = [line for line in report.errors.splitlines() if "error:" in line] or report.errors.splitlines()
        text = "\n    ".join(lines[:_SHOWN])
        if report.failed == 1:
            judgement.problems.append(f"the rewritten text does not compile:\n    {text}")
        else:
            judgement.not_run.append(f"does not compile before the rewrite:\n    {text}")
        return
    judgement.not_run += [f"{name}(): {why}" for name, why in report.not_run.items()]
    judgement.notes += report.new_warnings
    for verdict in report.verdicts:
        judgement.functions.append(verdict.function)
        judgement.scenarios += verdict.scenarios
        judgement.problems += _told(verdict, verdict.silent)
        judgement.differences += _told(verdict, verdict.announced)
        if verdict.scenarios == verdict.undefined:
            why = "; ".join(sorted(verdict.first_errors)[:_SHOWN])
            judgement.not_run.append(f"{verdict.function}(): wrong in every scenario before the rewrite: {why}")


def _told(verdict: Verdict, witnesses: dict[Kind, Witness]) -> Iterator[str]:
    for kind, witness in witnesses.items():
        told = next(item for item in witness.differences if item.kind is kind)
        yield f"{verdict.function}(): {kind}: {told.text}\n    when: {witness.scenario}"


def _only_once(judgement: Judgement) -> None:
    """What both runs said is said once; a function that was run in one of them was run."""
    judgement.functions = list(dict.fromkeys(judgement.functions))
    judgement.problems = list(dict.fromkeys(judgement.problems))
    judgement.differences = list(dict.fromkeys(judgement.differences))
    judgement.notes = list(dict.fromkeys(judgement.notes))
    ran = tuple(f"{name}(): it is" for name in judgement.functions)
    judgement.not_run = [text for text in dict.fromkeys(judgement.not_run) if not text.startswith(ran)]
