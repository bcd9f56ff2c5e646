"""The ledger as text."""

from __future__ import annotations

from migrator.diagnostics import Code, Diagnostic, Related, Severity
from migrator.results import FileResult, Mention, MentionKind, Site, SiteStatus
from migrator.series.ledger import PlainLedger, Totals, ledger_text, plain_ledger, totals


def site(line: int, function: str, status: SiteStatus, *diagnostics: Diagnostic) -> Site:
    placement = "" if status is SiteStatus.REFUSED else "at-begin"
    return Site("mm/a.c", line, function, "page", status, placement, diagnostics)


def mention(line: int, kind: MentionKind, status: str, name: str = "begin") -> Mention:
    return Mention("mm/a.c", line, 5, name, kind, status)


WARNING = Diagnostic(Code.ARGUMENT_DROPPED, Severity.WARNING, "mm/a.c", 12, "lrucare has no place", "g")
REFUSALS = tuple(
    Diagnostic(
        Code.HANDLE_ESCAPES,
        Severity.REFUSAL,
        "mm/a.c",
        30,
        "the handle is stored",
        "h",
        (Related("mm/a.c", n, "here"),),
    )
    for n in (31, 32)
)
UNREAD = Diagnostic(Code.UNREADABLE, Severity.ERROR, "mm/b.c", 0, "permission denied")
NOTE = Diagnostic(Code.UNREADABLE, Severity.NOTE, "mm/l.c", 0, "skipped: a symbolic link that leads nowhere")
RESULTS = (
    FileResult(
        "mm/a.c",
        b"",
        b"",
        sites=(
            site(3, "f", SiteStatus.MIGRATED),
            site(12, "a_longer_name", SiteStatus.WARNED, WARNING),
            site(30, "h", SiteStatus.REFUSED, *REFUSALS),
        ),
        mentions=(
            mention(3, MentionKind.SITE, "migrated"),
            mention(50, MentionKind.COMMENT, "kept", "commit"),
            mention(44, MentionKind.COMMENT, "kept"),
            mention(45, MentionKind.COMMENT, "kept"),
            mention(60, MentionKind.SITE, "unaccounted"),
        ),
    ),
    FileResult("mm/b.c", b"", b"", error=UNREAD),
)


def test_totals() -> None:
    assert totals(plain_ledger(RESULTS)) == Totals(
        files=1, sites=3, migrated=1, warned=1, refused=1, mentions=5, unaccounted=1
    )
    assert totals(PlainLedger()) == Totals(0, 0, 0, 0, 0, 0, 0)


def test_text() -> None:
    ledger = plain_ledger(RESULTS)
    assert ledger_text(PlainLedger(ledger.sites, ledger.mentions, (*ledger.diagnostics, NOTE))) == (
        "mm/a.c:3   f()              page  migrated (at-begin)\n"
        "mm/a.c:12  a_longer_name()  page  warned (at-begin): argument-dropped\n"
        "mm/a.c:30  h()              page  refused: handle-escapes\n"
        "\n"
        "Warnings:\n"
        "- mm/a.c:12, g(): lrucare has no place [argument-dropped]\n"
        "\n"
        "Left alone:\n"
        "- mm/a.c:30, h(): the handle is stored [handle-escapes]\n"
        "  * mm/a.c:31: here\n"
        "  * mm/a.c:32: here\n"
        "\n"
        "Not read:\n"
        "- mm/b.c: permission denied [unreadable]\n"
        "\n"
        "Notes:\n"
        "- mm/l.c: skipped: a symbolic link that leads nowhere [unreadable]\n"
        "\n"
        "Other mentions:\n"
        "mm/a.c: comment, kept: begin 44, 45; commit 50\n"
        "mm/a.c: site, unaccounted: begin 60\n"
        "\n"
        "3 sites in 1 file: 1 migrated, 1 migrated with warnings, 1 left alone.\n"
        "5 mentions of the old names, 1 unaccounted for.\n"
    )


def test_empty_ledger_is_the_sums() -> None:
    assert ledger_text(PlainLedger()) == (
        "0 sites in 0 files: 0 migrated, 0 migrated with warnings, 0 left alone.\n"
        "0 mentions of the old names, 0 unaccounted for.\n"
    )
