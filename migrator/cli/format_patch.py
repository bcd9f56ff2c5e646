"""``migrator format-patch``: write the series for ``git am`` and print the names of the files."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from migrator import __version__
from migrator.api import TreeResult, tree_of
from migrator.cli.guard import Status
from migrator.cli.terminal import harmless, put, say
from migrator.cli.work import migrate, say_diagnostics, say_totals, status_of
from migrator.errors import InputError
from migrator.series.around import plan_series
from migrator.series.base import Blob, author, base_commit, blobs
from migrator.series.hunks import Heading
from migrator.series.maintainers import Maintainers, parse_maintainers
from migrator.series.patches import Patch, SeriesOptions, make_series
from migrator.series.plan import SeriesPlan, ended_mentions
from migrator.series.split import Split
from migrator.series.unified import blob_hash
from migrator.workspace.source_tree import open_source_tree

if TYPE_CHECKING:
    from migrator.cli.settings import Settings
    from migrator.workspace.source_tree import SourceTree


class SeriesSettings(Struct, frozen=True):
    """The options of ``format-patch`` alone, as given; an empty ``author`` asks git."""

    output: Path
    split: Split
    author: str
    signoff: bool
    cover: bool
    introduce: bool = True
    remove: bool = True


class Origin(Struct, frozen=True):
    """Who makes the patches, when, and with what. ``base`` names the commit; None finds it out."""

    author: str
    date: datetime
    tool: str
    base: str | None = None


class Made(Struct, frozen=True):
    """A series and what it is about; the ledger in ``result`` is that of the whole series."""

    patches: tuple[Patch, ...]
    result: TreeResult


def run(settings: Settings, series: SeriesSettings) -> Status:
    """Write the patches."""
    made = make_patches(settings, series)
    if not made.patches:
        say("migrator: nothing to migrate, no patch written")
    else:
        _make_folder(series.output)
    for patch in made.patches:
        path = series.output / patch.file_name
        path.write_bytes(patch.mail)
        put(harmless(os.fspath(path)))
    say_diagnostics(made.result, settings)
    say_totals(made.result, settings)
    return status_of(made.result)


def make_patches(settings: Settings, series: SeriesSettings, origin: Origin | None = None) -> Made:
    """The series in memory; raises MigratorError. Without an ``origin`` it is made by whom git knows, now."""
    result = migrate(settings, writes=True)
    plan = _plan(result, settings, series)
    result = replace(
        result,
        notes=(*result.notes, *plan.diagnostics),
        files=tuple(replace(file, mentions=ended_mentions(file, plan)) for file in result.files),
    )
    if origin is None:
        origin = Origin("", _date(), f"migrator {__version__}")
    options = _options(result, plan, settings, series, origin)
    return Made(make_series(result.files, result.pattern, options, result, plan), result)


def _plan(result: TreeResult, settings: Settings, series: SeriesSettings) -> SeriesPlan:
    """The patches around the converts: the tree is searched as a whole where it is known to be one."""
    with closing(tree_of(result)) as tree, closing(_named(settings)) as named:
        is_tree = bool(result.revision) or _is_top(result.root)
        searched = tree.whole() if is_tree else named
        return plan_series(
            result.files,
            result.pattern,
            searched,
            tree.dialect,
            introduce=series.introduce,
            remove=series.remove,
            whole=is_tree or "." in named.starts,
        )


# What the top of a tree has. Where nothing of it is there, the root is only the folder that the user happens to be in.
_AT_THE_TOP = (".git", "MAINTAINERS", "Makefile", "CMakeLists.txt", "meson.build", "include")


def _is_top(root: Path) -> bool:
    return any((root / name).exists() for name in _AT_THE_TOP)


def _options(
    result: TreeResult, plan: SeriesPlan, settings: Settings, series: SeriesSettings, origin: Origin
) -> SeriesOptions:
    root = result.root
    before = {file.path: file.before for file in result.files if file.changed} | dict(plan.contents)
    commit = origin.base if origin.base is not None else result.revision or base_commit(root) or ""
    found = blobs(root, commit, list(before)) if commit else {}
    if origin.base is None and commit and not _is_base(before, found):
        say("migrator: the tree has changes that are not committed, so the patches name no base commit")
        commit = ""
    with closing(tree_of(result)) as tree, closing(_named(settings)) as named:
        modes = tree.modes(list(before))
        drivers = tree.diff_drivers(list(before))
        starts = () if "." in named.starts else named.starts
    return SeriesOptions(
        author=_author(root, origin.author or series.author),
        date=origin.date,
        tool=origin.tool,
        split=series.split,
        cover=series.cover,
        signoff=series.signoff,
        base=commit,
        made_with=shlex.join(recorded_options(settings, series)),
        paths=shlex.join(starts),
        maintainers=_maintainers(result) if series.split is Split.SUBSYSTEM else None,
        modes={**modes, **{path: blob.mode for path, blob in found.items()}},
        headings={path: Heading.CPP for path in before if drivers.get(path) == "cpp"},
        together=result.together,
    )


def _named(settings: Settings) -> SourceTree:
    return open_source_tree(settings.paths, revision=settings.revision)


def recorded_options(settings: Settings, series: SeriesSettings) -> list[str]:
    """The options that change a patch, as they are noted in it: those that are not the default."""
    given = [
        ("--strict", settings.strict),
        (f"--on-divergence={settings.on_divergence}", settings.on_divergence != "warn"),
        ("--no-across", settings.alone),
        (f"--split={series.split}", series.split is not Split.FILE),
        ("--no-introduce", not series.introduce),
        ("--no-remove", not series.remove),
        ("--signoff", series.signoff),
        ("--no-cover-letter", not series.cover),
    ]
    return [text for text, wanted in given if wanted]


def read_options(text: str, settings: Settings, series: SeriesSettings) -> tuple[Settings, SeriesSettings]:
    """The settings with what ``recorded_options`` has noted; raises ValueError for an option that is not known."""
    for option in shlex.split(text):
        name, _, value = option.partition("=")
        if option == "--strict":
            settings = replace(settings, strict=True)
        elif option == "--no-across":
            settings = replace(settings, alone=True)
        elif name == "--on-divergence" and (value == "warn" or value == "guard" or value == "refuse"):
            settings = replace(settings, on_divergence=value)
        elif name == "--split" and value in list(Split):
            series = replace(series, split=Split(value))
        elif option == "--no-introduce":
            series = replace(series, introduce=False)
        elif option == "--no-remove":
            series = replace(series, remove=False)
        elif option == "--signoff":
            series = replace(series, signoff=True)
        elif option == "--no-cover-letter":
            series = replace(series, cover=False)
        else:
            raise ValueError(f"unknown option {option}")
    return settings, series


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


def _maintainers(result: TreeResult) -> Maintainers:
    with closing(tree_of(result)) as tree:
        return parse_maintainers(tree.read("MAINTAINERS"))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError("is a file, not a folder", os.fspath(folder)) from None
