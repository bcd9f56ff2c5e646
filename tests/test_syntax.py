"""Questions about syntax nodes."""

from __future__ import annotations

import pytest
from tree_sitter import Node

from migrator.source import DEFAULT_DIALECT, SourceFile
from migrator.syntax import (
    arguments,
    assigned_lvalues,
    callee_name,
    condition_of,
    declared_name,
    enclosing,
    enclosing_statement,
    identifiers,
    is_null,
    next_statement,
    previous_statement,
    statement_siblings,
    strip_parentheses,
    walk,
)


def parse(*lines: str) -> SourceFile:
    code = "int f(int p)\n{\n" + "".join(f"\t{line}\n" for line in lines) + "}\n"
    source = SourceFile.parse("a.c", code.encode(), DEFAULT_DIALECT)
    assert not source.tree.root_node.has_error
    return source


def first(source: SourceFile, kind: str) -> Node:
    return next(node for node in walk(source.functions[0].body) if node.type == kind)


def statements(source: SourceFile) -> list[Node]:
    return list(source.functions[0].body.named_children)


def test_calls() -> None:
    source = parse("g(a, b + 1, h(c));")
    call = first(source, "call_expression")
    assert callee_name(call) == "g"
    assert [source.normal(node) for node in arguments(call)] == ["a", "b + 1", "h ( c )"]
    assert callee_name(arguments(call)[0]) is None
    assert arguments(arguments(call)[0]) == ()


@pytest.mark.parametrize("line", ["p->ops(a);", "(*fn)(a);", "table[0](a);"])
def test_calls_through_something_have_no_name(line: str) -> None:
    assert callee_name(first(parse(line), "call_expression")) is None


def test_upwards() -> None:
    source = parse("if (a)", "\tx = g(b);", "int y = h(c);")
    call = first(source, "call_expression")
    assert enclosing_statement(call).type == "expression_statement"
    outer = enclosing(call, "if_statement", "while_statement")
    assert outer is not None
    assert outer.type == "if_statement"
    assert enclosing(outer, "if_statement") is None
    assert enclosing_statement(source.tree.root_node) == source.tree.root_node
    assert enclosing_statement(statements(source)[1]).type == "declaration"


def test_neighbours() -> None:
    source = parse("a();", "b();", "c();")
    one, two, three = statements(source)
    assert statement_siblings(two) == (one, two, three)
    assert previous_statement(two) == one
    assert next_statement(two) == three
    assert previous_statement(one) is None
    assert next_statement(three) is None


def test_neighbours_in_a_case() -> None:
    source = parse("switch (p) {", "case 1:", "\ta();", "\tb();", "}")
    case = first(source, "case_statement")
    inside = [node for node in case.named_children if node.type == "expression_statement"]
    assert previous_statement(inside[0]) is None
    assert next_statement(inside[0]) == inside[1]


def test_walk_is_in_source_order_and_stays_below() -> None:
    source = parse("if (a)", "\tb(c);", "d();")
    branch = statements(source)[0]
    below = list(walk(branch))
    assert below[0] == branch
    assert [source.text(node) for node in below if node.type == "identifier"] == [b"a", b"b", b"c"]
    assert [node.start_byte for node in below] == sorted(node.start_byte for node in below)


def test_identifiers_are_variables_not_fields() -> None:
    source = parse("a->b = c.d;", "goto e;", "e: ;")
    assert [source.text(node) for node in identifiers(source.functions[0].body)] == [b"a", b"c"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a = 1;", [("a", "assign")]),
        ("a->b[2] += c;", [("a -> b [ 2 ]", "update")]),
        ("(a)++;", [("a", "update")]),
        ("--*a;", [("* a", "update")]),
        ("int *a = b, c, d[] = { 1 };", [("a", "init"), ("d", "init")]),
        ("f(&a, b, (void *)&c->d);", [("a", "address"), ("c -> d", "address")]),
        ("a = &b;", [("a", "assign")]),
        ("a = b = c;", [("a", "assign"), ("b", "assign")]),
        ("if ((a = g()))\n\t\treturn a;", [("a", "assign")]),
        ("f(a == b, !c, *d);", []),
    ],
)
def test_assigned_lvalues(line: str, expected: list[tuple[str, str]]) -> None:
    source = parse(line)
    found = [(source.normal(node), kind) for node, kind in assigned_lvalues(walk(source.functions[0].body))]
    assert found == expected


@pytest.mark.parametrize(
    ("line", "name"), [("int *a[3];", "a"), ("int (*a)(int) = b;", "a"), ("struct x a = { 1 };", "a"), ("int a;", "a")]
)
def test_declared_name(line: str, name: str) -> None:
    source = parse(line)
    declarator = first(source, "declaration").child_by_field_name("declarator")
    assert declarator is not None
    declared = declared_name(declarator)
    assert declared is not None
    assert source.normal(declared) == name


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("NULL", True),
        ("0", True),
        ("((void *)0)", True),
        ("(NULL)", True),
        ("1", False),
        ("nil", False),
        ("(int)0", False),
    ],
)
def test_is_null(expression: str, expected: bool) -> None:
    value = first(parse(f"a = {expression};"), "assignment_expression").child_by_field_name("right")
    assert value is not None
    assert is_null(value) is expected


def test_parentheses_and_conditions() -> None:
    source = parse("if (((a)))", "\tb();", "while ((c = d()))", "\tb();", "do { } while (e);", "for (;;)", "\tb();")
    loops = statements(source)
    conditions = [condition_of(node) for node in loops]
    assert [None if node is None else source.normal(node) for node in conditions] == ["a", "c = d ( )", "e", None]
    outer = first(source, "parenthesized_expression")
    assert source.normal(strip_parentheses(outer)) == "a"
    assert strip_parentheses(strip_parentheses(outer)) == strip_parentheses(outer)
