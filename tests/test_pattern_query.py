"""Roles in a tree: arities, optional captures, calls that match nothing, and the words of the prefilter."""

from __future__ import annotations

import pickle

import pytest

from migrator.pattern.load import load_pattern
from migrator.pattern.model import Pattern
from migrator.pattern.query import RoleMatch, protocol_calls, role_matches
from migrator.pattern.query_text import read_forms
from migrator.source import DEFAULT_DIALECT, SourceFile

PATTERN = load_pattern("mem_cgroup_charge")


def parsed(*statements: str) -> SourceFile:
    """One function with these statements, a line each, from line 3 on."""
    lines = "".join(f"\t{text}\n" for text in statements)
    source = SourceFile.parse("a.c", f"void f(void)\n{{\n{lines}}}\n".encode(), DEFAULT_DIALECT)
    assert not source.tree.root_node.has_error, lines
    return source


def matches(*statements: str, pattern: Pattern = PATTERN) -> list[tuple[str, dict[str, str]]]:
    source = parsed(*statements)
    return [told(source, match) for match in role_matches(pattern, source, source.functions[0].node)]


def told(source: SourceFile, match: RoleMatch) -> tuple[str, dict[str, str]]:
    return match.role, {name: source.normal(node) for name, node in match.captures.items()}


def leftover(*statements: str) -> list[str]:
    source = parsed(*statements)
    return [source.normal(node) for node in protocol_calls(PATTERN, source, source.functions[0].node)]


BEGIN = {"name": "mem_cgroup_try_charge", "object": "page", "mm": "mm", "gfp": "GFP_KERNEL", "handle": "memcg"}
COMMIT = {"name": "mem_cgroup_commit_charge", "object": "page", "handle": "memcg", "lrucare": "true"}
ABORT = {"name": "mem_cgroup_cancel_charge", "object": "page", "handle": "memcg"}
ARITIES: dict[str, tuple[str, str, dict[str, str]]] = {
    "begin-4": ("err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg);", "begin", BEGIN),
    "begin-5": (
        "if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false)) return;",
        "begin",
        {**BEGIN, "compound": "false"},
    ),
    "begin-delay": (
        "if (a || mem_cgroup_try_charge_delay(page, mm, GFP_KERNEL, &memcg, true)) return;",
        "begin",
        {**BEGIN, "name": "mem_cgroup_try_charge_delay", "compound": "true"},
    ),
    "begin-field": (
        "err = mem_cgroup_try_charge(vmf->page, mm, GFP_KERNEL, &vmf->memcg);",
        "begin",
        {**BEGIN, "object": "vmf -> page", "handle": "vmf -> memcg"},
    ),
    "commit-3": ("mem_cgroup_commit_charge(page, memcg, true);", "commit", COMMIT),
    "commit-4": (
        "mem_cgroup_commit_charge(page, memcg, true, f(a, b));",
        "commit",
        {**COMMIT, "compound": "f ( a , b )"},
    ),
    "abort-2": ("mem_cgroup_cancel_charge(page, memcg);", "abort", ABORT),
    "abort-3": ("mem_cgroup_cancel_charge(page, memcg, false);", "abort", {**ABORT, "compound": "false"}),
    "comments": (
        "mem_cgroup_cancel_charge(page, /* the handle */ memcg, /* compound */ false);",
        "abort",
        {**ABORT, "compound": "false"},
    ),
}


@pytest.mark.parametrize(("statement", "role", "captures"), ARITIES.values(), ids=ARITIES.keys())
def test_every_arity_matches_once_with_all_its_arguments(statement: str, role: str, captures: dict[str, str]) -> None:
    assert matches(statement) == [(role, captures)]
    assert leftover(statement) == []


STRANGE = {
    "begin-3": "err = mem_cgroup_try_charge(page, mm, gfp);",
    "begin-6": "err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false, 1);",
    "begin-pointer": "err = mem_cgroup_try_charge(page, mm, gfp, memcgp, false);",
    "begin-what-a-pointer-points-to": "err = mem_cgroup_try_charge(page, mm, gfp, *memcgp, false);",
    "begin-cast": "err = mem_cgroup_try_charge(page, mm, gfp, (void *)&memcg, false);",
    "begin-delay": "err = mem_cgroup_try_charge_delay(page, mm, gfp, memcgp);",
    "commit-2": "mem_cgroup_commit_charge(page, memcg);",
    "commit-5": "mem_cgroup_commit_charge(page, memcg, true, false, 1);",
    "abort-1": "mem_cgroup_cancel_charge(page);",
    "abort-4": "mem_cgroup_cancel_charge(page, memcg, false, 1);",
    "no-argument": "mem_cgroup_cancel_charge();",
}


@pytest.mark.parametrize("statement", STRANGE.values(), ids=STRANGE.keys())
def test_a_call_in_another_form_is_left_over(statement: str) -> None:
    assert matches(statement) == []
    call = statement.removeprefix("err = ").rstrip(";").split("(", 1)[0]
    assert [text.split(" ")[0] for text in leftover(statement)] == [call]


def test_other_calls_are_neither_roles_nor_left_over() -> None:
    statements = ("mem_cgroup_charge(page, mm, gfp);", "f(mem_cgroup_try_charge);", "g(&mem_cgroup_cancel_charge);")
    assert matches(*statements) == []
    assert leftover(*statements) == []


def test_leftover_calls_beside_and_in_matched_ones() -> None:
    assert leftover(
        "err = mem_cgroup_try_charge(page, mm, gfp, &memcg);",
        "if (mem_cgroup_try_charge(page, mm, gfp, memcgp)) f(mem_cgroup_cancel_charge(page));",
    ) == ["mem_cgroup_try_charge ( page , mm , gfp , memcgp )", "mem_cgroup_cancel_charge ( page )"]


SETUPS = {
    "store": ("page->mapping = mapping;", "page"),
    "store-field": ("page->mapping = inode->i_mapping;", "page"),
    "store-cast": ("page->mapping = (struct address_space *)anon;", "page"),
    "store-conditional": ("pages[i]->mapping = a ? b : c;", "pages [ i ]"),
    "store-behind-pointer": ("(*pagep)->mapping = *m;", "( * pagep )"),
    "rmap": ("page_add_new_anon_rmap(page, vma, address, false);", "page"),
}
NO_SETUPS = {
    "null": "page->mapping = NULL;",
    "zero": "page->mapping = 0;",
    "null-spelled-out": "page->mapping = (void *)0;",
    "other-field": "page->index = index;",
    "read": "mapping = page->mapping;",
    "added": "page->mapping += 1;",
    "compared": "if (page->mapping == mapping) return;",
}


@pytest.mark.parametrize(("statement", "item"), SETUPS.values(), ids=SETUPS.keys())
def test_setups(statement: str, item: str) -> None:
    assert [(role, captures["object"]) for role, captures in matches(statement)] == [("setup", item)]


@pytest.mark.parametrize("statement", NO_SETUPS.values(), ids=NO_SETUPS.keys())
def test_what_is_no_setup(statement: str) -> None:
    assert matches(statement) == []


def test_releases() -> None:
    found = matches("put_page(page);", "free_page_and_swap_cache(new_page);", "put_device(page);")
    assert [(role, captures["object"]) for role, captures in found] == [("release", "page"), ("release", "new_page")]


def test_the_order_is_that_of_the_source() -> None:
    found = matches(
        "put_page(page);",
        "mem_cgroup_cancel_charge(page, memcg);",
        "err = mem_cgroup_try_charge(page, mm, gfp, &memcg);",
        "page->mapping = mapping;",
        "mem_cgroup_commit_charge(page, memcg, false);",
    )
    assert [role for role, _ in found] == ["release", "abort", "begin", "setup", "commit"]


def test_only_the_given_node_is_searched() -> None:
    code = b"void f(void)\n{\n\tput_page(a);\n}\nvoid g(void)\n{\n\tput_page(b);\n}\n"
    source = SourceFile.parse("a.c", code, DEFAULT_DIALECT)
    found = [role_matches(PATTERN, source, function.node) for function in source.functions]
    assert [[told(source, match)[1]["object"] for match in group] for group in found] == [["a"], ["b"]]
    assert len(role_matches(PATTERN, source, source.tree.root_node)) == 2


def test_calls_in_iterator_macros_are_found() -> None:
    found = matches("list_for_each_entry(page, head, lru) {", "put_page(page);", "}")
    assert [role for role, _ in found] == ["release"]


def test_a_pickled_pattern_finds_the_same() -> None:
    copy = pickle.loads(pickle.dumps(PATTERN))
    statement = "mem_cgroup_commit_charge(page, memcg, true, false);"
    assert matches(statement, pattern=copy) == matches(statement) != []


def test_both_shipped_patterns_find_the_same_roles() -> None:
    newer = load_pattern("mem_cgroup_charge_v58")
    statements = [statement for statement, _, _ in ARITIES.values()]
    assert matches(*statements, pattern=newer) == matches(*statements)
    assert len(matches(*statements)) == len(ARITIES)


FORMS = r"""
; a comment with (parentheses) and "quotes" and @captures
(call_expression ; another
  function: (identifier) @a.name
  (#any-of? @a.name "x" "y \" ) z")) @a

[
  (null) @b
  "goto" @b.word
]
((identifier) @c
 (#match? @c "^(u|v)$"))
"""


def test_the_reader_of_queries() -> None:
    first, second, third = read_forms(FORMS)
    assert [(use.name, use.line, use.node) for use in first.captures] == [
        ("a", 5, "call_expression"),
        ("a.name", 4, "identifier"),
    ]
    assert first.predicates[0].arguments == ("@a.name", "x", 'y " ) z')
    assert first.line == 3
    assert [(use.name, use.line) for use in second.captures] == [("b", 8), ("b.word", 9)]
    assert third.predicates[0].spelled() == ("u", "v")
    assert third.predicates[0].line == 12


@pytest.mark.parametrize(
    ("predicate", "texts"),
    [
        ('(#eq? @n "a")', ("a",)),
        ('(#any-of? @n "a" "b")', ("a", "b")),
        ('(#match? @n "^a$")', ("a",)),
        ('(#match? @n "^(a|b_c)$")', ("a", "b_c")),
        ('(#match? @n "^(?:a|b)$")', ("a", "b")),
        ('(#match? @n "a")', None),
        ('(#match? @n "^a")', None),
        ('(#match? @n "^a|b$")', None),
        ('(#match? @n "^(a|)$")', None),
        ('(#match? @n "^a.*$")', None),
        ('(#not-eq? @n "a")', None),
        ("(#eq? @n @m)", None),
    ],
)
def test_the_texts_that_a_predicate_spells_out(predicate: str, texts: tuple[str, ...] | None) -> None:
    (form,) = read_forms(f"((identifier) @n {predicate})")
    assert form.predicates[0].spelled() == texts


LISTS: list[tuple[str, tuple[int, ...] | None]] = [
    ("(argument_list . (_) .)", (1,)),
    ("(argument_list . (_) . (_)? .)", (1, 2)),
    ("(argument_list . (_) @c.x . [(null) (identifier)] @c.y .)", (2,)),
    ("(argument_list . (_))", None),
    ("(argument_list (_) .)", None),
    ("(argument_list . (_) (_) .)", None),
    ("(argument_list . (_)* .)", None),
    ('(argument_list . (_) @c.x . (#eq? @c.x "a"))', (1,)),
    ("(identifier)", None),
]


@pytest.mark.parametrize(("arguments", "arities"), LISTS)
def test_the_number_of_arguments_that_a_query_takes(arguments: str, arities: tuple[int, ...] | None) -> None:
    (form,) = read_forms(f"(call_expression arguments: {arguments}) @c")
    assert form.arities == arities
