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
