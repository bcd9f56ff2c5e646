"""Named pieces of a C file, in a text that layout does not change, and where to find them in a newer tree."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

from tree_sitter import Node

from migrator.source import Dialect, SourceFile, load_dialect
from migrator.syntax import declared_name

# How much of the words of two functions must be the same for one to be the other, moved to another file.
ALIKE = 0.4
TOKEN = re.compile(r"[A-Za-z_]\w*|\.?\d[\w.]*|\"(?:[^\"\\]|\\.)*\"|->|\+\+|--|<<|>>|[-+*/%&|^=!<>]=|&&|\|\||\S")


class Tree:
    """The newer tree: files by path, and by name for those that were moved."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.dialect = load_dialect(root)

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = defaultdict(list)
        for path in self.root.rglob("*.[ch]"):
            found[path.name].append(path)
        return found

    def regions(self, file: str, name: str, like: str) -> list[str]:
        """The normal texts of all regions of a name in the file of this path, else in files of this file name: there
        only those that are much ``like`` the old one.
        """
        place = self.root / file
        if place.is_file():
            return regions_of(place, self.dialect).get(name, [])
        places = self._by_name.get(place.name, [])
        found = [text for other in places for text in regions_of(other, self.dialect).get(name, ())]
        return [text for text in found if alike(text, like)]


def alike(left: str, right: str) -> bool:
    """Whether two texts share enough of their words; punctuation says nothing."""
    first, second = (set(re.findall(r"[A-Za-z_]\w*", text)) for text in (left, right))
    return len(first & second) >= ALIKE * len(first | second)


@cache
def tree_at(root: Path) -> Tree:
    """One tree for the life of a process: it keeps what it has read."""
    return Tree(root)


@cache
def regions_of(path: Path, dialect: Dialect) -> dict[str, list[str]]:
    """The texts of all regions of a file, by name."""
    return texts_of(SourceFile.parse(path.name, path.read_bytes(), dialect))


def texts_of(source: SourceFile) -> dict[str, list[str]]:
    """The normal texts of functions, of variables at file scope and of macros, by name; macros with ``#define``."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, node in regions_in(source):
        found[name].append(f" {source.normal(node)} ")
    for span in source.directives:
        name = macro_name(source, span.start, span.end)
        if name:
            text = source.code[span.start : span.end].decode("utf-8", "replace").replace("\\\n", " ")
            found[name].append(f" {spaced(text)} ")
    return found


def macro_name(source: SourceFile, start: int, end: int) -> str:
    match = re.match(rb"\s*#\s*define\s+(\w+)", source.data[start:end])
    return f"#define {match[1].decode()}" if match else ""


def spaced(text: str) -> str:
    """The tokens of a text that has no node of its own."""
    return " ".join(TOKEN.findall(text))


def regions_in(source: SourceFile) -> Iterator[tuple[str, Node]]:
    """Functions, and variables at file scope, with their names."""
    for function in source.functions:
        yield function.name, function.node
    pending = [source.tree.root_node]
    while pending:
        for node in pending.pop().named_children:
            if node.type.startswith(("preproc_if", "preproc_el", "linkage", "declaration_list")):
                pending.append(node)
            elif node.type == "declaration":
                for declarator in node.children_by_field_name("declarator"):
                    name = declared_name(declarator)
                    if name is not None:
                        yield source.text(name).decode("utf-8", "replace"), node


def region_at(source: SourceFile, offset: int) -> str:
    for span in source.directives:
        if span.start <= offset < span.end:
            return macro_name(source, span.start, span.end)
    function = source.function_at(offset)
    if function is not None:
        return function.name
    return next((name for name, node in regions_in(source) if node.start_byte <= offset < node.end_byte), "")
