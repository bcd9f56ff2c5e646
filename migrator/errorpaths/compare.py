"""Two versions of a function side by side: every failure whose cleanup or returned value differs is a finding.

Rows: the failure of the transaction's begin beside that of the new call, and every ``if`` whose branch leaves,
aligned by position. The comparison reads the two versions only; how one was made from the other it does not know.
What the pattern declares (protocol calls, undo pairs) is taken away first; what remains is reported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.diagnostics import Code
from migrator.errorpaths.differences import (
    WIDENED,
    Change,
    Finding,
    compare_rows,
    listed,
    lost,
    not_owned,
    not_undone,
    overwrites,
    undoes,
    undone_effects,
    widened,
)
from migrator.errorpaths.drift import FailurePath, drifted
from migrator.errorpaths.effects import one_line
from migrator.errorpaths.outcome import Outcome, outcomes
from migrator.errorpaths.shape import kept_nodes
from migrator.errorpaths.table import Row, Summary, follow_failure, summarize
from migrator.flow import values
from migrator.flow.environment import Analysis, Environment
from migrator.flow.facts import operands, strip
from migrator.flow.graph import NodeKind
from migrator.flow.values import Sign
from migrator.results import ErrorRow
from migrator.rewrite.draft import leaves

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.edits import PositionMap
    from migrator.errorpaths.effects import Effect
    from migrator.flow.graph import FlowGraph
    from migrator.pattern.model import Pattern

CHARGE_ERROR = "the error of the charge"
ONWARD = "goes on to the charge"


class Side(Struct, eq=False):
    """One version of the function: its analysis and the calls that charge in it; ``moved`` when they changed places.

    ``ends`` are flow nodes at which the followed paths of both versions end when a call moved: the same places in both,
    around the old place of the call and its new one. What comes to pass behind them is other rows' business.
    ``crossed``: flow nodes of the version after that the call was moved behind.
    ``tests`` are the conditions that say which results are failures, where the function lives with some of them.
    """

    analysis: Analysis
    calls: Sequence[Node]
    ignored: frozenset[str]
    moved: bool
    tests: Sequence[Node] = ()
    ends: frozenset[int] = frozenset()
    crossed: frozenset[int] = frozenset()
    _whole: Outcome | None = None
    _charge: Outcome | None = None
    _summaries: tuple[Summary | None, ...] | None = None

    @property
    def outcome(self) -> Outcome:
        """The calls followed from the entry; raises TooComplexError."""
        if self._whole is None:
            self._whole = outcomes(self.analysis, self.calls)
        return self._whole

    @property
    def charge(self) -> Outcome:
        """Where the calls fail and succeed; what is known before them counts only when they moved."""
        if self._charge is None:
            self._charge = self.outcome if self.moved else outcomes(self.analysis, self.calls, local=True)
        return self._charge

    @property
    def summaries(self) -> tuple[Summary | None, ...]:
        """What runs from each node on, without regard to feasibility."""
        if self._summaries is None:
            self._summaries = summarize(self.analysis, self.ignored)
        return self._summaries

    def charge_row(self) -> Row:
        """What happens when the charge fails."""
        return self.charge_path().row

    def charge_path(self) -> FailurePath:
        """The paths on which the charge fails."""
        starts = [
            (edge[0], edge[1], environment)
            for edge, environment in self.charge.failures.items()
            if not self.tests or self._is_tested_by(edge[0])
        ]
        if not self.tests:
            starts += self._untested_failures()
        names = {call.start_byte: CHARGE_ERROR for call in self.calls}
        entered = [(target, environment) for _, target, environment in starts]
        stops = self.charge.nodes | self.ends
        row = follow_failure(self.analysis, entered, self.ignored, stops, names)
        edges = [(source, target) for source, target, _ in starts]
        return FailurePath(self.analysis, edges, row, self.charge.nodes, self.crossed, stops)

    def _is_tested_by(self, index: int) -> bool:
        syntax = self.analysis.graph.nodes[index].syntax
        return syntax is not None and any(_within(syntax, test) for test in self.tests)

    def _untested_failures(self) -> Iterator[tuple[int, int, Environment]]:
        """Where a call whose result nobody tests has failed: behind it."""
        graph = self.analysis.graph
        for call in self.calls:
            node = graph.node_at(call) if call.start_byte in self.charge.untested else None
            if node is None:
                continue
            environment = {
                key: values.restrict(value, Sign.NEGATIVE) or value
                if any(atom.origin == call.start_byte for atom in value)
                else value
                for key, value in self.analysis.step(node, {}).items()
            }
            yield from ((edge.source, edge.target, environment) for edge in graph.successors(node.index))

    def branch_row(self, targets: Collection[int]) -> Row:
        """What happens behind the edges into a branch."""
        starts = [(index, state.environment) for index in targets for state in self.outcome.states.states(index)]
        if self.ends:
            return follow_failure(self.analysis, starts, self.ignored, self.outcome.nodes | self.ends, word=ONWARD)
        begun = all(state.key != "none" for index in targets for state in self.outcome.states.states(index))
        return follow_failure(self.analysis, starts, self.ignored, self.outcome.nodes if begun else ())

    def line(self, node: Node) -> int:
        """The 1-based line of a node in this version."""
        return self.analysis.source.line(node.start_byte)


def ignored_names(pattern: Pattern) -> frozenset[str]:
    """Calls that are the protocol itself, before or after."""
    from_templates = [rule.statement.source for rule in pattern.after_success]
    from_templates += [text for rule in pattern.handle_uses for text in (rule.old.source, rule.new.source)]
    if pattern.object_lives is not None:
        from_templates.append(pattern.object_lives.source)
    called = {text.partition("(")[0].strip() for text in from_templates}
    return pattern.begin_names | pattern.commit_names | pattern.abort_names | {pattern.new_call.name} | called


def branch_targets(side: Side, statement: Node) -> frozenset[int]:
    """The flow nodes that an if enters its consequence by."""
    consequence = statement.child_by_field_name("consequence")
    condition = statement.child_by_field_name("condition")
    graph = side.analysis.graph
    found = set()
    if consequence is None or condition is None:
        return frozenset()
    for node in graph.nodes:
        if node.kind is not NodeKind.CONDITION or node.syntax is None or not _within(node.syntax, condition):
            continue
        for edge in graph.successors(node.index):
            syntax = graph.nodes[edge.target].syntax
            if syntax is not None and _within(syntax, consequence):
                found.add(edge.target)
    return frozenset(found)


def _within(node: Node, outer: Node) -> bool:
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def failing_ifs(side: Side) -> Iterator[Node]:
    """Every if whose branch leaves: the places where a failure is acted upon."""
    for node in side.analysis.facts.by_type.get("if_statement", ()):
        consequence = node.child_by_field_name("consequence")
        if consequence is not None and leaves(consequence):
            yield node


def origin_text(side: Side, statement: Node) -> str:
    """What failed, in the words of the source: the call whose result a variable holds, or the condition."""
    condition = statement.child_by_field_name("condition")
    if condition is None:
        return "a test"
    tested = strip(condition)
    left, _ = operands(tested)
    call = _assigned_call(side, strip(left) if left is not None else tested)
    return one_line(side.analysis.source, call or tested)


def _assigned_call(side: Side, variable: Node) -> Node | None:
    """The call whose result a tested variable was given last, in source order."""
    if variable.type != "identifier":
        return None
    source = side.analysis.source
    name = source.normal(variable)
    found, last = None, -1
    for kind, target, value in (
        ("assignment_expression", "left", "right"),
        ("init_declarator", "declarator", "value"),
    ):
        for node in side.analysis.facts.by_type.get(kind, ()):
            left = node.child_by_field_name(target)
            if last < node.start_byte < variable.start_byte and left is not None and source.normal(left) == name:
                found, last = node.child_by_field_name(value), node.start_byte
    return found if found is not None and found.type == "call_expression" else None


def charge_tests(side: Side) -> frozenset[int]:
    """Ids of the ifs that act upon the charge itself."""
    found = set()
    for origin, _, _ in (*side.charge.failures, *side.charge.successes):
        syntax = side.analysis.graph.nodes[origin].syntax
        node = syntax
        while node is not None and node.type != "if_statement":
            node = node.parent
        if node is not None:
            found.add(node.id)
    return frozenset(found)


def compare(
    before: Side, after: Side, positions: PositionMap, pattern: Pattern, setup: Sequence[Effect]
) -> list[Finding]:
    """All differences. ``setup`` are the effects that ran behind the begin and run before the new call.

    Raises TooComplexError.
    """
    findings: list[Finding] = []
    if before.moved:
        _find_ends(before, after, positions)
    if before.calls and after.calls:
        findings += _compare_charge(before, after, positions, pattern, setup)
    findings += _compare_branches(before, after, positions)
    return findings


def _find_ends(before: Side, after: Side, positions: PositionMap) -> None:
    """Where paths end in both versions: a path that comes to the begin meets, in the version after, what stands behind
    the begin's old place, and one that comes to the new call meets, in the version before, what stands behind that.
    """
    first, second = before.analysis.graph, after.analysis.graph
    twins = kept_nodes(first, second, positions)
    behind_old = _first_of(twins, first, before.outcome)
    back = {new: old for old, new in twins.items()}
    behind_new = {back[index] for index in _first_of(back, second, after.outcome)}
    ends = behind_old | behind_new
    before.ends = frozenset(ends)
    after.ends = frozenset(twins[index] for index in ends)
    started = {twins[index] for index in behind_old}
    charges = after.outcome.nodes
    after.crossed = second.reachable(started, charges) & second.reachable(charges, started, backwards=True) - charges


def _first_of(wanted: Collection[int], graph: FlowGraph, outcome: Outcome) -> set[int]:
    """The first of the wanted flow nodes on each path on which a call has succeeded."""
    found = set()
    pending = [edge[1] for edge in outcome.successes]
    seen = set(pending)
    while pending:
        current = pending.pop()
        if current in wanted:
            found.add(current)
        elif current not in outcome.nodes:
            following = {edge.target for edge in graph.successors(current)} - seen
            seen |= following
            pending += following
    return found


def _compare_charge(
    before: Side, after: Side, positions: PositionMap, pattern: Pattern, setup: Sequence[Effect]
) -> list[Finding]:
    old_path, new_path = before.charge_path(), after.charge_path()
    old, new = old_path.row, new_path.row
    line = before.line(before.calls[0])
    undone = undone_effects(setup, old, new, pattern)
    findings = not_undone(undone.left, line) if pattern.placement.failure is None else not_owned(undone.left, line)
    for normal, how in widened(old, new, undone.used):
        text = new.effects[normal].text
        if how is not Change.NEW:
            where = ((old.effects[normal].line, f"`{text}`"),) if normal in old.effects else ()
            message = f"`{text}` {WIDENED[how].format('when the charge failed')}"
            findings.append(Finding(Code.ERROR_PATH_WIDENED, line, message, where))
            continue
        others, returned = _who_runs(before, normal)
        only = f"; until now only when {' or '.join(others)} failed" if others else ""
        only += f" ({returned})" if others and returned else ""
        findings.append(
            Finding(
                Code.ERROR_PATH_WIDENED,
                line,
                f"`{text}` now also runs when the charge fails ({_errors(pattern)}){only}",
                tuple((row_line, f"until now `{text}` ran here only") for row_line in _lines_of(before, normal)),
            )
        )
    findings += lost(old, new, line, "when the charge failed")
    if before.moved:
        findings += drifted(old_path, new_path, positions, line)
    if old.returns != new.returns:
        findings.append(
            Finding(
                Code.RETURN_CHANGED,
                line,
                f"when the charge fails the function returned {listed(old.returns)} "
                f"and now returns {listed(new.returns)}",
            )
        )
    return findings


def _errors(pattern: Pattern) -> str:
    return " or ".join(pattern.new_call.errors) or "the error of the charge"


def _lines_of(side: Side, normal: str) -> list[int]:
    from migrator.errorpaths.effects import effects_of

    facts = side.analysis.facts
    return [
        effect.line
        for node in side.analysis.graph.nodes
        for effect in effects_of(facts, node, side.ignored)
        if effect.normal == normal
    ]


def _who_runs(side: Side, normal: str) -> tuple[list[str], str]:
    """The other failures whose path runs an effect, and the error codes known to be returned there."""
    origins: list[str] = []
    returns: set[str] = set()
    own = charge_tests(side)
    for statement in failing_ifs(side):
        if statement.id in own:
            continue
        targets = branch_targets(side, statement)
        if any((known := side.summaries[index]) is not None and normal in known.must for index in targets):
            origins.append(f"`{origin_text(side, statement)}`")
            returns |= side.branch_row(targets).returns
    constants = sorted(value for value in returns if value.startswith("-"))
    return list(dict.fromkeys(origins))[:4], ", ".join(constants)


def _compare_branches(before: Side, after: Side, positions: PositionMap) -> list[Finding]:
    findings: list[Finding] = []
    by_start = {node.start_byte: node for node in after.analysis.facts.by_type.get("if_statement", ())}
    own = charge_tests(before)
    for statement in failing_ifs(before):
        if statement.id in own:
            continue
        moved = positions.forward(statement.start_byte)
        twin = None if moved is None else by_start.get(moved)
        if twin is None:
            continue
        targets, twin_targets = branch_targets(before, statement), branch_targets(after, twin)
        if not before.moved and _summaries(before, targets) == _summaries(after, twin_targets):
            continue
        old, new = before.branch_row(targets), after.branch_row(twin_targets)
        findings += compare_rows(before.line(statement), origin_text(before, statement), old, new)
    return findings


def _summaries(side: Side, targets: Collection[int]) -> set[Summary | None]:
    return {side.summaries[index] for index in targets}


def table(side: Side) -> tuple[ErrorRow, ...]:
    """The error-path table of a version, for people: the charge first, then every if whose branch leaves."""
    rows = []
    if side.calls and side.charge.failures:
        rows.append(side.charge_row().render("the charge fails", side.line(side.calls[0])))
    own = charge_tests(side)
    for statement in failing_ifs(side):
        if statement.id in own:
            continue
        targets = branch_targets(side, statement)
        if any(side.outcome.states.states(index) for index in targets):
            rows.append(side.branch_row(targets).render(origin_text(side, statement), side.line(statement)))
    return tuple(rows)


__all__ = [
    "Finding",
    "Side",
    "branch_targets",
    "charge_tests",
    "compare",
    "failing_ifs",
    "ignored_names",
    "origin_text",
    "overwrites",
    "table",
    "undoes",
]
