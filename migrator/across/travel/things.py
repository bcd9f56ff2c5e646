"""What an object that is committed or aborted elsewhere stands for: traced back to where it comes from.

An object is followed through parameters and locals, back to expressions that are neither, in whatever function.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.declared import parameters
from migrator.across.members import struct_of
from migrator.across.travel.guards import is_excluded, known_at_call
from migrator.flow.facts import strip
from migrator.syntax import arguments, assigned_lvalues, callee_name, is_null, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.travel.journey import Journey
    from migrator.across.travel.touched import Touched


class Thing(Struct, frozen=True, eq=False):
    """What an expression may stand for: an expression of some function that is no parameter and no local."""

    touched: Touched
    node: Node

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.touched.model.line(self.node)

    @property
    def text(self) -> str:
        """As written."""
        return self.touched.model.readable(self.node)

    def same(self, other: Thing) -> bool:
        """Whether two of them mean one object: the same code in one function, or one member of one struct."""
        mine, theirs = member_of(self), member_of(other)
        here = self.touched is other.touched
        source = self.touched.model.source
        if here and source.normal(self.node) == source.normal(other.node):
            return True
        return mine is not None and mine == theirs


def member_of(thing: Thing) -> tuple[str, str] | None:
    """The struct and member that a plain member access names."""
    node, model = strip(thing.node), thing.touched.model
    base, name = node.child_by_field_name("argument"), node.child_by_field_name("field")
    if node.type != "field_expression" or base is None or name is None:
        return None
    tag = struct_of(model.source, model.function, base)
    return (tag, model.source.normal(name)) if tag else None


class Trace:
    """What an object that is committed or aborted at a node may stand for, where the handle is not NULL."""

    def __init__(self, journey: Journey, home: Touched, ending: Node) -> None:
        self.journey = journey
        self.home = home
        self.ending = ending
        self._seen: set[tuple[str, int, str, frozenset[str]]] = set()

    def things(self, touched: Touched, node: Node, known: frozenset[str]) -> Iterator[Thing]:
        """The expressions; ``known`` are conditions that hold at the ending, in the words of this function."""
        model, node = touched.model, strip(node)
        if is_null(node):
            return
        name = model.source.normal(node)
        if node.type != "identifier" or name in _begun(touched):
            yield Thing(touched, node)
            return
        key = (touched.path, model.function.start, name, known)
        if key in self._seen:
            return
        self._seen.add(key)
        stores = list(_stores(touched, name))
        for lvalue, value in stores:
            if value is None:
                yield Thing(touched, node)
            elif not is_excluded(model, lvalue, known):
                yield from self.things(touched, value, known)
        for index, parameter in enumerate(parameters(model.source, model.function.node) or ()):
            if parameter.name == name:
                yield from self._given(touched, index, node)
                return
        if not stores:
            yield Thing(touched, node)

    def _given(self, touched: Touched, index: int, node: Node) -> Iterator[Thing]:
        """What the callers give for a parameter, those left out that have no handle to give."""
        if not touched.parameters:
            yield Thing(touched, node)  # the handle comes by a member: its callers are not known
            return
        for caller in self.journey.functions.values():
            for call, removed in caller.arguments.values():
                given = arguments(call)
                if callee_name(call) != touched.model.function.name:
                    continue
                if all(is_null(strip(given[place])) for place in removed):
                    continue
                known: frozenset[str] = frozenset()
                if touched is self.home:
                    known = known_at_call(touched.model, self.ending, caller.model, call)
                yield from self.things(caller, given[index], known)


def _begun(touched: Touched) -> set[str]:
    """The objects of the begins of a function, as normal text."""
    return {
        touched.model.source.normal(strip(begin.captures["object"]))
        for transaction in touched.transactions
        for begin in transaction.begins
    }


def _stores(touched: Touched, name: str) -> Iterator[tuple[Node, Node | None]]:
    """Where a local is set, and to what; None for what is not understood."""
    model = touched.model
    for lvalue, kind in assigned_lvalues(walk(model.function.body)):
        if lvalue.type != "identifier" or model.source.normal(lvalue) != name:
            continue
        if kind not in ("assign", "init"):
            yield lvalue, None
            continue
        holder = lvalue.parent
        while holder is not None and holder.type not in ("assignment_expression", "init_declarator"):
            holder = holder.parent
        value = None if holder is None else holder.child_by_field_name("right") or holder.child_by_field_name("value")
        yield lvalue, value
