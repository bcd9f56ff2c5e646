"""Which files go into one patch, and what the patch is about in one word or two."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from migrator.series.maintainers import Maintainers


class Split(StrEnum):
    """One patch per file, per folder, per section of MAINTAINERS, or one for all."""

    FILE = "file"
    DIRECTORY = "directory"
    SUBSYSTEM = "subsystem"
    NONE = "none"


class Group(Struct, frozen=True):
    """The files of one patch, in the order of their bytes. ``label`` is what they share: a path, a section's title."""

    label: str
    paths: tuple[str, ...]


# Folders that say nothing about a subject: what is below them does.
_SILENT_FOLDERS = ("include/linux/", "include/", "kernel/", "drivers/", "lib/")
_AREA_PARTS = 2
_WHOLE_TREE = "treewide"


def split_paths(
    paths: Iterable[str],
    split: Split,
    maintainers: Maintainers | None = None,
    together: Sequence[frozenset[str]] = (),
) -> tuple[Group, ...]:
    """The groups in the order of their first files.

    Files of one set of ``together`` are never parted (a function and its callers must change at once). A file that
    no section of MAINTAINERS takes goes with its folder.
    """
    labels: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    for path in sorted(set(paths), key=os.fsencode):
        labels[path] = _label(path, split, maintainers)
        members.setdefault(labels[path], []).append(path)
    for bound in together:
        found = sorted({labels[path] for path in bound if path in labels}, key=lambda label: members[label][0])
        for label in found[1:]:
            for path in members[label]:
                labels[path] = found[0]
            members[found[0]].extend(members.pop(label))
    groups = [Group(label, tuple(sorted(found, key=os.fsencode))) for label, found in members.items()]
    return tuple(sorted(groups, key=lambda group: os.fsencode(group.paths[0])))


def _label(path: str, split: Split, maintainers: Maintainers | None) -> str:
    if split is Split.NONE:
        return ""
    if split is Split.FILE:
        return path
    if split is Split.SUBSYSTEM and maintainers is not None:
        return maintainers.subsystem(path) or _folder(path)
    return _folder(path)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def area(paths: Sequence[str]) -> str:
    """What a subject names: ``mm/filemap`` for one file, ``mm`` for some of a folder, ``treewide`` for all over.

    Headers for all say nothing beside the files that a patch is about.
    """
    paths = [path for path in paths if not path.startswith("include/")] or paths
    named = _without_suffix(paths[0]) if len(paths) == 1 else _common_folder(paths)
    for folder in _SILENT_FOLDERS:
        if named.startswith(folder):
            named = named[len(folder) :]
            break
    return "/".join(named.split("/")[-_AREA_PARTS:]) or _WHOLE_TREE


def _without_suffix(path: str) -> str:
    return path.rpartition(".")[0] or path


def _common_folder(paths: Sequence[str]) -> str:
    folders = [path.split("/")[:-1] for path in paths]
    shared: list[str] = []
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "/".join(shared)


def prefix(template: str, paths: Sequence[str], label: str) -> str:
    """What stands before the summary. ``template`` may name {area}, {directory}, {stem}, {path} and {label}.

    Raises ValueError for a template that names anything else.
    """
    first = paths[0]
    try:
        return template.format(
            area=area(paths),
            directory=(_folder(first) if len(paths) == 1 else _common_folder(paths)) or _WHOLE_TREE,
            stem=_without_suffix(first.rpartition("/")[2]) if len(paths) == 1 else area(paths),
            path=first if len(paths) == 1 else _common_folder(paths) or _WHOLE_TREE,
            label=label,
        )
    except (KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"not a subject prefix: {template!r} ({error})") from None
