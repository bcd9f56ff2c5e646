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
        b"#if 0",
        b"#else",
        b"#endif",
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


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"a\n#if 0\nb /* c */ '\n#endif\nd", [b"#if 0\nb /* c */ '\n#endif"], id="whole"),
        pytest.param(b"#if 0\na\n#else\nb\n#endif\n", [b"#if 0\na\n#else", b"#endif"], id="else"),
        pytest.param(b"#if 0\na\n#elif X\nb\n#endif\n", [], id="elif"),
        pytest.param(b"#if 0\n#if 0\n#else\n#endif\n#endif\nb", [b"#if 0\n#if 0\n#else\n#endif\n#endif"], id="nested"),
        pytest.param(b"#ifdef X\n#if 0\na\n#endif\n#else\nb\n#endif", [b"#if 0\na\n#endif"], id="inner"),
        pytest.param(b"#if 0\na\n", [], id="no end"),
        pytest.param(b"#if 0\na\n#else\n", [], id="no end behind else"),
        pytest.param(b"# if 0 /* why */\na\n# endif", [b"# if 0 /* why */\na\n# endif"], id="comment beside"),
        pytest.param(b"#if 0x1\na\n#endif\n#if 0 || X\n#endif", [], id="not zero"),
        pytest.param(b"#if 1\na\n#else\nb\n#endif", [], id="one"),
        pytest.param(b"#endif\n#else\n#if 0\n#endif", [b"#if 0\n#endif"], id="strays"),
    ],
)
def test_code_under_if_0_is_a_comment(data: bytes, expected: list[bytes]) -> None:
    lexed = lex(data)
    assert comment_texts(data) == expected
    for span in lexed.comments:
        assert not lexed.code[span.start : span.end].strip()
        assert not lexed.bare[span.start : span.end].strip()
        assert not any(span.start <= item.start < span.end for item in lexed.directives)


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
    # Code in #if 0 counts as a comment.
    assert all(
        data[start : start + 2] in (b"/*", b"//") or data[start:end].lstrip().startswith(b"#") for start, end in ends
    )
