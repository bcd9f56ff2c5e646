"""One file through the refactor: bytes in, a ``FileResult`` out; never raises for bad input.

The rewritten file is parsed again, and the rewrite of a function stands only if the result parses at least as well
as before, finds no more work to do in it, and could be compared with the original. What fails this is refused, and
the rest is made anew without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field, structs

from migrator.diagnostics import Code, Diagnostic, Related, Severity, Suggestion
from migrator.edits import Edit, PositionMap, apply_edits
from migrator.errors import OverlappingEditsError
from migrator.flow.explore import TooComplexError
from migrator.results import ErrorPaths, FileResult, Mention, MentionKind, Site, SiteStatus
from migrator.source import SourceFile
from migrator.transaction.function import FunctionRewrite, examine, flow_changes, rewrite_function
from migrator.transaction.mentions import find_mentions, name_offset, word_expression
from migrator.transaction.model import (
    FunctionModel,
    Reason,
    Transaction,
    capture_text,
    model_function,
    new_calls,
)
from migrator.transaction.protocol import check_transactions

if TYPE_CHECKING:
    from migrator.errorpaths.compare import Finding
    from migrator.pattern.model import Pattern
    from migrator.pattern.query import RoleMatch
    from migrator.source import Dialect, Function


class Options(Struct, frozen=True):
    """How to treat a file. ``strict``: a site with warnings is left alone. ``tables``: fill ``error_paths``.
    ``skip``: sites to leave alone, as (function, line of the begin). ``on_divergence``: what to do where an error path
    changes: ``warn``, ``guard`` (keep the old behaviour by a test of the error, where it can be told apart) or
    ``refuse``. ``alone``: leave alone what takes more than one function.

    >>> from migrator import Options, Pattern, migrate_file
    >>> strict = Options(strict=True)
    >>> result = migrate_file("tests/readme/replace_entry.c", Pattern.load("mem_cgroup_charge"), options=strict)
    >>> [(str(site.status), site.diagnostics[0].message.endswith("(left alone: strict)")) for site in result.sites]
    [('refused', True)]
    """

    strict: bool = False
    tables: bool = False
    skip: frozenset[tuple[str, int]] = frozenset()
    on_divergence: OnDivergence = "warn"
    alone: bool = False


OnDivergence = Literal["warn", "guard", "refuse"]

# Warnings that an error path runs other cleanup, or returns something else, than before.
DIVERGENCES = frozenset({Code.ERROR_PATH_WIDENED, Code.CLEANUP_LOST, Code.RETURN_CHANGED, Code.FAILURE_ORDER_CHANGED})


class _Work(Struct, eq=False):
    """The state of one file on its way."""

    source: SourceFile
    pattern: Pattern
    options: Options
    models: list[FunctionModel] = field(default_factory=list)
    unparsed: list[Function] = field(default_factory=list)
    rewrites: dict[int, FunctionRewrite] = field(default_factory=dict)
    set_aside: dict[int, list[Transaction]] = field(default_factory=dict)


class _Parsed(Struct, frozen=True, eq=False):
    """A rewritten function in its new text; ``positions`` lead there from the original."""

    source: SourceFile
    function: Function
    positions: PositionMap


def migrate_bytes(
    path: str, data: bytes, pattern: Pattern, dialect: Dialect, options: Options = Options()
) -> FileResult:
    """Migrate one file's bytes; the result says what was done, what not and why, and what can behave differently."""
    if pattern.rewrite is not None:
        from migrator.replace.file import rewrite_bytes

        return rewrite_bytes(path, data, pattern, dialect, strict=options.strict, skip=options.skip)
    if pattern.runner is not None:
        return pattern.runner.run_file(path, data, dialect, strict=options.strict, skip=options.skip)
    if word_expression(pattern.words).search(data) is None:
        return FileResult(path, data, data)
    if b"\0" in data[:8000]:
        error = Diagnostic(Code.UNREADABLE, Severity.ERROR, path, 1, "binary file (it contains a NUL byte)")
        return FileResult(path, data, data, error=error)
    try:
        return _migrate(path, data, pattern, dialect, options)
    except RecursionError:
        error = Diagnostic(
            Code.TOO_COMPLEX, Severity.ERROR, path, 1, "expressions are nested too deeply to be followed"
        )
        return FileResult(path, data, data, error=error)


def _migrate(path: str, data: bytes, pattern: Pattern, dialect: Dialect, options: Options) -> FileResult:
    work = _Work(SourceFile.parse(path, data, dialect), pattern, options)
    _find_work(work)
    for model in work.models:
        check_transactions(model)
    if pattern.kind == "check":
        work.rewrites = {model.function.start: FunctionRewrite(model) for model in work.models}
        return _result(work, (), data)
    while True:
        for model in work.models:
            if model.function.start not in work.rewrites:
                work.rewrites[model.function.start] = rewrite_function(
                    model, work.set_aside.get(model.function.start, ())
                )
        edits = [edit for rewrite in work.rewrites.values() for edit in rewrite.edits]
        try:
            after = apply_edits(data, edits)
        except (OverlappingEditsError, ValueError) as error:
            _refuse_all(work, f"the edits do not fit together: {error}")
            continue
        failed = _verify(work, edits, after)
        if not failed:
            break
        for rewrite in failed:
            work.rewrites.pop(rewrite.model.function.start, None)
    return _result(work, tuple(edits), after)


def _find_work(work: _Work) -> None:
    """Model the functions that mention an old name; note those that do not parse."""
    expression = word_expression(work.pattern.words)
    seen: set[int] = set()
    for match in expression.finditer(work.source.data):
        function = work.source.function_at(match.start())
        if function is None or function.start in seen or function.name in work.pattern.own_functions:
            continue
        seen.add(function.start)
        if function.broken or function.cut or function.deep:
            work.unparsed.append(function)
            continue
        model = model_function(work.source, function, work.pattern)
        for transaction in model.transactions:
            if any((function.name, model.line(begin.node)) in work.options.skip for begin in transaction.begins):
                work.set_aside.setdefault(function.start, []).append(transaction)
        work.models.append(model)


def _refuse_all(work: _Work, message: str) -> None:
    for rewrite in work.rewrites.values():
        for transaction in rewrite.done:
            transaction.refuse(Code.REWRITE_CHECK_FAILED, rewrite.model.line(transaction.begins[0].node), message)
    work.rewrites.clear()


def _verify(work: _Work, edits: Sequence[Edit], after: bytes) -> list[FunctionRewrite]:
    """Check every rewrite on the result; returns those that were refused by it (and so must be made anew)."""
    changed = [rewrite for rewrite in work.rewrites.values() if rewrite.edits]
    if not changed:
        return []
    failed = []
    for rewrite in changed:
        reason = _check(work, rewrite, edits, after)
        if reason is None:
            continue
        failed.append(rewrite)
        for transaction in rewrite.done:
            transaction.reasons.append(reason)
    if failed:
        return failed
    for rewrite in changed:
        for owner, finding in rewrite.findings:
            why = left_alone(work.options, finding.code)
            if owner is not None and why:
                owner.refuse(finding.code, finding.line, f"{finding.message} (left alone: {why})", *finding.related)
                failed.append(rewrite)
    return failed


def left_alone(options: Options, code: Code) -> str:
    """The option for which a site with this warning is refused; empty where it is not."""
    if options.strict:
        return "strict"
    return "on-divergence refuse" if options.on_divergence == "refuse" and code in DIVERGENCES else ""


def _parse_again(work: _Work, model: FunctionModel, edits: Sequence[Edit], after: bytes) -> _Parsed | None:
    """The rewritten function in its new text; None when it does not parse.

    Parsed alone, behind as many newlines as there are lines before it (so that lines stay right); with its whole file
    where that fails, since the meaning of a macro may depend on the file.
    """
    whole = PositionMap(edits)
    start, body = whole.forward(model.function.start), whole.forward(model.function.body.start_byte)
    end = whole.forward(model.function.end - 1)
    if start is None or body is None or end is None:
        return None
    lines = after.count(b"\n", 0, start)
    alone = b"\n" * lines + after[start : end + 1] + b"\n"
    for text, base in ((alone, start - lines), (after, 0)):
        parsed = SourceFile.parse(work.source.path, text, work.source.dialect)
        twin = parsed.function_at(body - base)
        if twin is not None and twin.name == model.function.name and not twin.broken and not twin.cut:
            return _Parsed(parsed, twin, PositionMap(edits, base))
    return None


def _check(work: _Work, rewrite: FunctionRewrite, edits: Sequence[Edit], text: bytes) -> Reason | None:
    model = rewrite.model
    line = min(model.line(item.begins[0].node) for item in rewrite.done)
    again = _parse_again(work, model, edits, text)
    if again is None:
        return Reason(Code.REWRITE_CHECK_FAILED, line, "the rewritten function does not parse")
    parsed, positions = again.source, again.positions
    after = model_function(parsed, again.function, work.pattern)
    late = work.pattern.late_object
    done = {(item.handle, "" if late else item.object) for item in rewrite.done}
    for item in after.roles:
        if item.role in ("begin", "commit", "abort"):
            key = (capture_text(parsed, item, "handle"), "" if late else capture_text(parsed, item, "object"))
            if key in done:
                return Reason(
                    Code.REWRITE_CHECK_FAILED, line, "a second run would still find work in the rewritten function"
                )
    expected = len(new_calls(model.facts, work.pattern)) + sum(len(item.begins) for item in rewrite.done)
    if len(new_calls(after.facts, work.pattern)) != expected:
        return Reason(Code.REWRITE_CHECK_FAILED, line, "the rewritten function does not hold the expected new calls")
    lines = flow_changes(rewrite, after, positions)
    if lines:
        listed = ", ".join(str(item) for item in lines[:5])
        return Reason(
            Code.REWRITE_CHECK_FAILED, line, f"other code would follow line {listed} in the rewritten function"
        )
    rewrite.findings.clear()
    try:
        examine(rewrite, after, positions, tables=work.options.tables)
    except TooComplexError as error:
        return Reason(Code.TOO_COMPLEX, line, f"the error paths could not be compared: {error}")
    return None


# -- the result ----------------------------------------------------------------------------------------------------


def _result(work: _Work, edits: tuple[Edit, ...], after: bytes) -> FileResult:
    sites: list[Site] = []
    statuses: dict[int, str] = {}
    loose: list[Diagnostic] = []
    tables: list[ErrorPaths] = []
    for model in work.models:
        rewrite = work.rewrites[model.function.start]
        if rewrite.error_paths is not None:
            tables.append(rewrite.error_paths)
        for transaction in model.transactions:
            of_transaction = list(_sites(work, rewrite, transaction))
            sites += of_transaction
            status = str(of_transaction[0].status)
            for call in transaction.calls:
                statuses[name_offset(call.node)] = status
        for orphan in model.orphans:
            loose.append(_orphan(model, orphan))
            statuses[name_offset(orphan.node)] = "refused"
    found_mentions = tuple(find_mentions(work.source, work.pattern, statuses))
    mentions = tuple(mention for _, mention in found_mentions)
    sites += _hidden_sites(work, found_mentions)
    loose += _loose_mentions(work, found_mentions)
    ordered = sorted(sites, key=lambda site: site.line)
    return FileResult(
        work.source.path, work.source.data, after, edits, tuple(ordered), mentions, tuple(loose), tuple(tables)
    )


def _sites(work: _Work, rewrite: FunctionRewrite, transaction: Transaction) -> Iterable[Site]:
    model = rewrite.model
    path, function = work.source.path, model.function.name
    placed: str = ""
    if work.pattern.kind == "check":
        status, diagnostics = _verdict(path, function, transaction)
    elif transaction in rewrite.done:
        findings = [finding for owner, finding in rewrite.findings if owner is transaction]
        diagnostics = tuple(_warning(path, function, finding) for finding in findings)
        status = SiteStatus.WARNED if diagnostics else SiteStatus.MIGRATED
        moved = rewrite.placements.get(id(transaction))
        placed = "at-begin" if moved is None or moved.last is None else model.pattern.placement.kind
    else:
        diagnostics = tuple(_refusal(path, function, reason) for reason in transaction.reasons)
        status = SiteStatus.REFUSED
    for index, begin in enumerate(transaction.begins):
        named = begin.captures.get("object", transaction.object_node)
        yield Site(
            path,
            model.line(begin.node),
            function,
            model.readable(named) if named is not None else "",
            status,
            placed,
            diagnostics if index == 0 else (),
        )


# What breaks the protocol, as against what keeps it from being followed.
_BREACHES = frozenset(
    {
        *(Code.TRANSACTION_LEFT_OPEN, Code.TRANSACTION_ENDED_TWICE, Code.TRANSACTION_NOT_OPEN),
        *(Code.OBJECT_CHANGES, Code.COMMIT_ELSEWHERE),
    }
)


def _verdict(path: str, function: str, transaction: Transaction) -> tuple[SiteStatus, tuple[Diagnostic, ...]]:
    """What a pattern that only checks says: breaches are warnings, what is not understood is a refusal."""
    found = [_refusal(path, function, reason) for reason in (*transaction.reasons, *transaction.warnings)]
    if not found:
        return SiteStatus.BALANCED, ()
    if all(item.code in _BREACHES for item in found):
        return SiteStatus.WARNED, tuple(structs.replace(item, severity=Severity.WARNING) for item in found)
    return SiteStatus.REFUSED, tuple(found)


def _warning(path: str, function: str, finding: Finding) -> Diagnostic:
    related = tuple(Related(path, line, text) for line, text in finding.related)
    remedies = tuple(Suggestion(path, line, text) for line, text in finding.remedies)
    return Diagnostic(finding.code, Severity.WARNING, path, finding.line, finding.message, function, related, remedies)


def _refusal(path: str, function: str, reason: Reason) -> Diagnostic:
    related = tuple(Related(path, line, text) for line, text in reason.related)
    return Diagnostic(reason.code, Severity.REFUSAL, path, reason.line, reason.message, function, related)


def _orphan(model: FunctionModel, orphan: RoleMatch) -> Diagnostic:
    name = capture_text(model.source, orphan, "name")
    handle = capture_text(model.source, orphan, "handle").replace(" ", "")
    return Diagnostic(
        Code.COMMIT_ELSEWHERE,
        Severity.REFUSAL,
        model.source.path,
        model.line(orphan.node),
        f"{name}() ends a transaction of the handle {handle} that was not begun in this function",
        model.function.name,
    )


def _loose_mentions(work: _Work, mentions: Iterable[tuple[int, Mention]]) -> Iterable[Diagnostic]:
    """Uses that are no site: the name as a value, and endings in macros. Each says why it was left alone."""
    path = work.source.path
    for offset, mention in mentions:
        function = work.source.function_at(offset)
        name = function.name if function is not None else ""
        if mention.kind is MentionKind.OTHER and mention.status == "refused":
            message = f"{mention.name} is used here as a value, or in a call whose form the pattern does not know"
            yield Diagnostic(Code.UNKNOWN_SHAPE, Severity.REFUSAL, path, mention.line, message, name)
            continue
        ending = mention.kind is MentionKind.MACRO and mention.name not in work.pattern.begin_names
        if ending and _is_definition(work, offset):
            message = f"{mention.name}() is part of a macro, which is not edited"
            yield Diagnostic(Code.MACRO, Severity.REFUSAL, path, mention.line, message, name)


def _is_definition(work: _Work, offset: int) -> bool:
    """Whether a directive is a ``#define`` that holds more than the name that it defines at the offset."""
    for span in work.source.directives:
        if span.start <= offset < span.end:
            text = work.source.data[span.start : offset]
            return re.match(rb"\s*#\s*define\s+\w+[^\w]", text) is not None
    return False


def _hidden_sites(work: _Work, mentions: Iterable[tuple[int, Mention]]) -> Iterable[Site]:
    """Begin calls that the tree does not show: in functions that do not parse, and in macros."""
    for offset, mention in mentions:
        if mention.name not in work.pattern.begin_names:
            continue
        if mention.status == "unparsed":
            code, why = (
                Code.UNPARSED,
                "the function does not parse (or is nested too deeply), so nothing in it is touched",
            )
        elif mention.kind is MentionKind.MACRO and _is_definition(work, offset):
            code, why = Code.MACRO, "the call is part of a macro"
        else:
            continue
        function = work.source.function_at(offset)
        name = function.name if function is not None else ""
        diagnostic = Diagnostic(code, Severity.REFUSAL, work.source.path, mention.line, why, name)
        yield Site(work.source.path, mention.line, name, "", SiteStatus.REFUSED, "", (diagnostic,))
