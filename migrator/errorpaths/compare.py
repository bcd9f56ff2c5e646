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
from migrator.errorpaths.outcome import Outcome, outcomes
from migrator.errorpaths.table import Row, Summary, follow_failure, summarize
from migrator.flow.environment import Analysis
from migrator.flow.facts import operands, strip
from migrator.flow.graph import NodeKind
from migrator.results import ErrorRow
from migrator.rewrite.draft import leaves

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.edits import PositionMap
    from migrator.errorpaths.effects import Effect
    from migrator.pattern.model import Pattern, UndoPair

CHARGE_ERROR = "the error of the charge"


class Finding(Struct, frozen=True):
    """A difference: ``line`` and ``related`` are lines of the version before; ``remedies`` are (line, text to insert
    before it).
    """

    code: Code
    line: int
    message: str
    related: tuple[tuple[int, str], ...] = ()
    remedies: tuple[tuple[int, str], ...] = ()


class Side(Struct, eq=False):
    """One version of the function: its analysis and the calls that charge in it; ``moved`` when they changed places."""

    analysis: Analysis
    calls: Sequence[Node]
    ignored: frozenset[str]
    moved: bool
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
        starts = [(edge[1], environment) for edge, environment in self.charge.failures.items()]
        names = {call.start_byte: CHARGE_ERROR for call in self.calls}
        return follow_failure(self.analysis, starts, self.ignored, self.charge.nodes, names)

    def branch_row(self, targets: Collection[int]) -> Row:
        """What happens behind the edges into a branch."""
        starts = [(index, state.environment) for index in targets for state in self.outcome.states.states(index)]
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
    return " ".join(side.analysis.source.text(call or tested).decode("utf-8", "replace").split())


def _assigned_call(side: Side, variable: Node) -> Node | None:
    """The call whose result a tested variable was given last, in source order."""
    if variable.type != "identifier":
        return None
    source = side.analysis.source
    name = source.normal(variable)
    found = None
    for node in side.analysis.facts.by_type.get("assignment_expression", ()):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if node.start_byte < variable.start_byte and left is not None and source.normal(left) == name:
            found = right
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
    if before.calls and after.calls:
        findings += _compare_charge(before, after, pattern, setup)
    findings += _compare_branches(before, after, positions)
    return findings


def _compare_charge(before: Side, after: Side, pattern: Pattern, setup: Sequence[Effect]) -> list[Finding]:
    old, new = before.charge_row(), after.charge_row()
    line = before.line(before.calls[0])
    findings = []
    undoing: set[str] = set()
    for effect in setup:
        undone = [
            normal
            for normal in new.must
            if overwrites(new.effects[normal], effect)
            or any(undoes(rule, effect, new.effects[normal]) for rule in pattern.undo)
        ]
        if undone:
            undoing.update(undone)
            continue
        findings.append(
            Finding(
                Code.SETUP_NOT_UNDONE,
                line,
                f"`{effect.text}` now runs before the charge and is not undone when the charge fails",
                ((effect.line, f"`{effect.text}`"),),
            )
        )
    for normal in sorted(new.may - old.may - undoing, key=lambda item: new.effects[item]):
        others, returned = _who_runs(before, normal)
        only = f"; until now only when {' or '.join(others)} failed" if others else ""
        only += f" ({returned})" if others and returned else ""
        findings.append(
            Finding(
                Code.ERROR_PATH_WIDENED,
                line,
                f"`{new.effects[normal].text}` now also runs when the charge fails ({_errors(pattern)}){only}",
                tuple(
                    (row_line, f"until now `{new.effects[normal].text}` ran here only")
                    for row_line in _lines_of(before, normal)
                ),
            )
        )
    for normal in sorted((old.may - new.may) | (old.must - new.must), key=lambda item: old.effects[item]):
        effect = old.effects[normal]
        findings.append(
            Finding(
                Code.CLEANUP_LOST,
                line,
                f"`{effect.text}` ran when the charge failed and no longer does"
                + ("" if normal not in new.may else " on every path"),
                ((effect.line, f"`{effect.text}`"),),
            )
        )
    if old.returns != new.returns:
        findings.append(
            Finding(
                Code.RETURN_CHANGED,
                line,
                f"when the charge fails the function returned {_listed(old.returns)} "
                f"and now returns {_listed(new.returns)}",
            )
        )
    return findings


def undoes(rule: UndoPair, effect: Effect, other: Effect) -> bool:
    """Whether ``other`` takes ``effect`` back by a rule of the pattern."""
    bound = rule.effect.match(effect.source, effect.node)
    if bound is None:
        return False
    shared = {name: text for name, text in bound.items() if name in rule.undo.names}
    return rule.undo.match_with(other.source, other.node, shared) is not None


def overwrites(later: Effect, earlier: Effect) -> bool:
    """Whether a store takes an earlier store back by storing to the same place."""
    if later.node.type != "assignment_expression" or earlier.node.type != "assignment_expression":
        return False
    places = [effect.node.child_by_field_name("left") for effect in (later, earlier)]
    first, second = places
    return first is not None and second is not None and later.source.normal(first) == earlier.source.normal(second)


def _errors(pattern: Pattern) -> str:
    return " or ".join(pattern.new_call.errors) or "the error of the charge"


def _listed(values: Collection[str]) -> str:
    return " or ".join(sorted(values)) or "nothing"


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
        findings += _compare_rows(before.line(statement), origin_text(before, statement), old, new)
    return findings


def _summaries(side: Side, targets: Collection[int]) -> set[Summary | None]:
    return {side.summaries[index] for index in targets}


def _compare_rows(line: int, origin: str, old: Row, new: Row) -> list[Finding]:
    findings = []
    for normal in sorted(new.may - old.may, key=lambda item: new.effects[item]):
        text = new.effects[normal].text
        findings.append(Finding(Code.ERROR_PATH_WIDENED, line, f"`{text}` now also runs after `{origin}`"))
    for normal in sorted((old.may - new.may) | (old.must - new.must), key=lambda item: old.effects[item]):
        effect = old.effects[normal]
        findings.append(
            Finding(
                Code.CLEANUP_LOST,
                line,
                f"`{effect.text}` ran after `{origin}` and no longer does"
                + ("" if normal not in new.may else " on every path"),
                ((effect.line, f"`{effect.text}`"),),
            )
        )
    if old.returns != new.returns:
        findings.append(
            Finding(
                Code.RETURN_CHANGED,
                line,
                f"after `{origin}` the function returned {_listed(old.returns)} and now returns {_listed(new.returns)}",
            )
        )
    return findings


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
