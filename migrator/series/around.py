"""Which patches stand before and after those that convert: the whole of ``SeriesPlan``, from results and a tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from migrator.diagnostics import Code, Diagnostic, Related, Severity
from migrator.edits import Edit
from migrator.errors import OverlappingEditsError
from migrator.series.blanks import Range, insertion
from migrator.series.declared import Declarations, TreeFiles
from migrator.series.introduce import Introduced, Needs, find_needs, words_of
from migrator.series.plan import PlannedPatch, SeriesPlan, text_with
from migrator.series.remove import Blocker, Removed, check_removal, find_blockers, plan_removal
from migrator.series.text import counted

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult
    from migrator.source import Dialect


def plan_series(
    results: Sequence[FileResult],
    pattern: Pattern,
    files: TreeFiles,
    dialect: Dialect,
    *,
    introduce: bool = True,
    remove: bool = True,
    whole: bool = True,
) -> SeriesPlan:
    """The patches around the converts of ``results``.

    ``files`` is the tree that is searched for declarations and further callers; ``whole`` says whether that is all of
    it. Without ``introduce`` or ``remove`` these patches are left out.
    """
    if not (pattern.introduce or pattern.remove is not None):
        return SeriesPlan()
    if not any(result.changed or result.mentions for result in results):
        return SeriesPlan()
    tree = Declarations(files, dialect, words_of(pattern))
    needs = find_needs(pattern, results, tree)
    introduced: tuple[Introduced, ...] = needs.introduced if introduce else ()
    edits = _introduction_edits(introduced, tree, {}, {})
    diagnostics = list(needs.diagnostics)
    meeting = _meeting(edits, results, tree)
    if meeting:
        message = "nothing is introduced: what would be inserted here meets what is converted"
        diagnostics.append(Diagnostic(Code.NOT_DECLARED, Severity.REFUSAL, meeting, 0, message))
        introduced, edits = (), []
    patches = tuple(
        PlannedPatch(
            one.introduction.subject,
            one.introduction.body,
            next((found.file for found in one.found if found.insertion.slot == "definition"), one.found[0].file),
            edit,
            one.caveats,
        )
        for one, edit in zip(introduced, edits, strict=True)
    )
    removed = _removal(pattern, results, introduced, needs, tree, whole=whole) if remove else None
    if isinstance(removed, Diagnostic):
        diagnostics.append(removed)
        removed = None
    final = _final(introduced, removed, tree) if removed is not None else {}
    if removed is not None and pattern.remove is not None:
        everything = _joined([removed.edits, final])
        blocker = check_removal(pattern.remove.names, everything, results, tree)
        if blocker is not None:
            diagnostics.append(_blocked([blocker]))
            removed, final = None, {}
    paths = {path for patch in patches for path in patch.edits} | (set(removed.edits) if removed is not None else set())
    return SeriesPlan(
        contents={path: tree.source(path).data for path in sorted(paths)},
        introductions=patches,
        removal=_removal_patch(pattern, removed),
        final=final,
        diagnostics=tuple(diagnostics),
        gone=removed.gone if removed is not None else {},
    )


def _introduction_edits(
    introduced: Sequence[Introduced],
    tree: Declarations,
    renamed: Mapping[str, str],
    lines: Mapping[str, Sequence[Range]],
) -> list[dict[str, tuple[Edit, ...]]]:
    """The insertions of each introduction by file; ``lines`` are those that go at the same time."""
    result: list[dict[str, tuple[Edit, ...]]] = []
    parted: set[tuple[str, int]] = set()
    for one in introduced:
        edits: dict[str, list[Edit]] = {}
        for found in one.found:
            source = tree.source(found.file)
            text = one.text(found.insertion, renamed).replace("\n", source.newline.decode()).encode()
            edit = insertion(
                source.data,
                found.offset,
                text,
                apart=found.insertion.apart,
                removed=lines.get(found.file, ()),
                parted=(found.file, found.offset) in parted,
            )
            edits.setdefault(found.file, []).append(edit)
            if found.insertion.apart:
                parted.add((found.file, found.offset))
        result.append({path: tuple(listed) for path, listed in edits.items()})
    return result


def _final(introduced: Sequence[Introduced], removed: Removed, tree: Declarations) -> dict[str, tuple[Edit, ...]]:
    return _joined(_introduction_edits(introduced, tree, removed.renamed, removed.lines))


def _joined(edits: Sequence[Mapping[str, Sequence[Edit]]]) -> dict[str, tuple[Edit, ...]]:
    found: dict[str, list[Edit]] = {}
    for one in edits:
        for path, listed in one.items():
            found.setdefault(path, []).extend(listed)
    return {path: tuple(listed) for path, listed in found.items()}


def _meeting(edits: Sequence[Mapping[str, Sequence[Edit]]], results: Sequence[FileResult], tree: Declarations) -> str:
    """The first file in which an insertion and a convert touch one byte; empty for none."""
    known = {result.path: result for result in results}
    for path, listed in _joined(edits).items():
        try:
            text_with(tree.source(path).data, listed, known.get(path))
        except OverlappingEditsError:
            return path
    return ""


def _removal(
    pattern: Pattern,
    results: Sequence[FileResult],
    introduced: Sequence[Introduced],
    needs: Needs,
    tree: Declarations,
    *,
    whole: bool,
) -> Removed | Diagnostic | None:
    removal = pattern.remove
    if removal is None or not any(True for name in removal.names for _ in tree.of(name)):
        return None
    blockers = list(find_blockers(pattern, removal, results, tree))
    name = pattern.new_call.name
    there = any(one.introduction.name == name for one in introduced) or any(True for _ in tree.of(name))
    if not there or needs.missing:
        missing = ", ".join(f"{one}()" for one in sorted(needs.missing)) or f"{name}()"
        blockers.insert(0, Blocker(_first_path(results), 0, f"nothing declares {missing}"))
    if not whole:
        blockers.insert(0, Blocker(_first_path(results), 0, "only a part of the tree was searched for callers"))
    if blockers:
        return _blocked(blockers)
    outcome = plan_removal(pattern, removal, results, introduced, tree)
    return _blocked([outcome]) if isinstance(outcome, Blocker) else outcome


def _first_path(results: Sequence[FileResult]) -> str:
    return results[0].path if results else "."


def _blocked(blockers: Sequence[Blocker]) -> Diagnostic:
    first = blockers[0]
    message = f"the old calls stay declared; {first.reason}"
    if len(blockers) > 1:
        message = f"the old calls stay declared for {counted(len(blockers), 'reason')}; {first.reason}"
    related = tuple(Related(one.file, one.line, one.reason) for one in blockers[1:])
    return Diagnostic(Code.REMOVAL_BLOCKED, Severity.NOTE, first.file, first.line, message, "", related)


def _removal_patch(pattern: Pattern, removed: Removed | None) -> PlannedPatch | None:
    if removed is None or pattern.remove is None:
        return None
    return PlannedPatch(pattern.remove.subject, pattern.remove.body, removed.about, removed.edits)
