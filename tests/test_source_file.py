"""Positions, texts and functions of a file."""

from __future__ import annotations

import pickle
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.source import DEFAULT_DIALECT, SourceFile
from migrator.syntax import walk

CODE = b"/* top */\nint f(int a)\n{\n\treturn a; /* here */\n}\n\nint g(void)\n{\n\treturn f(1);\n}\n"


def parse(data: bytes) -> SourceFile:
    return SourceFile.parse("a.c", data, DEFAULT_DIALECT)


def test_functions_and_where_they_are() -> None:
    source = parse(CODE)
    assert [one.name for one in source.functions] == ["f", "g"]
    first, second = source.functions
    assert source.data[first.start : first.end].startswith(b"int f(int a)\n{")
    assert source.data[first.end - 2 : first.end] == b"\n}"
    assert source.function_at(CODE.index(b"return a")) is first
    assert source.function_at(CODE.index(b"f(1)")) is second
    assert source.function_at(0) is None
    assert source.function_at(first.end) is None


@pytest.mark.parametrize(
    ("declarator", "name"),
    [
        ("int f(void)", "f"),
        ("struct page *f(int a)", "f"),
        ("static void (*f(int sig))(int)", "f"),
        ("int (f)(void)", "f"),
        ("const char *const f(void)", "f"),
    ],
)
def test_names(declarator: str, name: str) -> None:
    assert [one.name for one in parse(f"{declarator}\n{{\n}}\n".encode()).functions] == [name]


def test_lines_and_columns_count_from_one() -> None:
    source = parse(b"ab\ncd\n\nef")
    places = [(source.line(offset), source.column(offset)) for offset in range(9)]
    assert places == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (3, 1), (4, 1), (4, 2)]
    assert [source.line_start(offset) for offset in (0, 2, 3, 6, 8)] == [0, 0, 3, 6, 7]
    assert [source.line_end(offset) for offset in (0, 2, 3, 6, 7)] == [3, 3, 6, 7, 9]


@given(st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b"\f"]), max_size=30).map(b"".join))
def test_lines_agree_with_counting(data: bytes) -> None:
    source = parse(data)
    for offset in range(len(data) + 1):
        assert source.line(offset) == data.count(b"\n", 0, offset) + 1
        assert source.line_start(offset) + source.column(offset) - 1 == offset
        assert source.line_start(offset) <= offset <= source.line_end(offset)


def test_comments_are_listed_and_not_in_the_tree() -> None:
    source = parse(CODE)
    assert [CODE[span.start : span.end] for span in source.comments] == [b"/* top */", b"/* here */"]
    assert not [node for node in walk(source.tree.root_node) if node.type == "comment"]


def test_text_is_the_original_and_normal_is_without_space_and_comments() -> None:
    source = parse(b'int f(void)\n{\n\tg( vma ->vm_mm,  /* x */\n\t  "a  b", (char __user *)p , min_t(int, 1,2));\n}\n')
    call = next(node for node in walk(source.tree.root_node) if node.type == "call_expression")
    assert source.text(call).startswith(b"g( vma ->vm_mm,  /* x */")
    assert source.normal(call) == 'g ( vma -> vm_mm , "a  b" , ( char __user * ) p , min_t ( int , 1 , 2 ) )'


SPACE = st.sampled_from([" ", "\t", "\n\t", " /* c */ ", "  "])


@given(st.lists(SPACE, min_size=9, max_size=9))
def test_normal_does_not_depend_on_space_and_comments(space: list[str]) -> None:
    tokens = ["x", "=", "a", "->", "b", "+", '"s  t"', "<<=", "0x1f"]
    code = "void f(void)\n{\n" + "".join(blank + token for blank, token in zip(space, tokens, strict=True)) + ";\n}\n"
    source = parse(code.encode())
    assert source.normal(source.functions[0].body) == '{ x = a -> b + "s  t" <<= 0x1f ; }'


def test_normal_tells_different_code_apart() -> None:
    source = parse(b'void f(void)\n{\n\ta - -b;\n\ta-- - b;\n\tuse("x");\n\tuse("y");\n}\n')
    texts = [source.normal(node) for node in source.functions[0].body.named_children]
    assert len(set(texts)) == 4


@pytest.mark.parametrize(
    ("data", "newline"), [(b"a\nb\n", b"\n"), (b"a\r\nb\r\n", b"\r\n"), (b"a\r\nb\nc\n", b"\n"), (b"", b"\n")]
)
def test_newline_habit(data: bytes, newline: bytes) -> None:
    assert parse(data).newline == newline


def test_carriage_returns_change_nothing_else() -> None:
    code = b"EXPORT_SYMBOL(x)\nint f(void)\n{\n\tHANDLE(1)\n\tlist_for_each(a, b)\n\t\tuse(a);\n"
    code += b"#ifdef A\n\tb();\n#endif\n}\n"
    plain, returns = parse(code), parse(code.replace(b"\n", b"\r\n"))
    assert [one.name for one in returns.functions] == ["f"]
    assert not returns.functions[0].broken
    assert str(plain.tree.root_node) == str(returns.tree.root_node)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0\0\0", id="zeros"),
        pytest.param(b"int f(void)\n{\n\treturn 0;\n}", id="no final newline"),
        pytest.param(b'int f(void)\n{\n\tx("\xe9\xff"); /* \xfc */\n}\n', id="latin-1"),
        pytest.param(b"\xef\xbb\xbfint f(void)\n{\n}\n", id="byte order mark"),
        pytest.param(b"int a;\f\nint f(void)\n{\n}\n", id="form feed"),
        pytest.param(b"}}}}))))((((", id="unbalanced"),
        pytest.param(b"int f(void)\n{\n\tif (x) {\n", id="cut off"),
    ],
)
def test_odd_input(data: bytes) -> None:
    source = parse(data)
    assert len(source.masked) == len(data)
    if b"f(void)" in data and b"}" in data:
        assert [one.name for one in source.functions] == ["f"]


def test_dialects_travel_between_processes() -> None:
    copy = pickle.loads(pickle.dumps(DEFAULT_DIALECT))
    assert copy.iterators == DEFAULT_DIALECT.iterators
    assert copy.words == DEFAULT_DIALECT.words


@pytest.mark.parametrize(
    "piece",
    [b"__attribute__((", b"\tf(\n", b"#define A 1\n", b"asm(", b"\tlist_for_each(", b'"', b"/*", b"{", b"#if A\n"],
)
def test_unbalanced_text_is_not_read_again_and_again(piece: bytes) -> None:
    start = time.process_time()
    assert len(parse(piece * 2_000).masked) == len(piece) * 2_000
    assert time.process_time() - start < 10
