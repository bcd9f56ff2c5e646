"""Take a handle out of one function: its calls, arguments, parameter, local; and check the result.

The same as the engine does with a function of its own: marks on a draft, tidied and emitted; the result parsed again,
its flow compared, its error paths compared.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.passes import AcrossRefusedError
from migrator.across.signature import spans, without_arguments, without_parameters
from migrator.diagnostics import Code
from migrator.edits import Edit, PositionMap
from migrator.flow.facts import strip, words
from migrator.rewrite.draft import Draft, RewriteRefusedError
from migrator.rewrite.emit import emit
from migrator.rewrite.lines import comments_between, whole_lines
from migrator.rewrite.tidy import tidy
from migrator.source import SourceFile
from migrator.source.lexing import BLANK
from migrator.syntax import arguments, declared_name, enclosing_statement, identifiers
from migrator.transaction.at_begin import draft_at_begin
from migrator.transaction.function import FunctionRewrite, examine, flow_changes, remove_declarators, topics_of
from migrator.transaction.model import model_function, new_calls
from migrator.transaction.protocol import check_protocol

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.travel import Touched
    from migrator.errorpaths.compare import Finding
    from migrator.results import ErrorPaths
    from migrator.transaction.model import Transaction

_PROTOCOL = ("begin", "commit", "abort")


def unload(touched: Touched) -> FunctionRewrite:
    """The edits of one function, its parameter list and kernel-doc included; raises AcrossRefusedError."""
    model = touched.model
    rewrite = FunctionRewrite(model, done=list(touched.transactions))
    handles = [model.source.normal(strip(item.captures["handle"])) for item in touched.endings.values()]
    handles += [item.handle for item in touched.transactions]
    handles += [model.source.normal(node) for node in touched.locals.values()]
    draft = Draft(
        model.source,
        model.function,
        topics_of(model.pattern, [handle.split(" ")[-1] for handle in handles]),
        model.facts.quiet,
        model.facts.by_type,
        model.facts.locals - model.facts.address_taken,
    )
    try:
        for transaction in touched.transactions:
            draft_at_begin(model, transaction, draft)
        _mark(touched, draft)
        tidy(draft)
        for node in touched.tests.values():
            if draft.lives(node):
                raise RewriteRefusedError(model.line(node), "what the handle is tested for does not go with it")
        edits = list(emit(draft))
    except RewriteRefusedError as error:
        line = model.line(touched.transactions[0].begins[0].node) if touched.transactions else error.line
        raise AcrossRefusedError(
            Code.UNKNOWN_SHAPE, touched.path, line, error.message, (touched.path, error.line, "here")
        ) from None
    if touched.parameters:
        edits += without_parameters(model.source, model.function.node, touched.parameters)
    rewrite.edits = tuple(sorted(edits, key=lambda edit: (edit.start, edit.end)))
    rewrite.joined = [second for _, second in draft.joined]
    return rewrite


def _mark(touched: Touched, draft: Draft) -> None:
    removed: list[Node] = []
    for ending in touched.endings.values():
        removed.append(enclosing_statement(ending.node))
    removed += touched.statements.values()
    for statement in removed:
        draft.remove(statement)
    for statement in touched.statements.values():
        _take_comment(touched.model.source, statement, draft)
    lists: list[Edit] = []
    for call, places in touched.arguments.values():
        if draft.lives(call):
            lists += without_arguments(touched.model.source, call, places)
    _check_apart(touched, lists)
    for edit in lists:
        if edit.replacement:
            draft.replaced[(edit.start, edit.end)] = edit.replacement.decode("utf-8", "surrogateescape")
        else:
            draft.deleted.append((edit.start, edit.end))
    for pair in touched.pairs.values():
        draft.deleted.append(_span_of_pair(touched.model.source, pair))
    names = list(touched.locals.values())
    names += _forsaken(touched, draft, removed, lists)
    by_declaration: dict[int, tuple[Node, set[int]]] = {}
    for name in names:
        declaration = enclosing_statement(name)
        by_declaration.setdefault(declaration.id, (declaration, set()))[1].add(name.id)
    for declaration, ids in by_declaration.values():
        remove_declarators(draft, declaration, ids)


def _take_comment(source: SourceFile, statement: Node, draft: Draft) -> None:
    """A comment above a statement that is a paragraph by itself speaks of nothing else, and goes with it."""
    lines = whole_lines(source, statement.start_byte, statement.end_byte)
    if lines is None:
        return
    start, end = lines
    behind = source.data[end : source.line_end(end)].strip()
    above = comments_between(source, source.line_start(max(start - 400, 0)), start)
    if (behind and not behind.startswith(b"}")) or not above:
        return
    span = above[-1]
    first = source.line_start(span.start)
    alone = not source.data[first : span.start].strip() and source.data[span.end : start] == source.newline
    before = source.data[source.line_start(max(first - 1, 0)) : first].strip()
    if alone and (not before or before.endswith(b"{")):
        draft.deleted.append((first, start))


def _check_apart(touched: Touched, edits: Sequence[Edit]) -> None:
    """Calls within each other's arguments cannot both lose some."""
    ordered = sorted(edits, key=lambda edit: edit.start)
    for first, second in itertools.pairwise(ordered):
        if second.start < first.end:
            line = touched.model.source.line(first.start)
            raise RewriteRefusedError(line, "two calls that lose an argument stand in each other")


def _span_of_pair(source: SourceFile, pair: Node) -> tuple[int, int]:
    """A member of an initialiser with its comma, and with its line where it has one of its own."""
    start, end = pair.start_byte, pair.end_byte
    following = pair.next_sibling
    if following is not None and following.type == ",":
        end = following.end_byte
        lines = whole_lines(source, start, end)
        if lines is not None:
            return lines
        while source.data[end : end + 1] in (b" ", b"\t"):
            end += 1
        return start, end
    lines = whole_lines(source, start, end)
    if lines is not None:
        return lines
    before = pair.prev_sibling
    return (before.start_byte if before is not None and before.type == "," else start), end


def _forsaken(touched: Touched, draft: Draft, removed: Sequence[Node], lists: Sequence[Edit]) -> list[Node]:
    """The declared names of locals that only what goes has read."""
    model = touched.model
    going = [*removed, *(call for call, _ in touched.arguments.values())]
    going += [begin.node for transaction in touched.transactions for begin in transaction.begins]
    carried = {model.source.normal(node) for node in touched.locals.values()}
    read = {model.source.normal(name) for node in going for name in identifiers(node)} & model.facts.locals - carried
    ranges = [*draft.replaced, *draft.deleted]
    texts = [*draft.replaced.values()]
    texts += [
        line for _, marks in (*draft.ahead.values(), *draft.behind.values()) for mark in marks for line in mark.lines
    ]
    written = {word for text in texts for word in words(text)}
    alive: dict[str, list[Node]] = {}
    for node in model.facts.by_type.get("identifier", ()):
        name = model.source.normal(node)
        if name not in read or name in written or any(start <= node.start_byte < end for start, end in ranges):
            continue
        if draft.lives(node):
            alive.setdefault(name, []).append(node)
    found = []
    for nodes in alive.values():
        declaration = enclosing_statement(nodes[0])
        if len(nodes) != 1 or declaration.type != "declaration":
            continue
        for declarator in declaration.children_by_field_name("declarator"):
            declared = declared_name(declarator)
            value = declarator.child_by_field_name("value") if declarator.type == "init_declarator" else None
            if declared is not None and declared.id == nodes[0].id and (value is None or draft.is_pure(value)):
                found.append(declared)
    return found


class Checked(Struct, frozen=True):
    """What the comparison found: findings with the number of their transaction in the function, and tables."""

    findings: tuple[tuple[int | None, Finding], ...]
    error_paths: ErrorPaths | None


def check(
    touched: Touched, rewrite: FunctionRewrite, after: SourceFile, edits: Sequence[Edit], *, tables: bool
) -> Checked:
    """Hold a function of the rewritten file against what it was.

    Raises AcrossRefusedError where it does not hold, TooComplexError where it cannot be told.
    """
    model = touched.model
    positions = PositionMap(edits)
    line = model.source.line(model.function.start)

    def failed(message: str) -> AcrossRefusedError:
        return AcrossRefusedError(
            Code.REWRITE_CHECK_FAILED, touched.path, line, f"{model.function.name}(), rewritten, {message}"
        )

    body = positions.forward(model.function.body.start_byte)
    function = None if body is None else after.function_at(body)
    if function is None or function.name != model.function.name or function.broken or function.cut:
        raise failed("does not parse")
    again = model_function(after, function, model.pattern)
    gone = {item.node.start_byte for transaction in touched.transactions for item in transaction.calls}
    gone |= set(touched.endings)
    left = sum(item.role in _PROTOCOL for item in again.roles)
    if left != sum(item.role in _PROTOCOL for item in model.roles) - len(gone):
        raise failed("still has calls of the old protocol")
    begins = sum(len(transaction.begins) for transaction in touched.transactions)
    if len(new_calls(again.facts, again.pattern)) != len(new_calls(model.facts, model.pattern)) + begins:
        raise failed("does not hold the expected new calls")
    lines = flow_changes(rewrite, again, positions)
    if lines:
        raise failed(f"has other code behind line {', '.join(str(item) for item in lines[:5])}")
    examined = _without_arguments(touched, rewrite)
    examine(examined, again, positions, tables=tables)
    numbers = {id(transaction): number for number, transaction in enumerate(examined.done)}
    findings = tuple((None if owner is None else numbers[id(owner)], item) for owner, item in examined.findings)
    return Checked(findings, examined.error_paths)


def _without_arguments(touched: Touched, rewrite: FunctionRewrite) -> FunctionRewrite:
    """The rewrite as of a function that never had the arguments which go, so that its calls are the same in both.

    The arguments are blanked: every other byte and line stays where it was.
    """
    if not touched.arguments:
        return rewrite
    source, function = touched.model.source, touched.model.function
    data = bytearray(source.data)
    for call, places in touched.arguments.values():
        for start, end in spans(arguments(call), places):
            data[start:end] = data[start:end].translate(BLANK)
    blanked = SourceFile.parse(source.path, bytes(data), source.dialect)
    twin = blanked.function_at(function.body.start_byte)
    same: list[Transaction] = []
    if twin is not None and not twin.broken and not twin.cut:
        model = model_function(blanked, twin, touched.model.pattern)
        for transaction in touched.transactions:
            start = transaction.begins[0].node.start_byte
            for found in model.transactions:
                if any(item.node.start_byte == start for item in found.begins):
                    check_protocol(model, found)
                    found.warnings = transaction.warnings
                    same.append(found)
        if len(same) == len(touched.transactions):
            return FunctionRewrite(model, rewrite.edits, same)
    raise AcrossRefusedError(
        Code.REWRITE_CHECK_FAILED,
        touched.path,
        source.line(function.start),
        f"{function.name}() cannot be read without its arguments",
    )


__all__ = ["Checked", "check", "unload"]
