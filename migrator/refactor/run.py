"""One file through a refactor in Python: its function is called, what it said is checked, applied and checked again.

Nothing that the function does wrong is raised: an exception is the error of the file, and edits that do not fit, that
touch what does not parse, or that make the file parse worse are refused. The function runs a second time, over the
result, in which it may find no more work.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.diagnostics import Code, Diagnostic, Severity
from migrator.edits import Edit, PositionMap, apply_edits, normalized
from migrator.errors import OverlappingEditsError
from migrator.refactor.context import Context, Notes, Remark, Said, may_be_edited, word_expression
from migrator.results import FileResult, Mention, MentionKind, Site, SiteStatus
from migrator.source import SourceFile

if TYPE_CHECKING:
    from migrator.source import Dialect, Function, Span

_OBJECT = 60  # characters of a place's text that a report shows


class Task(Struct, frozen=True):
    """A refactor as it runs. ``strict``: what has warnings is refused; ``skip``: (function, line) to leave alone."""

    name: str
    words: tuple[str, ...]
    function: Callable[[Context], None]
    strict: bool
    skip: frozenset[tuple[str, int]]


class _Read(Struct, frozen=True, eq=False):
    """A text, what the refactor said about it, and why that is not all of it (empty: it is)."""

    task: Task
    source: SourceFile
    notes: Notes
    failure: str = ""


def rewrite_file(task: Task, path: str, data: bytes, dialect: Dialect) -> FileResult:
    """Run over the bytes of one file; never raises for what the refactor does, nor for bad input."""
    if word_expression(task.words).search(data) is None:
        return FileResult(path, data, data)
    if b"\0" in data[:8000]:
        error = Diagnostic(Code.UNREADABLE, Severity.ERROR, path, 1, "binary file (it contains a NUL byte)")
        return FileResult(path, data, data, error=error)
    read = _read(task, path, data, dialect)
    if read.failure:
        line = read.source.line(read.notes.at) if read.notes.at is not None else 0
        message = f"the refactor {task.name} failed: {read.failure}"
        return FileResult(path, data, data, error=Diagnostic(Code.REFACTOR_FAILED, Severity.ERROR, path, line, message))
    closed = [function for function in read.source.functions if not may_be_edited(function)]
    for said in read.notes.said:
        _refuse_unwanted(task, read.source, said, closed)
    while True:
        done = [said for said in read.notes.said if said.edits is not None and not said.refusals]
        try:
            edits = normalized(edit for said in done for edit in said.edits or ())
            after = apply_edits(data, edits)
        except (OverlappingEditsError, ValueError) as error:
            _refuse(done, f"the edits do not fit together: {error}")
            continue
        if not done or not _refused(read, done, edits, after):
            return _result(read, edits, after)


def _read(task: Task, path: str, data: bytes, dialect: Dialect) -> _Read:
    source, notes = SourceFile.parse(path, data, dialect), Notes()
    # As broad as a border to code of others must be: its bug in one file must not take the other files' results away.
    try:
        task.function(Context(source, task.words, notes))
    except Exception as error:
        return _Read(task, source, notes, _described(error))
    return _Read(task, source, notes)


def _described(error: Exception) -> str:
    """What was raised, and where in the refactor's own file: ``KeyError: 'call' (at let_it_sleep.py:17)``."""
    text = f"{type(error).__name__}: {error}".partition("\n")[0]
    own = error.__traceback__.tb_next if error.__traceback__ is not None else None
    place = ""
    step = own
    while step is not None and own is not None:
        # Deeper frames are those of the library, which the author did not write.
        if step.tb_frame.f_code.co_filename == own.tb_frame.f_code.co_filename:
            place = f" (at {os.path.basename(step.tb_frame.f_code.co_filename)}:{step.tb_lineno})"
        step = step.tb_next
    return text + place


def _refuse(places: Sequence[Said], message: str, code: Code = Code.REWRITE_CHECK_FAILED) -> None:
    for said in places:
        said.refusals.append(Remark(code, message))


def _refuse_unwanted(task: Task, source: SourceFile, said: Said, closed: Sequence[Function]) -> None:
    """What the options leave alone, and what touches the ``closed`` functions, which were not understood."""
    if said.edits is None:
        return
    if task.strict:
        said.refusals += [Remark(one.code, f"{one.message} (left alone: strict)", one.related) for one in said.warnings]
    if (_function(source, said.offset), source.line(said.offset)) in task.skip:
        _refuse([said], "left alone: skipped", Code.UNKNOWN_SHAPE)
    if any(edit.start < one.end and one.start < edit.end for edit in said.edits for one in closed):
        why = "the function does not parse (or is nested too deeply), so nothing in it is touched"
        _refuse([said], why, Code.UNPARSED)


def _refused(read: _Read, done: Sequence[Said], edits: Sequence[Edit], after: bytes) -> bool:
    """Refuse what does not parse any more, or would be rewritten again; whether there was any."""
    again = _read(read.task, read.source.path, after, read.source.dialect)
    if again.failure:
        _refuse(done, f"over the result, the refactor failed: {again.failure}")
        return True
    spoiled = _spoiled(read.source, again.source, edits)
    left = {_function(again.source, said.offset) for said in again.notes.said if said.edits and not said.refusals}
    for said in done:
        function = read.source.function_at(said.offset)
        if function is not None and function.start in spoiled:
            _refuse([said], "the rewritten function does not parse")
        elif _function(read.source, said.offset) in left:
            _refuse([said], "a second run would still find work here")
    if any(said.refusals for said in done):
        return True
    worse = again.source.has_error and not read.source.has_error
    if spoiled or worse:
        _refuse(done, "the rewritten file does not parse")
    return bool(spoiled or worse)


def _spoiled(before: SourceFile, after: SourceFile, edits: Sequence[Edit]) -> frozenset[int]:
    """Where the functions start that could be read before the edits and cannot any more; one that is gone can."""
    positions = PositionMap(edits)
    names = {function.name: function for function in after.functions}
    found = set()
    for function in before.functions:
        if not may_be_edited(function):
            continue
        if any(edit.start <= function.start and function.end <= edit.end for edit in edits):
            continue
        body = positions.forward(function.body.start_byte)
        twin = after.function_at(body) if body is not None else names.get(function.name)
        if twin is None or not may_be_edited(twin):
            found.add(function.start)
    return frozenset(found)


def _function(source: SourceFile, offset: int) -> str:
    function = source.function_at(offset)
    return function.name if function is not None else ""


def _result(read: _Read, edits: tuple[Edit, ...], after: bytes) -> FileResult:
    source = read.source
    sites = [_site(source, said) for said in read.notes.said if said.edits is not None or said.refusals]
    mentions: list[Mention] = []
    loose = list(read.notes.reports)
    for match in word_expression(read.task.words).finditer(source.data):
        kind, status = _mention(read, match.start(), loose)
        name = match.group().decode("ascii")
        line, column = source.line(match.start()), source.column(match.start())
        mentions.append(Mention(source.path, line, column, name, kind, status))
    ordered = tuple(sorted(sites, key=lambda site: site.line))
    return FileResult(source.path, source.data, after, edits, ordered, tuple(mentions), tuple(loose))


def _site(source: SourceFile, said: Said) -> Site:
    line, function = source.line(said.offset), _function(source, said.offset)
    severity, found = Severity.WARNING, said.warnings
    status = SiteStatus.WARNED if said.warnings else SiteStatus.MIGRATED
    if said.refusals:
        severity, found, status = Severity.REFUSAL, said.refusals, SiteStatus.REFUSED
    diagnostics = tuple(
        Diagnostic(one.code, severity, source.path, line, one.message, function, one.related) for one in found
    )
    text = " ".join(source.data[said.offset : said.end].decode("utf-8", "replace").split())
    text = text if len(text) <= _OBJECT else text[: _OBJECT - 3] + "..."
    return Site(source.path, line, function, text, status, "" if said.refusals else "fix", diagnostics)


def _mention(read: _Read, offset: int, loose: list[Diagnostic]) -> tuple[MentionKind, str]:
    source = read.source
    for said in read.notes.said:
        if said.offset <= offset < said.end:
            if said.refusals:
                return MentionKind.SITE, "refused"
            if said.edits is None:
                return MentionKind.OTHER, "kept"
            return MentionKind.SITE, "warned" if said.warnings else "migrated"
    if _within(source.comments, offset):
        return MentionKind.COMMENT, "kept"
    if _within(source.directives, offset):
        return MentionKind.MACRO, "kept"
    node = source.tree.root_node.descendant_for_byte_range(offset, offset + 1)
    if node is not None and node.type.startswith("string"):
        return MentionKind.OTHER, "kept"
    function = source.function_at(offset)
    name, line = _function(source, offset), source.line(offset)
    if function is None:
        return MentionKind.OTHER, "kept"
    if offset < function.body.start_byte:
        return MentionKind.DEFINITION, "kept"
    known = may_be_edited(function)
    code = Code.UNKNOWN_SHAPE if known else Code.UNPARSED
    message = "the refactor does not know this use" if known else "the function does not parse"
    loose.append(Diagnostic(code, Severity.REFUSAL, source.path, line, message, name))
    return MentionKind.OTHER, "refused" if known else "unparsed"


def _within(spans: Sequence[Span], offset: int) -> bool:
    index = bisect_right(spans, offset, key=lambda span: span.start) - 1
    return index >= 0 and offset < spans[index].end
