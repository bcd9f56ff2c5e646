"""Patterns whose object comes into being behind the begin, and patterns that only check: errors and checked models."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from pattern_tiny import line_of, write

from migrator.errors import PatternError
from migrator.pattern.load import load_pattern

TOML = """\
name = "late"
kind = "transaction"
summary = "the object comes late"
queries = ["roles.scm"]

[new_call]
template = "charge({object}, {flags})"
may_sleep = true

[arguments]
size = { neutral = ["1", "size_of({object})"] }

[placement]
kind = "at-commit"
failure = "drop({object});"
owned = ["fill({object}, {n})"]

[handle]
acquire = ["take_owner()"]
release = ["drop_owner({handle})"]

[message]
subject = "convert {functions}"
"""
ROLES = """\
(call_expression
  function: (identifier) @begin.name
  (#any-of? @begin.name "start" "start_other")
  arguments: (argument_list . (_) @begin.handle . (_) @begin.flags . (_) @begin.size .)) @begin

(call_expression
  function: (identifier) @commit.name
  (#any-of? @commit.name "finish" "finish_other")
  arguments: (argument_list . (_) @commit.object . (_) @commit.handle .)) @commit

(call_expression
  function: (identifier) @abort.name
  (#any-of? @abort.name "stop" "stop_other")
  arguments: (argument_list . (_) @abort.handle .)) @abort
"""
CHECK = """\
name = "late"
kind = "check"
summary = "every start is finished or stopped"
queries = ["roles.scm"]

[[protocol]]
begin = ["start"]
commit = ["finish"]
abort = ["stop"]

[[protocol]]
begin = ["start_other"]
commit = ["finish_other"]
abort = ["stop_other"]
"""
CHECKED_ROLES = ROLES.replace(" . (_) @begin.flags . (_) @begin.size .", " . (_) . (_) .")


def folder_of(tmp_path: Path, toml: str, roles: str) -> Path:
    folder = write(tmp_path / "late", toml=toml, roles=roles, more="")
    (folder / "more.scm").unlink()
    return folder


class Breach(NamedTuple):
    """A change to one of the files, and the error: some text of its line, and a part of its message."""

    old: str
    new: str
    line: str
    message: str


BREACHES = {
    "failure-missing": Breach('failure = "drop({object});"\n', "", "[placement]", "key `failure` is missing"),
    "failure-is-no-statement": Breach("drop({object});", "drop({object})", "failure", "a statement must end in `;`"),
    "failure-names-the-handle": Breach("drop({object});", "drop({handle});", "failure", "the handle is removed"),
    "owned-is-no-expression": Breach('"fill({object}, {n})"', '"fill("', "owned", "is not one C expression"),
    "neutral-is-no-expression": Breach("size_of({object})", "size_of({object}", "size =", "is not one C expression"),
    "follower": Breach(
        "[message]", '[[after_success]]\nbegin = "start"\nstatement = "x();"\n[message]', "[[after", "means nothing"
    ),
    "handle-has-one-end": Breach('release = ["drop_owner({handle})"]\n', "", "[handle]", "nothing under `release`"),
    "release-without-handle": Breach("drop_owner({handle})", "drop_owner()", "release", "does not use {handle}"),
    "failure-elsewhere": Breach(
        'kind = "at-commit"', 'kind = "at-begin"', "failure", "`failure` means nothing for the placement at-begin"
    ),
    "unknown-placement": Breach('"at-commit"', '"at-end"', '"at-end"', "known: at-begin, after-setup, at-commit"),
    "protocol-names-a-stranger": Breach(
        "[message]", '[[protocol]]\nbegin = ["halt"]\ncommit = ["finish"]\nabort = ["stop"]\n[message]', "begin =",
        "`halt` is no name of @begin; known: start, start_other",
    ),
    "protocol-without-abort": Breach(
        "[message]", '[[protocol]]\nbegin = ["start"]\ncommit = ["finish"]\nabort = []\n[message]', "abort =",
        "no call is named under `abort`",
    ),
    "call-of-no-protocol": Breach(
        "[message]", '[[protocol]]\nbegin = ["start"]\ncommit = ["finish"]\nabort = ["stop"]\n[message]',
        "[[protocol]]", "finish_other() belongs to none of the protocols",
    ),
    "call-of-two-protocols": Breach(
        "[message]",
        '[[protocol]]\nbegin = ["start"]\ncommit = ["finish"]\nabort = ["stop"]\n'
        '[[protocol]]\nbegin = ["start_other"]\ncommit = ["finish_other"]\nabort = [\n"stop",]\n[message]',
        '"stop",]', "stop() is named twice",
    ),
}  # fmt: skip


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES.keys())
def test_an_error_has_its_file_and_line(breach: Breach, tmp_path: Path) -> None:
    assert TOML.count(breach.old) == 1
    text = TOML.replace(breach.old, breach.new)
    folder = folder_of(tmp_path, text, ROLES)
    with pytest.raises(PatternError) as caught:
        load_pattern(str(folder))
    assert breach.message in caught.value.message
    assert (caught.value.file, caught.value.line) == (str(folder / "pattern.toml"), line_of(text, breach.line))


def test_the_object_belongs_to_the_commit_alone(tmp_path: Path) -> None:
    roles = ROLES.replace("(_) @abort.handle", "(_) @abort.handle . (_) @abort.object")
    with pytest.raises(PatternError, match=r"@abort\.object: the object is known at the commit only") as caught:
        load_pattern(str(folder_of(tmp_path, TOML, roles)))
    assert caught.value.line == line_of(roles, "(call_expression\n  function: (identifier) @abort")


def test_a_commit_without_an_object(tmp_path: Path) -> None:
    with pytest.raises(PatternError, match=r"@commit\.object is missing"):
        load_pattern(str(folder_of(tmp_path, TOML, ROLES.replace("@commit.object", "@_page"))))


def test_the_checked_model(tmp_path: Path) -> None:
    pattern = load_pattern(str(folder_of(tmp_path, TOML, ROLES)))
    assert pattern.late_object
    assert pattern.placement.failure is not None
    assert pattern.placement.failure.source == "drop({object});"
    assert [rule.source for rule in pattern.placement.owned] == ["fill({object}, {n})"]
    assert pattern.arguments["size"].is_neutral("1")
    assert [shape.callee for shape in pattern.arguments["size"].shapes] == ["size_of"]
    assert pattern.handle is not None
    assert [rule.callee for rule in pattern.handle.release] == ["drop_owner"]


def test_a_pattern_that_only_checks(tmp_path: Path) -> None:
    pattern = load_pattern(str(folder_of(tmp_path, CHECK, CHECKED_ROLES)))
    assert (pattern.kind, pattern.new_call.name, pattern.introduce) == ("check", "", ())
    assert pattern.late_object
    assert pattern.words == ("start", "start_other", "finish", "finish_other", "stop", "stop_other")
    assert [pattern.protocol_of(name) for name in ("start", "stop", "start_other", "stop_other")] == [0, 0, 1, 1]


@pytest.mark.parametrize("table", ["new_call", "placement", "message", "rules", "introduce", "remove"])
def test_a_check_has_nothing_to_write(table: str, tmp_path: Path) -> None:
    toml = f"{CHECK}\n[{table}]\n"
    with pytest.raises(PatternError, match=rf"\[{table}\] means nothing in a pattern of the kind check") as caught:
        load_pattern(str(folder_of(tmp_path, toml, CHECKED_ROLES)))
    assert caught.value.line == line_of(toml, f"[{table}]")


def test_a_capture_that_a_check_does_not_use(tmp_path: Path) -> None:
    with pytest.raises(PatternError, match=r"@begin\.flags is captured, but"):
        load_pattern(str(folder_of(tmp_path, CHECK, ROLES)))
