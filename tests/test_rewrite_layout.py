"""Columns, continuation lines, and arguments that survive being split and joined."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from migrator.rewrite.layout import (
    fill_call,
    fill_statement,
    indentation,
    joined,
    padding,
    split_arguments,
    width,
)
from migrator.rewrite.negate import negated
from tests.flow_code import parsed

some = settings(max_examples=80, deadline=None)

ARGUMENTS = st.recursive(
    st.sampled_from(
        ["x", "page", "vma->vm_mm", "&memcg", "GFP_KERNEL | __GFP_NOWARN", '"a, (b"', "','", "'\\''", '"\\""', "a[1]"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"g({', '.join(items)})"),
        st.lists(inner, min_size=1, max_size=2).map(lambda items: f"(struct s){{{', '.join(items)}}}"),
    ),
    max_leaves=4,
)
LISTS = st.lists(ARGUMENTS, max_size=6)
HEADS = st.tuples(st.integers(0, 4), st.sampled_from(["", "if (", "ret = ", "\t  "])).map(
    lambda parts: "\t" * parts[0] + parts[1]
)
TAILS = st.sampled_from(["", ";", ")", ") {", " < 0)"])


@given(st.integers(0, 200))
def test_padding_reaches_its_column_with_fewest_characters(column: int) -> None:
    text = padding(column)
    assert width(text) == column
    assert len(text) == column // 8 + column % 8


@some
@given(st.text("\tab", max_size=12), st.text("\tab", max_size=12), st.integers(0, 20))
def test_width_of_two_parts_is_width_of_the_whole(first: str, second: str, column: int) -> None:
    assert width(first + second, column) == width(second, width(first, column))
    assert width(first, column) >= column + len(first)


@some
@given(LISTS)
def test_splitting_undoes_joining(arguments: list[str]) -> None:
    assert split_arguments(", ".join(arguments)) == arguments
    assert split_arguments(" ,\n\t".join(arguments)) == arguments


@some
@given(HEADS, LISTS, TAILS)
def test_calls_stay_within_eighty_columns(head: str, arguments: list[str], tail: str) -> None:
    name = "mem_cgroup_charge"
    column = width(f"{head}{name}(")
    text = fill_call(head, name, arguments, tail)
    lines = (head + text + tail).split("\n")
    # Nothing but white space was added.
    assert joined(text) == f"{name}({', '.join(arguments)})"
    for line in lines[1:]:
        assert width(indentation(line)) == column, "continuation lines stand under the first argument"
        assert indentation(line) == padding(column)
    longest = [column + len(argument) + 1 for argument in arguments]
    if arguments:
        longest[-1] += len(tail)
        assume(all(end <= 80 for end in longest))
        assert all(width(line) <= 80 for line in lines)
    # No line is broken earlier than it must be: the next argument would not have fitted.
    placed = 0
    for line in (head + text).split("\n")[:-1]:
        placed += len(split_arguments(line.removeprefix(f"{head}{name}(").strip().rstrip(",")))
        more = 1 + len(tail) if placed == len(arguments) - 1 else 1
        assert width(line) + 1 + len(arguments[placed]) + more > 80


@some
@given(HEADS.filter(lambda head: not head.strip()), LISTS)
def test_statements_keep_their_code(indent: str, arguments: list[str]) -> None:
    statement = f"throttle_and_remember({', '.join(arguments)});"
    text = fill_statement(indent, statement)
    assert text.startswith(indent)
    assert joined(text) == statement
    if width(indent + statement) <= 80:
        assert text == indent + statement
    # CRLF files get CRLF.
    assert fill_statement(indent, statement, "\r\n") == text.replace("\n", "\r\n")


LONG = "mem_cgroup_charge(page_of_the_swap_cache, vma->vm_mm, GFP_KERNEL | __GFP_NOWARN)"
STATEMENTS = {
    "short": ("\t", "f(a, b);", "\tf(a, b);"),
    "one-argument-cannot-be-broken": ("\t", f"f({'x' * 90});", f"\tf({'x' * 90});"),
    "no-call": ("\t", f"x = {'y' * 90};", f"\tx = {'y' * 90};"),
    "eighty-columns": ("\t", f"f({'a' * 33}, {'b' * 33});", f"\tf({'a' * 33}, {'b' * 33});"),
    "eighty-one-columns": ("\t", f"f({'a' * 33}, {'b' * 34});", f"\tf({'a' * 33},\n\t  {'b' * 34});"),
    "broken": (
        "\t",
        f"error = {LONG};",
        "\terror = mem_cgroup_charge(page_of_the_swap_cache, vma->vm_mm,\n\t\t\t\t  GFP_KERNEL | __GFP_NOWARN);",
    ),
    "in-condition": (
        "\t",
        f"if ({LONG})",
        "\tif (mem_cgroup_charge(page_of_the_swap_cache, vma->vm_mm,\n\t\t\t      GFP_KERNEL | __GFP_NOWARN))",
    ),
    "comment-stays-behind": (
        "\t",
        f"error = {LONG}; /* why */",
        "\terror = mem_cgroup_charge(page_of_the_swap_cache, vma->vm_mm,\n"
        "\t\t\t\t  GFP_KERNEL | __GFP_NOWARN); /* why */",
    ),
    "comma-in-a-string": (
        "\t",
        f'f("{"a, " * 10}", {"b" * 30}, {"c" * 10});',
        f'\tf("{"a, " * 10}", {"b" * 30},\n\t  {"c" * 10});',
    ),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_filled_statement(name: str) -> None:
    indent, statement, wanted = STATEMENTS[name]
    assert fill_statement(indent, statement) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("a,\n\t  b", "a, b"), ("  a  ", "a"), ("a \r\n b", "a b"), ("a  b", "a  b")],
    ids=["line-break", "outer-blanks", "crlf", "inner-blanks-stay"],
)
def test_joined(text: str, wanted: str) -> None:
    assert joined(text) == wanted


NEGATED = {
    "a": "!a",
    "!a": "a",
    "!(a && b)": "a && b",
    "a == b": "a != b",
    "a != b": "a == b",
    "a < 0": "a >= 0",
    "a >= 0": "a < 0",
    "a > b": "a <= b",
    "a <= b": "a > b",
    "g(a)": "!g(a)",
    "p->f": "!p->f",
    "x[1]": "!x[1]",
    "a && b": "!(a && b)",
    "a & 4": "!(a & 4)",
    "likely(a)": "unlikely(!a)",
    "unlikely(a < b)": "likely(a >= b)",
    "(e = g()) < 0": "(e = g()) >= 0",
    "*p": "!(*p)",
}


@pytest.mark.parametrize("condition", NEGATED)
def test_negated(condition: str) -> None:
    code = parsed(f"if ({condition}) g();", "int f(int a, int b, struct s *p, int *x)")
    tested = code.function.body.named_children[0].child_by_field_name("condition")
    assert tested is not None
    assert negated(code.source, tested) == f"({NEGATED[condition]})"


@pytest.mark.parametrize("condition", [text for text in NEGATED if NEGATED[text] in NEGATED])
def test_negating_twice_gives_the_condition(condition: str) -> None:
    assert NEGATED[NEGATED[condition]] == condition
