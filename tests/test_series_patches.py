"""The series as a whole: real git takes it, and a reviewer finds everything in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from series_git import git, repository, write

from migrator.diagnostics import Code, Diagnostic, Related, Severity, Suggestion
from migrator.pattern.load import load_pattern
from migrator.pattern.model import Message, Pattern
from migrator.results import FileResult, Mention, MentionKind, Site, SiteStatus
from migrator.series.hunks import Heading
from migrator.series.ledger import PlainLedger
from migrator.series.maintainers import parse_maintainers
from migrator.series.notes import Provenance, read_provenance
from migrator.series.patches import FileChange, Patch, SeriesOptions, Step, make_series, render_steps
from migrator.series.split import Split

OPTIONS = SeriesOptions(
    author="A U Thor <author@example.org>",
    date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    tool="migrator 1.0",
)


@pytest.fixture(scope="module")
def pattern() -> Pattern:
    message = Message("convert {functions} to charge()", "Three calls become one.")
    return replace(load_pattern("mem_cgroup_charge"), message=message)


WARNING = Diagnostic(
    Code.ERROR_PATH_WIDENED,
    Severity.WARNING,
    "mm/a.c",
    12,
    "drop(x) now also runs when the charge fails (-ENOMEM); before only when the insertion failed (-EEXIST)",
    "do_a",
    (Related("mm/a.c", 20, "the cleanup"), Related("mm/b.c", 3, "the insertion")),
    (Suggestion("mm/a.c", 18, "\tif (err == -EEXIST)\n\t\tdrop(x);"),),
)
REFUSAL = Diagnostic(Code.NO_SETUP, Severity.REFUSAL, "mm/a.c", 40, "nothing sets the mapping", "other_a")
LOOSE = Diagnostic(Code.TRANSACTION_LEFT_OPEN, Severity.WARNING, "mm/a.c", 50, "this commit has no begin", "lone")
ELSEWHERE = Diagnostic(Code.HANDLE_ESCAPES, Severity.REFUSAL, "net/z.c", 7, "the handle is stored", "do_z")


def text(name: str) -> bytes:
    return b"".join(b"%s line %d;\n" % (name.encode(), number) for number in range(20))


def changed(path: str, *sites: Site, diagnostics: tuple[Diagnostic, ...] = ()) -> FileResult:
    before = text(path)
    after = before.replace(b" line 5;\n", b" charged;\n").replace(b" line 9;\n", b" thrice;\n")
    mentions = tuple(Mention(path, site.line, 2, "begin", MentionKind.SITE, str(site.status)) for site in sites)
    return FileResult(path, before, after, sites=sites, diagnostics=diagnostics, mentions=mentions)


def site(path: str, line: int, function: str, status: SiteStatus, *diagnostics: Diagnostic) -> Site:
    placement = "" if status is SiteStatus.REFUSED else "at-begin"
    return Site(path, line, function, "page", status, placement, diagnostics)


RESULTS = (
    changed(
        "mm/a.c",
        site("mm/a.c", 10, "do_a", SiteStatus.WARNED, WARNING),
        site("mm/a.c", 40, "other_a", SiteStatus.REFUSED, REFUSAL),
        diagnostics=(LOOSE,),
    ),
    changed("mm/b.c", site("mm/b.c", 3, "do_b", SiteStatus.MIGRATED)),
    changed("fs/c.c", site("fs/c.c", 3, "do_c", SiteStatus.MIGRATED)),
    FileResult(
        "net/z.c",
        b"z\n",
        b"z\n",
        sites=(site("net/z.c", 7, "do_z", SiteStatus.REFUSED, ELSEWHERE),),
        mentions=(Mention("net/z.c", 70, 4, "begin", MentionKind.COMMENT, "kept"),),
    ),
)


def tree(folder: Path) -> Path:
    return repository(folder, {result.path: result.before for result in RESULTS})


def apply_all(folder: Path, patches: tuple[Patch, ...]) -> None:
    for patch in patches:
        if patch.number:
            git(folder, "apply", "--check", "-", given=patch.mail)
            git(folder, "am", "--quiet", given=patch.mail)


@pytest.mark.parametrize("split", list(Split))
def test_git_am_makes_the_tree(tmp_path: Path, pattern: Pattern, split: Split) -> None:
    tree(tmp_path)
    apply_all(tmp_path, make_series(RESULTS, pattern, replace(OPTIONS, split=split)))
    for result in RESULTS:
        assert (tmp_path / result.path).read_bytes() == result.after
    assert git(tmp_path, "status", "--porcelain") == b""


def test_patches_are_those_that_git_makes_of_the_commits(tmp_path: Path, pattern: Pattern) -> None:
    tree(tmp_path)
    base = git(tmp_path, "rev-parse", "HEAD").decode().strip()
    patches = make_series(RESULTS, pattern, replace(OPTIONS, signoff=True))
    apply_all(tmp_path, patches)
    names = git(tmp_path, "format-patch", "--output-directory", "out", base).decode().split()
    assert [Path(name).name for name in names] == [patch.file_name for patch in patches if patch.number]
    for name, patch in zip(names, patches[1:], strict=True):
        theirs = (tmp_path / name).read_bytes()
        assert theirs[theirs.index(b"diff --git") : theirs.index(b"-- \n")] == patch.diff
        assert patch.diffstat in theirs
        assert f"\nSubject: {patch.subject}\n".encode() in theirs
        assert theirs[theirs.index(b"\n\n") : theirs.index(b"\n---\n")] in patch.mail


def below_the_line(patch: Patch) -> str:
    mail = patch.mail.decode()
    return mail[mail.index("\n---\n") : mail.index("\ndiff --git")]


def unfolded(text: str) -> str:
    return " ".join(text.split())


def test_every_diagnostic_of_a_file_stands_below_the_line_of_its_patch(pattern: Pattern) -> None:
    patch = next(patch for patch in make_series(RESULTS, pattern, OPTIONS) if patch.paths == ("mm/a.c",))
    notes = unfolded(below_the_line(patch))
    for diagnostic in (WARNING, REFUSAL, LOOSE):
        place = f"{diagnostic.file}:{diagnostic.line}, {diagnostic.function}():"
        assert f"- {place} {diagnostic.message} [{diagnostic.code}]" in notes
    assert "* mm/a.c:20: the cleanup" in notes
    assert "* mm/b.c:3: the insertion" in notes
    assert "to go before mm/a.c:18: if (err == -EEXIST) drop(x);" in notes
    assert (
        notes.index("Please review")
        < notes.index(WARNING.message)
        < notes.index("Left as it is")
        < notes.index(REFUSAL.message)
    )
    assert "drop(x)" not in patch.message


def test_patch_of_a_quiet_file_has_no_findings(pattern: Pattern) -> None:
    patch = next(patch for patch in make_series(RESULTS, pattern, OPTIONS) if patch.paths == ("mm/b.c",))
    assert "Please review" not in below_the_line(patch)
    assert "Left as it is" not in below_the_line(patch)


def test_warning_of_a_site_that_was_left_alone_is_no_change_of_behaviour(pattern: Pattern) -> None:
    strict = changed(
        "mm/a.c",
        site("mm/a.c", 10, "do_a", SiteStatus.REFUSED, WARNING),
        site("mm/a.c", 60, "do_more", SiteStatus.MIGRATED),
    )
    notes = unfolded(below_the_line(make_series([strict], pattern, OPTIONS)[1]))
    assert "Please review" not in notes
    assert notes.index("Left as it is") < notes.index(unfolded(WARNING.message))


def test_cover_letter_has_the_ledger(pattern: Pattern) -> None:
    cover = make_series(RESULTS, pattern, OPTIONS)[0]
    mail = cover.mail.decode()
    flat = unfolded(mail)
    assert cover.subject == "[PATCH 0/3] treewide: convert 3 callers to charge()"
    assert "5 sites in 4 files: 2 migrated, 1 migrated with warnings, 2 left alone." in flat
    assert "5 mentions of the old names, 0 unaccounted for." in flat
    for diagnostic in (WARNING, REFUSAL, LOOSE, ELSEWHERE):
        assert f"{diagnostic.file}:{diagnostic.line}, {diagnostic.function}(): {diagnostic.message}" in flat
    assert "net/z.c: comment, kept: begin 70" in flat
    assert "A U Thor (3):\n  fs/c: convert do_c() to charge()\n  mm/a: convert do_a() to charge()\n" in mail
    assert " 3 files changed, 6 insertions(+), 6 deletions(-)\n" in mail


def test_without_a_cover_letter_the_base_is_in_the_first_patch(pattern: Pattern) -> None:
    base = "c0ffee" * 6 + "abcd"
    with_cover = make_series(RESULTS, pattern, replace(OPTIONS, base=base))
    assert [b"\nbase-commit: " in patch.mail for patch in with_cover] == [True, False, False, False]
    without = make_series(RESULTS, pattern, replace(OPTIONS, base=base, cover=False))
    assert [patch.number for patch in without] == [1, 2, 3]
    assert [f"\nbase-commit: {base}\n-- \n".encode() in patch.mail for patch in without] == [True, False, False]


def test_single_patch_with_and_without_cover(pattern: Pattern) -> None:
    subjects = [patch.subject for patch in make_series(RESULTS[1:2], pattern, OPTIONS)]
    assert subjects == [
        "[PATCH 0/1] mm/b: convert 1 caller to charge()",
        "[PATCH 1/1] mm/b: convert do_b() to charge()",
    ]
    alone = make_series(RESULTS[1:2], pattern, replace(OPTIONS, cover=False))
    assert [patch.subject for patch in alone] == ["[PATCH] mm/b: convert do_b() to charge()"]


def test_nothing_changed_is_no_series(pattern: Pattern) -> None:
    assert make_series(RESULTS[3:], pattern, OPTIONS) == ()


def test_equal_input_makes_equal_bytes_in_any_order_of_files(pattern: Pattern) -> None:
    first = make_series(RESULTS, pattern, replace(OPTIONS, split=Split.DIRECTORY))
    again = make_series(RESULTS, pattern, replace(OPTIONS, split=Split.DIRECTORY))
    other = make_series(RESULTS[::-1], pattern, replace(OPTIONS, split=Split.DIRECTORY))
    assert [patch.mail for patch in first] == [patch.mail for patch in again] == [patch.mail for patch in other]


def test_subject_fits_and_the_body_names_who_is_missing(pattern: Pattern) -> None:
    names = [f"a_function_with_a_long_name_{number}" for number in range(4)]
    result = changed("mm/b.c", *(site("mm/b.c", 3, name, SiteStatus.MIGRATED) for name in names))
    patch = make_series([result], pattern, OPTIONS)[1]
    assert patch.subject == "[PATCH 1/1] mm/b: convert 4 callers to charge()"
    assert unfolded(f"Converted here: {names[0]}(), {names[1]}(), {names[2]}() and {names[3]}().") in unfolded(
        patch.message
    )
    assert all(len(line) <= 75 for line in patch.message.splitlines())


def test_refused_functions_are_not_in_the_subject(pattern: Pattern) -> None:
    assert make_series(RESULTS[:1], pattern, OPTIONS)[1].subject == "[PATCH 1/1] mm/a: convert do_a() to charge()"


def test_subject_is_cut_at_75_columns_at_last(pattern: Pattern) -> None:
    long = replace(pattern, message=Message("convert {functions} to " + "a very long name " * 6))
    summary = make_series(RESULTS[1:2], long, OPTIONS)[1].subject.partition("] ")[2]
    assert len(summary) <= 75
    assert summary.endswith("...")


def test_fields_of_the_subject(pattern: Pattern) -> None:
    named = replace(pattern, name="charge", message=Message("{pattern} in {file} of {functions}"))
    assert make_series(RESULTS[1:2], named, OPTIONS)[1].subject.endswith("] mm/b: charge in b.c of do_b()")


@pytest.mark.parametrize(
    ("template", "subject"),
    [
        ("{directory}: ", "mm: convert do_b() to charge()"),
        ("{stem}: ", "b: convert do_b() to charge()"),
        ("{path}: ", "mm/b.c: convert do_b() to charge()"),
        ("", "convert do_b() to charge()"),
        ("memcg: ", "memcg: convert do_b() to charge()"),
    ],
)
def test_prefix(pattern: Pattern, template: str, subject: str) -> None:
    patch = make_series(RESULTS[1:2], pattern, replace(OPTIONS, prefix=template, cover=False))[0]
    assert patch.subject == f"[PATCH] {subject}"


@pytest.mark.parametrize("template", ["{nothing}: ", "{0}: ", "{", "{area.x}"])
def test_bad_prefix(pattern: Pattern, template: str) -> None:
    with pytest.raises(ValueError, match=r"prefix|expected|Single"):
        make_series(RESULTS[1:2], pattern, replace(OPTIONS, prefix=template))


MAINTAINERS = b"""\
List of maintainers

MEMORY
M:\tMem Maintainer <mem@example.org>
R:\tMem Reviewer <review@example.org>
L:\tlinux-mm@example.org (moderated)
F:\tmm/

FILES
M:\tFs Maintainer <fs@example.org>
F:\tfs/

THE REST
M:\tThe Boss <boss@example.org>
L:\tlinux-kernel@example.org
F:\t*
F:\t*/
"""


def test_maintainers_give_recipients(tmp_path: Path, pattern: Pattern) -> None:
    options = replace(OPTIONS, split=Split.SUBSYSTEM, maintainers=parse_maintainers(MAINTAINERS))
    patches = make_series(RESULTS, pattern, options)
    assert [patch.paths for patch in patches] == [(), ("fs/c.c",), ("mm/a.c", "mm/b.c")]
    assert patches[2].to == ("Mem Maintainer <mem@example.org>",)
    assert patches[2].cc == ("Mem Reviewer <review@example.org>", "linux-mm@example.org", "linux-kernel@example.org")
    assert patches[0].to == ("Fs Maintainer <fs@example.org>", "Mem Maintainer <mem@example.org>")
    assert b"\nCc: linux-kernel@example.org\n" in patches[1].mail
    tree(tmp_path)
    apply_all(tmp_path, patches)


def test_files_that_belong_together_stay_together(pattern: Pattern) -> None:
    options = replace(OPTIONS, together=(frozenset({"mm/b.c", "fs/c.c", "not/there.c"}),))
    assert [patch.paths for patch in make_series(RESULTS, pattern, options)] == [(), ("fs/c.c", "mm/b.c"), ("mm/a.c",)]


def test_signoff_only_when_asked(pattern: Pattern) -> None:
    assert not any(b"Signed-off-by" in patch.mail for patch in make_series(RESULTS, pattern, OPTIONS))
    signed = make_series(RESULTS, pattern, replace(OPTIONS, signoff=True))
    assert all(b"\n\nSigned-off-by: A U Thor <author@example.org>\n---\n" in patch.mail for patch in signed[1:])
    assert b"Signed-off-by" not in signed[0].mail


def test_provenance_is_read_back(pattern: Pattern) -> None:
    options = replace(OPTIONS, base="a" * 40, made_with="--strict")
    for patch in make_series(RESULTS, pattern, options):
        expected = Provenance("migrator 1.0", pattern.name, pattern.digest, "--strict", "a" * 40)
        assert read_provenance(patch.mail) == expected
    plain = make_series(RESULTS, pattern, OPTIONS)[1].mail
    assert read_provenance(plain) == Provenance("migrator 1.0", pattern.name, pattern.digest)
    assert read_provenance(plain.replace(b"Made by", b"Made in")) is None


def test_modes_headings_and_version(tmp_path: Path, pattern: Pattern) -> None:
    before = text("x")
    files = {"mm/x.c": before, ".gitattributes": b"*.c diff=cpp\n"}
    repository(tmp_path, files)
    (tmp_path / "mm/x.c").chmod(0o755)
    git(tmp_path, "commit", "--quiet", "--all", "--message", "mode")
    result = changed("mm/x.c", site("mm/x.c", 1, "f", SiteStatus.MIGRATED))
    result = replace(result, before=before, after=before.replace(b"line 15", b"charge"))
    options = replace(OPTIONS, modes={"mm/x.c": "100755"}, headings={"mm/x.c": Heading.CPP}, version=2)
    patches = make_series([result], pattern, options)
    assert [patch.file_name for patch in patches] == [
        "v2-0000-cover-letter.patch",
        "v2-0001-mm-x-convert-f-to-charge.patch",
    ]
    write(tmp_path, {"mm/x.c": result.after})
    assert patches[1].diff == git(tmp_path, "diff")


def test_a_file_in_two_steps_counts_once_in_the_cover_letter(tmp_path: Path, pattern: Pattern) -> None:
    first, second, third = b"a\nb\nc\n", b"a\nB\nc\n", b"a\nB\nc\nd\n"
    steps = [
        Step("mm: introduce charge()", "First.", (FileChange("mm/m.c", first, second),)),
        Step("mm: remove the old calls", "Then.", (FileChange("mm/m.c", second, third),)),
    ]
    patches = render_steps(steps, PlainLedger(), pattern, OPTIONS)
    assert b" mm/m.c | 3 ++-\n 1 file changed, 2 insertions(+), 1 deletion(-)\n" in patches[0].mail
    repository(tmp_path, {"mm/m.c": first})
    apply_all(tmp_path, patches)
    assert (tmp_path / "mm/m.c").read_bytes() == third


def test_carriage_returns_are_told(tmp_path: Path, pattern: Pattern) -> None:
    crlf = replace(RESULTS[1], before=RESULTS[1].before.replace(b"\n", b"\r\n"))
    crlf = replace(crlf, after=RESULTS[1].after.replace(b"\n", b"\r\n"))
    patch = make_series([crlf], pattern, OPTIONS)[1]
    assert "git am --keep-cr" in unfolded(below_the_line(patch))
    repository(tmp_path, {"mm/b.c": crlf.before})
    git(tmp_path, "am", "--quiet", "--keep-cr", given=patch.mail)
    assert (tmp_path / "mm/b.c").read_bytes() == crlf.after


def test_paths_that_are_no_utf8(tmp_path: Path, pattern: Pattern) -> None:
    path = b"mm/caf\xe9.c".decode("utf-8", "surrogateescape")
    finding = replace(WARNING, file=path)
    result = changed("mm/b.c", site(path, 3, "do_b", SiteStatus.WARNED, finding))
    result = replace(result, path=path)
    repository(tmp_path, {path: result.before})
    apply_all(tmp_path, make_series([result], pattern, OPTIONS))
    assert (tmp_path / path).read_bytes() == result.after


def test_paths_with_a_newline(tmp_path: Path, pattern: Pattern) -> None:
    path = "mm/new\nline.c"
    result = changed(path, site(path, 3, "do_b", SiteStatus.WARNED, replace(WARNING, file=path)))
    repository(tmp_path, {path: result.before})
    patches = make_series([result], pattern, OPTIONS)
    assert patches[1].subject == "[PATCH 1/1] mm/new line: convert do_b() to charge()"
    apply_all(tmp_path, patches)
    assert (tmp_path / path).read_bytes() == result.after
