"""``python -m migrator.flow PATH...``: build the graph of every function and check what every graph promises.

Prints one line a folder: files, functions, nodes, dead nodes, locks, milliseconds. Names every violation, and with
``--dead`` every dead node. Exit status 1 when something does not hold, 2 when a path cannot be read.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from migrator.errors import InputError
from migrator.flow.build import build_graph
from migrator.flow.check import graph_problems, lost_calls
from migrator.flow.graph import FlowGraph
from migrator.flow.locks import held
from migrator.flow.reaching import reaching_definitions
from migrator.source import Dialect, Function, SourceFile, load_dialect


class Figures(Struct):
    """What one folder came to; seconds are those of building, and of the analyses over the graphs."""

    files: int = 0
    functions: int = 0
    broken: int = 0
    nodes: int = 0
    dead: int = 0
    locked: int = 0
    held_at_exit: int = 0
    definitions: int = 0
    building: float = 0.0
    locking: float = 0.0
    reaching: float = 0.0
    slowest: float = 0.0
    slowest_name: str = ""

    def line(self, name: str) -> str:
        """One line of the report."""
        return (
            f"{name}: {self.files} files, {self.functions} functions ({self.broken} broken), {self.nodes} nodes, "
            f"{self.dead} dead, {self.locked} under a lock, {self.held_at_exit} functions end with one, "
            f"{self.definitions} definitions; graphs {self.building * 1000:.0f} ms, "
            f"locks {self.locking * 1000:.0f} ms, reaching {self.reaching * 1000:.0f} ms, "
            f"slowest {self.slowest_name} {self.slowest * 1000:.1f} ms"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run over the paths; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m migrator.flow", description="Check control-flow graphs.")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--dead", action="store_true", help="name every dead node")
    parser.add_argument("--dump", metavar="FUNCTION", help="print the graph of the functions of this name")
    options = parser.parse_args(arguments)
    problems = 0
    for path in options.paths:
        if not path.exists():
            sys.stderr.write(f"{path}: no such file or folder\n")
            return 2
        dialect = load_dialect(path)
        figures = Figures()
        for file in sorted(path.rglob("*.[ch]")) if path.is_dir() else [path]:
            if not file.is_file():
                continue
            try:
                for problem in _check_file(file, dialect, figures, options.dead, options.dump):
                    problems += 1
                    sys.stdout.write(f"{problem}\n")
            except InputError as error:
                sys.stderr.write(f"{error}\n")
                return 2
        sys.stdout.write(figures.line(str(path)) + "\n")
    return 1 if problems else 0


def _check_file(path: Path, dialect: Dialect, figures: Figures, dead: bool, dump: str | None) -> Iterator[str]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(error.strerror or "cannot be read", str(path)) from error
    source = SourceFile.parse(str(path), data, dialect)
    figures.files += 1
    for function in source.functions:
        graph = _measured(source, function, figures)
        if function.name == dump:
            sys.stdout.write(graph.dump())
        if dead:
            for node in graph.dead:
                code = source.normal(node.syntax)[:70] if node.syntax is not None else ""
                sys.stdout.write(f"{path}:{node.line}: dead in {function.name}: {code}\n")
        for problem in graph_problems(graph):
            yield f"{path}:{source.line(function.start)}: {function.name}: {problem}"
        if not function.broken and not function.cut:
            yield from lost_calls(graph, source, function)


def _measured(source: SourceFile, function: Function, figures: Figures) -> FlowGraph:
    """Build the graph and run the analyses, adding to the figures."""
    start = time.perf_counter()
    graph = build_graph(source, function)
    built = time.perf_counter()
    locks = held(graph, source)
    locked = time.perf_counter()
    definitions = reaching_definitions(graph, source, function)
    reached = time.perf_counter()
    figures.functions += 1
    figures.broken += function.broken or function.cut
    figures.nodes += len(graph.nodes)
    figures.dead += len(graph.dead)
    figures.locked += sum(1 for here in locks if here)
    figures.held_at_exit += bool(locks[graph.exit])
    figures.definitions += len(definitions.definitions)
    figures.building += built - start
    figures.locking += locked - built
    figures.reaching += reached - locked
    if built - start > figures.slowest:
        figures.slowest, figures.slowest_name = built - start, f"{source.path}:{function.name}"
    return graph


if __name__ == "__main__":
    sys.exit(main())
