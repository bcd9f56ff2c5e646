"""What lies between a begin and the place where the new call will stand, and what comes to pass by passing it.

Effects that now come before the charge, arguments that change on the way, calls that can fail and so changed places
with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.diagnostics import Code
from migrator.errorpaths.compare import Finding, ignored_names
from migrator.errorpaths.effects import Effect, effects_of
from migrator.errorpaths.table import follow_failure
from migrator.flow.explore import State, explore
from migrator.flow.facts import operands, strip
from migrator.flow.graph import NodeKind
from migrator.flow.values import Sign, signs_of
from migrator.pattern.query import RoleMatch
from migrator.transaction.calls import is_literal, testing_statement
from migrator.transaction.model import FunctionModel, Phase, Transaction

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.flow.environment import Environment
    from migrator.flow.graph import FlowEdge, FlowNode
    from migrator.flow.values import Value


class Placement(Struct, eq=False):
    """Where a begin goes. ``last`` is the statement behind which the call stands; None when it stays where begin is.
    ``guards`` are the ifs around the begin that go with it, outermost first; ``conjunct`` the ``a`` of
    ``if (a && begin(..))``, which goes too; ``setup`` the effects that now come first. ``gone`` is further code that
    goes with the old calls; ``replaced`` what the new call stands in the place of (``at-commit``).
    """

    begin: RoleMatch
    last: Node | None = None
    primary: Node | None = None
    guards: list[Node] = field(default_factory=list)
    setup: list[Effect] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    conjunct: Node | None = None
    gone: list[Node] = field(default_factory=list)
    replaced: Node | None = None


def phases_at(model: FunctionModel, transaction: Transaction, syntax: Node) -> Iterator[Phase]:
    """The phases in which the flow node that contains a syntax node may be entered."""
    node = model.graph.node_at(syntax)
    if node is not None and transaction.flow is not None:
        yield from transaction.flow.states.keys(node.index)


def between(model: FunctionModel, placement: Placement) -> list[int]:
    """Flow nodes on a path from the begin to the place, both excluded but the run of stores included."""
    if placement.last is None:
        return []
    start, end = model.graph.node_at(placement.begin.node), model.graph.node_at(placement.last)
    if start is None or end is None:
        return []
    forward = model.graph.reachable([start.index], [end.index])
    backward = model.graph.reachable([end.index], [start.index], backwards=True)
    return sorted((forward & backward) - {start.index} | {end.index})


def is_inside(node: Node | None, outer: Node) -> bool:
    """Whether a node lies within another."""
    return node is not None and outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def collect_between(model: FunctionModel, transaction: Transaction, placement: Placement) -> None:
    """The effects that now come before the charge; drifting arguments; calls that can fail and changed places."""
    flow = transaction.flow
    assert flow is not None
    ignored = ignored_names(model.pattern)
    test = testing_statement(model, placement.begin)
    line = model.line(placement.begin.node)
    gone = [test, *placement.gone] if test is not None else placement.gone
    _check_variable(model, transaction, placement, gone)
    passing = between(model, placement)
    for index in passing:
        node = model.graph.nodes[index]
        if any(is_inside(node.syntax, part) for part in gone):
            continue
        placement.setup += effects_of(model.facts, node, ignored)
        defined = model.facts.of(node).defined
        for name in sorted(model.pattern.new_call.template.names):
            captured = placement.begin.captures.get(name)
            if name == "object" or captured is None:
                continue
            text = model.readable(captured)
            key = model.source.normal(strip(captured))
            if not is_literal(text) and defined and model.facts.stores_to(model.facts.of(node), key):
                placement.findings.append(
                    Finding(
                        Code.ARGUMENT_DRIFT,
                        line,
                        f"{name} `{text}` is changed at line {node.line}, before the new call: "
                        "it is charged with another value",
                        ((node.line, f"`{text}` changes here"),),
                    )
                )
    exits = _exits_before_setup(model, transaction, placement, set(passing))
    if exits:
        first, own = exits[0], _constants(model, failing_starts(model, transaction, placement))
        codes = f" ({first.returned}, no longer {own})" if own and first.returned and first.returned != own else ""
        placement.findings.append(
            Finding(
                Code.FAILURE_ORDER_CHANGED,
                line,
                f"{first.text} can fail at line {first.line} and now comes before the charge: "
                f"where both would fail, its error is returned{codes}",
                tuple(
                    (item.line, f"`{item.text}`" + (f": returns {item.returned}" if item.returned else ""))
                    for item in exits
                ),
            )
        )


def result_variable(model: FunctionModel, begin: RoleMatch) -> str:
    """The variable that the result of a begin is assigned to; empty where it is tested in place."""
    parent = begin.node.parent
    while parent is not None and parent.type not in ("assignment_expression", "init_declarator", "if_statement"):
        parent = parent.parent
    if parent is None or parent.type == "if_statement":
        return ""
    target = parent.child_by_field_name("left" if parent.type == "assignment_expression" else "declarator")
    return model.source.normal(target) if target is not None else ""


def _check_variable(model: FunctionModel, transaction: Transaction, placement: Placement, gone: Sequence[Node]) -> None:
    """The variable of the result must not be read before the new place, nor hold anything there that is read behind it:
    the new call overwrites it.
    """
    variable = result_variable(model, placement.begin)
    start = model.graph.node_at(placement.begin.node)
    last = model.graph.node_at(placement.last) if placement.last is not None else None
    if not variable or start is None or last is None or transaction.flow is None:
        return
    passing = set(between(model, placement))
    behind_begin, behind_last = ([edge.target for edge in model.graph.successors(node.index)] for node in (start, last))
    problem = first_read(model, variable, behind_begin, lambda index: index in passing, gone)
    if problem is None and any(_mentions(model, model.graph.nodes[index], variable, gone) for index in passing):
        behind = first_read(model, variable, behind_last, lambda _index: True, gone)
        for state in transaction.flow.states.states(last.index):
            value = state.environment.get(variable)
            if behind is not None and (value is None or signs_of(value) != Sign.ZERO):
                problem = behind
    if problem is not None:
        transaction.refuse(
            Code.UNKNOWN_SHAPE,
            model.line(placement.begin.node),
            f"{variable} takes the result of the begin and is used for something else around the new place",
            (problem, f"{variable} is read here"),
        )


def _mentions(model: FunctionModel, node: FlowNode, variable: str, gone: Sequence[Node]) -> int:
    """How often a node's own code names a variable; what goes with the old calls does not count."""
    if node.syntax is None or node.kind in (NodeKind.LABEL, NodeKind.PREPROCESSOR):
        return 0
    if any(is_inside(node.syntax, part) for part in gone):
        return 0
    return sum(child.type == "identifier" and model.source.normal(child) == variable for child in model.graph.own(node))


def first_read(
    model: FunctionModel, variable: str, starts: Iterable[int], within: Callable[[int], bool], gone: Sequence[Node]
) -> int | None:
    """The line of a read that can be reached from some flow nodes on before the variable is given another value."""
    seen: set[int] = set()
    pending = list(starts)
    while pending:
        index = pending.pop()
        if index in seen or not within(index):
            continue
        seen.add(index)
        node = model.graph.nodes[index]
        count = _mentions(model, node, variable, gone)
        stores = [item for item in model.facts.of(node).assignments if item.key == variable and item.value is not None]
        if count > len(stores):
            return node.line
        if not stores:
            pending.extend(edge.target for edge in model.graph.successors(index))
    return None


def check_commit_arguments(model: FunctionModel, transaction: Transaction, placement: Placement) -> None:
    """What the new call takes from the commits must have the same value, and a meaning, where the call will stand."""
    for commit in transaction.commits:
        for name, captured in commit.captures.items():
            if name in model.pattern.new_call.template.names and name not in placement.begin.captures:
                text = model.source.normal(strip(captured))
                if not is_literal(text):
                    _commit_argument_drift(model, transaction, placement, commit, name, text)


def _exits_before_setup(
    model: FunctionModel, transaction: Transaction, placement: Placement, passing: Collection[int]
) -> list[_Exit]:
    """What fails on the feasible paths from a successful begin to an abort that pass by the setup."""
    graph = model.graph
    assert transaction.flow is not None
    stops = {
        node.index
        for syntax in (placement.primary, placement.begin.node)
        if syntax is not None and (node := graph.node_at(syntax)) is not None
    }
    aborts = {node.index for item in transaction.aborts if (node := graph.node_at(item.node)) is not None}
    found: set[int] = set()

    def transfer(
        node: FlowNode, _environment: Environment, key: int, _data: None
    ) -> tuple[int, None, dict[str, Value]] | None:
        if node.index in stops:
            return None
        if node.index in aborts:
            found.add(key)
            return None
        return key, None, {}

    def follow(edge: FlowEdge, _environment: Environment, key: int, _data: None) -> tuple[int, None]:
        leaves_here = key < 0 and edge.truth is not None and edge.target not in passing
        return (edge.source if leaves_here else key), None

    starts = [(index, State(-1, environment, None)) for index, environment in begun_at(model, transaction, placement)]
    explore(model.analysis, starts, transfer, follow, lambda _left, _right: None)
    listed: list[_Exit] = []
    for index in sorted(found):
        if index < 0:
            listed.append(_Exit(model.line(placement.begin.node), "what stands behind the begin", ""))
            continue
        line, text = _call_tested(model, graph.nodes[index])
        listed.append(_Exit(line, text, _returned_behind(model, transaction, index, passing)))
    # Those that return something else than a failing charge come first: they are what a caller can tell apart.
    own = _constants(model, failing_starts(model, transaction, placement))
    return sorted(dict.fromkeys(listed), key=lambda item: bool(own) and item.returned == own)


class _Exit(Struct, frozen=True):
    """What fails on the way: line and text, and the constants that the function returns then (empty: not known)."""

    line: int
    text: str
    returned: str


def _returned_behind(model: FunctionModel, transaction: Transaction, index: int, passing: Collection[int]) -> str:
    """The constants that are returned behind the edges on which a condition leaves the way; empty if not all are."""
    assert transaction.flow is not None
    starts = [
        (edge.target, state.environment)
        for edge in model.graph.successors(index)
        if edge.target not in passing
        for state in transaction.flow.states.states(edge.target)
    ]
    return _constants(model, starts)


def _constants(model: FunctionModel, starts: Sequence[tuple[int, Environment]]) -> str:
    """The constants that are returned from some places on, in words; empty if something else may be."""
    returns = sorted(follow_failure(model.analysis, starts).returns)
    return " or ".join(returns) if all(text.lstrip("-").isidentifier() for text in returns) else ""


def failing_starts(
    model: FunctionModel, transaction: Transaction, placement: Placement
) -> list[tuple[int, Environment]]:
    """Where the function goes when the test of the begin finds that it failed, and what is known there."""
    flow, test = transaction.flow, testing_statement(model, placement.begin)
    condition = test.child_by_field_name("condition") if test is not None else None
    if flow is None or condition is None:
        return []
    return [
        (edge[1], environment)
        for edge, environment in flow.failures.items()
        if is_inside(model.graph.nodes[edge[0]].syntax, condition)
    ]


def begun_at(model: FunctionModel, transaction: Transaction, placement: Placement) -> Iterator[tuple[int, Environment]]:
    """Where the begin has succeeded, and what is known there. Where the call takes the place of the commit: where the
    function goes on, which it may do after some failures.
    """
    from migrator.errorpaths.outcome import outcomes

    if placement.replaced is None:
        begun = outcomes(model.analysis, [placement.begin.node]).successes
        yield from ((edge[1], environment) for edge, environment in begun.items())
        return
    test, flow = testing_statement(model, placement.begin), transaction.flow
    failing = test.child_by_field_name("consequence") if test is not None else None
    condition = test.child_by_field_name("condition") if test is not None else None
    if flow is None or failing is None or condition is None:
        return
    for node in model.graph.nodes:
        for edge in model.graph.successors(node.index) if is_inside(node.syntax, condition) else ():
            goal = model.graph.nodes[edge.target].syntax
            if not is_inside(goal, condition) and not is_inside(goal, failing):
                yield from ((edge.target, state.environment) for state in flow.states.states(edge.target))


def _call_tested(model: FunctionModel, node: FlowNode) -> tuple[int, str]:
    """Line and text of what a condition tests: the call whose result a tested variable holds, else the condition."""
    assert node.syntax is not None
    left, _ = operands(strip(node.syntax))
    tested = model.source.normal(strip(left or node.syntax))
    for previous in reversed(model.graph.nodes[: node.index]):
        for item in model.facts.of(previous).assignments:
            value = item.value if item.key == tested else None
            while value is not None and value.type == "assignment_expression":  # a = b = f()
                value = value.child_by_field_name("right")
            if value is not None:
                return previous.line, model.readable(value)
    return node.line, model.readable(node.syntax)


def _commit_argument_drift(
    model: FunctionModel, transaction: Transaction, placement: Placement, commit: RoleMatch, name: str, text: str
) -> None:
    start, end = model.graph.node_at(placement.begin.node), model.graph.node_at(commit.node)
    if start is None or end is None:
        return
    on_path = model.graph.reachable([start.index], [end.index]) & model.graph.reachable(
        [end.index], [start.index], backwards=True
    )
    drifting = [
        model.graph.nodes[index]
        for index in sorted(on_path - {start.index, end.index})
        if model.facts.forgets(model.facts.of(model.graph.nodes[index]), text)
    ]
    for node in drifting:
        if model.facts.stores_to(model.facts.of(node), text):
            transaction.refuse(
                Code.ARGUMENT_DRIFT,
                model.line(placement.begin.node),
                f"{name} `{model.readable(commit.captures[name])}` gets its value only behind the begin",
                (node.line, "here"),
            )
            return
    for node in drifting[:1]:
        if not any(item.code is Code.ARGUMENT_DRIFT for item in placement.findings):
            placement.findings.append(
                Finding(
                    Code.ARGUMENT_DRIFT,
                    model.line(placement.begin.node),
                    f"{name} `{model.readable(commit.captures[name])}` may change between the new call "
                    "and the old commit",
                    ((node.line, "it may change here"),),
                )
            )
