"""What goes into the callee, and what each caller adds to its call.

The statements of the protocol are those of the callers, in the callee's words. What it lacks it is given as
parameters; what the callers disagree on is decided by the pattern's ``[sink]`` or refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.declared import parameters
from migrator.across.sink.arguments import begun_argument, committed_argument, is_global
from migrator.across.sink.failing import lines_for_failure
from migrator.across.sink.protocol import Charge, placeholder
from migrator.diagnostics import Code
from migrator.errorpaths.compare import Finding
from migrator.syntax import arguments, callee_name, enclosing_statement
from migrator.transaction.calls import written
from migrator.transaction.model import FunctionModel, capture_text
from migrator.transaction.shapes import handle_declarator

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.sink.caller.shape import Caller, Failing
    from migrator.across.sink.find import Job, Key


class Plan(Struct, frozen=True, eq=False):
    """What goes into the callee, and by caller: what it adds to its call, what is said of it, which effects moved."""

    charge: Charge
    added: Mapping[Key, tuple[str, ...]]
    findings: Mapping[Key, tuple[Finding, ...]]
    moved: Mapping[Key, frozenset[str]]
    notes: Mapping[Key, tuple[Finding, ...]]


def make_plan(job: Job, callee: FunctionModel, shapes: Mapping[Key, Failing]) -> Plan:
    """Decide every argument of the charge in the callee; raises AcrossRefusedError."""
    callers = job.callers
    first = callers[min(callers)]
    names = {capture_text(item.model.source, item.transaction.begins[0], "name") for item in callers.values()}
    if len(names) > 1:
        raise first.refused(Code.ARGUMENT_DRIFT, f"the callers begin with different calls: {', '.join(sorted(names))}")
    begin = first.transaction.begins[0]
    object_name = (parameters(callee.source, callee.function.node) or ())[job.callee.position].name
    chosen = {name: begun_argument(job, callee, name) for name in begin.captures if name not in _ROLES}
    values = {"object": object_name} | {name: item.text for name, item in chosen.items()}
    decided: dict[str, str] = {}
    for name in first.transaction.commits[0].captures if first.transaction.commits else ():
        if name not in values and name not in _ROLES:
            chosen[name] = committed_argument(job, callee.pattern, name, object_name)
            values[name] = text = chosen[name].text
            if not is_global(text):
                values[name] = placeholder(text)
                decided[values[name]] = text
    failing, moved = lines_for_failure(job, shapes, object_name)
    handle, declaration = _handle(first, callee)
    values["handle"] = handle
    charge = Charge(
        tuple(item.parameter for item in chosen.values() if item.parameter is not None),
        declaration,
        _call(first, begin.node, begin.captures, values, f"&{handle}"),
        _statement(first, "commit", values),
        _statement(first, "abort", values),
        failing,
        decided,
    )
    return Plan(
        charge,
        {key: tuple(item.added[key] for item in chosen.values() if key in item.added) for key in callers},
        {key: tuple(item.findings[key] for item in chosen.values() if key in item.findings) for key in callers},
        moved,
        {key: tuple(_notes(job, key, charge, key in moved)) for key in callers},
    )


# Captures that name the transaction, and are no arguments of the charge.
_ROLES = frozenset({"object", "handle", "name"})


def _notes(job: Job, key: Key, charge: Charge, moved: bool) -> Iterator[Finding]:
    """What the callee decides or does for this caller too, and the caller did not ask for."""
    caller = job.callers[key]
    for text in charge.decided.values() if key == min(job.callers) else ():
        message = f"in {caller.callee}() `{text}` decides, for all callers alike"
        yield Finding(Code.SETUP_IN_CALLEE, caller.line, message)
    if charge.failing and not moved:
        asked = charge.failing[0].rstrip(" {")
        message = f"when the charge fails, {caller.callee}() asks `{asked}` for this caller too"
        yield Finding(Code.SETUP_IN_CALLEE, caller.line, message)


def _handle(caller: Caller, callee: FunctionModel) -> tuple[str, str]:
    """A name for the handle in the callee, and its declaration as in a caller."""
    model = caller.model
    name = handle_declarator(model, caller.transaction.handle)
    if name is None:
        raise caller.refused(Code.HANDLE_ESCAPES, "the handle is not declared in this function")
    declaration = enclosing_statement(name)
    kind = declaration.child_by_field_name("type")
    declarator = name
    while declarator.parent is not None and declarator.parent.type in ("pointer_declarator", "array_declarator"):
        declarator = declarator.parent
    taken = {callee.source.normal(node) for node in callee.facts.by_type.get("identifier", ())}
    old = model.source.normal(name)
    new = old
    while new in taken:
        new += "_"
    text = written(model, declarator).replace(old, new)
    return new, f"{written(model, kind) if kind is not None else 'void'} {text}"


def _call(caller: Caller, call: Node, captures: Mapping[str, Node], values: Mapping[str, str], handle: str) -> str:
    """A protocol call with other arguments."""
    model = caller.model
    given = []
    for argument in arguments(call):
        name = next(
            (
                key
                for key, node in captures.items()
                if argument.start_byte <= node.start_byte and node.end_byte <= argument.end_byte
            ),
            "",
        )
        given.append(handle if name == "handle" else values.get(name, written(model, argument)))
    return f"{callee_name(call)}({', '.join(given)})"


def _statement(caller: Caller, role: str, values: Mapping[str, str]) -> str:
    """A commit or abort for the callee."""
    calls = caller.transaction.commits if role == "commit" else caller.transaction.aborts
    if not calls:
        raise caller.refused(
            Code.COMMIT_ELSEWHERE, f"there is no {role} in this function whose form could be used in {caller.callee}()"
        )
    return _call(caller, calls[0].node, calls[0].captures, values, values["handle"]) + ";"
