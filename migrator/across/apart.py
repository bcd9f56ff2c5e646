"""No function is rewritten twice: not by a group what its own file's work has rewritten, not by two groups.

The edits of both stand beside each other in one file, each over the original bytes. Each was checked as if it were the
only one, which holds for as long as they touch different functions, and different bytes of what stands between these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from migrator.across.group import AcrossRefusedError, Group
from migrator.edits import Edit, normalized
from migrator.errors import OverlappingEditsError

if TYPE_CHECKING:
    from migrator.across.index import Program
    from migrator.diagnostics import Code
    from migrator.results import FileResult
    from migrator.source import Function, SourceFile


def check_untouched(
    functions: Iterable[tuple[SourceFile, Function]], results: Sequence[FileResult], code: Code
) -> None:
    """The files are those that were looked at, and no function is rewritten by itself; raises AcrossRefusedError."""
    by_path = {result.path: result for result in results}
    for source, function in functions:
        result = by_path.get(source.path)
        if result is None:
            continue
        if result.before != source.data:
            raise AcrossRefusedError(code, source.path, 0, "the file has changed meanwhile")
        for edit in result.edits:
            if function.start <= edit.start < function.end:
                message = f"{function.name}() is rewritten for another site already"
                raise AcrossRefusedError(code, source.path, source.line(edit.start), message)


def clashes(program: Program, groups: Sequence[Group]) -> list[str]:
    """For each group why it cannot be carried out beside those before it; empty where it can.

    A group that cannot stands in nobody's way.
    """
    functions: set[tuple[str, int]] = set()
    taken: dict[str, tuple[Edit, ...]] = {}
    reasons = []
    for group in groups:
        own = _functions(program, group)
        reason = ""
        for path, start in sorted(own & functions):
            where = f"{path}:{program.source(path).line(start)}"
            reason = f"the function at {where} changes for another group of functions too"
            break
        merged = dict(taken)
        for path, edits in group.edits.items():
            try:
                merged[path] = normalized((*taken.get(path, ()), *edits))
            except OverlappingEditsError as error:
                where = f"{path}:{program.source(path).line(error.ranges[2])}"
                reason = reason or f"what is declared at {where} changes for another group of functions too"
        if not reason:
            functions |= own
            taken = merged
        reasons.append(reason)
    return reasons


def _functions(program: Program, group: Group) -> set[tuple[str, int]]:
    """The functions that a group changes, by file and start."""
    return {
        (path, function.start)
        for path, edits in group.edits.items()
        for edit in edits
        if (function := program.source(path).function_at(edit.start)) is not None
    }
