"""What runs for a failed charge as before, but reads a variable that now holds another value by then.

Effects, tests and returned expressions are the same when their code is. A call that moved leaves statements behind
itself in the version before and ahead of itself in the version after: a variable that one of them sets has its new
value when the moved call fails. Found by following the paths of the failure backwards, in both versions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from migrator.diagnostics import Code
from migrator.errorpaths.differences import Finding
from migrator.errorpaths.effects import one_line
from migrator.errorpaths.shape import kept_nodes
from migrator.flow.facts import strip
from migrator.flow.graph import NodeKind
from migrator.syntax import walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.edits import PositionMap
    from migrator.errorpaths.table import Row
    from migrator.flow.environment import Analysis


RETURNED = "what is returned"
_CONSTANT = re.compile(r"(?:- )?(?:\d\w*|[A-Z][A-Z0-9_]*)")


class FailurePath(Struct, eq=False):
    """The paths of one version: where they start, as (flow node that is left, flow node that is entered), and the row
    that they make. ``charges``: the flow nodes of the calls that fail; ``crossed``: those that they were moved behind;
    ``stops``: where paths end.
    """

    analysis: Analysis
    edges: Collection[tuple[int, int]]
    row: Row
    charges: Collection[int]
    crossed: Collection[int] = ()
    stops: Collection[int] = ()
    _setters: dict[str, frozenset[int]] = field(default_factory=dict)

    def sets(self, index: int, name: str) -> bool:
        """Whether a flow node surely gives a variable a value."""
        if name not in self._setters:
            self._setters[name] = frozenset(
                item.node for item in self.analysis.definitions.definitions if item.name == name and item.certain
            )
        return index in self._setters[name]

    def may_set(self, index: int, name: str) -> bool:
        """Whether a flow node may give a variable, or a part of it, a value."""
        facts = self.analysis.facts
        found = facts.of(self.analysis.graph.nodes[index])
        through = name in facts.address_taken and facts.stores_anywhere(found)
        return through or any(key == name or key.startswith((f"{name} [", f"{name} .")) for key in found.defined)

    def setters(self, index: int, name: str, *, by_value: bool = True) -> frozenset[int]:
        """The flow nodes that gave the variable what it holds at a node of the paths; of those that were crossed, also
        those that may have (only if it is read ``by_value``: what an address leads to is for the call to look up).
        """
        graph = self.analysis.graph
        hidden = self.analysis.definitions.counts(name) < 2  # another variable of the same name hides none
        entered: dict[int, list[int]] = {}
        for source, target in self.edges:
            entered.setdefault(target, []).append(source)
        found: set[int] = set()
        pending, seen = [(index, True)], {(index, True)}
        while pending:
            current, inside = pending.pop()
            before = [(edge.source, False) for edge in graph.predecessors(current)] if not inside else []
            if inside:
                before += [(source, False) for source in entered.get(current, ())]
                before += [(edge.source, True) for edge in graph.predecessors(current) if edge.source in self.row.nodes]
            for item in before:
                surely = self.sets(item[0], name)
                if surely or (by_value and item[0] in self.crossed and self.may_set(item[0], name)):
                    found.add(item[0])
                if item not in seen and not (surely and hidden):
                    seen.add(item)
                    pending.append(item)
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
    direct: bool = True  # whether what its own variables hold counts, or only where that comes from


def drifted(before: FailurePath, after: FailurePath, positions: PositionMap, line: int) -> Iterator[Finding]:
    """A finding for each variable and what set it; ``line`` is that of the begin."""
    twins = kept_nodes(before.analysis.graph, after.analysis.graph, positions)
    twins[before.analysis.graph.entry] = after.analysis.graph.entry
    back = {new: old for old, new in twins.items()}
    said: set[tuple[str, int | None]] = set()
    pending = [*_effects(before.row, after.row), *_tests(before, after, twins), *_returned(before, after, twins)]
    followed: set[tuple[str, int]] = set()
    for code in pending:  # grows
        for name, by_value in _read(before, code.node).items():
            known = _setters_of(before, code.before, name, by_value=by_value)
            if not known:
                continue
            for setter in sorted(known & before.row.nodes):
                if twins.get(setter) in after.row.nodes and (code.message, setter) not in followed:
                    followed.add((code.message, setter))
                    pending += _sources(before, code, name, setter, twins[setter])
            constants = {before.constant(index, name) or None for index in known}
            for index in sorted(_setters_of(after, code.after, name, by_value=by_value)) if code.direct else ():
                origin = back.get(index)  # None: the rewrite has brought it
                if index in after.charges or (name, origin) in said:
                    continue
                if origin in known and index not in after.crossed:  # a retry comes by what was crossed once before
                    continue
                if {after.constant(index, name)} == constants:
                    continue
                said.add((name, origin))
                yield _finding(before, code, name, origin, line)


def _sources(path: FailurePath, code: _Code, name: str, setter: int, twin: int) -> Iterator[_Code]:
    """What a variable that the code reads is given on the way to it, in both versions."""
    node = path.analysis.graph.nodes[setter]
    for item in path.analysis.facts.of(node).assignments:
        syntax = item.value if item.value is not None else node.syntax
        if item.key == name and syntax is not None:
            yield code._replace(
                before=[setter], after=[twin], node=syntax, text=one_line(path.analysis.source, syntax), direct=True
            )


def _effects(old: Row, new: Row) -> Iterator[_Code]:
    for normal in sorted(old.may & new.may, key=lambda item: old.effects[item]):
        effect = old.effects[normal]
        message = f"`{effect.text}` runs when the charge fails, as before"
        yield _Code(old.places[normal], new.places[normal], effect.node, Code.ARGUMENT_DRIFT, effect.text, message)


def _tests(before: FailurePath, after: FailurePath, twins: Mapping[int, int]) -> Iterator[_Code]:
    """Conditions that decide, in both versions, about what runs on some paths and about which value is returned. What
    is decided otherwise on every path makes rows that differ.
    """
    old, new = before.row, after.row
    alike = {normal for normal in old.may & new.may if (normal in old.must) == (normal in new.must)}
    several = len(old.returns) > 1 and old.returns == new.returns
    for index in sorted(old.nodes):
        node, twin = before.analysis.graph.nodes[index], twins.get(index)
        if node.syntax is None or node.kind not in (NodeKind.CONDITION, NodeKind.SWITCH) or twin not in new.nodes:
            continue
        decided = _decided(before, index, alike, several=several)
        if decided and _decided(after, twin, alike, several=several):
            text = one_line(before.analysis.source, node.syntax)
            message = f"when the charge fails `{text}` decides about {', '.join(decided)}, as before"
            code = Code.RETURN_CHANGED if decided == [RETURNED] else Code.ARGUMENT_DRIFT
            yield _Code([index], [twin], node.syntax, code, text, message)


def _decided(path: FailurePath, index: int, alike: Collection[str], *, several: bool) -> list[str]:
    """What of ``alike`` runs behind one outcome of a condition and not behind another, in words, and what is returned
    where that may be ``several`` values; empty for nothing.
    """
    graph, ends = path.analysis.graph, {*path.stops, path.analysis.graph.exit}
    targets = {edge.target for edge in graph.successors(index)} & {*path.row.nodes, *ends}
    reached = [graph.reachable([target], {*ends, index}) for target in targets]
    either = frozenset[int]().union(*reached) - frozenset.intersection(*reached) if reached else frozenset[int]()
    found = [
        f"`{path.row.effects[normal].text}`"
        for normal, places in path.row.places.items()
        if normal in alike and any(place in either for place in places)
    ]
    names = _returned_names(path)
    sets = any(path.sets(node, name) for node in either & path.row.nodes for name in names)
    return [*found, RETURNED] if several and (sets or path.row.exits & either) else found


def _returned_names(path: FailurePath) -> set[str]:
    """The variables that are returned as they are."""
    nodes = (path.analysis.graph.nodes[index].syntax for index in path.row.exits)
    values = [strip(node.named_children[0]) for node in nodes if node is not None]
    return {path.analysis.source.normal(value) for value in values if value.type == "identifier"}


def _returned(before: FailurePath, after: FailurePath, twins: Mapping[int, int]) -> Iterator[_Code]:
    """Returned expressions; what a plain variable holds is compared as a value, and so is what differs anyway."""
    if before.row.returns != after.row.returns:
        return
    for index in sorted(before.row.exits):
        statement, twin = before.analysis.graph.nodes[index].syntax, twins.get(index)
        if statement is None or twin not in after.row.exits:
            continue
        expression = strip(statement.named_children[0])
        text = one_line(before.analysis.source, expression)
        message = f"when the charge fails the function returns `{text}`, as before"
        direct = expression.type != "identifier"
        yield _Code([index], [twin], expression, Code.RETURN_CHANGED, text, message, direct)


def _setters_of(path: FailurePath, places: Collection[int], name: str, *, by_value: bool) -> set[int]:
    return {setter for index in places for setter in path.setters(index, name, by_value=by_value)}


def _read(path: FailurePath, code: Node) -> dict[str, bool]:
    """The local variables in a piece of code, in order: whether their value is read, or only their address taken."""
    found: dict[str, bool] = {}
    for node in walk(code):
        name = path.analysis.source.normal(node) if node.type == "identifier" else ""
        if name in path.analysis.facts.locals:
            found[name] = found.get(name, False) or not _is_addressed(node)
    return found


def _is_addressed(name: Node) -> bool:
    """Whether the address of a variable, or of a part of it, is taken."""
    node = name
    while node.parent is not None and node.parent.type in (
        "field_expression",
        "subscript_expression",
        "parenthesized_expression",
    ):
        operator = node.parent.child_by_field_name("operator")
        if operator is not None and operator.type == "->":
            return False
        node = node.parent
    return node.parent is not None and node.parent.type == "pointer_expression" and node.parent.children[0].type == "&"


def _finding(path: FailurePath, code: _Code, name: str, setter: int | None, line: int) -> Finding:
    related = [(path.analysis.source.line(code.node.start_byte), f"`{code.text}` reads {name}")]
    how = "is set by the rewrite"
    if setter is not None:
        set_at = path.analysis.graph.nodes[setter].line
        related.insert(0, (set_at, f"{name} is set here"))
        how = f"is set at line {set_at} by then"
    return Finding(code.code, line, f"{code.message}, but {name} {how}", tuple(related))
