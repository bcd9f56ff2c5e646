"""Comments, literals and directives, in the order in which a C lexer meets them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.source.lexing import Span, lex

PIECES = st.sampled_from(
    [
        b"/*",
        b"*/",
        b"//",
        b'"',
        b"'",
        b"\\",
        b"\n",
        b"\r\n",
        b"#",
        b"#define X",
        b"a",
        b" ",
        b"\t",
        b"\0",
        b"\xe9",
        b"(",
        b"{",
    ]
)


def comment_texts(data: bytes) -> list[bytes]:
    return [data[span.start : span.end] for span in lex(data).comments]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"a /* b */ c // d\ne", [b"/* b */", b"// d"], id="both kinds"),
        pytest.param(b'x = "/* no */"; /* yes */', [b"/* yes */"], id="comment sign in a string"),
        pytest.param(b"x = '\"'; /* yes */ y = '\"';", [b"/* yes */"], id="quote in a character constant"),
        pytest.param(b'x = "a\\"/* no */"; // yes', [b"// yes"], id="escaped quote"),
        pytest.param(b"/* it's */ a /* \" */ b", [b"/* it's */", b'/* " */'], id="quotes in comments"),
        pytest.param(b"// a \\\n still\nb", [b"// a \\\n still"], id="continued line comment"),
        pytest.param(b"a /* never closed\n b", [b"/* never closed\n b"], id="unterminated"),
        pytest.param(b"/**/ a /***/ b /* ** / */", [b"/**/", b"/***/", b"/* ** / */"], id="stars"),
        pytest.param(b"a / b * c", [], id="no comment"),
    ],
)
def test_comments(data: bytes, expected: list[bytes]) -> None:
    assert comment_texts(data) == expected


def test_comments_are_blank_in_code_and_newlines_stay() -> None:
    assert lex(b"a /* b\n c */ d").code == b"a     \n      d"


def test_literals_are_filled_in_bare_only() -> None:
    lexed = lex(b"f(\"x(;{\", '}');")
    assert lexed.code == b"f(\"x(;{\", '}');"
    assert bytes(lexed.bare) == b"f(\"aaaa\", 'a');"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"#if A\nx\n#endif", [b"#if A", b"#endif"], id="plain"),
        pytest.param(b"  # define A \\\n  1\nx", [b"  # define A \\\n  1"], id="continued and indented"),
        pytest.param(b"#define A \\\r\n 1\r\nx", [b"#define A \\\r\n 1\r"], id="continued CRLF"),
        pytest.param(b"a # b\n", [], id="not at the start of a line"),
        pytest.param(b'x = "\\\n#if";\n', [], id="in a string"),
        pytest.param(b"/* */ #if A\n", [b"/* */ #if A"], id="behind a comment"),
    ],
)
def test_directives(data: bytes, expected: list[bytes]) -> None:
    assert [data[span.start : span.end] for span in lex(data).directives] == expected


def test_a_comment_of_two_lines_does_not_end_a_directive() -> None:
    data = b"#define A /* one\n two */ 3\nx"
    assert lex(data).directives == (Span(0, data.index(b"\nx")),)


@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(b"".join)))
def test_any_bytes(data: bytes) -> None:
    lexed = lex(data)
    for text in (lexed.code, lexed.bare):
        assert len(text) == len(data)
        assert [i for i, byte in enumerate(text) if byte == 0x0A] == [i for i, byte in enumerate(data) if byte == 0x0A]
    ends = [(span.start, span.end) for span in lexed.comments]
    spans = sorted([*ends, *lexed.literals])
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert ends == sorted(ends)
    assert all(data[start : start + 2] in (b"/*", b"//") for start, _ in ends)
