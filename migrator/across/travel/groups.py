"""One handle with everything that it passes through: it goes from all of it, or from nothing.

``journey`` follows the handle from the begin of a site; handles that meet in a function go together. What a journey
comes to is decided by ``plan``; here it becomes the diagnostics and the mentions of its sites, or the reason why not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from migrator.across.apart import check_untouched
from migrator.across.group import AcrossRefusedError, Group, check_wanted, refused_site
from migrator.across.pasting import pasting_words
from migrator.across.sites import function_of, statuses_of
from migrator.across.travel.journey import Journey, begin_lines
from migrator.across.travel.plan import make_plan
from migrator.diagnostics import Code
from migrator.engine import Options
from migrator.errors import MigratorError
from migrator.flow.explore import TooComplexError
from migrator.results import FileResult, Site, SiteStatus

if TYPE_CHECKING:
    from migrator.across.index import Program
    from migrator.pattern.model import Pattern


# Refusals of single functions behind which the handle may have gone to others.
_CANDIDATES = frozenset({Code.COMMIT_ELSEWHERE, Code.HANDLE_ESCAPES})


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
    journeys, groups = _follow(program, pattern, waiting, results)
    for sites, journey in journeys:
        try:
            functions = [(touched.model.source, touched.model.function) for touched in journey.functions.values()]
            check_untouched(functions, results, Code.COMMIT_ELSEWHERE)
            group = _carry_out(journey, _sites_of(journey, results), results, options)
        except _FAILURES as error:
            group = _refused(journey, sites, error, results)
        groups.append(group)
    return [group for group in groups if group.sites]


def _follow(
    program: Program, pattern: Pattern, waiting: Sequence[Site], results: Sequence[FileResult]
) -> tuple[list[tuple[list[Site], Journey]], list[Group]]:
    """The journeys of the handles with the sites that they were made for; the groups of those that came to nothing."""
    journeys: list[tuple[list[Site], Journey]] = []
    groups: list[Group] = []
    for site in waiting:
        key = (site.file, site.line)
        if any(key in begin_lines(journey) for _, journey in journeys):
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
    return journeys, groups


_FAILURES = (AcrossRefusedError, TooComplexError, MigratorError)

# ``&vmf->memcg``, the handle in a member, and ``vmf->cow_page``, the object in one.
_MEMBER = re.compile(rb"[&(]\s*(\w+)\s*(?:->|\.)\s*(\w+)\s*[,)]")


def _likely_words(program: Program, waiting: Sequence[Site], results: Sequence[FileResult]) -> set[str]:
    """Words that will be looked for: the functions that commit, members at the begins, and the structs they are in."""
    words = {item.function for result in results for item in result.diagnostics if item.code in _CANDIDATES}
    words.update([word for name in words for word in pasting_words(name)])
    for site in waiting:
        try:
            source = program.source(site.file)
        except MigratorError:
            continue
        function = function_of(source, site)
        if function is None:
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
        function = function_of(journey.program.source(site.file), site)
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
    lines = begin_lines(journey)
    met = [item for result in results for item in result.sites if (item.file, item.line) in lines]
    refused: list[Site] = []
    for site in [*sites, *(item for item in met if item not in sites and _may_travel(item))]:
        here = (site.file, site.line) == (error.file, error.line)
        place = "" if here or not error.file else f" ({error.file}:{error.line})" if error.line else f" ({error.file})"
        message = f"the handle goes to other functions and cannot go from all of them: {error.message}{place}"
        refused.append(refused_site(site, error, message))
    return Group(sites=tuple(refused))


def _sites_of(journey: Journey, results: Sequence[FileResult]) -> list[Site]:
    """The sites of all begins that were met; raises AcrossRefusedError for one that is none, or refused by itself."""
    known = {(site.file, site.line): site for result in results for site in result.sites}
    found = []
    for (path, line), (touched, _) in begin_lines(journey).items():
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


def _carry_out(journey: Journey, sites: Sequence[Site], results: Sequence[FileResult], options: Options) -> Group:
    plan = make_plan(journey, options)
    for found in plan.warnings.values():
        check_wanted(options, found)
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
        statuses |= statuses_of(source, calls, overall)
        ended |= {(touched.path, source.line(node.start_byte)) for node in calls}
    resolved = tuple(
        item
        for result in results
        for item in result.diagnostics
        if item.code is Code.COMMIT_ELSEWHERE and (item.file, item.line) in ended
    )
    return Group(plan.edits, tuple(done), statuses, resolved, plan.tables)
