"""Imports go downwards only: the table of layers, held against every import statement of the package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "migrator"

# Lowest first. A module belongs to the first part of its name below ``migrator``.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "edits", "diagnostics", "results"}),
    frozenset({"source", "syntax", "explanations"}),
    frozenset({"flow"}),
    frozenset({"pattern", "rewrite"}),
    frozenset({"errorpaths", "refactor"}),
    frozenset({"transaction", "replace"}),
    frozenset({"engine"}),
    frozenset({"across"}),
    frozenset({"series", "workspace"}),
    frozenset({"api", "changes", "patch_series", "testing", "dialect", "oracle"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}

# A class method that makes a value by the function that loads it, imported when it is called.
BACKWARDS = {("migrator.pattern.model", "migrator.pattern.load")}

# Names that any module may take from ``migrator`` itself, which otherwise re-exports the layers.
FROM_THE_TOP = {"__version__"}


@dataclass(frozen=True)
class Import:
    """``module`` imports ``target`` (a module of the package, dotted) at ``line``."""

    module: str
    target: str
    line: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    return tuple(_imports(module, tree))


def _imports(module: str, tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "migrator":
                    yield Import(module, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} has a relative import"
            name = node.module or ""
            if name.split(".")[0] != "migrator":
                continue
            for alias in node.names:
                inner = f"{name}.{alias.name}"
                if inner in MODULES:
                    yield Import(module, inner, node.lineno)
                elif name != "migrator" or alias.name not in FROM_THE_TOP:
                    yield Import(module, name, node.lineno)


def area(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def inner_modules() -> list[str]:
    """All but the package itself, whose ``__init__`` only names what the layers have."""
    return [module for module in MODULES if module != "migrator"]


def test_the_package_is_found() -> None:
    assert {"migrator", "migrator.cli", "migrator.edits"} <= set(MODULES)


@pytest.mark.parametrize("module", inner_modules())
def test_every_module_has_a_layer(module: str) -> None:
    assert area(module) in LAYER_OF, f"{module} is in no layer: add it to the table and to ARCHITECTURE.md"


@pytest.mark.parametrize("module", inner_modules())
def test_imports_go_downwards(module: str) -> None:
    own = LAYER_OF[area(module)]
    upward = [
        str(found)
        for found in imports_of(module)
        if found.target == "migrator" or (area(found.target) != area(module) and LAYER_OF[area(found.target)] > own)
    ]
    assert not upward, f"not downwards (layer {own}): {'; '.join(upward)}"


def test_areas_of_one_layer_do_not_need_each_other() -> None:
    """Two areas of one layer may know each other in one direction only."""
    edges = {(area(found.module), area(found.target)) for module in inner_modules() for found in imports_of(module)}
    both = sorted({tuple(sorted(edge)) for edge in edges if edge[0] != edge[1] and edge[::-1] in edges})
    assert not both, f"these import each other: {both}"


def test_no_import_cycles() -> None:
    """Over all imports, those inside functions and for type checkers too."""
    done: set[str] = set()
    path: list[str] = []

    def visit(module: str) -> None:
        if module in path:
            cycle = [*path[path.index(module) :], module]
            pytest.fail(f"import cycle: {' -> '.join(cycle)}")
        if module in done or module == "migrator":
            return
        path.append(module)
        for found in imports_of(module):
            if (module, found.target) not in BACKWARDS:
                visit(found.target)
        path.pop()
        done.add(module)

    for module in inner_modules():
        visit(module)


def test_only_the_command_line_prints() -> None:
    """What prints, or ends the process, is in ``cli`` (or is a script of its own)."""
    for module in inner_modules():
        if area(module) in ("cli", "__main__") or module in ("migrator.dialect", "migrator.flow.__main__"):
            continue
        for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("print", "exit", "input"), f"{module}:{node.lineno} calls {node.func.id}()"
