"""The series: results of files become steps, steps become mails. Pure functions; equal input makes equal bytes.

A step is one patch before it is numbered. The steps that introduce the new call stand before those that convert its
callers, the one that removes the old calls behind them; ``around`` plans both, and every state of a file between two
steps is made of edits over the bytes that it has before the series.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.results import FileResult, SiteStatus
from migrator.series.cover import cover_functions, cover_message
from migrator.series.diffstat import diffstat
from migrator.series.hunks import Heading
from migrator.series.ledger import LedgerFacts, plain_ledger
from migrator.series.mail import NO_COMMIT, Mail, file_name, render_mail
from migrator.series.maintainers import Maintainers, Recipients
from migrator.series.notes import Finding, Provenance, carriage_return_note, findings, provenance_notes, review_notes
from migrator.series.plan import PlannedPatch, SeriesPlan, text_with
from migrator.series.split import Group, Split, prefix, split_paths
from migrator.series.text import WIDTH, counted, filled, joined, wrapped
from migrator.series.unified import PLAIN_MODE, FileDiff, file_diff

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern


class SeriesOptions(Struct, frozen=True):
    """What the caller decides.

    ``author`` is ``Name <address>``; ``date`` has a zone; ``base`` the full name of the base commit, or empty;
    ``tool`` name and version of this program, for the notes and the signature; ``made_with`` the options that changed
    the result, ``paths`` what it was given. ``modes`` (six octal digits) and ``headings`` are given for the files
    that have unusual ones.
    ``together``: sets of files that one patch must change at once.
    """

    author: str
    date: datetime
    tool: str
    split: Split = Split.FILE
    cover: bool = True
    signoff: bool = False
    base: str = ""
    made_with: str = ""
    paths: str = ""
    prefix: str = "{area}: "
    version: int = 1
    commit: str = NO_COMMIT
    maintainers: Maintainers | None = None
    modes: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, Heading] = field(default_factory=dict)
    together: tuple[frozenset[str], ...] = ()


class FileChange(Struct, frozen=True):
    """A file before and after one step."""

    path: str
    before: bytes
    after: bytes


class Step(Struct, frozen=True):
    """One patch to be: ``summary`` is the subject without the bracket, ``message`` the body without sign-off."""

    summary: str
    message: str
    changes: tuple[FileChange, ...]
    findings: tuple[Finding, ...] = ()


class Patch(Struct, frozen=True):
    """One mail and its parts. ``number`` 0 is the cover letter, which has no ``diff`` and no ``paths``."""

    number: int
    file_name: str
    subject: str
    message: str
    notes: str
    diffstat: bytes
    diff: bytes
    paths: tuple[str, ...]
    to: tuple[str, ...]
    cc: tuple[str, ...]
    mail: bytes


def make_series(
    results: Sequence[FileResult],
    pattern: Pattern,
    options: SeriesOptions,
    ledger: LedgerFacts | None = None,
    plan: SeriesPlan | None = None,
) -> tuple[Patch, ...]:
    """The cover letter (when asked for) and the patches; empty when there is nothing to change.

    ``ledger`` is for the cover letter, where it knows more than the results (notes on what was passed over). ``plan``
    are the patches around the converts, none by default. Raises ValueError for an author without an address and for a
    bad ``prefix``.
    """
    around = plan if plan is not None else SeriesPlan()
    steps = (
        *introduce_steps(around, options),
        *convert_steps(results, pattern, options, around),
        *remove_steps(around, results, options),
    )
    return render_steps(steps, ledger if ledger is not None else plain_ledger(results), pattern, options)


def introduce_steps(plan: SeriesPlan, options: SeriesOptions) -> tuple[Step, ...]:
    """The steps that add what the converted callers need, one for each function."""
    found: list[Step] = []
    for number, patch in enumerate(plan.introductions):
        changes = tuple(
            FileChange(
                path,
                text_with(plan.contents[path], plan.introduced(path, number), None),
                text_with(plan.contents[path], plan.introduced(path, number + 1), None),
            )
            for path in sorted(patch.edits, key=os.fsencode)
        )
        found.append(_planned_step(patch, changes, options))
    return tuple(found)


def remove_steps(plan: SeriesPlan, results: Sequence[FileResult], options: SeriesOptions) -> tuple[Step, ...]:
    """The step that removes what nobody calls any more, where there is one."""
    if plan.removal is None:
        return ()
    known = {result.path: result for result in results}
    changes: list[FileChange] = []
    for path in sorted({*plan.removal.edits, *plan.final}, key=os.fsencode):
        before = text_with(plan.contents[path], plan.introduced(path), known.get(path))
        after = text_with(plan.contents[path], plan.removed(path), known.get(path))
        if before != after:
            changes.append(FileChange(path, before, after))
    return (_planned_step(plan.removal, tuple(changes), options),)


def _planned_step(patch: PlannedPatch, changes: tuple[FileChange, ...], options: SeriesOptions) -> Step:
    summary = " ".join((prefix(options.prefix, [patch.about], "") + patch.subject).split())
    findings = tuple(Finding(item.severity, item) for item in patch.diagnostics)
    return Step(summary, wrapped(patch.body), changes, findings)


def convert_steps(
    results: Sequence[FileResult], pattern: Pattern, options: SeriesOptions, plan: SeriesPlan | None = None
) -> tuple[Step, ...]:
    """The steps that convert callers, in the order of their files; what ``plan`` introduces is there already."""
    changed = {result.path: result for result in results if result.changed}
    groups = split_paths(changed, options.split, options.maintainers, options.together)
    around = plan if plan is not None else SeriesPlan()
    return tuple(_convert_step(group, changed, pattern, options, around) for group in groups)


def _convert_step(
    group: Group, changed: Mapping[str, FileResult], pattern: Pattern, options: SeriesOptions, plan: SeriesPlan
) -> Step:
    results = [changed[path] for path in group.paths]
    names = tuple(
        dict.fromkeys(
            f"{site.function}()" for result in results for site in result.sites if site.status is not SiteStatus.REFUSED
        )
    )
    lead = prefix(options.prefix, group.paths, group.label)
    summary, complete = _summary(lead, pattern, names, group.paths)
    message = wrapped(pattern.message.body)
    if names and not complete:
        message += ("\n\n" if message else "") + filled(f"Converted here: {joined(names)}.", WIDTH)
    changes = tuple(
        FileChange(
            result.path,
            text_with(result.before, plan.introduced(result.path), None),
            text_with(result.before, plan.introduced(result.path), result),
        )
        for result in results
    )
    return Step(summary, message, changes, findings(results))


def _summary(lead: str, pattern: Pattern, names: Sequence[str], paths: Sequence[str]) -> tuple[str, bool]:
    """The subject in at most 75 columns, and whether it names all functions."""
    choices = [joined(names)] if names else []
    choices.append(counted(len(names), "caller") if names else "callers")
    choices.append("")
    for choice in choices:
        summary = " ".join((lead + _filled_in(pattern, choice, paths)).split())
        if len(summary) <= WIDTH:
            return summary, choice == choices[0]
    words = (lead + _filled_in(pattern, "", paths)).split()
    while len(" ".join(words)) > WIDTH - 3 and len(words) > 1:
        words.pop()
    return " ".join(words)[: WIDTH - 3] + "...", False


def _filled_in(pattern: Pattern, functions: str, paths: Sequence[str]) -> str:
    fields = {"functions": functions, "file": paths[0].rpartition("/")[2], "pattern": pattern.name}
    text = pattern.message.subject
    for name, value in fields.items():
        text = text.replace(f"{{{name}}}", value)
    return " ".join(text.split())


def render_steps(
    steps: Sequence[Step], ledger: LedgerFacts, pattern: Pattern, options: SeriesOptions
) -> tuple[Patch, ...]:
    """Number the steps and write the mails."""
    if not steps:
        return ()
    provenance = Provenance(options.tool, pattern.name, pattern.digest, options.made_with, options.base, options.paths)
    diffs = [_diffs(step.changes, options) for step in steps]
    patches: list[Patch] = []
    if options.cover:
        patches.append(_cover(steps, diffs, ledger, pattern, options, provenance))
    for number, (step, files) in enumerate(zip(steps, diffs, strict=True), 1):
        patches.append(_patch(number, len(steps), step, files, options, provenance))
    return tuple(patches)


def _patch(
    number: int,
    total: int,
    step: Step,
    files: Sequence[FileDiff],
    options: SeriesOptions,
    provenance: Provenance,
) -> Patch:
    crlf = [file.path for file in files if b"\r\n" in file.text]
    notes = "\n\n".join(
        part for part in (review_notes(step.findings), carriage_return_note(crlf), provenance_notes(provenance)) if part
    )
    recipients = _recipients([change.path for change in step.changes], options)
    mail = Mail(
        number=number,
        total=total,
        summary=step.summary,
        message=_signed(step.message, options),
        author=options.author,
        date=options.date,
        commit=options.commit,
        version=options.version,
        numbered=options.cover,
        to=recipients.to,
        cc=recipients.cc,
        notes=notes,
        diffstat=diffstat(files),
        diff=b"".join(file.text for file in files),
        base=options.base if number == 1 and not options.cover else "",
        signature=options.tool,
    )
    return _finished(mail, tuple(file.path for file in files))


def _cover(
    steps: Sequence[Step],
    diffs: Sequence[Sequence[FileDiff]],
    ledger: LedgerFacts,
    pattern: Pattern,
    options: SeriesOptions,
    provenance: Provenance,
) -> Patch:
    paths = sorted({change.path for step in steps for change in step.changes}, key=os.fsencode)
    lead = prefix(options.prefix, paths, "")
    summary = " ".join((lead + _filled_in(pattern, cover_functions(ledger), paths)).split())
    recipients = _recipients(paths, options)
    mail = Mail(
        number=0,
        total=len(steps),
        summary=summary,
        message=cover_message(ledger, pattern, [step.summary for step in steps], options.author, provenance),
        author=options.author,
        date=options.date,
        commit=options.commit,
        version=options.version,
        numbered=options.cover,
        to=recipients.to,
        cc=recipients.cc,
        diffstat=diffstat(_whole(steps, diffs, options)),
        base=options.base,
        signature=options.tool,
    )
    return _finished(mail, ())


def _finished(mail: Mail, paths: tuple[str, ...]) -> Patch:
    name = file_name(mail.number, mail.summary if mail.number else "cover-letter")
    return Patch(
        number=mail.number,
        file_name=f"v{mail.version}-{name}" if mail.version > 1 else name,
        subject=mail.subject,
        message=mail.message,
        notes=mail.notes,
        diffstat=mail.diffstat,
        diff=mail.diff,
        paths=paths,
        to=mail.to,
        cc=mail.cc,
        mail=render_mail(mail),
    )


def _diffs(changes: Sequence[FileChange], options: SeriesOptions) -> list[FileDiff]:
    return [
        file_diff(
            change.path,
            change.before,
            change.after,
            mode=options.modes.get(change.path, PLAIN_MODE),
            heading=options.headings.get(change.path, Heading.DEFAULT),
        )
        for change in changes
    ]


def _whole(steps: Sequence[Step], diffs: Sequence[Sequence[FileDiff]], options: SeriesOptions) -> list[FileDiff]:
    """Every file from before its first step to after its last, in the order of paths."""
    whole: dict[str, FileChange] = {}
    known: dict[str, FileDiff] = {}
    for step, files in zip(steps, diffs, strict=True):
        for change, file in zip(step.changes, files, strict=True):
            first = whole.get(change.path)
            if first is None:
                whole[change.path], known[change.path] = change, file
            else:
                whole[change.path] = FileChange(change.path, first.before, change.after)
                known.pop(change.path, None)
    paths = sorted(whole, key=os.fsencode)
    return [known[path] if path in known else _diffs([whole[path]], options)[0] for path in paths]


def _recipients(paths: Sequence[str], options: SeriesOptions) -> Recipients:
    return options.maintainers.recipients(paths) if options.maintainers is not None else Recipients()


def _signed(message: str, options: SeriesOptions) -> str:
    if not options.signoff:
        return message
    return f"{message}\n\nSigned-off-by: {options.author}".lstrip("\n")
