"""Rewrite the transactions of one function: draft, tidy, emit; and, on the result, look for what changed.

Transactions of one function share labels and declarations, so they are drafted together; one that turns out not
to be writable is refused and the others are drafted anew without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.diagnostics import Code
from migrator.errorpaths.compare import Finding, Side, compare, ignored_names, table
from migrator.errorpaths.shape import changed_flow
from migrator.flow.explore import TooComplexError
from migrator.flow.facts import canonical, strip, words
from migrator.flow.graph import NodeKind
from migrator.results import ErrorPaths
from migrator.rewrite.draft import Draft, RewriteRefusedError
from migrator.rewrite.emit import emit
from migrator.rewrite.tidy import tidy
from migrator.syntax import declared_name, enclosing_statement, identifiers
from migrator.transaction.after_setup import draft_after_setup, find_target
from migrator.transaction.at_begin import draft_at_begin
from migrator.transaction.at_commit import draft_at_commit, place_at_commit
from migrator.transaction.between import Placement, is_inside
from migrator.transaction.calls import impure_calls, test_of_call, testing_statement
from migrator.transaction.held import held_names
from migrator.transaction.model import (
    FunctionModel,
    Transaction,
    capture_text,
    new_calls,
)
from migrator.transaction.outliving import outliving_charges
from migrator.transaction.place import place_after_setup
from migrator.transaction.shapes import handle_declarator
from migrator.transaction.unused import remove_flags

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Node

    from migrator.edits import Edit, PositionMap
    from migrator.pattern.model import Argument, Pattern


class FunctionRewrite(Struct, eq=False):
    """The edits of one function and the transactions they carry out; ``joined`` are ifs that became part of others."""

    model: FunctionModel
    edits: tuple[Edit, ...] = ()
    done: list[Transaction] = field(default_factory=list)
    placements: dict[int, Placement] = field(default_factory=dict)
    findings: list[tuple[Transaction | None, Finding]] = field(default_factory=list)
    error_paths: ErrorPaths | None = None
    joined: list[Node] = field(default_factory=list)


def topics_of(pattern: Pattern, handles: Iterable[str]) -> tuple[str, ...]:
    """Words by which a comment is known to speak of the protocol: those that all old names share, and the handles."""
    parts = [set(word.lower().split("_")) for word in pattern.words]
    shared = set.intersection(*parts) if parts else set()
    return tuple(sorted({word for word in shared if len(word) > 4} | {handle.lower() for handle in handles}))


def rewrite_function(model: FunctionModel, skipped: Sequence[Transaction] = ()) -> FunctionRewrite:
    """Draft everything that can be done in a checked model; what cannot is refused in place."""
    result = FunctionRewrite(model)
    kind = model.pattern.placement.kind
    for transaction in model.transactions:
        if transaction.reasons or transaction in skipped:
            continue
        if kind != "at-begin":
            placement = _place(model, transaction)
            if placement is not None:
                result.placements[id(transaction)] = placement
    while True:
        doable = [item for item in model.transactions if not item.reasons and item not in skipped]
        result.done = doable
        result.edits = ()
        if not doable:
            return result
        draft = Draft(
            model.source,
            model.function,
            topics_of(model.pattern, [item.handle for item in doable]),
            model.facts.quiet,
            model.facts.by_type,
            model.facts.locals - model.facts.address_taken,
        )
        current = doable[0]
        try:
            for current in doable:
                if kind == "at-commit":
                    draft_at_commit(model, current, result.placements[id(current)], draft)
                elif kind == "after-setup":
                    draft_after_setup(model, current, result.placements[id(current)], draft)
                else:
                    draft_at_begin(model, current, draft)
            remove_locals(model, draft, doable)
            tidy(draft)
            result.edits = emit(draft)
            result.joined = [second for _, second in draft.joined]
            return result
        except RewriteRefusedError as error:
            begin = model.line(current.begins[0].node)
            current.refuse(Code.UNKNOWN_SHAPE, begin, error.message, (error.line, "here"))


def _place(model: FunctionModel, transaction: Transaction) -> Placement | None:
    """Where the call goes: behind the setup, with a cleanup there, or to the commit; None with a reason."""
    line = model.line(transaction.begins[0].node)
    try:
        if model.pattern.placement.kind == "at-commit":
            return place_at_commit(model, transaction)
        placement = place_after_setup(model, transaction)
        if placement is not None and placement.last is not None and find_target(model, transaction, placement) is None:
            return None
    except RewriteRefusedError as error:
        transaction.refuse(Code.UNKNOWN_SHAPE, line, error.message, (error.line, "here"))
        return None
    except TooComplexError as error:
        transaction.refuse(Code.TOO_COMPLEX, line, str(error))
        return None
    return placement


def remove_locals(model: FunctionModel, draft: Draft, done: Sequence[Transaction]) -> None:
    """The handles' declarations go, and locals that only the old calls read."""
    staying = [item for item in model.transactions if item not in done]
    names: list[Node] = []
    for handle in {item.handle for item in done} - {item.handle for item in staying}:
        name = handle_declarator(model, handle)
        if name is not None:
            names.append(name)
    names += remove_flags(model, draft)
    names += _unused_locals(model, draft, done)
    by_declaration: dict[int, tuple[Node, set[int]]] = {}
    for name in names:
        declaration = enclosing_statement(name)
        by_declaration.setdefault(declaration.id, (declaration, set()))[1].add(name.id)
    for declaration, removed in by_declaration.values():
        remove_declarators(draft, declaration, removed)


def _unused_locals(model: FunctionModel, draft: Draft, done: Sequence[Transaction]) -> list[Node]:
    """Declared names of locals that arguments of the old calls read and nothing reads any more."""
    gone = [node for item in done for node in (*(call.node for call in item.calls), *item.acquires)]
    handles = {item.handle for item in model.transactions}
    read = {model.source.normal(name) for node in gone for name in identifiers(node)} & model.facts.locals - handles
    if not read:
        return []
    alive: dict[str, list[Node]] = {}
    ranges = [*draft.replaced, *draft.deleted]
    for node in model.facts.by_type.get("identifier", ()):
        name = model.source.normal(node)
        if name in read and not any(start <= node.start_byte < end for start, end in ranges) and draft.lives(node):
            alive.setdefault(name, []).append(node)
    written_words = {word for text in draft.written() for word in words(text)}
    found = []
    for name in sorted(read - written_words):
        nodes = alive.get(name, [])
        if len(nodes) != 1:
            continue
        declaration = enclosing_statement(nodes[0])
        if declaration.type != "declaration" or declaration.parent is None:
            continue
        for declarator in declaration.children_by_field_name("declarator"):
            declared = declared_name(declarator)
            value = declarator.child_by_field_name("value") if declarator.type == "init_declarator" else None
            if declared is not None and declared.id == nodes[0].id and (value is None or draft.is_pure(value)):
                found.append(nodes[0])
    return found


def remove_declarators(draft: Draft, declaration: Node, names: set[int]) -> None:
    """Take variables out of a declaration, or the declaration with its last one. ``names`` are node ids."""
    declarators = declaration.children_by_field_name("declarator")
    removed = [(name := declared_name(item)) is not None and name.id in names for item in declarators]
    if all(removed):
        draft.remove(declaration)
        return
    for index, item in enumerate(declarators):
        if not removed[index]:
            continue
        if any(not gone for gone in removed[:index]):
            draft.deleted.append((declarators[index - 1].end_byte, item.end_byte))
        else:
            draft.deleted.append((item.start_byte, declarators[index + 1].start_byte))


def examine(rewrite: FunctionRewrite, after: FunctionModel, positions: PositionMap, *, tables: bool) -> None:
    """Fill in the findings about a rewritten function, and its error-path tables if wanted; raises TooComplexError."""
    for transaction in rewrite.done:
        rewrite.findings += [
            (transaction, Finding(reason.code, reason.line, reason.message, reason.related))
            for reason in transaction.warnings
        ]
        rewrite.findings += [(transaction, finding) for finding in dropped_arguments(rewrite.model, transaction)]
        placement = rewrite.placements.get(id(transaction))
        rewrite.findings += [
            (transaction, finding) for finding in outliving_charges(rewrite.model, transaction, placement)
        ]
        if placement is not None:
            rewrite.findings += [(transaction, finding) for finding in placement.findings]
    model = rewrite.model
    ignored = ignored_names(model.pattern) | held_names(model, rewrite.done)
    begins = [begin.node for item in rewrite.done for begin in item.begins]
    calls = new_calls(after.facts, after.pattern)
    moved = any(item.last is not None for item in rewrite.placements.values())
    before_side = Side(model.analysis, begins, ignored, moved, _tests(model, begins))
    after_side = Side(after.analysis, calls, ignored, moved, _tests(after, calls))
    setup = [effect for item in rewrite.placements.values() for effect in item.setup]
    owner = rewrite.done[0] if rewrite.done else None
    for finding in compare(before_side, after_side, positions, model.pattern, setup):
        rewrite.findings.append((owner, finding))
    if tables:
        rewrite.error_paths = ErrorPaths(
            model.function.name, model.source.line(model.function.start), table(before_side), table(after_side)
        )


def _tests(model: FunctionModel, calls: Sequence[Node]) -> list[Node]:
    """The conditions that say which results of the calls are failures, where the function may live with some."""
    if model.pattern.placement.kind != "at-commit":
        return []
    tests = (test_of_call(model, call) for call in calls)
    conditions = (test.child_by_field_name("condition") for test in tests if test is not None)
    return [condition for condition in conditions if condition is not None]


def flow_changes(rewrite: FunctionRewrite, after: FunctionModel, positions: PositionMap) -> tuple[int, ...]:
    """Lines behind which other code runs in the rewritten function, other than at a call that was moved."""
    graph = rewrite.model.graph
    moved = [item for item in rewrite.placements.values() if item.last is not None]
    parts: list[Node] = []
    for item in moved:
        parts.append(enclosing_statement(item.begin.node))
        parts += [item.replaced] if item.replaced is not None else []
        test = testing_statement(rewrite.model, item.begin)
        if test is not None:
            parts.append(test)
    conditions = [second.child_by_field_name("condition") for second in rewrite.joined]
    parts += [condition for condition in conditions if condition is not None]
    meant_before = {node.index for node in graph.nodes if any(is_inside(node.syntax, part) for part in parts)}
    calls = new_calls(after.facts, after.pattern) if moved else []
    meant_after = {node.index for call in calls if (node := after.graph.node_at(call)) is not None}
    twins = [] if moved else _twins(rewrite, after, positions)
    return changed_flow(graph, after.graph, positions, meant_before, meant_after, twins)


def _twins(rewrite: FunctionRewrite, after: FunctionModel, positions: PositionMap) -> list[tuple[int, int, bool]]:
    """The flow nodes of each begin and of the new call in its place, both in the order in which they stand, and whether
    the new condition is the opposite of the old one.
    """
    graph = rewrite.model.graph
    stayed = {positions.forward(call.start_byte) for call in new_calls(rewrite.model.facts, rewrite.model.pattern)}
    begins = sorted(begin.node.start_byte for item in rewrite.done for begin in item.begins)
    nodes = {begin.node.start_byte: begin.node for item in rewrite.done for begin in item.begins}
    calls = [call for call in new_calls(after.facts, after.pattern) if call.start_byte not in stayed]
    found = []
    for start, call in zip(begins, calls, strict=False):
        old, new = graph.node_at(nodes[start]), after.graph.node_at(call)
        if old is None or new is None or old.syntax is None or new.syntax is None:
            continue
        conditions = old.kind is NodeKind.CONDITION and new.kind is NodeKind.CONDITION
        same = canonical(rewrite.model.source, old.syntax)[1] == canonical(after.source, new.syntax)[1]
        found.append((old.index, new.index, conditions and not same))
    return found


def dropped_arguments(model: FunctionModel, transaction: Transaction) -> list[Finding]:
    """Arguments of the old calls that mean something and have no place in the new call."""
    findings: list[Finding] = []
    taken = model.pattern.new_call.template.names
    for call in transaction.calls:
        for name, node in call.captures.items():
            rule = model.pattern.arguments.get(name)
            if rule is None or name in taken:
                continue
            impure = impure_calls(model, node)
            if impure:
                message = f"`{model.readable(node)}` is not evaluated any more, and {impure[0]}() may have an effect"
            elif _is_neutral(model, rule, call.node, node):
                continue
            else:
                message = (
                    f"{capture_text(model.source, call, 'name')}() is called with {name} `{model.readable(node)}`, "
                    f"which {model.pattern.new_call.name}() cannot express"
                )
            findings.append(Finding(Code.ARGUMENT_DROPPED, model.line(call.node), message))
    return findings


def _is_neutral(model: FunctionModel, rule: Argument, call: Node, given: Node) -> bool:
    """Whether an argument means nothing: as it is written, or by the one value that its variable has there."""
    value = strip(given)
    if rule.is_neutral(model.source.normal(value)):
        return True
    if not rule.shapes:
        return False
    if value.type == "identifier":
        node = model.graph.node_at(call)
        key = model.source.normal(value)
        reaching = model.analysis.definitions.reaching(node.index, key) if node is not None else ()
        stores = [
            item.value
            for index in sorted(reaching)
            for item in model.facts.of(model.graph.nodes[index]).assignments
            if item.key == key
        ]
        if len(stores) != 1 or stores[0] is None:
            return False
        value = strip(stores[0])
    return any(shape.match(model.source, value) is not None for shape in rule.shapes)


__all__ = ["FunctionRewrite", "TooComplexError", "examine", "rewrite_function"]
