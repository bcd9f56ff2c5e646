"""Scenarios: which outcomes the stubs have, explored from the plain run outwards.

A scenario is a set of deviations from the first outcome of each stub, by the stub's name and how often it was called
before. All single deviations come first, then pairs, and so on up to a bound; beyond it a seeded sample; some again
with stubs that also change what the objects that they are given hold.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from pathlib import Path
from types import TracebackType

from msgspec import Struct, field

from migrator.oracle.trace import Run, Vocabulary, read_run

_BATCH = 40
_CHARGE = "charge:"  # as the runtime names these outcomes


class Scenario(Struct, frozen=True):
    """``choices``: outcome by key; ``seed`` draws the others (-1: the first ones).

    ``havoc``: stubs change what they are given, and what a pure call says of an object changes with the change of that
    number; 0: neither.
    """

    choices: tuple[tuple[str, int], ...] = ()
    seed: int = -1
    havoc: int = 0

    def __str__(self) -> str:
        words = [f"{key}={choice}" for key, choice in self.choices]
        words += [f"seed {self.seed}"] if self.seed >= 0 else []
        return ", ".join([*words, *([f"havoc {self.havoc}"] if self.havoc else [])]) or "plain"


class Bounds(Struct, frozen=True):
    """How far to explore one function."""

    depth: int = 4
    scenarios: int = 300
    samples: int = 24
    havoc: int = 24


class Session(Struct):
    """A running program; use as a context. A program that dies is started again."""

    program: Path
    words: Vocabulary
    process: subprocess.Popen[str] | None = field(default=None)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> str:
        if self.process is None:
            return ""
        self.process.kill()
        _, errors = self.process.communicate()
        self.process = None
        return errors or ""

    def _start(self) -> subprocess.Popen[str]:
        if self.process is None:
            environment = {**os.environ, "ASAN_OPTIONS": "handle_segv=0:handle_sigill=0:detect_leaks=0:handle_sigbus=0"}
            self.process = subprocess.Popen(
                [str(self.program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env=environment, errors="replace",
            )  # fmt: skip
        return self.process

    def ask(self, function: str, scenarios: Sequence[Scenario]) -> Iterator[tuple[Scenario, Run, Run]]:
        """Run scenarios with both versions."""
        for start in range(0, len(scenarios), _BATCH):
            batch = scenarios[start : start + _BATCH]
            requests = [_request(function, version, scenario) for scenario in batch for version in (0, 1)]
            answers = self._answers(requests)
            for position, scenario in enumerate(batch):
                yield scenario, answers[2 * position], answers[2 * position + 1]

    def _answers(self, requests: Sequence[str]) -> list[Run]:
        answers: list[Run] = []
        while len(answers) < len(requests):
            process = self._start()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n".join(requests[len(answers) :]) + "\n\n")
            process.stdin.flush()
            lines: list[str] = []
            while len(answers) < len(requests):
                line = process.stdout.readline()
                if not line:
                    report = self._stop()
                    summary = next((text for text in report.splitlines() if "ERROR" in text), "killed")
                    answers.append(read_run([f"X {summary}"], self.words))
                    break
                if line == ".\n":
                    answers.append(read_run(lines, self.words))
                    lines = []
                else:
                    lines.append(line[:-1])
        return answers


def _request(function: str, version: int, scenario: Scenario) -> str:
    words = [function, str(version), str(scenario.havoc), str(scenario.seed)]
    return " ".join(words + [f"{key}={choice}" for key, choice in scenario.choices])


def explore(session: Session, function: str, bounds: Bounds) -> Iterator[tuple[Scenario, Run, Run]]:
    """Run one function's scenarios, both versions each.

    A charge that fails costs nothing in the order of scenarios: what else happens then is what most warnings are about.
    """
    seen: set[frozenset[tuple[str, int]]] = {frozenset()}
    waiting: list[tuple[int, int, Scenario]] = [(0, 0, Scenario())]
    shallow: list[Scenario] = []
    asked = 0
    while waiting and asked < bounds.scenarios:
        batch = [heappop(waiting)[2] for _ in range(min(len(waiting), _BATCH, bounds.scenarios - asked))]
        asked += len(batch)
        shallow += batch[: max(0, bounds.havoc - len(shallow))]
        for scenario, before, after in session.ask(function, batch):
            yield scenario, before, after
            if len(scenario.choices) >= bounds.depth:
                continue
            taken = dict(scenario.choices)
            for key, size in _drawn(before, after).items():
                for choice in range(1, size) if key not in taken else ():
                    child = Scenario((*scenario.choices, (key, choice)))
                    if frozenset(child.choices) not in seen:
                        seen.add(frozenset(child.choices))
                        heappush(waiting, (_cost(child), len(seen), child))
    if waiting:
        yield from session.ask(function, [Scenario(seed=number) for number in range(bounds.samples)])
    disturbed = [Scenario(item.choices, havoc=1 + number % 5) for number, item in enumerate(shallow)]
    disturbed += [Scenario(havoc=number) for number in range(2, 10)]
    yield from session.ask(function, disturbed)


def _cost(scenario: Scenario) -> int:
    failing = any(key.startswith(_CHARGE) for key, _ in scenario.choices)
    return len(scenario.choices) - failing


def _drawn(before: Run, after: Run) -> Mapping[str, int]:
    return dict(after.drawn) | dict(before.drawn)
