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


WHERE = TOML.splitlines()[8]
BREACHES = {
    "no-rules": ("toml", TOML[TOML.index("[rules.call]") : TOML.index("[types]")], "", 1, "no rule is given"),
    "no-action": ("toml", "keep = true", "", 11, "here is nothing"),
    "two-actions": ("toml", "keep = true", 'keep = true\nrefuse = "x"', 11, "here is keep and refuse"),
    "no-edit": ("toml", 'replace = "new({a})"', "keep = true", 6, "no rule changes anything"),
    "unknown-action": ("toml", "keep = true", "kept = true", 12, "unknown key `kept` in [rules.other]"),
    "unknown-condition": ("toml", "where.type.a", "where.kind.a", 9, "unknown key `kind` in [rules.call.where]"),
    "not-a-template": ("toml", "new({a})", "new({a}", 7, "is not one C expression"),
    "unknown-capture": ("toml", "new({a})", "new({c})", 7, "{c} is not what every match of @call captures"),
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
    "type-of-no-capture": ("toml", "where.type.a", "where.type.c", 9, "{c} is not what every match of @call"),
    "origin-of-no-capture": ("toml", WHERE, 'where.origin.c = ["f"]', 9, "{c} is not what every match of @call"),
    "disjoint-of-no-capture": ("toml", WHERE, 'where.disjoint = ["a", "c"]', 9, "{c} is not what every match"),
    "dropped-of-no-capture": ("toml", "{ b =", "{ c =", 8, "{c} is not what every match of @call captures"),
    "rename-of-no-capture": ("toml", "keep = true", 'rename = { a = "new" }', 12, "{a} is not what every match"),
    "rename-not-a-name": ("toml", "keep = true", 'rename = { name = "2" }', 12, "`2` is not one word"),
    "rename-to-a-keyword": ("toml", "keep = true", 'rename = { name = "while" }', 12, "`while` is a keyword of C"),
    "rename-to-itself": ("toml", 'replace = "new({a})"', 'rename = { name = "old" }', 7, "is its name already"),
    "glob-empty": ("toml", WHERE, 'where.files = [\n"a.c",\n""]', 11, "`` can match nothing: it is empty"),
    "glob-open": ("toml", WHERE, 'where.not_files = ["mm/[a-"]', 9, "its [ has no ]"),
    "glob-absolute": ("toml", WHERE, 'where.files = ["/mm/*"]', 9, "relative to the root of the tree"),
    "glob-dot": ("toml", WHERE, 'where.files = ["./mm/*"]', 9, "relative to the root of the tree"),
    "glob-folder": ("toml", WHERE, 'where.files = ["mm/"]', 9, "its files are `mm/*`"),
    "glob-function": ("toml", WHERE, 'where.functions = ["f()"]', 9, "it is not the name of a function"),
    "origin-not-a-name": ("toml", WHERE, 'where.origin.a = ["f()"]', 9, "`f()` is not one word"),
    "unshared-of-no-capture": ("toml", WHERE, 'where.unshared.c = ["f"]', 9, "{c} is not what every match of @call"),
    "unshared-not-a-name": ("toml", WHERE, 'where.unshared.a = ["f()"]', 9, "`f()` is not one word"),
    "origin-of-none": ("toml", WHERE, "where.origin.a = []", 9, "no call is named that {a} may come from"),
    "absent-from-what": ("toml", WHERE, 'where.absent = ["x"]', 9, "`absent` needs `initialises`"),
    "absent-not-a-name": ("toml", WHERE, 'where = { initialises = "struct s", absent = [".x"] }', 9, "`.x` is not one"),
    "initialises-a-pointer": ("toml", WHERE, 'where.initialises = "struct s *"', 9, "is a pointer"),
    "remove-a-part": ("toml", "keep = true", "remove = true", 12, "@other captures identifier: only a statement or"),
    "statement-for-a-part": ("toml", "new({a})", "new({a});", 7, "leave out the `;`"),
    "refuse-blank": ("toml", "keep = true", 'refuse = " "', 12, "`rules.other.refuse` must be one line of text"),
    "calls-not-a-name": ("toml", "[types]", '[types]\ncalls = { "f()" = "int" }', 15, "`f()` is not one word"),
    "number-of-argument": ("toml", "[types]", "[types]\ntype_arguments = { f = -1 }", 15, "`-1` is not the number"),
    "words-of-header": ("toml", 'provides = ["old"]', 'provides = ["o l d"]', 19, "`o l d` is not one word"),
    "word-is-a-keyword": ("scm", '"older"', '"if"', 5, "`if` is a keyword of C"),
    "table-twice": ("toml", "[rules.other]", "[rules.call]", 11, "not TOML: [rules.call] is there already"),
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


def test_a_statement_takes_the_place_of_a_statement(tmp_path: Path) -> None:
    queries = QUERIES.replace("(call_expression", "(expression_statement (call_expression").replace(".)) @", ".))) @")
    folder = write(tmp_path / "tiny", queries=queries)
    with pytest.raises(PatternError, match="is no statement, @call captures one: it must end in `;`") as caught:
        check_pattern(folder)
    assert caught.value.line == 7
    (folder / "pattern.toml").write_text(TOML.replace("new({a})", "new({a});"))
    assert check_pattern(folder).words == ("old", "older")


@pytest.mark.parametrize(
    ("queries", "line", "message"),
    [
        ("; nothing\n", 6, "no query captures @call"),
        (QUERIES.replace("(_) @call.b", "(_)? @call.b"), 8, "{b} is not what every match of @call captures"),
    ],
)
def test_what_the_queries_do_not_give(queries: str, line: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(PatternError) as caught:
        check_pattern(write(tmp_path / "tiny", queries=queries))
    assert (message in caught.value.message, caught.value.line) == (True, line)


RULES = """\
name = "tiny"
kind = "rewrite"
summary = "old() becomes new()"
queries = ["sites.scm"]
[rules.first]
%s
[rules.late]
replace = "new({a})"
[message]
subject = "use new()"
"""
WORD = '((identifier) @first.name (#any-of? @first.name "old" "older")) @first\n'
CALL = QUERIES[: QUERIES.index("((identifier)")].replace(". (_) @call.b", ". (_)").replace("@call", "@late")
SAME = CALL.replace("@late.a", "@first.b").replace("@late", "@first").replace("\n", "\n  ; a comment\n", 1)


@pytest.mark.parametrize(
    ("first", "queries"),
    [("keep = true", WORD + CALL), ("keep = true", CALL + WORD), ('replace = "other({b})"', SAME + CALL)],
    ids=["word", "word-in-the-file-behind", "equal"],
)
def test_a_rule_that_can_never_be_taken(first: str, queries: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny", RULES % first, queries)
    with pytest.raises(PatternError) as caught:
        check_pattern(folder)
    wanted = "this rule can never be taken: `first` before it takes all that it finds, without a condition"
    assert (caught.value.message, caught.value.line) == (wanted, 7)


@pytest.mark.parametrize(
    ("first", "queries"),
    [
        ("keep = true\nwhere.unused = true", WORD + CALL),
        ("keep = true", WORD.replace('"old" ', "") + CALL),
        ("keep = true", WORD.replace("(identifier)", "(field_identifier)") + CALL),
        ("keep = true", WORD.replace('older")', 'older") (#not-eq? @first.name "old")') + CALL),
        ('replace = "other({b})"', SAME.replace(". (_) .", ".") + CALL),
    ],
    ids=["condition", "other-word", "other-node", "two-predicates", "other-arity"],
)
def test_a_rule_that_is_left_something(first: str, queries: str, tmp_path: Path) -> None:
    assert check_pattern(write(tmp_path / "tiny", RULES % first, queries)).words


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


STORES = """\
(assignment_expression
  left: (field_expression argument: (_) @call.x field: (field_identifier) @call.name)
  right: (_) @call.a
  (#eq? @call.name "high")) @call
(assignment_expression
  left: (field_expression argument: (_) @other.x field: (field_identifier) @other.name)
  right: (_) @other.b
  (#eq? @other.name "low")) @other
"""
JOINING = """\
name = "tiny"
kind = "rewrite"
summary = "two stores become one call"
queries = ["sites.scm"]

[rules.call]
replace = "new({x}, {a}, {b})"
chain = "a"
joins = "other"
where.like.a = "f({x}, {any})"

[rules.other]
refuse = "alone"

[calls]
pure = ["swab"]

[message]
subject = "use new()"
"""


def test_a_rule_that_joins_another(tmp_path: Path) -> None:
    made = check_pattern(write(tmp_path / "tiny", JOINING, STORES))
    assert made.rewrite is not None
    rule = made.rewrite.rules[0]
    assert (rule.chain, rule.joins, rule.where.like["a"].source) == ("a", "other", "f({x}, {any})")
    assert made.rewrite.pure == {"swab"}
    assert pickle.loads(pickle.dumps(made)) == made
    shown = describe(made)
    assert shown.pure == ("swab",)
    assert shown.rules[0].action == "becomes new({x}, {a}, {b}), together with other"
    assert shown.rules[0].conditions == ("a is f({x}, {any})",)


JOINING_BREACHES = {
    "chain-of-no-capture": ('chain = "a"', 'chain = "b"', 8, "{b} is not what every match of @call captures"),
    "chain-without-replace": ('refuse = "alone"', 'refuse = "alone"\nchain = "b"', 14, "is for a rule with `replace`"),
    "joins-nothing": ('joins = "other"', 'joins = "others"', 9, "no rule is called `others`"),
    "joins-what-is-kept": ('refuse = "alone"', "keep = true", 9, "must say with `refuse`"),
    "like-no-capture": ("like.a", "like.b", 10, "{b} is not what every match of @call captures"),
    "like-no-template": ('"f({x}, {any})"', '"f({x}, "', 10, "is not one C expression"),
    "pure-not-a-name": ('["swab"]', '["swab()"]', 16, "`swab()` is not one word"),
    "unknown-in-template": ("{b})", "{c})", 7, "{c} is not what every match of @call captures"),
}


@pytest.mark.parametrize("breach", JOINING_BREACHES.values(), ids=JOINING_BREACHES.keys())
def test_what_is_wrong_with_a_rule_that_joins(breach: tuple[str, str, int, str], tmp_path: Path) -> None:
    old, new, line, message = breach
    assert JOINING.count(old) == 1
    with pytest.raises(PatternError) as caught:
        check_pattern(write(tmp_path / "tiny", JOINING.replace(old, new), STORES))
    assert message in caught.value.message
    assert caught.value.line == line


CALLS = """\
(call_expression
  function: (identifier) @call.name
  arguments: (argument_list (_) @call.x (_) @call.a)
  (#eq? @call.name "high")) @call
"""


def test_only_assignments_are_joined(tmp_path: Path) -> None:
    queries = CALLS + STORES[STORES.index("(assignment_expression", 1) :]
    with pytest.raises(PatternError, match="`chain` is for assignments") as caught:
        check_pattern(write(tmp_path / "tiny", JOINING, queries))
    assert caught.value.line == 8


def test_what_is_joined_is_about_one_thing(tmp_path: Path) -> None:
    with pytest.raises(PatternError, match="share no capture") as caught:
        check_pattern(write(tmp_path / "tiny", JOINING, STORES.replace("@other.x", "@_")))
    assert caught.value.line == 9
