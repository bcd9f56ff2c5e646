"""Refactors in Python: what a ``Context`` answers, and what becomes of what is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from tree_sitter import Node

from migrator import Code, Context, Dialect, PatternError, Refactor, Severity, migrate_source, migrate_tree, scan
from migrator.edits import Edit, apply_edits
from migrator.engine import Options
from migrator.results import FileResult
from migrator.source import SourceFile

TEXT_OUTSIDE = ""  # what a test puts there

CALLS = '(call_expression function: (identifier) @name (#eq? @name "old") arguments: (argument_list) @arguments) @call'


def rename(context: Context) -> None:
    for found in context.find(CALLS):
        context.fix(found["name"], [context.replace(found["name"], "new")])


def careful(context: Context) -> None:
    """Renames a call whose object is put on every path behind it."""
    for function in context.functions:
        for found in context.find(CALLS, function.node):
            if context.text(found["arguments"]) == "()":
                context.keep(found["call"])
            elif not context.follows(function, found["call"], ["put"]):
                context.refuse(found["name"], "it is not put on every path")
            else:
                warning = (Code.RETURN_CHANGED, f"line {context.line(found['call'])}")
                context.fix(found["name"], [context.replace(found["name"], "new")], warning)


def spoil(context: Context) -> None:
    for found in context.find(CALLS):
        context.fix(found["call"], [context.replace(found["call"], "new(")])


def endless(context: Context) -> None:
    for found in context.find(CALLS):
        context.fix(found["call"], [context.replace(found["call"], "(old())")])


def overlapping(context: Context) -> None:
    for found in context.find(CALLS):
        context.fix(found["call"], [context.replace(found["call"], "new()"), context.replace(found["name"], "new")])


def statements(context: Context) -> None:
    query = '(expression_statement (call_expression function: (identifier) @name (#eq? @name "old"))) @statement'
    for found in context.find(query):
        statement = found["statement"]
        edits = [context.insert_before(statement, "first();"), context.delete(statement)]
        context.fix(statement, edits if statement.start_byte % 2 else edits[1:])


def run(work: object, text: str, options: Options = Options()) -> FileResult:
    assert callable(work)
    result = migrate_source(text.encode(), Refactor("tiny", ("old",), work).pattern(), path="f.c", options=options)
    assert not [item for item in result.mentions if item.status == "unaccounted"]
    return result


def test_every_mention_is_accounted_for() -> None:
    text = (
        "/* old */\n#define M old(1)\nint old(int x);\n"
        'void f(void) { old(1); g(old); h("old"); }\n'
        "void g(void) { old(; }\n"
    )
    result = run(rename, text)
    assert [(str(item.kind), item.status) for item in result.mentions] == [
        ("comment", "kept"),
        ("macro", "kept"),
        ("other", "kept"),
        ("site", "migrated"),
        ("other", "refused"),
        ("other", "kept"),
        ("other", "unparsed"),
    ]
    assert [(item.line, str(item.code)) for item in result.all_diagnostics] == [
        (4, "unknown-shape"),
        (5, "unparsed"),
    ]


def test_questions_and_answers() -> None:
    text = (
        "void a(void) { old(); }\n"
        "void b(int x) { old(x); put(x); }\n"
        "void c(int x) { old(x); if (x) return; put(x); }\n"
        "void d(int x) { old(x); if (x) { put(x); return; } put(x); }\n"
    )
    result = run(careful, text)
    assert [(site.function, str(site.status)) for site in result.sites] == [
        ("b", "warned"),
        ("c", "refused"),
        ("d", "warned"),
    ]
    assert [item.status for item in result.mentions] == ["kept", "warned", "refused", "warned"]
    assert not run(careful, text, Options(strict=True)).changed
    skipped = run(careful, text, Options(skip=frozenset({("b", 2)})))
    assert [str(site.status) for site in skipped.sites] == ["refused", "refused", "warned"]


@pytest.mark.parametrize("work", [spoil, endless, overlapping])
def test_what_is_wrong_is_refused(work: object) -> None:
    result = run(work, "void f(void) { old(); }\n")
    assert not result.changed
    assert [str(item.code) for item in result.all_diagnostics] == ["rewrite-check-failed"]


def test_edits_of_statements() -> None:
    text = "void f(void)\n{\n\told(1);\n\tg();\n}\n"
    assert run(statements, text).after.decode() in (
        "void f(void)\n{\n\tfirst();\n\tg();\n}\n",
        "void f(void)\n{\n\tg();\n}\n",
    )


def test_locks_and_definitions() -> None:
    text = (
        b"void f(struct s *s)\n{\n\tint x = 1;\n\tspin_lock(&s->l);\n\told(x);\n\tspin_unlock(&s->l);\n\told(x);\n}\n"
    )
    context = Context(SourceFile.parse("f.c", text, Dialect()), ("old",))
    (function,) = context.functions
    first, second = (found["call"] for found in context.find(CALLS, function.node))
    assert [lock.function for lock in context.locks_held(function, first)] == ["spin_lock"]
    assert context.locks_held(function, second) == ()
    place = context.graph(function).node_at(first)
    assert place is not None
    (definition,) = context.reaching(function).reaching(place.index, "x")
    node = context.graph(function).nodes[definition]
    assert node.line == 3
    assert context.graph(function) is context.graph(function)


def test_over_a_tree_with_an_executor(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"f{number}.c").write_text("void f(void) { old(1); }\n")
    pattern = Refactor("tiny", ("old",), rename, "old() becomes new()").pattern()
    with ProcessPoolExecutor(1) as pool:
        result = scan([tmp_path], pattern, root=tmp_path, executor=pool)
    assert [str(site.status) for site in result.sites] == ["migrated"] * 3
    assert (result.totals.mentions, result.totals.unaccounted) == (3, 0)


def failing(context: Context) -> None:
    for found in context.find(CALLS):
        if context.line(found["call"]) == 2:
            raise KeyError("lamp")


def test_what_the_function_raises_is_the_error_of_the_file() -> None:
    text = "void f(void) { old(1); }\nvoid g(void) { old(2); }\nvoid h(void) { old(3); }\n"
    result = migrate_source(text.encode(), Refactor("tiny", ("old",), failing).pattern(), path="f.c")
    assert result.error is not None
    assert (str(result.error.code), result.error.severity, result.error.line) == ("refactor-failed", "error", 2)
    line = failing.__code__.co_firstlineno + 3
    assert result.error.message == f"the refactor tiny failed: KeyError: 'lamp' (at test_refactor.py:{line})"
    assert not result.changed
    assert [item.status for item in result.mentions] == ["unaccounted"] * 3


def test_one_file_that_fails_takes_no_other_away(tmp_path: Path) -> None:
    (tmp_path / "bad.c").write_text("\nvoid f(void) { old(1); }\n")
    (tmp_path / "good.c").write_text("void f(void) { old(1); }\n")
    pattern = Refactor("tiny", ("old",), failing).pattern()
    with ProcessPoolExecutor(1) as pool:
        bad, good = migrate_tree([tmp_path], pattern, root=tmp_path, executor=pool)
    assert bad.error is not None
    assert "the refactor tiny failed: KeyError" in bad.error.message
    assert good.error is None


def test_a_function_that_takes_something_else() -> None:
    result = migrate_source(b"void f(void) { old(1); }", Refactor("tiny", ("old",), lambda: None).pattern())  # type: ignore[arg-type,misc]
    assert result.error is not None
    assert result.error.message.startswith("the refactor tiny failed: TypeError: ")
    assert result.error.line == 0


def test_a_text_that_is_no_query() -> None:
    pattern = Refactor("tiny", ("old",), lambda context: list(context.find("(call_expression"))).pattern()  # type: ignore[arg-type,return-value]
    result = migrate_source(b"void f(void) { old(1); }\n", pattern)
    assert result.error is not None
    assert "PatternError: (call_expression: not a query" in result.error.message


def test_what_fails_over_the_result_is_refused() -> None:
    def once(context: Context) -> None:
        if b"new" in context.source.data:
            raise ValueError("not twice")
        rename(context)

    result = run(once, "void f(void) { old(1); }\n")
    (diagnostic,) = result.all_diagnostics
    assert str(diagnostic.code) == "rewrite-check-failed"
    assert diagnostic.message.startswith("over the result, the refactor failed: ValueError: not twice (at test_")


def test_a_file_that_is_no_text() -> None:
    result = migrate_source(b"void f(void) { old(1); }\0", Refactor("tiny", ("old",), rename).pattern())
    assert result.error is not None
    assert "binary file" in result.error.message


def test_names_that_are_none() -> None:
    with pytest.raises(PatternError, match="not one word"):
        Refactor("tiny", ("old", "a b"), rename).pattern()
    with pytest.raises(PatternError, match="no words"):
        Refactor("tiny", (), rename).pattern()


def test_the_digest_says_what_ran() -> None:
    first, second = Refactor("a", ("old",), rename).pattern(), Refactor("b", ("old",), rename).pattern()
    assert first.digest == Refactor("a", ("old",), rename).pattern().digest
    assert first.digest != second.digest
    assert len(first.digest) == 64


def test_a_refactor_without_a_source() -> None:
    work = partial(rename)
    pattern = Refactor("tiny", ("old",), work).pattern()
    assert pattern.folder == Path()
    assert migrate_source(b"void f(void) { old(1); }", pattern).after == b"void f(void) { new(1); }"


# -- what does not parse -------------------------------------------------------------------------------------------


def test_what_does_not_parse_is_not_touched() -> None:
    text = "void f(void) { old(1); }\nvoid g(void) { old(2); @ }\n"
    result = run(rename, text)
    assert [(site.function, str(site.status)) for site in result.sites] == [("f", "migrated"), ("g", "refused")]
    assert [str(item.code) for item in result.all_diagnostics] == ["unparsed"]
    assert result.after.decode() == text.replace("old(1)", "new(1)")


def between(context: Context) -> None:
    for function in context.source.functions:
        if function.name == "g" and b"old(9)" not in context.source.data:
            edits = [Edit(function.start, function.start, b"void h(void) { old(9); }\n")]
            context.fix(function.body, edits if function.broken else [Edit(function.end, function.end, b" ")])


def test_beside_what_does_not_parse() -> None:
    text = "void f(void) { old(1); @ }\nvoid g(void) { old(2); @ }\n"
    result = run(between, text)
    assert result.after.decode() == text.replace("\nvoid g", "\nvoid h(void) { old(9); }\nvoid g")


def outside(context: Context) -> None:
    for found in context.find('(declaration declarator: (identifier) @name (#eq? @name "old")) @declaration'):
        context.fix(found["declaration"], [context.replace(found["declaration"], TEXT_OUTSIDE)])


@pytest.mark.parametrize(
    ("text", "fate"), [("int newer;", "migrated"), ("int newer[;", "refused"), ("int newer(void) {", "refused")]
)
def test_a_place_outside_of_functions(text: str, fate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "TEXT_OUTSIDE", text)
    result = run(outside, "int old;\nvoid f(void) { g(); }\n")
    assert [str(site.status) for site in result.sites] == [fate]


def whole(context: Context) -> None:
    for function in context.functions:
        if TEXT_OUTSIDE:
            context.fix(function.node, [context.replace(function.node, TEXT_OUTSIDE)])
        else:
            context.fix(function.node, [context.delete(function.node)])


@pytest.mark.parametrize(("text", "fate"), [("", "migrated"), ("int f(void) { return 1; }", "migrated")])
def test_a_whole_function(text: str, fate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "TEXT_OUTSIDE", text)
    result = run(whole, "void f(void)\n{\n\told(1);\n}\nvoid g(void) { }\n")
    assert [str(site.status) for site in result.sites] == [fate]
    assert result.after.decode() == f"{text}{chr(10) if text else ''}void g(void) {{ }}\n"
    assert result.sites[0].object == "void f(void) { old(1); }"


# -- edits ---------------------------------------------------------------------------------------------------------


def edited(text: str, build: Callable[[Context, Node], Sequence[Edit]]) -> str:
    """The text with what is built for the statement ``old(..);``."""
    context = Context(SourceFile.parse("f.c", text.encode(), Dialect()), ("old",))
    (found,) = context.find(CALLS)
    edits = build(context, context.statement(found["call"]))
    return apply_edits(text.encode(), edits).decode()


BEFORE = {
    "own line": ("int f()\n{\n\told(1);\n}\n", "int f()\n{\n\ta();\n\told(1);\n}\n"),
    "same line": ("int f() { old(1); }\n", "int f() { a(); old(1); }\n"),
    "behind a label": ("int f()\n{\nout:\n\told(1);\n}\n", "int f()\n{\nout:\n\ta();\n\told(1);\n}\n"),
    "in a case": (
        "int f()\n{\n\tswitch (x) {\n\tcase 1:\n\t\told(1);\n\t}\n}\n",
        "int f()\n{\n\tswitch (x) {\n\tcase 1:\n\t\ta();\n\t\told(1);\n\t}\n}\n",
    ),
    "carriage returns": ("int f()\r\n{\r\n\told(1);\r\n}\r\n", "int f()\r\n{\r\n\ta();\r\n\told(1);\r\n}\r\n"),
}
AFTER = {
    "own line": ("int f()\n{\n\told(1);\n}\n", "int f()\n{\n\told(1);\n\ta();\n}\n"),
    "same line": ("int f() { old(1); }\n", "int f() { old(1); a(); }\n"),
    "a comment": ("int f()\n{\n\told(1); /* x */\n}\n", "int f()\n{\n\told(1); /* x */\n\ta();\n}\n"),
    "a long comment": (
        "int f()\n{\n\told(1); /* x\n\t y */\n}\n",
        "int f()\n{\n\told(1);\n\ta(); /* x\n\t y */\n}\n",
    ),
    "two lines": ("int f()\n{\n\told(1,\n\t    2);\n}\n", "int f()\n{\n\told(1,\n\t    2);\n\ta();\n}\n"),
}
DELETED = {
    "own line": ("int f()\n{\n\told(1);\n}\n", "int f()\n{\n}\n"),
    "without braces": ("int f()\n{\n\tif (x)\n\t\told(1);\n\tb();\n}\n", "int f()\n{\n\tif (x)\n\t\t;\n\tb();\n}\n"),
    "behind a label": ("int f()\n{\nout:\n\told(1);\n}\n", "int f()\n{\nout:\n\t;\n}\n"),
    "alone in a case": ("int f() { switch (x) { default: old(1); } }\n", "int f() { switch (x) { default: ; } }\n"),
    "not alone in a case": (
        "int f() { switch (x) { default: old(1); b(); } }\n",
        "int f() { switch (x) { default:  b(); } }\n",
    ),
}


@pytest.mark.parametrize("case", BEFORE)
def test_insert_before(case: str) -> None:
    before, after = BEFORE[case]
    assert edited(before, lambda context, statement: [context.insert_before(statement, "a();")]) == after


@pytest.mark.parametrize("case", AFTER)
def test_insert_after(case: str) -> None:
    before, after = AFTER[case]
    assert edited(before, lambda context, statement: [context.insert_after(statement, "a();")]) == after


@pytest.mark.parametrize("case", DELETED)
def test_delete(case: str) -> None:
    before, after = DELETED[case]
    assert edited(before, lambda context, statement: [context.delete(statement)]) == after


def test_lines_are_indented() -> None:
    text = edited(
        "int f()\n{\n\told(1);\n}\n",
        lambda context, statement: [
            context.insert_before(statement, "if (a)\n\tb();"),
            *context.wrap(statement, "do ", " while (0);"),
            context.insert_after(statement, "c();\n\nd();"),
        ],
    )
    assert text == "int f()\n{\n\tif (a)\n\t\tb();\n\tdo old(1); while (0);\n\tc();\n\n\td();\n}\n"


@pytest.mark.parametrize("head", ["if (x)", "if (x) b(); else", "while (x)", "list_for_each(x, y)", "out: if (x)"])
def test_no_second_statement_without_braces(head: str) -> None:
    for build in (Context.insert_before, Context.insert_after):
        with pytest.raises(ValueError, match="line 1: no statement can stand beside this"):
            edited(
                f"int f() {{ {head} old(1); }}\n",
                lambda context, statement, build=build: [build(context, statement, "a();")],
            )  # type: ignore[misc]


# -- questions -----------------------------------------------------------------------------------------------------


def test_dominators_and_definitions() -> None:
    text = (
        b"int f(int x)\n{\n\tint err = a();\n\n\tif (x)\n\t\terr = b();\n\told(err);\n\tif (err)\n\t\treturn err;\n"
        b"\tput(x);\n\treturn 0;\n}\n"
    )
    context = Context(SourceFile.parse("f.c", text, Dialect()), ("old",))
    (function,) = context.functions
    called = {
        context.text(found["name"]): found["call"]
        for found in context.find("(call_expression function: (identifier) @name) @call", function.node)
    }
    assert context.function(called["a"]) is function
    assert context.dominates(function, called["a"], called["old"])
    assert not context.dominates(function, called["b"], called["old"])
    assert not context.dominates(function, called["old"], called["a"])
    assert context.post_dominates(function, called["old"], called["b"])
    assert not context.post_dominates(function, called["put"], called["old"])
    assert not context.dominates(function, function.body, called["old"])
    assert [node.line for node in context.definitions(function, called["old"], "err")] == [3, 6]
    (entry,) = context.definitions(function, called["old"], "x")
    assert entry.index == context.graph(function).entry
    assert context.definitions(function, function.body, "err") == ()
    assert context.function(context.source.tree.root_node) is context.source.function_at(0)


# -- diagnostics ---------------------------------------------------------------------------------------------------


def talkative(context: Context) -> None:
    calls = [found["call"] for found in context.find(CALLS)]
    for call in calls:
        context.fix(
            call, [], (Code.RETURN_CHANGED, "first"), (Code.CLEANUP_LOST, "second"), related=[(calls[0], "here")]
        )
    context.report(calls[1], "look at this", related=[(calls[0], "and at this")], suggestion="put(x);")
    context.report(calls[0], "by the way", severity=Severity.NOTE)
    for found in context.find('(call_expression function: (identifier) @name (#eq? @name "older"))'):
        context.refuse(found["name"], "too old", related=[(calls[0], "here")])


def test_reports() -> None:
    result = run(talkative, "void f(int x)\n{\n\told(1);\n\told(2);\n\tolder(3);\n}\n")
    note, warning = sorted(result.diagnostics, key=lambda item: item.line)
    assert (str(warning.code), str(warning.severity), warning.line) == ("reported", "warning", 4)
    assert (warning.function, warning.message) == ("f", "look at this")
    assert [(item.line, item.message) for item in warning.related] == [(3, "and at this")]
    assert [(item.line, item.text) for item in warning.suggestions] == [(4, "put(x);")]
    assert (str(note.severity), note.line, note.related, note.suggestions) == ("note", 3, (), ())
    first = result.sites[0].diagnostics
    assert [(item.message, len(item.related)) for item in first] == [("first", 1), ("second", 0)]
    refused = result.sites[2].diagnostics
    assert [(str(item.severity), item.related[0].line) for item in refused] == [("refusal", 3)]


def test_a_report_decides_nothing() -> None:
    def only(context: Context) -> None:
        for found in context.find(CALLS):
            context.report(found["call"], "seen")

    result = run(only, "void f(void) { old(1); }\n")
    assert [item.status for item in result.mentions] == ["refused"]
    assert sorted(str(item.code) for item in result.diagnostics) == ["reported", "unknown-shape"]
