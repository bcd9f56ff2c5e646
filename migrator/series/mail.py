"""A patch as a mail, in the form of ``git format-patch`` that ``git am`` takes.

The mail is bytes: the diff goes through untouched in whatever encoding its file has; only headers and message are
text. Equal input makes equal mails: dates and hashes come from the caller. Nothing that stands before the diff can
be taken for a part of it, or for the start of another mail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

NO_COMMIT = "0" * 40
# git's own constant date of the "From " line: how tools tell its mails from others.
_MAGIC_DATE = "Mon Sep 17 00:00:00 2001"
_HEADER_WIDTH = 78
_FILE_STEM = 57


class Mail(Struct, frozen=True):
    """The parts of one mail. ``summary`` is the subject without the bracket, ``message`` the body above ``---``.

    ``numbered``: with numbers even where there is one patch only (as git does it where there is a cover letter).
    A cover letter has no ``diff``: its ``message`` is all of it, and ``diffstat`` follows without ``---``.
    """

    number: int
    total: int
    summary: str
    message: str
    author: str
    date: datetime
    commit: str = NO_COMMIT
    version: int = 1
    numbered: bool = False
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    notes: str = ""
    diffstat: bytes = b""
    diff: bytes = b""
    base: str = ""
    signature: str = ""

    @property
    def subject(self) -> str:
        """With the bracket, unfolded."""
        return f"[{_bracket(self)}] {self.summary}"


def _bracket(mail: Mail) -> str:
    version = f" v{mail.version}" if mail.version > 1 else ""
    count = f" {mail.number:0{len(str(mail.total))}d}/{mail.total}" if mail.numbered or mail.total > 1 else ""
    return f"PATCH{version}{count}"


def file_name(number: int, summary: str) -> str:
    """What ``git format-patch`` would call the file."""
    stem = re.sub(r"[^A-Za-z0-9._]+", "-", summary)
    stem = re.sub(r"\.\.+", ".", stem).lstrip("-").rstrip(".-")
    return f"{number:04d}-{stem}"[:_FILE_STEM] + ".patch"


def render_mail(mail: Mail) -> bytes:
    """The whole mail; raises ValueError for an author without an address or a line break in a header."""
    message = _safe_message(mail.message)
    headers = [
        f"From {mail.commit} {_MAGIC_DATE}",
        _header("From", encoded_address(mail.author)),
        _header("Date", _date(mail.date)),
        _header("Subject", mail.subject),
    ]
    headers.extend(_address_header(name, people) for name, people in (("To", mail.to), ("Cc", mail.cc)) if people)
    notes = _safe_notes(mail.notes)
    if not (message.isascii() and notes.isascii() and mail.author.isascii() and _plain(mail.diff)):
        headers.extend(
            ("MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8", "Content-Transfer-Encoding: 8bit")
        )
    head = "\n".join(headers) + "\n\n"
    middle = f"{message}\n" if message else ""
    if mail.diff:
        middle += "---\n" + (f"{notes}\n\n" if notes else "")
    elif mail.diffstat:
        middle += "\n"
    tail = f"\nbase-commit: {mail.base}\n" if mail.base else ""
    tail += f"-- \n{mail.signature}\n\n" if mail.signature else ""
    return b"".join(
        (
            head.encode("utf-8", "surrogateescape"),
            middle.encode("utf-8", "surrogateescape"),
            mail.diffstat,
            b"\n" if mail.diff or mail.diffstat else b"",
            mail.diff,
            tail.encode("utf-8", "surrogateescape"),
        )
    )


def _plain(diff: bytes) -> bool:
    """Whether a diff needs no word on its encoding: ASCII, or in an encoding that nobody knows."""
    if diff.isascii():
        return True
    try:
        diff.decode()
    except UnicodeDecodeError:
        return True
    return False


def _date(date: datetime) -> str:
    from email.utils import format_datetime

    return format_datetime(date)


def encoded_address(text: str) -> str:
    """``Name <address>`` or a bare address as it stands in a header: quoted or encoded where the name needs it."""
    from email.utils import formataddr, parseaddr

    if "\n" in text or "\r" in text:
        raise ValueError(f"a line break in {text!r}")
    # Not parseaddr alone: an unquoted comma or dot in a name would end it.
    found = re.fullmatch(r"\s*\"?(.*?)\"?\s*<([^<>]+)>\s*", text)
    name, address = (found.group(1).replace('\\"', '"'), found.group(2)) if found else parseaddr(text)
    if not address.isascii() or not address or (found is None and "@" not in address):
        raise ValueError(f"no mail address in {text!r}")
    return formataddr((name, address), "utf-8")


def _address_header(name: str, people: Sequence[str]) -> str:
    return f"{name}: " + ",\n    ".join(encoded_address(person) for person in people)


def _header(name: str, value: str) -> str:
    """``Name: value``, folded at blanks; encoded after RFC 2047 when it is not ASCII."""
    if "\n" in value or "\r" in value:
        raise ValueError(f"a line break in {value!r}")
    if not value.isascii():
        from email.header import Header

        clean = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return f"{name}: " + Header(clean, "utf-8", _HEADER_WIDTH, name).encode()
    import textwrap

    return textwrap.fill(
        f"{name}: {value}",
        _HEADER_WIDTH,
        subsequent_indent=" ",
        break_long_words=False,
        break_on_hyphens=False,
    )


# What git's mailinfo and mailsplit take for the end of the message, a header in it, or another mail.
_MISTAKABLE = re.compile(r"---(?:\s|\Z)|diff -|Index: |From \S|>From |\[PATCH\]")
_IN_BODY_HEADER = re.compile(r"(?:From|Subject|Date|Content-[A-Za-z-]+|MIME-Version): ?", re.IGNORECASE)


def _safe_message(message: str) -> str:
    """The message with a blank before each line that git would not read as part of it; no final newline."""
    lines = [line.rstrip() for line in message.strip().split("\n")] if message.strip() else []
    safe: list[str] = []
    for number, line in enumerate(lines):
        if _MISTAKABLE.match(line) or (number == 0 and _IN_BODY_HEADER.match(line)):
            line = " " + line
        safe.append(line)
    return "\n".join(safe)


_DIFF_LIKE = re.compile(r"---|\+\+\+ |@@ |diff |Index: |From ")


def _safe_notes(notes: str) -> str:
    """The notes with a blank before each line that ``git apply`` could take for the start of a diff."""
    return "\n".join(" " + line if _DIFF_LIKE.match(line) else line for line in notes.strip("\n").split("\n"))
