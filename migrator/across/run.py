"""Work across functions, joined to what was found in single files.

The single files are done first, side by side; then the sites that they refused because of another function are looked
at with the whole program in view. A group's edits never touch a function that was rewritten by itself, so both kinds
of edits stand beside each other in one file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from migrator.across.apart import clashes
from migrator.across.group import Group
from migrator.across.releases import ask_callers, questions
from migrator.across.sink.groups import sink
from migrator.across.travel.groups import elsewhere
from migrator.diagnostics import Code, Diagnostic, Severity
from migrator.edits import apply_edits
from migrator.results import FileResult

if TYPE_CHECKING:
    from migrator.across.index import Program
    from migrator.engine import Options
    from migrator.pattern.model import Pattern


def across(
    program: Program,
    pattern: Pattern,
    results: Sequence[FileResult],
    options: Options,
    may_change: Callable[[str], bool],
) -> tuple[tuple[FileResult, ...], tuple[frozenset[str], ...]]:
    """The results with what could be done across functions, and the sets of files that must change together.

    ``may_change`` says whether a file may be edited: a group that needs another one is left alone.
    """
    if program.complete:
        likely = questions(program, pattern, results)
        program.expect_callers([(each.site.file, each.model.function) for each in likely])
    # A handle that travels may go anywhere: that takes the whole tree.
    travelling = elsewhere(program, pattern, results, options) if program.complete else []
    found = [*travelling, *sink(program, pattern, results, options)]
    groups = [_within(group, results, may_change) for group in found]
    groups = [
        _left_alone(group, results, why) if why else group
        for group, why in zip(groups, clashes(program, groups), strict=True)
    ]
    merged = merge(program, results, groups)
    if program.complete:
        merged = merge(program, merged, ask_callers(program, pattern, questions(program, pattern, merged)))
    return merged, tuple(frozenset(group.edits) for group in groups if len(group.edits) > 1)


def _within(group: Group, results: Sequence[FileResult], may_change: Callable[[str], bool]) -> Group:
    """The group, or its refusal where it needs files that were not given."""
    outside = sorted(path for path in group.edits if not may_change(path))
    if not outside:
        return group
    return _left_alone(group, results, f"this needs changes in {', '.join(outside)} too, outside of the paths given")


def _left_alone(group: Group, results: Sequence[FileResult], why: str) -> Group:
    """The sites of a group as they were before, with one more reason."""
    before = {(site.file, site.line): site for result in results for site in result.sites}
    sites = []
    for site in group.sites:
        old = before.get((site.file, site.line), site)
        code = old.diagnostics[0].code if old.diagnostics else Code.COMMIT_ELSEWHERE
        diagnostic = Diagnostic(code, Severity.REFUSAL, site.file, site.line, why, site.function)
        sites.append(replace(old, diagnostics=(*old.diagnostics, diagnostic)))
    return Group(sites=tuple(sites))


def merge(program: Program, results: Sequence[FileResult], groups: Iterable[Group]) -> tuple[FileResult, ...]:
    """The results with the groups carried out, in the order of paths."""
    by_path = {result.path: result for result in results}
    for group in groups:
        for path in group.edits:
            if path not in by_path:
                data = program.source(path).data
                by_path[path] = FileResult(path, data, data)
        for path in tuple(by_path):
            by_path[path] = _joined(by_path[path], group)
    return tuple(by_path[path] for path in sorted(by_path, key=lambda path: path.encode("utf-8", "surrogateescape")))


def _joined(result: FileResult, group: Group) -> FileResult:
    sites = {(site.file, site.line): site for site in group.sites}
    own = group.edits.get(result.path, ())
    edits = tuple(sorted((*result.edits, *own), key=lambda edit: (edit.start, edit.end)))
    return replace(
        result,
        edits=edits,
        after=apply_edits(result.before, edits) if own else result.after,
        sites=tuple(sites.get((site.file, site.line), site) for site in result.sites),
        mentions=tuple(
            replace(mention, status=group.statuses.get((mention.file, mention.line, mention.column), mention.status))
            for mention in result.mentions
        ),
        diagnostics=tuple(item for item in result.diagnostics if item not in group.resolved),
        error_paths=(*result.error_paths, *group.tables.get(result.path, ())),
    )
