"""Where an old name can stand, and what is said of it: kind and status of every mention, as ``grep -w`` counts them."""

from __future__ import annotations

import re

import pytest

from migrator.diagnostics import Code
from migrator.engine import migrate_bytes
from migrator.pattern.load import load_pattern
from migrator.results import FileResult, MentionKind, SiteStatus
from migrator.transaction.mentions import word_expression
from tests.flow_code import DIALECT

PATTERN = load_pattern("mem_cgroup_charge_v58")
TRY, COMMIT, CANCEL = "mem_cgroup_try_charge", "mem_cgroup_commit_charge", "mem_cgroup_cancel_charge"
# A function that is migrated beside whatever else is in the file.
GOOD = f"""
int good(struct page *page)
{{
	struct mem_cgroup *memcg;

	if ({TRY}(page, 0, 0, &memcg))
		return -1;
	{COMMIT}(page, memcg, false);
	return 0;
}}
"""


def migrated(text: str) -> FileResult:
    return migrate_bytes("f.c", text.encode(), PATTERN, DIALECT)


# code that stands alone in a file -> (kind, status) of each mention
KINDS: dict[str, tuple[str, list[str]]] = {
    "comment": (f"/* {TRY}() */\n// {COMMIT}\nint a;\n", ["comment kept", "comment kept"]),
    "comment-in-function": (f"void g(void)\n{{\n\t/* {TRY} */\n}}\n", ["comment kept"]),
    "comment-in-directive": (f"#define A 1 /* {TRY} */\n", ["comment kept"]),
    "string": (f'char *g(void)\n{{\n\treturn "{TRY} %d";\n}}\n', ["other kept"]),
    "string-in-macro": (f'#define NAME "{TRY}"\n', ["macro kept"]),
    "prototype": (f"int {TRY}(struct page *page, int a);\n", ["declaration kept"]),
    "prototype-of-a-pointer": (f"extern struct page *{TRY}(struct page *page);\n", ["declaration kept"]),
    "definition": (f"int {TRY}(struct page *page)\n{{\n\treturn 0;\n}}\n", ["definition kept"]),
    "stub": (f"static inline void {COMMIT}(int a, bool b)\n{{\n}}\n", ["definition kept"]),
    "call-in-a-definition": (
        f"int {TRY}_delay(struct page *page)\n{{\n\treturn {TRY}(page, 0, 0, 0);\n}}\n",
        ["definition kept", "definition kept"],
    ),
    "exported": (f"EXPORT_SYMBOL({TRY});\nEXPORT_SYMBOL_GPL({COMMIT});\n", ["other kept"] * 2),
    "macro-body": (f"#define CHARGE(p) {TRY}(p, 0, 0, 0)\n", ["macro kept"]),
    "macro-body-continued": (
        f"#define CHARGE(p) \\\n\tdo {{ \\\n\t\t{CANCEL}(p, 0); \\\n\t}} while (0)\n",
        ["macro kept"],
    ),
    "macro-defines-the-name": (f"#define {TRY}(a, b, c, d) 0\n", ["macro kept"]),
    "undefined": (f"#undef {TRY}\n", ["macro kept"]),
    "tested-by-the-preprocessor": (f"#ifdef {TRY}\n#endif\n", ["macro kept"]),
    "table-of-functions": (f"struct ops ops = {{\n\t.charge = {TRY},\n\t{CANCEL},\n}};\n", ["other refused"] * 2),
    "function-pointer": (f"int (*charge)(struct page *) = {TRY};\n", ["other refused"]),
    "function-pointer-in-function": (f"void g(void)\n{{\n\tcharge = {TRY};\n}}\n", ["other refused"]),
    "passed-as-a-value": (f"void g(void)\n{{\n\tregister_charge({TRY}, &x);\n}}\n", ["other refused"]),
    "unknown-arity": (f"int g(void)\n{{\n\treturn {TRY}(x);\n}}\n", ["other refused"]),
    "ending-without-a-begin": (f"void g(void)\n{{\n\t{COMMIT}(page, memcg, false);\n}}\n", ["site refused"]),
    "unparsed": (f"int g(void)\n{{\n\tif ({TRY}(x, 0, 0, &m) {{\n\t}}\n}}\n", ["other unparsed"]),
    "as-a-part": (f"int {TRY}s, my_{TRY}, {TRY}2;\n", []),
    "as-a-field": (f"int g(struct s *s)\n{{\n\treturn s->{TRY};\n}}\n", ["other kept"]),
    "as-a-designator": (f"struct s s = {{ .{TRY} = 0 }};\n", ["other kept"]),
    "as-a-label": (f"int g(void)\n{{\n\tgoto {TRY};\n{TRY}:\n\treturn 0;\n}}\n", ["other kept"] * 2),
}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("beside", ["", GOOD], ids=["alone", "beside-a-site"])
def test_kinds(name: str, beside: str) -> None:
    text, wanted = KINDS[name]
    result = migrated(text + beside)
    lines = text.count("\n")
    found = [f"{item.kind} {item.status}" for item in result.mentions if item.line <= lines]
    assert found == wanted
    if beside:
        assert [site.status for site in result.sites if site.line > lines] == [SiteStatus.MIGRATED]
        assert result.after.decode().startswith(text), "what is not migrated stays as it is"
        assert [item.kind for item in result.mentions if item.line > lines] == [MentionKind.SITE] * 2
    else:
        assert not result.changed


def test_code_under_if_0_is_no_code() -> None:
    text = f"#if 0\nint {TRY}(struct page *page);\n#else\nint {COMMIT}(int);\n/* {CANCEL} */\n#endif\n"
    kinds = [f"{item.kind} {item.status}" for item in migrated(text).mentions]
    assert kinds == ["comment kept", "declaration kept", "comment kept"]


def test_a_whole_function_under_if_is_migrated_unless_the_condition_is_0() -> None:
    result = migrated("#ifdef CONFIG_X" + GOOD + "#endif\n")
    assert [site.status for site in result.sites] == [SiteStatus.MIGRATED]
    result = migrated("#if 0" + GOOD + "#endif\n")
    assert not result.sites
    assert not result.changed
    assert {f"{item.kind} {item.status}" for item in result.mentions} == {"comment kept"}


def test_lines_and_columns_are_those_of_grep() -> None:
    text = "".join(code for code, _ in KINDS.values()) + GOOD
    result = migrated(text)
    grep = [
        (number, match.start() + 1, match.group())
        for number, line in enumerate(text.split("\n"), 1)
        for match in re.finditer(rf"\b(?:{'|'.join(PATTERN.words)})\b", line)
    ]
    assert [(item.line, item.column, item.name) for item in result.mentions] == grep
    assert not [item for item in result.mentions if item.status == "unaccounted"]


SAID: dict[str, tuple[str, list[tuple[Code, str]]]] = {
    "value": (KINDS["function-pointer"][0], [(Code.UNKNOWN_SHAPE, "used here as a value")]),
    "ending": (KINDS["ending-without-a-begin"][0], [(Code.COMMIT_ELSEWHERE, "not begun in this function")]),
    "macro-with-begin": (KINDS["macro-body"][0], [(Code.MACRO, "part of a macro")]),
    "macro-with-ending": (KINDS["macro-body-continued"][0], [(Code.MACRO, "which is not edited")]),
    "macro-of-that-name": (KINDS["macro-defines-the-name"][0], []),
    "undefined": (KINDS["undefined"][0], []),
    "unparsed": (KINDS["unparsed"][0], [(Code.UNPARSED, "does not parse")]),
    "prototype": (KINDS["prototype"][0], []),
    "string": (KINDS["string"][0], []),
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_refused_says_why(name: str) -> None:
    text, wanted = SAID[name]
    found = migrated(text).all_diagnostics
    assert [item.code for item in found] == [code for code, _ in wanted]
    for diagnostic, (_, message) in zip(found, wanted, strict=True):
        assert message in diagnostic.message
        assert diagnostic.file == "f.c"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"charge(", [b"charge"]),
        (b"charged charge_ 2charge charge2 _charge", []),
        (b"charge-charge", [b"charge", b"charge"]),
        (b"charge_delay charge", [b"charge_delay", b"charge"]),
        (b"\xffcharge\xff", [b"charge"]),
    ],
    ids=["call", "parts", "twice", "longer-word", "other-bytes"],
)
def test_words(text: bytes, found: list[bytes]) -> None:
    assert word_expression(["charge", "charge_delay"]).findall(text) == found
