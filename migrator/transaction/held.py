"""Handles that exist before the begin: how they are come by and given up, by the pattern, and whether that balances.

``memcg = get(); err = begin(memcg); ... put(memcg);``: the new call finds its handle by itself, so both ends go with
the old calls. That changes nothing only if every path that comes by the handle gives it up exactly once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from migrator.diagnostics import Code
from migrator.flow.explore import State, TooComplexError, explore
from migrator.flow.facts import strip
from migrator.syntax import callee_name

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.flow.environment import Environment
    from migrator.flow.graph import FlowEdge, FlowNode
    from migrator.flow.values import Value
    from migrator.transaction.model import FunctionModel, Transaction

Held = Literal["not yet", "held", "given up"]


def hold_of(model: FunctionModel, handle: str, name: Node) -> tuple[Literal["acquire", "release"], Node] | None:
    """Which end of the hold a mention of the handle belongs to, and the statement that is this end."""
    rule, parent = model.pattern.handle, name.parent
    if rule is None or parent is None:
        return None
    if parent.type == "assignment_expression":
        left, right = parent.child_by_field_name("left"), parent.child_by_field_name("right")
        operator, statement = parent.child_by_field_name("operator"), parent.parent
        if left is None or left.id != name.id or right is None or operator is None or operator.type != "=":
            return None
        whole = statement is not None and statement.type == "expression_statement"
        return ("acquire", statement) if statement is not None and whole and is_acquired(model, right) else None
    node: Node | None = name
    while node is not None and node.type not in ("expression_statement", "compound_statement"):
        statement = node.parent
        if statement is not None and statement.type == "expression_statement":
            bound = {"handle": handle}
            if any(template.match_with(model.source, node, bound) is not None for template in rule.release):
                return "release", statement
        node = statement
    return None


def acquiring_declarator(model: FunctionModel, name: Node) -> Node | None:
    """The declarator with the initialiser by which a declared handle is come by, if it is."""
    node = name.parent
    while node is not None and node.type == "pointer_declarator":
        node = node.parent
    value = node.child_by_field_name("value") if node is not None and node.type == "init_declarator" else None
    return node if value is not None and is_acquired(model, value) else None


def is_acquired(model: FunctionModel, value: Node) -> bool:
    """Whether a value is what the pattern knows a handle to be come by with."""
    rule = model.pattern.handle
    value = strip(value)
    return rule is not None and any(template.match(model.source, value) is not None for template in rule.acquire)


def check_holds(model: FunctionModel, transaction: Transaction) -> None:
    """Refuse a handle that is not held at its begin, or not given up exactly once on every path."""
    if model.pattern.handle is None or not (transaction.acquires or transaction.releases):
        return
    graph = model.graph
    begins = _indices(model, [call.node for call in transaction.begins])
    endings = _indices(model, [call.node for call in (*transaction.commits, *transaction.aborts)])
    acquires, releases = _indices(model, transaction.acquires), _indices(model, transaction.releases)
    handle = transaction.handle
    problems: dict[int, str] = {}

    def transfer(
        node: FlowNode, _environment: Environment, key: Held, _data: None
    ) -> tuple[Held, None, dict[str, Value]] | None:
        if node.index in acquires:
            if key == "held":
                problems.setdefault(node.line, f"{handle} is come by again while it is held")
            key = "held"
        if node.index in begins | endings and key != "held":
            problems.setdefault(node.line, f"{handle} is not held here")
        if node.index in releases:
            if key != "held":
                problems.setdefault(node.line, f"{handle} is given up here while it is not held")
            key = "given up"
        return key, None, {}

    def follow(edge: FlowEdge, _environment: Environment, key: Held, _data: None) -> tuple[Held, None] | None:
        if edge.target == graph.exit and key == "held":
            line = graph.nodes[edge.source].line
            problems.setdefault(line, f"the path that leaves here does not give up {handle}")
        return key, None

    start: State[Held, None] = State("not yet", dict[str, "Value"](), None)
    line = model.line(transaction.begins[0].node)
    try:
        explore(model.analysis, [(graph.entry, start)], transfer, follow, lambda _left, _right: None)
    except TooComplexError as error:
        transaction.refuse(Code.TOO_COMPLEX, line, str(error))
        return
    if problems:
        transaction.refuse(
            Code.HANDLE_ESCAPES,
            line,
            f"the handle {handle} is not come by and given up exactly once on every path; "
            "the new call would do that by itself",
            *sorted(problems.items()),
        )


def _indices(model: FunctionModel, nodes: list[Node]) -> set[int]:
    return {found.index for node in nodes if (found := model.graph.node_at(node)) is not None}


def held_names(model: FunctionModel, transactions: list[Transaction]) -> frozenset[str]:
    """Functions that are called for these handles only: what they do goes, and the new call does it by itself."""
    own = [node for item in transactions for node in (*item.acquires, *item.releases)]
    calls = [call for call in model.facts.by_type.get("call_expression", ()) if _is_in(call, own)]
    names = {name for call in calls if (name := callee_name(call)) is not None}
    return frozenset(
        name for name in names if all(_is_in(call, own) for call in model.facts.calls_by_name.get(name, ()))
    )


def _is_in(call: Node, nodes: list[Node]) -> bool:
    return any(node.start_byte <= call.start_byte and call.end_byte <= node.end_byte for node in nodes)
