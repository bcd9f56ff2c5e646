"""``python -m migrator.dialect TREE``: how much of a tree parses.

For each folder: function definitions found, those with a parse error, those that an ``#if`` cuts through, and, where
universal-ctags is installed, those that it lists and that were lost whole (by file and name, or by line for functions
that a macro defines). A measuring tool for the masks in ``migrator.source``; nothing else uses it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

from tree_sitter import Node

from migrator.source import DEFAULT_DIALECT, Dialect, SourceFile, load_dialect
from migrator.source.dialect import defined_iterators
from migrator.syntax import walk

_SKIPPED = frozenset((".git", ".pc"))


@dataclass(frozen=True, slots=True)
class BadFunction:
    """A function that cannot be edited: where, and the line of the first error."""

    file: str
    line: int
    name: str
    error_line: int
    excerpt: str
    kind: str


@dataclass(frozen=True, slots=True)
class FileFigures:
    """What was found in one file."""

    file: str
    functions: int
    bad: tuple[BadFunction, ...]
    names: frozenset[str]
    lines: frozenset[int]
    macros: frozenset[int]


_dialect = Dialect()


def _start(dialect: Dialect) -> None:
    global _dialect  # one per worker process
    _dialect = dialect


def _first_error(node: Node) -> Node:
    return next((inner for inner in walk(node) if inner.type == "ERROR" or inner.is_missing), node)


def measure(root: Path, file: str) -> FileFigures | None:
    """The figures of one file; None when it cannot be read or is binary (has a NUL byte)."""
    try:
        data = (root / file).read_bytes()
    except OSError:
        return None
    if b"\0" in data:
        return None
    source = SourceFile.parse(file, data, _dialect)
    bad: list[BadFunction] = []
    lines: set[int] = set()
    for function in source.functions:
        first = source.line(function.start)
        lines.update(range(first, source.line(function.body.start_byte) + 1))
        if function.broken or function.cut:
            error = _first_error(function.node).start_byte if function.broken else function.start
            excerpt = data[source.line_start(error) : source.line_end(error)].decode("utf-8", "replace").strip()
            kind = "error" if function.broken else "cut"
            bad.append(BadFunction(file, first, function.name, source.line(error), excerpt, kind))
    macros = frozenset(source.line(span.start) for span in source.declarative_macros)
    names = frozenset(function.name for function in source.functions)
    return FileFigures(file, len(source.functions), tuple(bad), names, frozenset(lines), macros)


def source_files(root: Path) -> list[str]:
    """The ``.c`` and ``.h`` files under ``root``, relative, sorted; links are not followed."""
    found: list[str] = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in files:
            path = Path(folder, name)
            if name.endswith((".c", ".h")) and not path.is_symlink():
                found.append(path.relative_to(root).as_posix())
    return sorted(found)


def ctags_functions(root: Path, files: Iterable[str]) -> dict[str, list[tuple[str, int]]] | None:
    """For each file the (name, line) of the functions that universal-ctags lists; None without ctags.

    An annotation that ctags takes for the name of the function behind it is none.
    """
    program = shutil.which("ctags")
    if program is None:
        return None
    options = ["--languages=C", "--langmap=C:.c.h", "--kinds-C=f", "--fields=n", "--sort=no", "-L", "-", "-f", "-"]
    done = subprocess.run(
        [program, *options], input="\n".join(files).encode(), cwd=root, capture_output=True, check=False
    )
    if done.returncode != 0:
        return None
    annotations = DEFAULT_DIALECT.annotations | DEFAULT_DIALECT.list_annotations
    found: dict[str, list[tuple[str, int]]] = {}
    for row in done.stdout.decode("utf-8", "replace").splitlines():
        columns = row.split("\t")
        if len(columns) >= 4 and columns[-1].startswith("line:") and columns[0].encode() not in annotations:
            found.setdefault(columns[1], []).append((columns[0], int(columns[-1][5:])))
    return found


def sweep_iterators(root: Path, files: Iterable[str]) -> frozenset[bytes]:
    """Loop-head macros that the headers among ``files`` define; two rounds, for macros that use others."""
    headers = [file for file in files if file.endswith(".h")]
    known: frozenset[bytes] = Dialect().iterators
    for _ in range(2):
        more: set[bytes] = set()
        for file in headers:
            try:
                more |= defined_iterators((root / file).read_bytes(), known)
            except OSError:
                continue
        if more <= known:
            break
        known = known | more
    return known


def _folder(file: str, depth: int) -> str:
    parts = file.split("/")[:-1][:depth]
    return "/".join(parts) or "."


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:6.2f} %" if whole else "     - "


@dataclass(slots=True)
class _Row:
    """The sums of one folder."""

    functions: int = 0
    errors: int = 0
    cut: int = 0
    listed: int = 0
    lost: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures of a tree; 0 when done, 2 when the tree cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m migrator.dialect", description="How much of a tree parses.")
    parser.add_argument("tree", type=Path, help="a folder with C sources")
    parser.add_argument("--by-folder", type=int, default=1, metavar="DEPTH", help="folder levels to tell apart (1)")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="also list N functions of each kind")
    parser.add_argument("--sweep", action="store_true", help="collect loop-head macros from the tree's headers first")
    parser.add_argument("--no-ctags", action="store_true", help="do not compare with universal-ctags")
    parser.add_argument("--under", default="", metavar="PREFIX", help="only files whose path begins so")
    parser.add_argument("-j", "--jobs", type=int, default=1, metavar="N", help="processes (1)")
    options = parser.parse_args(arguments)
    root: Path = options.tree
    if not root.is_dir():
        sys.stderr.write(f"{root}: not a folder\n")
        return 2
    every = source_files(root)
    files = [file for file in every if file.startswith(options.under)]
    names = [name.decode() for name in sweep_iterators(root, every)] if options.sweep else []
    dialect = load_dialect(root, iterators=names)
    listed = None if options.no_ctags else ctags_functions(root, files)
    rows: dict[str, _Row] = {}
    bad: list[BadFunction] = []
    lost: list[str] = []
    for result in _measure_all(root, files, dialect, options.jobs):
        row = rows.setdefault(_folder(result.file, options.by_folder), _Row())
        row.functions += result.functions
        row.errors += sum(one.kind == "error" for one in result.bad)
        row.cut += sum(one.kind == "cut" for one in result.bad)
        bad.extend(result.bad)
        for name, line in (listed or {}).get(result.file, ()):
            row.listed += 1
            if name not in result.names and line not in result.lines and line not in result.macros:
                row.lost += 1
                lost.append(f"{result.file}:{line}: {name}")
    _print_rows(rows, listed is not None)
    if options.worst:
        _print_worst(bad, lost, options.worst)
    return 0


def _print_rows(rows: dict[str, _Row], with_ctags: bool) -> None:
    head = f"{'folder':32} {'functions':>9} {'errors':>6} {'':8} {'cut':>6} {'':8}"
    lines = [head + (f" {'ctags':>9} {'lost':>6}" if with_ctags else "")]
    total = _Row()
    for row in rows.values():
        for field in fields(_Row):
            setattr(total, field.name, getattr(total, field.name) + getattr(row, field.name))
    for folder, row in [*sorted(rows.items()), ("all", total)]:
        if not row.functions and not row.listed:
            continue
        line = f"{folder:32} {row.functions:9} {row.errors:6} {_percent(row.errors, row.functions)}"
        line += f" {row.cut:6} {_percent(row.cut, row.functions)}"
        lines.append(line + (f" {row.listed:9} {row.lost:6} {_percent(row.lost, row.listed)}" if with_ctags else ""))
    sys.stdout.write("\n".join(lines) + "\n")


def _print_worst(bad: list[BadFunction], lost: list[str], count: int) -> None:
    for kind in ("error", "cut"):
        some = [one for one in bad if one.kind == kind]
        for one in some[:: max(1, len(some) // count)][:count]:
            sys.stdout.write(f"{kind}: {one.file}:{one.error_line}: {one.name}: {one.excerpt[:110]}\n")
    for row in lost[:: max(1, len(lost) // count)][:count]:
        sys.stdout.write(f"lost: {row}\n")


def _measure_all(root: Path, files: list[str], dialect: Dialect, jobs: int) -> Iterator[FileFigures]:
    if jobs <= 1:
        _start(dialect)
        results: Iterable[FileFigures | None] = (measure(root, file) for file in files)
        yield from (result for result in results if result is not None)
        return
    with ProcessPoolExecutor(jobs, initializer=_start, initargs=(dialect,)) as pool:
        yield from (
            result for result in pool.map(measure, [root] * len(files), files, chunksize=16) if result is not None
        )


if __name__ == "__main__":
    sys.exit(main())
