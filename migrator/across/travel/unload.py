"""Take a handle out of one function: its calls, arguments, parameter, local, and what only these have read.

As the engine does with a function of its own: marks on a draft, tidied and emitted.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrator.across.group import AcrossRefusedError
from migrator.across.signature import without_arguments, without_parameters
from migrator.diagnostics import Code
from migrator.flow.facts import strip, words
from migrator.rewrite.draft import Draft, RewriteRefusedError
from migrator.rewrite.emit import emit
from migrator.rewrite.lines import comments_between, whole_lines
from migrator.rewrite.tidy import tidy
from migrator.syntax import declared_name, enclosing_statement, identifiers
from migrator.transaction.at_begin import draft_at_begin
from migrator.transaction.function import FunctionRewrite, remove_declarators, topics_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.travel.touched import Touched
    from migrator.edits import Edit
    from migrator.source import SourceFile


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
