"""Which callee sets up the object of a site, while its transaction is open: the place where the charge would go.

All sites with one callee are one job; it is carried out for all of them or for none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.across.declared import is_static, parameters
from migrator.across.sink.caller.shape import Caller
from migrator.across.sites import transaction_of
from migrator.diagnostics import Code, Severity
from migrator.flow.facts import strip
from migrator.pattern.query import role_matches
from migrator.results import SiteStatus
from migrator.syntax import arguments, callee_name
from migrator.transaction.model import FunctionModel, Status, capture_text
from migrator.transaction.protocol import check_transactions

if TYPE_CHECKING:
    from migrator.across.index import Program
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult, Site
    from migrator.source import Function, SourceFile


# Refusals of single functions behind which there may be a callee that does the setup.
_CANDIDATES = frozenset({Code.SETUP_IN_CALLEE, Code.NO_SETUP})


Key = tuple[str, int]
"""A function of the program: its file, and the byte at which it starts."""


class Callee(Struct, frozen=True, eq=False):
    """A function that sets up an object which it is given at ``position``."""

    source: SourceFile
    function: Function
    position: int


class Job(Struct, eq=False):
    """A callee, its callers, and the sites that wait for it."""

    callee: Callee
    callers: dict[Key, Caller] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)


def find_jobs(program: Program, pattern: Pattern, results: Sequence[FileResult]) -> list[Job]:
    """The sites of the results that need their callee, by callee."""
    jobs: dict[Key, Job] = {}
    for site in (site for result in results for site in result.sites):
        found = _find_callee(program, pattern, site) if _may_sink(site) else None
        if found is not None:
            callee, caller = found
            job = jobs.setdefault((callee.source.path, callee.function.start), Job(callee))
            job.callers[(site.file, caller.model.function.start)] = caller
            job.sites.append(site)
    return list(jobs.values())


def _may_sink(site: Site) -> bool:
    return (
        site.status is SiteStatus.REFUSED
        and bool(site.diagnostics)
        and all(item.code in _CANDIDATES for item in site.diagnostics if item.severity is Severity.REFUSAL)
    )


def _find_callee(program: Program, pattern: Pattern, site: Site) -> tuple[Callee, Caller] | None:
    """The callee that sets up the object of a site while its transaction is open."""
    located = transaction_of(program, pattern, site)
    if located is None:
        return None
    model, transaction = located
    check_transactions(model)
    if transaction.reasons or transaction.flow is None:
        return None
    for node in model.graph.nodes:
        if not any(phase.status is Status.OPEN for phase in transaction.flow.states.keys(node.index)):
            continue
        for call in model.facts.of(node).calls:
            name = callee_name(call)
            if name is None:
                continue
            for position, argument in enumerate(arguments(call)):
                if model.source.normal(strip(argument)) != transaction.object:
                    continue
                callee = _sets_up(program, pattern, model, name, position)
                if callee is not None:
                    return callee, Caller(model, transaction, call)
    return None


def _sets_up(program: Program, pattern: Pattern, model: FunctionModel, name: str, position: int) -> Callee | None:
    """The definition that a call means, when it sets up its argument at a position."""
    own = [item for item in model.source.functions if item.name == name]
    if len(own) == 1 and is_static(model.source, own[0].node):
        return _if_it_sets_up(pattern, model.source, own[0], position)
    candidates = program.meant_by(model.source.path, name)
    if len(candidates) != 1 or candidates[0].function is None:
        return None
    return _if_it_sets_up(pattern, program.source(candidates[0].path), candidates[0].function, position)


def _if_it_sets_up(pattern: Pattern, source: SourceFile, function: Function, position: int) -> Callee | None:
    if function.broken or function.cut:
        return None
    given = parameters(source, function.node) or ()
    if position >= len(given) or not given[position].name:
        return None
    for item in role_matches(pattern, source, function.node):
        if item.role == "setup" and capture_text(source, item, "object") == given[position].name:
            return Callee(source, function, position)
    return None
