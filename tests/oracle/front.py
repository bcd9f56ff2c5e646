"""Broken C through masking, parse, scan and rewrite: ``python -m tests.oracle.front --files 20000 --seed 1``.

The seeds are the golden cases and generated functions; they are mutated by bytes, lines and tokens, nested deeply, cut
and spliced. For each file: no exception, bounded time, edits that lead from the input to the output, an output that
parses at least as well as the input, and nothing more to do in it. A file is known by ``SEED:NUMBER``.
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

from msgspec import Struct

from migrator.edits import apply_edits
from migrator.engine import migrate_bytes
from migrator.oracle import rewritten_functions
from migrator.pattern.load import load_pattern
from migrator.pattern.model import Pattern
from migrator.source import DEFAULT_DIALECT, SourceFile
from tests.oracle.campaign import choices_for
from tests.oracle.generate import generate

TESTDATA = Path(__file__).resolve().parent.parent.parent / "testdata"
PATTERNS = ("mem_cgroup_charge", "mem_cgroup_charge_v58")
SECONDS = 4.0  # of processor time, for files of at most some ten thousand bytes

_TOKENS = (
    b"{", b"}", b"(", b")", b"[", b"]", b";", b",", b"else", b"if (", b"goto out;", b"out:", b"return err;", b"do",
    b"while (", b"switch (", b"case 1:", b"default:", b"break;", b"/*", b"*/", b"//", b'"', b"'", b"\\\n", b"\n", b"\r",
    b"\f", b"\v", b"\xff", b"\xc3", b"\xe2\x80\xa8", b"#", b"##", b"#if A\n", b"\n#if 0\n", b"\n#ifdef CONFIG_A\n",
    b"\n#else\n", b"\n#elif B\n", b"\n#endif\n", b"\n#define X(a) a \\\n", b"&&", b"||", b"!", b"?", b":",
    b"&memcg", b"memcg",
    b"mem_cgroup_try_charge(page, mm, gfp, &memcg)", b"mem_cgroup_commit_charge(page, memcg, false);",
    b"mem_cgroup_cancel_charge(page, memcg);", b"mem_cgroup_try_charge", b"mem_cgroup_cancel_charge(",
    b"page->mapping = m;",
    b"list_for_each_entry(", b"for_each_x(a, b)", b"__init", b"__attribute__((", b"asm volatile(", b"({", b"})",
    b"struct",
    b"static", b"int", b"=", b"?:", b"->", b"...", b"0x", b"1e+", b"L'", b"%:", b"??/", b"\0",
)  # fmt: skip
_NESTS: tuple[tuple[bytes, bytes], ...] = (
    (b"(", b")"), (b"{", b"}"), (b"[", b"]"), (b"if (a) {", b"}"), (b"#if A\n", b"\n#endif\n"), (b"if (a) ", b""),
    (b"#if A\n", b""), (b"f(", b")"), (b"a ? b : ", b""), (b"!", b""), (b"*", b""), (b"({", b"})"), (b"/*", b""),
    (b"do {", b"} while (a);"), (b"switch (a) { case 1: ", b"}"), (b"a && ", b""), (b"a + ", b""), (b"x: ", b""),
    (b"#if A\nif (a) {\n#endif\n", b""), (b"else ", b""), (b"if (a) b; else ", b""), (b"\\\n", b""), (b"a->", b""),
    (b"struct {", b"}"), (b"#define A \\\n", b""), (b"typeof(", b")"), (b"case 1: ", b""), (b"(int)", b""),
)  # fmt: skip


@cache
def seeds() -> tuple[bytes, ...]:
    """Texts to begin with."""
    found = [path.read_bytes() for path in sorted(TESTDATA.rglob("before*.c"))]
    for number in range(40):
        found.append(generate(choices_for(5, number), number, number % 2 == 0).encode())
    return tuple(found)


def broken_file(source: random.Random) -> bytes:
    """One mutated file."""
    kind = source.random()
    if kind < 0.03:
        return source.randbytes(source.randrange(3000))
    if kind < 0.06:
        return b" ".join(source.choice(_TOKENS) for _ in range(source.randrange(1500)))
    data = source.choice(seeds())
    if kind < 0.25:
        data += source.choice(seeds())
    for _ in range(source.choice((1, 1, 1, 2, 2, 3, 5, 8, 20))):
        data = source.choice(_MUTATIONS)(data, source)
    return data[:60000]


def _span(data: bytes, source: random.Random) -> tuple[int, int]:
    start = source.randrange(len(data) + 1)
    return start, min(len(data), start + source.choice((1, 1, 2, 5, 20, 80, 300)))


def _cut(data: bytes, source: random.Random) -> bytes:
    start, end = _span(data, source)
    return data[:start] + data[end:]


def _doubled(data: bytes, source: random.Random) -> bytes:
    start, end = _span(data, source)
    return data[:end] + data[start:]


def _moved(data: bytes, source: random.Random) -> bytes:
    start, end = _span(data, source)
    rest = data[:start] + data[end:]
    place = source.randrange(len(rest) + 1)
    return rest[:place] + data[start:end] + rest[place:]


def _spliced(data: bytes, source: random.Random) -> bytes:
    other = source.choice(seeds())
    start, end = _span(other, source)
    place = source.randrange(len(data) + 1)
    return data[:place] + other[start:end] + data[place:]


def _token(data: bytes, source: random.Random) -> bytes:
    place = source.randrange(len(data) + 1)
    return data[:place] + source.choice(_TOKENS) + data[place:]


def _byte(data: bytes, source: random.Random) -> bytes:
    place = source.randrange(len(data) + 1)
    return data[:place] + bytes([source.randrange(1, 256)]) + data[place + 1 :]


def _line(data: bytes, source: random.Random) -> bytes:
    lines = data.split(b"\n")
    first, second = source.randrange(len(lines)), source.randrange(len(lines))
    how = source.randrange(4)
    if how == 0:
        del lines[first]
    elif how == 1:
        lines.insert(second, lines[first])
    elif how == 2:
        lines[first], lines[second] = lines[second], lines[first]
    else:
        lines.insert(first, source.choice(_TOKENS))
    return b"\n".join(lines)


def _fenced(data: bytes, source: random.Random) -> bytes:
    """An ``#if`` around some lines, or around parts of them."""
    start, end = sorted((source.randrange(len(data) + 1), source.randrange(len(data) + 1)))
    if source.random() < 0.6:
        start, end = data.rfind(b"\n", 0, start) + 1, data.rfind(b"\n", 0, end) + 1
    middle = source.choice((b"", b"#else\n", b"#else\n" + data[start:end]))
    return data[:start] + b"\n#ifdef CONFIG_REED\n" + data[start:end] + middle + b"\n#endif\n" + data[end:]


def _nested(data: bytes, source: random.Random) -> bytes:
    start, end = _span(data, source)
    left, right = source.choice(_NESTS)
    depth = source.choice((2, 5, 30, 200, 1500))
    return data[:start] + left * depth + data[start:end] + right * depth + data[end:]


def _line_ends(data: bytes, source: random.Random) -> bytes:
    return data.replace(b"\n", source.choice((b"\r\n", b"\r", b" ", b"\n\n", b"\\\n")))


_MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut, _cut, _doubled, _moved, _moved, _spliced, _token, _token, _token, _byte, _line, _line, _line, _fenced,
    _nested, _line_ends,
)  # fmt: skip


class HangError(Exception):
    """A file took too long."""


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raise HangError in here after so much processor time."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise HangError(f"more than {seconds:g} s")

    old = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, old)


def parses_worse(before: bytes, after: bytes, rewritten: frozenset[str]) -> bool:
    """Whether a rewritten function does not parse, or more functions do not than before.

    Nodes are not counted: after broken text, where the parser finds its feet again is a matter of chance.
    """
    first, second = (SourceFile.parse("file.c", data, DEFAULT_DIALECT).functions for data in (before, after))
    if rewritten - {function.name for function in second if not function.broken}:
        return True
    return sum(function.broken for function in second) > sum(function.broken for function in first)


def problem(data: bytes, pattern: Pattern, seconds: float = SECONDS) -> str:
    """What is wrong with how a file is treated; empty: nothing."""
    try:
        with bounded(seconds):
            source = SourceFile.parse("file.c", data, DEFAULT_DIALECT)
            if len(source.masked) != len(data):
                return "masking changes the length"
            if source.masked.count(b"\n") != data.count(b"\n"):
                return "masking changes the newlines"
            result = migrate_bytes("file.c", data, pattern, DEFAULT_DIALECT)
    except HangError:
        return "time: " + traceback.format_exc().strip().splitlines()[-4].strip()
    except Exception as error:  # whatever it is, it is a bug
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"exception: {type(error).__name__} at {Path(last.filename).name}:{last.name}"
    if result.before != data or apply_edits(data, result.edits) != result.after:
        return "the edits do not make the output"
    if not result.changed:
        return ""
    if parses_worse(data, result.after, rewritten_functions(result)):
        return "the output parses worse"
    if migrate_bytes("file.c", result.after, pattern, DEFAULT_DIALECT).changed:
        return "a second run changes the output"
    return ""


class Problem(Struct, frozen=True):
    """A file that is treated wrongly."""

    text: str
    number: int
    pattern: str
    data: bytes


def file_of(seed: int, number: int) -> bytes:
    """File ``number`` of a run."""
    return broken_file(random.Random(f"front {seed}:{number}"))


def run(seed: int, files: int, start: int = 0) -> tuple[list[Problem], int, float]:
    """Problems, how many files were rewritten, and the longest time for a file."""
    found = []
    rewritten, longest = 0, 0.0
    for number in range(start, start + files):
        data = file_of(seed, number)
        name = PATTERNS[number % len(PATTERNS)]
        began = time.process_time()
        text = problem(data, _pattern(name))
        longest = max(longest, time.process_time() - began)
        if text:
            found.append(Problem(text, number, name, data))
        else:
            rewritten += migrate_bytes("file.c", data, _pattern(name), DEFAULT_DIALECT).changed
    return found, rewritten, longest


_pattern = cache(load_pattern)


def smaller(item: Problem, tries: int = 400) -> bytes:
    """A smaller file with the same problem: lines, then bytes are taken out."""
    best = item.data
    for parts in (lambda data: data.splitlines(keepends=True), lambda data: [bytes([one]) for one in data]):
        pieces: list[bytes] = parts(best)
        size = max(len(pieces) // 2, 1)
        while size and tries > 0:
            position = 0
            while position < len(pieces) and tries > 0:
                fewer = [*pieces[:position], *pieces[position + size :]]
                tries -= 1
                if problem(b"".join(fewer), _pattern(item.pattern)) == item.text:
                    pieces = fewer
                else:
                    position += size
            size //= 2
        best = b"".join(pieces)
    return best


def main(words: Sequence[str] | None = None) -> int:
    """The command: print each kind of problem with an example; the status is 1 if there is any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for one reduced file of each kind")
    options = parser.parse_args(words)
    faulthandler.enable()
    found, rewritten, longest = run(options.seed, options.files, options.start)
    print(f"{options.files} files, {rewritten} rewritten, {len(found)} problems, longest {longest:.2f} s")
    for text, count in Counter(item.text for item in found).most_common():
        examples = [item for item in found if item.text == text]
        print(f"{count} x {text}: {', '.join(f'{options.seed}:{item.number}' for item in examples[:6])}")
        if options.keep is not None:
            options.keep.mkdir(parents=True, exist_ok=True)
            shortest = min(examples, key=lambda item: len(item.data))
            (options.keep / f"{options.seed}-{shortest.number}.c").write_bytes(smaller(shortest))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
