"""One callee with all its callers: rewritten as a whole, or left alone with the reason.

The order of the work: everybody who uses the callee must be known, every caller must be one whose begin can go, every
argument of the charge must be decided. Then the callee and the callers are rewritten, and what was found becomes the
diagnostics of their sites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from migrator.across.apart import check_untouched
from migrator.across.group import AcrossRefusedError, Group, check_wanted, refused_site, warning
from migrator.across.passes import Text
from migrator.across.signature import add_parameters
from migrator.across.sink.callee import leading_effects, rewrite_callee
from migrator.across.sink.caller.checks import check_caller, commits_when_positive
from migrator.across.sink.caller.convert import convert
from migrator.across.sink.caller.shape import read_begin
from migrator.across.sink.find import find_jobs
from migrator.across.sink.plan import make_plan
from migrator.across.sink.returns import may_return_positive, own_errors, returns_of
from migrator.across.sink.uses import check_free, check_uses
from migrator.across.sites import statuses_of
from migrator.diagnostics import Code, Diagnostic, Severity
from migrator.errorpaths.compare import Finding
from migrator.errors import MigratorError
from migrator.flow.explore import TooComplexError
from migrator.results import SiteStatus
from migrator.transaction.model import model_function

if TYPE_CHECKING:
    from migrator.across.index import Program
    from migrator.across.sink.caller.shape import Caller
    from migrator.across.sink.find import Job, Key
    from migrator.across.sink.returns import Returned
    from migrator.edits import Edit
    from migrator.engine import Options
    from migrator.pattern.model import Pattern
    from migrator.results import ErrorPaths, FileResult, Site
    from migrator.transaction.model import FunctionModel


def sink(program: Program, pattern: Pattern, results: Sequence[FileResult], options: Options) -> list[Group]:
    """The groups for all sites of the results that need their callee; a refused group holds sites with the reason."""
    if pattern.placement.kind != "after-setup":
        return []
    groups = []
    for job in find_jobs(program, pattern, results):
        try:
            groups.append(_carry_out(program, pattern, job, results, options))
        except AcrossRefusedError as error:
            groups.append(_refused(job, error))
        except (TooComplexError, MigratorError) as error:
            first = job.sites[0]
            code = Code.TOO_COMPLEX if isinstance(error, TooComplexError) else Code.SETUP_IN_CALLEE
            groups.append(_refused(job, AcrossRefusedError(code, first.file, first.line, str(error))))
    return groups


def _refused(job: Job, error: AcrossRefusedError) -> Group:
    """The sites of a group that is left alone, with the reason."""
    name = job.callee.function.name
    sites = []
    for site in job.sites:
        here = (site.file, site.line) == (error.file, error.line)
        reason = error.message if here else f"{error.file}:{error.line}: {error.message}"
        message = f"the charge would have to move into {name}(), and this cannot be done for all its callers: {reason}"
        sites.append(refused_site(site, error, message))
    return Group(sites=tuple(sites))


def _carry_out(program: Program, pattern: Pattern, job: Job, results: Sequence[FileResult], options: Options) -> Group:
    callers = [job.callers[key] for key in sorted(job.callers)]
    for caller in callers:
        if (caller.path, caller.model.function.start) == (job.callee.source.path, job.callee.function.start):
            raise caller.refused(Code.SETUP_IN_CALLEE, f"{caller.callee}() calls itself")
    prototypes = check_uses(program, job, callers)
    functions = [(caller.model.source, caller.model.function) for caller in callers]
    check_untouched([(job.callee.source, job.callee.function), *functions], results, Code.UNKNOWN_SHAPE)
    findings = {key: check_caller(caller) for key, caller in sorted(job.callers.items())}
    shapes = {key: read_begin(caller) for key, caller in sorted(job.callers.items())}
    callee = model_function(job.callee.source, job.callee.function, pattern)
    returns = returns_of(callee)
    _check_positive(callers, callee, returns)
    plan = make_plan(job, callee, shapes)
    for parameter in plan.charge.parameters:
        check_free(program, job.callee, prototypes, parameter.name)
    own = own_errors(callee, returns) or frozenset()
    text = Text(job.callee.source.path, job.callee.source.data, job.callee.source.dialect, job.callee.function)
    sunk = rewrite_callee(callee, returns, text, plan.charge, options)
    edits: dict[str, list[Edit]] = {job.callee.source.path: list(text.edits())}
    tables: dict[str, list[ErrorPaths]] = {job.callee.source.path: list(sunk.tables)}
    for use in prototypes:
        if use.node is not None:
            added = add_parameters(program.source(use.path), use.node, plan.charge.parameters)
            edits.setdefault(use.path, []).extend(added)
    diagnostics: dict[Key, list[Diagnostic]] = {}
    for key, caller in sorted(job.callers.items()):
        converted = convert(caller, plan, key, own, options)
        tables.setdefault(caller.path, []).append(converted.tables)
        edits.setdefault(caller.path, []).extend(converted.edits)
        name = caller.model.function.name
        warnings = [*findings[key], *plan.findings[key], *converted.findings]
        diagnostics[key] = [warning(caller.path, name, item) for item in warnings]
        for item in (*plan.notes[key], *converted.notes):
            diagnostics[key].append(replace(warning(caller.path, name, item), severity=Severity.NOTE))
    # What is said of the callee is said once, in its own file where there is a caller.
    first = min(diagnostics, key=lambda key: (key[0] != job.callee.source.path, key))
    diagnostics[first] += [*_early(callee), *sunk.diagnostics]
    for items in diagnostics.values():
        check_wanted(options, items)
    return _group(job, edits, diagnostics, tables)


def _check_positive(callers: Sequence[Caller], callee: FunctionModel, returns: Sequence[Returned]) -> None:
    """No caller may take for success what the callee returns from before its setup."""
    positive = [caller for caller in callers if commits_when_positive(caller)]
    if positive and may_return_positive(callee, returns):
        raise positive[0].refused(
            Code.GUARD_CHANGES,
            f"a positive result of {positive[0].callee}() is success here, and may come from before the setup",
            (positive[0].model.line(positive[0].call), "called here"),
        )


def _early(callee: FunctionModel) -> list[Diagnostic]:
    """What the callee's declarations do: the charge cannot stand before them."""
    message = "now runs before the charge, and so also when the charge fails"
    return [
        warning(
            callee.source.path,
            callee.function.name,
            Finding(Code.SETUP_NOT_UNDONE, effect.line, f"`{effect.text}` {message}"),
        )
        for effect in leading_effects(callee, callee.pattern)
    ]


def _group(
    job: Job,
    edits: Mapping[str, Sequence[Edit]],
    diagnostics: Mapping[Key, Sequence[Diagnostic]],
    tables: Mapping[str, Sequence[ErrorPaths]],
) -> Group:
    sites: list[Site] = []
    statuses: dict[tuple[str, int, int], str] = {}
    for key, caller in job.callers.items():
        found = tuple(diagnostics[key])
        warned = any(item.severity is Severity.WARNING for item in found)
        status = SiteStatus.WARNED if warned else SiteStatus.MIGRATED
        for site in job.sites:
            if (site.file, site.line) == (caller.path, caller.line):
                sites.append(replace(site, status=status, placement="sunk", diagnostics=found))
                statuses |= statuses_of(caller.model.source, [call.node for call in caller.transaction.calls], status)
    return Group(
        edits={path: tuple(items) for path, items in edits.items()},
        sites=tuple(sites),
        statuses=statuses,
        tables={path: tuple(items) for path, items in tables.items()},
    )
