"""``migrator format-patch``: write the series for ``git am`` and print the names of the files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator import __version__
from migrator.cli.guard import Status
from migrator.cli.terminal import harmless, put, say
from migrator.cli.work import migrate, say_diagnostics, say_totals, status_of
from migrator.errors import InputError
from migrator.series.base import Blob, author, base_commit, blobs, headings
from migrator.series.maintainers import Maintainers, parse_maintainers
from migrator.series.patches import SeriesOptions, make_series
from migrator.series.split import Split
from migrator.series.unified import blob_hash
from migrator.workspace.files import read_file

if TYPE_CHECKING:
    from migrator.api import TreeResult
    from migrator.cli.settings import Settings


class SeriesSettings(Struct, frozen=True):
    """The options of ``format-patch`` alone, as given; an empty ``author`` asks git."""

    output: Path
    split: Split
    author: str
    signoff: bool
    cover: bool


def run(settings: Settings, series: SeriesSettings) -> Status:
    """Write the patches."""
    result = migrate(settings)
    patches = make_series(result.files, result.pattern, _options(result, settings, series), result)
    if not patches:
        say("migrator: nothing to migrate, no patch written")
    else:
        _make_folder(series.output)
    for patch in patches:
        path = series.output / patch.file_name
        path.write_bytes(patch.mail)
        put(harmless(os.fspath(path)))
    say_diagnostics(result, settings)
    say_totals(result, settings)
    return status_of(result)


def _options(result: TreeResult, settings: Settings, series: SeriesSettings) -> SeriesOptions:
    root = result.root
    before = {file.path: file.before for file in result.files if file.changed}
    commit = base_commit(root) or ""
    found = blobs(root, commit, list(before)) if commit else {}
    if commit and not _is_base(before, found):
        say("migrator: the tree has changes that are not committed, so the patches name no base commit")
        commit = ""
    return SeriesOptions(
        author=_author(root, series.author),
        date=_date(),
        tool=f"migrator {__version__}",
        split=series.split,
        cover=series.cover,
        signoff=series.signoff,
        base=commit,
        made_with="--strict" if settings.strict else "",
        maintainers=_maintainers(root) if series.split is Split.SUBSYSTEM else None,
        modes={path: blob.mode for path, blob in found.items()},
        headings=headings(root, list(before)),
    )


def _is_base(before: Mapping[str, bytes], found: Mapping[str, Blob]) -> bool:
    """Whether the commit holds what was read."""
    return all(path in found and found[path].name == blob_hash(data) for path, data in before.items())


def _author(root: Path, given: str) -> str:
    name = given or author(root) or ""
    if not name:
        raise InputError("git knows no author: set user.name and user.email, or use --author", os.fspath(root))
    address = name.rpartition("<")[2].removesuffix(">")
    if not name.endswith(">") or "@" not in address or not name.isprintable():
        raise InputError("an author has the form `Name <address>`", name)
    return name


def _date() -> datetime:
    """Now, or what SOURCE_DATE_EPOCH says (reproducible-builds.org)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdecimal():
        return datetime.fromtimestamp(int(epoch), UTC)
    return datetime.now().astimezone()


def _maintainers(root: Path) -> Maintainers:
    return parse_maintainers(read_file(root / "MAINTAINERS", "MAINTAINERS"))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError("is a file, not a folder", os.fspath(folder)) from None
