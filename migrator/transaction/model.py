"""The transactions of one function: values, and how they are found.

Calls are grouped by handle and object; begins that share no ending are transactions of their own. Nothing is
checked here: see ``shapes`` and ``protocol``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.diagnostics import Code
from migrator.flow.environment import Analysis
from migrator.flow.facts import FunctionFacts, strip
from migrator.flow.values import Sign
from migrator.pattern.query import RoleMatch, protocol_calls, role_matches

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.flow.environment import Environment
    from migrator.flow.explore import Exploration
    from migrator.flow.graph import FlowGraph
    from migrator.pattern.model import HandleUse, Pattern
    from migrator.source import Function, SourceFile


class Status(StrEnum):
    """The typestate of a transaction."""

    NONE = "none"
    PENDING = "pending"
    OPEN = "open"
    FAILED = "failed"
    COMMITTED = "committed"
    ABORTED = "aborted"


class Phase(Struct, frozen=True):
    """The client key of the exploration: the typestate, whether the object's name still means the same object,
    and whether the setup of the object has run.
    """

    status: Status
    stale: bool = False
    setup: bool = False


class Reason(Struct, frozen=True):
    """Why a group of sites is refused: a code, the line it speaks of, and further lines."""

    code: Code
    line: int
    message: str
    related: tuple[tuple[int, str], ...] = ()


class UseOfHandle(Struct, frozen=True, eq=False):
    """A use of the handle that the pattern knows to rewrite."""

    node: Node
    rule: HandleUse
    bound: Mapping[str, str]


class Transaction(Struct, eq=False):
    """All calls of one object through one handle in one function."""

    object: str
    handle: str
    begins: list[RoleMatch] = field(default_factory=list)
    commits: list[RoleMatch] = field(default_factory=list)
    aborts: list[RoleMatch] = field(default_factory=list)
    uses: list[UseOfHandle] = field(default_factory=list)
    # Where the handle is come by and given up, when that is the pattern's business: statements and declarators.
    acquires: list[Node] = field(default_factory=list)
    releases: list[Node] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    warnings: list[Reason] = field(default_factory=list)
    flow: TransactionFlow | None = None

    @property
    def about(self) -> str:
        """What messages call it: the object, or the handle where no object is named."""
        return self.object or self.handle

    @property
    def object_node(self) -> Node | None:
        """The object as it stands at the first begin, or at the first commit where the begin does not know it."""
        named = (call.captures.get("object") for call in (*self.begins, *self.commits))
        return next((node for node in named if node is not None), None)

    @property
    def calls(self) -> list[RoleMatch]:
        """Every protocol call of the transaction."""
        return [*self.begins, *self.commits, *self.aborts]

    def refuse(self, code: Code, line: int, message: str, *related: tuple[int, str]) -> None:
        """Note a reason against the transaction, once."""
        reason = Reason(code, line, message, related)
        if reason not in self.reasons:
            self.reasons.append(reason)


class TransactionFlow(Struct, eq=False):
    """What the exploration of a transaction found: phases per node and edge, and the edges on which begin fails."""

    states: Exploration[Phase, None]
    edges: dict[tuple[int, int, bool | None], set[Phase]]
    failures: dict[tuple[int, int, bool | None], Environment]


class FunctionModel(Struct, eq=False):
    """One function with its graph, its facts and the roles found in it."""

    source: SourceFile
    function: Function
    pattern: Pattern
    graph: FlowGraph
    facts: FunctionFacts
    analysis: Analysis
    roles: tuple[RoleMatch, ...]
    transactions: list[Transaction]
    orphans: list[RoleMatch]
    unmatched: list[Node]

    def line(self, node: Node) -> int:
        """The 1-based line of a syntax node."""
        return self.source.line(node.start_byte)

    def of_role(self, role: str) -> list[RoleMatch]:
        """All matches of one role."""
        return [item for item in self.roles if item.role == role]

    def readable(self, node: Node) -> str:
        """A node's code on one line, as written."""
        return " ".join(self.source.text(node).decode("utf-8", "replace").split())


def capture_text(source: SourceFile, match: RoleMatch, name: str) -> str:
    """Normal text of a capture; empty where there is none."""
    node = match.captures.get(name)
    return "" if node is None else source.normal(strip(node))


def model_function(source: SourceFile, function: Function, pattern: Pattern) -> FunctionModel:
    """Build the graph and find the transactions of a function that parses; nothing is checked yet."""
    from migrator.flow.build import build_graph

    graph = build_graph(source, function)
    names = pattern.begin_names | pattern.commit_names | pattern.abort_names | pattern.pure | {pattern.new_call.name}
    facts = FunctionFacts(source, function, graph, names)
    roles = role_matches(pattern, source, function.node)
    assumed = {item.node.start_byte: Sign.NEGATIVE | Sign.ZERO for item in roles if item.role == "begin"}
    for call in new_calls(facts, pattern):
        assumed[call.start_byte] = Sign.NEGATIVE | Sign.ZERO
    known = frozenset(pattern.new_call.errors)
    errors = dict.fromkeys(assumed, known) if known else {}
    analysis = Analysis(facts, assumed, errors)
    groups: dict[tuple[str, str, int], Transaction] = {}

    def key_of(item: RoleMatch) -> tuple[str, str, int]:
        object_text = "" if pattern.late_object else capture_text(source, item, "object")
        protocol = pattern.protocol_of(capture_text(source, item, "name"))
        return capture_text(source, item, "handle"), object_text, protocol

    for item in roles:
        if item.role == "begin":
            key = key_of(item)
            groups.setdefault(key, Transaction(key[1], key[0])).begins.append(item)
    orphans = []
    for item in roles:
        if item.role not in ("commit", "abort"):
            continue
        group = groups.get(key_of(item))
        if group is None:
            orphans.append(item)
        elif item.role == "commit":
            group.commits.append(item)
        else:
            group.aborts.append(item)
    transactions = [part for group in groups.values() for part in _split(graph, group)]
    for part in transactions if pattern.late_object else ():
        part.object = next((capture_text(source, item, "object") for item in part.commits), "")
    unmatched = list(protocol_calls(pattern, source, function.node))
    return FunctionModel(source, function, pattern, graph, facts, analysis, roles, transactions, orphans, unmatched)


def _split(graph: FlowGraph, group: Transaction) -> list[Transaction]:
    """One transaction for each set of begins that share an ending; begins whose endings are their own stand alone."""
    if len(group.begins) < 2:
        return [group]
    begin_nodes = {node.index: begin for begin in group.begins if (node := graph.node_at(begin.node)) is not None}
    endings = {node.index: call for call in (*group.commits, *group.aborts) if (node := graph.node_at(call.node))}
    if len(begin_nodes) < len(group.begins):
        return [group]
    parts: list[tuple[set[int], set[int]]] = []
    for index in begin_nodes:
        reached = _endings_from(graph, index, set(begin_nodes), set(endings))
        starts, ends = {index}, set(reached)
        for part in [part for part in parts if part[1] & reached]:
            parts.remove(part)
            starts |= part[0]
            ends |= part[1]
        parts.append((starts, ends))
    if (
        len(parts) == 1
        or not all(ends for _, ends in parts)
        or set().union(*(ends for _, ends in parts)) != set(endings)
    ):
        return [group]
    result = []
    for starts, ends in parts:
        own = {id(endings[index]) for index in ends}
        result.append(
            Transaction(
                group.object,
                group.handle,
                [begin for index, begin in begin_nodes.items() if index in starts],
                [call for call in group.commits if id(call) in own],
                [call for call in group.aborts if id(call) in own],
            )
        )
    return sorted(result, key=lambda item: item.begins[0].node.start_byte)


def _endings_from(graph: FlowGraph, start: int, begins: set[int], endings: set[int]) -> set[int]:
    found: set[int] = set()
    seen: set[int] = set()
    pending = [edge.target for edge in graph.successors(start)]
    while pending:
        index = pending.pop()
        if index in seen:
            continue
        seen.add(index)
        if index in endings:
            found.add(index)
            if index not in begins:
                continue
        if index not in begins:
            pending.extend(edge.target for edge in graph.successors(index))
    return found


def new_calls(facts: FunctionFacts, pattern: Pattern) -> list[Node]:
    """The calls of the new API in a function."""
    return list(facts.calls_by_name.get(pattern.new_call.name, ()))
