"""Reaching definitions of the variables of one function: which assignments may have given a name its value.

The classic forward dataflow (Aho, Sethi, Ullman, "Compilers", 10.6) on bit sets. The entry defines every name: what a
parameter or an uninitialised variable holds. ``x = ..``, ``x++`` and ``T x = ..`` replace what was known; ``&x``
passed to a call, a store to a part of x (``x.f``, ``x[i]`` of an array), an asm operand and an iterator head
(every plain name in it) may define x and hide nothing.

A name that is declared twice in a function stands for two variables: none of its definitions hides another. Where the
address of a variable is kept (``p = &x``), every later call and store through a pointer may define it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field
from tree_sitter import Node

from migrator.flow.graph import FlowGraph, FlowNode, NodeKind
from migrator.flow.shapes import first_part

if TYPE_CHECKING:
    from migrator.source import Function, SourceFile


class Definition(Struct, frozen=True):
    """One place that gives ``name`` a value; ``certain``: what it held before is gone."""

    node: int
    name: str
    certain: bool


class ReachingDefinitions:
    """The result: asked by node and name."""

    __slots__ = ("_before", "_counts", "_numbers", "definitions")

    def __init__(
        self,
        definitions: tuple[Definition, ...],
        before: list[int],
        numbers: dict[str, list[int]],
        counts: dict[str, int],
    ) -> None:
        self.definitions = definitions
        self._before = before
        self._numbers = numbers
        self._counts = counts

    def counts(self, name: str) -> int:
        """How often the function declares a name; more than once: for as many variables."""
        return self._counts.get(name, 0)

    def reaching(self, index: int, name: str) -> frozenset[int]:
        """The nodes whose definition of ``name`` may hold just before a node; the entry's is what came in.

        Empty for dead code and for a name that the function never defines and that is no parameter.
        """
        bits = self._before[index]
        return frozenset(self.definitions[number].node for number in self._numbers.get(name, ()) if bits >> number & 1)

    def defines(self, index: int) -> frozenset[str]:
        """The names that a node defines, or may define."""
        return frozenset(item.name for item in self.definitions if item.node == index)


def reaching_definitions(graph: FlowGraph, source: SourceFile, function: Function) -> ReachingDefinitions:
    """The reaching definitions of every name that the function declares, defines or gets as a parameter."""
    declared = _Declared()
    _add_parameters(function.node, source, declared)
    found: list[Definition] = []
    spread: list[int] = []  # nodes that may store through a pointer
    for node in graph.nodes:
        if node.syntax is None or node.kind in (NodeKind.LABEL, NodeKind.PREPROCESSOR):
            continue
        if _scan(graph, node, source, declared, found):
            spread.append(node.index)
    found.extend(Definition(index, name, False) for index in spread for name in declared.kept)
    names = dict.fromkeys([*declared.counts, *(item.name for item in found)])
    definitions = tuple(dict.fromkeys([*(Definition(graph.entry, name, True) for name in names), *found]))
    numbers: dict[str, list[int]] = {}
    for number, item in enumerate(definitions):
        numbers.setdefault(item.name, []).append(number)
    masks = {name: sum(1 << number for number in group) for name, group in numbers.items()}
    gains = [0] * len(graph.nodes)
    losses = [0] * len(graph.nodes)
    for number, item in enumerate(definitions):
        gains[item.node] |= 1 << number
        if item.certain and declared.counts.get(item.name, 0) < 2:
            losses[item.node] |= masks[item.name]
    return ReachingDefinitions(definitions, _solve(graph, gains, losses), numbers, declared.counts)


def _solve(graph: FlowGraph, gains: list[int], losses: list[int]) -> list[int]:
    before = [0] * len(graph.nodes)
    pending = [graph.entry]
    seen = {graph.entry}
    while pending:
        index = pending.pop()
        after = before[index] & ~losses[index] | gains[index]
        for edge in graph.successors(index):
            joined = before[edge.target] | after
            if joined != before[edge.target] or edge.target not in seen:
                before[edge.target] = joined
                seen.add(edge.target)
                pending.append(edge.target)
    return before


class _Declared(Struct):
    """What the declarations of a function say, gathered while scanning."""

    counts: dict[str, int] = field(default_factory=dict)
    arrays: set[str] = field(default_factory=set)
    kept: dict[str, None] = field(default_factory=dict)  # names whose address is kept, in order


def _add_parameters(function: Node, source: SourceFile, declared: _Declared) -> None:
    declarator = function.child_by_field_name("declarator")
    while declarator is not None and declarator.type != "function_declarator":
        declarator = declarator.child_by_field_name("declarator")
    parameters = declarator.child_by_field_name("parameters") if declarator is not None else None
    for parameter in parameters.named_children if parameters is not None else ():
        name, _ = _declared_name(parameter.child_by_field_name("declarator"))
        if name is not None:
            declared.counts[source.normal(name)] = 1


def _scan(graph: FlowGraph, node: FlowNode, source: SourceFile, declared: _Declared, found: list[Definition]) -> bool:
    """Add the definitions of one node; say whether it may store through a pointer."""
    spreads = node.kind is NodeKind.ITERATOR
    in_calls: set[int] = set()  # argument expressions, by id

    def add(name: Node, certain: bool) -> None:
        found.append(Definition(node.index, source.normal(name), certain))

    for part in graph.own(node):
        kind = part.type
        if kind == "declaration":
            for declarator in part.children_by_field_name("declarator"):
                name, is_array = _declared_name(declarator)
                if name is not None:
                    text = source.normal(name)
                    declared.counts[text] = declared.counts.get(text, 0) + 1
                    if is_array:
                        declared.arrays.add(text)
                    if declarator.type == "init_declarator":
                        add(name, True)
        elif kind == "assignment_expression" or kind == "update_expression":
            left = part.child_by_field_name("left" if kind == "assignment_expression" else "argument")
            base, whole, through = _stored(left)
            spreads = spreads or through
            if base is not None and (whole or left is None or _is_part(base, left, source, declared)):
                add(base, whole)
        elif kind == "argument_list":
            spreads = True
            in_calls.update(argument.id for argument in _plain_arguments(part))
        elif kind == "pointer_expression" and _is_address(part):
            base, _, _ = _stored(part.child_by_field_name("argument"))
            if base is not None:
                add(base, False)
                if part.id not in in_calls:
                    declared.kept.setdefault(source.normal(base))
        elif kind == "gnu_asm_expression":
            spreads = True
            for operand in _identifiers(part):
                add(operand, False)
        elif kind == "identifier" and node.kind is NodeKind.ITERATOR:
            add(part, False)
    return spreads


def _stored(left: Node | None) -> tuple[Node | None, bool, bool]:
    """Of a left side: the variable that it is or is part of, whether it is all of it, whether a pointer is followed."""
    whole = True
    while left is not None:
        kind = left.type
        if kind == "identifier":
            return left, whole, False
        if kind == "parenthesized_expression":
            left = first_part(left)
        elif kind == "field_expression":
            operator = left.child_by_field_name("operator")
            if operator is not None and operator.type == "->":
                return None, False, True
            whole, left = False, left.child_by_field_name("argument")
        elif kind == "subscript_expression":
            whole, left = False, left.child_by_field_name("argument")
        else:
            return None, False, True
    return None, False, False


def _is_part(base: Node, left: Node, source: SourceFile, declared: _Declared) -> bool:
    """Whether a store to ``base[..]`` changes base itself: an array, not what a pointer points to."""
    while left.type in ("field_expression", "subscript_expression", "parenthesized_expression"):
        inner = first_part(left) if left.type == "parenthesized_expression" else left.child_by_field_name("argument")
        if inner is None:
            return False
        if left.type == "subscript_expression" and inner.id == base.id:
            return source.normal(base) in declared.arrays
        left = inner
    return True


def _plain_arguments(arguments: Node) -> Iterator[Node]:
    """The argument expressions, casts and parentheses taken off."""
    for argument in arguments.named_children:
        inner: Node | None = argument
        while inner is not None and inner.type in ("cast_expression", "parenthesized_expression"):
            inner = inner.child_by_field_name("value") if inner.type == "cast_expression" else first_part(inner)
        if inner is not None:
            yield inner


def _is_address(part: Node) -> bool:
    operator = part.child_by_field_name("operator")
    return operator is not None and operator.type == "&"


def _identifiers(part: Node) -> Iterator[Node]:
    pending = [part]
    while pending:
        inner = pending.pop()
        if inner.type == "identifier":
            yield inner
        pending.extend(inner.named_children)


def _declared_name(declarator: Node | None) -> tuple[Node | None, bool]:
    """The name that a declarator declares, and whether it is an array."""
    is_array = False
    while declarator is not None and not declarator.type.startswith("abstract_"):
        if declarator.type == "identifier":
            return declarator, is_array
        is_array = is_array or declarator.type == "array_declarator"
        inner = declarator.child_by_field_name("declarator")
        declarator = first_part(declarator) if inner is None else inner
    return None, is_array
