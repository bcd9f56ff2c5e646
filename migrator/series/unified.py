"""One file's change as git prints it: ``diff --git``, ``index`` with real blob hashes, hunks.

``git apply`` takes the output, and ``git diff`` with its default options prints the same bytes.
"""

from __future__ import annotations

import hashlib
import os

from msgspec import Struct

from migrator.series.hunks import Heading, regions, render_hunks, split_lines

# The kernel's habit (core.abbrev = 12); git's default depends on the size of the repository.
ABBREVIATION = 12
PLAIN_MODE = "100644"


class FileDiff(Struct, frozen=True):
    """The diff of one file; ``text`` is empty when nothing changed. The path is relative to the root."""

    path: str
    text: bytes
    added: int
    removed: int


def blob_hash(data: bytes) -> str:
    """The name that git gives to a file's contents (SHA-1, hexadecimal)."""
    digest = hashlib.sha1(b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


def quoted_path(path: bytes) -> bytes:
    """A path as git prints it: in double quotes with C escapes where it has unusual bytes."""
    if not any(byte < 0x20 or byte >= 0x7F or byte in b'"\\' for byte in path):
        return path
    return b'"%s"' % b"".join(_escaped(byte) for byte in path)


def _escaped(byte: int) -> bytes:
    known = _ESCAPES.get(byte)
    if known is not None:
        return known
    return b"\\%03o" % byte if byte < 0x20 or byte >= 0x7F else bytes((byte,))


_ESCAPES = {
    0x07: b"\\a",
    0x08: b"\\b",
    0x09: b"\\t",
    0x0A: b"\\n",
    0x0B: b"\\v",
    0x0C: b"\\f",
    0x0D: b"\\r",
    0x22: b'\\"',
    0x5C: b"\\\\",
}


def file_diff(
    path: str,
    before: bytes,
    after: bytes,
    *,
    mode: str = PLAIN_MODE,
    heading: Heading = Heading.DEFAULT,
) -> FileDiff:
    """The change of one file that exists before and after; ``mode`` is git's, six octal digits."""
    if before == after:
        return FileDiff(path, b"", 0, 0)
    old, new = split_lines(before), split_lines(after)
    changed = regions(old, new)
    name = os.fsencode(path)
    left, right = quoted_path(b"a/" + name), quoted_path(b"b/" + name)
    # git: a name with a blank gets a tab behind it, so that the old "patch" finds its end.
    tail = b"\t" if b" " in name else b""
    head = b"diff --git %s %s\nindex %s..%s %s\n--- %s%s\n+++ %s%s\n" % (
        left,
        right,
        blob_hash(before)[:ABBREVIATION].encode(),
        blob_hash(after)[:ABBREVIATION].encode(),
        mode.encode(),
        left,
        tail,
        right,
        tail,
    )
    return FileDiff(
        path,
        head + render_hunks(old, new, changed, heading),
        sum(region.new_end - region.new_start for region in changed),
        sum(region.old_end - region.old_start for region in changed),
    )
