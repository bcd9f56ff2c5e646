"""Patterns of the kind ``rewrite``: what is wrong with one is said with its file and line."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from migrator.errors import PatternError
from migrator.pattern.describe import describe
from migrator.pattern.load import check_pattern
from migrator.pattern.rules import CType

TOML = """\
name = "tiny"
kind = "rewrite"
summary = "old() becomes new()"
queries = ["sites.scm"]

[rules.call]
replace = "new({a})"
dropped = { b = ["NULL"] }
where.type.a = "struct item *"

[rules.other]
keep = true

[types]
fields = { "struct s.item" = "struct item *" }

[includes]
add = ["linux/new.h"]
remove = [{ header = "linux/old.h", provides = ["old"] }]

[message]
subject = "use new()"
"""
QUERIES = """\
(call_expression
  function: (identifier) @call.name
  (#eq? @call.name "old")
  arguments: (argument_list . (_) @call.a . (_) @call.b .)) @call
((identifier) @other.name
  (#any-of? @other.name "old" "older")) @other
"""


def write(folder: Path, toml: str = TOML, queries: str = QUERIES) -> Path:
    folder.mkdir()
    (folder / "pattern.toml").write_text(toml)
    (folder / "sites.scm").write_text(queries)
    return folder


def test_a_valid_pattern(tmp_path: Path) -> None:
    made = check_pattern(write(tmp_path / "tiny"))
    assert (made.kind, made.words) == ("rewrite", ("old", "older"))
    assert made.rewrite is not None
    assert [rule.name for rule in made.rewrite.rules] == ["call", "other"]
    assert made.rewrite.rules[0].where.types == {"a": CType("struct item", 1)}
    assert made.rewrite.word_nodes == {"identifier"}
    assert pickle.loads(pickle.dumps(made)) == made
    shown = describe(made)
    assert [(rule.name, rule.action) for rule in shown.rules] == [("call", "becomes new({a})"), ("other", "left alone")]
    assert shown.rules[0].conditions == ("a is a struct item *",)


BREACHES = {
    "no-rules": ("toml", TOML[TOML.index("[rules.call]") : TOML.index("[types]")], "", 1, "no rule is given"),
    "no-action": ("toml", "keep = true", "", 11, "here is nothing"),
    "two-actions": ("toml", "keep = true", 'keep = true\nrefuse = "x"', 11, "here is keep and refuse"),
    "no-edit": ("toml", 'replace = "new({a})"', "keep = true", 6, "no rule changes anything"),
    "unknown-action": ("toml", "keep = true", "kept = true", 12, "unknown key `kept` in [rules.other]"),
    "unknown-condition": ("toml", "where.type.a", "where.kind.a", 9, "unknown key `kind` in [rules.call.where]"),
    "not-a-template": ("toml", "new({a})", "new({a}", 7, "is not one C expression"),
    "unknown-capture": ("toml", "new({a})", "new({c})", 6, "{c} is not what every match of @call captures"),
    "not-a-type": ("toml", '"struct item *"\n\n', '"struct item * x"\n\n', 9, "is not a type such as"),
    "not-a-field": ("toml", '"struct s.item"', '"item"', 15, "is not of the form `struct name.field`"),
    "not-a-value": ("toml", '["NULL"]', '["NULL)"]', 8, "is not a C expression"),
    "not-a-header": ("toml", "linux/new.h", "<linux/new.h>", 18, "is not a header such as"),
    "no-words-of-header": ("toml", 'provides = ["old"]', "provides = []", 19, "says not what the header provides"),
    "table-of-a-transaction": ("toml", "[types]", "[new_call]\nmay_sleep = true\n[types]", 14, "means nothing"),
    "rule-without-query": ("toml", "[types]", "[rules.more]\nkeep = true\n[types]", 14, "no query captures @more"),
    "subject": ("toml", "use new()", "use {new}", 22, "{new} is not known in a subject"),
    "query-of-no-rule": ("scm", "@other", "@another", 6, "belongs to no rule; known: @call, @other"),
    "query-without-site": ("scm", ")) @other", "))", 5, "captures the site of one rule"),
    "query-without-word": ("scm", "@other.name", "@other.word", 5, "must capture the word"),
    "word-not-spelled": ("scm", '#any-of? @other.name "old" "older"', '#match? @other.name "^o"', 5, "spell it out"),
    "word-of-two": ("scm", '"older"', '"old er"', 5, "`old er` is not one word"),
    "unused-capture": ("scm", ". (_) @call.b", ". (_) @call.b . (_) @call.c", 4, "@call.c is captured, but"),
    "predicate": ("scm", "#eq?", "#same?", 3, "predicate #same? has no effect"),
    "not-a-query": ("scm", "(identifier) @call", "(identifer) @call", 2, "not a query"),
}


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES.keys())
def test_an_error_has_its_file_and_line(breach: tuple[str, str, str, int, str], tmp_path: Path) -> None:
    where, old, new, line, message = breach
    toml, queries = (TOML.replace(old, new), QUERIES) if where == "toml" else (TOML, QUERIES.replace(old, new))
    assert (toml, queries) != (TOML, QUERIES)
    folder = write(tmp_path / "tiny", toml, queries)
    with pytest.raises(PatternError) as caught:
        check_pattern(folder)
    assert message in caught.value.message
    assert (Path(caught.value.file).name, caught.value.line) == (
        "pattern.toml" if where == "toml" else "sites.scm",
        line,
    )


def test_rules_mean_nothing_in_a_transaction(tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny", TOML.replace('"rewrite"', '"transaction"'))
    with pytest.raises(PatternError, match=r"\[rules\] means nothing in a pattern of the kind transaction"):
        check_pattern(folder)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("struct inode *", CType("struct inode", 1)),
        ("const struct inode * const", CType("struct inode", 1)),
        ("unsigned  long", CType("unsigned long", 0)),
        ("static struct page **", CType("struct page", 2)),
    ],
)
def test_types(text: str, wanted: CType) -> None:
    assert CType.parse(text) == wanted
    assert CType.parse(str(wanted)) == wanted
