"""*Commit elsewhere*: the handle travels to another function, and goes from all of them, or from none.

``travel`` follows the handle to everything that it passes through. Then the begin becomes the new call where it stands;
commits and aborts go, and with them the arguments, parameters, locals and members that carried the handle. Each
function is rewritten by itself, parsed again and compared with what it was, as the engine does it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.across.declared import parameters
from migrator.across.endings import check_objects, check_protocol_of, findings_of_endings
from migrator.across.group import Group
from migrator.across.index import Program, UseKind
from migrator.across.members import accesses
from migrator.across.passes import AcrossRefusedError
from migrator.across.signature import without_member, without_parameters
from migrator.across.travel import Journey, Touched
from migrator.across.unload import check, unload
from migrator.diagnostics import Code, Diagnostic, Related, Severity, Suggestion
from migrator.edits import Edit, apply_edits, normalized
from migrator.engine import Options, left_alone
from migrator.errorpaths.compare import Finding
from migrator.errors import MigratorError, OverlappingEditsError
from migrator.flow.explore import TooComplexError
from migrator.results import ErrorPaths, Site, SiteStatus
from migrator.syntax import arguments
from migrator.transaction.function import FunctionRewrite
from migrator.transaction.mentions import name_offset

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult
    from migrator.transaction.model import Transaction

# Refusals of single functions behind which the handle may have gone to others.
_CANDIDATES = frozenset({Code.COMMIT_ELSEWHERE, Code.HANDLE_ESCAPES})


class _Plan(Struct, eq=False):
    """What a journey comes to: the edits of each file, its error-path tables, and warnings by the begin they belong to.

    Warnings about functions without a begin belong to the first.
    """

    edits: dict[str, tuple[Edit, ...]] = field(default_factory=dict)
    tables: dict[str, tuple[ErrorPaths, ...]] = field(default_factory=dict)
    warnings: dict[tuple[str, int], list[Diagnostic]] = field(default_factory=dict)

    def warn(self, key: tuple[str, int], touched: Touched, finding: Finding) -> None:
        """Note a finding about a function."""
        path = touched.path
        warning = Diagnostic(
            finding.code,
            Severity.WARNING,
            path,
            finding.line,
            finding.message,
            touched.model.function.name,
            tuple(Related(path, line, text) for line, text in finding.related),
            tuple(Suggestion(path, line, text) for line, text in finding.remedies),
        )
        found = self.warnings.setdefault(key, [])
        if warning not in found:
            found.append(warning)


def elsewhere(program: Program, pattern: Pattern, results: Sequence[FileResult], options: Options) -> list[Group]:
    """A group for each handle that leaves the function of its begin; a refused one holds the sites with the reason."""
    if pattern.kind != "transaction" or pattern.placement.kind != "at-begin":
        return []
    ended = any(item.code is Code.COMMIT_ELSEWHERE for result in results for item in result.diagnostics)
    waiting = [
        site
        for result in results
        for site in result.sites
        if _may_travel(site) and (ended or any(item.code is Code.COMMIT_ELSEWHERE for item in site.diagnostics))
    ]
    if not waiting:
        return []
    program.prefetch(_likely_words(program, waiting, results))
    groups: list[Group] = []
    journeys: list[tuple[list[Site], Journey]] = []
    for site in waiting:
        key = (site.file, site.line)
        if any(key in _begin_lines(journey) for _, journey in journeys):
            continue
        if any((item.file, item.line) == key for group in groups for item in group.sites):
            continue
        journey = Journey(program, pattern)
        try:
            _start(journey, [site])
            # Handles that meet in a function go together.
            meeting = [part for part in journeys if part[1].functions.keys() & journey.functions.keys()]
            sites = [*(item for part in meeting for item in part[0]), site]
            if meeting:
                journey = Journey(program, pattern)
                _start(journey, sites)
        except _FAILURES as error:
            groups.append(_refused(journey, [site], error, results))
            continue
        journeys = [part for part in journeys if part not in meeting]
        journeys.append((sites, journey))
    for sites, journey in journeys:
        try:
            _check_untouched(journey, results, groups)
            group = _carry_out(journey, _sites_of(journey, results), results, options)
            _check_apart(group, groups)
        except _FAILURES as error:
            group = _refused(journey, sites, error, results)
        groups.append(group)
    return [group for group in groups if group.sites]


_FAILURES = (AcrossRefusedError, TooComplexError, MigratorError)


# ``&vmf->memcg``, the handle in a member, and ``vmf->cow_page``, the object in one.
_MEMBER = re.compile(rb"[&(]\s*(\w+)\s*(?:->|\.)\s*(\w+)\s*[,)]")


def _likely_words(program: Program, waiting: Sequence[Site], results: Sequence[FileResult]) -> set[str]:
    """Words that will be looked for: the functions that commit, members at the begins, and the structs they are in."""
    words = {item.function for result in results for item in result.diagnostics if item.code in _CANDIDATES}
    for site in waiting:
        try:
            source = program.source(site.file)
        except MigratorError:
            continue
        for function in source.functions:
            if not source.line(function.start) <= site.line <= source.line(function.end):
                continue
            text = source.code[source.line_start(function.start) : function.end]
            near = b"\n".join(text.split(b"\n")[site.line - source.line(function.start) :][:4])
            for base, member in _MEMBER.findall(near):
                words.add(member.decode())
                declared = re.compile(rb"\bstruct\s+(\w+)\s*\*?\s*" + base + rb"\b")
                words |= {tag.decode() for tag in declared.findall(text)}
    return words - {""}


def _may_travel(site: Site) -> bool:
    return (
        site.status is SiteStatus.REFUSED
        and bool(site.diagnostics)
        and all(item.code in _CANDIDATES for item in site.diagnostics)
    )


def _start(journey: Journey, sites: Sequence[Site]) -> None:
    """Follow the handles of some sites; raises what ``_FAILURES`` holds."""
    for site in sites:
        source = journey.program.source(site.file)
        function = next(
            (item for item in source.functions if source.line(item.start) <= site.line <= source.line(item.end)), None
        )
        if function is None:
            raise AcrossRefusedError(Code.UNPARSED, site.file, site.line, "there is no function here")
        journey.begin_at(site.file, function, site.line)


def _refused(journey: Journey, sites: Sequence[Site], error: Exception, results: Sequence[FileResult]) -> Group:
    """The sites of a journey that came to nothing, with the place of the reason."""
    first = sites[0]
    stays = all(item.code is Code.HANDLE_ESCAPES for item in first.diagnostics)
    if stays and len(sites) == 1 and len(journey.functions) < 2 and not journey.members:
        return Group()  # what the function itself was refused for says more
    if not isinstance(error, AcrossRefusedError):
        code = Code.TOO_COMPLEX if isinstance(error, TooComplexError) else Code.COMMIT_ELSEWHERE
        error = AcrossRefusedError(code, first.file, first.line, str(error))
    lines = _begin_lines(journey)
    met = [item for result in results for item in result.sites if (item.file, item.line) in lines]
    refused: list[Site] = []
    for site in [*sites, *(item for item in met if item not in sites and _may_travel(item))]:
        here = (site.file, site.line) == (error.file, error.line)
        place = "" if here or not error.file else f" ({error.file}:{error.line})" if error.line else f" ({error.file})"
        message = f"the handle goes to other functions and cannot go from all of them: {error.message}{place}"
        related = tuple(Related(file, line, text) for file, line, text in error.related)
        if not here and error.file and error.line:
            related = (Related(error.file, error.line, error.message), *related)
        diagnostic = Diagnostic(error.code, Severity.REFUSAL, site.file, site.line, message, site.function, related)
        refused.append(replace(site, status=SiteStatus.REFUSED, placement="", diagnostics=(diagnostic,)))
    return Group(sites=tuple(refused))


def _begin_lines(journey: Journey) -> dict[tuple[str, int], tuple[Touched, Transaction]]:
    return {
        (touched.path, touched.model.line(begin.node)): (touched, transaction)
        for touched in journey.functions.values()
        for transaction in touched.transactions
        for begin in transaction.begins
    }


def _sites_of(journey: Journey, results: Sequence[FileResult]) -> list[Site]:
    """The sites of all begins that were met; raises AcrossRefusedError for one that is none, or refused by itself."""
    known = {(site.file, site.line): site for result in results for site in result.sites}
    found = []
    for (path, line), (touched, _) in _begin_lines(journey).items():
        site = known.get((path, line))
        name = touched.model.function.name
        if site is None:
            raise AcrossRefusedError(
                Code.COMMIT_ELSEWHERE, path, line, f"{name}() begins with this handle too, and is not looked at"
            )
        if not _may_travel(site):
            codes = ", ".join(str(item.code) for item in site.diagnostics) or str(site.status)
            raise AcrossRefusedError(
                Code.COMMIT_ELSEWHERE, path, line, f"{name}() begins with this handle too, and is {codes} by itself"
            )
        found.append(site)
    return found


def _check_untouched(journey: Journey, results: Sequence[FileResult], groups: Sequence[Group]) -> None:
    """The files are those that were looked at, and no function is rewritten for another site."""
    by_path = {result.path: result for result in results}
    for touched in journey.functions.values():
        result, function = by_path.get(touched.path), touched.model.function
        if result is not None and result.before != touched.model.source.data:
            raise AcrossRefusedError(Code.COMMIT_ELSEWHERE, touched.path, 0, "the file has changed meanwhile")
        others = [edit for group in groups for edit in group.edits.get(touched.path, ())]
        for edit in (*(result.edits if result is not None else ()), *others):
            if function.start <= edit.start < function.end:
                raise AcrossRefusedError(
                    Code.COMMIT_ELSEWHERE,
                    touched.path,
                    touched.model.source.line(edit.start),
                    f"{function.name}() is rewritten for another site already",
                )


def _check_apart(group: Group, groups: Sequence[Group]) -> None:
    """What is declared for two handles (a prototype, a struct) is changed for one of them only."""
    for path, edits in group.edits.items():
        for other in groups:
            try:
                normalized((*edits, *other.edits.get(path, ())))
            except OverlappingEditsError:
                raise AcrossRefusedError(
                    Code.COMMIT_ELSEWHERE, path, 0, "what would change here changes for another handle already"
                ) from None


# -- one journey ---------------------------------------------------------------------------------------------------


def _carry_out(journey: Journey, sites: Sequence[Site], results: Sequence[FileResult], options: Options) -> Group:
    plan = _plan(journey, options)
    for found in plan.warnings.values():
        for item in found:
            why = left_alone(options, item.code)
            if why:
                raise AcrossRefusedError(
                    item.code,
                    item.file,
                    item.line,
                    f"{item.message} (left alone: {why})",
                    *((other.file, other.line, other.message) for other in item.related),
                )
    done = []
    for site in sites:
        diagnostics = tuple(plan.warnings.get((site.file, site.line), ()))
        status = SiteStatus.WARNED if diagnostics else SiteStatus.MIGRATED
        done.append(replace(site, status=status, placement="at-begin", diagnostics=diagnostics))
    overall = SiteStatus.WARNED if plan.warnings else SiteStatus.MIGRATED
    statuses: dict[tuple[str, int, int], str] = {}
    ended: set[tuple[str, int]] = set()
    for touched in journey.functions.values():
        source = touched.model.source
        calls = [call.node for transaction in touched.transactions for call in transaction.calls]
        calls += [item.node for item in touched.endings.values()]
        for node in calls:
            offset = name_offset(node)
            statuses[(touched.path, source.line(offset), source.column(offset))] = str(overall)
            ended.add((touched.path, source.line(node.start_byte)))
    resolved = tuple(
        item
        for result in results
        for item in result.diagnostics
        if item.code is Code.COMMIT_ELSEWHERE and (item.file, item.line) in ended
    )
    return Group(plan.edits, tuple(done), statuses, resolved, plan.tables)


def _plan(journey: Journey, options: Options) -> _Plan:
    """Rewrite everything that the handle passes through, and hold the result against what it was."""
    for touched in journey.functions.values():
        check_protocol_of(journey, touched)
    plan = _Plan()
    first = next(iter(_begin_lines(journey)))
    owners = {id(transaction): key for key, (_, transaction) in reversed(list(_begin_lines(journey).items()))}
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


def _carried_out(journey: Journey, rewrites: Mapping[tuple[str, int], FunctionRewrite], plan: _Plan) -> Program:
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
