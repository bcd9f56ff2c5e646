"""How long each pattern takes over a whole tree, beside spatch with a semantic patch and ast-grep where it can say it.

    python tests/history/times.py TREE [-p PATTERN]... [-o TIMES.md] [--runs N] [--ast-grep PROGRAM]

All tools only show their changes, with two processes each, and take turns: the least time of each counts, ratios are
those of the least times, beside them the least and the greatest ratio of one turn. spatch is given the files that hold
the word (found by grep, in its time): it would parse the whole tree otherwise. How many lines a tool changes stands
beside its time, and what the semantic patch leaves out below.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from migrator.pattern.load import load_pattern

HERE = Path(__file__).resolve().parent
PATTERNS = ("class_create", "vm_flags", "inode_ctime", "strscpy", "probe_new", "no_llseek")
# What the semantic patches beside this file do not do, in words.
LEFT_OUT = {
    "class_create": "owners other than THIS_MODULE are dropped without a warning, macros are not looked into",
    "vm_flags": "plain assignments, flags that are set and cleared at once, members other than of a plain pointer",
    "inode_ctime": "what is no plain statement (a token has one tag), inodes in other structs, parts of the time",
    "strscpy": "calls in loop heads and comma expressions",
    "probe_new": "initialisers in macros",
    "no_llseek": "initialisers in macros, of other structs, of arrays",
}
# What ast-grep can express: no types, no result that is unused, no line that goes with its comma.
AST_GREP = {
    "class_create": ("class_create($OWNER, $NAME)", "class_create($NAME)"),
    "strscpy": ("strlcpy($TO, $FROM, $SIZE)", "strscpy($TO, $FROM, $SIZE)"),
}


def changed_lines(diff: str) -> int:
    return sum(line.startswith("-") and not line.startswith("---") for line in diff.splitlines())


def run(command: Sequence[str] | str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        command, shell=isinstance(command, str), capture_output=True, check=False, env=environment, errors="replace",
        text=True,
    )  # fmt: skip
    return done.stdout


def migrator(name: str, tree: Path) -> int:
    return changed_lines(run([sys.executable, "-m", "migrator", "diff", "-j", "2", "-q", "-p", name, str(tree)]))


def spatch(name: str, tree: Path) -> int:
    words = " ".join(f"-e {word}" for word in load_pattern(name).words)
    patch = HERE / "spatch" / f"{name}.cocci"
    return changed_lines(
        run(
            f"grep -rlwZ --include='*.[ch]' {words} {tree} |"
            f" xargs -0 -P 2 -n 40 spatch --very-quiet --no-includes --sp-file {patch}"
        )
    )


def ast_grep(program: str, name: str, tree: Path) -> int:
    pattern, rewrite = AST_GREP[name]
    command = [program, "run", "-l", "c", "-j", "2", "-p", pattern, "-r", rewrite, "--json=stream", str(tree)]
    return sum(json.loads(line)["lines"].count("\n") + 1 for line in run(command).splitlines())


def timed(work: Callable[[], int]) -> tuple[float, int]:
    started = time.monotonic()
    lines = work()
    return time.monotonic() - started, lines


def turns(work: Sequence[Callable[[], int] | None], runs: int) -> list[tuple[list[float], int]]:
    """Seconds and changed lines of some tools that take turns; None for a tool that is left out."""
    found: list[tuple[list[float], int]] = [([], 0) for _ in work]
    for _ in range(runs):
        for index, one in enumerate(work):
            if one is not None:
                seconds, lines = timed(one)
                found[index] = ([*found[index][0], seconds], lines)
    return found


def rows(names: Sequence[str], tree: Path, program: str | None, runs: int) -> Iterator[str]:
    yield "# Times"
    yield ""
    yield f"Made by `tests/history/times.py` over {tree.name}, never edited by hand: the least of {runs} turns, two"
    yield f"processes for each tool, load at the start {os.getloadavg()[0]:.1f}. Ratios are to the time of"
    yield "migrator, in parentheses their range over the turns; in brackets the lines that a tool changes."
    yield ""
    yield "| pattern | migrator | spatch | ast-grep |"
    yield "| --- | ---: | ---: | ---: |"
    has_spatch = shutil.which("spatch") is not None
    for name in names:
        work: list[Callable[[], int] | None] = [
            partial(migrator, name, tree),
            partial(spatch, name, tree) if has_spatch else None,
            partial(ast_grep, program, name, tree) if program is not None and name in AST_GREP else None,
        ]
        (own, lines), *others = turns(work, runs)
        cells = [name, f"{min(own):.1f} s [{lines}]"]
        for index, (seconds, changed) in enumerate(others):
            if not seconds:
                cells.append("cannot say it" if index == 1 and name not in AST_GREP else "not installed")
                continue
            ratios = [one / other for one, other in zip(seconds, own, strict=True)]
            span = f"({min(ratios):.1f}-{max(ratios):.1f})"
            cells.append(f"{min(seconds):.1f} s, {min(seconds) / min(own):.1f}x {span} [{changed}]")
        print(" | ".join(cells), file=sys.stderr)
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield "What the semantic patches leave out:"
    yield ""
    yield from (f"- {name}: {LEFT_OUT[name]}" for name in names)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("-p", "--pattern", action="append")
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ast-grep", default=shutil.which("ast-grep"))
    given = parser.parse_args(arguments)
    text = "\n".join(rows(given.pattern or PATTERNS, given.tree, given.ast_grep or None, given.runs)) + "\n"
    if given.output is not None:
        given.output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
