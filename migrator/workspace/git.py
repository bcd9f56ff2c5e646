"""Running git: a command with its output, and one process that reads many objects.

Paths decide which repository it is, never ``GIT_DIR``. Nothing is fetched, nothing is written, and settings that change
what a command prints are out of the way. Messages come in English, since some are read here.
"""

from __future__ import annotations

import os
import subprocess
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from migrator.errors import InputError

# All of these would make git look at another place than the one that was named, or read a path as something else.
_UNWANTED = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_GREP_THREADS",
    "GIT_TRACE",
)
# A git older than 2.44 does not know GIT_NO_LAZY_FETCH, but finds no protocol that it may use.
_SETTINGS = ("-c", "protocol.allow=never", "-c", "core.splitIndex=false", "-c", "core.fsmonitor=false")
# So many names fit into a pipe, so that writing them never waits for the answers to be read.
_ASKED_AT_ONCE = 500


def git_command(folder: Path, *arguments: str) -> list[str]:
    """The command line of a git command that is run in ``folder``."""
    return ["git", *_SETTINGS, "-C", os.fspath(folder), *arguments]


def git_environment(**additions: str) -> Mapping[str, str]:
    """The environment for it."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    return {**kept, "LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", **additions}


def start_git(folder: Path, *arguments: str, asked: bool = False) -> subprocess.Popen[bytes]:
    """A git process with a pipe for its stdout, and for stdin where it is ``asked``; raises InputError without git."""
    try:
        return subprocess.Popen(
            git_command(folder, *arguments),
            stdin=subprocess.PIPE if asked else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if asked else subprocess.PIPE,
            env=git_environment(),
        )
    except OSError as error:
        raise _cannot_run(error) from None


def run_git(folder: Path, *arguments: str, given: bytes = b"", index: Path | None = None) -> bytes:
    """Output of a git command; raises InputError, with what git says, where it fails or cannot be run.

    ``index`` is a file to use in place of the repository's index.
    """
    additions = {"GIT_INDEX_FILE": os.fspath(index)} if index is not None else {}
    try:
        done = subprocess.run(
            git_command(folder, *arguments),
            input=given,
            capture_output=True,
            check=False,
            env=git_environment(**additions),
        )
    except OSError as error:
        raise _cannot_run(error) from None
    if done.returncode:
        said = git_said(done.stderr) or f"git {arguments[0]} failed with status {done.returncode}"
        raise InputError(said, os.fspath(folder))
    return done.stdout


def branches_and_tags(folder: Path) -> tuple[str, ...]:
    """Their short names, as a shell completes them; none where there is no repository."""
    try:
        output = run_git(folder, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
    except InputError:
        return ()
    return tuple(os.fsdecode(output).split())


def git_said(stderr: bytes) -> str:
    """The line of what git printed that says why it failed, without what it puts in front; empty for none."""
    lines = os.fsdecode(stderr).strip().split("\n")
    for start in ("fatal: ", "error: ", ""):
        for line in lines:
            if line.startswith(start):
                return line.removeprefix(start)
    return ""


def _cannot_run(error: OSError) -> InputError:
    missing = isinstance(error, FileNotFoundError)
    return InputError(f"cannot be run: {'there is no such program' if missing else error.strerror}", "git")


class ObjectReader:
    """Contents of objects by name, from one ``git cat-file --batch`` that is started when it is first asked.

    After a fork each process has its own. ``close`` ends it; so does the end of this process. What is known to be
    ``absent`` is not asked for: in a partial clone the question ends git.
    """

    def __init__(self, folder: Path) -> None:
        self.absent: frozenset[str] = frozenset()
        self._folder = folder
        self._owner = 0
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, names: Sequence[str]) -> Iterator[bytes | None]:
        """The contents in the order of the names, None for an object that the repository does not have.

        Raises InputError where git cannot be run or dies.
        """
        rest = iter(names)
        while some := tuple(islice(rest, _ASKED_AT_ONCE)):
            # Read whole before the first is given out: a caller that stops midway must not leave answers in the pipe.
            yield from self._ask(some)

    def close(self) -> None:
        """End the process; the next question starts one again."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            _end(process)

    def _ask(self, names: Sequence[str]) -> list[bytes | None]:
        process = self._running()
        question, answer = process.stdin, process.stdout
        if question is None or answer is None:
            raise ValueError("a process without pipes")
        found: list[bytes | None] = []
        try:
            question.write(b"".join(name.encode() + b"\n" for name in names if name not in self.absent))
            question.flush()
            for name in names:
                if name in self.absent:
                    found.append(None)
                    continue
                # name blank type blank size newline contents newline
                facts = answer.readline().split()
                if len(facts) == 3:
                    size = int(facts[2])
                    data = answer.read(size + 1)
                    if len(data) != size + 1:
                        raise BrokenPipeError
                    found.append(data[:-1])
                elif facts[1:] == [b"missing"]:
                    found.append(None)
                else:
                    raise BrokenPipeError
        except BaseException as error:
            self.close()
            if isinstance(error, (OSError, ValueError)):
                raise InputError("git cat-file ended before it had answered", os.fspath(self._folder)) from None
            raise
        return found

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid():
            self._process = start_git(self._folder, "cat-file", "--batch", asked=True)
            self._owner = os.getpid()
            weakref.finalize(self, _end_in, self._owner, self._process)
        return self._process


def _end_in(owner: int, process: subprocess.Popen[bytes]) -> None:
    if owner == os.getpid():
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipes of a process, which ends by that or is killed, and wait for it."""
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    if process.poll() is None:
        process.kill()
    process.wait()
