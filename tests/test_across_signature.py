"""Items go from lists of parameters and arguments, and the layout stays what it was."""

from __future__ import annotations

import pytest

from migrator.across.declared import member_declaration
from migrator.across.group import AcrossRefusedError
from migrator.across.members import Member
from migrator.across.signature import without_arguments, without_member, without_parameters
from migrator.edits import apply_edits
from migrator.source import DEFAULT_DIALECT, SourceFile
from migrator.syntax import walk


def parsed(text: str) -> SourceFile:
    return SourceFile.parse("a.c", text.encode(), DEFAULT_DIALECT)


LONG = "static int long_name_of_a_function(struct page *page, struct mem_cgroup *memcg,\n"


@pytest.mark.parametrize(
    ("text", "removed", "wanted"),
    [
        pytest.param("int f(int a, int b);\n", {0}, "int f(int b);\n", id="first"),
        pytest.param("int f(int a, int b);\n", {1}, "int f(int a);\n", id="last"),
        pytest.param("int f(int a, int b, int c);\n", {1}, "int f(int a, int c);\n", id="middle"),
        pytest.param("int f(int a, int b, int c);\n", {0, 1}, "int f(int c);\n", id="first-two"),
        pytest.param("int f(int a, int b, int c);\n", {1, 2}, "int f(int a);\n", id="last-two"),
        pytest.param("int f(int a);\n", {0}, "int f(void);\n", id="only"),
        pytest.param("int f(int a,\n\tint b)\n{\n}\n", {0}, "int f(int b)\n{\n}\n", id="joined-when-it-fits"),
        pytest.param("int f(int a,\r\n\tint b,\r\n\tint c);\r\n", {0}, "int f(int b, int c);\r\n", id="crlf"),
        pytest.param(
            LONG + "\t\tstruct vm_area_struct *vma, unsigned long addr);\n",
            {1},
            "static int long_name_of_a_function(struct page *page,\n"
            "\t\tstruct vm_area_struct *vma, unsigned long addr);\n",
            id="indentation-stays",
        ),
        pytest.param(
            LONG + "\t\t\t\t   struct vm_area_struct *other_vma, int a)\n{\n}\n",
            {1},
            "static int long_name_of_a_function(struct page *page,\n"
            "\t\t\t\t   struct vm_area_struct *other_vma, int a)\n{\n}\n",
            id="alignment-stays",
        ),
        pytest.param(
            "int f(int a, /* one */\n      int b, /* two */\n      int c);\n",
            {1},
            "int f(int a, /* two */\n      int c);\n",
            id="a-comment-goes-with-what-it-stands-behind",
        ),
    ],
)
def test_parameters(text: str, removed: set[int], wanted: str) -> None:
    source = parsed(text)
    node = source.tree.root_node.named_children[0]
    assert apply_edits(source.data, without_parameters(source, node, removed)).decode() == wanted


@pytest.mark.parametrize(
    ("text", "removed", "wanted"),
    [
        pytest.param("g(a, b)", {1}, "g(a)", id="last"),
        pytest.param("g(a)", {0}, "g()", id="only"),
        pytest.param("g(a,\n\t  b,\n\t  c)", {0}, "g(b, c)", id="joined"),
        pytest.param("g(h(a, b), c)", {1}, "g(h(a, b))", id="inner-call-stays"),
    ],
)
def test_arguments(text: str, removed: set[int], wanted: str) -> None:
    source = parsed(f"void f(void)\n{{\n\t{text};\n}}\n")
    call = next(node for node in walk(source.tree.root_node) if node.type == "call_expression")
    after = apply_edits(source.data, without_arguments(source, call, removed)).decode()
    assert after == f"void f(void)\n{{\n\t{wanted};\n}}\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("struct s {\n\tint a;\n\tint m;\n};\n", "struct s {\n\tint a;\n};\n", id="line"),
        pytest.param("struct s { int a; int m; };\n", "struct s { int a;  };\n", id="one-line"),
        pytest.param("struct s {\n\tint m, a;\n};\n", "struct s {\n\tint a;\n};\n", id="first-of-two"),
        pytest.param("struct s {\n\tint a, m;\n};\n", "struct s {\n\tint a;\n};\n", id="last-of-two"),
        pytest.param(
            "struct s {\n\tint a;\n\tint m;\t/* one\n\t\t * two */\n\tint b;\n};\n",
            "struct s {\n\tint a;\n\tint b;\n};\n",
            id="with-its-comment",
        ),
        pytest.param(
            "struct s {\n\t/** @a: a */\n\tint a;\n\t/** @m: m */\n\tint m;\n};\n",
            "struct s {\n\t/** @a: a */\n\tint a;\n};\n",
            id="with-the-comment-above-that-names-it",
        ),
        pytest.param(
            "struct s {\n\t/* What is counted: */\n\tint m;\n\tint b;\n};\n",
            "struct s {\n\t/* What is counted: */\n\tint b;\n};\n",
            id="a-comment-above-that-does-not-stays",
        ),
        pytest.param(
            "/**\n * struct s - s\n * @m: m\n * @a: a\n */\nstruct s {\n\tint m;\n\tint a;\n};\n",
            "/**\n * struct s - s\n * @a: a\n */\nstruct s {\n\tint a;\n};\n",
            id="with-its-kernel-doc",
        ),
    ],
)
def test_members(text: str, wanted: str) -> None:
    source = parsed(text)
    node = member_declaration(source, "s", "m")
    assert node is not None
    assert apply_edits(source.data, without_member(source, Member("s", "m", "a.c", node))).decode() == wanted


def test_a_member_under_a_condition_is_refused() -> None:
    source = parsed("struct s {\n#ifdef A\n\tint m;\n#endif\n\tint a;\n};\n")
    node = member_declaration(source, "s", "m")
    assert node is not None
    with pytest.raises(AcrossRefusedError, match="stands in an #if region") as caught:
        list(without_member(source, Member("s", "m", "a.c", node)))
    assert (caught.value.file, caught.value.line) == ("a.c", 3)


def test_a_struct_under_a_condition_is_not() -> None:
    source = parsed("#ifdef A\nstruct s {\n\tint m;\n\tint a;\n};\n#endif\n")
    node = member_declaration(source, "s", "m")
    assert node is not None
    after = apply_edits(source.data, without_member(source, Member("s", "m", "a.c", node)))
    assert after == b"#ifdef A\nstruct s {\n\tint a;\n};\n#endif\n"
