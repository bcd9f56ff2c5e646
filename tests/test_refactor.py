"""Refactors in Python: what a ``Context`` answers, and what becomes of what is said."""

from __future__ import annotations

import doctest
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

import migrator
from migrator import Code, Context, PatternError, Refactor, migrate_source, refactor, scan
from migrator.engine import Options
from migrator.results import FileResult
from migrator.source import DEFAULT_DIALECT

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


def test_the_example_of_the_module() -> None:
    assert doctest.testmod(refactor).failed == 0
    assert doctest.testmod(refactor).attempted > 3


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
    from migrator.source import SourceFile

    text = (
        b"void f(struct s *s)\n{\n\tint x = 1;\n\tspin_lock(&s->l);\n\told(x);\n\tspin_unlock(&s->l);\n\told(x);\n}\n"
    )
    context = Context(SourceFile.parse("f.c", text, DEFAULT_DIALECT), ("old",))
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


def test_a_text_that_is_no_query() -> None:
    with pytest.raises(PatternError, match="not a query"):
        run(lambda context: list(context.find("(call_expression")), "void f(void) { old(1); }\n")


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


def test_all_names_exist() -> None:
    assert sorted(migrator.__all__, key=str.lower) == sorted(set(migrator.__all__), key=str.lower)
    for name in migrator.__all__:
        assert getattr(migrator, name) is not None
    assert {"Refactor", "Context", "load_pattern", "migrate_source", "migrate_file", "migrate_tree"} <= set(
        migrator.__all__
    )
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        migrator.absent  # noqa: B018
