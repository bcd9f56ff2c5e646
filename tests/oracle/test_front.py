"""Broken input, input that is too hard, and a process that dies: see ``front`` for the long run.

``MIGRATOR_FRONT_FILES`` is how many mutated files go through (150).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.diagnostics import Severity
from migrator.engine import migrate_bytes
from migrator.pattern.load import load_pattern
from migrator.source import DEFAULT_DIALECT
from tests.oracle.front import PATTERNS, broken_file, file_of, problem, run, seeds

FILES = int(os.environ.get("MIGRATOR_FRONT_FILES", "150"))
V58 = "mem_cgroup_charge_v58"
COMMAND = (sys.executable, "-m", "migrator")
_pattern = cache(load_pattern)
_quick = settings(
    max_examples=FILES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@_quick
@given(st.randoms(use_true_random=False), st.sampled_from(PATTERNS))
def test_mutated_files(source: random.Random, name: str) -> None:
    assert problem(broken_file(source), _pattern(name)) == ""


@_quick
@given(st.binary(max_size=300), st.sampled_from((b"", b"mem_cgroup_try_charge(", b"\n#if A\n")), st.binary(max_size=99))
def test_random_bytes(first: bytes, word: bytes, second: bytes) -> None:
    assert problem(first + word + second, _pattern(V58)) == ""


def test_numbered_files() -> None:
    """Those of the long run; many of them are rewritten, so that the checks of the output are put to use."""
    found, rewritten, _ = run(seed=1, files=FILES)
    assert [(item.text, item.number) for item in found] == []
    assert rewritten * 12 >= FILES


def test_the_check_finds_what_it_looks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from msgspec.structs import replace

    from migrator.pattern.model import Pattern
    from migrator.results import FileResult
    from migrator.source import Dialect
    from tests.oracle import front

    data = next(text for text in seeds() if migrate_bytes("file.c", text, _pattern(V58), DEFAULT_DIALECT).changed)
    good = migrate_bytes("file.c", data, _pattern(V58), DEFAULT_DIALECT)

    def told(answer: FileResult | Exception, seconds: float = 0) -> str:
        def engine(path: str, data: bytes, pattern: Pattern, dialect: Dialect) -> FileResult:
            began = time.process_time()
            while time.process_time() - began < seconds:
                pass
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(front, "migrate_bytes", engine)
        return problem(data, _pattern(V58), seconds=0.5)

    assert told(RecursionError()).startswith("exception: RecursionError")
    assert told(replace(good, edits=())) == "the edits do not make the output"
    assert told(good) == "a second run changes the output"
    assert told(good, seconds=2).startswith("time")


_FUNCTION = b"""static int f(struct page *page, struct mm_struct *mm, gfp_t gfp, int a)
{
	struct mem_cgroup *memcg;
	int err;

%s	err = mem_cgroup_try_charge(page, mm, gfp, &memcg);
	if (err)
		return err;
	mem_cgroup_commit_charge(page, memcg, false);
%s	return 0;
}
"""
_HARD = {
    "nested ifs": (b"\tif (a) {\n", b"\t}\n"),
    "nested loops": (b"\twhile (a()) {\n", b"\t}\n"),
    "nested switches": (b"\tswitch (a) {\n\tcase 1:\n", b"\t}\n"),
    "nested #if": (b"#if A\n", b"#endif\n"),
    "nested #if and statements": (b"#if A\n\ta();\n", b"#endif\n"),
    "nested #if that cut statements": (b"#if A\n\tif (a)\n", b"#endif\n"),
    "parentheses": (b"(", b")"),
    "open parentheses": (b"\ta(", b""),
    "many exits": (b"\tif (a())\n\t\treturn 1;\n", b"\tif (a())\n\t\treturn 1;\n"),
    "many conditions": (b"\tif (a())\n\t\tb();\n", b"\tif (a())\n\t\tb();\n"),
    "many loops": (b"", b"\twhile (a())\n\t\tb();\n"),
    "braces": (b"{", b"}"),
    "not": (b"\tif (!(a", b"))\n\t\tb();\n"),
}


# Refused by their depth.
_SLOW = ("nested ifs", "nested loops", "nested switches")


@pytest.mark.parametrize(
    ("shape", "depth"),
    [(shape, 150) for shape in _HARD] + [(shape, 700) for shape in _HARD],
)
def test_what_is_too_hard_is_refused_in_time(shape: str, depth: int) -> None:
    left, right = _HARD[shape]
    data = _FUNCTION % (left * depth, right * depth)
    assert problem(data, _pattern(V58), seconds=12 if shape not in _SLOW else 3) == ""
    (site,) = migrate_bytes("file.c", data, _pattern(V58), DEFAULT_DIALECT).sites
    assert site.placement or any(item.severity is Severity.REFUSAL for item in site.diagnostics)


def test_apply_over_broken_files(tmp_path: Path) -> None:
    """As a process: no traceback; a file is as it was, or what the engine makes of it, and then it parses."""
    expected = {}
    changed = set()
    for number in range(60):
        data = file_of(3, number).replace(b"\0", b"")
        path = tmp_path / f"f{number}.c"
        path.write_bytes(data)
        expected[path] = migrate_bytes(path.name, data, _pattern(V58), DEFAULT_DIALECT).after
        if expected[path] != data:
            changed.add(path.name)
    done = subprocess.run(
        [*COMMAND, "apply", ".", "-p", V58], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        errors="replace",
    )  # fmt: skip
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert {path: path.read_bytes() for path in expected} == expected
    assert set(done.stdout.splitlines()) == changed
    assert len(changed) > 10


def test_nothing_is_written_when_a_file_cannot_be(tmp_path: Path) -> None:
    texts = _tree(tmp_path, 20)
    locked = tmp_path / "f07.c"
    locked.chmod(0o444)
    done = subprocess.run(
        [*COMMAND, "apply", ".", "-p", V58], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 2
    assert "f07.c: read-only file" in done.stderr
    assert {path: path.read_bytes() for path in texts} == texts


def _tree(folder: Path, files: int) -> dict[Path, bytes]:
    texts = {}
    for number in range(files):
        path = folder / f"f{number:02}.c"
        texts[path] = _FUNCTION % (b"\tg();\n" * (number % 7), b"")
        path.write_bytes(texts[path])
    return texts


# Runs the command and sends itself a signal before or after a call of a function of ``os``.
_DYING = """
import os, sys
name, count, when, number = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
genuine, seen = getattr(os, name), 0
def dying(*arguments, **options):
    global seen
    seen += 1
    if seen == count and when == "before":
        os.kill(os.getpid(), number)
    result = genuine(*arguments, **options)
    if seen == count and when == "after":
        os.kill(os.getpid(), number)
    return result
setattr(os, name, dying)
sys.argv[1:] = ["apply", ".", "-p", "mem_cgroup_charge_v58", "-q", "-j", "1"]
from migrator.cli import main
main()
"""
_DEATHS = [
    ("fsync", 1, "before", 0), ("fsync", 7, "after", 0), ("fsync", 12, "before", 0), ("replace", 1, "before", 0),
    ("replace", 1, "after", 1), ("replace", 6, "before", 5), ("replace", 6, "after", 6), ("replace", 12, "after", 12),
]  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda item: item.name)
@pytest.mark.parametrize(("call", "count", "when", "written"), _DEATHS)
def test_killed_in_the_middle(
    tmp_path: Path, number: signal.Signals, call: str, count: int, when: str, written: int
) -> None:
    """Every file is whole, old or new; another run does the rest."""
    old = _tree(tmp_path, 12)
    new = {path: migrate_bytes("f", data, _pattern(V58), DEFAULT_DIALECT).after for path, data in old.items()}
    command = [sys.executable, "-c", _DYING, call, str(count), when, str(int(number))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert done.returncode == (130 if number is signal.SIGINT else -number)
    assert b"Traceback" not in done.stderr
    found = {path: path.read_bytes() for path in old}
    assert all(data in (old[path], new[path]) for path, data in found.items())
    assert sum(data == new[path] for path, data in found.items()) == written
    if number is signal.SIGINT:
        assert {path.name for path in tmp_path.iterdir()} == {path.name for path in old}
    if written == 6:
        subprocess.run([*COMMAND, "apply", ".", "-p", V58, "-q"], cwd=tmp_path, check=True, timeout=60)
        assert {path: path.read_bytes() for path in old} == new


def test_killed_at_any_time(tmp_path: Path) -> None:
    source = random.Random(5)
    old = _tree(tmp_path, 60)
    new = {path: migrate_bytes("f", data, _pattern(V58), DEFAULT_DIALECT).after for path, data in old.items()}
    for _ in range(6):
        for path, data in old.items():
            path.write_bytes(data)
        command = [*COMMAND, "apply", ".", "-p", V58, "-q", "-j", "2"]
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(source.random() * 0.8)
        process.kill()
        process.wait(timeout=60)
        assert all(path.read_bytes() in (old[path], new[path]) for path in old)
