"""What is taken for a prototype, a stub or a definition, and what keeps text from being put beside it."""

from __future__ import annotations

import pytest

from migrator.series.declared import declared_in, words_left
from migrator.source import DEFAULT_DIALECT, SourceFile


def parsed(text: str) -> SourceFile:
    return SourceFile.parse("m.h", text.encode(), DEFAULT_DIALECT)


PLACES = {
    "prototype": ("int f(int a, char *b);\n", "prototype", ("a", "b"), ""),
    "extern": ("extern int f(int);\n", "prototype", ("",), ""),
    "nothing-taken": ("int f(void);\n", "prototype", (), ""),
    "pointer": ("struct page *f(struct page *p);\n", "prototype", ("p",), ""),
    "pointer-to-pointer": ("struct page **f(int a);\n", "prototype", ("a",), ""),
    "annotated": ("int __must_check f(int a);\n", "prototype", ("a",), ""),
    "function-taken": ("int f(int (*how)(int), int a);\n", "prototype", ("how", "a"), ""),
    "variadic": ("int f(const char *a, ...);\n", "prototype", ("a", ""), ""),
    "stub": ("static inline int f(int a)\n{\n\treturn 0;\n}\n", "stub", ("a",), ""),
    "always-inline": ("static __always_inline int f(int a)\n{\n\treturn 0;\n}\n", "stub", ("a",), ""),
    "definition": ("int f(int a)\n{\n\treturn 0;\n}\n", "definition", ("a",), ""),
    "static-definition": ("static int f(int a)\n{\n\treturn 0;\n}\n", "definition", ("a",), ""),
    "type-above": ("static int\nf(int a)\n{\n\treturn 0;\n}\n", "definition", ("a",), ""),
    "in-a-branch": ("#ifdef A\nint f(int a);\n#endif\n", "prototype", ("a",), ""),
    "in-inner-branches": ("#if A\n#else\n#if B\nint f(int a);\n#endif\n#endif\n", "prototype", ("a",), ""),
    "behind-a-directive": ("#define A \\\n\tb\nint f(int a);\n", "prototype", ("a",), ""),
    "trailing-comment": ("int f(int a);\t/* good */\n", "prototype", ("a",), ""),
    "two-names": ("int f(int a), g(int b);\n", "prototype", ("a",), "it shares its declaration with another name"),
    "two-on-a-line": ("int f(int a); int g;\n", "prototype", ("a",), "it shares a line with other code"),
    "second-on-a-line": ("int g; int f(int a);\n", "prototype", ("a",), "it shares a line with other code"),
    "annotation-above": (
        "__must_check\nint f(int a);\n",
        "prototype",
        ("a",),
        "what stands before it may belong to it",
    ),
}


@pytest.mark.parametrize("case", PLACES)
def test_places(case: str) -> None:
    text, slot, parameters, problem = PLACES[case]
    source = parsed(text)
    (place,) = declared_in(source, {"f"})
    assert (place.slot, place.parameters, place.problem) == (slot, parameters, problem)
    assert source.data[place.name_at : place.name_at + 2] in (b"f(",)
    assert (source.data[place.opening :][:1], source.data[place.closing :][:1]) == (b"(", b")")
    assert place.static == ("static" in text)
    assert place.start == 0 or source.data[place.start - 1 : place.start] == b"\n"


@pytest.mark.parametrize(
    "text",
    [
        "int (*f)(int a);\n",
        "int f;\n",
        "int g(int f);\n",
        "typedef int f(int a);\n",
        "int g(void)\n{\n\tint f(int a);\n\treturn f(1);\n}\n",
        "/* int f(int a); */\n",
        "#define f(a) (a)\n",
        "struct s { int (*f)(int a); };\n",
    ],
)
def test_what_is_no_place(text: str) -> None:
    assert list(declared_in(parsed(text), {"f"})) == []


COMMENTS = {
    "doc": ("int g;\n\n/**\n * f - do\n */\nint f(int a);\n", "/**\n"),
    "short": ("/* f */\nint f(int a);\n", "/* f */\n"),
    "apart": ("/* f */\n\nint f(int a);\n", "int f"),
    "of-another": ("int g; /* g */\nint f(int a);\n", "int f"),
    "none": ("int f(int a);\n", "int f"),
}


@pytest.mark.parametrize("case", COMMENTS)
def test_the_comment_above(case: str) -> None:
    text, start = COMMENTS[case]
    (place,) = declared_in(parsed(text), {"f"})
    assert text[place.comment :].startswith(start)


EXPORTS = {
    "export": ("EXPORT_SYMBOL(f);\n", True),
    "gpl": ("EXPORT_SYMBOL_GPL(f);\n", True),
    "injection": ("ALLOW_ERROR_INJECTION(f, ERRNO);\n", True),
    "both": ("EXPORT_SYMBOL(f);\nALLOW_ERROR_INJECTION(f, ERRNO);\n", True),
    "of-another": ("EXPORT_SYMBOL(ff);\n", False),
    "apart": ("\nEXPORT_SYMBOL(f);\n", False),
}


@pytest.mark.parametrize("case", EXPORTS)
def test_what_belongs_to_a_definition(case: str) -> None:
    more, belongs = EXPORTS[case]
    text = "int f(int a)\n{\n\treturn 0;\n}\n"
    (place,) = declared_in(parsed(text + more), {"f"})
    assert place.exports == len(text)
    assert place.end == len(text) + len(more) * belongs


def test_words_that_are_left() -> None:
    text = '/* f */\nint g = f(1);\nchar *s = "f";\n#define h f\nint ff, f_;\n'
    assert list(words_left(parsed(text), ["f", "g"])) == [(2, "g"), (2, "f"), (4, "f")]
