"""Which files of a tree mention one of the words: the same answer as ``grep -rlw``, without grep.

The tree is walked here; the files found are scanned by this process and by helper processes at the same
time. A helper is a bare interpreter that runs ``wordscan`` (no fork: that is unsafe beside threads; no
pool: it takes longer to start). It has at most two messages of paths in hand, short ones towards the end, so
that nobody waits for long. A helper that dies costs time, not files.
"""

from __future__ import annotations

import os
import select
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.diagnostics import Diagnostic
from migrator.workspace import wordscan
from migrator.workspace.tree import WorkTree, ordered_notes, walk

if TYPE_CHECKING:
    import subprocess

# Below this many files a helper takes longer to start than to be of use.
_FILES_PER_HELPER = 1000
_IN_HAND = 2
# Two messages must fit into a pipe, so that writing one never waits.
_MESSAGE_BYTES = 16_000
# What this process scans before it looks after the helpers again: some may be large files.
_PORTION = 64

Progress = Callable[[int], None]


class Found(Struct, frozen=True):
    """What a scan yields: display paths in the order of their bytes, the number of files looked at, notes of the walk.

    A file that could not be read is among ``files``: reading it says why.
    """

    files: tuple[str, ...]
    scanned: int
    notes: tuple[Diagnostic, ...]


def find_mentions(tree: WorkTree, words: Collection[str], jobs: int = 1, progress: Progress | None = None) -> Found:
    """Scan the tree with up to ``jobs`` processes, this one included.

    ``progress`` is called with the number of files that were scanned since the last call.
    """
    wanted = tuple(sorted({word.encode() for word in words}))
    if not wanted:
        raise ValueError("no words to look for")
    notes: list[Diagnostic] = []
    found: list[bytes] = []
    scanned = 0
    queue: deque[tuple[bytes, ...]] = deque()
    with _Helpers(wanted) as helpers:
        listed = 0
        for batch in walk(tree):
            notes.extend(batch.notes)
            listed += len(batch.paths)
            queue.extend(_portions(batch.paths))
            helpers.wish(min(jobs - 1, listed // _FILES_PER_HELPER))
            for done in helpers.exchange(queue):
                found.extend(done.hits)
                scanned += done.size
                if progress is not None:
                    progress(done.size)
        while queue or helpers.busy:
            for done in helpers.exchange(queue, wait=not queue):
                found.extend(done.hits)
                scanned += done.size
                if progress is not None:
                    progress(done.size)
            if queue:
                portion = queue.popleft()
                found.extend(portion[position] for position in wordscan.scan(list(portion), wanted))
                scanned += len(portion)
                if progress is not None:
                    progress(len(portion))
    return Found(tuple(map(tree.display, sorted(found))), scanned, ordered_notes(notes))


def _portions(paths: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    """The paths in portions of which any fits into a message, but for a single path that is longer."""
    portion: list[bytes] = []
    size = 0
    for path in paths:
        if portion and (len(portion) == _PORTION or size + len(path) + 1 > _MESSAGE_BYTES):
            yield tuple(portion)
            portion, size = [], 0
        portion.append(path)
        size += len(path) + 1
    if portion:
        yield tuple(portion)


def _message(queue: deque[tuple[bytes, ...]], sharers: int) -> tuple[bytes, ...]:
    """The next portions of the queue as one: as many as fit, but no more than a fair share of the rest."""
    paths = list(queue.popleft())
    size = sum(map(len, paths)) + len(paths)
    for _ in range(len(queue) // (2 * sharers)):
        size += sum(map(len, queue[0])) + len(queue[0])
        if size > _MESSAGE_BYTES:
            break
        paths += queue.popleft()
    return tuple(paths)


class _Done(Struct, frozen=True):
    hits: tuple[bytes, ...]
    size: int


class _Helper(Struct, eq=False):
    process: subprocess.Popen[bytes]
    source: int
    sink: int
    in_hand: deque[tuple[bytes, ...]] = field(default_factory=deque)


class _Helpers:
    """The helper processes: started when wished for, fed and read without waiting, gone at the end."""

    def __init__(self, words: tuple[bytes, ...]) -> None:
        self._words = words
        self._helpers: list[_Helper] = []
        self._started = 0

    def __enter__(self) -> _Helpers:
        return self

    def __exit__(self, *_: object) -> None:
        for helper in tuple(self._helpers):
            self._end(helper)

    @property
    def busy(self) -> bool:
        """Whether a batch is out."""
        return any(helper.in_hand for helper in self._helpers)

    def wish(self, count: int) -> None:
        """Have ``count`` helpers started by now; one that has died is not replaced."""
        while self._started < count:
            self._started += 1
            helper = _start(self._words)
            if helper is not None:
                self._helpers.append(helper)

    def exchange(self, queue: deque[tuple[bytes, ...]], *, wait: bool = False) -> list[_Done]:
        """Take what is done, hand out from the queue; what a dead helper had in hand goes back to the queue."""
        if not self._helpers:
            return []
        done: list[_Done] = []
        waiting = {helper.source: helper for helper in self._helpers if helper.in_hand}
        ready = select.poll()
        for source in waiting:
            ready.register(source, select.POLLIN)
        for source, _ in ready.poll(None if wait and waiting else 0) if waiting else ():
            helper = waiting[source]
            reply = wordscan.read_message(source)
            if reply is None:
                queue.extend(helper.in_hand)
                self._end(helper)
                continue
            portion = helper.in_hand.popleft()
            hits = tuple(portion[int(position)] for position in reply.split(b",")) if reply else ()
            done.append(_Done(hits, len(portion)))
        for helper in tuple(self._helpers):
            while queue and len(helper.in_hand) < _IN_HAND:
                portion = _message(queue, len(self._helpers) + 1)
                try:
                    wordscan.write_message(helper.sink, b"\0".join(portion))
                except BrokenPipeError:
                    queue.append(portion)
                    queue.extend(helper.in_hand)
                    self._end(helper)
                    break
                helper.in_hand.append(portion)
        return done

    def _end(self, helper: _Helper) -> None:
        self._helpers.remove(helper)
        helper.in_hand.clear()
        for stream in (helper.process.stdin, helper.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        helper.process.kill()
        helper.process.wait()


def _start(words: tuple[bytes, ...]) -> _Helper | None:
    """A new helper, or None where this Python cannot be started as a program with a script."""
    import subprocess

    script = wordscan.__file__
    if not sys.executable or not os.path.isfile(script):
        return None
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
    except OSError:
        return None
    if process.stdin is None or process.stdout is None:
        return None
    helper = _Helper(process, process.stdout.fileno(), process.stdin.fileno())
    with suppress(BrokenPipeError):
        wordscan.write_message(helper.sink, b"\0".join(words))
    return helper
