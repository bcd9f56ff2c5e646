"""Diffs: byte for byte those of git, and taken by ``git apply``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from series_git import git, git_diff, repository, write

from migrator.series.diffstat import diffstat
from migrator.series.hunks import Heading, split_lines
from migrator.series.unified import FileDiff, blob_hash, file_diff, quoted_path

FUNCTION = b"""\
/* leading comment */

static int first(struct thing *t)
{
	int err;

	err = begin(t);
	if (err)
		return err;

	if (!t->ready) {
		abort_it(t);
		return -EINVAL;
	}

	commit(t);
	return 0;
}

int second(struct thing *t,
	   int flags)
{
	int i;

	for (i = 0; i < flags; i++) {
		if (begin(t))
			goto out;
		work(t);
	}
	return 0;
out:
	undo(t);
	drop(t);
	put(t);
	free(t);
	return -ENOMEM;
}
"""

CASES = {
    "one line": (FUNCTION, FUNCTION.replace(b"\tcommit(t);\n", b"\tfinish(t);\n")),
    "two hunks": (FUNCTION, FUNCTION.replace(b"begin(t)", b"start(t, 0)")),
    "a block moves": (
        FUNCTION,
        FUNCTION.replace(b"\terr = begin(t);\n\tif (err)\n\t\treturn err;\n\n", b"").replace(
            b"\tcommit(t);\n", b"\terr = begin(t);\n\tif (err)\n\t\treturn err;\n\n"
        ),
    ),
    "a block with blank lines around goes": (
        FUNCTION,
        FUNCTION.replace(b"\tif (!t->ready) {\n\t\tabort_it(t);\n\t\treturn -EINVAL;\n\t}\n\n", b""),
    ),
    "a twin of a function is added": (FUNCTION, FUNCTION + b"\n" + FUNCTION[FUNCTION.index(b"int second") :]),
    "below a label": (FUNCTION, FUNCTION.replace(b"\treturn -ENOMEM;\n", b"\treturn err;\n")),
    "no newline before": (FUNCTION[:-1], FUNCTION),
    "no newline afterwards": (FUNCTION, FUNCTION[:-1]),
    "no newline at all": (FUNCTION[:-1], FUNCTION[:-2] + b"};"),
    "last line of a file without newline stays": (FUNCTION[:-1], FUNCTION[:-1].replace(b"free(t)", b"release(t)")),
    "carriage returns": (FUNCTION.replace(b"\n", b"\r\n"), FUNCTION.replace(b"work", b"toil").replace(b"\n", b"\r\n")),
    "carriage returns go": (FUNCTION.replace(b"\n", b"\r\n"), FUNCTION),
    "form feeds": (b"a\n\fint x(void)\n" + FUNCTION, b"b\n\fint x(void)\n" + FUNCTION),
    "Latin-1": (b"/* \xe9t\xe9 */\n" + FUNCTION, b"/* \xe9t\xe9s */\n" + FUNCTION),
    "everything is new": (b"", FUNCTION),
    "everything goes": (FUNCTION, b""),
    "one line becomes another": (b"a\n", b"b\n"),
    "one line without newline": (b"a", b"b"),
    "a long heading": (b"int f(%s)\n" % (b"int a, " * 20) + b"{\n" + b"\tx;\n" * 9 + b"}\n",) * 1
    + (b"int f(%s)\n" % (b"int a, " * 20) + b"{\n" + b"\tx;\n" * 8 + b"\ty;\n}\n",),
    "blank at the cut of a heading": (
        b"int f(%s)\n{\n\ta;\n\tb;\n\tc;\n\td;\n}\n" % (b"i" * 73 + b" x"),
        b"int f(%s)\n{\n\ta;\n\tb;\n\tc;\n\te;\n}\n" % (b"i" * 73 + b" x"),
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES.keys())
def test_equal_to_git(tmp_path: Path, before: bytes, after: bytes) -> None:
    assert file_diff("file.c", before, after).text == git_diff(tmp_path, before, after)


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES.keys())
def test_applies(tmp_path: Path, before: bytes, after: bytes) -> None:
    _assert_applies(tmp_path, before, after)


def _assert_applies(folder: Path, before: bytes, after: bytes) -> None:
    target = folder / "file.c"
    target.write_bytes(before)
    git(folder, "apply", "--check", "--whitespace=nowarn", "-", given=file_diff("file.c", before, after).text)
    git(folder, "apply", "--whitespace=nowarn", "-", given=file_diff("file.c", before, after).text)
    assert target.read_bytes() == after


def test_no_change_is_no_diff() -> None:
    assert file_diff("file.c", FUNCTION, FUNCTION) == FileDiff("file.c", b"", 0, 0)


# Few different lines, so that blocks can slide and be matched in many ways.
LINES = st.lists(
    st.sampled_from(
        [
            b"",
            b"\t",
            b"{",
            b"}",
            b"\t}",
            b"\t\t}",
            b"\tif (x) {",
            b"\t\tx();",
            b"\ty();",
            b"int f(void)",
            b"out:",
            b"\xff",
        ]
    ),
    max_size=40,
)
ENDINGS = st.sampled_from([b"\n", b"\r\n"])


@st.composite
def texts(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Two texts that differ in some runs of lines; either may lack its last newline."""
    newline = draw(ENDINGS)
    lines = draw(LINES)
    changed = list(lines)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(changed)))
        end = draw(st.integers(start, min(len(changed), start + 6)))
        changed[start:end] = draw(LINES)[:8]
    before, after = (b"".join(line + newline for line in text) for text in (lines, changed))
    if draw(st.booleans()):
        before = before.removesuffix(newline)
    if draw(st.booleans()):
        after = after.removesuffix(newline)
    return before, after


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts())
def test_any_texts_are_equal_to_git_and_apply(pair: tuple[bytes, bytes]) -> None:
    before, after = pair
    if before == after:
        return
    with tempfile.TemporaryDirectory() as folder:
        assert file_diff("file.c", before, after).text == git_diff(Path(folder), before, after)
        _assert_applies(Path(folder), before, after)


def test_expensive_texts_are_equal_to_git(tmp_path: Path) -> None:
    # Long enough for the heuristics that end the search early.
    before = b"".join(b"line %d\n" % (number * number % 977) for number in range(3000))
    after = b"".join(b"line %d\n" % (number * (number + 3) % 983) for number in range(3000))
    assert file_diff("file.c", before, after).text == git_diff(tmp_path, before, after)


def test_long_equal_runs_amid_many_changes_are_equal_to_git(tmp_path: Path) -> None:
    def text(seed: int) -> bytes:
        lines: list[bytes] = []
        for block in range(60):
            lines += (b"\tcommon %d %d;\n" % (block, number) for number in range(25))
            lines += (b"\tonly %d;\n" % ((seed * 7919 + block * 31 + number * 17) % 400) for number in range(25))
        return b"".join(lines)

    assert file_diff("file.c", text(1), text(2)).text == git_diff(tmp_path, text(1), text(2))


def test_hunks_join_at_six_lines_between(tmp_path: Path) -> None:
    for between in (5, 6, 7):
        lines = [b"%d\n" % number for number in range(30)]
        changed = list(lines)
        changed[8] = changed[9 + between] = b"new\n"
        before, after = b"".join(lines), b"".join(changed)
        diff = file_diff("file.c", before, after).text
        assert diff.count(b"\n@@ ") == (1 if between <= 6 else 2)
        assert diff == git_diff(tmp_path, before, after)


@pytest.mark.parametrize(
    "name", ["with blank.c", "tab\there.c", 'quo"te.c', "back\\slash.c", "gr\u00fcn.c", "bell\x07.c"]
)
def test_odd_names_are_quoted_as_git_does(tmp_path: Path, name: str) -> None:
    repository(tmp_path, {name: b"a\n"})
    write(tmp_path, {name: b"b\n"})
    diff = file_diff(name, b"a\n", b"b\n").text
    assert diff == git(tmp_path, "diff")
    git(tmp_path, "checkout", "--quiet", ".")
    git(tmp_path, "apply", "-", given=diff)
    assert (tmp_path / name).read_bytes() == b"b\n"


def test_name_that_is_no_utf8(tmp_path: Path) -> None:
    name = b"caf\xe9.c".decode("utf-8", "surrogateescape")
    repository(tmp_path, {name: b"a\n"})
    write(tmp_path, {name: b"b\n"})
    assert file_diff(name, b"a\n", b"b\n").text == git(tmp_path, "diff")


def test_plain_names_are_not_quoted() -> None:
    assert quoted_path(b"mm/page-alloc_2+.c") == b"mm/page-alloc_2+.c"


def test_mode(tmp_path: Path) -> None:
    repository(tmp_path, {"run.c": b"a\n"})
    (tmp_path / "run.c").chmod(0o755)
    git(tmp_path, "commit", "--quiet", "--all", "--message", "mode")
    write(tmp_path, {"run.c": b"b\n"})
    assert file_diff("run.c", b"a\n", b"b\n", mode="100755").text == git(tmp_path, "diff")


def test_heading_of_the_cpp_driver_passes_over_labels(tmp_path: Path) -> None:
    before = FUNCTION + b"::std::x f()\n{\n\t1;\n\t2;\n\t3;\n\t4;\n}\n  indented:\n"
    after = before.replace(b"return -ENOMEM", b"return err").replace(b"\t4;", b"\t5;")
    repository(tmp_path, {"file.c": before, ".gitattributes": b"*.c diff=cpp\n"})
    write(tmp_path, {"file.c": after})
    diff = file_diff("file.c", before, after, heading=Heading.CPP).text
    assert diff == git(tmp_path, "diff")
    assert b"@@ int second(" in diff
    assert b"@@ out:" in file_diff("file.c", before, after).text


@pytest.mark.parametrize("data", [b"", b"a\n", b"\0\xff", FUNCTION])
def test_blob_hash(tmp_path: Path, data: bytes) -> None:
    assert blob_hash(data) == git(tmp_path, "hash-object", "--stdin", given=data).decode().strip()


def test_lines_are_split_at_line_feeds_only() -> None:
    assert split_lines(b"a\rb\fc\x85\n\nd") == [b"a\rb\fc\x85\n", b"\n", b"d"]
    assert split_lines(b"") == []
    assert split_lines(b"\n") == [b"\n"]


STATS = {
    "plain": {"a.c": (3, 2), "mm/filemap.c": (10, 24)},
    "one insertion": {"a.c": (1, 0)},
    "one deletion": {"a.c": (0, 1)},
    "graph is scaled": {"a.c": (500, 3), "b.c": (1, 1), "c.c": (0, 999)},
    "long name": {"drivers/net/ethernet/" + "very-long-folder/" * 4 + "file.c": (30, 40), "a.c": (2, 90)},
    "long name without a folder": {"x" * 100 + ".c": (300, 4)},
    "quoted name": {'q"uote.c': (1, 1), "gr\u00fcn.c": (2, 0)},
}


@pytest.mark.parametrize("counts", STATS.values(), ids=STATS.keys())
def test_diffstat_is_that_of_format_patch(tmp_path: Path, counts: dict[str, tuple[int, int]]) -> None:
    old = {name: b"".join(b"old %d\n" % number for number in range(removed)) for name, (_, removed) in counts.items()}
    new = {name: b"".join(b"new %d\n" % number for number in range(added)) for name, (added, _) in counts.items()}
    kept = b"kept\n" * 4
    repository(tmp_path, {name: kept + data for name, data in old.items()})
    write(tmp_path, {name: kept + data for name, data in new.items()})
    git(tmp_path, "commit", "--quiet", "--all", "--message", "change")
    mail = git(tmp_path, "format-patch", "-1", "--stdout")
    stat = mail[mail.index(b"---\n") + 4 : mail.index(b"\ndiff --git")]
    files = [file_diff(name, kept + old[name], kept + new[name]) for name in sorted(counts, key=lambda n: n.encode())]
    assert diffstat(files) == stat


def test_diffstat_of_nothing() -> None:
    assert diffstat([]) == b""
