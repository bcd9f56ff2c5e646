"""One function over many items with several processes: the results in the order of the items.

``run_over`` knows all items and gives all results; ``stream_over`` takes items as results are asked for. Little work
is done in this process, since a pool takes longer to start than a few files take. The largest items start first, so
that no process is left with a long one at the end (a stream keeps the order of its items). An exception and the death
of a process are results like others, made by the caller's ``failed``. After a death the items that were lost with it
run again, each alone, so that only the guilty one fails.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future, ProcessPoolExecutor

Item = TypeVar("Item")
Result = TypeVar("Result")

# About a tenth of a second of work for one process, in bytes of source.
_WORTH_A_POOL = 150_000
# What a stream has in hand at most: enough for the others to go on while one item takes long. The number of workers of
# an executor cannot be asked for, so that ``jobs`` has to say it where there are more than sixteen.
_LEAST_AHEAD = 64
_AHEAD_PER_JOB = 4


def run_over(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    failed: Callable[[Item, str], Result],
    *,
    sizes: Sequence[int] | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Result]:
    """``function`` of every item; ``failed(item, reason)`` where it raised or its process died.

    ``function``, the items and the results are picklable. ``sizes`` (bytes of source, or what they are worth)
    decide the order of the work and whether a pool is worth it. ``executor``, when given, is used and left open.
    ``progress`` is called in this process with the number of items done since the last call. KeyboardInterrupt
    passes through at once.
    """
    if executor is not None:
        results, lost = _run_in(executor, function, items, failed, sizes, progress)
        for position in lost:
            results[position] = failed(items[position], _DEAD)
        return [results[position] for position in range(len(items))]
    if jobs > 1 and len(items) > 1 and (sizes is None or sum(sizes) >= _WORTH_A_POOL):
        return _run_in_pool(function, items, failed, sizes, min(jobs, len(items)), progress)
    return [_run_here(function, item, failed, progress) for item in items]


_DEAD = "its process died (out of memory, or a crash in a library)"


def stream_over(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    failed: Callable[[Item, str], Result],
    size: Callable[[Item], int],
    *,
    jobs: int = 1,
    executor: Executor | None = None,
) -> Iterator[Result]:
    """The results of ``run_over`` one by one, as they are made; of ``items`` no more than 64 (or four times ``jobs``)
    are taken ahead of the one that was asked for last. A stream that is given up takes its work back.
    """
    ahead = max(_LEAST_AHEAD, _AHEAD_PER_JOB * jobs)
    if executor is not None:
        given = executor
        yield from _streamed(lambda item: given.submit(function, item), items, failed, None, ahead)
        return
    waiting = iter(items)
    first: list[Item] = []
    work = 0
    for item in waiting if jobs > 1 else ():
        first.append(item)
        work += size(item)
        if work >= _WORTH_A_POOL and len(first) > 1:
            yield from _stream_in_pool(function, chain(first, waiting), failed, jobs, ahead)
            return
    for item in chain(first, waiting):
        yield _run_here(function, item, failed, None)


def _stream_in_pool(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    failed: Callable[[Item, str], Result],
    jobs: int,
    ahead: int,
) -> Iterator[Result]:
    from concurrent.futures import BrokenExecutor

    with ExitStack() as stack:
        pool = stack.enter_context(_Pool(jobs))

        def submit(item: Item) -> Future[Result]:
            nonlocal pool
            try:
                return pool.submit(function, item)
            except BrokenExecutor:
                pool = stack.enter_context(_Pool(jobs))
                return pool.submit(function, item)

        yield from _streamed(submit, items, failed, lambda item: _run_alone(function, item, failed), ahead)


def _streamed(
    submit: Callable[[Item], Future[Result]],
    items: Iterable[Item],
    failed: Callable[[Item, str], Result],
    alone: Callable[[Item], Result] | None,
    ahead: int,
) -> Iterator[Result]:
    """The results in the order of the items, ``ahead`` items in hand.

    Where a process dies, all that is in hand is lost: the first of it is done ``alone``, the others are submitted once
    more, so that each death brings the stream on by one. None: there is no second try.
    """
    from concurrent.futures import BrokenExecutor

    def submitted(item: Item) -> tuple[Item, Future[Result] | None]:
        try:
            return item, submit(item)
        except BrokenExecutor:
            return item, None

    def is_lost(future: Future[Result] | None) -> bool:
        return future is None or (future.done() and isinstance(future.exception(), BrokenExecutor))

    hand: deque[tuple[Item, Future[Result] | None]] = deque()
    waiting = iter(items)
    try:
        while True:
            hand.extend(map(submitted, islice(waiting, ahead - len(hand))))
            if not hand:
                return
            item, future = hand.popleft()
            error = future.exception() if future is not None else None
            if future is not None and not isinstance(error, BrokenExecutor):
                yield failed(item, _described(error)) if error is not None else future.result()
            elif alone is None:
                yield failed(item, _DEAD)
            else:
                hand = deque(submitted(one) if is_lost(late) else (one, late) for one, late in hand)
                yield alone(item)
    finally:
        for _, future in hand:
            if future is not None:
                future.cancel()


def _run_here(
    function: Callable[[Item], Result],
    item: Item,
    failed: Callable[[Item, str], Result],
    progress: Callable[[int], None] | None,
) -> Result:
    # As broad as a process boundary is: one file's bug must not take the other files' results away.
    try:
        result = function(item)
    except Exception as error:
        result = failed(item, _described(error))
    if progress is not None:
        progress(1)
    return result


def _described(error: BaseException) -> str:
    return f"internal error: {type(error).__name__}: {error}"


def _run_in_pool(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    failed: Callable[[Item, str], Result],
    sizes: Sequence[int] | None,
    jobs: int,
    progress: Callable[[int], None] | None,
) -> list[Result]:
    with _Pool(jobs) as pool:
        results, lost = _run_in(pool, function, items, failed, sizes, progress)
    for position in lost:
        results[position] = _run_alone(function, items[position], failed)
        if progress is not None:
            progress(1)
    return [results[position] for position in range(len(items))]


def _run_alone(function: Callable[[Item], Result], item: Item, failed: Callable[[Item, str], Result]) -> Result:
    with _Pool(1) as pool:
        again, dead = _run_in(pool, function, [item], failed, None, None)
    return failed(item, _DEAD) if dead else again[0]


class _Pool:
    """A process pool that does not wait for its work when it is left by an exception."""

    def __init__(self, jobs: int) -> None:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        # A fork is fastest and gives the workers what is imported here, but is only safe without other threads.
        methods = multiprocessing.get_all_start_methods()
        safe = threading.active_count() == 1 and sys.platform == "linux"
        self._others = frozenset(multiprocessing.active_children())
        method = "fork" if safe and "fork" in methods else "forkserver" if "forkserver" in methods else "spawn"
        self._executor: ProcessPoolExecutor = ProcessPoolExecutor(
            jobs, multiprocessing.get_context(method), initializer=_start_worker
        )

    def __enter__(self) -> ProcessPoolExecutor:
        return self._executor

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # Who takes no more from a stream may have started processes meanwhile: theirs would end with those of the pool.
        if kind is not None and not issubclass(kind, GeneratorExit):
            import multiprocessing

            # Not to wait at the end of the program for work that nobody wants any more.
            for process in frozenset(multiprocessing.active_children()) - self._others:
                process.terminate()
        self._executor.shutdown(wait=kind is None, cancel_futures=True)


def _start_worker() -> None:
    """In a worker: end at Ctrl-C without a word, as the first process does the talking, and when that is killed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A worker that was forked holds both ends of the queue that it waits for, and would wait for ever.
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run_in(
    executor: Executor,
    function: Callable[[Item], Result],
    items: Sequence[Item],
    failed: Callable[[Item, str], Result],
    sizes: Sequence[int] | None,
    progress: Callable[[int], None] | None,
) -> tuple[dict[int, Result], list[int]]:
    """Results by position, and the positions whose process died."""
    from concurrent.futures import BrokenExecutor, as_completed

    order = sorted(range(len(items)), key=lambda position: -sizes[position] if sizes is not None else 0)
    futures: dict[Future[Result], int] = {}
    results: dict[int, Result] = {}
    lost: list[int] = []
    for position in order:
        try:
            futures[executor.submit(function, items[position])] = position
        except BrokenExecutor:
            lost.append(position)
    for future in as_completed(futures):
        position = futures[future]
        error = future.exception()
        if isinstance(error, BrokenExecutor):
            lost.append(position)
            continue
        results[position] = failed(items[position], _described(error)) if error is not None else future.result()
        if progress is not None:
            progress(1)
    return results, sorted(lost)
