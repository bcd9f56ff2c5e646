"""Effects: calls, and stores that outlive the function.

A store to a local is no effect. Calls that the tables know to be pure, wrappers such as ``likely`` and macros
spelled in capitals (assertions) are none either. Two effects are the same when their normal code is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.flow.facts import is_capitals, is_memory
from migrator.flow.graph import FlowNode, NodeKind
from migrator.syntax import callee_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from tree_sitter import Node

    from migrator.flow.facts import FunctionFacts
    from migrator.source import SourceFile


class Effect(Struct, frozen=True, eq=False):
    """One effect: byte offset, 1-based line, normal code, the code as written and its syntax (not compared)."""

    offset: int
    line: int
    normal: str
    text: str
    source: SourceFile
    node: Node

    @property
    def idempotent(self) -> bool:
        """Whether running it again changes nothing: a plain store of what is no call."""
        operator = self.node.child_by_field_name("operator") if self.node.type == "assignment_expression" else None
        return operator is not None and operator.type == "="

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Effect) and (self.offset, self.line, self.normal, self.text) == (
            other.offset,
            other.line,
            other.normal,
            other.text,
        )

    def __hash__(self) -> int:
        return hash((self.offset, self.normal))

    def __lt__(self, other: Effect) -> bool:
        return (self.offset, self.normal) < (other.offset, other.normal)


def effects_of(facts: FunctionFacts, node: FlowNode, ignored: Collection[str] = ()) -> tuple[Effect, ...]:
    """The effects of a node in source order; ``ignored`` are names of calls that do not count."""
    if node.syntax is None or node.kind in (NodeKind.LABEL, NodeKind.PREPROCESSOR):
        return ()
    found: dict[int, Effect] = {}
    inside = 0
    for call in facts.of(node).calls:
        name = callee_name(call)
        if call.start_byte < inside:
            continue
        if name in ignored:
            # What its arguments evaluate goes with the call.
            inside = call.end_byte
        if name is not None and (name in ignored or name in facts.quiet or is_capitals(name)):
            continue
        found[call.start_byte] = _effect(facts, call)
    for lvalue, kind in facts.of(node).lvalues:
        if kind in ("address", "init"):
            continue
        normal = facts.source.normal(lvalue)
        if not is_memory(normal) and normal in facts.locals:
            continue
        statement = lvalue.parent
        while statement is not None and statement.type not in ("assignment_expression", "update_expression"):
            statement = statement.parent
        if statement is not None:
            found[statement.start_byte] = _effect(facts, statement)
    return tuple(sorted(found.values()))


def _effect(facts: FunctionFacts, node: Node) -> Effect:
    source = facts.source
    text = one_line(source, node)
    return Effect(node.start_byte, source.line(node.start_byte), source.normal(node), text, source, node)


def one_line(source: SourceFile, node: Node) -> str:
    """The code of a node as written, on one line, for a message."""
    return " ".join(source.text(node).decode("utf-8", "replace").split())
