"""Two mails of one patch beside each other: which of their parts differ, and how."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PREIMAGE = re.compile(rb"^diff --git a/(\S+) b/\S+\nindex ([0-9a-f]+)\.\.", re.MULTILINE)


_DIFF = "the diff"
_HEADING = re.compile(rb"^(@@ -[\d,]+ \+[\d,]+ @@)[^\n]*", re.MULTILINE)


def parts_of(mail: bytes) -> dict[str, bytes]:
    """The parts of a mail by their names for people; a part that it does not have is missing."""
    found: dict[str, bytes] = {}
    head, _, body = mail.partition(b"\n\n")
    lines = head.split(b"\n")
    found["the subject"] = b"\n".join(_header(lines, b"Subject:"))
    found["the headers"] = b"\n".join(line for line in lines if line not in _header(lines, b"Subject:"))
    position = body.find(b"\ndiff --git ")
    if position >= 0:
        diff = body[position + 1 :]
        body = body[: position + 1]
        end = re.search(rb"^(?:base-commit: |-- $)", diff, re.MULTILINE)
        found[_DIFF] = diff[: end.start()] if end is not None else diff
        found["the end"] = diff[end.start() :] if end is not None else b""
    message, line, below = body.partition(b"\n---\n")
    found["the message"] = message
    if line:
        found["the notes below ---"] = below
    return found


def _header(lines: list[bytes], name: bytes) -> list[bytes]:
    """A header with the lines that it is folded into."""
    found: list[bytes] = []
    for line in lines:
        if line.startswith(name) or (found and line[:1] in b" \t"):
            found.append(line)
        elif found:
            break
    return found


def differing_parts(left: bytes, right: bytes) -> tuple[str, ...]:
    """The names of the parts in which two mails differ, one at least where they are not equal."""
    one, other = parts_of(left), parts_of(right)
    names = [name for name in dict.fromkeys([*one, *other]) if one.get(name) != other.get(name)]
    if _DIFF in names and _HEADING.sub(rb"\1", one.get(_DIFF, b"")) == _HEADING.sub(rb"\1", other.get(_DIFF, b"")):
        # they come from git's attributes, which a tree outside of git does not have
        names[names.index(_DIFF)] = "the function names behind @@"
    return tuple(names) or (("the white space between its parts",) if left != right else ())


def difference(given: bytes, again: bytes) -> list[str]:
    """A unified diff for people, from the patch given to the one made again."""
    from difflib import unified_diff

    left, right = (data.decode("utf-8", "replace").split("\n") for data in (given, again))
    return list(unified_diff(left, right, "given", "made again", lineterm="", n=1))


def preimages(diffs: Iterable[bytes]) -> dict[str, frozenset[bytes]]:
    """The abbreviated names of the contents that the diffs start from, by path."""
    found: dict[str, set[bytes]] = {}
    for diff in diffs:
        for match in _PREIMAGE.finditer(diff):
            found.setdefault(match[1].decode("utf-8", "replace"), set()).add(match[2])
    return {path: frozenset(names) for path, names in found.items()}
