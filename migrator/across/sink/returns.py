"""What the callee returns: the signs that tell success from failure, and the error codes of its own.

A code that travels in an object (``xas_error(&xas)``) is what was put there, as the pattern's ``[[sink.errors]]`` say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.group import AcrossRefusedError
from migrator.diagnostics import Code
from migrator.errorpaths.outcome import outcomes
from migrator.flow import values
from migrator.flow.facts import strip, words
from migrator.flow.values import AtomKind, Sign, Value

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.transaction.model import FunctionModel


class Returned(Struct, frozen=True, eq=False):
    """A return that is reached: its statement, the code of its value, and what that can be."""

    statement: Node
    code: Node
    values: tuple[Value, ...]

    @property
    def signs(self) -> int:
        """The signs of all values."""
        signs = 0
        for value in self.values:
            signs |= values.signs_of(value)
        return signs


def returns_of(model: FunctionModel) -> tuple[Returned, ...]:
    """The returns of a function; raises AcrossRefusedError for one without a value, TooComplexError."""
    states = outcomes(model.analysis, []).states
    found = []
    for statement in model.facts.by_type.get("return_statement", ()):
        node = model.graph.node_at(statement)
        inner = statement.named_children
        if node is None or not inner:
            raise AcrossRefusedError(
                Code.NO_CLEANUP, model.source.path, model.line(statement), "a return without a value"
            )
        code = strip(inner[0])
        reached = tuple(model.analysis.evaluate(code, state.environment) for state in states.states(node.index))
        if reached:
            found.append(Returned(statement, code, reached))
    return tuple(found)


def own_errors(model: FunctionModel, returns: Sequence[Returned]) -> frozenset[str] | None:
    """The error codes that a function can return, as far as all of them are known; None where one is not.

    A code that travels in an object (``xas_error(&xas)``) is what was put there, as the pattern says.
    """
    found: set[str] = set()
    for returned in returns:
        for value in returned.values:
            for atom in value:
                if atom.signs == Sign.ZERO:
                    continue
                if atom.kind is AtomKind.CONSTANT:
                    found.add(atom.text.replace(" ", ""))
                    continue
                carried = _carried(model, returned.code, atom.text)
                if not carried:
                    return None
                found |= carried
    return frozenset(found)


def _carried(model: FunctionModel, node: Node, text: str) -> frozenset[str]:
    """The codes that setters put where a getter reads, by the pattern's ``[[sink.errors]]``."""
    found: set[str] = set()
    calls = model.facts.by_type.get("call_expression", ())
    getters = [call for call in calls if model.source.normal(call) in (text, model.source.normal(node))]
    for rule in model.pattern.sink.errors if model.pattern.sink is not None else ():
        for getter in getters[:1]:
            bound = rule.get.match(model.source, getter)
            if bound is None:
                continue
            for call in calls:
                setter = rule.set.match_with(model.source, call, bound)
                if setter is not None:
                    found.add(setter["error"].replace(" ", ""))
    return frozenset(found)


def may_return_positive(model: FunctionModel, returns: Sequence[Returned]) -> bool:
    """Whether a return may give a positive value."""
    return any(item.signs & Sign.POSITIVE and not known_to_fail(model, item) for item in returns)


def known_to_fail(model: FunctionModel, item: Returned) -> bool:
    """Whether a return stands in the branch of a test of the same error getter, whose object nothing touches there."""
    source, returned, value = model.source, item.statement, item.code
    rules = model.pattern.sink.errors if model.pattern.sink is not None else ()
    bound = next((found for rule in rules if (found := rule.get.match(source, value)) is not None), None)
    if bound is None:
        return False
    block = returned.parent
    while block is not None and block.id != model.function.body.id:
        outer = block.parent
        if outer is not None and outer.type == "if_statement" and _is_consequence(outer, block):
            condition = outer.child_by_field_name("condition")
            if condition is not None and source.normal(strip(condition)) == source.normal(value):
                names = frozenset().union(*(words(text) for text in bound.values()))
                return not any(
                    source.normal(node) in names
                    for node in model.facts.by_type.get("identifier", ())
                    if block.start_byte <= node.start_byte < returned.start_byte
                )
        block = outer
    return False


def _is_consequence(statement: Node, block: Node) -> bool:
    consequence = statement.child_by_field_name("consequence")
    return consequence is not None and consequence.id == block.id
