"""Templates: what they match, what they do not, and what they write."""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter import Node

from migrator.pattern.template import Template, TemplateError, normal_expression, parse_expression
from migrator.source import DEFAULT_DIALECT, SourceFile


def statement(code: str) -> tuple[SourceFile, Node]:
    """The first statement of a function with this code."""
    source = SourceFile.parse("a.c", f"void f(void)\n{{\n\t{code}\n}}\n".encode(), DEFAULT_DIALECT)
    assert not source.tree.root_node.has_error, code
    return source, source.functions[0].body.named_children[0]


def match(template: str, code: str, **bound: str) -> dict[str, str] | None:
    """What the template captures in an expression statement."""
    source, node = statement(code)
    return Template.parse(template).match_with(source, node.named_children[0], bound)


MATCHES: dict[str, tuple[str, str, dict[str, str]]] = {
    "call": ("get({x})", "get(page);", {"x": "page"}),
    "any-argument": ("get({x})", "get(&a->b[1 + i]);", {"x": "& a -> b [ 1 + i ]"}),
    "nested-call": ("get({x})", "get(head(page));", {"x": "head ( page )"}),
    "two": ("add({x}, {n})", "add(page, -1);", {"x": "page", "n": "- 1"}),
    "literal": ("count({h}, {i}, 1)", "count(memcg, THP_FAULT, 1);", {"h": "memcg", "i": "THP_FAULT"}),
    "white-space": ("add({x}, {n})", "add ( page,\n\t\tn );", {"x": "page", "n": "n"}),
    "comments": ("add({x}, {n})", "add(page /* the page */, /* so many */ n);", {"x": "page", "n": "n"}),
    "store": ("{x}->mapping = {e}", "page->mapping = inode->i_mapping;", {"x": "page", "e": "inode -> i_mapping"}),
    "store-null": ("{x}->mapping = NULL", "page->mapping = NULL;", {"x": "page"}),
    "store-nested": ("{x}->mapping = {e}", "vmf->page->mapping = m;", {"x": "vmf -> page", "e": "m"}),
    "store-parenthesised": ("{x}->mapping = {e}", "(*pages)->mapping = (m);", {"x": "* pages", "e": "m"}),
    "parentheses": ("get({x})", "get((page));", {"x": "page"}),
    "twice": ("swap({x}, {x})", "swap(a->b, (a -> b));", {"x": "a -> b"}),
    "field": ("{x}->{f} = 0", "page->index = 0;", {"x": "page", "f": "index"}),
    "callee": ("{f}({x})", "get(page);", {"f": "get", "x": "page"}),
    "operator": ("{x} |= {y}", "vma->flags |= VM_IO | VM_PFN;", {"x": "vma -> flags", "y": "VM_IO | VM_PFN"}),
    "sizeof": ("set({x}, 0, sizeof(*{x}))", "set(p, 0, sizeof(*p));", {"x": "p"}),
    "string": ('put({x}, "a b")', 'put(q, "a b");', {"x": "q"}),
    "no-capture": ("barrier()", "barrier();", {}),
    "string-captured": ("put({x})", 'put("a, b");', {"x": '"a, b"'}),
    "conditional-captured": ("put({x})", "put(a ? b : c);", {"x": "a ? b : c"}),
    "cast-captured": ("put({x})", "put((struct page *)p);", {"x": "( struct page * ) p"}),
}
DIFFERS: dict[str, tuple[str, str]] = {
    "name": ("get({x})", "put(page);"),
    "longer-name": ("get({x})", "get_page(page);"),
    "fewer-arguments": ("add({x}, {n})", "add(page);"),
    "more-arguments": ("get({x})", "get(page, 1);"),
    "literal": ("count({h}, {i}, 1)", "count(memcg, THP_FAULT, 2);"),
    "literal-spelling": ("count({h}, {i}, 1)", "count(memcg, THP_FAULT, 1UL);"),
    "inner": ("get({x})", "set(get(page));"),
    "field": ("{x}->mapping = {e}", "page->index = index;"),
    "arrow": ("{x}->mapping = {e}", "page.mapping = m;"),
    "operator": ("{x}->mapping = {e}", "page->mapping += m;"),
    "not-null": ("{x}->mapping = NULL", "page->mapping = m;"),
    "read": ("{x}->mapping = NULL", "use(page->mapping);"),
    "twice": ("swap({x}, {x})", "swap(a, b);"),
    "twice-nearly": ("swap({x}, {x})", "swap(a->b, a.b);"),
    "type-is-no-expression": ("sizeof({x})", "sizeof(int);"),
    "string": ('put({x}, "a b")', 'put(q, "a  b");'),
}


@pytest.mark.parametrize(("template", "code", "captures"), MATCHES.values(), ids=MATCHES.keys())
def test_it_matches(template: str, code: str, captures: dict[str, str]) -> None:
    assert match(template, code) == captures


@pytest.mark.parametrize(("template", "code"), DIFFERS.values(), ids=DIFFERS.keys())
def test_it_does_not_match(template: str, code: str) -> None:
    source = SourceFile.parse("a.c", f"void f(void)\n{{\n\t{code}\n}}\n".encode(), DEFAULT_DIALECT)
    parsed = Template.parse(template)
    node = source.functions[0].body.named_children[0]
    assert parsed.match(source, node.named_children[0] if node.named_children else node) is None


def test_a_bound_capture_must_be_equal() -> None:
    assert match("put({x})", "put(a -> b);", x="a -> b") == {"x": "a -> b"}
    assert match("put({x})", "put(c);", x="a -> b") is None
    assert match("put({x})", "put(c);", y="a") == {"x": "c", "y": "a"}


def test_a_failed_match_leaves_the_bound_captures_alone() -> None:
    bound = {"x": "a"}
    source, node = statement("put(a, b);")
    assert Template.parse("put({x}, {y}, {z})").match_with(source, node.named_children[0], bound) is None
    assert bound == {"x": "a"}


def test_a_statement_matches_a_statement() -> None:
    source, node = statement("get(page);")
    assert node.type == "expression_statement"
    assert Template.parse("get({x});").match(source, node) == {"x": "page"}
    assert Template.parse("get({x});").match(source, node.named_children[0]) == {"x": "page"}
    assert Template.parse("get({x})").match(source, node) is None


def test_the_nodes_of_captures_keep_the_text_as_written() -> None:
    source, node = statement("add(a -> b, (n /* many */ + 1));")
    nodes = Template.parse("add({x}, {n})").match_nodes(source, node.named_children[0])
    assert nodes is not None
    assert [source.text(nodes[name]) for name in ("x", "n")] == [b"a -> b", b"n /* many */ + 1"]


def test_masked_macros_do_not_match_what_stands_for_them() -> None:
    source, node = statement("list_for_each(pos, head) { get(pos); }")
    assert source.iterator_at(node) == "list_for_each"
    assert Template.parse("{f}({x}, {y})").match(source, node) is None


@pytest.mark.parametrize(
    ("template", "captures", "text"),
    [
        pytest.param("charge({o}, {m})", {"o": "page", "m": "vma->vm_mm"}, "charge(page, vma->vm_mm)", id="call"),
        pytest.param("f({a}, {a});", {"a": "x", "further": "y"}, "f(x, x);", id="twice"),
        pytest.param("{x}->m = NULL", {"x": "*pages"}, "(*pages)->m = NULL", id="tight"),
        pytest.param("{x}->m = NULL", {"x": "(*pages)"}, "(*pages)->m = NULL", id="tight-already"),
        pytest.param("{x}->m = NULL", {"x": "(a)->b[(1)]"}, "(a)->b[(1)]->m = NULL", id="postfix"),
        pytest.param("{x}->m = NULL", {"x": "(struct a *)(b)"}, "((struct a *)(b))->m = NULL", id="cast"),
        pytest.param("f(!{x})", {"x": "a == b"}, "f(!(a == b))", id="not"),
        pytest.param("f({x})", {"x": "a == b"}, "f(a == b)", id="roomy"),
        pytest.param("f({x})", {"x": "a, b"}, "f((a, b))", id="comma"),
        pytest.param("f({x})", {"x": "g(a, b)"}, "f(g(a, b))", id="comma-in-call"),
        pytest.param("a = {x}", {"x": "b ? c : d"}, "a = b ? c : d", id="assigned"),
        pytest.param("{x} + 1", {"x": "(a) + (b)"}, "((a) + (b)) + 1", id="not-one-group"),
        pytest.param("f({x})", {"x": "no c ("}, "f(no c ()", id="not-c-is-left-alone"),
        pytest.param("f({x})", {"x": "\udcff"}, "f(\udcff)", id="no-utf8"),
        pytest.param("{x} + 1", {"x": "\udcff + 1"}, "(\udcff + 1) + 1", id="no-utf8-tight"),
    ],
)
def test_it_writes(template: str, captures: dict[str, str], text: str) -> None:
    assert Template.parse(template).render(captures) == text


@pytest.mark.parametrize(
    "text",
    ["", ";", "f(", "f({x}", "a; b", "a; b;", "a) + (b", "int x", "int x;", "if (x) y;", "return x;", "{x} {y}",
     "f({1})", "f('{x}')", 'f("{x}")', "f(struct s)", "}", "*/", "a // b\n) + (c"],
)  # fmt: skip
def test_what_is_no_template(text: str) -> None:
    with pytest.raises(TemplateError):
        Template.parse(text)


def test_what_a_template_knows_of_itself() -> None:
    template = Template.parse("charge({object}, {mm});")
    assert template.names == {"object", "mm"}
    assert template.callee == "charge"
    assert template.statement
    assert Template.parse("{x}->m = NULL").callee == ""
    assert Template.parse("{f}({x})").callee == ""


def test_a_template_is_a_value() -> None:
    template = Template.parse("f({x}, 1)")
    assert pickle.loads(pickle.dumps(template)) == template == Template.parse("f({x}, 1)")
    assert hash(template) == hash(Template.parse("f({x}, 1)"))
    assert template != Template.parse("f({x}, 2)")


@pytest.mark.parametrize(
    "text", ["a", "( void * ) 0", "f ( a , b -> c )", '"a, b"', "- 1", "a ? b : c", "'x'", "0xFFUL << 3"]
)
def test_normal_text_is_that_of_a_source_file(text: str) -> None:
    source, node = statement(f"g({text});")
    assert normal_expression(text) == text
    bound = Template.parse("g({x})").match(source, node.named_children[0])
    assert bound == {"x": text}


def test_what_has_no_normal_text() -> None:
    assert normal_expression("a b") is None
    assert normal_expression("((a + 1))") == "a + 1"


_ATOMS = st.sampled_from(["page", "vma->vm_mm", "p[i]", "f(a, b)", "1", '"s, t"', "current->mm"])
_EXPRESSIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "==", "&&", "|", "<<"]), inner).map(" ".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"f({text}, {text})"),
        inner.map(lambda text: f"!({text})"),
        st.tuples(inner, inner).map(lambda pair: f"{pair[0]} ? {pair[1]} : 0"),
    ),
    max_leaves=6,
)
_TEMPLATES = st.sampled_from(["g({x}, {y})", "{x}->m = {y}", "h({x}[{y}], !{x})", "{x} * {y}", "g({x} ? {y} : 0)"])


@given(_TEMPLATES, _EXPRESSIONS, _EXPRESSIONS)
def test_what_is_written_is_matched(template: str, x: str, y: str) -> None:
    """Writing keeps the operands together: the result has the shape of the template, with the captures in place."""
    parsed = Template.parse(template)
    written = parsed.render({"x": x, "y": y})
    source, node = statement(f"(void)({written});")
    cast = node.named_children[0]
    value = cast.child_by_field_name("value")
    assert value is not None
    inner = value.named_children[0]
    bound = parsed.match(source, inner)
    assert bound is not None, written
    assert _normal(bound["x"]) == _normal(x)
    assert _normal(bound["y"]) == _normal(y)


def _normal(text: str) -> str:
    node = parse_expression(text)
    assert node is not None
    return re.sub(r"\s", "", (node.text or b"").decode())
