"""Wrapping of messages, and the small words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.series.text import counted, joined, wrapped


def test_paragraphs_are_filled_and_kept_apart() -> None:
    text = "one two\nthree\n\n\n  \nfour " + "word " * 20
    lines = wrapped(text).split("\n")
    assert lines[:2] == ["one two three", ""]
    assert all(len(line) <= 75 for line in lines)
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "Like this:\n\tint x = y;\n\treturn x;",
        "    indented code that is not to be filled\n    second line",
        "Link: https://example.org/" + "x" * 80 + '\nFixes: 123456789abc ("one")',
        "Reported-by: A <a@example.org>\nCc: B <b@example.org>",
        "> quoted\n> lines",
        "https://example.org/a\nhttps://example.org/b",
        "- first\n- second",
    ],
)
def test_kept_as_they_are(text: str) -> None:
    assert wrapped(text) == text


def test_items_of_a_list_hang() -> None:
    text = "- " + "word " * 20 + "\n  more\n- next"
    lines = wrapped(text).split("\n")
    assert lines[0].startswith("- word")
    assert lines[1].startswith("  word")
    assert lines[1].endswith("more")
    assert lines[2] == "- next"


def test_long_words_are_not_cut() -> None:
    word = "a_function_name_" * 8
    assert wrapped(f"see {word} there") == f"see\n{word}\nthere"


@given(st.text(st.sampled_from("ab -*>:\n\t1.#"), max_size=200))
def test_wrapping_keeps_the_words_and_is_stable(text: str) -> None:
    once = wrapped(text, 20)
    assert once.split() == text.split()
    assert "\n\n\n" not in once
    assert not once.endswith("\n")


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_joined(words: list[str], text: str) -> None:
    assert joined(words) == text


def test_counted() -> None:
    assert [counted(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
