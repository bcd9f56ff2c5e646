"""``accept_cases`` and ``patterns test --accept``: what is written, what stays, and what is never accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import RunCli
from msgspec.structs import replace

from migrator import testing
from migrator.edits import Edit
from migrator.errors import InputError
from migrator.pattern.model import Pattern
from migrator.results import FileResult, Mention, MentionKind
from migrator.testing import accept as accepting
from migrator.testing import accept_cases, read_all_cases, run_cases

V58 = "mem_cgroup_charge_v58"
BEFORE = """\
static int keep(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, true);%s
	return 0;
}
"""
AFTER = """\
static int keep(struct page *page, struct mm_struct *mm)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	return 0;
}
"""
MET = ' /* want: argument-dropped "lrucare" */'
TOLD = "mem_cgroup_commit_charge() is called with lrucare `true`, which mem_cgroup_charge()"
LONG = f' /* want: argument-dropped "{TOLD}" */'


def make(tmp_path: Path, before: str, after: str | None = None) -> Path:
    case = tmp_path / "cases" / V58 / "keep"
    case.mkdir(parents=True)
    (case / "before.c").write_text(before)
    if after is not None:
        (case / "after.c").write_text(after)
    return case


def passes(tmp_path: Path) -> bool:
    return not any(outcome.problems for outcome in run_cases(read_all_cases(tmp_path / "cases")))


@pytest.mark.parametrize(
    ("note", "accepted"),
    [
        ("", LONG),
        (MET, MET),
        (' /* want: macro "no such thing" */', LONG),
        (' /* want: macro "gone", argument-dropped "lrucare" */', MET),
        (MET + ' /* want: macro "gone" */', MET),
        (' /* why not */', " /* why not */" + LONG),
    ],
    ids=["new", "met", "not-met", "half-met", "second-not-met", "beside-a-comment"],
)  # fmt: skip
def test_comments_say_what_is_reported(note: str, accepted: str, tmp_path: Path) -> None:
    case = make(tmp_path, BEFORE % note)
    assert list(accept_cases(tmp_path / "cases")) == [
        *([case / "before.c"] if accepted != note else []), case / "after.c",
    ]  # fmt: skip
    assert (case / "before.c").read_text() == BEFORE % accepted
    assert (case / "after.c").read_text() == AFTER
    assert passes(tmp_path)
    assert list(accept_cases(tmp_path / "cases")) == []


def test_a_comment_on_a_line_of_its_own_goes_with_its_line(tmp_path: Path) -> None:
    text = (BEFORE % "").replace("\tmem_cgroup_commit", '\t/* want: macro "gone" */\n\tmem_cgroup_commit')
    case = make(tmp_path, text, "nonsense")
    assert list(accept_cases(tmp_path / "cases")) == [case / "before.c", case / "after.c"]
    assert (case / "before.c").read_text() == BEFORE % LONG
    assert passes(tmp_path)


def test_comments_stay_where_their_statement_stays(tmp_path: Path) -> None:
    text = (BEFORE % "").replace("true", "false").replace("return 0;", 'return 0; /* want: macro "gone" */')
    text = text.replace("-ENOMEM;", "-ENOMEM; /* as ever */")
    case = make(tmp_path, text)
    assert [path.name for path in accept_cases(tmp_path / "cases")] == ["before.c", "after.c"]
    assert "-ENOMEM; /* as ever */\n\treturn 0;\n" in (case / "after.c").read_text()


def test_line_endings_stay(tmp_path: Path) -> None:
    case = make(tmp_path, "")
    (case / "before.c").write_bytes((BEFORE % "").replace("\n", "\r\n").encode())
    list(accept_cases(tmp_path / "cases"))
    assert (case / "before.c").read_bytes() == (BEFORE % LONG).replace("\n", "\r\n").encode()
    assert (case / "after.c").read_bytes() == AFTER.replace("\n", "\r\n").encode()


def test_a_case_of_several_files(tmp_path: Path) -> None:
    case = tmp_path / "cases" / V58 / "two"
    (case / "before" / "mm").mkdir(parents=True)
    (case / "before" / "mm" / "keep.c").write_text(BEFORE % "")
    (case / "before" / "plain.h").write_text("int lamp;\n")
    written = [path.relative_to(case).as_posix() for path in accept_cases(tmp_path / "cases")]
    assert written == ["before/mm/keep.c", "after/mm/keep.c", "after/plain.h"]
    assert (case / "before" / "mm" / "keep.c").read_text() == BEFORE % LONG
    assert passes(tmp_path)


def test_what_must_not_be_is_not_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = accepting.migrate_alone

    def worse(path: str, data: bytes, pattern: Pattern) -> FileResult:
        result = genuine(path, data, pattern)
        return replace(result, after=result.after.replace(b"}", b"")) if b"try_charge" in data else result

    monkeypatch.setattr(accepting, "migrate_alone", worse)
    case = make(tmp_path, BEFORE % MET, "as it was")
    with pytest.raises(InputError, match="cannot be accepted: the edits do not lead") as caught:
        list(accept_cases(tmp_path / "cases"))
    assert caught.value.file == str(case / "before.c")
    assert (case / "before.c").read_text() == BEFORE % MET
    assert (case / "after.c").read_text() == "as it was"


def test_a_line_that_takes_no_comment(tmp_path: Path) -> None:
    text = "#define TAKE(page) \\\n\tmem_cgroup_commit_charge(page, memcg, false); \\\n\tput(page)\n"
    case = make(tmp_path, text)
    with pytest.raises(InputError, match="no comment can be put here for macro") as caught:
        list(accept_cases(tmp_path / "cases"))
    assert caught.value.line == 2
    assert [path.name for path in case.iterdir()] == ["before.c"]


def test_two_on_one_line(tmp_path: Path) -> None:
    case = tmp_path / "cases" / "strscpy" / "two"
    case.mkdir(parents=True)
    (case / "before.c").write_text("size_t f(void)\n{\n\treturn strlcpy(a, b, 1) + strlcpy(a, c, 1);\n}\n")
    list(accept_cases(tmp_path / "cases"))
    assert (case / "before.c").read_text().count("/* want: unknown-shape ") == 2
    assert passes(tmp_path)


def test_no_cases(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no cases here"):
        list(accept_cases(tmp_path))


def test_the_command(cli: RunCli, tmp_path: Path) -> None:
    case = make(tmp_path, BEFORE % "")
    done = cli("patterns", "test", "cases", cwd=tmp_path)
    assert done.status == 2
    assert "keep/after.c: is not there yet: `migrator patterns test --accept` writes what comes out" in done.err
    done = cli("patterns", "test", "cases", "--accept", cwd=tmp_path)
    assert (done.status, done.out.split()) == (0, [f"cases/{V58}/keep/{name}.c" for name in ("before", "after")])
    assert "1 case: 1 passed, 0 failed" in done.err
    (case / "after.c").write_text("int lamp;\n")
    assert cli("patterns", "test", "cases", cwd=tmp_path).status == 1
    assert cli("patterns", "test", "--accept", "-p", V58, f"cases/{V58}", cwd=tmp_path).status == 0
    assert (case / "after.c").read_text() == AFTER


def test_a_read_only_case_is_an_error(cli: RunCli, tmp_path: Path) -> None:
    case = make(tmp_path, BEFORE % "", "old")
    (case / "after.c").chmod(0o444)
    done = cli("patterns", "test", "cases", "--accept", cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines() == [
        f"migrator: error: cases/{V58}/keep/after.c: read-only file",
        "migrator: 1 case: 0 passed, 0 failed, 1 not run",
    ]
    assert (case / "before.c").read_text() == BEFORE % ""


def test_nothing_new_stays_where_something_is_refused(tmp_path: Path) -> None:
    case = make(tmp_path, BEFORE % "")
    (case / "before.c").chmod(0o444)
    with pytest.raises(InputError, match="read-only file"):
        list(accept_cases(tmp_path / "cases"))
    assert [path.name for path in case.iterdir()] == ["before.c"]


def test_what_says_the_same_stays(tmp_path: Path) -> None:
    """Comments in after.c are for the reader: it is no less right without one, or with one of its own."""
    text = BEFORE.replace("return -ENOMEM;", "return -ENOMEM;%s") % ("", MET)
    for number, after in enumerate((AFTER, AFTER.replace("0;", '0; /* want: macro "is said elsewhere" */'))):
        case = make(tmp_path / str(number), text, after)
        assert list(accept_cases(tmp_path / str(number) / "cases")) == []
        assert (case / "after.c").read_text() == after


def test_a_file_that_cannot_come_out(tmp_path: Path) -> None:
    case = tmp_path / "cases" / V58 / "two"
    for part in ("before", "after"):
        (case / part).mkdir(parents=True)
    (case / "before" / "keep.c").write_text(BEFORE % "")
    (case / "after" / "gone.c").write_text("int lamp;\n")
    with pytest.raises(InputError, match="no such file is in before") as caught:
        list(accept_cases(tmp_path / "cases"))
    assert caught.value.file == str(case / "after" / "gone.c")
    assert (case / "before" / "keep.c").read_text() == BEFORE % ""


def result_with(monkeypatch: pytest.MonkeyPatch, change: Callable[[FileResult], FileResult]) -> None:
    genuine = accepting.migrate_alone

    def other(path: str, data: bytes, pattern: Pattern) -> FileResult:
        return change(genuine(path, data, pattern))

    monkeypatch.setattr(accepting, "migrate_alone", other)


def _restless(result: FileResult) -> FileResult:
    end = len(result.before)
    return replace(result, after=result.before + b"int lamp;\n", edits=(Edit(end, end, b"int lamp;\n"),))


def _unparsed(result: FileResult) -> FileResult:
    edits = (Edit(0, len(result.before), b"int lamp(\n"),)
    return replace(result, after=b"int lamp(\n", edits=edits)


def _lossy(result: FileResult) -> FileResult:
    lost = Mention(result.path, 1, 1, "mem_cgroup_try_charge", MentionKind.OTHER, "unaccounted")
    return replace(result, mentions=(*result.mentions, lost))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_restless, "a second run would change the result again"),
        (_unparsed, "the output has parse errors that the input had not"),
        (_lossy, "line 1: a mention of mem_cgroup_try_charge is not accounted for"),
    ],
)
def test_what_is_unsafe_is_not_accepted(
    cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[FileResult], FileResult],
    message: str,
) -> None:
    result_with(monkeypatch, change)
    case = make(tmp_path, BEFORE % MET)
    done = cli("patterns", "test", "cases", "--accept", cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert f"keep/before.c: cannot be accepted: {message}" in done.err
    assert [path.name for path in case.iterdir()] == ["before.c"]
    assert (case / "before.c").read_text() == BEFORE % MET


def test_one_that_cannot_be_accepted_does_not_stop_the_others(cli: RunCli, tmp_path: Path) -> None:
    make(tmp_path / "one", "#define TAKE(page) \\\n\tmem_cgroup_commit_charge(page, memcg, false); \\\n\tput(page)\n")
    (tmp_path / "one" / "cases" / V58 / "keep").rename(tmp_path / "one" / "cases" / V58 / "bad")
    make(tmp_path / "one", BEFORE % "")
    done = cli("patterns", "test", "one/cases", "--accept", cwd=tmp_path)
    assert (done.status, len(done.out.split())) == (2, 2)
    assert "bad/before.c:2: no comment can be put here" in done.err
    assert done.err.endswith("migrator: 2 cases: 1 passed, 0 failed, 1 not run\n")


def test_it_is_public() -> None:
    assert testing.accept_cases is accept_cases
