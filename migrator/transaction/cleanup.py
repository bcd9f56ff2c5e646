"""Which cleanup a charge that fails at its new place uses: the one that a later failure in the same state already uses.

Either an existing label (the last one behind which the setup is still undone), or inline cleanup in a branch, which
becomes a label that both use. The value returned there becomes one variable.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.diagnostics import Code
from migrator.errorpaths.compare import undoes
from migrator.errorpaths.effects import Effect
from migrator.errorpaths.table import Row, follow_failure
from migrator.flow.facts import strip, words
from migrator.flow.lock_table import SLEEPING_LOCKS
from migrator.flow.locks import held
from migrator.rewrite.draft import leaves
from migrator.syntax import assigned_lvalues, callee_name, declared_name, enclosing_statement, identifiers, walk
from migrator.transaction.between import first_read
from migrator.transaction.model import FunctionModel, Status, Transaction

if TYPE_CHECKING:
    from tree_sitter import Node

LABELS = ("error", "err", "out_error", "error_charge")


class Cleanup(Struct, eq=False):
    """``labeled`` for a label that exists, else ``block`` for inline cleanup. ``returned`` is the expression that
    the cleanup returns (None in a void function), ``variable`` the variable that holds it afterwards, ``declare``
    whether this variable is new; ``kept`` is an expression that is returned as it stands. ``row`` is what surely runs
    in it, ``effects`` the same as a set.
    """

    label: str
    labeled: Node | None = None
    block: Node | None = None
    abort: Node | None = None
    returned: Node | None = None
    variable: str = ""
    declare: bool = False
    kept: Node | None = None
    effects: frozenset[str] = field(default_factory=frozenset)
    row: Row | None = None


def find_cleanup(
    model: FunctionModel, transaction: Transaction, setup: list[Effect], primary: Node, error: str, line: int
) -> Cleanup | None:
    """The cleanup, or None with a reason. ``error`` is the variable that holds the result of begin ("" for none)."""
    start = model.graph.node_at(primary)
    behind = reach(model, start.index, start.index) if start is not None else frozenset[int]()
    needed = [effect for effect in setup if primary.start_byte <= effect.offset < primary.end_byte]
    for abort in sorted(transaction.aborts, key=lambda item: item.node.start_byte):
        node = model.graph.node_at(abort.node)
        if node is None or transaction.flow is None:
            continue
        open_here = any(phase.status is Status.OPEN for phase in transaction.flow.states.keys(node.index))
        if not open_here or node.index not in behind:
            continue
        statement = _outermost_guard(enclosing_statement(abort.node))
        found = _at_label(model, statement, needed)
        if found is None:
            found = _inline(model, statement, needed)
            found = _same_at_label(model, found) or found if found is not None else None
        if found is None:
            continue
        found.abort = statement
        problem = (
            _settle_return(model, transaction, found, error)
            or _same_locks(model, found, primary)
            or _holds_nothing(model, transaction, found, primary, error)
        )
        if problem is not None:
            transaction.refuse(Code.NO_CLEANUP, line, problem[1], (problem[0], "here"))
            return None
        return found
    transaction.refuse(
        Code.NO_CLEANUP,
        line,
        f"no later failure undoes {model.pattern.placement.setup}, so there is no cleanup "
        "that a failing charge could use",
        (model.line(primary), f"{model.pattern.placement.setup} is set here"),
    )
    return None


def reach(model: FunctionModel, start: int, stop: int) -> frozenset[int]:
    """Flow nodes behind ``start``, not looking further at ``stop``."""
    return model.graph.behind([start], [stop])


def _outermost_guard(statement: Node) -> Node:
    """The abort with the ifs that hold nothing else."""
    while True:
        parent = statement.parent
        if parent is None:
            return statement
        if parent.type == "compound_statement" and len(parent.named_children) == 1 and parent.parent is not None:
            parent = parent.parent
        if parent.type != "if_statement" or parent.child_by_field_name("alternative") is not None:
            return statement
        statement = parent


def _undone(model: FunctionModel, needed: list[Effect], index: int) -> Row | None:
    """What runs from a node on, if every needed effect is surely undone by it."""
    row = follow_failure(model.analysis, [(index, {})])
    for effect in needed:
        if not any(undoes(rule, effect, row.effects[normal]) for normal in row.must for rule in model.pattern.undo):
            return None
    return row


def _at_label(model: FunctionModel, statement: Node, needed: list[Effect]) -> Cleanup | None:
    labeled = statement.parent is not None and statement.parent.type == "labeled_statement"
    node = statement.parent if labeled and statement.parent is not None else statement
    if node.parent is None or node.parent.id != model.function.body.id:
        return None
    while True:
        if node.type == "labeled_statement":
            label = node.child_by_field_name("label")
            flow_node = model.graph.node_at(label) if label is not None else None
            row = _undone(model, needed, flow_node.index) if flow_node is not None else None
            if label is not None and row is not None:
                return Cleanup(model.source.normal(label), labeled=node, effects=row.must, row=row)
        previous = node.prev_named_sibling
        if previous is None or (node.type != "labeled_statement" and leaves(previous)):
            return None
        node = previous


def _inline(model: FunctionModel, statement: Node, needed: list[Effect]) -> Cleanup | None:
    block = statement.parent
    if block is None or block.type != "compound_statement" or not leaves(block):
        return None
    branch = block.parent
    if branch is None or branch.type != "if_statement" or branch.child_by_field_name("alternative") is not None:
        return None
    if block.named_children[-1].type != "return_statement":
        return None
    last = model.function.body.named_children[-1]
    if not leaves(last) and block.named_children[-1].named_children:
        return None
    first = first_node(model, block.named_children[0])
    row = _undone(model, needed, first) if first is not None else None
    if row is None:
        return None
    taken = {model.source.normal(node) for node in walk(model.function.body) if node.type == "statement_identifier"}
    label = next((name for name in LABELS if name not in taken), "")
    if not label or not _only_outer_names(model, block):
        return None
    return Cleanup(label, block=block, effects=row.must, row=row)


def _same_at_label(model: FunctionModel, inline: Cleanup) -> Cleanup | None:
    """A label at which stands, to the letter, what inline cleanup does: nothing has to be turned into one then."""
    assert inline.block is not None
    protocol = model.pattern.begin_names | model.pattern.commit_names | model.pattern.abort_names

    def row(index: int) -> tuple[frozenset[str | tuple[str, int]], ...]:
        found = follow_failure(model.analysis, [(index, {})], protocol)
        return found.must, found.may, found.must_again, found.may_again

    first = first_node(model, inline.block.named_children[0])
    wanted = row(first) if first is not None else None
    for labeled in model.facts.by_type.get("labeled_statement", ()):
        label = labeled.child_by_field_name("label")
        node = model.graph.node_at(label) if label is not None else None
        if label is None or node is None or labeled.parent is None or labeled.parent.id != model.function.body.id:
            continue
        if row(node.index) == wanted and len(_returns_from(model, labeled)) == 1:
            return Cleanup(model.source.normal(label), labeled=labeled, effects=inline.effects, row=inline.row)
    return None


def first_node(model: FunctionModel, syntax: Node) -> int | None:
    """The index of the first flow node of a statement."""
    for child in walk(syntax):
        node = model.graph.node_at(child)
        if node is not None:
            return node.index
    return None


def _only_outer_names(model: FunctionModel, block: Node) -> bool:
    """Whether the code of a block can stand at the end of the function: it uses no variable of an inner block."""
    outer = set(_names_declared(model, model.function.node.child_by_field_name("declarator")))
    for child in model.function.body.named_children:
        if child.type == "declaration":
            outer.update(_names_declared(model, child))
    used = {model.source.normal(name) for name in identifiers(block)}
    return not (used & model.facts.locals) - outer


def _names_declared(model: FunctionModel, node: Node | None) -> list[str]:
    if node is None:
        return []
    found = []
    for child in walk(node):
        if child.type in ("declaration", "parameter_declaration"):
            for declarator in child.children_by_field_name("declarator"):
                name = declared_name(declarator)
                if name is not None:
                    found.append(model.source.normal(name))
    return found


def _settle_return(
    model: FunctionModel, transaction: Transaction, cleanup: Cleanup, error: str
) -> tuple[int, str] | None:
    """Decide on the returned variable; (line, message) where that cannot be done.

    None is needed where a failing begin comes to the same return: what is returned there was made for it, too.
    """
    start = cleanup.labeled or (cleanup.block.named_children[0] if cleanup.block is not None else None)
    if start is None:
        return None
    returns = _returns_from(model, start)
    if len(returns) != 1:
        texts = {model.source.normal(node) for node in returns}
        if len(texts) != 1:
            return model.line(start), "the cleanup ends in several different returns"
    node = returns[0]
    if not node.named_children:
        return None
    expression = strip(node.named_children[0])
    cleanup.returned = expression
    text = model.source.normal(expression)
    if expression.type == "identifier" and text in model.facts.locals:
        cleanup.variable = text
        return None
    if len(returns) != 1:
        return model.line(start), "the cleanup ends in several returns of an expression"
    if cleanup.labeled is not None and {item.start_byte for item in failing_returns(model, transaction)} == {
        node.start_byte
    }:
        cleanup.returned, cleanup.kept = None, expression
        return None
    kind = model.function.node.child_by_field_name("type")
    declarator = model.function.node.child_by_field_name("declarator")
    if (
        kind is None
        or model.source.normal(kind) != "int"
        or declarator is None
        or declarator.type != "function_declarator"
    ):
        return model.line(node), f"`{model.readable(expression)}` is not an int that an error variable could hold"
    if words(text) & _changed_behind(model, start):
        return model.line(
            node
        ), f"`{model.readable(expression)}` may change during the cleanup, so it cannot be kept in a variable"
    if error:
        cleanup.variable = error
        return None
    taken = {model.source.normal(node) for node in model.facts.by_type.get("identifier", ())}
    cleanup.variable = next((name for name in ("error", "err", "ret") if name not in taken), "")
    cleanup.declare = bool(cleanup.variable)
    return None if cleanup.variable else (model.line(node), "no name is free for a variable that holds the error")


def failing_returns(model: FunctionModel, transaction: Transaction) -> list[Node]:
    """The return statements that a failing begin comes to."""
    starts = [edge[1] for edge in transaction.flow.failures] if transaction.flow is not None else []
    return _returns_behind(model, starts)


def _returns_from(model: FunctionModel, start: Node) -> list[Node]:
    """The return statements that can be reached from a statement."""
    first = first_node(model, start)
    return [] if first is None else _returns_behind(model, [first])


def _returns_behind(model: FunctionModel, starts: Iterable[int]) -> list[Node]:
    nodes = (model.graph.nodes[index].syntax for index in sorted(model.graph.reachable(starts)))
    return [syntax for syntax in nodes if syntax is not None and syntax.type == "return_statement"]


def _changed_behind(model: FunctionModel, start: Node) -> set[str]:
    """Words of what the cleanup's own straight-line code stores to or passes by address."""
    changed: set[str] = set()
    node: Node | None = start
    while node is not None and node.type != "return_statement":
        for lvalue, _ in assigned_lvalues(walk(node)):
            changed |= words(model.source.normal(lvalue)) & model.facts.locals
        node = node.next_named_sibling
    return changed


def _same_locks(model: FunctionModel, cleanup: Cleanup, primary: Node) -> tuple[int, str] | None:
    """A cleanup that gives up a lock which is not held at the new place cannot be shared."""
    from migrator.transaction.place import held_behind

    entry = cleanup.labeled if cleanup.labeled is not None else cleanup.block
    if entry is None:
        return None
    first = entry.named_children[-1] if cleanup.labeled is not None else entry.named_children[0]
    here = {name for name, _ in held_behind(model, primary)}
    there = {name for name, _ in held_behind(model, first)}
    if there - here:
        return model.line(
            entry
        ), f"the cleanup runs with {min(there - here)} held, which is not held where the call would stand"
    return _same_mutexes(model, cleanup, entry, first, primary)


def _same_mutexes(
    model: FunctionModel, cleanup: Cleanup, entry: Node, first: Node, primary: Node
) -> tuple[int, str] | None:
    """The same for locks that may be held while sleeping. Of these a cleanup may also give up one that is held on some
    paths only, if it asks.
    """
    locks = held(model.graph, model.source, SLEEPING_LOCKS)
    places = [
        model.graph.node_at(enclosing_statement(syntax)) or model.graph.node_at(syntax) for syntax in (primary, first)
    ]
    here, there = (
        {lock.key: lock for lock in locks[node.index] if not lock.atomic} if node is not None else {} for node in places
    )
    for key in sorted(here.keys() - there.keys()):
        message = f"{here[key].describe()} is held where the call would stand, and the cleanup runs without it"
        return model.line(entry), message
    effects = cleanup.row.effects if cleanup.row is not None else {}
    for key in sorted(there.keys() - here.keys()):
        lock = there[key]
        given_up = {name for row in SLEEPING_LOCKS if row.acquire == lock.function for name in row.release}
        if any(callee_name(effects[normal].node) in given_up for normal in cleanup.effects):
            message = f"the cleanup gives up {lock.describe()}, which is not held where the call would stand"
            return model.line(entry), message
    return None


def _holds_nothing(
    model: FunctionModel, transaction: Transaction, cleanup: Cleanup, primary: Node, error: str
) -> tuple[int, str] | None:
    """A cleanup that reads a variable which has no value yet at the new place cannot be shared."""
    place = model.graph.node_at(primary)
    entry = cleanup.labeled.child_by_field_name("label") if cleanup.labeled is not None else cleanup.block
    first = first_node(model, entry) if entry is not None else None
    if place is None or first is None or transaction.flow is None:
        return None
    definitions = model.analysis.definitions
    bare = [
        name
        for name in _declared_bare(model)
        if name not in (error, cleanup.variable) and definitions.reaching(place.index, name) == {model.graph.entry}
    ]
    if not bare:
        return None
    starts = [(first, state.environment) for state in transaction.flow.states.states(place.index)]
    nodes = follow_failure(model.analysis, starts).nodes
    for name in bare:
        line = first_read(model, name, [first], lambda index: index in nodes, ())
        if line is not None:
            return line, f"the cleanup reads {name}, which holds nothing yet where the call would stand"
    return None


def _declared_bare(model: FunctionModel) -> list[str]:
    """The plain variables and pointers that are declared once, without a value."""
    names: list[str] = []
    for declaration in model.facts.by_type.get("declaration", ()):
        names += _names_declared(model, declaration)
    found = []
    for declaration in model.facts.by_type.get("declaration", ()):
        kind = declaration.child_by_field_name("type")
        for child in declaration.children_by_field_name("declarator"):
            name = declared_name(child)
            text = model.source.normal(name) if name is not None else ""
            plain = child.type == "pointer_declarator" or (
                child.type == "identifier"
                and kind is not None
                and kind.type not in ("struct_specifier", "union_specifier")
            )
            if plain and text in model.facts.locals and names.count(text) == 1:
                found.append(text)
    return found
