"""What one run came to: its effects in order, its charges, its return value, and what it did wrong.

The protocol is a small state machine for each object: begun, committed or aborted; the new call charges at once; a
release takes the charge back. What the pattern declares to be equal is made equal here: uses of the handle, and what
follows a successful begin.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.flow.lock_table import DEFAULT_LOCKS
from migrator.oracle.stubs import Roles, roles_of

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern

_EVENT = re.compile(r"(\w+)\((.*)\)( set)?(?: -> (-?\d+))?$")
_HANDLE = re.compile(r"handle<(.*)>$")
_CALL = re.compile(r"\s*(\w+)\((.*)\);?\s*$")
_STORE = re.compile(r"\s*\{(\w+)\}->(\w+) = (.*?);?\s*$")


# What an object is called that the begin does not know.
LATE = "late"


class Vocabulary(Struct, frozen=True):
    """The pattern as far as traces speak of it."""

    begin: frozenset[str]
    commit: frozenset[str]
    abort: frozenset[str]
    new: str
    releases: frozenset[str]
    setups: frozenset[str]
    roles: Roles
    needs_setup: bool
    followers: Mapping[str, tuple[str, tuple[str, ...]]]  # begin's name -> callee, arguments
    handle_uses: tuple[tuple[str, tuple[str, ...], str, tuple[str, ...]], ...]
    undo: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    acquires: frozenset[str]
    unlocks: frozenset[str]
    neutral: Mapping[str, tuple[str, ...]]
    neutral_calls: Mapping[str, tuple[re.Pattern[str], ...]]  # calls whose answer an argument may be
    decided: Mapping[str, str]  # argument -> what the pattern says that it is, a call with {object}
    steady: frozenset[str]  # calls of which the pattern says that a callee may ask them in place of its callers
    late: bool  # the begin does not know the object
    holds: frozenset[str]  # calls that come by the handle and give it up
    failure: re.Pattern[str] | None  # what gives the object up when the new call fails
    owned: tuple[re.Pattern[str], ...]  # what that takes back
    apart: tuple[tuple[str, str], ...]  # what a caller asks, and the condition that tells it from the other callers


def vocabulary(pattern: Pattern) -> Vocabulary:
    """Read a pattern."""
    roles = {role: frozenset[str]() for role in ("release", "setup")}
    for query in pattern.roles:
        if query.role in roles:
            roles[query.role] |= frozenset(query.names)
    followers = {item.begin: _call_parts(item.statement.source) for item in pattern.after_success}
    uses = tuple((*_call_parts(use.old.source), *_call_parts(use.new.source)) for use in pattern.handle_uses)
    undo = tuple((_expression(pair.effect.source), _expression(pair.undo.source)) for pair in pattern.undo)
    rows = [row for row in DEFAULT_LOCKS if row.kind == "atomic" and row.when == "always" and row.release]
    acquires = frozenset(row.acquire for row in rows)
    sink = pattern.sink
    asked = [] if sink is None else [part for item in sink.failure for part in (item.when, item.condition)]
    return Vocabulary(
        pattern.begin_names, pattern.commit_names, pattern.abort_names, pattern.new_call.name, roles["release"],
        roles["setup"], roles_of(pattern), pattern.placement.kind == "after-setup", followers, uses, undo,
        acquires, frozenset(name for row in rows for name in row.release),
        {name: argument.neutral for name, argument in pattern.arguments.items()},
        {
            name: tuple(_expression(shape.source) for shape in argument.shapes)
            for name, argument in pattern.arguments.items()
        },
        {} if sink is None else {name: template.source for name, template in sink.decide.items()},
        frozenset(re.findall(r"(\w+)\(", " ".join(template.source for template in asked))), pattern.late_object,
        frozenset() if pattern.handle is None else frozenset(
            template.callee for template in (*pattern.handle.acquire, *pattern.handle.release)
        ),
        None if pattern.placement.failure is None else _expression(pattern.placement.failure.source),
        tuple(_expression(template.source) for template in pattern.placement.owned if template.callee),
        () if sink is None else tuple((item.when.source, item.condition.source) for item in sink.failure),
    )  # fmt: skip


def _call_parts(source: str) -> tuple[str, tuple[str, ...]]:
    match = _CALL.match(source)
    if match is None:
        return source, ()
    return match[1], tuple(part.strip() for part in match[2].split(","))


def _expression(source: str) -> re.Pattern[str]:
    """A template as an expression over lines of a trace."""
    store = _STORE.match(source)
    if store is not None:
        value = "0" if store[3] == "NULL" else r"(?P<e>.+)"
        return re.compile(rf"(?P<{store[1]}>.+)\.{store[2]} = {value}$")
    name, parts = _call_parts(source)
    inner = ", ".join(_part_expression(part) for part in parts)
    return re.compile(rf"{re.escape(name)}\({inner}\)$")


def _part_expression(part: str) -> str:
    """One argument of a template: a member's address is written with a dot in a trace."""
    text = re.escape(re.sub(r"&(\{\w+\})->", r"\1.", part))
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", text)


class Charge(Struct):
    """One attempt to charge an object: the arguments by name, and what came of it."""

    object: str
    arguments: dict[str, str]
    result: int
    committed: bool = False


class Run(Struct):
    """What one run came to. ``stopped``: why it did not return."""

    returned: str = ""
    stopped: str = ""
    effects: list[str] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    followers: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    charged: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)  # aborted, and not released after that
    drawn: list[tuple[str, int]] = field(default_factory=list)
    answers: set[tuple[str, str]] = field(default_factory=set)  # of calls without effect


def read_run(lines: Sequence[str], words: Vocabulary) -> Run:
    """Understand the runtime's answer to one request."""
    run = Run()
    opened: dict[str, Charge] = {}
    prepared: set[str] = set()
    handles: set[str] = set()
    depth = 0
    for line in lines:
        kind, rest = line[0], line[2:]
        if kind == "K":
            key, _, size = rest.rpartition(" ")
            run.drawn.append((key, int(size)))
            continue
        if kind == "P":
            call, _, answer = rest.rpartition(" ")
            run.answers.add((call, answer))
            continue
        if kind == "R":
            run.returned = rest
            continue
        if kind == "X":
            run.stopped = rest
            continue
        if kind == "S":
            place, _, value = rest.partition(" = ")
            if value.startswith("handle<"):  # where the handle is kept is a matter of the protocol
                handles.add(place)
            elif place not in handles:
                run.effects.append(rest)
            continue
        match = _EVENT.match(rest)
        if match is None:
            run.effects.append(rest)
            continue
        name = match[1]
        given = match[2].split(", ") if match[2] else []
        if name in words.begin or name == words.new:
            roles = words.roles.new if name == words.new else words.roles.begin
            arguments = dict(zip(roles, given, strict=False))
            charge = Charge(LATE if words.late else arguments["object"], arguments, int(match[4]))
            run.charges.append(charge)
            if charge.object == "0":
                run.errors.append("NULL is charged")
            if depth:
                run.errors.append(f"{name}({charge.object}) where it must not sleep")
            if charge.result:
                continue
            if charge.object in opened or charge.object in run.charged:
                run.errors.append(f"{charge.object} is charged twice")
            if name == words.new:
                if words.needs_setup and not match[3] and charge.object not in prepared:
                    run.errors.append(f"{charge.object} is charged before its setup")
                charge.committed = True
                run.charged.add(arguments["object"])
            else:
                opened[charge.object] = charge
                if name in words.followers:
                    callee, parts = words.followers[name]
                    run.followers.append(f"{callee}({', '.join(arguments.get(p[1:-1], p) for p in parts)})")
        elif name in words.commit:
            arguments = dict(zip(words.roles.commit, given, strict=False))
            begun = opened.pop(LATE if words.late else arguments["object"], None)
            if begun is None:
                run.errors.append(f"commit of {arguments['object']}, which is not open")
                continue
            begun.arguments |= {key: value for key, value in arguments.items() if key not in begun.arguments}
            begun.committed = True
            run.charged.add(arguments["object"])
        elif name in words.abort:
            arguments = dict(zip(words.roles.abort, given, strict=False))
            ended = LATE if words.late else arguments["object"]
            if not words.late:
                run.kept.add(ended)
            if opened.pop(ended, None) is None:
                run.errors.append(f"abort of {ended}, which is not open")
        elif name in words.holds:
            continue
        else:
            if name in words.acquires:
                depth += 1
            elif name in words.unlocks:
                depth = max(depth - 1, 0)
            if name in words.releases and given:
                run.charged.discard(given[0])
                run.kept.discard(given[0])
            if name in words.setups and given:
                prepared.add(given[0])
            text = _without_handle(name, given, words)
            if any(name == callee for callee, _ in words.followers.values()):
                run.followers.append(text)
            else:
                run.effects.append(text)
    run.errors += [f"{name} is left open" for name in opened]
    return run


def _without_handle(name: str, given: Sequence[str], words: Vocabulary) -> str:
    """The event, a use of the handle written as the pattern's new form."""
    for old, parts, new, new_parts in words.handle_uses:
        if name != old or len(parts) != len(given):
            continue
        values: dict[str, str] = {}
        fits = True
        for part, value in zip(parts, given, strict=True):
            if part == "{handle}":
                match = _HANDLE.match(value)
                fits = fits and match is not None
                values["object"] = match[1] if match else ""
            elif part.startswith("{"):
                values[part[1:-1]] = value
            else:
                fits = fits and part == value
        if fits:
            return f"{new}({', '.join(values.get(part[1:-1], part) for part in new_parts)})"
    return f"{name}({', '.join(given)})"
