"""What runs for a failed charge as before, but reads a variable that now holds another value by then.

Effects and returned expressions are the same when their code is. A call that moved leaves statements behind itself in
the version before and ahead of itself in the version after: a variable that one of them sets has its new value when the
moved call fails. Found by reaching definitions along the paths of the failure, in both versions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from migrator.diagnostics import Code
from migrator.errorpaths.differences import Finding
from migrator.errorpaths.shape import kept_nodes
from migrator.flow.facts import strip
from migrator.flow.reaching import ReachingDefinitions, reaching_definitions
from migrator.syntax import walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.edits import PositionMap
    from migrator.errorpaths.table import Row
    from migrator.flow.environment import Analysis


_CONSTANT = re.compile(r"(?:- )?(?:\d\w*|[A-Z][A-Z0-9_]*)")


class FailurePath(Struct, eq=False):
    """The paths of one version: where they start, as (flow node that is left, flow node that is entered), and the row
    that they make. ``charges``: the flow nodes of the calls that fail; ``crossed``: those that they were moved behind.
    """

    analysis: Analysis
    edges: Collection[tuple[int, int]]
    row: Row
    charges: Collection[int]
    crossed: Collection[int] = ()
    _definitions: ReachingDefinitions | None = None
    _setters: dict[str, frozenset[int]] = field(default_factory=dict)

    @property
    def definitions(self) -> ReachingDefinitions:
        """Of the whole function."""
        if self._definitions is None:
            graph, facts = self.analysis.graph, self.analysis.facts
            self._definitions = reaching_definitions(graph, facts.source, facts.function)
        return self._definitions

    def sets(self, index: int, name: str) -> bool:
        """Whether a flow node surely gives a variable a value."""
        if name not in self._setters:
            self._setters[name] = frozenset(
                item.node for item in self.definitions.definitions if item.name == name and item.certain
            )
        return index in self._setters[name]

    def setters(self, index: int, name: str) -> frozenset[int]:
        """The flow nodes that may have given the variable what it holds at a node of the paths, and surely did so."""
        found: set[int] = set()
        pending, seen = [index], {index}
        while pending:
            current = pending.pop()
            for source in (edge[0] for edge in self.edges if edge[1] == current):
                before = {source} if self.sets(source, name) else self.definitions.reaching(source, name)
                found.update(item for item in before if self.sets(item, name))
            for edge in self.analysis.graph.predecessors(current):
                if edge.source not in self.row.nodes:
                    continue
                if self.sets(edge.source, name):
                    found.add(edge.source)
                elif edge.source not in seen:
                    seen.add(edge.source)
                    pending.append(edge.source)
        return frozenset(found)

    def constant(self, index: int, name: str) -> str:
        """The constant that a flow node gives the variable, as normal code; empty where it is none."""
        facts = self.analysis.facts
        for item in facts.of(self.analysis.graph.nodes[index]).assignments:
            if item.key == name and item.value is not None:
                text = facts.source.normal(strip(item.value))
                return text if _CONSTANT.fullmatch(text) else ""
        return ""


class _Code(NamedTuple):
    """Code that both versions run when the charge fails: where, and the findings that it makes."""

    before: Collection[int]
    after: Collection[int]
    node: Node
    code: Code
    text: str
    message: str


def drifted(before: FailurePath, after: FailurePath, positions: PositionMap, line: int) -> Iterator[Finding]:
    """A finding for each variable and what set it; ``line`` is that of the begin."""
    twins = kept_nodes(before.analysis.graph, after.analysis.graph, positions)
    twins[before.analysis.graph.entry] = after.analysis.graph.entry
    back = {new: old for old, new in twins.items()}
    said: set[tuple[str, int | None]] = set()
    for code in (*_effects(before.row, after.row), *_returned(before, after, twins)):
        for name in _read(before, code.node):
            known = _setters_of(before, code.before, name)
            if not known:
                continue
            constants = {before.constant(index, name) or None for index in known}
            for index in sorted(_setters_of(after, code.after, name)):
                setter = back.get(index)  # None: the rewrite has brought it
                if index in after.charges or (name, setter) in said:
                    continue
                if setter in known and index not in after.crossed:  # a retry comes by what was crossed once before
                    continue
                if {after.constant(index, name)} == constants:
                    continue
                said.add((name, setter))
                yield _finding(before, code, name, setter, line)


def _effects(old: Row, new: Row) -> Iterator[_Code]:
    for normal in sorted(old.may & new.may, key=lambda item: old.effects[item]):
        effect = old.effects[normal]
        message = f"`{effect.text}` runs when the charge fails, as before"
        yield _Code(old.places[normal], new.places[normal], effect.node, Code.ARGUMENT_DRIFT, effect.text, message)


def _returned(before: FailurePath, after: FailurePath, twins: Mapping[int, int]) -> Iterator[_Code]:
    """Returns of an expression; what a plain variable holds is compared as a value, and so is what differs anyway."""
    if before.row.returns != after.row.returns:
        return
    for index in sorted(before.row.exits):
        statement, twin = before.analysis.graph.nodes[index].syntax, twins.get(index)
        if statement is None or twin not in after.row.exits:
            continue
        expression = strip(statement.named_children[0])
        if expression.type != "identifier":
            text = " ".join(before.analysis.source.text(expression).decode("utf-8", "replace").split())
            message = f"when the charge fails the function returns `{text}`, as before"
            yield _Code([index], [twin], expression, Code.RETURN_CHANGED, text, message)


def _setters_of(path: FailurePath, places: Collection[int], name: str) -> set[int]:
    return {setter for index in places for setter in path.setters(index, name)}


def _read(path: FailurePath, code: Node) -> Iterable[str]:
    """The local variables in a piece of code."""
    names = (path.analysis.source.normal(node) for node in walk(code) if node.type == "identifier")
    return [name for name in dict.fromkeys(names) if name in path.analysis.facts.locals]


def _finding(path: FailurePath, code: _Code, name: str, setter: int | None, line: int) -> Finding:
    related = [(path.analysis.source.line(code.node.start_byte), f"`{code.text}` reads {name}")]
    how = "is set by the rewrite"
    if setter is not None:
        set_at = path.analysis.graph.nodes[setter].line
        related.insert(0, (set_at, f"{name} is set here"))
        how = f"is set at line {set_at} by then"
    return Finding(code.code, line, f"{code.message}, but {name} {how}", tuple(related))
