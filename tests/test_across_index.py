"""The program index: every mention of a name is classified, and functions of one name are kept apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pytest

from migrator.across.declared import (
    comment_before,
    doc_lines,
    is_called_from_assembly,
    is_static,
    member_declaration,
    parameters,
)
from migrator.across.index import Program
from migrator.across.uses import Use, UseKind
from migrator.errors import InputError
from migrator.source import DEFAULT_DIALECT, SourceFile


def program(files: Mapping[str, str]) -> Program:
    def find(words: Collection[str]) -> Sequence[str]:
        return [path for path, text in files.items() if any(word in text for word in words)]

    def read(path: str) -> bytes:
        if files[path].startswith("unreadable"):
            raise InputError("cannot be read", path)
        return files[path].encode()

    return Program(find, read, DEFAULT_DIALECT)


def kinds(text: str, name: str = "grab") -> list[str]:
    return [str(use.kind) for use in program({"a.c": text}).uses(name)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("int grab(int a)\n{\n\treturn a;\n}\n", ["definition"], id="definition"),
        pytest.param("static int *grab(void)\n{\n\treturn 0;\n}\n", ["definition"], id="returns-pointer"),
        pytest.param("extern int grab(int a, struct s *b) __must_check;\n", ["prototype"], id="prototype"),
        pytest.param("struct s *grab(int,\n\t       struct s *);\n", ["prototype"], id="prototype-unnamed"),
        pytest.param("void f(void)\n{\n\tint grab(int);\n\tgrab(1);\n}\n", ["prototype", "call"], id="local"),
        pytest.param("void f(void)\n{\n\tif (likely(grab(1)))\n\t\t(grab)(2);\n}\n", ["call", "call"], id="calls"),
        pytest.param("void f(void)\n{\n\tg(grab);\n\tp = &grab;\n}\n", ["value", "value"], id="values"),
        pytest.param("struct ops o = { .cb = grab, .grab = 0 };\n", ["value", "field"], id="initialiser"),
        pytest.param("int (*hook)(int) = grab;\n", ["value"], id="pointer-with-value"),
        pytest.param("int (*grab)(int);\n", ["field"], id="pointer-is-no-prototype"),
        pytest.param("#define TRY(x) grab(x)\n#if grab\n#endif\n", ["macro", "macro"], id="macro"),
        pytest.param('#include "grab.h"\n', ["string"], id="include"),
        pytest.param("EXPORT_SYMBOL(grab);\nEXPORT_SYMBOL_GPL(grab)\n", ["export", "export"], id="export"),
        pytest.param("ALLOW_ERROR_INJECTION(grab, ERRNO);\n", ["export"], id="error-injection"),
        pytest.param("module_init(grab);\nlate_initcall(grab)\n", ["value", "value"], id="initcall"),
        pytest.param("/* grab() */\nvoid f(void)\n{\n\t// grab\n}\n", ["comment", "comment"], id="comments"),
        pytest.param('void f(void)\n{\n\tpr("grab failed");\n}\n', ["string"], id="string"),
        pytest.param('void f(void)\n{\n\tasm("bl grab");\n}\n', ["value"], id="assembly"),
        pytest.param(
            "void f(struct s *s)\n{\n\ts->grab = 1;\n\tgoto grab;\ngrab:\n\t;\n}\n", ["field"] * 3, id="member"
        ),
        pytest.param("struct grab {\n\tint grab;\n};\n", ["field"] * 2, id="tag-and-member"),
        pytest.param("int f(int (*grab)(int))\n{\n\treturn grab(3);\n}\n", ["field"] * 2, id="parameter-hides-it"),
        pytest.param("int f(void)\n{\n\tint grab = 0;\n\treturn grab;\n}\n", ["field"] * 2, id="local-hides-it"),
        pytest.param("void f(void)\n{\n\ttypeof(grab(1)) a;\n}\n", ["unparsed"], id="masked-text"),
        pytest.param("void f(void)\n{\n\tif (a) ) b; grab(1);\n}\n", ["unparsed"], id="broken-function"),
        pytest.param("void f(void)\n{\n\tgrab2(1);\n\tregrab(2);\n}\n", [], id="other-words"),
    ],
)
def test_kinds(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


def test_nodes_and_places() -> None:
    index = program({"b.c": "void f(void)\n{\n\tx = grab(1, 2);\n}\n", "a.h": "int grab(int a, int b);\n"})
    prototype, call = index.uses("grab")
    assert (prototype.path, prototype.line, prototype.function) == ("a.h", 1, None)
    assert prototype.node is not None
    assert prototype.node.type == "declaration"
    assert (call.path, call.line) == ("b.c", 3)
    assert call.function is not None
    assert call.function.name == "f"
    assert call.node is not None
    assert call.node.text == b"grab(1, 2)"


def test_each_file_is_parsed_once() -> None:
    index = program({"a.c": "void f(void)\n{\n\tgrab(1);\n}\n"})
    assert index.source("a.c") is index.source("a.c")
    assert index.uses("grab") is index.uses("grab")


def test_a_file_that_cannot_be_read_is_a_use() -> None:
    (use,) = program({"a.c": "unreadable grab"}).uses("grab")
    assert (use.kind, use.line) == (UseKind.UNPARSED, 0)


STATIC = "static int grab(void)\n{\n\treturn 0;\n}\n"
GLOBAL = "int grab(void)\n{\n\treturn 0;\n}\n"
CALL = "void f(void)\n{\n\tgrab();\n}\n"


def paths(files: Mapping[str, str], path: str) -> list[str]:
    index = program(files)
    (definition,) = [use for use in index.definitions("grab") if use.path == path]
    assert definition.function is not None
    return list(dict.fromkeys(use.path for use in index.uses_of(path, definition.function)))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"a.c": STATIC + CALL, "b.c": GLOBAL, "c.c": CALL}, ["a.c"], id="static"),
        pytest.param({"a.c": GLOBAL, "b.c": STATIC, "c.c": CALL}, ["a.c", "c.c"], id="global"),
        pytest.param(
            {"a.c": GLOBAL, "a.h": "#ifdef A\nint grab(void);\n#else\n" + STATIC + "#endif\n", "c.c": CALL},
            ["a.c", "a.h", "c.c"],
            id="global-with-a-stub-beside-its-prototype",
        ),
        pytest.param({"a.c": STATIC, "x/b.c": '#include "../a.c"\n' + CALL}, ["a.c", "x/b.c"], id="included-source"),
        pytest.param(
            {"a.c": STATIC + "#include <x/t.h>\n", "x/t.h": CALL, "x/u.h": CALL}, ["a.c", "x/t.h"], id="template"
        ),
        pytest.param({"a.c": GLOBAL, "b.c": GLOBAL}, ["a.c", "b.c"], id="two-globals"),
    ],
)
def test_uses_of_a_definition(files: Mapping[str, str], expected: list[str]) -> None:
    assert paths(files, "a.c") == expected


def test_a_static_function_of_a_header_is_used_everywhere_but_where_another_is_defined() -> None:
    files = {"a.h": STATIC, "b.c": CALL, "c.c": "static int grab(void)\n{\n\treturn 1;\n}\n" + CALL}
    assert paths(files, "a.h") == ["a.h", "b.c"]


def parsed(text: str) -> SourceFile:
    return SourceFile.parse("a.c", text.encode(), DEFAULT_DIALECT)


def only(text: str) -> tuple[SourceFile, Use]:
    index = program({"a.c": text})
    found = [use for use in index.uses("grab") if use.kind in (UseKind.DEFINITION, UseKind.PROTOTYPE)]
    assert len(found) == 1
    return index.source("a.c"), found[0]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("int grab(struct a *b, int (*cb)(int x), int c[3])\n{\n}\n", ["b", "cb", "c"], id="definition"),
        pytest.param("int grab(void);\n", [], id="void"),
        pytest.param("int grab();\n", [], id="empty"),
        pytest.param("int grab(struct a *, unsigned int);\n", ["", ""], id="unnamed"),
        pytest.param("int grab(const char *fmt, ...);\n", ["fmt", "..."], id="variadic"),
    ],
)
def test_parameters(text: str, names: list[str]) -> None:
    source, use = only(text)
    assert use.node is not None
    found = parameters(source, use.node)
    assert found is not None
    assert [item.name for item in found] == names


def test_parameters_stand_where_they_stand() -> None:
    source, use = only("int grab(struct a *b,\n\t int (*cb)(int x));\n")
    assert use.node is not None
    assert [source.data[item.start : item.end] for item in parameters(source, use.node) or ()] == [
        b"struct a *b",
        b"int (*cb)(int x)",
    ]


@pytest.mark.parametrize(
    ("text", "static", "assembly"),
    [
        ("static inline int grab(void)\n{\n}\n", True, False),
        ("/* static */ int grab(void);\n", False, False),
        ("asmlinkage int grab(void)\n{\n}\n", False, True),
    ],
)
def test_storage(text: str, static: bool, assembly: bool) -> None:
    source, use = only(text)
    assert use.node is not None
    assert is_static(source, use.node) is static
    assert is_called_from_assembly(source, use.node) is assembly


DOC = """/**
 * grab - take it
 *
 * @page: what to take
 * @memcg: who pays for it,
 *         over two lines
 * @pages: how many
 * @last: the last
 *
 * Return: 0
 */
int grab(void);
"""


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("page", [" * @page: what to take"]),
        ("memcg", [" * @memcg: who pays for it,", " *         over two lines"]),
        ("last", [" * @last: the last"]),
        ("cg", None),
    ],
)
def test_doc_lines(name: str, lines: list[str] | None) -> None:
    source = parsed(DOC)
    comment = comment_before(source, DOC.index("int grab"))
    assert comment is not None
    span = doc_lines(source, comment, name)
    assert (None if span is None else source.data[slice(*span)].decode().splitlines()) == lines


def test_a_plain_comment_is_no_kernel_doc() -> None:
    text = "/*\n * @memcg: x\n */\nint grab(void);\n"
    source = parsed(text)
    comment = comment_before(source, text.index("int grab"))
    assert comment is not None
    assert doc_lines(source, comment, "memcg") is None


def test_code_between_is_not_looked_over() -> None:
    text = "/** @a: x */\nint b;\nint grab(void);\n"
    assert comment_before(parsed(text), text.index("int grab")) is None


def test_member_declaration() -> None:
    source = parsed("struct a { int memcg; };\nstruct b {\n\tint x;\n\tstruct m *memcg;\n};\nstruct b v;\n")
    found = member_declaration(source, "b", "memcg")
    assert found is not None
    assert source.text(found) == b"struct m *memcg;"
    assert member_declaration(source, "b", "y") is None
