"""What ``times.py`` runs: the command of each tool for a pattern, and the lines that its answer changes.

Every tool only shows its changes, in the tree, with two processes or threads. migrator is given the tree. spatch and
ast-grep would parse all of it: they get the files that hold the word, found by grep in their time, and not those
folders that the pattern leaves alone.

spatch takes the files of one command line, or of one group of ``--file-groups``, for one program and loses lines, so
each file is a group; ``-j 2 --chunksize 1`` hands the groups out one by one (with larger chunks one process may get
all of them, and a start for each file takes longer). It reads no headers, as migrator does; what the pattern's
``[types]`` tell migrator it gets as declarations.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from migrator.pattern.load import load_pattern

HERE = Path(__file__).resolve().parent
# Exit statuses that are an answer: migrator has warnings.
_ANSWERS = {"migrator": (0, 1), "spatch": (0,), "ast-grep": (0,)}
# What a pattern leaves alone by its path, as grep sees it.
_LEFT_ALONE = {"strscpy": r"^\./(tools|scripts)/"}
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")

Lines = frozenset[tuple[str, int]]


class ToolError(Exception):
    """A tool that has no answer."""


def installed(ast_grep: str = "ast-grep") -> dict[str, str]:
    """Tool to program, of those that are there; ``ast_grep`` may be a path."""
    found = {tool: shutil.which(program) for tool, program in (("spatch", "spatch"), ("ast-grep", ast_grep))}
    return {"migrator": sys.executable} | {tool: os.path.abspath(path) for tool, path in found.items() if path}


def version(program: str) -> str:
    """The first words of ``--version``."""
    shown = subprocess.run([program, "--version"], capture_output=True, check=False, text=True).stdout
    return shown.partition("\n")[0].partition(" compiled")[0].strip()


def rule(tool: str, name: str) -> Path:
    """The semantic patch or the rule for a pattern; there may be none."""
    return HERE / tool / f"{name}{'.cocci' if tool == 'spatch' else '.yml'}"


def files(name: str) -> str:
    """A shell command that lists the files in which a pattern may have work."""
    words = " ".join(f"-e {shlex.quote(word)}" for word in load_pattern(name).words)
    but = f" | grep -vE {shlex.quote(_LEFT_ALONE[name])}" if name in _LEFT_ALONE else ""
    return f"grep -rlw --include='*.[ch]' {words} .{but}"


def command(tool: str, program: str, name: str, scratch: Path) -> str:
    """A shell command that shows the changes of a pattern below the current folder; ``scratch`` is for its files."""
    program = shlex.quote(program)
    if tool == "migrator":
        return f"{program} -m migrator diff -j 2 -q -p {name} ."
    rules = shlex.quote(str(rule(tool, name)))
    if tool == "ast-grep":
        return f"{files(name)} | xargs -r -d '\\n' {program} scan -r {rules} -j 2 --json=stream"
    header, groups = scratch / f"{name}.h", shlex.quote(str(scratch / f"{name}.groups"))
    header.write_text(declarations(name), encoding="utf-8")
    return (
        f"{files(name)} | sed G > {groups} && {program} --very-quiet --no-includes --include {shlex.quote(str(header))}"
        f" --sp-file {rules} --file-groups {groups} -j 2 --chunksize 1"
    )


def declarations(name: str) -> str:
    """The ``[types]`` of a pattern in C."""
    rewrite = load_pattern(name).rewrite
    assert rewrite is not None
    structs: dict[str, list[str]] = defaultdict(list)
    for place, kind in rewrite.fields.items():
        struct, _, field = place.partition(".")
        structs[struct].append(f"{kind} {field};")
    made = [f"{struct} {{ {' '.join(fields)} }};" for struct, fields in structs.items()]
    return "\n".join([*made, *(f"{kind} {function}();" for function, kind in rewrite.calls.items()), ""])


def run(tool: str, line: str, tree: Path) -> bytes:
    """The output of a command in the tree; raises ToolError where it has failed."""
    # Whoever sets this for a test run would have us compile our own modules anew each time.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(line, shell=True, cwd=tree, capture_output=True, check=False, env=environment)
    if done.returncode not in _ANSWERS[tool]:
        raise ToolError(f"{tool}: exit status {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    return done.stdout


def changed(tool: str, output: bytes, tree: Path) -> Lines:
    """The lines of the tree that are no longer there after the changes that a tool shows, as (path, number)."""
    return _of_matches(output, tree) if tool == "ast-grep" else _of_diff(output, tree)


def _of_diff(diff: bytes, tree: Path) -> Lines:
    found: set[tuple[str, int]] = set()
    path = ""
    line = old = new = 0
    for text in diff.split(b"\n"):
        sign = text[:1]
        if old > 0 or new > 0:
            if sign == b"-":
                found.add((path, line))
            if sign != b"\\":
                line += sign != b"+"
                old -= sign != b"+"
                new -= sign != b"-"
        elif text.startswith(b"--- "):
            path = _below(tree, text[4:].partition(b"\t")[0].decode(errors="replace"))
        elif hunk := _HUNK.match(text):
            line, old, new = int(hunk[1]), int(hunk[2] or 1), int(hunk[3] or 1)
    return frozenset(found)


def _of_matches(stream: bytes, tree: Path) -> Lines:
    edits: dict[str, list[tuple[int, int, bytes]]] = defaultdict(list)
    for text in stream.splitlines():
        match = json.loads(text)
        span = match["replacementOffsets"]
        edits[match["file"]].append((span["start"], span["end"], match["replacement"].encode()))
    return frozenset((_below(tree, path), line) for path, line in _replaced(edits, tree))


def _replaced(edits: Mapping[str, list[tuple[int, int, bytes]]], tree: Path) -> set[tuple[str, int]]:
    """The lines that differ once the edits are made."""
    found: set[tuple[str, int]] = set()
    for path, changes in edits.items():
        before = after = (tree / path).read_bytes()
        for start, end, text in sorted(changes, reverse=True):
            after = after[:start] + text + after[end:]
        compared = difflib.SequenceMatcher(None, before.split(b"\n"), after.split(b"\n"), autojunk=False)
        for kind, first, last, _, _ in compared.get_opcodes():
            if kind != "equal":
                found.update((path, line + 1) for line in range(first, last))
    return found


def _below(tree: Path, path: str) -> str:
    """A path as the tree has it: ``a/`` in front, or the folders above the tree in its repository, do not count."""
    parts = Path(path).parts
    for skipped in range(len(parts)):
        if (tree / Path(*parts[skipped:])).is_file():
            return "/".join(parts[skipped:])
    raise ToolError(f"no such file in {tree}: {path}")
