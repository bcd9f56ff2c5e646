"""``[introduce.NAME]`` and ``[remove]``: what is read, and every error with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from pattern_tiny import TOML, line_of, write

from migrator.errors import PatternError
from migrator.pattern.declarations import Caveat, Insertion, Removal
from migrator.pattern.describe import describe
from migrator.pattern.load import check_pattern, list_patterns

TABLES = '''
[introduce.charge]
fill = { care = "is_big(page)" }

[introduce.charge.prototype]
after = "stop"
file = "include/*.h"
apart = true
text = """
int charge(struct page *page, int flags);
"""

[introduce.charge.stub]
before = "stop"
text = """
static inline int charge(struct page *page, int flags)
{
	return 0;
}
"""

[introduce.charge.definition]
after = "stop"
text = """
/**
 * charge - do it
 */
int charge(struct page *page, int flags)
{
	return start(page, flags);
}
"""

[[introduce.charge.caveat]]
function = "finish"
word = "mapping"
message = "the mapping is read"

[remove]
delete = ["stop", "stop_now"]
subject = "remove start and stop"
body = """
Nobody calls them.
"""

[remove.static]
start = "do_start"
'''


def test_what_is_read(tmp_path: Path) -> None:
    pattern = check_pattern(write(tmp_path / "tiny", toml=TOML + TABLES))
    (found,) = pattern.introduce
    prototype, stub, definition = found.insertions
    text = "int charge(struct page *page, int flags);\n"
    assert prototype == Insertion("prototype", text, "stop", before=False, file="include/*.h", apart=True)
    assert (stub.before, stub.apart, stub.file) == (True, True, "")
    assert definition.text.startswith("/**\n * charge - do it\n")
    assert found.fill == {"care": "is_big(page)"}
    assert found.caveats == (Caveat("finish", "mapping", "the mapping is read"),)
    assert (found.subject, found.body) == ("introduce charge()", "")
    wanted = Removal(("stop", "stop_now"), {"start": "do_start"}, "remove start and stop", "Nobody calls them.")
    assert pattern.remove == wanted
    assert pattern.remove.names == ("stop", "stop_now", "start")
    assert pattern.own_functions == {"charge", "start", "start_slow", "finish", "stop", "stop_now"}


def test_a_pattern_need_not_have_them(tmp_path: Path) -> None:
    pattern = check_pattern(write(tmp_path / "tiny"))
    assert pattern.introduce == ()
    assert pattern.remove is None


def test_the_digest_covers_them(tmp_path: Path) -> None:
    one = check_pattern(write(tmp_path / "one" / "tiny", toml=TOML + TABLES))
    other = check_pattern(write(tmp_path / "other" / "tiny", toml=TOML + TABLES.replace("do it", "do that")))
    assert one.digest != other.digest


def test_a_pattern_that_extends_says_only_what_differs(tmp_path: Path) -> None:
    write(tmp_path / "tiny", toml=TOML + TABLES)
    more = tmp_path / "more"
    more.mkdir()
    (more / "pattern.toml").write_text(
        'name = "more"\nextends = "tiny"\nsummary = "another text"\n'
        '[introduce.charge.prototype]\ntext = "extern int charge(struct page *page, int flags);"\n'
    )
    prototype, stub, _ = check_pattern(more).introduce[0].insertions
    assert (prototype.text, prototype.anchor) == ("extern int charge(struct page *page, int flags);\n", "stop")
    assert stub.anchor == "stop"


BREACHES = {
    "unknown-key": ("fill = {", "fil = {", "fil =", "unknown key `fil` in [introduce.charge]; known: prototype"),
    "unknown-key-inside": ("apart = true", "apat = true", "apat", "[introduce.charge.prototype]; known: text, after"),
    "unknown-key-of-caveat": ('word = "mapping"', 'word = "m"\nwen = 1', "wen", "known: function, word, message"),
    "unknown-key-of-remove": ('subject = "remove', 'subjet = "remove', "subjet", "in [remove]; known: delete, static"),
    "wrong-type": ("apart = true", "apart = 1", "apart", "expected bool"),
    "no-caveat-word": ('word = "mapping"\n', "", "[[introduce.charge.caveat]]", "key `word` is missing"),
    "both-sides": ('file = "include/*.h"', 'before = "start"', "[introduce.charge.prototype]", "one of `after` and"),
    "no-side": ('before = "stop"\n', "", "[introduce.charge.stub]", "one of `after` and `before`"),
    "bad-anchor": ('before = "stop"', 'before = "stop()"', 'before = "stop()"', "`stop()` is not a name of C"),
    "another-function": ("\nint charge(struct page *page, int flags);", "\nint chrge(struct page *page, int flags);",
                         "text = ", "the text is not a prototype of charge(), and nothing else"),
    "two-functions": ("\nint charge(struct page *page, int flags);", "\nint charge(int a, int b);\nint other(void);",
                      "text = ", "and nothing else"),
    "a-prototype-as-definition": ("int charge(struct page *page, int flags)\n{\n\treturn start(page, flags);\n}",
                                  "int charge(struct page *page, int flags);", None, "not the definition of charge()"),
    "no-c": ("\nint charge(struct page *page, int flags);", "\nint charge(struct page *page, int flags;",
             "text = ", "the text is not a prototype"),
    "no-text": ('text = """\nint charge(struct page *page, int flags);\n"""\n', "", "[introduce.charge.prototype]",
                "key `text` is missing"),
    "another-arity": ("\nint charge(struct page *page, int flags);", "\nint charge(struct page *page);", "text = ",
                      "the prototype of charge() has 1 parameters; elsewhere in the pattern it has 2"),
    "bad-fill": ('"is_big(page)"', '"is_big("', "fill", "`is_big(` is not a C expression"),
    "bad-subject": ('subject = "remove start and stop"', 'subject = "a\\nb"', "subject = \"a", "must be one line"),
    "an-old-name": ("[introduce.charge.caveat]", "[introduce.start.caveat]", "[[introduce.start.caveat]]",
                    "start() is one of the calls to be replaced"),
    "nothing-said": ("[remove]", "[introduce.other]\n[remove]", "[introduce.other]", "has no prototype, stub"),
    "delete-unknown": ('"stop_now"]', '"halt"]', "delete", "halt() is not one of the calls to be replaced; known:"),
    "delete-twice": ('"stop_now"]', '"stop"]', "delete", "stop() is named twice"),
    "both": ('start = "do_start"', 'stop = "do_stop"', "stop = ", "stop() is both to be deleted and to become static"),
    "static-unknown": ('start = "do_start"', 'strt = "do_start"', "strt", "strt() is not one of the calls"),
    "static-taken": ('start = "do_start"', 'start = "finish"', 'start = "finish"', "the name finish is taken"),
    "static-introduced": ('start = "do_start"', 'start = "charge"', 'start = "charge"', "the name charge is taken"),
    "static-no-name": ('start = "do_start"', 'start = "1"', 'start = "1"', "`1` is not a name of C"),
}  # fmt: skip


@pytest.mark.parametrize("case", BREACHES)
def test_an_error_has_its_file_and_line(tmp_path: Path, case: str) -> None:
    old, new, marker, message = BREACHES[case]
    text = TOML + TABLES
    assert old in text
    text = text.replace(old, new, 1)
    with pytest.raises(PatternError) as caught:
        check_pattern(write(tmp_path / "tiny", toml=text))
    assert message in caught.value.message
    assert caught.value.file == str(tmp_path / "tiny" / "pattern.toml")
    if marker is not None:
        tables = text.index("\n[introduce.")
        assert caught.value.line == text[:tables].count("\n") + line_of(text[tables:], marker)


def test_they_are_described(tmp_path: Path) -> None:
    shown = describe(check_pattern(write(tmp_path / "tiny", toml=TOML + TABLES)))
    assert shown.introduces == (
        ("charge", "prototype", "behind the prototype of stop()"),
        ("charge", "stub", "before the stub of stop()"),
        ("charge", "definition", "behind the definition of stop()"),
    )
    assert shown.removes == (("stop", ""), ("stop_now", ""), ("start", "do_start"))


def test_the_shipped_patterns_agree_with_their_calls() -> None:
    for pattern in list_patterns():
        for introduction in pattern.introduce:
            assert {insertion.slot for insertion in introduction.insertions} == {"prototype", "stub", "definition"}
            assert introduction.body
            assert max(map(len, introduction.body.splitlines())) <= 75
