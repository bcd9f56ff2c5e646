"""Times migrator beside Coccinelle on the same job, on the same files, in one run.

    python tests/bench/compare.py TREE [--runs N] [--jobs 2]

TREE is a kernel that still has the old calls (3.17 to 5.7). It is not written to: the work is done on a copy with a git
index, which `--scratch` keeps for the next time. Two jobs are measured as whole processes, start-up and all:

1. the files with callers, found by words and given by name;
2. the whole tree, in which each tool has to find them itself.

The tools take turns (A B A B) after one warm-up each, so that a busy minute hits both. spatch gets the invocations that
were found to be the fastest: no includes, every file a group of its own (files given by name are one group: twice the
time, and one process), git grep for the tree, by itself or in front. `--variants` times the others too.

The table shows medians. `CPU` is user and system time of all processes, `largest` the peak of the largest one
process, both from wait4 of the timed runs; `sum` is the peak of the resident memory of all processes together, polled
in the warm-up: an upper bound, since pages that they share are counted once for each. `calls` is the number of new
calls in the diff: a tool that does less work shows less here.

Exit status: 0 measured, 2 could not measure.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SEMANTIC_PATCH = Path(__file__).resolve().with_name("mem_cgroup_charge_v58.cocci")
PATTERN = "mem_cgroup_charge_v58"
FROM_HERE = shlex.join([sys.executable, "-m", "migrator"])
OLD_NAMES = (
    "mem_cgroup_try_charge",
    "mem_cgroup_try_charge_delay",
    "mem_cgroup_commit_charge",
    "mem_cgroup_cancel_charge",
)
GREP = ("grep", "-lwF")
MENTIONS = (*(f"-e{name}" for name in OLD_NAMES), "--", "*.c")
# A begin whose handle is somebody's variable: the definitions pass on a pointer that they were given.
CALLER = re.compile(rb"\bmem_cgroup_try_charge(?:_delay)?\s*\([^;{}]*&\s*\w")
NEW_CALL = re.compile(rb"^\+.*\bmem_cgroup_charge\(", re.MULTILINE)
POLL_SECONDS = 0.01
MEBIBYTE = 1 << 20


class MeasureError(Exception):
    """Something that the measurement needs is not there, or a tool failed; the message is for the user."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One command line. ``accepted`` are the exit statuses that mean that the work was done."""

    name: str
    command: tuple[str, ...]
    accepted: frozenset[int] = frozenset({0})


@dataclass(frozen=True, slots=True)
class Run:
    """What one process and its children took: seconds, seconds, bytes; and the new calls in its output."""

    wall: float
    cpu: float
    largest: int
    calls: int


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done by every contender. The first contender is the one that the others are compared with."""

    title: str
    contenders: tuple[Contender, ...]


def run_once(contender: Contender, folder: Path, environment: Mapping[str, str], poll: bool = False) -> tuple[Run, int]:
    """Run a contender to its end. Returns the figures and, where ``poll`` is set, the peak sum of resident memory in
    bytes (else 0). Raises MeasureError when the process cannot start, ends with a status that is not accepted, or
    writes no new call."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        try:
            process = subprocess.Popen(
                contender.command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            raise MeasureError(f"{contender.name}: cannot run {contender.command[0]}: {error.strerror}") from None
        with session_memory(process.pid if poll else None) as peak:
            try:
                _, status, usage = os.wait4(process.pid, 0)
            except KeyboardInterrupt:  # its own session does not get the terminal's signals
                os.killpg(process.pid, signal.SIGTERM)
                raise
            wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        calls = len(NEW_CALL.findall(output.read()))
        if process.returncode not in contender.accepted:
            errors.seek(0)
            last_words = errors.read().decode(errors="replace").strip()[-1500:]
            command = shlex.join(contender.command)
            raise MeasureError(f"{contender.name} ended with status {process.returncode}\n{command}\n{last_words}")
    if not calls:
        raise MeasureError(f"{contender.name} wrote no new call: that is not the job\n{shlex.join(contender.command)}")
    kibibyte = 1 if sys.platform == "darwin" else 1024
    cpu = usage.ru_utime + usage.ru_stime
    return Run(wall, cpu, usage.ru_maxrss * kibibyte, calls), peak[0]


@contextlib.contextmanager
def session_memory(session: int | None) -> Iterator[list[int]]:
    """Poll the resident memory of a session's processes in a thread; the one value of the list is the peak in bytes."""
    peak = [0]
    if session is None or not Path("/proc/self/stat").exists():
        yield peak
        return
    done = threading.Event()

    def poll() -> None:
        while not done.wait(POLL_SECONDS):
            peak[0] = max(peak[0], resident_bytes(session))

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def resident_bytes(session: int) -> int:
    """The resident memory of all processes of a session, in bytes (field 6 and 24 of /proc/PID/stat, see proc(5))."""
    total = 0
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            fields = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(fields[3]) == session:
            total += int(fields[21])
    return total * os.sysconf("SC_PAGE_SIZE")


def files_with_callers(tree: Path) -> list[Path]:
    """The C files below ``tree`` that begin a transaction, found by words with git grep, in order of path."""
    found = git_grep(tree)
    return [path for path in found if CALLER.search(path.read_bytes())]


def git_grep(tree: Path) -> list[Path]:
    """The C files that mention an old name as a whole word."""
    answer = subprocess.run(["git", "-C", str(tree), *GREP, "-z", *MENTIONS], capture_output=True, check=False)
    if answer.returncode > 1:
        raise MeasureError(f"git grep in {tree}: {answer.stderr.decode(errors='replace').strip()}")
    return [tree / os.fsdecode(name) for name in answer.stdout.split(b"\0") if name]


def prepare_tree(tree: Path, scratch: Path) -> Path:
    """A copy of ``tree`` with a git index below ``scratch``; one left there for the same tree is used again."""
    copy, note = scratch / "tree", scratch / "tree-made-from"
    if note.exists() and note.read_text() == str(tree):
        return copy
    if copy.exists():
        shutil.rmtree(copy)
    say(f"copying {tree} to {copy} ...")
    shutil.copytree(tree, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    for command in (["init", "-q"], ["add", "-A", "-f"]):
        answer = subprocess.run(["git", *command], cwd=copy, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise MeasureError(f"git {command[0]} in {copy}: {answer.stderr.strip()}")
    note.write_text(str(tree))
    return copy


def jobs_to_measure(options: argparse.Namespace, tree: Path, callers: Sequence[Path], scratch: Path) -> tuple[Job, ...]:
    """The two jobs with the contenders that the options ask for."""
    groups = scratch / "groups"
    groups.write_text("".join(f"{path}\n\n" for path in callers))
    only_callers = scratch / "only-callers"
    shutil.rmtree(only_callers, ignore_errors=True)
    for path in callers:
        place = only_callers / path.relative_to(tree)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)

    jobs, names = str(options.jobs), [str(path) for path in callers]
    migrator = [*shlex.split(options.migrator), "diff", "-p", options.pattern, "-j", jobs]
    spatch = [*shlex.split(options.spatch), "--very-quiet", "--no-includes", "--sp-file", str(options.semantic_patch)]
    parallel = [*spatch, "-j", jobs]
    grep = shlex.join(["git", "-C", str(tree), *GREP, *MENTIONS])
    found, absolute = shlex.quote(str(scratch / "found")), shlex.quote(f"s,^,{tree}/,;G")
    pipeline = f"{grep} | sed {absolute} > {found} && exec {shlex.join(parallel)} --file-groups {found}"
    by_name = [Contender("spatch --file-groups", (*parallel, "--file-groups", str(groups)))]
    by_words = [
        Contender("spatch --use-gitgrep", (*parallel, "--use-gitgrep", "--dir", str(tree))),
        Contender("git grep, spatch --file-groups", ("sh", "-c", pipeline)),
    ]
    if options.variants:
        by_name += [
            Contender("spatch FILES (one group)", (*spatch, *names)),
            Contender("spatch --dir FOLDER", (*parallel, "--dir", str(only_callers))),
            Contender("spatch --chunksize 1", (*parallel, "--chunksize", "1", "--dir", str(only_callers))),
        ]
        by_words += [
            Contender("spatch --use-coccigrep", (*parallel, "--use-coccigrep", "--dir", str(tree))),
            Contender("spatch, one process", (*spatch, "--use-gitgrep", "--dir", str(tree))),
        ]
    # 1: there is something to say about the patches, which is no failure.
    ours_by_name = Contender("migrator", (*migrator, *names), frozenset({0, 1}))
    # Every spatch here takes a file by itself; both are shown: the same job, and all that is done by default.
    ours_by_words = Contender("migrator --no-across", (*migrator, "--no-across", str(tree)), frozenset({0, 1}))
    ours_across = Contender("migrator", (*migrator, str(tree)), frozenset({0, 1}))

    def wanted(ours: list[Contender], others: list[Contender]) -> tuple[Contender, ...]:
        return tuple((ours if options.only != "spatch" else []) + (others if options.only != "migrator" else []))

    return (
        Job(f"{len(callers)} files with callers", wanted([ours_by_name], by_name)),
        Job("the whole tree, found by words", wanted([ours_by_words, ours_across], by_words)),
    )


def measure(job: Job, runs: int, folder: Path, environment: Mapping[str, str]) -> list[str]:
    """The rows of the table for a job, as Markdown."""
    sums: dict[str, int] = {}
    timed: dict[str, list[Run]] = {contender.name: [] for contender in job.contenders}
    for contender in job.contenders:
        say(f"{job.title}: {contender.name}, warm-up ...")
        _, sums[contender.name] = run_once(contender, folder, environment, poll=True)
    for number in range(runs):
        say(f"{job.title}: run {number + 1} of {runs} ...")
        for contender in job.contenders:
            timed[contender.name].append(run_once(contender, folder, environment)[0])
    reference = timed[job.contenders[0].name]
    return [row(job.title, name, mine, sums[name], reference) for name, mine in timed.items()]


def row(title: str, name: str, mine: Sequence[Run], memory: int, reference: Sequence[Run]) -> str:
    """One line of the table. The ratio is that of the medians, then the lowest and highest of the single turns."""
    walls = [run.wall for run in mine]
    ratio = statistics.median(walls) / statistics.median(run.wall for run in reference)
    turns = [run.wall / other.wall for run, other in zip(mine, reference, strict=True)]
    spread = "" if mine is reference else f" ({min(turns):.1f} - {max(turns):.1f})"
    cells = [
        title,
        f"`{name}`",
        f"{statistics.median(walls):.2f} s ({min(walls):.2f} - {max(walls):.2f})",
        f"{ratio:.1f}{spread}",
        f"{statistics.median(run.cpu for run in mine):.2f} s",
        f"{max(run.largest for run in mine) / MEBIBYTE:.0f} MiB",
        f"{memory / MEBIBYTE:.0f} MiB" if memory else "-",
        str(mine[-1].calls),
    ]
    return f"| {' | '.join(cells)} |"


def say(text: str) -> None:
    """Progress, for whoever waits: on standard error."""
    print(text, file=sys.stderr, flush=True)


def version_of(command: str) -> str:
    """The first line of what a program says about itself. Raises MeasureError when it cannot be run."""
    try:
        answer = subprocess.run([*shlex.split(command), "--version"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise MeasureError(f"cannot run {command}: {error.strerror}") from None
    lines = (answer.stdout + answer.stderr).strip().splitlines()
    return lines[0] if lines else command


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="Times migrator beside Coccinelle on the same job.")
    parser.add_argument("tree", type=Path, help="a kernel source tree that still has the old calls")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="processes of each (default: %(default)s)")
    parser.add_argument("--migrator", default=FROM_HERE, metavar="CMD", help="default: %(default)s")
    parser.add_argument("--pattern", default=PATTERN, help="default: %(default)s")
    parser.add_argument("--spatch", default="spatch", metavar="CMD", help="default: %(default)s")
    parser.add_argument("--semantic-patch", type=Path, default=SEMANTIC_PATCH, help="default: the one beside this file")
    parser.add_argument("--scratch", type=Path, help="where to keep the copy (default: a temporary folder)")
    parser.add_argument("--only", choices=["both", "migrator", "spatch"], default="both", help="measure one side only")
    parser.add_argument("--variants", action="store_true", help="other invocations of spatch, too")
    return parser


def compare(options: argparse.Namespace, scratch: Path) -> None:
    """Measure all jobs and print the table. Raises MeasureError."""
    tree = prepare_tree(options.tree.resolve(), scratch)
    callers = files_with_callers(tree)
    if not callers:
        raise MeasureError(f"{options.tree}: no file begins a transaction")
    # An installed tool has its bytecode: the warm-up may write it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if options.migrator == FROM_HERE:
        search = [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(search)
    heads = ("job", "tool", "wall: median (range)", "ratio", "CPU", "largest", "sum", "calls")
    table = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for job in jobs_to_measure(options, tree, callers, scratch):
        # Not from the tree's own folder: spatch would take options from its .cocciconfig for all jobs.
        table += measure(job, options.runs, scratch, environment)
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"{options.tree}, {options.runs} runs, {options.jobs} jobs, {os.cpu_count()} CPUs, load average now {load}\n")
    print("\n".join(table))


def main() -> int:
    """Read the command line, measure, print; returns the exit status."""
    options = arguments().parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the running process is ended with this one
    try:
        if not options.tree.is_dir():
            raise MeasureError(f"{options.tree}: not a folder")
        if options.runs < 1 or options.jobs < 1:
            raise MeasureError("--runs and --jobs take numbers from 1 on")
        if shutil.which("git") is None:
            raise MeasureError("git is needed to search the tree by words")
        if options.only != "migrator":
            if shutil.which(shlex.split(options.spatch)[0]) is None:
                raise MeasureError(f"{options.spatch} not found: install Coccinelle (Debian: apt install coccinelle)")
            say(version_of(options.spatch))
        options.semantic_patch = options.semantic_patch.resolve()
        with contextlib.ExitStack() as stack:
            if options.scratch is None:
                temporary = tempfile.TemporaryDirectory(prefix="migrator-bench-")
                scratch = Path(stack.enter_context(temporary))
            else:
                scratch = options.scratch.resolve()
                scratch.mkdir(parents=True, exist_ok=True)
            compare(options, scratch)
    except MeasureError as error:
        print(f"compare.py: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
