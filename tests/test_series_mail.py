"""Mails: what ``git am`` makes of them is what was put in."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from series_git import git, repository, write

from migrator.series.diffstat import diffstat
from migrator.series.mail import Mail, encoded_address, file_name, render_mail
from migrator.series.unified import file_diff

BEFORE, AFTER = b"int a;\nint b;\n", b"int a;\nint c;\n"
DATE = datetime(2020, 4, 23, 1, 25, 50, tzinfo=timezone(timedelta(hours=-4)))


def a_mail(**changes: object) -> Mail:
    diff = file_diff("mm/file.c", BEFORE, AFTER)
    parts: dict[str, object] = {
        "number": 1,
        "total": 3,
        "summary": "mm/file: rename b",
        "message": "The name is wrong.\n\nSigned-off-by: A U Thor <author@example.org>",
        "author": "A U Thor <author@example.org>",
        "date": DATE,
        "diffstat": diffstat([diff]),
        "diff": diff.text,
        "signature": "migrator 1.0",
    }
    return Mail(**(parts | changes))  # type: ignore[arg-type]


def applied(folder: Path, mail: bytes, *options: str) -> str:
    """The commit message that ``git am`` makes."""
    repository(folder, {"mm/file.c": BEFORE})
    git(folder, "am", "--quiet", *options, given=mail)
    assert (folder / "mm/file.c").read_bytes() == AFTER
    return git(folder, "log", "-1", "--format=%B").decode()


def test_form() -> None:
    assert render_mail(a_mail(notes="A note.", base="b" * 40, to=("C <c@example.org>",))).decode() == (
        "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n"
        "From: A U Thor <author@example.org>\n"
        "Date: Thu, 23 Apr 2020 01:25:50 -0400\n"
        "Subject: [PATCH 1/3] mm/file: rename b\n"
        "To: C <c@example.org>\n"
        "\n"
        "The name is wrong.\n"
        "\n"
        "Signed-off-by: A U Thor <author@example.org>\n"
        "---\n"
        "A note.\n"
        "\n"
        " mm/file.c | 2 +-\n"
        " 1 file changed, 1 insertion(+), 1 deletion(-)\n"
        "\n"
        "diff --git a/mm/file.c b/mm/file.c\n"
        "index dc904e7acc5f..5331e8ed1352 100644\n"
        "--- a/mm/file.c\n"
        "+++ b/mm/file.c\n"
        "@@ -1,2 +1,2 @@\n"
        " int a;\n"
        "-int b;\n"
        "+int c;\n"
        "\n"
        f"base-commit: {'b' * 40}\n"
        "-- \n"
        "migrator 1.0\n"
        "\n"
    )


def test_is_what_git_format_patch_writes(tmp_path: Path) -> None:
    repository(tmp_path, {"mm/file.c": BEFORE})
    base = git(tmp_path, "rev-parse", "HEAD").decode().strip()
    mail = render_mail(a_mail(total=1))
    git(tmp_path, "am", "--quiet", given=mail)
    commit = git(tmp_path, "rev-parse", "HEAD").decode().strip()
    theirs = git(tmp_path, "format-patch", "-1", "--stdout", "--signature=migrator 1.0", f"--base={base}")
    assert render_mail(a_mail(total=1, commit=commit, base=base)) == theirs


def test_author_date_and_message_arrive(tmp_path: Path) -> None:
    message = applied(tmp_path, render_mail(a_mail()))
    assert message.strip() == "mm/file: rename b\n\nThe name is wrong.\n\nSigned-off-by: A U Thor <author@example.org>"
    assert git(tmp_path, "log", "-1", "--format=%aI|%an|%ae").decode().strip() == (
        "2020-04-23T01:25:50-04:00|A U Thor|author@example.org"
    )


@pytest.mark.parametrize(
    "author",
    [
        "J\u00f6rg Gr\u00fcn <j@example.org>",
        'J. "Jo" Random, III <j@example.org>',
        "Ren\u00e9 (kernel) <r@example.org>",
        "\u5c71\u7530\u592a\u90ce <y@example.org>",
    ],
)
def test_names_arrive(tmp_path: Path, author: str) -> None:
    applied(tmp_path, render_mail(a_mail(author=author)))
    name = git(tmp_path, "log", "-1", "--format=%an").decode().strip()
    assert name.replace('"', "") == author.partition(" <")[0].replace('"', "")
    assert git(tmp_path, "log", "-1", "--format=%ae").strip() == author.rpartition("<")[2][:-1].encode()


@pytest.mark.parametrize(
    "summary",
    [
        "mm/file: " + "a rather long subject " * 3 + "with an end",
        "mm/file: gr\u00fcne B\u00e4ume " + "und noch etwas mehr " * 4 + "Ende",
        "mm/file: " + "x" * 100,
        "mm/file: =?utf-8?q?not_encoded?= by us",
    ],
)
def test_subjects_arrive_and_are_folded(tmp_path: Path, summary: str) -> None:
    mail = render_mail(a_mail(summary=summary, total=1))
    head = mail.partition(b"\n\n")[0]
    assert all(len(line) <= 78 for line in head.split(b"\n") if b"xxxx" not in line)
    subject = applied(tmp_path, mail).partition("\n")[0]
    assert subject == (summary if "=?" not in summary else "mm/file: not encoded by us")


HOSTILE = [
    "diff --git a/x b/x",
    "diff -u old new",
    "--- a/mm/file.c",
    "---",
    "--- ",
    "Index: mm/file.c",
    "From: Somebody Else <e@example.org>",
    "Subject: another one",
    "Date: Thu, 1 Jan 1970 00:00:00 +0000",
    "From a1b2c3 Mon Sep 17 00:00:00 2001",
    "From nobody Thu Apr 23 01:25:50 2020",
    ">From here on",
    "[PATCH] in brackets",
    "@@ -1,2 +1,2 @@",
    "+++ b/mm/file.c",
    "--",
    "-- ",
    "Content-Type: text/html",
]


@pytest.mark.parametrize("line", HOSTILE)
@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
def test_lines_of_the_message_stay_in_the_message(tmp_path: Path, line: str, first: bool) -> None:
    message = f"{line}\nmore text" if first else f"Some text.\n\n{line}\nmore text"
    got = applied(tmp_path, render_mail(a_mail(message=message)))
    assert [part.strip() for part in got.strip().splitlines()[2:]] == [part.strip() for part in message.splitlines()]
    assert git(tmp_path, "log", "-1", "--format=%an").strip() == b"A U Thor"


@pytest.mark.parametrize("line", HOSTILE)
def test_notes_are_dropped_and_apply_nothing(tmp_path: Path, line: str) -> None:
    got = applied(
        tmp_path, render_mail(a_mail(notes=f"A note.\n{line}\n+++ b/mm/file.c\n@@ -1 +1 @@\n-int a;\n+int q;"))
    )
    assert got.strip().splitlines() == ["mm/file: rename b", "", *a_mail().message.splitlines()]


def test_carriage_returns_need_an_option_of_git(tmp_path: Path) -> None:
    before, after = BEFORE.replace(b"\n", b"\r\n"), AFTER.replace(b"\n", b"\r\n")
    diff = file_diff("file.c", before, after)
    repository(tmp_path, {"file.c": before})
    git(tmp_path, "am", "--quiet", "--keep-cr", given=render_mail(a_mail(diff=diff.text, diffstat=diffstat([diff]))))
    assert (tmp_path / "file.c").read_bytes() == after


def test_bytes_that_are_no_text_arrive(tmp_path: Path) -> None:
    before, after = b"/* \xe9 */\nint a;\n", b"/* \xe9 \xff */\nint a;\n"
    diff = file_diff("file.c", before, after)
    repository(tmp_path, {"file.c": before})
    git(tmp_path, "am", "--quiet", given=render_mail(a_mail(diff=diff.text, message="Gr\u00fc\u00dfe")))
    assert (tmp_path / "file.c").read_bytes() == after
    assert git(tmp_path, "log", "-1", "--format=%b").decode().strip() == "Gr\u00fc\u00dfe"


def test_many_mails_in_one_file_are_many(tmp_path: Path) -> None:
    texts = [BEFORE, AFTER, AFTER + b"int d;\n"]
    mails = [
        render_mail(a_mail(number=number, total=2, diff=file_diff("mm/file.c", old, new).text))
        for number, (old, new) in enumerate(pairwise(texts), 1)
    ]
    repository(tmp_path, {"mm/file.c": BEFORE})
    git(tmp_path, "am", "--quiet", given=b"".join(mails))
    assert git(tmp_path, "rev-list", "--count", "HEAD").strip() == b"3"


def test_a_mail_program_reads_it() -> None:
    mail = render_mail(
        a_mail(
            to=("J\u00f6rg <j@example.org>", 'Jo "J" Doe, Jr. <d@example.org>', "list@example.org"),
            cc=("linux@example.org",),
            message="Gr\u00fc\u00dfe",
        )
    )
    read = email.message_from_bytes(mail.partition(b"\n")[2], policy=email.policy.default)
    assert read["to"].addresses[0].display_name == "J\u00f6rg"
    assert [address.addr_spec for address in read["to"].addresses] == [
        "j@example.org",
        "d@example.org",
        "list@example.org",
    ]
    assert read["cc"].addresses[0].addr_spec == "linux@example.org"
    assert "Gr\u00fc\u00dfe" in read.get_content()
    assert not read.defects


def test_cover_letter_has_no_patch() -> None:
    mail = render_mail(a_mail(number=0, diff=b"", message="Text.")).decode()
    assert "Subject: [PATCH 0/3] " in mail
    assert "\n---\n" not in mail
    assert "Text.\n\n mm/file.c | 2 +-\n" in mail


@pytest.mark.parametrize(
    ("changes", "bracket"),
    [
        ({"total": 1}, "[PATCH]"),
        ({"total": 1, "numbered": True}, "[PATCH 1/1]"),
        ({"total": 12}, "[PATCH 01/12]"),
        ({"total": 3, "version": 2}, "[PATCH v2 1/3]"),
        ({"total": 1, "version": 3}, "[PATCH v3]"),
    ],
)
def test_brackets(changes: dict[str, object], bracket: str) -> None:
    assert a_mail(**changes).subject == f"{bracket} mm/file: rename b"


@pytest.mark.parametrize(
    "summary",
    [
        "mm/file: rename b",
        "uprobes: a.b..c () [x]  end.",
        "x" * 100,
        "a " * 60,
        "mm: gr\u00fcn",
        "--- dashes ---",
        "ends in the cut " + "abc.de-" * 8,
    ],
)
def test_file_names_are_those_of_format_patch(tmp_path: Path, summary: str) -> None:
    repository(tmp_path, {"file.c": BEFORE})
    write(tmp_path, {"file.c": AFTER})
    git(tmp_path, "commit", "--quiet", "--all", "--message", summary, "--cleanup=verbatim")
    assert git(tmp_path, "format-patch", "-1").decode().strip() == file_name(1, summary)


@pytest.mark.parametrize("author", ["nobody", "", "No Mail <>", "A\nB: c <a@example.org>", "A <gr\u00fcn@example.org>"])
def test_bad_authors(author: str) -> None:
    with pytest.raises(ValueError, match=r"address|line break"):
        render_mail(a_mail(author=author))


def test_header_injection_is_refused() -> None:
    with pytest.raises(ValueError, match="line break"):
        render_mail(a_mail(summary="one\nBcc: x@example.org"))


def test_bare_address() -> None:
    assert encoded_address("list@example.org") == "list@example.org"


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Cs"]), max_size=120))
def test_any_subject_survives_a_mail_program(text: str) -> None:
    summary = "mm: " + " ".join(text.split())
    mail = render_mail(a_mail(summary=summary, total=1))
    read = email.message_from_bytes(mail.partition(b"\n")[2], policy=email.policy.default)
    if "=?" not in summary:
        assert " ".join(read["subject"].split()) == " ".join(f"[PATCH] {summary}".split())


def test_equal_input_makes_equal_mails() -> None:
    assert render_mail(a_mail()) == render_mail(a_mail())


def test_date_in_utc() -> None:
    assert b"\nDate: Fri, 02 Jan 2026 03:04:05 +0000\n" in render_mail(
        a_mail(date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    )
