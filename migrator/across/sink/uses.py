"""Who else uses the callee, and the names that it is given.

A function may learn to charge only where all its callers are known, and all are sites.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from migrator.across.declared import is_called_from_assembly, is_static
from migrator.across.group import AcrossRefusedError
from migrator.across.index import Program
from migrator.across.uses import Use, UseKind
from migrator.diagnostics import Code

if TYPE_CHECKING:
    from migrator.across.sink.caller.shape import Caller
    from migrator.across.sink.find import Callee, Job


def check_uses(program: Program, job: Job, callers: Sequence[Caller]) -> list[Use]:
    """All callers must be known sites; returns the prototypes. Raises AcrossRefusedError."""
    callee = job.callee
    name = callee.function.name
    known = {(caller.path, caller.call.start_byte) for caller in callers}
    own = is_static(callee.source, callee.function.node) and callee.source.path.endswith(".c")
    if not own and not program.complete:
        raise callers[0].refused(
            Code.SETUP_IN_CALLEE, f"{name}() may have callers in files that were not given: run this over the tree"
        )
    uses = program.callers_of(callee.source.path, callee.function)
    for use in uses:
        reason = _in_the_way(program, callee, use, known)
        if reason:
            raise AcrossRefusedError(Code.SETUP_IN_CALLEE, use.path, use.line, reason)
    return [use for use in uses if use.kind is UseKind.PROTOTYPE]


_OPEN = {
    UseKind.VALUE: "the address of {} is taken here, so not all its callers are known",
    UseKind.MACRO: "{} is used in a macro, so not all its callers are known",
    UseKind.EXPORT: "{} is exported here, so it may have callers that are not in this tree",
    UseKind.UNPARSED: "{} is mentioned in code that does not parse",
}


def _in_the_way(program: Program, callee: Callee, use: Use, known: Collection[tuple[str, int]]) -> str:
    """Why the callee cannot learn to charge beside a use; empty where it can."""
    name = f"{callee.function.name}()"
    declares = use.kind in (UseKind.PROTOTYPE, UseKind.DEFINITION)
    if declares and use.node is not None and is_called_from_assembly(program.source(use.path), use.node):
        return f"{name} has callers that are not in C"
    if use.kind is UseKind.DEFINITION:
        same = use.function is not None and use.function.start == callee.function.start
        # A stub for another configuration: its callers would not charge at all.
        return "" if same and use.path == callee.source.path else f"{name} has another definition here"
    if use.kind is UseKind.CALL:
        if use.node is not None and (use.path, use.node.start_byte) in known:
            return ""
        where = f" in {use.function.name}()" if use.function is not None else ""
        return f"{name} is also called{where} here, which is no transaction that could be moved"
    if use.kind is UseKind.FIELD and use.function is None and _declares(use):
        return f"{name} is declared here in a way that is not understood"
    return _OPEN.get(use.kind, "").format(name)


def check_free(program: Program, callee: Callee, prototypes: Sequence[Use], name: str) -> None:
    """A new parameter may not be named like a word of a macro: it would be replaced, or would take its meaning."""
    homes = {callee.source.path, *(use.path for use in prototypes)}
    for path in program.files([name]):
        if path in homes or path.endswith(".h") or program.includes(callee.source.path, path):
            for use in program.uses_in(program.source(path), name):
                if use.kind is UseKind.MACRO:
                    message = f"`{name}` is a word of a macro here, so it cannot name a parameter of "
                    raise AcrossRefusedError(Code.SETUP_IN_CALLEE, path, use.line, f"{message}{callee.function.name}()")


def _declares(use: Use) -> bool:
    """Whether a mention outside functions declares something of this name."""
    parent = use.node.parent if use.node is not None else None
    return parent is not None and parent.type in ("declaration", "init_declarator")
