"""One file through a rewrite: bytes in, a ``FileResult`` out; never raises for bad input.

The rewritten file is parsed again: a piece that parses worse than before, or in which a second run would find work,
takes all its sites back, and the rest is made anew without them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.diagnostics import Code, Diagnostic, Severity
from migrator.edits import Edit, PositionMap, apply_edits, normalized
from migrator.errors import OverlappingEditsError
from migrator.replace.choose import Chosen, choose
from migrator.replace.includes import include_edits
from migrator.replace.mentions import kind_of_kept, span_at, stands_outside_code
from migrator.replace.pieces import Piece, Pieces, is_define, is_visible
from migrator.replace.write import all_edits, write
from migrator.results import FileResult, Mention, MentionKind, Site, SiteStatus
from migrator.source import SourceFile
from migrator.transaction.mentions import word_expression

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern
    from migrator.pattern.rules import Rewrite
    from migrator.source import Dialect

_EXPORT = re.compile(rb"\w+\(\s*\w+\s*\)\s*;?")  # EXPORT_SYMBOL(name)
_OBJECT = 60  # characters of a site's text that a report shows


class _Work(Struct, eq=False):
    """One file on its way. ``settled``: mentions that are no code, by offset; ``loose``: refusals without a site."""

    source: SourceFile
    pattern: Pattern
    rewrite: Rewrite
    pieces: Pieces
    words: dict[int, str] = field(default_factory=dict)
    settled: dict[int, tuple[MentionKind, str]] = field(default_factory=dict)
    chosen: list[Chosen] = field(default_factory=list)
    loose: list[Diagnostic] = field(default_factory=list)


def rewrite_bytes(
    path: str,
    data: bytes,
    pattern: Pattern,
    dialect: Dialect,
    *,
    strict: bool = False,
    skip: frozenset[tuple[str, int]] = frozenset(),
) -> FileResult:
    """Rewrite one file's bytes; ``pattern`` must be of the kind rewrite. ``strict`` and ``skip``: see ``Options``."""
    if word_expression(pattern.words).search(data) is None:
        return FileResult(path, data, data)
    if b"\0" in data[:8000]:
        error = Diagnostic(Code.UNREADABLE, Severity.ERROR, path, 1, "binary file (it contains a NUL byte)")
        return FileResult(path, data, data, error=error)
    work = _find(path, data, pattern, dialect)
    for item in work.chosen:
        if item.match is not None and (item.piece.function, work.source.line(item.offset)) in skip:
            item.refusals.append((Code.UNKNOWN_SHAPE, "left alone: skipped"))
            item.unwanted = True
    while True:
        written = write(work.source, work.chosen)
        if (strict and _refuse_warned(work.chosen)) or _refuse_parts(work.rewrite, work.chosen):
            continue
        try:
            edits = list(normalized(all_edits(written.values())))
            after = apply_edits(data, edits)
            added = list(include_edits(work.source, work.rewrite, after)) if edits else []
            edits = list(normalized([*edits, *added]))
            after = apply_edits(data, edits)
        except (OverlappingEditsError, ValueError) as error:
            _refuse(work.chosen, f"the edits do not fit together: {error}")
            continue
        if not edits or not _refuse_bad(work, edits, after):
            return _result(work, tuple(edits), after, set(written))


def _find(path: str, data: bytes, pattern: Pattern, dialect: Dialect) -> _Work:
    rewrite = pattern.rewrite
    assert rewrite is not None
    source = SourceFile.parse(path, data, dialect)
    work = _Work(source, pattern, rewrite, Pieces(source, rewrite, word_expression(pattern.words)))
    by_piece: dict[int, tuple[Piece, list[int]]] = {}
    for match in word_expression(pattern.words).finditer(data):
        offset = match.start()
        work.words[offset] = match.group().decode("ascii")
        piece = _piece(work, offset)
        if piece is not None:
            by_piece.setdefault(id(piece), (piece, []))[1].append(offset)
    for piece, offsets in by_piece.values():
        work.chosen += choose(pattern, rewrite, piece, offsets)
    return work


def _refuse_parts(rewrite: Rewrite, chosen: Sequence[Chosen]) -> bool:
    """A site inside of one that is refused stays as well: what is around it would be rewritten another time.

    But for a store that only waits for another to be joined to: what it stores is another matter.
    """
    waiting = {rule.joins for rule in rewrite.rules}
    refused = [
        item.match
        for item in chosen
        if item.match is not None and item.refusals and item.match.rule.name not in waiting
    ]
    parts: list[Chosen] = []
    for item in chosen:
        inner = item.match
        if inner is None or not inner.rule.edits or item.refusals:
            continue
        if any(outer.start <= inner.start and inner.end <= outer.end for outer in refused):
            item.refusals.append((Code.UNKNOWN_SHAPE, "this is part of code that is left alone"))
            parts.append(item)
    return bool(parts)


def _piece(work: _Work, offset: int) -> Piece | None:
    """The piece in which a mention is to be looked at; what needs no look is settled here."""
    source = work.source
    kind = stands_outside_code(source, offset)
    if kind is not None:
        work.settled[offset] = (kind, "kept")
        return None
    directive = span_at(source.directives, offset)
    if directive is not None:
        if not is_define(source, directive, offset):
            work.settled[offset] = (MentionKind.MACRO, "kept")
            return None
        function = source.function_at(offset)
        if function is not None and (function.broken or function.cut):
            work.settled[offset] = (MentionKind.MACRO, "unparsed")
            _complain(work, Code.UNPARSED, offset, "the function does not parse, so nothing in it is touched")
            return None
        piece = work.pieces.macro(directive)
        if piece is None:
            work.settled[offset] = (MentionKind.MACRO, "refused")
            _complain(work, Code.MACRO, offset, "the body of the macro does not parse by itself")
        return piece
    piece = work.pieces.at(offset)
    declared = span_at(source.declarative_macros, offset)
    if declared is not None and _EXPORT.fullmatch(source.code, declared.start, declared.end):
        work.settled[offset] = (MentionKind.DECLARATION, "kept")
        return None
    if piece is None or not is_visible(source, offset, offset + len(work.words[offset])):
        work.settled[offset] = (MentionKind.OTHER, "unparsed")
        what = "function" if source.function_at(offset) is not None else "code"
        message = f"the {what} does not parse, so nothing in it is touched"
        if piece is not None:
            message = "this stands in a typeof, or in something else that is not read"
        _complain(work, Code.UNPARSED, offset, message)
    return piece


def _complain(work: _Work, code: Code, offset: int, message: str) -> None:
    """A refusal of a whole function or macro, once."""
    function = work.source.function_at(offset)
    name = function.name if function is not None else ""
    line = work.source.line(offset)
    if name and any(item.code is code and item.function == name for item in work.loose):
        return
    work.loose.append(Diagnostic(code, Severity.REFUSAL, work.source.path, line, message, name))


def _refuse(chosen: Iterable[Chosen], message: str) -> None:
    for item in chosen:
        if item.match is not None and item.match.rule.edits and not item.refusals:
            item.refusals.append((Code.REWRITE_CHECK_FAILED, message))


def _refuse_warned(chosen: Iterable[Chosen]) -> bool:
    warned = [item for item in chosen if item.warnings and not item.refusals]
    for item in warned:
        item.refusals += [(code, f"{message} (left alone: strict)") for code, message in item.warnings]
        item.warnings.clear()
        item.unwanted = True
    return bool(warned)


# -- the check of the result ---------------------------------------------------------------------------------------


def _refuse_bad(work: _Work, edits: Sequence[Edit], after: bytes) -> bool:
    """Look at the rewritten file as a run of its own would; refuse the pieces in which something is wrong."""
    again = _find(work.source.path, after, work.pattern, work.source.dialect)
    write(again.source, again.chosen)  # for what it refuses
    while _refuse_parts(again.rewrite, again.chosen):
        pass
    positions = PositionMap(edits)
    failed = False
    changed: dict[int, list[Chosen]] = {}
    for item in work.chosen:
        if item.match is not None and item.match.rule.edits and not item.refusals:
            changed.setdefault(id(item.piece), []).append(item)
    unwanted = {positions.forward(item.offset) for item in work.chosen if item.unwanted}
    left = {item.offset for item in again.chosen if _is_work(item) and item.offset not in unwanted}
    for items in changed.values():
        start, end = _extent(work, items[0])
        first, last = positions.forward(start), positions.forward(end)
        last = len(after) if end >= len(work.source.data) else last
        if first is None or last is None:
            first, last = 0, len(after)
        if any(first <= offset < last for offset in left):
            _refuse(items, "a second run would still find work in the rewritten code")
            failed = True
        elif not _parses(again, items[0], first):
            _refuse(items, "the rewritten code does not parse")
            failed = True
    return failed


def _is_work(item: Chosen) -> bool:
    return item.match is not None and item.match.rule.edits and not item.refusals


def _extent(work: _Work, item: Chosen) -> tuple[int, int]:
    """Start and end of the code that a site's piece is cut from."""
    if item.piece.macro:
        directive = span_at(work.source.directives, item.offset)
        return (directive.start, directive.end) if directive is not None else (0, 0)
    return item.piece.node.start_byte, item.piece.node.end_byte


def _parses(again: _Work, item: Chosen, start: int) -> bool:
    if item.piece.macro:
        directive = span_at(again.source.directives, start)
        return directive is not None and again.pieces.macro(directive) is not None
    return again.pieces.at(start) is not None


# -- the result ----------------------------------------------------------------------------------------------------


def _result(work: _Work, edits: tuple[Edit, ...], after: bytes, written: set[int]) -> FileResult:
    sites: list[Site] = []
    statuses = dict(work.settled)
    spans: list[tuple[int, int, str]] = []
    for item in work.chosen:
        site = _site(work, item)
        if site is None:
            statuses[item.offset] = (_kept_kind(work, item), "kept")
            for word in item.match.words if item.match is not None else ():
                statuses[word] = (_kept_kind(work, item), "kept")
            continue
        sites.append(site)
        for word in item.match.words if item.match is not None else (item.offset,):
            statuses[word] = (MentionKind.SITE, str(site.status))
        if item.match is not None and item.offset in written:
            spans.append((item.match.start, item.match.end, str(site.status)))
    mentions = tuple(_mentions(work, statuses, spans))
    ordered = tuple(sorted(sites, key=lambda site: site.line))
    return FileResult(work.source.path, work.source.data, after, edits, ordered, mentions, tuple(work.loose))


def _mentions(
    work: _Work, statuses: dict[int, tuple[MentionKind, str]], spans: Sequence[tuple[int, int, str]]
) -> Iterator[Mention]:
    for offset, word in work.words.items():
        known = statuses.get(offset)
        if known is None:  # part of a site that another word stands for
            status = next((status for start, end, status in spans if start <= offset < end), "unparsed")
            known = (MentionKind.SITE if status != "unparsed" else MentionKind.OTHER, status)
        yield Mention(work.source.path, work.source.line(offset), work.source.column(offset), word, *known)


def _kept_kind(work: _Work, item: Chosen) -> MentionKind:
    return MentionKind.MACRO if item.piece.macro else kind_of_kept(work.source, item.offset)


def _site(work: _Work, item: Chosen) -> Site | None:
    """The site of a decision; None where it is to leave the code alone."""
    path, line = work.source.path, work.source.line(item.offset)
    function = item.piece.function
    if item.kept and not item.refusals:
        return None
    if item.refusals:
        found = tuple(
            Diagnostic(code, Severity.REFUSAL, path, line, message, function) for code, message in item.refusals
        )
        return Site(path, line, function, _object(item), SiteStatus.REFUSED, "", found)
    found = tuple(Diagnostic(code, Severity.WARNING, path, line, message, function) for code, message in item.warnings)
    status = SiteStatus.WARNED if found else SiteStatus.MIGRATED
    rule = item.match.rule.name if item.match is not None else ""
    return Site(path, line, function, _object(item), status, rule, found)


def _object(item: Chosen) -> str:
    if item.match is None:
        return ""
    text = " ".join((item.match.piece.source.text(node)).decode("utf-8", "replace") for node in item.match.nodes)
    text = " ".join(text.split())
    return text if len(text) <= _OBJECT else text[: _OBJECT - 3] + "..."
