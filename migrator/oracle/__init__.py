"""The oracle: both versions of a rewritten text are compiled, run and compared; what differs must have been announced.

It knows the pattern and the two texts, and nothing of how the rewrite was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.diagnostics import Code, Severity
from migrator.oracle.compare import COVERS, HARMLESS, Announced, Difference, Kind, compare_runs, reordered
from migrator.oracle.drive import Bounds, Scenario, Session, explore
from migrator.oracle.program import Workshop
from migrator.oracle.trace import vocabulary
from migrator.source import DEFAULT_DIALECT, Dialect

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult

# What each warning is about: one that no scenario of these kinds bears out is a false alarm, or not proven.
_SEEN_AS: dict[Code, frozenset[Kind]] = {
    code: frozenset(kind for kind, codes in COVERS.items() if code in codes)
    for code in sorted({code for codes in COVERS.values() for code in codes})
}


@dataclass(frozen=True, slots=True)
class Witness:
    """A scenario in which the versions differ."""

    scenario: Scenario
    differences: tuple[Difference, ...]


@dataclass(slots=True)
class Verdict:
    """What running one function showed.

    ``silent``: the first witness of each kind of difference that no diagnostic announces; ``unproven``: warnings that
    no scenario bears out; ``undefined``: scenarios in which the first version is wrong already.
    """

    function: str
    scenarios: int = 0
    undefined: int = 0
    silent: dict[Kind, Witness] = field(default_factory=dict)
    borne_out: set[Code] = field(default_factory=set)
    unproven: set[Code] = field(default_factory=set)
    first_errors: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Report:
    """What running one text showed. ``errors``: it does not compile."""

    verdicts: list[Verdict] = field(default_factory=list)
    errors: str = ""
    new_warnings: tuple[str, ...] = ()


def rewritten_functions(result: FileResult) -> dict[str, Announced]:
    """The functions with a rewritten site, and what the diagnostics say of them."""
    found: dict[str, Announced] = {}
    for site in result.sites:
        if not site.placement:
            continue
        known = found.get(site.function, Announced({}, False))
        messages = dict(known.messages)
        for item in site.diagnostics:
            if item.severity is Severity.WARNING:
                messages[item.code] = f"{messages.get(item.code, '')}\n{item.message}"
        found[site.function] = Announced(messages, known.moved or site.placement == "after-setup")
    return found


def examine(
    workshop: Workshop,
    result: FileResult,
    pattern: Pattern,
    dialect: Dialect = DEFAULT_DIALECT,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    defines: Sequence[str] = (),
) -> Report:
    """Run both versions of every rewritten function of a result."""
    report = Report()
    rewritten = rewritten_functions(result)
    compiled = workshop.build(result.before, result.after, rewritten, pattern, dialect, defines)
    if compiled.errors:
        report.errors = compiled.errors
        return report
    report.new_warnings = _new_warnings(*compiled.warnings)
    words = vocabulary(pattern)
    with Session(compiled.path, words) as session:
        for function in compiled.functions:
            if function not in rewritten:
                continue
            announced = rewritten[function]
            verdict = Verdict(function)
            report.verdicts.append(verdict)
            for scenario, before, after in explore(session, function, bounds):
                verdict.scenarios += 1
                differences = compare_runs(
                    before, after, words, announced.moved, scenario.havoc or ("memory", 1) in scenario.choices
                )
                if differences is None:
                    verdict.undefined += 1
                    verdict.first_errors.update(f"{error} ({scenario})" for error in before.errors or [before.stopped])
                    continue
                another_first = reordered(before, after)
                for difference in differences:
                    covering = announced.covers(difference, another_first)
                    verdict.borne_out |= covering
                    if not covering and difference.kind not in HARMLESS:
                        verdict.silent.setdefault(difference.kind, Witness(scenario, differences))
            verdict.unproven = {code for code in announced.messages if code in _SEEN_AS} - verdict.borne_out
    return report


def _new_warnings(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Warnings of the second version that the first has not, by their text."""

    def told(line: str) -> str:
        return line.partition("warning:")[2].replace("V0_", "").replace("V1_", "").strip()

    known = {told(line) for line in before}
    return tuple(line for line in after if told(line) not in known)
