"""A small valid pattern that the tests of the loader spoil in many ways."""

from __future__ import annotations

from pathlib import Path

TOML = """\
name = "tiny"
kind = "transaction"
summary = "three calls become one"
queries = ["roles.scm", "more.scm"]

[new_call]
template = "charge({object}, {flags})"
may_sleep = true
errors = ["-ENOMEM"]

[arguments]
care = { neutral = ["false", "(void *)0"] }

[placement]
kind = "after-setup"
setup = "the mapping"

[[after_success]]
begin = "start_slow"
statement = "throttle({object});"

[[undo]]
effect = "hold({x})"
undo = "drop({x})"

[[undo]]
effect = "{x}->next = {e}"
undo = "{x}->next = NULL"

[[handle_use]]
old = "count({handle}, {n})"
new = "count_object({object}, {n})"

[abort]
object_lives = "uncharge({object});"

[calls]
pure = ["is_big"]

[[locks]]
acquire = "grab"
release = ["let_go", "let_go_late"]
argument = 1

[message]
subject = "convert {functions}"
body = "Why."
"""
ROLES = """\
; the protocol
(call_expression
  function: (identifier) @begin.name
  (#any-of? @begin.name "start" "start_slow")
  arguments: (argument_list
    . (_) @begin.object
    . (_) @begin.flags
    . (pointer_expression argument: (_) @begin.handle)
    . (_)? @begin.care .)) @begin

(call_expression
  function: (identifier) @commit.name
  (#eq? @commit.name "finish")
  arguments: (argument_list . (_) @commit.object . (_) @commit.handle .)) @commit

(call_expression
  function: (identifier) @abort.name
  (#match? @abort.name "^(stop|stop_now)$")
  arguments: (argument_list . (_) @abort.object . (_) @abort.handle .)) @abort
"""
MORE = """\
((assignment_expression
  left: (field_expression argument: (_) @setup.object field: (_) @_field)) @setup
  (#eq? @_field "mapping"))

(call_expression
  function: (identifier) @release.name
  (#eq? @release.name "drop")
  arguments: (argument_list . (_) @release.object)) @release
"""
FILES = {"pattern.toml": TOML, "roles.scm": ROLES, "more.scm": MORE}


def write(folder: Path, **changes: str) -> Path:
    """The tiny pattern in ``folder``, with files replaced (``roles`` for ``roles.scm``, ``toml`` for the TOML)."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        key = "toml" if name == "pattern.toml" else name.removesuffix(".scm")
        (folder / name).write_text(changes.get(key, text))
    return folder


def line_of(text: str, marker: str) -> int:
    """The line of the first occurrence of ``marker``."""
    assert marker in text, f"{marker!r} is not in the changed file"
    return text[: text.index(marker)].count("\n") + 1
