"""The golden runner itself: every check of it can fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from migrator import api
from migrator.diagnostics import Code, Diagnostic, Severity
from migrator.edits import Edit
from migrator.errors import InputError
from migrator.pattern.load import load_pattern
from migrator.results import FileResult, Mention, MentionKind
from migrator.testing import Case, Want, difference, read_cases, run_case, wants_in, without_wants

BEFORE = b"""\
static int keep(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, true); /* want: argument-dropped "lrucare" */
	return 0;
}
"""
AFTER = b"""\
static int keep(struct page *page, struct mm_struct *mm)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	return 0;
}
"""
PATTERN = load_pattern("mem_cgroup_charge_v58")


def case_of(before: bytes = BEFORE, after: bytes = AFTER) -> Case:
    wants = tuple(wants_in(before, "before.c"))
    return Case(PATTERN.name, "keep", Path("keep"), without_wants(before), without_wants(after), wants)


def problems_of(case: Case) -> str:
    return run_case(case, PATTERN).report


def with_engine(monkeypatch: pytest.MonkeyPatch, **fields: object) -> None:
    """Let the engine answer with something else than it would."""
    genuine = api.migrate_source

    def migrate_source(data: bytes, *arguments: object, **options: object) -> FileResult:
        result = genuine(data, *arguments, **options)  # type: ignore[arg-type]
        if b"try_charge" not in data:
            return result
        return replace(result, **fields)  # type: ignore[arg-type]

    monkeypatch.setattr(api, "migrate_source", migrate_source)


def test_a_good_case_passes() -> None:
    assert problems_of(case_of()) == ""


def test_another_output_fails_and_shows_the_difference() -> None:
    report = problems_of(case_of(after=AFTER.replace(b"-ENOMEM", b"-EINTR")))
    assert "-\t\treturn -EINTR;\n+\t\treturn -ENOMEM;" in report


def test_a_missing_change_is_called_so() -> None:
    refused = BEFORE.replace(b"memcg, true", b"memcg + 1, true")
    assert "nothing was changed" in problems_of(case_of(before=refused))


def test_an_unexpected_change_fails() -> None:
    assert "the output differs" in problems_of(case_of(after=BEFORE))


def test_white_space_is_made_visible() -> None:
    assert "-→\treturn·0;¶" in difference(b"\treturn 0;\n", b"    return 0;\n", "x.c")


def test_the_end_of_the_file_is_told() -> None:
    assert difference(b"int a;\n", b"int a;", "x.c").splitlines()[3:] == [" int a;", "+\\ No newline at end of file"]
    assert difference(b"int a;", b"int b;", "x.c").splitlines()[3:] == ["-int a;", "+int b;"]
    told = difference(b"int  a;\n", b"int a;", "x.c").splitlines()[4:]
    assert told == ["-int··a;¶", "+int·a;¶", "+\\ No newline at end of file"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b'/* want: argument-dropped "lrucare" */', b"", id="unexpected"),
        pytest.param(b"argument-dropped", b"argument-drift", id="another code"),
        pytest.param(b'"lrucare"', b'"compound"', id="another text"),
        pytest.param(b'"lrucare" */', b'"lrucare" */ /* want: argument-dropped "lrucare" */', id="wanted twice"),
        pytest.param(b"\treturn 0;", b'\treturn 0; /* want: no-setup "" */', id="another line"),
    ],
)
def test_other_diagnostics_fail(old: bytes, new: bytes) -> None:
    report = problems_of(case_of(before=BEFORE.replace(old, new)))
    assert "unexpected: line 7" in report or "missing: line" in report


def test_wants_of_one_line() -> None:
    data = b'a\nb /* want: no-setup "x \\"y\\"", macro "" */ /* want: unparsed "z" */\n'
    assert list(wants_in(data, "f.c")) == [Want("no-setup", 2, 'x "y"'), Want("macro", 2, ""), Want("unparsed", 2, "z")]
    assert without_wants(data) == b"a\nb\n"


@pytest.mark.parametrize("comment", ["/* want: */", "/* want: no-setup */", '/* want: no-setup "x" and */'])
def test_a_comment_that_is_not_understood_is_an_error(comment: str) -> None:
    with pytest.raises(InputError) as caught:
        list(wants_in(b"\n" + comment.encode(), "f.c"))
    assert (caught.value.file, caught.value.line) == ("f.c", 2)


def test_edits_that_do_not_lead_there_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    with_engine(monkeypatch, edits=())
    assert "the edits do not lead" in problems_of(case_of())


def test_a_new_parse_error_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = AFTER.replace(b"return 0;\n}", b"return 0;\n")
    data = without_wants(BEFORE)
    with_engine(monkeypatch, after=broken, edits=(Edit(0, len(data), broken),))
    assert "parse errors that the input had not" in problems_of(case_of(after=broken))


def test_a_second_run_that_changes_something_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    data = without_wants(BEFORE)
    unfinished = data + data.replace(b"keep", b"keep_again")
    genuine = api.migrate_source
    first = genuine(data, PATTERN)

    def migrate_source(given: bytes, *arguments: object, **options: object) -> FileResult:
        if given == data:
            return replace(first, after=unfinished, edits=(Edit(0, len(data), unfinished),))
        return genuine(given, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(api, "migrate_source", migrate_source)
    assert "a second run changes the result again" in problems_of(case_of(after=unfinished))


def test_a_mention_that_is_lost_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Mention("keep.c", 3, 9, "mem_cgroup_try_charge", MentionKind.OTHER, "unaccounted")
    with_engine(monkeypatch, mentions=(lost,))
    assert "line 3: a mention of mem_cgroup_try_charge is not accounted for" in problems_of(case_of())


def test_an_error_of_the_file_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    with_engine(monkeypatch, error=Diagnostic(Code.UNREADABLE, Severity.ERROR, "keep.c", 1, "cannot be read"))
    assert "unexpected: line 1: unreadable" in problems_of(case_of())


def test_cases_are_read_from_folders(tmp_path: Path) -> None:
    folder = tmp_path / PATTERN.name / "keep"
    folder.mkdir(parents=True)
    (folder / "before.c").write_bytes(BEFORE)
    with pytest.raises(InputError, match=r"after\.c"):
        read_cases(tmp_path)
    (folder / "after.c").write_bytes(AFTER)
    (case,) = read_cases(tmp_path)
    assert (case.pattern, case.name, case.wants) == (PATTERN.name, "keep", case_of().wants)
    (case,) = read_cases(folder.parent, "./mine")
    assert case.pattern == "./mine"


def test_a_folder_without_cases_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no cases here"):
        read_cases(tmp_path)
