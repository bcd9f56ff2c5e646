"""How long each pattern takes over a whole tree, beside spatch with a semantic patch and ast-grep where it can say it.

    python tests/history/times.py TREE [-p PATTERN]... [-o TIMES.md] [--ast-grep PROGRAM]

All tools only show their changes, with two processes each. spatch is given the files that hold the word (found by
grep, in its time): it would parse the tree otherwise. The semantic patches beside this file cover the common shapes
only; how many lines a tool changes stands beside its time.
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
from pathlib import Path

from migrator.pattern.load import load_pattern

HERE = Path(__file__).resolve().parent
PATTERNS = ("class_create", "vm_flags", "inode_ctime", "strscpy", "probe_new", "no_llseek")
# What ast-grep can express: no types, no result that is unused, no line that goes with its comma.
AST_GREP = {
    "class_create": ("class_create($OWNER, $NAME)", "class_create($NAME)"),
    "strscpy": ("strlcpy($TO, $FROM, $SIZE)", "strscpy($TO, $FROM, $SIZE)"),
}


def changed_lines(diff: str) -> int:
    return sum(line.startswith("-") and not line.startswith("---") for line in diff.splitlines())


def run(command: Sequence[str] | str, **more: str) -> str:
    shell = isinstance(command, str)
    done = subprocess.run(
        command, shell=shell, capture_output=True, check=False, env={**os.environ, **more}, errors="replace", text=True
    )
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


def rows(names: Sequence[str], tree: Path, program: str | None) -> Iterator[str]:
    yield "# Times"
    yield ""
    yield f"Made by `tests/history/times.py` over {tree.name}, two processes for each tool, one run after the other."
    yield "Ratios are to the time of migrator; in brackets the lines that are changed."
    yield ""
    yield "| pattern | migrator | spatch | ast-grep |"
    yield "| --- | ---: | ---: | ---: |"
    for name in names:
        own, lines = timed(lambda name=name: migrator(name, tree))  # type: ignore[misc]
        cells = [name, f"{own:.1f} s ({lines})"]
        if shutil.which("spatch"):
            seconds, lines = timed(lambda name=name: spatch(name, tree))  # type: ignore[misc]
            cells.append(f"{seconds:.1f} s, {seconds / own:.1f}x ({lines})")
        else:
            cells.append("not installed")
        if program is not None and name in AST_GREP:
            seconds, lines = timed(lambda name=name: ast_grep(program, name, tree))  # type: ignore[misc]
            cells.append(f"{seconds:.1f} s, {seconds / own:.1f}x ({lines})")
        else:
            cells.append("cannot say it" if name not in AST_GREP else "not installed")
        print(" | ".join(cells), file=sys.stderr)
        yield f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("-p", "--pattern", action="append")
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--ast-grep", default=shutil.which("ast-grep"))
    given = parser.parse_args(arguments)
    text = "\n".join(rows(given.pattern or PATTERNS, given.tree, given.ast_grep or None)) + "\n"
    if given.output is not None:
        given.output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
