"""The oracle: both versions of a rewritten text are compiled, run and compared; what differs must have been announced.

It knows the pattern and the two texts, and nothing of how the rewrite was made. All files of a case become one program:
a function that was changed is run together with the functions that it calls, in the version of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.diagnostics import Code, Severity
from migrator.oracle.compare import COVERS, HARMLESS, Announced, Difference, Kind, compare_runs, reordered
from migrator.oracle.drive import Bounds, Scenario, Session, explore
from migrator.oracle.program import Workshop
from migrator.oracle.subjects import Subject, subjects_of
from migrator.oracle.texts import Text
from migrator.oracle.trace import Run, Vocabulary, vocabulary
from migrator.source import DEFAULT_DIALECT, Dialect

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult

__all__ = [
    "Bounds", "Code", "Difference", "Kind", "Report", "Scenario", "Verdict", "Witness", "Workshop", "examine",
    "examine_files", "rewritten_functions",
]  # fmt: skip

# What each warning is about: one that no scenario of these kinds bears out is a false alarm, or not proven.
_SEEN_AS: dict[Code, frozenset[Kind]] = {
    code: frozenset(kind for kind, codes in COVERS.items() if code in codes)
    for code in sorted({code for codes in COVERS.values() for code in codes})
}


Warned = tuple[Code, str]


class Witness(Struct, frozen=True):
    """A scenario in which the versions differ."""

    scenario: Scenario
    differences: tuple[Difference, ...]


class Verdict(Struct):
    """What running one function showed.

    ``silent``: the first witness of each kind of difference that no diagnostic announces; ``announced``: the first of
    each kind that one does; ``borne_out`` and ``unproven``: code and message of the warnings that some scenario, or
    none, bears out; ``undefined``: scenarios in which the first version is wrong already, and ``first_errors`` how.
    """

    function: str
    scenarios: int = 0
    undefined: int = 0
    silent: dict[Kind, Witness] = field(default_factory=dict)
    announced: dict[Kind, Witness] = field(default_factory=dict)
    borne_out: set[Warned] = field(default_factory=set)
    unproven: set[Warned] = field(default_factory=set)
    first_errors: set[str] = field(default_factory=set)


class Report(Struct):
    """What running one case showed. ``errors``: it does not compile; ``failed``: the version that does not, or -1.

    ``not_run``: changed functions that no function that was run calls, and why they were not run themselves.
    """

    verdicts: list[Verdict] = field(default_factory=list)
    errors: str = ""
    failed: int = -1
    new_warnings: tuple[str, ...] = ()
    not_run: dict[str, str] = field(default_factory=dict)


def rewritten_functions(result: FileResult) -> frozenset[str]:
    """The functions with a rewritten site."""
    return frozenset(site.function for site in result.sites if site.placement)


def examine(
    workshop: Workshop,
    result: FileResult,
    pattern: Pattern,
    dialect: Dialect = DEFAULT_DIALECT,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    defines: Sequence[str] = (),
) -> Report:
    """Run both versions of every rewritten function of a result."""
    return examine_files(workshop, [result], pattern, dialect, bounds, defines)


def examine_files(
    workshop: Workshop,
    results: Sequence[FileResult],
    pattern: Pattern,
    dialect: Dialect = DEFAULT_DIALECT,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    defines: Sequence[str] = (),
) -> Report:
    """Run both versions of every rewritten function of some files, which are linked: one may call the other."""
    report = Report()
    texts = [Text(result.path, result.before, result.after) for result in results]
    chosen = subjects_of(texts, frozenset().union(*map(rewritten_functions, results)), pattern, dialect)
    compiled = workshop.build(texts, chosen.subjects, pattern, dialect, defines)
    if compiled.errors:
        report.errors, report.failed = compiled.errors, compiled.failed
        return report
    report.new_warnings = _new_warnings(*compiled.warnings)
    report.not_run = dict(chosen.not_run)
    missing = chosen.subjects.keys() - set(compiled.functions)
    report.not_run |= dict.fromkeys(sorted(missing), "it is not compiled, or one version lacks it")
    told = _announcements(results)
    words = vocabulary(pattern)
    with Session(compiled.path, words) as session:
        for function in compiled.functions:
            announced = _announced_for(chosen.subjects[function], told)
            report.verdicts.append(_run(session, chosen.subjects[function], announced, words, bounds))
    return report


def _run(session: Session, subject: Subject, announced: Announced, words: Vocabulary, bounds: Bounds) -> Verdict:
    verdict = Verdict(subject.name)
    runs = list(explore(session, subject.name, bounds))
    # What the pattern says of the object where the call moves into a callee.
    impossible = _impossible((before for _, before, _ in runs), words) if subject.callees else frozenset()
    steady = words.steady if subject.callees else frozenset()
    for scenario, before, after in runs:
        verdict.scenarios += 1
        havoc = scenario.havoc > 0 or ("memory", 1) in scenario.choices
        differences = compare_runs(before, after, words, announced.moved, havoc)
        answers = before.answers | after.answers
        broken = impossible & answers
        broken |= {item for item in answers if item[0].partition("(")[0] in steady and _otherwise(item) in answers}
        broken |= _taken_for_another(before, after, words) if subject.callees else frozenset()
        if differences is None or broken:
            verdict.undefined += 1
            reasons = [f"{call} is {answer}" for call, answer in broken] or before.errors or [before.stopped]
            verdict.first_errors.update(f"{reason} ({scenario})" for reason in reasons)
            continue
        another_first = reordered(before, after)
        for difference in differences:
            covering = announced.covers(difference, another_first)
            verdict.borne_out |= covering
            if covering:
                verdict.announced.setdefault(difference.kind, Witness(scenario, differences))
            elif difference.kind not in HARMLESS:
                verdict.silent.setdefault(difference.kind, Witness(scenario, differences))
    told = {(code, message) for code, messages in announced.messages.items() for message in messages}
    verdict.unproven = {item for item in told if item[0] in _SEEN_AS} - verdict.borne_out
    return verdict


def _impossible(runs: Iterable[Run], words: Vocabulary) -> frozenset[tuple[str, str]]:
    """Answers of calls that cannot be: the pattern says that an argument is such a call, and it is a constant."""
    given: dict[str, set[str]] = {}
    for run in runs:
        for charge in run.charges:
            for name, template in words.decided.items():
                if charge.committed and name in charge.arguments:
                    given.setdefault(template.format(object=charge.object), set()).add(charge.arguments[name])
    constant = {call: next(iter(values)) for call, values in given.items() if len(values) == 1}
    return frozenset(_otherwise(item) for item in constant.items() if item[1] in ("0", "1"))


def _taken_for_another(before: Run, after: Run, words: Vocabulary) -> frozenset[tuple[str, str]]:
    """The answers by which a callee takes this caller for another one, which the pattern says cannot be."""
    found: set[tuple[str, str]] = set()
    asked = {call for call, _ in before.answers}
    for charge in after.charges:
        for when, condition in words.apart:
            parts = [part.strip() for part in condition.format(object=charge.object).split("&&")]
            wanted = {(part.removeprefix("!"), "0" if part.startswith("!") else "1") for part in parts}
            if when.format(object=charge.object) not in asked and wanted <= after.answers:
                found |= wanted
    return frozenset(found)


def _otherwise(answer: tuple[str, str]) -> tuple[str, str]:
    call, value = answer
    return call, "1" if value == "0" else "0"


def _announcements(results: Iterable[FileResult]) -> Mapping[str, Announced]:
    """What the diagnostics say, by the function that they are about."""
    found: dict[str, Announced] = {}
    for result in results:
        for site in result.sites:
            moved = bool(site.placement) and site.placement != "at-begin"
            for item in site.diagnostics if site.placement else ():
                _announce(found, item.function or site.function, moved, item.code, item.severity, item.message)
            _announce(found, site.function, moved)
        for item in result.diagnostics:
            _announce(found, item.function, False, item.code, item.severity, item.message)
    return found


def _announce(
    found: dict[str, Announced], function: str, moved: bool, code: Code | None = None,
    severity: Severity = Severity.NOTE, message: str = "",
) -> None:  # fmt: skip
    known = found.get(function, Announced({}, False))
    messages = dict(known.messages)
    if code is not None and severity is Severity.WARNING:
        messages[code] = (*messages.get(code, ()), message)
    found[function] = Announced(messages, known.moved or moved)


def _announced_for(subject: Subject, told: Mapping[str, Announced]) -> Announced:
    """What is said of a function, and of the changed functions that it calls."""
    messages: dict[Code, tuple[str, ...]] = {}
    moved = False
    for name in (subject.name, *sorted(subject.callees)):
        known = told.get(name)
        if known is not None:
            moved |= known.moved
            for code, told_there in known.messages.items():
                messages[code] = (*messages.get(code, ()), *told_there)
    return Announced(messages, moved)


def _new_warnings(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Warnings of the second version that the first has not, by their text."""

    def told(line: str) -> str:
        return line.partition("warning:")[2].replace("V0_", "").replace("V1_", "").strip()

    known = {told(line) for line in before}
    return tuple(line for line in after if told(line) not in known)
