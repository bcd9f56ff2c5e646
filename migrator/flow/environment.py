"""What is known at a point of a function: abstract values of keys, how a node changes and a test refines them.

An environment maps keys (see ``facts``) to values (see ``values``); a key that is not in it is unknown. Names that
begin with ``$`` are a client's own and are kept as they are. Only keys that a later test or return can still ask for
are worth keeping: ``Analysis.live``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from migrator.flow import values
from migrator.flow.facts import (
    ERROR_CASTS,
    ERROR_TESTS,
    FunctionFacts,
    canonical,
    is_capitals,
    is_memory,
    operands,
    strip,
    words,
)
from migrator.flow.graph import FlowNode
from migrator.flow.values import AtomKind, Sign, Value
from migrator.syntax import arguments, callee_name

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.flow.reaching import ReachingDefinitions
    from migrator.source import SourceFile

Environment = Mapping[str, Value]


class Analysis:
    """Evaluation and refinement of environments for one function; shared by all explorations of it."""

    def __init__(
        self,
        facts: FunctionFacts,
        assumed: Mapping[int, int] | None = None,
        errors: Mapping[int, frozenset[str]] | None = None,
    ) -> None:
        """``assumed`` gives the signs that the result of the call at a byte offset can have, ``errors`` the only
        negative constants that it can be.
        """
        self.errors = dict(errors or {})
        self._canonical: dict[int, tuple[str, bool]] = {}
        self._stripped: dict[int, tuple[Node, str]] = {}
        self.facts = facts
        self.source: SourceFile = facts.source
        self.graph = facts.graph
        self.assumed = dict(assumed or {})

    @cached_property
    def definitions(self) -> ReachingDefinitions:
        """The reaching definitions of the function."""
        from migrator.flow.reaching import reaching_definitions

        return reaching_definitions(self.graph, self.source, self.facts.function)

    @cached_property
    def _tested(self) -> tuple[tuple[str, ...], ...]:
        return tuple(self.facts.tested(node) for node in self.graph.nodes)

    @cached_property
    def _copies(self) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]:
        """Per node, (key that is assigned, keys that its new value is read from)."""
        result = []
        for node in self.graph.nodes:
            found = []
            for item in self.facts.of(node).assignments:
                if item.value is None:
                    continue
                inner = strip(item.value)
                sources = [self.source.normal(inner)]
                if inner.type == "call_expression" and callee_name(inner) in ERROR_CASTS:
                    sources += [self.source.normal(argument) for argument in arguments(inner)]
                found.append((item.key, tuple(sources)))
            result.append(tuple(found))
        return tuple(result)

    @cached_property
    def _wanted(self) -> frozenset[str]:
        """All keys that are live anywhere."""
        return frozenset().union(*self.live)

    @cached_property
    def killed(self) -> tuple[frozenset[str], ...]:
        """Per node, the keys that executing it makes unknown; only keys that can ever be in an environment."""
        universe = {key for keys in self._tested for key in keys}
        universe |= {source for copies in self._copies for _, sources in copies for source in sources}
        unstable = frozenset(key for key in universe if not self.facts.survives_calls(key))
        by_word: dict[str, set[str]] = {}
        for key in universe:
            for word in words(key):
                by_word.setdefault(word, set()).add(key)
        result = []
        for node in self.graph.nodes:
            facts = self.facts.of(node)
            found = unstable if facts.clobbers or self.facts.stores_anywhere(facts) else frozenset[str]()
            if facts.defined:
                near = {key for defined in facts.defined for word in words(defined) for key in by_word.get(word, ())}
                if any(is_memory(defined) for defined in facts.defined):
                    near |= {key for key in universe if is_memory(key)}
                found = found | {key for key in near if self.facts.forgets(facts, key)}
            result.append(found)
        return tuple(result)

    @cached_property
    def live(self) -> tuple[frozenset[str], ...]:
        """Per node, the keys that a test or return reachable from it can still ask for."""
        graph = self.graph
        count = len(graph.nodes)
        live: list[frozenset[str]] = [frozenset(keys) for keys in self._tested]
        pending = list(range(count))
        queued = [True] * count
        while pending:
            index = pending.pop()
            queued[index] = False
            edges = graph.successors(index)
            after = (
                live[edges[0].target] if len(edges) == 1 else frozenset().union(*(live[edge.target] for edge in edges))
            )
            result = (after - self.killed[index]) | live[index]
            for key, sources in self._copies[index]:
                if key in after:
                    result = result.union(sources)
            if len(result) != len(live[index]):
                live[index] = result
                for edge in graph.predecessors(index):
                    if not queued[edge.source]:
                        queued[edge.source] = True
                        pending.append(edge.source)
        return tuple(live)

    def _strip(self, node: Node) -> tuple[Node, str]:
        """The expression without parentheses and wrappers, and its normal text."""
        known = self._stripped.get(node.id)
        if known is None:
            inner = strip(node)
            known = self._stripped[node.id] = (inner, self.source.normal(inner))
        return known

    def evaluate(self, node: Node, environment: Environment) -> Value:
        """The value of an expression."""
        node, normal = self._strip(node)
        known = environment.get(normal)
        if known is not None:
            return known
        kind = node.type
        if kind in ("number_literal", "true", "false", "null", "char_literal"):
            return values.constant(normal)
        if kind == "identifier":
            if normal in ("NULL", "true", "false") or (normal not in self.facts.locals and is_capitals(normal)):
                return values.constant(normal)
            return values.unknown(f"value of {normal}")
        if kind == "compound_statement":
            return values.unknown("the value of a statement expression")
        if kind == "unary_expression":
            return self._unary(node, normal, environment)
        if kind == "cast_expression":
            value = node.child_by_field_name("value")
            return values.UNKNOWN if value is None else self.evaluate(value, environment)
        if kind == "assignment_expression":
            right = node.child_by_field_name("right")
            return values.UNKNOWN if right is None else self.evaluate(right, environment)
        if kind == "conditional_expression":
            first, second = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
            if first is not None and second is not None:
                return values.join(self.evaluate(first, environment), self.evaluate(second, environment))
        if kind == "call_expression":
            name = callee_name(node)
            inner = arguments(node)
            if name in ERROR_CASTS and len(inner) == 1:
                carried = self.evaluate(inner[0], environment)
                return values.restrict(carried, Sign.NEGATIVE) or carried
            if name in ERROR_TESTS:
                return values.unknown(normal, Sign.ZERO | Sign.POSITIVE)
            return values.call_result(normal, node.start_byte, self.assumed.get(node.start_byte, Sign.ANY))
        return values.unknown(normal)

    def _unary(self, node: Node, normal: str, environment: Environment) -> Value:
        operator = node.children[0].type if node.children else ""
        argument = node.child_by_field_name("argument")
        if argument is not None and operator == "-":
            inner = strip(argument)
            text = self.source.normal(inner)
            if inner.type == "number_literal" or (
                inner.type == "identifier" and text not in self.facts.locals and is_capitals(text)
            ):
                return values.constant(f"- {text}")
        if argument is not None and operator == "!":
            signs = values.signs_of(self.evaluate(argument, environment))
            if signs == Sign.ZERO:
                return values.constant("1")
            if not signs & Sign.ZERO:
                return values.constant("0")
            return values.unknown(normal, Sign.ZERO | Sign.POSITIVE)
        return values.unknown(normal)

    def step(self, node: FlowNode, environment: Environment) -> dict[str, Value]:
        """The environment after a node executed."""
        facts = self.facts.of(node)
        if not facts.assignments and not facts.calls and not facts.clobbers:
            return dict(environment)
        result: dict[str, Value] = {}
        killed, origins = self.killed[node.index], facts.origins
        for key, value in environment.items():
            if key in killed:
                continue
            if origins and any(atom.origin in origins for atom in value):
                # The call runs again: what is known of its earlier result is about another value.
                value = values.unknown("the result of an earlier call", values.signs_of(value))
            result[key] = value
        for item in facts.assignments:
            if item.value is None:
                result.pop(item.key, None)
            elif item.key in self._wanted and self.facts.remembers(item.key):
                result[item.key] = self.evaluate(
                    item.value, {**environment, **result} if item.key not in environment else environment
                )
        return result

    def refine(self, condition: Node, truth: bool, environment: Environment) -> dict[str, Value] | None:
        """The environment after a condition came out as ``truth``; None when it cannot."""
        node, _ = self._strip(condition)
        if node.type == "unary_expression" and node.children and node.children[0].type == "!":
            argument = node.child_by_field_name("argument")
            if argument is not None:
                return self.refine(argument, not truth, environment)
        if node.type == "call_expression":
            name = callee_name(node)
            inner = arguments(node)
            if name in ERROR_TESTS and len(inner) == 1:
                failing = Sign.NEGATIVE | Sign.ZERO if name == "IS_ERR_OR_NULL" else Sign.NEGATIVE
                return self._restrict(inner[0], failing if truth else Sign.ANY & ~failing, environment)
        left, right = operands(node)
        if left is not None and right is not None:
            return self._compare(node, left, right, truth, environment)
        if node.type == "assignment_expression":
            left = node.child_by_field_name("left")
            if left is not None:
                node = left
        return self._restrict(node, Sign.NONZERO if truth else Sign.ZERO, environment)

    def _compare(
        self, node: Node, left: Node, right: Node, truth: bool, environment: Environment
    ) -> dict[str, Value] | None:
        known = self._canonical.get(node.id)
        if known is None:
            known = self._canonical[node.id] = canonical(self.source, node)
        key, same = known
        held = same == truth
        result = self._remember(key, held, environment)
        if result is None:
            return None
        operator = node.child_by_field_name("operator")
        kind = operator.type if operator is not None else "=="
        for side, other, relation in ((left, right, kind), (right, left, _MIRRORED[kind])):
            value = self.evaluate(other, environment)
            if len(value) != 1:
                continue
            (atom,) = value
            if atom.kind is not AtomKind.CONSTANT:
                continue
            wanted = relation if truth else _NEGATED[relation]
            unsigned = self._strip(side)[1] in self.facts.unsigned
            if unsigned and atom.signs == Sign.ZERO and relation in ("<", ">="):
                # Never less than zero: the test tells nothing.
                if wanted == "<":
                    return None
                continue
            refined: dict[str, Value] | None
            if atom.signs == Sign.ZERO:
                refined = self._restrict(side, _SIGNS[wanted], result)
            elif wanted == "==":
                possible = frozenset(item for item in self.evaluate(side, result) if not self._excluded(item, atom))
                refined = self._replace(side, values.meet_constant(possible, atom.text), result)
            elif wanted == "!=":
                other_values = frozenset(item for item in self.evaluate(side, result) if not self._certain(item, atom))
                refined = self._replace(side, values.without_constant(other_values, atom.text), result)
            else:
                continue
            if refined is None:
                return None
            result = refined
        return result

    def _excluded(self, held: values.Atom, tested: values.Atom) -> bool:
        """Whether a call is known never to return the negative constant that it is compared with."""
        return (
            tested.signs == Sign.NEGATIVE and held.origin in self.errors and tested.text not in self.errors[held.origin]
        )

    def _certain(self, held: values.Atom, tested: values.Atom) -> bool:
        """Whether a call that has failed is known to return just the negative constant that it is compared with."""
        return held.signs == Sign.NEGATIVE and self.errors.get(held.origin) == frozenset({tested.text})

    def _remember(self, key: str, held: bool, environment: Environment) -> dict[str, Value] | None:
        result = dict(environment)
        if not self.facts.remembers(key):
            return result
        known = result.get(key)
        signs = Sign.NONZERO if held else Sign.ZERO
        refined = values.restrict(known, signs) if known is not None else values.unknown(key, signs)
        if not refined:
            return None
        result[key] = refined
        return result

    def _restrict(self, node: Node, signs: int, environment: Environment) -> dict[str, Value] | None:
        node, _ = self._strip(node)
        if node.type == "assignment_expression":
            node = node.child_by_field_name("left") or node
        value = self.evaluate(node, environment)
        return self._replace(node, values.restrict(value, signs), environment)

    def _replace(self, node: Node, refined: Value, environment: Environment) -> dict[str, Value] | None:
        if not refined:
            return None
        node, normal = self._strip(node)
        result = dict(environment)
        if self.facts.remembers(normal):
            result[normal] = refined
        before = self.evaluate(node, environment)
        if len(before) == 1:
            (atom,) = before
            if atom.kind is AtomKind.CALL:
                # Whoever else holds the result of this call learns the same.
                learned = values.signs_of(refined)
                for key, value in environment.items():
                    if key != normal and len(value) == 1 and next(iter(value)).origin == atom.origin:
                        shared = values.restrict(value, learned)
                        if not shared:
                            return None
                        result[key] = shared
        return result


_MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_SIGNS = {
    "==": Sign.ZERO,
    "!=": Sign.NONZERO,
    "<": Sign.NEGATIVE,
    ">": Sign.POSITIVE,
    "<=": Sign.NEGATIVE | Sign.ZERO,
    ">=": Sign.POSITIVE | Sign.ZERO,
}


def join_environments(left: Environment, right: Environment) -> dict[str, Value]:
    """What both know, values united."""
    return {key: values.join(value, right[key]) for key, value in left.items() if key in right}
