"""What a journey comes to: the edits of all its files, checked on the program as it is afterwards.

The begin becomes the new call where it stands; commits and aborts go, and with them the arguments, parameters, locals
and members that carried the handle. Each function is rewritten by itself, parsed again and compared with what it was.
Then nothing may name a member that went, and every call has as many arguments as its function parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.across.declared import parameters
from migrator.across.group import AcrossRefusedError, warning
from migrator.across.index import Program
from migrator.across.members import accesses
from migrator.across.signature import without_member, without_parameters
from migrator.across.travel.begun import check_protocol_of
from migrator.across.travel.check import check
from migrator.across.travel.endings import check_objects, findings_of_endings
from migrator.across.travel.journey import begin_lines
from migrator.across.travel.unload import unload
from migrator.across.uses import UseKind
from migrator.diagnostics import Code, Diagnostic
from migrator.edits import Edit, apply_edits, normalized
from migrator.errors import OverlappingEditsError
from migrator.syntax import arguments

if TYPE_CHECKING:
    from migrator.across.travel.journey import Journey
    from migrator.across.travel.touched import Touched
    from migrator.engine import Options
    from migrator.errorpaths.compare import Finding
    from migrator.results import ErrorPaths
    from migrator.transaction.function import FunctionRewrite


class Plan(Struct, eq=False):
    """What a journey comes to: the edits of each file, its error-path tables, and warnings by the begin they belong to.

    Warnings about functions without a begin belong to the first.
    """

    edits: dict[str, tuple[Edit, ...]] = field(default_factory=dict)
    tables: dict[str, tuple[ErrorPaths, ...]] = field(default_factory=dict)
    warnings: dict[tuple[str, int], list[Diagnostic]] = field(default_factory=dict)

    def warn(self, key: tuple[str, int], touched: Touched, finding: Finding) -> None:
        """Note a finding about a function."""
        said = warning(touched.path, touched.model.function.name, finding)
        found = self.warnings.setdefault(key, [])
        if said not in found:
            found.append(said)


def make_plan(journey: Journey, options: Options) -> Plan:
    """Rewrite everything that the handle passes through, and hold the result against what it was."""
    for touched in journey.functions.values():
        check_protocol_of(journey, touched)
    plan = Plan()
    first = next(iter(begin_lines(journey)))
    owners = {id(transaction): key for key, (_, transaction) in reversed(list(begin_lines(journey).items()))}
    found = [*check_objects(journey), *findings_of_endings(journey)]
    rewrites = {key: unload(touched) for key, touched in journey.functions.items()}
    after = _carried_out(journey, rewrites, plan)
    for key, touched in journey.functions.items():
        own = plan.edits[touched.path]
        checked = check(touched, rewrites[key], after.source(touched.path), own, tables=options.tables)
        for number, finding in checked.findings:
            owner = first if number is None else owners[id(touched.transactions[number])]
            plan.warn(owner, touched, finding)
        if checked.error_paths is not None:
            plan.tables[touched.path] = (*plan.tables.get(touched.path, ()), checked.error_paths)
    for touched, finding in found:
        plan.warn(first, touched, finding)
    _check_gone(journey, after)
    return plan


def _carried_out(journey: Journey, rewrites: Mapping[tuple[str, int], FunctionRewrite], plan: Plan) -> Program:
    """The program as it is afterwards; fills the edits of the plan."""
    program = journey.program
    edits: dict[str, list[Edit]] = {}
    for (path, _), rewrite in rewrites.items():
        edits.setdefault(path, []).extend(rewrite.edits)
    for use, removed in journey.prototypes.values():
        if use.node is not None:
            edits.setdefault(use.path, []).extend(without_parameters(program.source(use.path), use.node, removed))
    for member in journey.members:
        edits.setdefault(member.path, []).extend(without_member(program.source(member.path), member))
    texts: dict[str, bytes] = {}
    for path, items in edits.items():
        try:
            plan.edits[path] = normalized(items)
            texts[path] = apply_edits(program.text(path), items)
        except (OverlappingEditsError, ValueError) as error:
            raise AcrossRefusedError(
                Code.REWRITE_CHECK_FAILED, path, 0, f"the edits do not fit together: {error}"
            ) from None
    return program.with_texts(texts)


def _check_gone(journey: Journey, after: Program) -> None:
    """Nothing names a member any more that went, and every call has as many arguments as its function parameters."""
    for member in journey.members:
        for access in accesses(after, member):
            line = after.source(access.path).line(access.node.start_byte)
            raise _left(access.path, line, f"the member {member.name} of struct {member.tag} is still used")
    for touched in journey.functions.values():
        if not touched.parameters:
            continue
        function = touched.model.function
        before = parameters(touched.model.source, function.node) or ()
        count = len(before) - len(touched.parameters)
        twin = next((item for item in after.source(touched.path).functions if item.name == function.name), None)
        for use in after.uses_of(touched.path, twin) if twin is not None else ():
            found: Collection[object] | None = None
            if use.node is None:
                continue
            if use.kind is UseKind.CALL:
                found = arguments(use.node)
            elif use.kind in (UseKind.DEFINITION, UseKind.PROTOTYPE):
                found = parameters(after.source(use.path), use.node)
            else:
                continue
            if found is None or len(found) != count:
                raise _left(use.path, use.line, f"{function.name}() does not have {count} parameters everywhere")


def _left(path: str, line: int, message: str) -> AcrossRefusedError:
    return AcrossRefusedError(Code.REWRITE_CHECK_FAILED, path, line, f"in the rewritten files {message}")
