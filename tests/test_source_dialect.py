"""Where the words of a dialect come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.source import SourceFile, load_dialect
from migrator.source.dialect import clang_format_iterators, defined_iterators

FORMAT = """# a comment
IndentWidth: 8
ForEachMacros:
  - 'walk_the_parts'
  - "walk_quoted"
  - walk_bare
  # a note
  - 'walk_last'
IncludeBlocks: Preserve
"""


def test_iterators_of_clang_format(tmp_path: Path) -> None:
    (tmp_path / ".clang-format").write_text(FORMAT)
    (tmp_path / "mm").mkdir()
    expected = {b"walk_the_parts", b"walk_quoted", b"walk_bare", b"walk_last"}
    assert expected <= clang_format_iterators(tmp_path / "mm" / "a.c")
    assert expected <= load_dialect(tmp_path / "mm").iterators
    assert b"Preserve" not in clang_format_iterators(tmp_path)


def test_flow_style_list(tmp_path: Path) -> None:
    (tmp_path / ".clang-format").write_text("ForEachMacros: ['one_each', two_each]\n")
    assert clang_format_iterators(tmp_path) == {b"one_each", b"two_each"}


def test_carriage_returns(tmp_path: Path) -> None:
    (tmp_path / ".clang-format").write_bytes(FORMAT.replace("\n", "\r\n").encode())
    assert b"walk_last" in clang_format_iterators(tmp_path)


@pytest.mark.parametrize("text", ["", "IndentWidth: 8\n", "ForEachMacros:\n"])
def test_no_list(tmp_path: Path, text: str) -> None:
    (tmp_path / ".clang-format").write_text(text)
    assert clang_format_iterators(tmp_path) == frozenset()


def test_a_tree_without_clang_format_has_the_built_in_words(tmp_path: Path) -> None:
    dialect = load_dialect(tmp_path)
    assert b"list_for_each_entry" in dialect.iterators
    assert b"__init" in dialect.annotations


def test_the_caller_adds_words() -> None:
    dialect = load_dialect(None, iterators=["each_box"], annotations=["__mine"], list_annotations=["__mine_too"])
    code = b"int __mine f(void) __mine_too(a, (b))\n{\n\teach_box(x) ;\n}\n"
    source = SourceFile.parse("a.c", code, dialect)
    assert not source.tree.root_node.has_error
    assert b"while" in source.masked


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"#define each_box(b) for (b = first(); b; b = next(b))\n", {b"each_box"}),
        (b"#define each_box(b, \\\n\t\t c)\t\\\n\tfor (b = c; b; b++)\n", {b"each_box"}),
        (b"#define each_box(b) list_for_each_entry(b, &boxes, list)\n", {b"each_box"}),
        (b"#define each_box(b) each_thing(b)\n", set()),
        (b"#define box(b) do { } while (0)\n", set()),
        (b"#define LIMIT (1 << 3)\n", set()),
        (b"int x;\n", set()),
    ],
)
def test_iterators_that_a_header_defines(header: bytes, expected: set[bytes]) -> None:
    assert defined_iterators(header, frozenset({b"list_for_each_entry"})) == expected
