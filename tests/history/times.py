"""How long each pattern takes over a whole tree, beside spatch with a semantic patch and ast-grep where it can say it.

    python -m tests.history.times TREE [-p PATTERN]... [-o TIMES.md] [--runs N] [--ast-grep PROGRAM]

The tools take turns. The least time of each counts, ratios are those of the least times, beside them the least and the
greatest ratio of one turn. How the tools are run, and how changed lines are counted, is in ``timed_tools.py``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.history.timed_tools import Lines, ToolError, changed, command, files, installed, rule, run, version

PATTERNS = ("class_create", "vm_flags", "inode_ctime", "strscpy", "probe_new", "no_llseek")
# Where the rules of the others do less than the pattern does, or more: found by comparing the lines that both change.
_UNPARSED = "a function that migrator leaves alone, as its parser fails there, is rewritten"
_UNUSED = "not the loop heads, comma expressions and casts to void that use no result either"
_OWNER = "an owner other than THIS_MODULE goes without a warning"
LEFT_OUT = {
    "spatch": {
        "class_create": f"{_OWNER}; {_UNPARSED}",
        "vm_flags": "nobody asks whether the flags of a set and a clear in a row overlap; a comment between the two is"
        " lost; a VMA counts as new where it is on one of the paths; parentheses around flags stay; a program of tools/"
        " is rewritten; not the mask that clears the flags of locked memory;"
        f" {_UNPARSED}",
        "inode_ctime": "not the seconds and nanoseconds with other stores between them or in chains, nor chains of more"
        " than three; a store inside of a chain that migrator leaves alone is rewritten, and so are the accessors"
        f" themselves; no types by container_of() and list_entry(); {_UNPARSED}",
        "strscpy": f"{_UNUSED}; {_UNPARSED}",
        "probe_new": "nothing",
        "no_llseek": "not the structs in the bodies of macros; an empty line behind the member goes with it",
    },
    "ast-grep": {
        "class_create": f"{_OWNER}; not the bodies of macros; {_UNPARSED}",
        "vm_flags": "no rule: it knows no types, and other structs have a field of this name",
        "inode_ctime": "no rule: it knows no types, and the filesystems' own structs have a field of this name",
        "strscpy": f"{_UNUSED}; not the bodies of macros; {_UNPARSED}",
        "probe_new": "not what stands behind code that its grammar does not know",
        "no_llseek": "not the bodies of macros; a line of blanks stays where the member was",
    },
}


@dataclass(frozen=True, slots=True)
class Timed:
    """What a tool did with one pattern: the seconds of each turn, and the lines that it changes."""

    seconds: list[float] = field(default_factory=list)
    lines: Lines = frozenset()

    @property
    def least(self) -> float:
        return min(self.seconds)

    def ratios(self, own: Timed) -> tuple[float, float, float]:
        """Of the least times, and the least and the greatest of one turn."""
        each = [one / other for one, other in zip(self.seconds, own.seconds, strict=True)]
        return self.least / own.least, min(each), max(each)


@dataclass(frozen=True, slots=True)
class Row:
    """One pattern: how many files the others are given, and the tools by name."""

    name: str
    files: int
    timed: dict[str, Timed]


def measure(name: str, tree: Path, programs: dict[str, str], runs: int) -> Row:
    """Let the tools take turns; only those that are installed and have a rule. Raises ToolError."""
    given = subprocess.run(files(name), shell=True, cwd=tree, capture_output=True, check=False).stdout.count(b"\n")
    with tempfile.TemporaryDirectory() as scratch:
        commands = {
            tool: command(tool, program, name, Path(scratch))
            for tool, program in programs.items()
            if tool == "migrator" or rule(tool, name).is_file()
        }
        seconds: dict[str, list[float]] = {tool: [] for tool in commands}
        outputs: dict[str, bytes] = {}
        for _ in range(runs):
            for tool, line in commands.items():
                started = time.monotonic()
                outputs[tool] = run(tool, line, tree)
                seconds[tool].append(time.monotonic() - started)
    return Row(name, given, {tool: Timed(seconds[tool], changed(tool, outputs[tool], tree)) for tool in commands})


def cells(row: Row, programs: dict[str, str]) -> Iterator[str]:
    own = row.timed["migrator"]
    yield row.name
    yield str(row.files)
    yield f"{own.least:.1f} s [{len(own.lines)}]"
    for tool in ("spatch", "ast-grep"):
        timed = row.timed.get(tool)
        if timed is None:
            yield "no rule" if tool in programs else "not installed"
            continue
        ratio, least, greatest = timed.ratios(own)
        lines = f"[{len(timed.lines)}, {len(timed.lines & own.lines)}]"
        yield f"{timed.least:.1f} s, {ratio:.2f}x ({least:.2f}-{greatest:.2f}) {lines}"


def verdicts(rows: Sequence[Row], tool: str) -> Iterator[str]:
    """In words who was faster, and where the turns do not agree about it."""
    groups: dict[str, list[str]] = {"less": [], "more": [], "undecided": []}
    for row in rows:
        if tool in row.timed:
            ratio, least, greatest = row.timed[tool].ratios(row.timed["migrator"])
            kind = "less" if greatest < 1 else "more" if least > 1 else "undecided"
            times = 1 / ratio if kind == "less" else ratio
            groups[kind].append(row.name if kind == "undecided" else f"{row.name} ({times:.1f} times)")
    if groups["less"]:
        yield f"- {tool} is faster than migrator for {', '.join(groups['less'])}."
    if groups["more"]:
        yield f"- migrator is faster than {tool} for {', '.join(groups['more'])}."
    if groups["undecided"]:
        yield f"- Now {tool}, now migrator is faster for {', '.join(groups['undecided'])}."


def page(rows: Sequence[Row], programs: dict[str, str], tree: str, runs: int, load: float) -> Iterator[str]:
    others = [tool for tool in ("spatch", "ast-grep") if tool in programs]
    versions = " and ".join(version(programs[tool]) for tool in others) or "no other tool"
    yield "# Times"
    yield ""
    yield f"Made by `python -m tests.history.times` over {tree}, never edited by hand: the least of {runs} turns, two"
    yield f"processes for each tool, load at the start {load:.1f}; beside {versions}."
    yield "All only show their changes. Ratios are to the time of migrator (below 1: faster than migrator), in"
    yield "parentheses their range over the turns. In brackets the lines that a tool changes, and how many of them"
    yield "migrator changes as well. migrator is given the tree, the others the files that hold the word, found by grep"
    yield "in their time. How each is run is in `timed_tools.py`."
    yield ""
    yield "| pattern | files | migrator | spatch | ast-grep |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    yield from (f"| {' | '.join(cells(row, programs))} |" for row in rows)
    yield ""
    for tool in others:
        yield from verdicts(rows, tool)
    for tool, words in LEFT_OUT.items():
        yield ""
        yield f"What the rules for {tool} leave out, or do beyond the pattern:"
        yield ""
        yield from (f"- {row.name}: {words[row.name]}" for row in rows)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("-p", "--pattern", action="append", choices=PATTERNS)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ast-grep", default="ast-grep", help="the program, where it is not on the PATH")
    given = parser.parse_args(arguments)
    tree = given.tree.resolve()
    load = os.getloadavg()[0]
    programs = installed(given.ast_grep)
    rows: list[Row] = []
    for name in given.pattern or PATTERNS:
        try:
            rows.append(measure(name, tree, programs, given.runs))
        except ToolError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 2
        print(" | ".join(cells(rows[-1], programs)), file=sys.stderr)
    text = "\n".join(page(rows, programs, tree.name, given.runs, load)) + "\n"
    if given.output is not None:
        given.output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
