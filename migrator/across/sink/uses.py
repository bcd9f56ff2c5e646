"""Who else uses the callee: a function may learn to charge only where all its callers are known, and all are sites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from migrator.across.declared import is_static
from migrator.across.group import AcrossRefusedError
from migrator.across.index import OPEN_KINDS, Program, Use, UseKind
from migrator.diagnostics import Code

if TYPE_CHECKING:
    from migrator.across.sink.caller.shape import Caller
    from migrator.across.sink.find import Job


def check_uses(program: Program, job: Job, callers: Sequence[Caller]) -> list[Use]:
    """All callers must be known sites; returns the prototypes. Raises AcrossRefusedError."""
    callee = job.callee
    name = callee.function.name
    known = {(caller.path, caller.call.start_byte) for caller in callers}
    prototypes = []
    uses: Iterable[Use] = ()
    if is_static(callee.source, callee.function.node) and callee.source.path.endswith(".c"):
        # A file that includes this one and calls it would no longer compile: no need to search the tree for it.
        uses = program.uses_in(callee.source, name)
    elif not program.complete:
        raise callers[0].refused(
            Code.SETUP_IN_CALLEE, f"{name}() may have callers in files that were not given: run this over the tree"
        )
    else:
        uses = program.uses_of(callee.source.path, callee.function)
    for use in uses:
        if use.kind is UseKind.PROTOTYPE:
            prototypes.append(use)
        elif use.kind is UseKind.CALL:
            if use.node is None or (use.path, use.node.start_byte) not in known:
                where = f" in {use.function.name}()" if use.function is not None else ""
                raise AcrossRefusedError(
                    Code.SETUP_IN_CALLEE,
                    use.path,
                    use.line,
                    f"{name}() is also called{where} here, which is no transaction that could be moved",
                )
        elif use.kind is UseKind.FIELD and use.function is None and _declares(use):
            raise AcrossRefusedError(
                Code.SETUP_IN_CALLEE, use.path, use.line, f"{name}() is declared here in a way that is not understood"
            )
        elif use.kind in OPEN_KINDS or use.kind is UseKind.EXPORT:
            what = {
                UseKind.VALUE: "the address of {} is taken here, so not all its callers are known",
                UseKind.MACRO: "{} is used in a macro, so not all its callers are known",
                UseKind.EXPORT: "{} is exported here, so it may have callers that are not in this tree",
            }.get(use.kind, "{} is mentioned in code that does not parse")
            raise AcrossRefusedError(Code.SETUP_IN_CALLEE, use.path, use.line, what.format(f"{name}()"))
    return prototypes


def _declares(use: Use) -> bool:
    """Whether a mention outside functions declares something of this name."""
    parent = use.node.parent if use.node is not None else None
    return parent is not None and parent.type in ("declaration", "init_declarator")
