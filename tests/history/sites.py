"""What a run of a pattern has put in the place of what: the sites whose counterpart is looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from migrator.results import FileResult
from migrator.source import SourceFile
from tests.history.regions import TOKEN, region_at, spaced

UNITS = ("initializer_pair", "call_expression", "expression_statement")
_TOKEN_BYTES = re.compile(TOKEN.pattern.encode())


class Site(NamedTuple):
    """A rewritten place: its file and region, the normal texts before and after, the new node in the new file."""

    file: str
    region: str
    old: str
    new: str
    after: SourceFile
    node: Node | None


def unit_at(source: SourceFile, start: int, end: int) -> Node | None:
    """The smallest expression, initialiser or statement that holds a range and says something by itself."""
    node = source.tree.root_node.descendant_for_byte_range(start, max(start, end - 1))
    while node is not None and node.type not in UNITS:
        if node.start_byte == start and node.end_byte == end and node.type.endswith("_expression"):
            return node
        node = node.parent
    return node


def sites_of(result: FileResult, source: SourceFile, after: SourceFile) -> Iterator[Site]:
    """One for each edit; edits of white space alone are layout.

    What is only taken away is a site where one begins: else it is the second statement of two that become one.
    """
    lines = {site.line for site in result.sites}
    shift = 0
    for edit in result.edits:
        start = edit.start + shift
        shift += len(edit.replacement) - (edit.end - edit.start)
        if not result.before[edit.start : edit.end].strip(b" \t\r\n\\") and not edit.replacement.strip(b" \t\r\n\\"):
            continue
        region = region_at(source, edit.start + len(result.before[edit.start : edit.end]) // 2)
        if region.startswith("#define"):
            old = spaced(result.before[edit.start : edit.end].decode("utf-8", "replace").replace("\\\n", ""))
            new = spaced(edit.replacement.decode("utf-8", "replace").replace("\\\n", "").rstrip("\\ \t"))
            yield Site(result.path, region, old, new, after, None)
            continue
        before, behind = common(result.before[edit.start : edit.end], edit.replacement)
        first, last = edit.start + before[0], edit.end - before[1]
        unit = unit_at(source, first, last)
        old = source.normal(unit) if unit is not None else ""
        twin = None
        if edit.replacement:
            twin = unit_at(after, start + behind[0], start + len(edit.replacement) - behind[1])
        if twin is None and not lines.intersection(range(source.line(first), source.line(max(first, last - 1)) + 1)):
            continue
        new = after.normal(twin) if twin is not None else ""
        yield Site(result.path, region, old, new, after, twin)


def common(before: bytes, after: bytes) -> tuple[tuple[int, int], tuple[int, int]]:
    """How many bytes at both ends of two texts are blanks, or tokens that both have: of the one, of the other.

    An edit that also breaks the line reaches as far as the statement; what it is about does not.
    """
    left, right = ([match.span() for match in _TOKEN_BYTES.finditer(text)] for text in (before, after))
    if not left or not right:
        last = len(before.rstrip(b" \t\r\n,"))
        return (left[0][0] if left else 0, len(before) - last), (right[0][0] if right else 0, 0)
    words = [[text[start:end] for start, end in spans] for text, spans in ((before, left), (after, right))]
    first = 0
    while first < min(map(len, words)) - 1 and words[0][first] == words[1][first]:
        first += 1
    last = 0
    while last < min(map(len, words)) - 1 - first and words[0][-1 - last] == words[1][-1 - last]:
        last += 1
    return (
        (left[first][0], len(before) - left[-1 - last][1]),
        (right[first][0], len(after) - right[-1 - last][1]),
    )
