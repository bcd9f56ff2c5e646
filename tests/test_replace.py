"""The refactor of the kind ``rewrite``, with small patterns made for the purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.api import migrate_source
from migrator.engine import Options
from migrator.pattern.load import check_pattern
from migrator.pattern.model import Pattern
from migrator.replace.layout import broken, flat
from migrator.results import FileResult

HEAD = 'name = "{name}"\nkind = "rewrite"\nsummary = "one thing becomes another"\nqueries = ["sites.scm"]\n'
TAIL = '[message]\nsubject = "rewrite"\n'
CALL = """
(call_expression
  function: (identifier) @call.name
  (#eq? @call.name "old")
  arguments: (argument_list . (_) @call.a . (_) @call.b .)) @call
"""
STORE = """
(assignment_expression
  left: (field_expression argument: (_) @store.x operator: "->" field: (field_identifier) @store.name)
  operator: "="
  right: (_) @store.value
  (#eq? @store.name "time")) @store
(field_expression argument: (_) @read.x operator: "->" field: (field_identifier) @read.name
  (#eq? @read.name "time")) @read
"""
STORE_RULES = """
[rules.store]
replace = "set_time({x}, {value})"
where.type.x = "struct item *"
[rules.read]
replace = "get_time({x})"
where.type.x = "struct item *"
where.read = true
"""


def pattern(folder: Path, rules: str, queries: str) -> Pattern:
    place = folder / "tiny"
    place.mkdir()
    (place / "pattern.toml").write_text(HEAD.format(name="tiny") + rules + TAIL)
    (place / "sites.scm").write_text(queries)
    return check_pattern(place)


def run(made: Pattern, text: str, options: Options = Options()) -> FileResult:
    result = migrate_source(text.encode(), made, path="f.c", options=options)
    assert not [item for item in result.mentions if item.status == "unaccounted"]
    return result


def codes(result: FileResult) -> list[tuple[int, str]]:
    return [(item.line, str(item.code)) for item in result.all_diagnostics]


@pytest.mark.parametrize(
    ("template", "before", "after"),
    [
        ("new({b}, {a})", "old(1, 2)", "new(2, 1)"),
        ("new({a})", "old(1, 2)", "new(1)"),
        ("new({a}, {b}, NULL)", "old(1, 2)", "new(1, 2, NULL)"),
        ("new(wrap({a}), {b})", "old(1, 2)", "new(wrap(1), 2)"),
        ("{a} * {b}", "old(1 + x, 2)", "(1 + x) * 2"),
        ("{a} | {b}", "old(1 | x, (2 | y))", "1 | x | 2 | y"),
        ("{a} & {b}", "old(1 | x, 2)", "(1 | x) & 2"),
        ("{a} | {b}", "old(1 | old(2 | x, 3), 4)", "1 | (2 | x | 3) | 4"),
        ("{b} | {a}", "old((1 | x) + old(2, 3), 4 | y)", "4 | y | ((1 | x) + (3 | 2))"),
        ("{a} + {b}", "2 * old(1, x)", "2 * (1 + x)"),
        ("{a} + {b}", "-old(1, x)", "-(1 + x)"),
        ("{a} + {b}", "f(old(1, x), (old(1, x)), y[old(1, x)])", "f(1 + x, (1 + x), y[1 + x])"),
        ("{a}->{b}", "!old(x, y)", "!x->y"),
        ("{a} * {b}", "old(1 + get(p, struct s, m), 2)", "(1 + get(p, struct s, m)) * 2"),
        ("{a} * {b}", "old(get(p, struct s *, m), 2)", "get(p, struct s *, m) * 2"),
        ("new({b})", "old(old(1, 2), old(3, old(4, 5)))", "new(new(new(5)))"),
        ("new({a}, {b})", "old((x, y), ({ f(); }))", "new((x, y), ({ f(); }))"),
    ],
)
def test_arguments(tmp_path: Path, template: str, before: str, after: str) -> None:
    rules = f'[rules.call]\nreplace = "{template}"\ndropped = {{ a = ["*"], b = ["*"] }}\n'
    made = pattern(tmp_path, rules, CALL)
    result = run(made, f"void f(void)\n{{\n\tr = {before};\n}}\n")
    assert result.after.decode() == f"void f(void)\n{{\n\tr = {after};\n}}\n"
    assert {item.status for item in result.mentions} == {"migrated"}


def test_effects_are_not_doubled(tmp_path: Path) -> None:
    made = pattern(tmp_path, '[rules.call]\nreplace = "new({a}, {a}, {b})"\n', CALL)
    result = run(made, "void f(void)\n{\n\told(x, 1);\n\told(x(), 1);\n\told(x++, 1);\n}\n")
    assert result.after == b"void f(void)\n{\n\tnew(x, x, 1);\n\told(x(), 1);\n\told(x++, 1);\n}\n"
    assert codes(result) == [(4, "unknown-shape"), (5, "unknown-shape")]


TYPES = {
    "a parameter": ("void f(struct item *x) { x->time = 1; }", True),
    "a const parameter": ("void f(const struct item *const x) { g(x->time); }", True),
    "another struct": ("void f(struct other *x) { x->time = 1; }", False),
    "a local": ("void f(void) { struct item *x = g(); x->time = 1; }", True),
    "a pointer to a pointer": ("void f(struct item **x) { (*x)->time = 1; }", True),
    "an element": ("void f(struct item *x[]) { x[2]->time = 1; }", True),
    "a shadowed name": ("struct other *x; void f(void) { struct item *x; x->time = 1; }", True),
    "a shadowing name": ("struct item *x; void f(void) { { struct other *x; x->time = 1; } }", False),
    "the outer name behind the block": ("void f(struct item *x) { { struct other *x; } x->time = 1; }", True),
    "declared behind its use": ("struct other *x; void f(void) { x->time = 1; struct item *x; }", False),
    "a global": ("static struct item *x; void f(void) { x->time = 1; }", True),
    "a member": ("struct s { struct item *i; }; void f(struct s *s) { s->i->time = 1; }", True),
    "a member of another type": ("struct s { struct other *i; }; void f(struct s *s) { s->i->time = 1; }", False),
    "a member of an unnamed struct": (
        "struct s { union { struct item *i; }; }; void f(struct s *s) { s->i->time = 1; }",
        True,
    ),
    "an embedded struct": ("struct s { struct item i; }; void f(struct s *s) { (&s->i)->time = 1; }", True),
    "a call": ("struct item *g(void); void f(void) { g()->time = 1; }", True),
    "a call of the pattern": ("void f(void) { item_of(1)->time = 1; }", True),
    "a call that is not known": ("void f(void) { g()->time = 1; }", None),
    "a container": ("void f(struct list *l) { container_of(l, struct item, l)->time = 1; }", True),
    "another container": ("void f(struct list *l) { container_of(l, struct other, l)->time = 1; }", False),
    "a cast": ("void f(void *l) { ((struct item *)l)->time = 1; }", True),
    "an alias": ("typedef struct item item_t; void f(item_t *x) { x->time = 1; }", True),
    "an alias that is not known": ("void f(item_t *x) { x->time = 1; }", False),
    "a variable of for": ("void f(void) { for (struct item *x = g(); x; x++) x->time = 1; }", True),
    "a choice": ("void f(struct item *x, struct item *y) { (x ? x : y)->time = 1; }", True),
    "a member that is not known": ("void f(struct unknown *x) { x->i->time = 1; }", None),
    "what a macro declares": ("void f(void) { DECLARE_ITEM(x, 3); x->time = 1; }", None),
}


@pytest.mark.parametrize(("text", "wanted"), TYPES.values(), ids=TYPES.keys())
def test_types(tmp_path: Path, text: str, wanted: bool | None) -> None:
    """True: rewritten; False: kept, since it is about another struct; None: refused."""
    types = '[types]\ncalls = { item_of = "struct item *" }\ntype_arguments = { container_of = 1 }\n'
    result = run(pattern(tmp_path, STORE_RULES + types, STORE), text + "\n")
    status = result.mentions[-1].status
    assert status == {True: "migrated", False: "kept", None: "refused"}[wanted]
    assert result.changed == bool(wanted)
    assert [code for _, code in codes(result)] == ([] if wanted is not None else ["type-unknown"])


@pytest.mark.parametrize(
    "use",
    ["&x->time", "x->time++", "x->time.seconds = 1", "&x->time.seconds", "x->time += 1", "x->time[0] = 1"],
)
def test_reads_are_only_reads(tmp_path: Path, use: str) -> None:
    result = run(pattern(tmp_path, STORE_RULES, STORE), f"void f(struct item *x) {{ g({use}); }}\n")
    assert not result.changed
    assert codes(result) == [(1, "unknown-shape")]


@pytest.mark.parametrize("use", ["x->time", "x->time.seconds", "x->time->seconds++", "y[x->time]", "&y[x->time]"])
def test_reads(tmp_path: Path, use: str) -> None:
    result = run(pattern(tmp_path, STORE_RULES, STORE), f"void f(struct item *x) {{ g({use}); }}\n")
    assert result.after.decode() == f"void f(struct item *x) {{ g({use}); }}\n".replace("x->time", "get_time(x)")


def test_sites_inside_sites(tmp_path: Path) -> None:
    text = "void f(struct item *x, struct item *y) { x->time = y->time = x->time + 1; }\n"
    made = pattern(tmp_path, STORE_RULES, STORE)
    inner = run(made, text)
    assert not inner.changed  # an assignment would become an argument, and what is inside of it stays too
    assert codes(inner) == [(1, "unknown-shape")] * 3
    assert b"set_time(x, get_time(x) + 1);" in run(made, text.replace("y->time = ", "")).after


UNUSED = {
    "old(1, 2);": True,
    "(void)old(1, 2);": True,
    "old(1, 2), g();": True,
    "g(), old(1, 2);": True,
    "x = old(1, 2);": False,
    "if (old(1, 2)) g();": False,
    "return old(1, 2);": False,
    "x = (old(1, 2), 3);": True,
    "x = (3, old(1, 2));": False,
    "x = ({ old(1, 2); 3; });": True,
    "x = ({ old(1, 2); });": False,
    "for (old(1, 2); old(1, 2); old(1, 2)) g();": None,
    "(int)old(1, 2);": False,
}


@pytest.mark.parametrize(("statement", "unused"), UNUSED.items())
def test_unused(tmp_path: Path, statement: str, unused: bool | None) -> None:
    rules = '[rules.call]\nreplace = "new({a}, {b})"\nwhere.unused = true\n'
    result = run(pattern(tmp_path, rules, CALL), f"int f(void) {{ {statement} }}\n")
    assert [item.status for item in result.mentions] == {
        True: ["migrated"],
        False: ["refused"],
        None: ["migrated", "refused", "migrated"],
    }[unused]


MACROS = {
    "#define M(x) do { old(x, 2); } while (0)": ("migrated", []),
    "#define M(x) old(x, 2);": ("migrated", []),
    "#define M(x) old(x, 2)": ("refused", ["macro"]),
    "#define M(x) if (old(x, 2": ("refused", ["macro"]),
    "#define M old": ("refused", ["unknown-shape"]),
    "#define old(x, y) (x)": ("kept", []),
    "#ifdef old\n#endif": ("kept", []),
    "#define M(x) .a = x##_old": (None, []),
}


@pytest.mark.parametrize(("text", "wanted"), MACROS.items())
def test_macros(tmp_path: Path, text: str, wanted: tuple[str | None, list[str]]) -> None:
    rules = '[rules.call]\nreplace = "new({a}, {b})"\nwhere.unused = true\n'
    result = run(pattern(tmp_path, rules, CALL), text + "\n")
    assert {item.status for item in result.mentions} == ({wanted[0]} - {None})
    assert [code for _, code in codes(result)] == wanted[1]


def test_the_backslash_of_a_macro_keeps_its_column(tmp_path: Path) -> None:
    made = pattern(tmp_path, '[rules.call]\nreplace = "a_longer_name({a}, {b})"\n', CALL)
    text = "#define M(x)\t\t\t\\\n\tdo {\t\t\t\\\n\t\told(x, 1);\t\\\n\t} while (0)\n"
    result = run(made, text)
    # there is no room for it any more: one blank
    assert result.after.decode() == text.replace("old(x, 1);\t", "a_longer_name(x, 1); ")
    wide = text.replace("\t\\\n", "\t\t\t\\\n")
    assert run(made, wide).after.decode() == wide.replace("old(x, 1);\t\t\t", "a_longer_name(x, 1);\t\t")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("old(x, 1);\t\t\t\\", "a_longer_name(x, 1);\t\t\\"),
        ("old(x, 1);\t\\", "a_longer_name(x, 1); \\"),  # no room
        ("old(x, 1);              \\", "a_longer_name(x, 1);    \\"),
        ("old(x, 1); \\", "a_longer_name(x, 1); \\"),
        ("old(x, 1);\\", "a_longer_name(x, 1);\\"),
        ("old(x, old(x, 1));\t\t\\", "a_longer_name(x, a_longer_name(x, 1));\t\t\\"),  # two on a line
    ],
)
def test_the_backslash_behind_a_renamed_name_keeps_its_column(tmp_path: Path, line: str, wanted: str) -> None:
    made = pattern(tmp_path, '[rules.call]\nrename = { name = "a_longer_name" }\n', CALL_NAMED)
    for newline in ("\n", "\r\n"):
        text = f"#define M(x)\t\t\t\\\n\tdo {{\t\t\t\\\n\t\t{line}\n\t}} while (0)\n".replace("\n", newline)
        assert run(made, text).after.decode() == text.replace(line, wanted)


@pytest.mark.parametrize("action", ['replace = "a_longer_name({a}, {b})"', 'rename = { name = "a_longer_name" }'])
@pytest.mark.parametrize(
    "line", ["old(x, 1); old(y, 2);", "old(x, old(y, 2));", "old(x, other(y));", "other(old(1, 2));"]
)
def test_two_sites_on_a_line_of_a_macro(tmp_path: Path, action: str, line: str) -> None:
    rules = f'[rules.call]\n{action}\n[rules.other]\nrename = {{ name = "another" }}\n'
    named = '(call_expression function: (identifier) @other.name (#eq? @other.name "other")) @other\n'
    made = pattern(tmp_path, rules, CALL + named if "replace" in action else CALL_NAMED + named)
    text = f"#define M(x)\t\t\t\\\n\t{line}\t\t\t\\\n\tg()\n"
    after = run(made, text).after.decode()
    wanted = line.replace("other", "another").replace("old", "a_longer_name")
    assert [part.rstrip("\\\t ") for part in after.split("\n")] == ["#define M(x)", f"\t{wanted}", "\tg()", ""]


def test_the_body_of_a_macro_is_one_operand(tmp_path: Path) -> None:
    made = pattern(tmp_path, '[rules.call]\nreplace = "{a} + {b}"\n', CALL)
    assert run(made, "#define M(x) old(x, 2)\n").after == b"#define M(x) (x + 2)\n"


def test_two_names_of_one_site_on_a_line_of_a_macro(tmp_path: Path) -> None:
    query = """
(call_expression function: (identifier) @call.name arguments: (argument_list . (identifier) @call.mode)
  (#eq? @call.name "old") (#eq? @call.mode "MODE")) @call
"""
    made = pattern(tmp_path, '[rules.call]\nrename = { name = "new", mode = "A_MODE" }\n', query)
    text = "#define M(x)\t\t\t\\\n\told(MODE);\t\t\t\\\n\tg()\n"
    assert run(made, text).after.decode() == text.replace("old(MODE)", "new(A_MODE)")


def test_operands_with_names_that_begin_alike(tmp_path: Path) -> None:
    query = CALL.replace("@call.b ", "@call.ab ")
    made = pattern(tmp_path, '[rules.call]\nreplace = "{a} | {ab}"\n', query)
    assert run(made, "int f(void) { return old(1 | x, 2 | y); }\n").after == b"int f(void) { return 1 | x | 2 | y; }\n"


def test_an_operand_that_is_a_call_by_now(tmp_path: Path) -> None:
    """In a chain the value has become the call of another store."""
    made = pattern(tmp_path, CHAIN_RULES.replace('"set_time({x}, {value})"', '"set_time({x}, {value} | F)"'), CHAIN)
    text = "void f(struct item *x, struct item *y) { x->time = y->time = 1 | G; }\n"
    wanted = "set_time(x, set_time(y, 1 | G | F) | F)"
    assert run(made, text).after.decode() == text.replace("x->time = y->time = 1 | G", wanted)


def test_strict_leaves_warned_sites_alone(tmp_path: Path) -> None:
    made = pattern(tmp_path, '[rules.call]\nreplace = "new({b})"\ndropped = { a = ["THIS"] }\n', CALL)
    text = "void f(void)\n{\n\told(THIS, 1);\n\told(that, 2);\n}\n"
    assert run(made, text).after.count(b"new(") == 2
    assert [str(site.status) for site in run(made, text).sites] == ["migrated", "warned"]
    strict = run(made, text, Options(strict=True))
    assert strict.after == text.encode().replace(b"old(THIS, 1)", b"new(1)")
    assert [str(site.status) for site in strict.sites] == ["migrated", "refused"]


def test_sites_that_are_skipped(tmp_path: Path) -> None:
    made = pattern(tmp_path, '[rules.call]\nreplace = "new({a}, {b})"\n', CALL)
    text = "void f(void)\n{\n\told(3, 1);\n\told(4, 2);\n}\n"
    assert run(made, text, Options(skip=frozenset({("f", 3)}))).after == text.encode().replace(b"old(4", b"new(4")


INCLUDES = {
    "in order": ("<linux/a.h>\n<linux/c.h>\n", "<linux/a.h>\n<linux/b.h>\n<linux/c.h>\n"),
    "first": ("<linux/c.h>\n<linux/d.h>\n", "<linux/b.h>\n<linux/c.h>\n<linux/d.h>\n"),
    "last": ("<linux/a.h>\n<asm/x.h>\n", "<linux/a.h>\n<linux/b.h>\n<asm/x.h>\n"),
    "in no order": ("<linux/c.h>\n<linux/a.h>\n<asm/x.h>\n", "<linux/c.h>\n<linux/a.h>\n<linux/b.h>\n<asm/x.h>\n"),
    "there already": ("<linux/b.h>\n", "<linux/b.h>\n"),
    "another folder": ("<asm/x.h>\n", "<asm/x.h>\n<linux/b.h>\n"),
    "what goes": ("<linux/old.h>\n<linux/z.h>\n", "<linux/b.h>\n<linux/z.h>\n"),
}


@pytest.mark.parametrize(("before", "after"), INCLUDES.values(), ids=INCLUDES.keys())
def test_includes(tmp_path: Path, before: str, after: str) -> None:
    rules = (
        '[rules.call]\nreplace = "new({a}, {b})"\nwhere.not_functions = ["g"]\n'
        '[includes]\nadd = ["linux/b.h"]\nremove = [{ header = "linux/old.h", provides = ["old"] }]\n'
    )
    made = pattern(tmp_path, rules, CALL)

    def file(includes: str, name: str) -> str:
        return includes.replace("<", "#include <") + f"\nvoid f(void)\n{{\n\t{name}(1, 2);\n}}\n"

    assert run(made, file(before, "old")).after.decode() == file(after, "new")
    kept = file(before, "other")
    assert run(made, kept).after.decode() == kept
    both = file(before, "old") + "void g(void) { old(1, 2); }\n"
    assert ("linux/old.h" in run(made, both).after.decode()) == ("linux/old.h" in before)


def test_a_call_that_is_renamed_keeps_its_arguments_below_it(tmp_path: Path) -> None:
    made = pattern(tmp_path, '[rules.call]\nrename = { name = "brand_new" }\nwhere.files = ["f.c"]\n', CALL_NAMED)
    text = "void f(void)\n{\n\tx = old(1,\n\t\told(2,\n\t\t    3));\n}\n"
    wanted = "void f(void)\n{\n\tx = brand_new(1,\n\t\told(2,\n\t\t    3));\n}\n"
    text, wanted = text.replace("old(2,\n\t\t    3)", "2"), wanted.replace("old(2,\n\t\t    3)", "2")
    assert run(made, text).after.decode() == wanted.replace("\n\t\t2", "\n\t\t      2")


CALL_NAMED = CALL.replace(" @call.a", "").replace(" @call.b", "")


def test_a_function_that_does_not_parse_is_said_once(tmp_path: Path) -> None:
    made = pattern(tmp_path, '[rules.call]\nreplace = "new({a}, {b})"\n', CALL)
    result = run(made, "void f(void)\n{\n\told(1, 2);\n\told(3, 4);\n\tx(;\n}\nvoid g(void) { old(1, 2); }\n")
    assert codes(result) == [(3, "unparsed")]
    assert [item.status for item in result.mentions] == ["unparsed", "unparsed", "migrated"]


def test_crlf_is_kept(tmp_path: Path) -> None:
    made = pattern(tmp_path, '[rules.call]\nreplace = "new({a}, {b})"\n[includes]\nadd = ["linux/b.h"]\n', CALL)
    result = run(made, "#include <linux/a.h>\r\nvoid f(void)\r\n{\r\n\told(1,\r\n\t    2);\r\n}\r\n")
    assert result.after == (
        b"#include <linux/a.h>\r\n#include <linux/b.h>\r\nvoid f(void)\r\n{\r\n\tnew(1, 2);\r\n}\r\n"
    )


def test_binary_files_are_refused(tmp_path: Path) -> None:
    made = pattern(tmp_path, '[rules.call]\nreplace = "new({a}, {b})"\n', CALL)
    result = migrate_source(b"old(1, 2);\0", made, path="f.c")
    assert result.error is not None
    assert str(result.error.code) == "unreadable"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("\tcall(a, b);", "\tcall(a, b);"),
        (
            "\tcall_with_a_long_name(argument_number_one, argument_number_two, argument_three);",
            "\tcall_with_a_long_name(argument_number_one, argument_number_two,\n\t\t\t      argument_three);",
        ),
        (
            "\tset(area, FIRST_FLAG_OF_ALL | SECOND_FLAG_OF_ALL | THIRD_FLAG_OF_ALL | FOURTH_FLAG);",
            "\tset(area, FIRST_FLAG_OF_ALL | SECOND_FLAG_OF_ALL | THIRD_FLAG_OF_ALL |\n\t    FOURTH_FLAG);",
        ),
        (
            '\tcall("a text, with a comma, that is much too long to be put on one line of code as it stands");',
            '\tcall("a text, with a comma, that is much too long to be put on one line of code as it stands");',
        ),
    ],
)
def test_long_lines(line: str, wanted: str) -> None:
    assert broken(line) == wanted


def test_flat() -> None:
    assert flat("call(\n\ta,\n\t  b\n\t)") == "call(a, b)"
    assert flat("call( a )") == "call( a )"
    assert flat("a->\n\tb = c\n\t.d") == "a->b = c .d"


CHAIN_RULES = """
[rules.now]
replace = "set_now({x})"
chain = "value"
where.type.x = "struct item *"
where.like.value = "clock({x})"
[rules.store]
replace = "set_time({x}, {value})"
chain = "value"
where.type.x = "struct item *"
[rules.read]
replace = "get_time({x})"
where.type.x = "struct item *"
where.read = true
[types.fields]
"struct item.time" = "struct stamp"
"struct item.other" = "struct stamp"
"""
CHAIN = STORE.partition("(field_expression argument: (_) @read")[0].replace("store", "now") + STORE
CHAINS = {
    "x->time = 1": "set_time(x, 1)",
    "x->time = clock(x)": "set_now(x)",
    "x->time = clock((x))": "set_now(x)",
    "x->time = clock(y)": "set_time(x, clock(y))",
    "x->time = x->other = clock(x)": "x->other = set_now(x)",
    "x->other = x->time = 1": "x->other = set_time(x, 1)",
    "x->time = y->time = y->other = clock(x)": "y->other = set_time(y, set_now(x))",
    "x->time = y->time = y->other = clock(y)": "y->other = set_time(x, set_now(y))",
    "x->time = y->other = y->time = z": "y->other = set_time(x, set_time(y, z))",
    "x->time = (y->other = y->time)": "y->other = set_time(x, get_time(y))",
    "x->time = y->other = (a, b)": "y->other = set_time(x, (a, b))",
    "f(x->time = y->other = 1)": "f(y->other = set_time(x, 1))",
    "x->time = y->time = clock(x), x->time = 1": "set_time(y, set_now(x)), set_time(x, 1)",
    "x->time = x->time = clock(x)": None,
    "x->time = y->other += 1": None,
    "x->time += y->other": None,
}


@pytest.mark.parametrize(("before", "after"), CHAINS.items())
def test_chains(tmp_path: Path, before: str, after: str | None) -> None:
    """A call takes the place of the value, wherever the store stood; None: left alone."""
    head = "void f(struct item *x, struct item *y)\n{\n\t"
    result = run(pattern(tmp_path, CHAIN_RULES, CHAIN), f"{head}{before};\n}}\n")
    assert result.after.decode() == f"{head}{after or before};\n}}\n"
    assert bool(codes(result)) == (after is None)


@pytest.mark.parametrize(("fields", "refused"), [("", True), ('"struct other.a" = "u64"', True), (None, False)])
def test_a_chain_of_other_types_may_convert(tmp_path: Path, fields: str | None, refused: bool) -> None:
    """A struct is the same in all stores of a chain; of scalars that has to be known."""
    rules = CHAIN_RULES if fields is None else CHAIN_RULES.replace("struct stamp", "u32") + fields + "\n"
    result = run(pattern(tmp_path, rules, CHAIN), "void f(struct item *x, struct other *o) { x->time = o->a = 1; }\n")
    assert codes(result) == ([(1, "type-unknown")] if refused else [])
    assert result.changed != refused


JOIN_RULES = """
[rules.high]
replace = "set_both({x}, {high}, {low})"
chain = "high"
joins = "low"
where.unused = true
[rules.high_used]
replace = "set_both({x}, {high}, {low}).high"
chain = "high"
joins = "low"
[rules.low]
refuse = "the low half alone"
[rules.alone]
refuse = "the high half alone"
[calls]
pure = ["swab", "low_of"]
[types.fields]
"struct item.time" = "struct stamp"
"struct item.other" = "struct stamp"
"struct stamp.high" = "u32"
"struct stamp.low" = "u32"
"""


def _half(rule: str, part: str, value: str) -> str:
    right = f"right: (_) @{rule}.{value}" if value else ""
    return f"""
(assignment_expression
  left: (field_expression
    argument: (field_expression argument: (_) @{rule}.x field: (field_identifier) @{rule}.name)
    field: (field_identifier) @_part)
  operator: "="
  {right}
  (#eq? @{rule}.name "time")
  (#eq? @_part "{part}")
  (#not-eq? @{rule}.x "nobody")) @{rule}
"""


JOIN = _half("high", "high", "high") + _half("high_used", "high", "high") + _half("low", "low", "low")
JOIN += _half("alone", "high", "")
HIGH, LOW = "x->time.high = ", "x->time.low = "
JOINED = {
    "next to each other": (f"{HIGH}1;\n{LOW}2;", "set_both(x, 1, 2);"),
    "the low half first": (f"{LOW}2;\n{HIGH}1;", "set_both(x, 1, 2);"),
    "others between": (
        f"{HIGH}r->a;\nx->other.high = swab(r->b);\n{LOW}swab(r->c);",
        "set_both(x, r->a, swab(r->c));\nx->other.high = swab(r->b);",
    ),
    "in chains": (
        f"x->other.high = {HIGH}r->a;\nx->other.low = {LOW}2;",
        "x->other.high = set_both(x, r->a, 2).high;\nx->other.low = 2;",
    ),
    "first in chains": (
        f"{HIGH}x->other.high = n;\n{LOW}x->other.low = n;",
        "x->other.high = set_both(x, n, n).high;\nx->other.low = n;",
    ),
    "a call and a constant": (f"{HIGH}next(r);\n{LOW}2;", "set_both(x, next(r), 2);"),
    "what a call looks at": (f"{HIGH}swab(r->a);\n{LOW}low_of(&r->a);", "set_both(x, swab(r->a), low_of(&r->a));"),
    "each with its own": (
        f"{HIGH}1;\n{LOW}2;\n{HIGH}3;\n{LOW}4;",
        "set_both(x, 1, 2);\nset_both(x, 3, 4);",
    ),
    "in a branch of the preprocessor": (f"#ifdef A\n{HIGH}1;\n{LOW}2;\n#endif", "#ifdef A\nset_both(x, 1, 2);\n#endif"),
    "at the start of a block": (f"if (n) {{\n{LOW}2;\n\n{HIGH}1;\n}}", "if (n) {\nset_both(x, 1, 2);\n}"),
    "at the end of a block": (f"{{\n{HIGH}1;\n\n{LOW}2;\n}}", "{\nset_both(x, 1, 2);\n}"),
    "between blank lines": (f"{HIGH}1;\n\n{LOW}2;\n\ng();", "set_both(x, 1, 2);\n\ng();"),
    "in a case": (f"switch (n) {{\ncase 1:\n{HIGH}1;\n{LOW}2;\n}}", "switch (n) {\ncase 1:\nset_both(x, 1, 2);\n}"),
    "in branches of the preprocessor": (f"#ifdef A\n{HIGH}1;\n#else\n{LOW}2;\n#endif", None),
    "in two cases": (f"switch (n) {{\ncase 1:\n{HIGH}1;\ncase 2:\n{LOW}2;\n}}", None),
    "of another item": (f"{HIGH}1;\ny->time.low = 2;", None),
    "a call between": (f"{HIGH}1;\ng();\n{LOW}2;", None),
    "a test between": (f"{HIGH}1;\nif (n)\n\treturn;\n{LOW}2;", None),
    "a label between": (f"{HIGH}1;\nagain:\n{LOW}2;", None),
    "a declaration between": (f"{HIGH}1;\nint m = 2;\n{LOW}m;", None),
    "in a branch": (f"{HIGH}1;\nif (n)\n\t{LOW}2;", None),
    "both in a branch without braces": (f"if (n)\n\t{HIGH}1;\n{LOW}2;", None),
    "the other half is read between": (f"{HIGH}1;\nx->other.low = x->time.low;\n{LOW}2;", None),
    "perhaps read between": (f"{HIGH}1;\nx->other.low = y->time.low;\n{LOW}2;", None),
    "perhaps stored between": (f"{HIGH}1;\ny->time.low = 3;\n{LOW}2;", None),
    "the value is stored between": (f"{HIGH}1;\nx->other.low = 3;\n{LOW}x->other.low;", None),
    "perhaps through a pointer": (f"{HIGH}1;\nx->other.low = 3;\n{LOW}s->low;", None),
    "perhaps a whole struct": (f"{HIGH}1;\nx->other = o;\n{LOW}2;", None),
    "perhaps in what a call looks at": (f"{HIGH}1;\nx->other.low = 3;\n{LOW}low_of(&s->other);", None),
    "what is pointed to": (f"{HIGH}1;\n{LOW}*p;", None),
    "an element": (f"{HIGH}1;\n{LOW}p[1];", None),
    "the first half is read": (f"{HIGH}1;\n{LOW}x->time.high;", None),
    "two calls": (f"{HIGH}next(r);\n{LOW}next(r);", None),
    "a call, and what it may change": (f"{HIGH}next(r);\n{LOW}r->a;", None),
    "a call that may see the low half": (f"{LOW}2;\n{HIGH}next(x);", None),
    "a value that is the low half": (f"{LOW}2;\n{HIGH}x->time.low;", None),
    "a local whose address is known": (f"g(&n);\n{HIGH}n;\n{LOW}n;", None),
    "an effect": (f"{HIGH}1;\n{LOW}n++;", None),
    "another item by then": (f"{HIGH}({{ x = y; 1; }});\n{LOW}2;", None),
    "an item that a call may change": ("o->x->time.high = next(o);\no->x->time.low = 2;", None),
    "an item that is called for": ("find()->time.high = 1;\nfind()->time.low = 2;", None),
    "a converting chain": (f"{HIGH}1;\nr->byte = {LOW}n;", None),
    "a comment": (f"{HIGH}1;\n{LOW}2; /* why */", None),
    "a comment up to the end": (f"{HIGH}1;\n{LOW}2 // why\n;", None),
    "on one line": (f"{HIGH}1; {LOW}2;", None),
    "conditional code": (f"{HIGH}1;\n#ifdef A\nx->other.low = 1;\n#endif\n{LOW}2;", None),
    "two of a kind in a chain": (f"{HIGH}y->time.high = 1;\n{LOW}y->time.low = 1;", None),
}


@pytest.mark.parametrize(("before", "after"), JOINED.values(), ids=JOINED.keys())
def test_joined(tmp_path: Path, before: str, after: str | None) -> None:
    """Two stores become one call where nothing can tell the difference; None: both stay, and it is said of both."""
    head = "void f(struct item *x, struct item *y, struct raw *r, struct stamp *s, struct owner *o, int n, int *p)\n{\n"
    result = run(pattern(tmp_path, JOIN_RULES, JOIN), f"{head}{before}\n}}\n")
    assert result.after.decode() == f"{head}{after or before}\n}}\n"
    assert {code for _, code in codes(result)} <= {"unknown-shape", "type-unknown"}
    assert bool(codes(result)) == (after is None)
    assert {item.status for item in result.mentions} == ({"refused"} if after is None else {"migrated"})


PAIR = """
((expression_statement (call_expression
   function: (identifier) @pair.name
   arguments: (argument_list . (_) @pair.a .))) @pair
 .
 (expression_statement (call_expression
   function: (identifier) @pair.name
   arguments: (argument_list . (_) @pair.b .))) @pair
 (#eq? @pair.name "old"))
(call_expression
  function: (identifier) @single.name
  (#eq? @single.name "old")
  arguments: (argument_list . (_) @single.a .)) @single
"""
PAIRS = {
    "old(1);\n\told(2);": "both(1, 2);",
    "old(f());\n\told(2);": "both(f(), 2);",
    "old(f());\n\told(g());": "new(f());\n\tnew(g());",
    "old(1); /* so */\n\told(2);": "new(1); /* so */\n\tnew(2);",
    "old(1);\n#ifdef A\n\told(2);\n#endif": "new(1);\n#ifdef A\n\tnew(2);\n#endif",
}


@pytest.mark.parametrize(("before", "after"), PAIRS.items())
def test_statements_that_cannot_become_one(tmp_path: Path, before: str, after: str) -> None:
    """They are rewritten one by one where a rule does that, and refused with the reason where none does."""
    pair = '[rules.pair]\nreplace = "both({a}, {b});"\n'
    text = "void f(void)\n{{\n\t{}\n}}\n"
    made = pattern(tmp_path, pair + '[rules.single]\nreplace = "new({a})"\n', PAIR)
    assert run(made, text.format(before)).after.decode() == text.format(after)
    other = tmp_path / "other"
    other.mkdir()
    alone = run(
        pattern(other, pair + '[rules.single]\nrefuse = "it is alone"\n', PAIR.replace(" @single.a", "")),
        text.format(before),
    )
    assert alone.changed == ("both" in after)
    reasons = {item.message for item in alone.all_diagnostics}
    assert not reasons if alone.changed else reasons - {"it is alone"} or "#ifdef" in before


UNEVALUATED = {
    "sizeof(x->time)": "sizeof",
    "sizeof x->time": "sizeof",
    "sizeof(x->time.low)": "sizeof",
    "__alignof__(x->time)": "__alignof__",
    "_Generic(x->time, int: 1, default: 0)": "_Generic",
    "__builtin_constant_p(x->time)": "__builtin_constant_p",
    "READ_ONCE(x->time)": "READ_ONCE",
    "READ_ONCE((x->time.low))": "READ_ONCE",
    "WRITE_ONCE(x->time, 1)": "no rule",
    "swap(y, x->time)": "no rule",
    "typeof(x->time)": "typeof",
    "_Generic(y, int: x->time, default: 0)": "",
    "READ_ONCE(y[x->time])": "",
    "READ_ONCE(x->time->low)": "",
    "swap(y, z)->time = x->time": "",
    "z[sizeof(y)] = x->time": "",
}


@pytest.mark.parametrize(("code", "reason"), UNEVALUATED.items())
def test_what_is_not_evaluated(tmp_path: Path, code: str, reason: str) -> None:
    rules = STORE_RULES.replace("where.read", 'where.not_functions = ["g"]\nwhere.read')
    text = f"void f(struct item *x) {{ h({code}); }}\n"
    if reason == "typeof":
        text = f"void f(struct item *x) {{ {code} y = 1; }}\n"
    result = run(pattern(tmp_path, rules, STORE), text)
    assert result.changed == (not reason)
    assert all(reason in item.message for item in result.all_diagnostics)
    assert bool(result.all_diagnostics) == bool(reason) or "swap(y, z)" in code


UNSHARED = """
(assignment_expression
  left: (field_expression argument: (_) @init.x operator: "->" field: (field_identifier) @init.name)
  right: (_) @init.value
  (#eq? @init.name "time")) @init
"""


@pytest.mark.parametrize(
    ("before", "after", "free"),
    [
        ("x = make();", "", True),
        ("x = make(); keep(x);", "", True),
        ("x = make(); x->size = 3; look(x->owner);", "", True),
        ("x = make(); if (!x) { warn(x); return; }", "", True),
        ("x = make();", "show(x);", True),
        ("x = make(); show(x);", "", False),
        ("x = make(); show((void *)x);", "", False),
        ("x = make(); show(&x->list);", "", False),
        ("x = make(); if (show(x)) return;", "", False),
        ("x = make(); owner->item = x;", "", False),
        ("x = make(); while (more())", "show(x);", False),
        ("while (more()) { x = make();", "show(x); }", True),
        ("x = make(); again:", "if (show(x)) goto again;", False),
        ("again: x = make();", "if (show(x)) goto again;", True),
        ("x = find();", "", False),
        ("x = make(); show(x); x = make();", "", True),
        ("x = make(); show(x); if (more()) x = make();", "", False),
    ],
)
def test_a_pointer_that_nobody_else_has(tmp_path: Path, before: str, after: str, free: bool) -> None:
    rules = (
        '[rules.init]\nreplace = "init({x}, {value})"\nwhere.origin.x = ["make"]\nwhere.unshared.x = ["keep"]\n'
        "where.unused = true\n"
    )
    made = pattern(tmp_path, rules, UNSHARED)
    text = f"void f(struct owner *owner)\n{{\n\tstruct item *x;\n\t{before}\n\tx->time = 1;\n\t{after}\n}}\n"
    assert (run(made, text).after.count(b"init(x, 1);") == 1) == free
