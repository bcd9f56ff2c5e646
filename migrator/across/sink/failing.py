"""What callers do for a failed charge alone, and where that goes.

A statement that runs when the callee fails, too, needs no other home; one that the pattern lets run in the callee moves
there, the same for all callers. Anything else is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from migrator.across.sink.caller.compare import rows_before
from migrator.diagnostics import Code
from migrator.errorpaths.compare import ignored_names
from migrator.errorpaths.effects import effects_of
from migrator.flow.facts import strip
from migrator.syntax import callee_name, identifiers, walk
from migrator.transaction.calls import written

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.sink.caller.shape import Caller, Failing
    from migrator.across.sink.find import Job, Key


def lines_for_failure(
    job: Job, shapes: Mapping[Key, Failing], object_name: str
) -> tuple[tuple[str, ...], dict[Key, frozenset[str]]]:
    """The lines that the callee runs when the charge fails, taken from callers, and the effects that moved."""
    blocks: dict[tuple[str, ...], Caller] = {}
    moved: dict[Key, frozenset[str]] = {}
    for key, shape in sorted(shapes.items()):
        caller = job.callers[key]
        lines: list[str] = []
        shared = rows_before(caller, frozenset()).callee.must if shape.extras else frozenset()
        for statement in shape.extras:
            if _runs_in(caller, statement, shared):
                continue
            found = _moved_extra(caller, statement, object_name)
            if found is None:
                raise caller.refused(
                    Code.CLEANUP_LOST,
                    f"`{caller.model.readable(statement)[:60]}` runs only when the charge fails; there is no such "
                    f"place in {caller.callee}(), and the pattern does not say when it may run there",
                    (caller.model.line(statement), "here"),
                )
            lines += found
            moved[key] = moved.get(key, frozenset()) | _effects_in(caller, statement)
            _check_known(job, caller, statement)
        if lines:
            blocks.setdefault(tuple(lines), caller)
    if len(blocks) > 1:
        first, second = list(blocks.values())[:2]
        raise second.refused(
            Code.CLEANUP_LOST,
            f"{first.model.function.name}() and {second.model.function.name}() do different things when the charge "
            "fails",
        )
    return next(iter(blocks), ()), moved


def _check_known(job: Job, caller: Caller, statement: Node) -> None:
    """What a statement calls must mean the same where the callee stands."""
    source = caller.model.source
    for call in (node for node in walk(statement) if node.type == "call_expression"):
        name = callee_name(call)
        defined = [item for item in source.functions if item.name == name]
        other = job.callee.source.path != source.path
        if name is None or any(other or item.start > job.callee.function.start for item in defined):
            raise caller.refused(
                Code.CLEANUP_LOST,
                f"`{caller.model.readable(call)}` runs when the charge fails; {caller.callee}() cannot call it",
                (caller.model.line(call), "here"),
            )


def _effects_in(caller: Caller, statement: Node) -> frozenset[str]:
    ignored = ignored_names(caller.model.pattern)
    return frozenset(
        effect.normal
        for node in caller.model.graph.nodes
        if node.syntax is not None and statement.start_byte <= node.syntax.start_byte < statement.end_byte
        for effect in effects_of(caller.model.facts, node, ignored)
    )


def _runs_in(caller: Caller, statement: Node, shared: frozenset[str]) -> bool:
    """Whether a statement for a failed charge is one that the callee's failure runs too: it needs no other home."""
    inner = statement.named_children
    simple = statement.type == "expression_statement" and bool(inner) and inner[0].type == "call_expression"
    found = _effects_in(caller, statement)
    return simple and bool(found) and found <= shared


def _moved_extra(caller: Caller, statement: Node, object_name: str) -> tuple[str, ...] | None:
    """A caller's statement for a failed charge, as the pattern lets it run in the callee; None where it does not."""
    model = caller.model
    condition = statement.child_by_field_name("condition") if statement.type == "if_statement" else None
    body = statement.child_by_field_name("consequence") if statement.type == "if_statement" else None
    if condition is None or body is None or statement.child_by_field_name("alternative") is not None:
        return None
    sink = model.pattern.sink
    for rule in sink.failure if sink is not None else ():
        bound = rule.when.match(model.source, strip(condition))
        if bound is None or bound.get("object", caller.transaction.object) != caller.transaction.object:
            continue
        inner = list(body.named_children) if body.type == "compound_statement" else [body]
        if any(item.type != "expression_statement" for item in inner):
            return None
        if any(model.source.normal(name) in model.facts.locals for item in inner for name in identifiers(item)):
            return None
        head = f"if ({rule.condition.render({'object': object_name})})"
        texts = [written(model, item) for item in inner]
        if len(texts) == 1:
            return (head, f"\t{texts[0]}")
        return (f"{head} {{", *(f"\t{text}" for text in texts), "}")
    return None
