"""Every error that a pattern can have, with the file and the line that it names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from pattern_tiny import FILES, MORE, ROLES, TOML, line_of, write

from migrator.errors import PatternError
from migrator.pattern.load import check_pattern, load_pattern


class Breach(NamedTuple):
    """A change to one file of the tiny pattern, and the error: some text of its line, and a part of its message."""

    file: str
    old: str
    new: str
    line: str
    message: str


BREACHES = {
    "unknown-key": Breach("pattern.toml", 'kind = "tr', 'colour = 1\nkind = "tr', "colour", "unknown key"),
    "unknown-key-in-table": Breach(
        "pattern.toml",
        "may_sleep = true",
        "may_sleep = true\nmay_slep = 1",
        "may_slep",
        "unknown key `may_slep` in [new_call]; known: template",
    ),
    "unknown-key-in-array": Breach(
        "pattern.toml", 'undo = "drop({x})"', 'undo = "drop({x})"\nwhen = 2', "when = 2", "in [undo[0]]"
    ),
    "unknown-key-in-argument": Breach(
        "pattern.toml", '"(void *)0"] }', '"0"], neutrl = 2 }', "neutrl", "unknown key `neutrl` in [arguments.care]"
    ),
    "wrong-type": Breach("pattern.toml", "= true", "= 1", "may_sleep", "expected bool, got int"),
    "wrong-type-in-list": Breach(
        "pattern.toml", '["-ENOMEM"]', '[\n"-ENOMEM",\n12\n]', "12", "`new_call.errors[1]`: expected str, got int"
    ),
    "wrong-type-of-argument": Breach(
        "pattern.toml",
        'neutral = ["false", "(void *)0"]',
        "neutral = 3",
        "care =",
        "`arguments.care.neutral`: expected array, got int",
    ),
    "wrong-type-of-table": Breach(
        "pattern.toml", '[calls]\npure = ["is_big"]', "[[calls]]", "[[calls]]", "`calls`: expected object, got array"
    ),
    "date": Breach("pattern.toml", '"three calls become one"', "2020-04-20", "summary", "expected str"),
    "syntax": Breach("pattern.toml", "may_sleep = true", "may_sleep = yes", "yes", "not TOML: invalid value"),
    "syntax-at-end": Breach("pattern.toml", 'body = "Why."', 'body = "', 'body = "', "not TOML"),
    "key-twice": Breach(
        "pattern.toml", "may_sleep = true", "may_sleep = true\nmay_sleep = false", "may_sleep = false", "not TOML"
    ),
    "missing-name": Breach("pattern.toml", 'name = "tiny"\n', "", "kind =", "`name` is missing"),
    "missing-kind": Breach("pattern.toml", 'kind = "transaction"\n', "", "name =", "`kind` is missing"),
    "missing-summary": Breach(
        "pattern.toml", 'summary = "three calls become one"\n', "", "name =", "`summary` is missing"
    ),
    "missing-template": Breach(
        "pattern.toml",
        'template = "charge({object}, {flags})"\n',
        "",
        "[new_call]",
        "`template` is missing in [new_call]",
    ),
    "missing-may-sleep": Breach(
        "pattern.toml", "may_sleep = true\n", "", "[new_call]", "`may_sleep` is missing in [new_call]"
    ),
    "missing-placement": Breach(
        "pattern.toml", 'kind = "after-setup"\n', "", "[placement]", "`kind` is missing in [placement]"
    ),
    "missing-setup-text": Breach(
        "pattern.toml", 'setup = "the mapping"\n', "", "[placement]", "`setup` is missing in [placement]"
    ),
    "missing-subject": Breach(
        "pattern.toml", 'subject = "convert {functions}"\n', "", "[message]", "`subject` is missing in [message]"
    ),
    "missing-in-array": Breach("pattern.toml", 'effect = "hold({x})"\n', "", "[[undo]]", "`effect` is missing"),
    "bad-name": Breach("pattern.toml", '"tiny"', '"Tiny"', "name =", "not made of small letters"),
    "other-name": Breach("pattern.toml", '"tiny"', '"huge"', "name =", "differs from the name of the folder"),
    "unknown-kind": Breach("pattern.toml", '"transaction"', '"magic"', "kind =", "unknown kind `magic`"),
    "kind-without-its-tables": Breach(
        "pattern.toml", '"transaction"', '"rewrite"', "[new_call]", "[new_call] means nothing in a pattern of the kind"
    ),
    "empty-summary": Breach("pattern.toml", '"three calls become one"', '" "', "summary", "one line of text"),
    "escape-in-summary": Breach("pattern.toml", "three calls", "three\\u001b[31m", "summary", "one line"),
    "two-lines-of-subject": Breach("pattern.toml", "convert {functions}", "a\\nb", "subject", "one line"),
    "unknown-field-of-subject": Breach("pattern.toml", "{functions}", "{function}", "subject", "{function}"),
    "query-file-missing": Breach("pattern.toml", '"more.scm"]', '\n"more2.scm"]', '"more2.scm"', "not there"),
    "query-file-elsewhere": Breach("pattern.toml", '"more.scm"', '"../tiny/more.scm"', "queries", "in the folder"),
    "query-file-absolute": Breach("pattern.toml", '"more.scm"', '"/etc/more.scm"', "queries", "in the folder"),
    "query-file-suffix": Breach("pattern.toml", '"more.scm"', '"pattern.toml"', "queries", "an .scm file"),
    "query-file-twice": Breach("pattern.toml", '"more.scm"', '"roles.scm"', "queries", "named twice"),
    "extends-nothing": Breach("pattern.toml", 'kind = "tr', 'extends = "nix"\nkind = "tr', "extends", "`nix`"),
    "extends-itself": Breach(
        "pattern.toml", 'kind = "tr', 'extends = "tiny"\nkind = "tr', "extends", "extends itself: tiny -> tiny"
    ),
    "template-no-call": Breach(
        "pattern.toml", "charge({object}, {flags})", "{object}->x = {flags}", "template", "not a call"
    ),
    "template-no-c": Breach(
        "pattern.toml", "charge({object}, {flags})", "charge({object}, {flags}", "template", "not one C expression"
    ),
    "template-two": Breach(
        "pattern.toml", "throttle({object});", "a(); b();", "statement", "not one C expression and a semicolon"
    ),
    "template-statement": Breach(
        "pattern.toml", "charge({object}, {flags})", "charge({object}, {flags});", "template", "without `;`"
    ),
    "template-no-statement": Breach(
        "pattern.toml", "throttle({object});", "throttle({object})", "statement", "must end in `;`"
    ),
    "template-in-string": Breach(
        "pattern.toml",
        "throttle({object});",
        "throttle('{object}');",
        "statement",
        "{object} does not stand for an expression",
    ),
    "template-unknown-capture": Breach(
        "pattern.toml",
        "charge({object}, {flags})",
        "charge({object}, {flag})",
        "template",
        "{flag} in `charge({object}, {flag})` is not a capture of @begin",
    ),
    "template-sometimes-captured": Breach(
        "pattern.toml", "charge({object}, {flags})", "charge({object}, {flags}, {care})", "template", "{care} in"
    ),
    "template-handle": Breach(
        "pattern.toml",
        "charge({object}, {flags})",
        "charge({object}, {flags}, {handle})",
        "template",
        "the handle is removed",
    ),
    "template-old-call": Breach(
        "pattern.toml",
        "charge({object}, {flags})",
        "start({object}, {flags})",
        "template",
        "one of the calls to be replaced",
    ),
    "error-name": Breach("pattern.toml", '"-ENOMEM"', '"ENOMEM"', "errors", "`ENOMEM` is not an error"),
    "after-success-begin": Breach(
        "pattern.toml",
        '"start_slow"',
        '"finish"',
        "begin =",
        "`finish` is not a name of @begin; known: start, start_slow",
    ),
    "after-success-capture": Breach("pattern.toml", "throttle({object});", "throttle({nope});", "statement", "{nope}"),
    "argument-unknown": Breach("pattern.toml", "care =", "core =", "core =", "`core` is not a captured argument"),
    "argument-no-c": Breach("pattern.toml", '"(void *)0"', '"(void *"', "care =", "not a C expression"),
    "placement-kind": Breach(
        "pattern.toml",
        '"after-setup"',
        '"anywhere"',
        'kind = "anywhere"',
        "unknown placement `anywhere`; known: at-begin, after-setup",
    ),
    "undo-capture": Breach("pattern.toml", 'undo = "drop({x})"', 'undo = "drop({y})"', "drop({y})", "{y}"),
    "use-without-handle": Breach(
        "pattern.toml", "count({handle}, {n})", "count({n})", "old =", "does not use {handle}"
    ),
    "use-keeps-handle": Breach(
        "pattern.toml", "count_object({object}, {n})", "count_object({handle}, {n})", "new =", "{handle}"
    ),
    "use-capture": Breach("pattern.toml", "count_object({object}, {n})", "count_object({m})", "new =", "{m}"),
    "lives-capture": Breach("pattern.toml", "uncharge({object});", "uncharge({flags});", "object_lives", "{flags}"),
    "pure-name": Breach("pattern.toml", '"is_big"', '"is big"', "pure", "not the name of a function"),
    "lock-name": Breach("pattern.toml", '"grab"', '"grab()"', "acquire", "not the name of a function"),
    "lock-release": Breach("pattern.toml", '["let_go", "let_go_late"]', "[]", "release =", "ends the section"),
    "lock-argument": Breach("pattern.toml", "argument = 1", "argument = -1", "argument =", "`-1`"),
    "query-syntax": Breach("roles.scm", "(#eq? @commit", "#eq? @commit", "#eq? @commit", "not a query: "),
    "query-unclosed": Breach(
        "more.scm",
        "@release.object)) @release",
        "@release.object))",
        "function: (identifier) @release.name",
        "no @release",
    ),
    "query-end": Breach(
        "more.scm",
        "(_) @release.object)) @release",
        "(_) @release.object",
        "arguments: (argument_list . (_) @release",
        "not a query: unexpected EOF",
    ),
    "query-node": Breach(
        "more.scm",
        "(assignment_expression",
        "(assign_expression",
        "(assign_expression",
        "invalid node type: assign_expression",
    ),
    "query-field": Breach(
        "roles.scm",
        "function: (identifier) @commit",
        "callee: (identifier) @commit",
        "callee",
        "invalid field name: callee",
    ),
    "query-impossible": Breach(
        "more.scm",
        "(_) @setup.object",
        "(argument_list) @setup.object",
        "(argument_list) @setup.object",
        "impossible pattern",
    ),
    "query-predicate-capture": Breach(
        "roles.scm", '(#eq? @commit.name "', '(#eq? @commit.nam "', "(#eq? @commit.nam ", "invalid capture name"
    ),
    "query-regex": Breach(
        "roles.scm",
        '"^(stop|stop_now)$"',
        '"^(stop"',
        "(call_expression\n  function: (identifier) @abort.name",
        "regular expression",
    ),
    "predicate-unknown": Breach("roles.scm", "#eq? @commit", "#equals? @commit", "#equals?", "has no effect"),
    "predicate-outside": Breach(
        "more.scm",
        '(#eq? @_field "mapping"))',
        ')\n(#eq? @_field "mapping")',
        "(#eq? @_field",
        "outside the parentheses",
    ),
    "capture-unknown-role": Breach(
        "more.scm", "@_field)) @setup", "@_field)) @prepare", "@prepare", "unknown capture @prepare"
    ),
    "capture-unknown-prefix": Breach(
        "roles.scm", "@begin.flags", "@start.flags", "@start.flags", "unknown capture @start.flags"
    ),
    "capture-nested": Breach("roles.scm", "@begin.flags", "@begin.flags.low", "@begin.flags.low", "unknown capture"),
    "capture-unused": Breach(
        "roles.scm",
        "@commit.handle .",
        "@commit.handle . (_) @commit.extra .",
        "@commit.extra",
        "@commit.extra is captured, but no template",
    ),
    "capture-unused-release": Breach(
        "more.scm", "@release.object", "@release.object . (_) @release.order", "@release.order", "no predicate uses it"
    ),
    "capture-other-role": Breach(
        "roles.scm", "@begin.flags", "@commit.flags", "@commit.flags", "one query finds one role"
    ),
    "capture-several": Breach(
        "roles.scm", "(_)? @begin.care .", "(_)* @begin.care", "@begin.care", "can capture several nodes"
    ),
    "capture-none": Breach(
        "more.scm",
        "(call_expression\n  function: (identifier) @release.name",
        "(null)\n\n(call_expression\n  function: (identifier) @release.name",
        "(null)",
        "finds nothing",
    ),
    "capture-required": Breach(
        "roles.scm",
        "@commit.object",
        "",
        "(call_expression\n  function: (identifier) @commit",
        "@commit.object is missing",
    ),
    "capture-required-optional": Breach(
        "roles.scm",
        "(_) @abort.handle",
        "(_)? @abort.handle",
        "(call_expression\n  function: (identifier) @abort",
        "only in some cases",
    ),
    "begin-no-call": Breach(
        "roles.scm",
        "(_) @commit.handle .)) @commit",
        "(_) @commit.handle .) @commit)",
        "@commit.handle",
        "@commit must capture a call_expression, not argument_list",
    ),
    "names-not-listed": Breach(
        "roles.scm",
        '(#eq? @commit.name "finish")',
        '(#match? @commit.name "^fin")',
        "(call_expression\n  function: (identifier) @commit",
        "are not listed",
    ),
    "names-half-anchored": Breach(
        "roles.scm",
        '"^(stop|stop_now)$"',
        '"^stop|stop_now$"',
        "(call_expression\n  function: (identifier) @abort",
        "are not listed",
    ),
    "names-negated": Breach(
        "roles.scm",
        '(#eq? @commit.name "finish")',
        '(#not-eq? @commit.name "finish")',
        "(call_expression\n  function: (identifier) @commit",
        "are not listed",
    ),
    "names-no-identifier": Breach(
        "roles.scm", '"start" "start_slow"', '"start" "start slow"', "start slow", "`start slow` is not the name"
    ),
    "names-of-two-roles": Breach(
        "roles.scm",
        '"finish"',
        '"start"',
        "(call_expression\n  function: (identifier) @commit",
        "`start` is both @begin and @commit",
    ),
}


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES.keys())
def test_an_error_has_its_file_and_line(breach: Breach, tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny")
    assert breach.old in FILES[breach.file]
    text = FILES[breach.file].replace(breach.old, breach.new, 1)
    (folder / breach.file).write_text(text)
    with pytest.raises(PatternError) as caught:
        check_pattern(folder)
    assert breach.message in caught.value.message
    assert caught.value.file == str(folder / breach.file)
    assert caught.value.line == line_of(text, breach.line)


@pytest.mark.parametrize("role", ["begin", "commit", "abort"])
def test_a_missing_role_is_an_error_at_the_queries(role: str, tmp_path: Path) -> None:
    forms = [form for form in ROLES.split("\n\n") if f") @{role}" not in form.splitlines()[-1]]
    folder = write(tmp_path / "tiny", roles="\n\n".join(forms))
    with pytest.raises(PatternError, match=f"no query captures @{role}") as caught:
        check_pattern(folder)
    assert caught.value.line == line_of(TOML, "queries")


def test_after_setup_needs_a_setup_query(tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny", more=MORE[MORE.index("(call_expression") :])
    with pytest.raises(PatternError, match="no query captures @setup") as caught:
        check_pattern(folder)
    assert caught.value.line == line_of(TOML, 'kind = "after-setup"')
    (folder / "pattern.toml").write_text(TOML.replace("after-setup", "at-begin"))
    assert check_pattern(folder).placement.setup == ""


def test_an_error_in_the_second_file_counts_its_own_lines(tmp_path: Path) -> None:
    broken = "(call_expression) @begin\n" * 3 + "(nonsense) @release\n"
    folder = write(tmp_path / "tiny", more=broken)
    with pytest.raises(PatternError) as caught:
        check_pattern(folder)
    assert (Path(caught.value.file).name, caught.value.line) == ("more.scm", 4)


@pytest.mark.parametrize("name", ["pattern.toml", "roles.scm"])
def test_a_file_that_is_not_utf8(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny")
    text = (folder / name).read_bytes()
    (folder / name).write_bytes(text + b"\n# \xff\n")
    with pytest.raises(PatternError, match="not UTF-8") as caught:
        check_pattern(folder)
    assert (caught.value.file, caught.value.line) == (str(folder / name), text.count(b"\n") + 2)


def _file_for_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("name = 1")


def _dangling(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(folder.parent / "nowhere")


def _no_toml(folder: Path) -> None:
    (folder / "pattern.toml").unlink()


def _dangling_toml(folder: Path) -> None:
    (folder / "pattern.toml").unlink()
    (folder / "pattern.toml").symlink_to("nowhere.toml")


def _folder_for_toml(folder: Path) -> None:
    (folder / "pattern.toml").unlink()
    (folder / "pattern.toml").mkdir()


def _pipe(folder: Path) -> None:
    (folder / "pattern.toml").unlink()
    os.mkfifo(folder / "pattern.toml")


def _huge(folder: Path) -> None:
    (folder / "pattern.toml").write_text(TOML + "#" * (1 << 20))


def _deep(folder: Path) -> None:
    (folder / "pattern.toml").write_text("x = " + "[" * 100_000)


@pytest.mark.parametrize(
    ("spoil", "message", "file"),
    [
        pytest.param(shutil.rmtree, "no such folder", "tiny", id="missing"),
        pytest.param(_file_for_folder, "is not a folder", "tiny", id="file"),
        pytest.param(_dangling, "leads nowhere", "tiny", id="dangling-link"),
        pytest.param(_no_toml, "no such file", "tiny/pattern.toml", id="no-toml"),
        pytest.param(_dangling_toml, "leads nowhere", "tiny/pattern.toml", id="dangling-toml"),
        pytest.param(_folder_for_toml, "is not a file", "tiny/pattern.toml", id="folder-for-toml"),
        pytest.param(_pipe, "is not a file", "tiny/pattern.toml", id="pipe"),
        pytest.param(_huge, "is larger than", "tiny/pattern.toml", id="huge"),
        pytest.param(_deep, "not TOML", "tiny/pattern.toml", id="deep"),
    ],
)
def test_what_is_no_pattern_folder(spoil: Callable[[Path], None], message: str, file: str, tmp_path: Path) -> None:
    spoil(write(tmp_path / "tiny"))
    with pytest.raises(PatternError, match=message) as caught:
        load_pattern(str(tmp_path / "tiny"))
    assert caught.value.file == str(tmp_path / file)
