"""The sections that must not sleep, at every node: a forward dataflow over sets of held locks, joined by union.

A lock is held at a node if it may be held on some path to it. Locks are told apart by family and by the text of
the lock, ``&x`` and ``x`` being the same; a release of a lock that is not held changes nothing. A trylock is held
on the true edge only, also when its result is tested later by name (``locked = spin_trylock(&l); if (locked)``).

Left out: aliases (a lock that is taken by one text and given up by another stays held: a refusal too many, never one
too few), locks that a callee takes for its caller, locks held on entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from migrator.flow.graph import FlowEdge, FlowGraph, FlowNode, NodeKind
from migrator.flow.lock_table import DEFAULT_LOCKS, LockCall
from migrator.flow.shapes import first_part

if TYPE_CHECKING:
    from migrator.source import SourceFile

__all__ = ["DEFAULT_LOCKS", "HeldLock", "LockCall", "atomic_sections", "held"]

_CALLED = re.compile(rb"\b[A-Za-z_]\w*(?=\s*\()")
_TIGHT = re.compile(r" ?(->|\.|\[|\]|\(|\)) ?")
_PREFIX = re.compile(r"(?<![\w)\]]) ?([&*]) ")


class HeldLock(Struct, frozen=True):
    """A lock that may be held. ``line`` (1-based) and ``function`` say where it was taken, ``lock`` is its text as
    written (empty where there is only one). ``key`` and ``family`` are what a release matches; ``witness`` is the
    normal text of the variable that says whether a conditional lock was taken, empty when nothing does.
    """

    function: str
    lock: str
    line: int
    noun: str
    family: str
    key: str
    atomic: bool
    by_result: bool = False
    witness: str = ""

    def describe(self) -> str:
        """``pte lock vmf->ptl``, ``rcu_read_lock()``."""
        return f"{self.noun} {self.lock}".rstrip() if self.noun else f"{self.function}()"

    def origin(self) -> str:
        """``taken at line 12 by pte_offset_map_lock()``."""
        return f"taken at line {self.line} by {self.function}()"


Locks = frozenset[HeldLock]
_NONE: Locks = frozenset()


class _Table(Struct, frozen=True):
    acquires: Mapping[str, tuple[LockCall, ...]]
    releases: Mapping[str, tuple[tuple[str, int | None], ...]]  # function -> (family, argument)
    names: frozenset[bytes]
    acquiring: frozenset[bytes]


class _Release(Struct, frozen=True):
    family: str
    key: str | None  # None: every lock of the family


class _Conditional(Struct, frozen=True):
    """The lock is taken when the tested call returned true; ``ends``: and given up when it returned false."""

    lock: HeldLock
    truth: bool
    ends: bool


class _Effects(Struct, frozen=True):
    """What a node does: in order, then by the way it is left. ``stored`` are the variables that it changes."""

    steps: tuple[HeldLock | _Release, ...] = ()
    conditional: tuple[_Conditional, ...] = ()
    tested: str = ""
    tested_truth: bool = True
    stored: frozenset[str] = frozenset()


def held(graph: FlowGraph, source: SourceFile, extra: Iterable[LockCall] = ()) -> tuple[Locks, ...]:
    """The locks that may be held just before each node, by index; ``extra`` rows are added to DEFAULT_LOCKS.

    Dead code holds nothing.
    """
    table = _compiled(DEFAULT_LOCKS + tuple(extra))
    effects = _all_effects(graph, source, table)
    before: list[Locks] = [_NONE] * len(graph.nodes)
    if not effects:
        return tuple(before)
    pending = [graph.entry]
    seen = {graph.entry}
    while pending:
        index = pending.pop()
        effect = effects.get(index)
        after = before[index] if effect is None else _applied(before[index], effect)
        for edge in graph.successors(index):
            there = after if effect is None else _along(edge, after, effect)
            if edge.target not in seen:
                seen.add(edge.target)
                before[edge.target] = there
                pending.append(edge.target)
            elif not there <= before[edge.target]:
                before[edge.target] |= there
                pending.append(edge.target)
    return tuple(before)


def atomic_sections(locks: Locks) -> tuple[HeldLock, ...]:
    """Those that forbid sleeping, by line; a lock comes before what its call switches off besides."""
    found = (lock for lock in locks if lock.atomic)
    return tuple(sorted(found, key=lambda lock: (lock.line, not lock.noun, lock.describe(), lock.key, lock.witness)))


@cache
def _compiled(rows: tuple[LockCall, ...]) -> _Table:
    acquires: dict[str, list[LockCall]] = {}
    releases: dict[str, list[tuple[str, int | None]]] = {}
    for row in rows:
        acquires.setdefault(row.acquire, []).append(row)
        for name in row.release:
            entry = (row.domain, row.release_argument)
            if entry not in releases.setdefault(name, []):
                releases[name].append(entry)
    return _Table(
        {name: tuple(found) for name, found in acquires.items()},
        {name: tuple(found) for name, found in releases.items()},
        frozenset(name.encode() for name in (*acquires, *releases)),
        frozenset(name.encode() for name in acquires),
    )


# transfer


def _applied(locks: Locks, effects: _Effects) -> Locks:
    """After the unconditional steps of a node."""
    for step in effects.steps:
        locks = _released(locks, step) if isinstance(step, _Release) else locks | {step}
    if effects.stored and any(lock.witness in effects.stored for lock in locks):
        fresh = set(effects.steps)
        locks = frozenset(
            replace(lock, witness="") if lock.witness in effects.stored and lock not in fresh else lock
            for lock in locks
        )
    return locks


def _along(edge: FlowEdge, locks: Locks, effects: _Effects) -> Locks:
    """What is held when a node is left by this edge."""
    for item in effects.conditional:
        if edge.truth is None or edge.truth is item.truth:
            locks = locks | {item.lock}
        elif item.ends:
            locks = _released(locks, _Release(item.lock.family, item.lock.key))
    if effects.tested and edge.truth is not None and edge.truth is not effects.tested_truth:
        locks = frozenset(lock for lock in locks if lock.witness != effects.tested)
    return locks


def _released(locks: Locks, release: _Release) -> Locks:
    return frozenset(lock for lock in locks if not _matches(lock, release))


def _matches(lock: HeldLock, release: _Release) -> bool:
    if lock.family != release.family:
        return False
    if release.key is None or lock.key == release.key:
        return True
    # kunmap_atomic(kaddr - offset)
    return lock.by_result and bool(lock.key) and f" {lock.key} " in f" {release.key} "


# effects of nodes


def _all_effects(graph: FlowGraph, source: SourceFile, table: _Table) -> dict[int, _Effects]:
    """The effects of the nodes that have any; empty when no lock is taken at all."""
    found: dict[int, _Effects] = {}
    masked = source.masked
    syntaxes = [node.syntax for node in graph.nodes if node.syntax is not None]
    if not syntaxes:
        return found
    start, end = min(syntax.start_byte for syntax in syntaxes), max(syntax.end_byte for syntax in syntaxes)
    if table.acquiring.isdisjoint(_CALLED.findall(masked, start, end)):
        return found
    for node in graph.nodes:
        syntax = node.syntax
        if syntax is None or node.kind is NodeKind.PREPROCESSOR or node.kind is NodeKind.LABEL:
            continue
        called = _CALLED.findall(masked, syntax.start_byte, syntax.end_byte)
        if not table.names.isdisjoint(called):
            found[node.index] = _effects(graph, node, source, table)
    if not any(
        effect.conditional or any(isinstance(step, HeldLock) for step in effect.steps) for effect in found.values()
    ):
        return {}
    witnesses = {
        step.witness.encode()
        for effect in found.values()
        for step in effect.steps
        if isinstance(step, HeldLock) and step.witness
    }
    if witnesses:
        _add_tests(graph, source, witnesses, found)
    return found


def _add_tests(graph: FlowGraph, source: SourceFile, witnesses: set[bytes], found: dict[int, _Effects]) -> None:
    """The nodes that test or change a variable which says whether a lock was taken."""
    names = {witness.decode() for witness in witnesses}
    for node in graph.nodes:
        syntax = node.syntax
        if syntax is None or node.kind is NodeKind.PREPROCESSOR or node.kind is NodeKind.LABEL:
            continue
        effect = found.get(node.index, _Effects())
        stored = frozenset(source.normal(left) for left in _stores(graph, node)) & names
        if node.kind is NodeKind.CONDITION:
            tested, truth = _truth(syntax)
            text = source.normal(tested)
            if text in names:
                effect = replace(effect, tested=text, tested_truth=truth)
        if stored:
            effect = replace(effect, stored=stored)
        if stored or effect.tested:
            found[node.index] = effect


def _stores(graph: FlowGraph, node: FlowNode) -> Iterable[Node]:
    """What a node assigns, updates, or takes the address of."""
    for part in graph.own(node):
        if part.type == "update_expression" or part.type == "pointer_expression":
            changed = part.child_by_field_name("argument")
            if changed is not None:
                yield changed
        if part.type == "assignment_expression" or part.type == "init_declarator":
            left = part.child_by_field_name("left") or part.child_by_field_name("declarator")
            if left is not None:
                yield _declared(left)


def _effects(graph: FlowGraph, node: FlowNode, source: SourceFile, table: _Table) -> _Effects:
    steps: list[HeldLock | _Release] = []
    conditional: list[_Conditional] = []
    assert node.syntax is not None
    tested, truth = _truth(node.syntax) if node.kind is NodeKind.CONDITION else (node.syntax, True)
    for call in graph.own(node):
        if call.type != "call_expression":
            continue
        function = call.child_by_field_name("function")
        name = "" if function is None else source.normal(function)
        arguments = _arguments(call)
        for family, position in table.releases.get(name, ()):
            if position is None:
                steps.append(_Release(family, None))
            elif position < len(arguments):
                steps.append(_Release(family, _key(source.normal(arguments[position]))))
        for row in table.acquires.get(name, ()):
            receiver = _receiver(call)
            lock = _lock(row, source, call, arguments, receiver)
            if row.when == "always":
                steps.append(lock)
            elif node.kind is NodeKind.CONDITION and _yields(tested, call):
                conditional.append(_Conditional(lock, truth, row.when == "while-true"))
            else:
                steps.append(replace(lock, witness=source.normal(receiver) if receiver is not None else ""))
    return _Effects(tuple(steps), tuple(conditional))


def _lock(
    row: LockCall, source: SourceFile, call: Node, arguments: tuple[Node, ...], receiver: Node | None
) -> HeldLock:
    text = ""
    if row.argument == "result":
        text = source.normal(receiver) if receiver is not None else ""
    elif row.argument is not None and row.argument < len(arguments):
        text = source.normal(arguments[row.argument])
    if row.indirect:
        text = text.removeprefix("& ") if text.startswith("& ") else f"* {text}"
    return HeldLock(
        function=row.acquire,
        lock=_PREFIX.sub(r"\1", _TIGHT.sub(r"\1", text)),
        line=source.line(call.start_byte),
        noun=row.noun,
        family=row.domain,
        key=_key(text),
        atomic=row.kind == "atomic",
        by_result=row.argument == "result",
    )


def _key(text: str) -> str:
    """The normal text of a lock without ``&`` and outer parentheses: ``( & x )`` and ``x`` are one lock."""
    while True:
        if text.startswith("& "):
            text = text[2:]
        elif text.startswith("( ") and text.endswith(" )") and "(" not in text[1:] and ")" not in text[:-1]:
            text = text[2:-2]
        else:
            return text


def _arguments(call: Node) -> tuple[Node, ...]:
    found = call.child_by_field_name("arguments")
    return tuple(found.named_children) if found is not None else ()


def _receiver(call: Node) -> Node | None:
    """The x of ``x = call`` and of ``T x = call``; parentheses, casts and an offset may stand between them."""
    below, parent = call, call.parent
    while parent is not None and parent.type in ("parenthesized_expression", "cast_expression", "binary_expression"):
        below, parent = parent, parent.parent
    if parent is None:
        return None
    if parent.type == "assignment_expression":
        right, left = parent.child_by_field_name("right"), parent.child_by_field_name("left")
    elif parent.type == "init_declarator":
        right, left = parent.child_by_field_name("value"), parent.child_by_field_name("declarator")
    else:
        return None
    if left is None or right is None or right.id != below.id:
        return None
    return _declared(left)


def _declared(left: Node) -> Node:
    """The name in a declarator; any other left side as it is."""
    while left.type in ("pointer_declarator", "parenthesized_declarator", "array_declarator"):
        inner = left.child_by_field_name("declarator") or first_part(left)
        if inner is None:
            break
        left = inner
    return left


def _truth(condition: Node) -> tuple[Node, bool]:
    """What a condition tests, and the truth of the condition when that is true or not null."""
    tested, truth = condition, True
    while True:
        if tested.type == "parenthesized_expression":
            inner = first_part(tested)
        elif tested.type == "binary_expression":
            operator = tested.child_by_field_name("operator")
            right = tested.child_by_field_name("right")
            null = right is not None and (right.type in ("null", "false") or right.text in (b"0", b"NULL", b"false"))
            if operator is None or operator.type not in ("==", "!=") or not null:
                return tested, truth
            truth = truth is (operator.type == "!=")
            inner = tested.child_by_field_name("left")
        else:
            return tested, truth
        if inner is None:
            return tested, truth
        tested = inner


def _yields(tested: Node, call: Node) -> bool:
    """Whether the tested value is what the call returns: the call, or an assignment of it."""
    current: Node | None = tested
    while current is not None and current.id != call.id:
        if current.type == "assignment_expression":
            current = current.child_by_field_name("right")
        elif current.type == "cast_expression":
            current = current.child_by_field_name("value")
        elif current.type == "parenthesized_expression":
            current = first_part(current)
        else:
            return False
    return current is not None
