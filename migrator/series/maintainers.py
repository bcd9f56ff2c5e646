"""The kernel's MAINTAINERS file: which section a file belongs to, and whom to send a patch to.

The rules are those of ``scripts/get_maintainer.pl``, without a look at the tree: ``F:`` and ``X:`` hold path patterns
in which ``*`` and ``?`` stay within one folder; one that ends in ``/`` takes the folder and all below, one without
wildcards may be a folder, too. ``N:`` is a regular expression on the path.
The section whose pattern goes deepest comes first. ``K:`` (words in the text of the file) is not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from msgspec import Struct, field

_TAG = re.compile(r"([A-Z]):\s*(.*\S)\s*")
# With a name or bare; what has no address that mail could go to is passed over.
_ADDRESS = re.compile(r"[^<>]*<[!-;=?-~]+@[!-;=?-~]+>|[!-;=?-~]+@[!-;=?-~]+")
_CATCH_ALL = -1


class Section(Struct, frozen=True):
    """One entry. ``line`` is that of its title; ``people`` are M:, ``reviewers`` R:, ``lists`` L:."""

    title: str
    line: int
    people: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()

    def depth(self, path: str) -> int | None:
        """How deep the deepest pattern that takes the path goes, -1 for one that takes everything; None for none."""
        depths = [_depth(pattern) for pattern in self.files if _takes(pattern, path)]
        depths.extend(0 for text in self.expressions if _expression(text).search(path))
        if not depths or any(_takes(pattern, path) for pattern in self.excluded):
            return None
        return max(depths)


class Recipients(Struct, frozen=True):
    """To and Cc of a patch, as ``Name <address>`` or bare addresses, each once and in order."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


class Maintainers(Struct, frozen=True):
    """A parsed file."""

    sections: tuple[Section, ...] = ()

    def sections_of(self, path: str) -> tuple[Section, ...]:
        """The sections that take a path (relative to the tree), the deepest match first, then in the file's order."""
        found = [(depth, section) for section in self.sections if (depth := section.depth(path)) is not None]
        return tuple(section for _, section in sorted(found, key=lambda item: (-item[0], item[1].line)))

    def subsystem(self, path: str) -> str:
        """The title of the section that fits best; empty where only the one for everything does, or none."""
        for section in self.sections_of(path):
            if section.depth(path) != _CATCH_ALL:
                return section.title
        return ""

    def recipients(self, paths: Iterable[str]) -> Recipients:
        """Maintainers of all files to To, reviewers and lists to Cc; of the section for everything only the lists."""
        to: dict[str, None] = {}
        cc: dict[str, None] = {}
        for path in paths:
            for section in self.sections_of(path):
                if section.depth(path) != _CATCH_ALL:
                    to.update(dict.fromkeys(section.people))
                    cc.update(dict.fromkeys(section.reviewers))
                cc.update(dict.fromkeys(section.lists))
        return Recipients(tuple(to), tuple(one for one in cc if one not in to))


class _Open(Struct):
    """A section that is being read."""

    title: str
    line: int
    values: dict[str, list[str]] = field(default_factory=dict)

    def closed(self) -> Section:
        def of(tag: str) -> tuple[str, ...]:
            return tuple(self.values.get(tag, ()))

        return Section(
            self.title,
            self.line,
            people=tuple(text for text in of("M") if _ADDRESS.fullmatch(text)),
            reviewers=tuple(text for text in of("R") if _ADDRESS.fullmatch(text)),
            # Like the script, without the lists that take mail from subscribers only.
            lists=tuple(
                address
                for text in of("L")
                if "subscribers-only" not in text and _ADDRESS.fullmatch(address := _address(text))
            ),
            files=of("F"),
            excluded=of("X"),
            expressions=of("N"),
        )


def parse_maintainers(data: bytes) -> Maintainers:
    """Read the file; what is no section is passed over, so there are no errors."""
    sections: list[Section] = []
    current: _Open | None = None
    previous = ""
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        found = _TAG.fullmatch(line)
        if found is None:
            previous = line.strip()
            if not previous and current is not None:
                sections.append(current.closed())
                current = None
            continue
        if current is None:
            current = _Open(previous, number - 1)
        current.values.setdefault(found.group(1), []).append(found.group(2))
    if current is not None:
        sections.append(current.closed())
    return Maintainers(tuple(section for section in sections if section.files or section.expressions))


def _address(text: str) -> str:
    """A list's address without the remark in parentheses behind it."""
    return text.split("(", 1)[0].strip() if "<" not in text else text


def _takes(pattern: str, path: str) -> bool:
    fixed = _fixed_part(pattern)
    if not path.startswith(fixed):
        return False
    if len(fixed) == len(pattern):
        # As in the script, a pattern need not reach the end of the path when the slashes are as many. It also
        # looks whether the pattern is a folder of the tree: then what is below counts, too.
        folder = pattern.rstrip("/") + "/"
        return pattern.endswith("/") or path.count("/") == pattern.count("/") or path.startswith(folder)
    if not pattern.endswith("/") and path.count("/") != pattern.count("/"):
        return False
    return _matcher(pattern).match(path) is not None


@cache
def _fixed_part(pattern: str) -> str:
    """What stands before the first wildcard."""
    star, mark = pattern.find("*"), pattern.find("?")
    ends = [place for place in (star, mark) if place >= 0]
    return pattern[: min(ends)] if ends else pattern


@cache
def _matcher(pattern: str) -> re.Pattern[str]:
    # As in the script, "*" is any text: that the slashes are as many keeps it within its folder.
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."))


@cache
def _expression(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.VERBOSE)
    except re.error:
        # Perl's syntax where Python's differs: an expression that takes nothing.
        return re.compile(r"(?!)")


def _depth(pattern: str) -> int:
    if pattern.startswith("*"):
        return _CATCH_ALL
    return pattern.count("/") + (0 if pattern.endswith("/") else 1)
