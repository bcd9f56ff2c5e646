"""Which ``#if`` leave statements whole, and which cut a function."""

from __future__ import annotations

import pytest

from migrator.source import DEFAULT_DIALECT, SourceFile
from migrator.syntax import conditional_regions, walk


def parse(code: str) -> SourceFile:
    return SourceFile.parse("a.c", code.encode(), DEFAULT_DIALECT)


WHOLE = {
    "one statement": "\ta();\n#ifdef A\n\tb();\n#endif\n\tc();\n",
    "both branches": "#if A\n\tb();\n#elif B\n\tc();\n#else\n\td();\n#endif\n",
    "block": "#ifdef A\n\tif (x) {\n\t\tb();\n\t}\n#endif\n",
    "in a case": "\tswitch (x) {\n\tcase 1:\n\t\ta();\n#ifdef A\n\t\tb();\n#endif\n\t\tbreak;\n\t}\n",
    "whole cases": "\tswitch (x) {\n#ifdef A\n\tcase 1:\n#endif\n\tcase 2:\n\t\tb();\n\t}\n",
    "declaration": "#ifdef A\n\tint b = 1;\n#endif\n\tc();\n",
    "empty branch": "#ifdef A\n#else\n\tb();\n#endif\n",
    "nested": "#ifdef A\n\ta();\n#ifdef B\n\tb();\n#endif\n#endif\n",
    "behind a label": "out:\n#ifdef A\n\tb();\n#endif\n\tc();\n",
    "behind a label, not defined": "out:\n#ifndef A\n\tb();\n#endif\n\tc();\n",
    "behind a label, any condition": "out:\n#if IS_ENABLED(A)\n\tb();\n#endif\n\tc();\n",
    "behind a label, in parentheses": "out:\n#if (A)\n\tb();\n#endif\n\tc();\n",
}

CUT = {
    "else branch": "\tif (x) {\n\t\ta();\n\t}\n#ifdef A\n\telse\n\t\tb();\n#endif\n",
    "closing and else": "\tif (x) {\n\t\ta();\n#ifdef A\n\t} else if (y) {\n\t\tb();\n#endif\n\t}\n",
    "else before the end": "#ifdef A\n\tif (x)\n\t\ta();\n\telse\n#endif\n\t\tb();\n",
    "part of a condition": "\tif (x\n#ifdef A\n\t    && y\n#endif\n\t    )\n\t\ta();\n",
    "two heads": "#ifdef A\n\tif (x) {\n#else\n\tif (y) {\n#endif\n\t\ta();\n\t}\n",
    "body of an if": "\tif (x)\n#ifdef A\n\t\ta();\n#else\n\t\tb();\n#endif\n",
    "arguments": "\ta(x,\n#ifdef A\n\t  1);\n#else\n\t  2);\n#endif\n",
    "strings": '\ta("x"\n#ifdef A\n\t  "y"\n#endif\n\t  "z");\n',
    "label of what follows": "#ifdef A\nout:\n#endif\n\ta();\n",
}


@pytest.mark.parametrize("lines", WHOLE.values(), ids=WHOLE)
def test_whole(lines: str) -> None:
    source = parse("int f(int x)\n{\n" + lines + "}\n\nint g(void)\n{\n}\n")
    assert [(one.name, one.broken, one.cut) for one in source.functions] == [("f", False, False), ("g", False, False)]
    assert any(node.type.startswith("preproc_if") for node in walk(source.functions[0].node))


@pytest.mark.parametrize("lines", CUT.values(), ids=CUT)
def test_cut(lines: str) -> None:
    source = parse("int f(int x)\n{\n" + lines + "}\n\nint g(void)\n{\n}\n")
    assert [(one.name, one.broken, one.cut) for one in source.functions] == [("f", False, True), ("g", False, False)]


def test_two_heads_of_one_body() -> None:
    source = parse("#ifdef A\nint f(int a)\n#else\nint f(void)\n#endif\n{\n\treturn 0;\n}\n\nint g(void)\n{\n}\n")
    assert [(one.name, one.cut) for one in source.functions] == [("f", True), ("g", False)]


def test_two_system_calls_with_one_body() -> None:
    code = "#ifdef A\nSYSCALL_DEFINE1(f, int, a)\n#else\nSYSCALL_DEFINE1(f, long, a)\n#endif\n{\n\treturn 0;\n}\n"
    assert [(one.name, one.broken, one.cut) for one in parse(code).functions] == [("sys_f", False, True)]


def test_a_function_inside_a_branch_is_not_cut() -> None:
    code = "#ifdef A\nint f(void)\n{\n}\nint g(int a)\n#else\nint g(void)\n#endif\n{\n}\n"
    assert [(one.name, one.cut) for one in parse(code).functions] == [("f", False), ("g", True)]


def test_functions_of_both_branches_are_found() -> None:
    code = "#ifdef A\nint f(void)\n{\n}\n#else\nint g(void)\n{\n}\n#endif\n"
    assert [one.name for one in parse(code).functions] == ["f", "g"]


def test_condition_behind_a_label_keeps_its_branches() -> None:
    source = parse("int f(int x)\n{\nout:\n#ifndef A\n\tb();\n#endif\n\tc();\n}\n")
    (group,) = conditional_regions(source)
    assert source.data[group.branches[0].start : group.branches[0].end] == b"\n\tb();\n"
    label = next(node for node in walk(source.tree.root_node) if node.type == "labeled_statement")
    assert source.text(label).startswith(b"out:")


def test_regions_are_in_order_with_all_branches() -> None:
    source = parse("#if A\nint a;\n#if B\nint b;\n#endif\n#elif C\nint c;\n#else\nint d;\n#endif\n")
    outer, inner = conditional_regions(source)
    assert [source.data[span.start : span.end].strip() for span in outer.branches] == [
        b"int a;\n#if B\nint b;\n#endif",
        b"int c;",
        b"int d;",
    ]
    assert [source.data[span.start : span.end].strip() for span in inner.branches] == [b"int b;"]


@pytest.mark.parametrize(
    "code", ["#endif\nint f(void)\n{\n}\n", "#if A\nint f(void)\n{\n}\n", "#else\nint f(void)\n{\n}\n"]
)
def test_unbalanced_directives_do_no_harm(code: str) -> None:
    assert [one.name for one in parse(code).functions] == ["f"]
