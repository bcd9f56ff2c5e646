"""Work on many items: order, failures, deaths."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from migrator.workspace.parallel import run_over, stream_over


def square(number: int) -> str:
    if number == 13:
        raise ValueError("unlucky")
    if number == 66:
        os.kill(os.getpid(), signal.SIGKILL)
    if number < 0:
        time.sleep(0.05)
    return f"{number * number} by {os.getpid()}"


def failed(number: int, reason: str) -> str:
    return f"{number}: {reason}"


def values(results: list[str]) -> list[str]:
    return [result.partition(" by ")[0] for result in results]


@pytest.mark.parametrize("jobs", [1, 3])
def test_order_is_that_of_the_items(jobs: int) -> None:
    items = [-3, 1, -2, 5, 0]
    assert values(run_over(square, items, failed, jobs=jobs)) == ["9", "1", "4", "25", "0"]


def test_several_processes_work() -> None:
    results = run_over(square, [-1] * 8, failed, jobs=2)
    assert len({result.partition(" by ")[2] for result in results}) == 2
    assert str(os.getpid()) not in {result.partition(" by ")[2] for result in results}


@pytest.mark.parametrize(
    ("items", "sizes", "jobs"), [([1, 2], [10, 20], 4), ([1], None, 4), ([1, 2, 3], None, 1), ([], None, 4)]
)
def test_little_work_is_done_here(items: list[int], sizes: list[int] | None, jobs: int) -> None:
    results = run_over(square, items, failed, sizes=sizes, jobs=jobs)
    assert results == [f"{number * number} by {os.getpid()}" for number in items]


def test_much_work_is_not() -> None:
    results = run_over(square, [1, 2], failed, sizes=[10**6, 1], jobs=2)
    assert str(os.getpid()) not in " ".join(results).split()


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_exception_is_a_result(jobs: int) -> None:
    results = values(run_over(square, [1, 13, 2], failed, jobs=jobs))
    assert results == ["1", "13: internal error: ValueError: unlucky", "4"]


def test_a_process_that_dies_costs_its_item_only() -> None:
    steps: list[int] = []
    results = values(run_over(square, [1, 2, 66, 3, 13, 4], failed, jobs=2, progress=steps.append))
    assert results[:2] + results[3:4] + results[5:] == ["1", "4", "9", "16"]
    assert results[2].startswith("66: its process died")
    assert results[4] == "13: internal error: ValueError: unlucky"
    assert sum(steps) == 6


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress(jobs: int) -> None:
    steps: list[int] = []
    run_over(square, [1, 2, 13], failed, jobs=jobs, progress=steps.append)
    assert sum(steps) == 3


def test_largest_items_start_first() -> None:
    started: list[int] = []

    def note(number: int) -> int:
        started.append(number)
        return number

    with ThreadPoolExecutor(1) as executor:
        results = run_over(note, [1, 2, 3], lambda number, _: -number, sizes=[5, 500, 50], executor=executor)
    assert results == [1, 2, 3]
    assert started == [2, 3, 1]


def test_an_executor_is_left_open() -> None:
    with ThreadPoolExecutor(2) as executor:
        assert values(run_over(square, [2, 13], failed, executor=executor)) == [
            "4",
            "13: internal error: ValueError: unlucky",
        ]
        assert executor.submit(int, "7").result() == 7


def test_an_executor_that_is_broken() -> None:
    from concurrent.futures import BrokenExecutor, Executor, Future

    class Broken(Executor):
        def submit(self, *_: object, **__: object) -> Future[str]:  # type: ignore[override]
            raise BrokenExecutor

    assert run_over(square, [1, 2], failed, executor=Broken())[1].startswith("2: its process died")


SLOW = """
import os, time
from migrator.workspace.parallel import run_over

def slow(number):
    os.write(1, b"started\\n")
    time.sleep(30)

if __name__ == "__main__":
    try:
        run_over(slow, [1, 2, 3], lambda number, reason: None, jobs=2)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize("whole_group", [True, False], ids=["terminal", "kill"])
def test_ctrl_c_ends_all_processes_at_once(tmp_path: Path, root: Path, whole_group: bool) -> None:
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    with subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        begin = time.monotonic()
        if whole_group:
            os.killpg(process.pid, signal.SIGINT)
        else:
            os.kill(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    assert time.monotonic() - begin < 10
    assert output.endswith(b"interrupted\n")
    assert b"Traceback" not in errors
    assert process.returncode == 0


# -- streams -------------------------------------------------------------------------------------------------------


def streamed(items: list[int], jobs: int = 1) -> list[str]:
    return values(list(stream_over(square, items, failed, lambda _: 10**6, jobs=jobs)))


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_stream_keeps_the_order(jobs: int) -> None:
    assert streamed([-3, 1, 13, 5], jobs) == ["9", "1", "13: internal error: ValueError: unlucky", "25"]


@pytest.mark.parametrize(("items", "jobs"), [([1], 4), ([], 4), ([1, 2], 1)])
def test_a_stream_of_little_work_is_done_here(items: list[int], jobs: int) -> None:
    results = list(stream_over(square, items, failed, lambda _: 10**6, jobs=jobs))
    assert results == [f"{number * number} by {os.getpid()}" for number in items]
    small = list(stream_over(square, [1, 2], failed, lambda _: 1, jobs=4))
    assert small == [f"{number * number} by {os.getpid()}" for number in (1, 2)]


def test_only_the_guilty_one_of_a_stream_dies() -> None:
    items = [*range(-20, 0), 66, *range(20, 40)]
    found = streamed(items, 2)
    assert found[20] == "66: its process died (out of memory, or a crash in a library)"
    assert [found[position] for position in range(41) if position != 20] == [
        str(item * item) for item in items if item != 66
    ]


def test_a_stream_goes_on_after_a_death() -> None:
    """More items than are in hand: those behind need a new pool."""
    items = [66, *range(100, 250)]
    found = streamed(items, 2)
    assert found[0].startswith("66: its process died")
    assert found[1:] == [str(item * item) for item in items[1:]]


def test_a_stream_over_an_executor_that_died() -> None:
    with ProcessPoolExecutor(1) as executor:
        results = list(stream_over(square, [66, 2], failed, lambda _: 1, executor=executor))
    assert results == [f"{number}: its process died (out of memory, or a crash in a library)" for number in (66, 2)]


def test_a_stream_that_is_given_up_ends_no_process_of_others() -> None:
    stream = stream_over(square, range(1000), failed, lambda _: 10**6, jobs=2)
    next(stream)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        process = multiprocessing.Process(target=time.sleep, args=(30,))
        process.start()
        stream.close()  # type: ignore[attr-defined]
        assert process.is_alive()
        assert other.poll() is None
        process.terminate()
        process.join()
        other.terminate()


_ENDLESS = """
import os, sys, time
from migrator.workspace.parallel import run_over

def work(item):
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(item)

run_over(work, [0, 0, 0, 0, 3600], lambda item, reason: None, jobs=2)
"""


def test_workers_end_when_the_first_process_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", _ENDLESS], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        workers = [int(process.stdout.readline()) for _ in range(5)]
        assert process.pid not in workers
        process.kill()
        # The pipe is at its end when the last that could write to it is gone.
        try:
            process.communicate(timeout=30)
        finally:
            for worker in set(workers):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
