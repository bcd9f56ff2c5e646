"""MAINTAINERS: sections by path, by the rules of the kernel's script."""

from __future__ import annotations

import pytest

from migrator.series.maintainers import Recipients, parse_maintainers

TEXT = b"""\
Descriptions of section entries:
\tM: is explained here, indented, and is no tag

\t\t----------------------------------

FOLDER
M:\tFolder <folder@example.org>
L:\tfolder@lists.example.org (moderated for non-subscribers)
L:\tclosed@lists.example.org (subscribers-only)
S:\tMaintained
F:\tmm/
X:\tmm/private*

ONE FILE
M:\tFile <file@example.org>
R:\tReader <reader@example.org>
F:\tmm/one.c
F:\tinclude/linux/one.h

WILDCARDS
M:\tWild <wild@example.org>
F:\tmm/w*.c
F:\tarch/*/mm/
F:\tfs/?at/

BARE FOLDER
M:\tBare <bare@example.org>
F:\tkernel/events

EXPRESSION
M:\tRegex <regex@example.org>
N:\tnvram [^/]* \\.c$
N:\t(broken

NON-ASCII
M:\tJ\xc3\xb6rg <joerg@example.org>
F:\tsound/

NO ADDRESSES
M:\tSomebody
M:\tJ\xc3\xb6rg <j\xc3\xb6rg@example.org>
R:\t<>
L:\ta list (moderated)
F:\tusr/

NOTHING BELOW
M:\tNobody <nobody@example.org>

THE REST
M:\tBoss <boss@example.org>
L:\tlinux-kernel@example.org
F:\t*
F:\t*/
"""
FILE = parse_maintainers(TEXT)


@pytest.mark.parametrize(
    ("path", "titles"),
    [
        ("mm/file.c", ["FOLDER", "THE REST"]),
        ("mm/deep/down/file.c", ["FOLDER", "THE REST"]),
        ("mm/private.c", ["THE REST"]),
        ("mm/private_too.c", ["THE REST"]),
        ("mm/one.c", ["ONE FILE", "FOLDER", "THE REST"]),
        ("lib/mm/one.c", ["THE REST"]),
        ("mm/workingset.c", ["WILDCARDS", "FOLDER", "THE REST"]),
        ("mm/w/one.c", ["FOLDER", "THE REST"]),
        ("arch/x86/mm/init.c", ["WILDCARDS", "THE REST"]),
        ("arch/x86/kernel/init.c", ["THE REST"]),
        ("fs/fat/dir.c", ["WILDCARDS", "THE REST"]),
        ("fs/exfat/dir.c", ["THE REST"]),
        ("kernel/events/core.c", ["BARE FOLDER", "THE REST"]),
        ("kernel/eventsomething/core.c", ["THE REST"]),
        ("kernel/eventfd.c", ["THE REST"]),
        ("drivers/nvram_x.c", ["EXPRESSION", "THE REST"]),
        ("Makefile", ["THE REST"]),
    ],
)
def test_sections(path: str, titles: list[str]) -> None:
    assert [section.title for section in FILE.sections_of(path)] == titles


def test_subsystem_is_the_deepest_section() -> None:
    assert FILE.subsystem("mm/one.c") == "ONE FILE"
    assert FILE.subsystem("mm/other.c") == "FOLDER"
    assert FILE.subsystem("init/main.c") == ""


def test_recipients() -> None:
    assert FILE.recipients(["mm/one.c", "mm/other.c"]) == Recipients(
        to=("File <file@example.org>", "Folder <folder@example.org>"),
        cc=("Reader <reader@example.org>", "folder@lists.example.org", "linux-kernel@example.org"),
    )
    assert FILE.recipients(["sound/x.c"]).to == ("J\u00f6rg <joerg@example.org>",)
    assert FILE.recipients([]) == Recipients()


def test_what_is_no_address_gets_no_mail() -> None:
    assert FILE.subsystem("usr/x.c") == "NO ADDRESSES"
    assert FILE.recipients(["usr/x.c"]) == Recipients(cc=("linux-kernel@example.org",))


def test_the_boss_gets_no_mail_of_others() -> None:
    assert FILE.recipients(["init/main.c"]) == Recipients(cc=("linux-kernel@example.org",))


@pytest.mark.parametrize("data", [b"", b"\0\xff\n", b"F:\t*\n", b"A\nM:\n", b"\n" * 5, TEXT.replace(b"\n", b"\r\n")])
def test_any_bytes_can_be_read(data: bytes) -> None:
    assert len(parse_maintainers(data).sections_of("mm/one.c")) <= 3


def test_last_section_may_end_the_file() -> None:
    assert parse_maintainers(b"A\nM:\ta@b.c\nF:\tmm/").subsystem("mm/x.c") == "A"
