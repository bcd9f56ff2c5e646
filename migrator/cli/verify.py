"""``migrator verify``: make patches again from what they say about themselves, and compare byte for byte.

Below ``---`` each patch says by which pattern, options and paths it was made, and from which commit. Where the
repository has that commit it is read from there, else the files on disk are taken. Author, date and the version of the
program are taken from the patch, since they cannot be made again; everything else has to be equal.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from migrator import __version__
from migrator.api import scan
from migrator.cli.guard import Status
from migrator.cli.terminal import harmless, put, say
from migrator.errors import InputError, MigratorError, PatternError
from migrator.patch_series import Series, format_series
from migrator.pattern.load import load_pattern
from migrator.series.base import base_commit
from migrator.series.compare import difference, differing_parts, preimages
from migrator.series.notes import Provenance, read_provenance
from migrator.series.patches import Patch
from migrator.series.style import read_options
from migrator.workspace.files import read_file
from migrator.workspace.tree import open_tree


class VerifySettings(Struct, frozen=True):
    """The options of ``verify``, as given; an empty ``pattern`` means the one that a patch names."""

    patches: tuple[Path, ...]
    tree: Path
    pattern: str
    jobs: int
    quiet: bool
    verbose: bool


class _Given(Struct, frozen=True):
    """A patch that was read: its number in the series (0 for the cover letter), and what it says about itself."""

    path: Path
    mail: bytes
    number: int
    provenance: Provenance
    author: str
    date: datetime


def run(settings: VerifySettings) -> Status:
    """Print for each patch whether it is what the program makes."""
    given: list[_Given] = []
    status = Status.DONE
    for path in settings.patches:
        try:
            given.append(_read(path))
        except InputError as error:
            say(f"migrator: error: {harmless(str(error))}")
            status = Status.FAILED
    groups: dict[tuple[object, ...], list[_Given]] = {}
    for patch in given:
        one = patch.provenance
        key = (one.pattern, one.digest, one.options, one.paths, one.base, one.tool, patch.author, patch.date)
        groups.setdefault(key, []).append(patch)
    for patches in groups.values():
        try:
            made = _made_again(patches, settings)
        except MigratorError as error:
            for patch in patches:
                put(harmless(f"{os.fspath(patch.path)}: not made again"))
            say(f"migrator: error: {harmless(str(error))}")
            status = Status.FAILED
            continue
        again = {patch.number: patch for patch in made.patches}
        for patch in patches:
            status = max(status, _compare(patch, again.get(patch.number), settings))
        _say_rest(patches, made, settings)
    return status


def _read(path: Path) -> _Given:
    """A patch and what it says; raises InputError for a file that is none, or that does not say how it was made."""
    from email.parser import BytesHeaderParser
    from email.policy import default
    from email.utils import parsedate_to_datetime

    mail = read_file(path, os.fspath(path))
    provenance = read_provenance(mail)
    if provenance is None:
        raise InputError("does not say how it was made (the lines below --- are missing)", os.fspath(path))
    headers = BytesHeaderParser(policy=default).parsebytes(mail)
    try:
        sender = headers["From"].addresses[0]
        date = parsedate_to_datetime(str(headers["Date"]))
        subject = str(headers["Subject"])
    except (AttributeError, IndexError, TypeError, ValueError):
        raise InputError("is not a mail with From, Date and Subject", os.fspath(path)) from None
    number = re.match(r"\[PATCH(?: v\d+)?(?: (\d+)/\d+)?\]", subject)
    if number is None:
        raise InputError("its subject does not begin with [PATCH n/m]", os.fspath(path))
    author = f"{sender.display_name} <{sender.addr_spec}>"
    return _Given(path, mail, int(number[1] or 1), provenance, author, date)


def _made_again(patches: Sequence[_Given], settings: VerifySettings) -> Series:
    """The series that patches of one origin belong to; raises MigratorError where it cannot be made."""
    given = patches[0]
    provenance = given.provenance
    name = settings.pattern or provenance.pattern
    try:
        pattern = load_pattern(name)
    except PatternError as error:
        if settings.pattern:
            raise
        raise InputError(f"{error.message}; --pattern names a folder", f"pattern {name}") from None
    if pattern.digest != provenance.digest:
        message = f"is not the pattern that the patch was made with (sha256 {provenance.digest[:12]})"
        raise InputError(message, f"pattern {name}")
    root = open_tree([settings.tree]).root
    revision = provenance.base if provenance.base and base_commit(root, provenance.base) else None
    try:
        paths = tuple(root / path for path in shlex.split(provenance.paths)) or (root,)
        options, style = read_options(provenance.options)
    except ValueError as error:
        raise InputError(f"how it was made is not understood: {error}", os.fspath(given.path)) from None
    result = scan(paths, pattern, revision=revision, options=options, jobs=settings.jobs)
    made = format_series(
        result, style, author=given.author, date=given.date, base=provenance.base, tool=provenance.tool
    )
    if revision is None:
        _check_base(patches, made, settings)
    return made


def _check_base(patches: Sequence[_Given], made: Series, settings: VerifySettings) -> None:
    """Without the commit: that the files on disk are those that the patch was made from, as far as it shows them."""
    here = preimages(patch.diff for patch in made.patches)
    there = preimages(patch.mail for patch in patches)
    base = patches[0].provenance.base[:12]
    for path, names in there.items():
        if path in here and not names & here[path]:
            where = f"commit {base} is not here, and " if base else ""
            raise InputError(f"{where}this file is not the one that the patch was made from", path)
    if base and not settings.quiet:
        say(f"migrator: commit {base} is not here: the files on disk are compared with")


def _compare(given: _Given, again: Patch | None, settings: VerifySettings) -> Status:
    name = harmless(os.fspath(given.path))
    if again is None:
        put(f"{name}: differs: the series made again has no patch {given.number}")
        return Status.FINDINGS
    if given.mail == again.mail:
        put(f"{name}: ok")
        return Status.DONE
    parts = differing_parts(given.mail, again.mail)
    put(f"{name}: differs in {', '.join(parts)}")
    if not settings.quiet:
        for line in _shown(given.mail, again.mail, everything=settings.verbose):
            say(harmless(line))
    return Status.FINDINGS


# So many lines of a difference are shown without --verbose.
_LINES = 12


def _shown(given: bytes, again: bytes, *, everything: bool) -> Iterator[str]:
    lines = difference(given, again)
    yield from lines if everything else lines[:_LINES]
    if len(lines) > _LINES and not everything:
        yield f"... {len(lines) - _LINES} lines more (--verbose)"


def _say_rest(given: Sequence[_Given], made: Series, settings: VerifySettings) -> None:
    if settings.quiet:
        return
    missing = {patch.number for patch in made.patches} - {patch.number for patch in given}
    if missing:
        say(f"migrator: not given: {', '.join(map(str, sorted(missing)))} of {len(made.patches)}")
    tool = given[0].provenance.tool
    if tool != f"migrator {__version__}":
        say(f"migrator: made by {harmless(tool)}, made again by migrator {__version__}")
    say("migrator: compared byte for byte; author, date and version are those of the patches")
