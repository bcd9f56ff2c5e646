"""Many generated functions through find, rewrite, compile, run and compare: ``python -m tests.oracle.campaign``.

Functions are made, rewritten and compiled in batches (one file each), so that the compiler is not what takes the
time. A function is known by its seed: ``SEED:NUMBER``.
"""

from __future__ import annotations

import argparse
import pickle
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct, field

from migrator.diagnostics import Code, Severity
from migrator.engine import migrate_bytes
from migrator.oracle import Report, Verdict, examine
from migrator.oracle.drive import Bounds
from migrator.oracle.program import Workshop
from migrator.pattern.load import load_pattern
from migrator.pattern.model import Pattern
from migrator.results import FileResult
from migrator.source import DEFAULT_DIALECT, SourceFile
from tests.oracle.choices import Choices, shrink
from tests.oracle.generate import generate
from tests.oracle.late import generate_late

_HEADER = """# What the campaign found

Made by `python -m tests.oracle.campaign {words}`.

- *scenario*: one set of outcomes of everything that a function calls, run with both versions;
- *undefined*: the first version is wrong in it (it leaves the transaction open, charges NULL);
- *differing*: functions with a scenario in which the versions differ, in a way that a diagnostic announces or not;
- *silent*: differences that no diagnostic announces; an effect must be named by one;
- *false alarm*: a warning that no scenario bears out (not asked of functions with an `#ifdef` that is not compiled);
- *compiler*: a warning of gcc that the first version has not.

A function is made again by its number: `--seed SEED --start NUMBER --functions 1 --shrink 1`.

"""
BATCH = 25
_CHUNK = 500
DEFINES = ("CONFIG_LARK",)
_LINE = re.compile(r"^subjects\.c:(\d+):")


class Finding(Struct, frozen=True):
    """Something that must not be. ``kind`` is what findings are grouped by."""

    kind: str
    number: int
    text: str


class Tally(Struct):
    """The figures of a campaign over one pattern."""

    pattern: str
    generated: int = 0
    rewritten: int = 0
    scenarios: int = 0
    undefined: int = 0
    differing: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    warned: Counter[str] = field(default_factory=Counter)
    unproven: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


DEFAULT_BOUNDS = Bounds()


def choices_for(seed: int, number: int) -> Choices:
    """What function ``number`` of a campaign is made of."""
    return Choices(source=random.Random(f"{seed}:{number}"))


def run_batch(workshop: Workshop, pattern: Pattern, texts: Sequence[tuple[int, str]], bounds: Bounds) -> Tally:
    """One file of functions through everything."""
    tally = Tally(pattern.name, generated=len(texts))
    data = "\n".join(text for _, text in texts).encode()
    result = migrate_bytes("subjects.c", data, pattern, DEFAULT_DIALECT)
    numbers = {f"subject_{number}": number for number, _ in texts}
    _count(tally, result, numbers)
    if not result.changed:
        return tally
    again = migrate_bytes("subjects.c", result.after, pattern, DEFAULT_DIALECT)
    if again.changed:
        tally.findings.append(Finding("second run changes", texts[0][0], ""))
    report = examine(workshop, result, pattern, bounds=bounds, defines=DEFINES)
    if report.errors and len(texts) > 1:
        parts = [run_batch(workshop, pattern, [item], bounds) for item in texts]
        return merge(pattern.name, parts)
    _judge(tally, report, result, numbers)
    return tally


def _count(tally: Tally, result: FileResult, numbers: dict[str, int]) -> None:
    tally.rewritten += len({site.function for site in result.sites if site.placement})
    for site in result.sites:
        for item in site.diagnostics:
            (tally.warned if item.severity is Severity.WARNING else tally.refused)[str(item.code)] += 1
            if item.code in (Code.REWRITE_CHECK_FAILED, Code.UNPARSED, Code.TOO_COMPLEX):
                tally.findings.append(Finding(str(item.code), numbers[site.function], item.message))
    for item in result.diagnostics:
        tally.refused[str(item.code)] += 1
        tally.findings.append(Finding(f"loose {item.code}", numbers.get(item.function, -1), item.message))


def _judge(tally: Tally, report: Report, result: FileResult, numbers: dict[str, int]) -> None:
    first = next(iter(numbers.values()))
    after = SourceFile.parse("after.c", result.after, DEFAULT_DIALECT)
    if report.errors:
        tally.findings.append(Finding("does not compile", first, report.errors[:600]))
        return
    for line in report.new_warnings:
        name = line.partition("warning:")[2].strip()
        place = _LINE.search(line)
        function = _function_at_line(after, int(place[1])) if place else ""
        number = numbers.get(function, first)
        tally.findings.append(Finding(f"compiler: {name.rpartition('[')[2].rstrip(']')}", number, name))
    for verdict in report.verdicts:
        tally.scenarios += verdict.scenarios
        tally.undefined += verdict.undefined
        tally.differing += bool(verdict.silent or verdict.borne_out)
        tally.findings += _silent(verdict, numbers[verdict.function])
        for code, message in sorted(verdict.unproven):
            if _has_missing_branch(after, verdict.function):
                continue  # what it is about is not compiled
            tally.unproven[str(code)] += 1
            tally.findings.append(Finding(f"unproven {code}", numbers[verdict.function], message))
        if verdict.undefined and verdict.first_errors:
            wrong = [text for text in verdict.first_errors if "open" in text or "twice" in text]
            refused = {site.function for site in result.sites if not site.placement}
            if wrong and verdict.function not in refused:
                tally.findings.append(Finding("accepted although wrong before", numbers[verdict.function], wrong[0]))


def _function_at_line(source: SourceFile, line: int) -> str:
    for function in source.functions:
        if source.line(function.start) <= line <= source.line(function.end - 1):
            return function.name
    return ""


def _has_missing_branch(source: SourceFile, name: str) -> bool:
    function = next(item for item in source.functions if item.name == name)
    return b"#ifdef CONFIG_WREN" in source.data[function.start : function.end]


def _silent(verdict: Verdict, number: int) -> Iterator[Finding]:
    for kind, witness in verdict.silent.items():
        told = "; ".join(f"{item.kind}: {item.text}" for item in witness.differences)
        yield Finding(f"SILENT {kind}", number, f"[{witness.scenario}] {told}")


def merge(name: str, parts: Sequence[Tally]) -> Tally:
    """The sum of several tallies."""
    total = Tally(name)
    for part in parts:
        total.generated += part.generated
        total.rewritten += part.rewritten
        total.scenarios += part.scenarios
        total.undefined += part.undefined
        total.differing += part.differing
        total.refused += part.refused
        total.warned += part.warned
        total.unproven += part.unproven
        total.findings += part.findings
    return total


def subject(pattern: Pattern, choices: Choices, number: int) -> str:
    """A function for a pattern."""
    if pattern.late_object:
        return generate_late(choices, number)
    return generate(choices, number, pattern.placement.kind == "after-setup")


def run_campaign(pattern: Pattern, seed: int, functions: int, bounds: Bounds = DEFAULT_BOUNDS, start: int = 0) -> Tally:
    """``functions`` generated functions, from ``start`` on."""
    workshop = Workshop()
    parts = []
    try:
        for first in range(start, start + functions, BATCH):
            numbers = range(first, min(first + BATCH, start + functions))
            texts = [(number, subject(pattern, choices_for(seed, number), number)) for number in numbers]
            parts.append(run_batch(workshop, pattern, texts, bounds))
    finally:
        workshop.close()
    return merge(pattern.name, parts)


def shrunk(
    pattern: Pattern, seed: int, finding: Finding, bounds: Bounds = DEFAULT_BOUNDS, tries: int = 120
) -> tuple[str, Tally]:
    """The smallest function found that shows a finding of the same kind, and what it shows."""
    workshop = Workshop()
    taken = choices_for(seed, finding.number)
    subject(pattern, taken, finding.number)

    def run(numbers: Sequence[int]) -> tuple[str, Tally]:
        text = subject(pattern, Choices(numbers), finding.number)
        return text, run_batch(workshop, pattern, [(finding.number, text)], bounds)

    def holds(numbers: Sequence[int]) -> bool:
        return any(item.kind == finding.kind for item in run(numbers)[1].findings)

    try:
        return run(shrink(taken.taken, holds, tries) if holds(taken.taken) else taken.taken)
    finally:
        workshop.close()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pattern", action="append", default=[])
    parser.add_argument("--functions", type=int, default=1000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shrink", type=int, default=0, help="how many findings of each kind to reduce")
    parser.add_argument("--results", type=Path, help="write the figures there")
    parser.add_argument("--keep", type=Path, help="a folder for what is done: run again, it goes on there")
    options = parser.parse_args()
    tallies = []
    for name in options.pattern or ["mem_cgroup_charge_v58", "mem_cgroup_charge", "mem_cgroup_charge_hugetlb"]:
        began = time.monotonic()
        pattern = load_pattern(name)
        tally = _in_chunks(pattern, options.seed, options.start, options.functions, options.keep)
        tallies.append(tally)
        print(figures(tally, time.monotonic() - began))
        kinds = Counter(item.kind for item in tally.findings)
        for kind, count in kinds.most_common():
            examples = [item for item in tally.findings if item.kind == kind]
            print(f"== {kind}: {count}, e.g. {', '.join(str(item.number) for item in examples[:6])}")
            print(f"   {examples[0].text}")
            for item in examples[: options.shrink]:
                text, shown = shrunk(pattern, options.seed, item)
                print(text)
                for other in shown.findings:
                    print(f"   -> {other.kind}: {other.text}")
    if options.results is not None:
        words = f"--functions {options.functions} --seed {options.seed} --results tests/oracle/RESULTS.md"
        head = _HEADER.format(words=words)
        options.results.write_text(head + "\n".join(results(tallies, options.seed)), encoding="utf-8")


def _in_chunks(pattern: Pattern, seed: int, start: int, functions: int, folder: Path | None) -> Tally:
    """A campaign in parts; a part that ``folder`` has is not run again, so that a long run can be taken up."""
    parts = []
    for first in range(start, start + functions, _CHUNK):
        count = min(_CHUNK, start + functions - first)
        kept = folder / f"{pattern.name}-{seed}-{first}-{count}.pickle" if folder is not None else None
        if kept is not None and kept.exists():
            parts.append(pickle.loads(kept.read_bytes()))
            continue
        parts.append(run_campaign(pattern, seed, count, start=first))
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(pickle.dumps(parts[-1]))
    return merge(pattern.name, parts)


def results(tallies: Sequence[Tally], seed: int) -> Iterator[str]:
    """The lines of ``RESULTS.md``."""
    total = merge("all", tallies)
    rows: list[tuple[str, Callable[[Tally], str]]] = [
        ("functions generated", lambda tally: str(tally.generated)),
        ("rewritten", lambda tally: f"{tally.rewritten} ({_percent(tally.rewritten, tally.generated)})"),
        ("scenarios", lambda tally: str(tally.scenarios)),
        ("undefined", lambda tally: str(tally.undefined)),
        ("differing functions", lambda tally: str(tally.differing)),
        ("**silent**", lambda tally: str(sum(item.kind.startswith("SILENT") for item in tally.findings))),
        ("warnings", lambda tally: str(tally.warned.total())),
        ("false alarms", lambda tally: f"{_alarms(tally)} ({_percent(_alarms(tally), tally.warned.total())})"),
    ]
    columns = [*tallies, total]
    yield "| | " + " | ".join([*(f"`{tally.pattern}`" for tally in tallies), "all"]) + " |"
    yield "| --- |" + " ---: |" * len(columns)
    for title, cell in rows:
        yield f"| {title} | " + " | ".join(map(cell, columns)) + " |"
    for tally in tallies:
        yield from ("", f"## {tally.pattern}, seed {seed}", "", "| warning | told | false alarms |")
        yield "| --- | ---: | ---: |"
        for code, count in tally.warned.most_common():
            yield f"| {code} | {count} | {tally.unproven[code]} ({_percent(tally.unproven[code], count)}) |"
        yield from ("", "| refusal | told |", "| --- | ---: |")
        yield from (f"| {code} | {count} |" for code, count in tally.refused.most_common())
        yield from ("", "| finding | functions | examples |", "| --- | ---: | --- |")
        kinds = Counter(item.kind for item in tally.findings)
        for kind, count in kinds.most_common():
            numbers = sorted({item.number for item in tally.findings if item.kind == kind})
            yield f"| {kind} | {count} | {', '.join(map(str, numbers[:8]))} |"
        if not kinds:
            yield "| none | 0 | |"
    yield ""


def _alarms(tally: Tally) -> int:
    return tally.unproven.total()


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.1f} %"


def figures(tally: Tally, seconds: float) -> str:
    """The figures, for people."""

    def listed(counter: Counter[str]) -> str:
        return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "none"

    share = 100 * tally.rewritten / max(tally.generated, 1)
    return "\n".join(
        (
            f"{tally.pattern}: {tally.generated} functions, {tally.rewritten} rewritten ({share:.0f} %), "
            f"{tally.scenarios} scenarios ({tally.undefined} undefined), {seconds:.0f} s",
            f"  differing functions: {tally.differing}",
            f"  refused: {listed(tally.refused)}",
            f"  warned: {listed(tally.warned)}",
            f"  unproven: {listed(tally.unproven)}",
        )
    )


if __name__ == "__main__":
    main()
