"""What git says of places: which repository a path is in, what a revision has at a path, what it lacks.

Paths name places in the revision, whether or not they are in the work tree: the folder above that does exist says which
repository is meant. In a bare repository they count from the repository's own folder.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from migrator.errors import InputError
from migrator.workspace.git import ObjectReader, run_git

REGULAR = ("100644", "100755", "100664")
LINK = "120000"
FOLDER = "040000"
SUBMODULE = "160000"
NOT_THERE = "no such file or folder"
ABSENT = "its contents are missing in the repository (a partial clone?)"
_MOST_LINKS = 40
_AT_ONCE = 500


class Entry(Struct, frozen=True):
    """What a revision has at a path: git's mode (six octal digits), and the name of the contents."""

    mode: str
    name: str


def located(paths: Sequence[Path]) -> tuple[Path, list[str]]:
    """The top of the repository, and the places from there: paths with ``/``, the empty string for the top itself.

    The top is that of the work tree, or the folder of the repository where a path is in that. Raises InputError where
    there is no repository, no git, or a second repository.
    """
    tops: dict[Path, Path] = {}
    starts: list[str] = []
    for path in paths:
        absolute = Path(os.path.abspath(path))
        folder = next(place for place in (absolute, *absolute.parents) if place.is_dir())
        if folder not in tops:
            tops[folder] = _top(folder, path)
        top = next(iter(tops.values()))
        if tops[folder] != top:
            raise InputError(f"in another repository than {paths[0]}", os.fspath(path))
        start = os.path.relpath(folder.resolve() / absolute.relative_to(folder), top).replace(os.sep, "/")
        starts.append("" if start == "." else start)
    return top, starts


def _top(folder: Path, given: Path) -> Path:
    """Of the work tree that the folder is in, or the folder of the repository where it is in that."""
    try:
        inside = run_git(folder, "rev-parse", "--is-inside-work-tree").strip() == b"true"
        place = run_git(folder, "rev-parse", "--show-toplevel" if inside else "--absolute-git-dir")
    except InputError as error:
        if error.file == "git":
            raise
        raise InputError(error.message, os.fspath(given)) from None
    return Path(os.fsdecode(place.removesuffix(b"\n"))).resolve()


def commit_name(root: Path, revision: str) -> str:
    """The full name of the commit that a revision means; raises InputError where it means none."""
    try:
        name = run_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except ValueError:
        raise InputError("no such revision", revision) from None
    except InputError as error:
        if error.file == "git":
            raise
        ambiguous = "ambiguous" in error.message
        raise InputError(
            error.message if ambiguous else "no such revision, or it is not a commit", revision or "--rev"
        ) from None
    return name.decode().strip()


def followed(
    root: Path, commit: str, objects: ObjectReader, paths: Sequence[str]
) -> tuple[tuple[str, Entry] | InputError, ...]:
    """For each path, where it leads when links in it are followed, and what is there; an InputError for nothing."""
    known = entries_at(root, commit, paths)
    found: list[tuple[str, Entry] | InputError] = []
    for path in paths:
        entry = known.get(path)
        if entry is not None and entry.mode != LINK:
            found.append((path, entry))
            continue
        try:
            found.append(_followed_by_parts(root, commit, objects, path))
        except InputError as error:
            found.append(error)
    return tuple(found)


def _followed_by_parts(root: Path, commit: str, objects: ObjectReader, path: str) -> tuple[str, Entry]:
    place, links = "", 0
    rest = path.split("/")[::-1]
    while rest:
        part = rest.pop()
        if part in ("", "."):
            continue
        if part == ".." and not place:
            raise InputError("a symbolic link that leads out of the tree", path)
        inner = posixpath.dirname(place) if part == ".." else posixpath.join(place, part)
        entry = entries_at(root, commit, [inner]).get(inner)
        if entry is None:
            raise InputError("a symbolic link that leads nowhere" if links else NOT_THERE, path)
        if entry.mode != LINK:
            place = inner
            continue
        links += 1
        (target,) = objects.read([entry.name])
        if target is None:
            raise InputError(ABSENT, path)
        if target.startswith(b"/"):
            raise InputError("a symbolic link that leads out of the tree", path)
        if links > _MOST_LINKS:
            raise InputError("a symbolic link that leads in a circle", path)
        rest.extend(os.fsdecode(target).split("/")[::-1])
    found = entries_at(root, commit, [place]).get(place)
    if found is None:
        raise InputError(NOT_THERE, path)
    return place, found


def entries_at(root: Path, commit: str, paths: Sequence[str]) -> dict[str, Entry]:
    """What the commit has at the paths, where it has anything; the top has the empty path."""
    entries = {"": Entry(FOLDER, f"{commit}^{{tree}}")}
    for first in range(0, len(paths), _AT_ONCE):
        some = [path for path in paths[first : first + _AT_ONCE] if path]
        if not some:
            continue
        output = run_git(root, "--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", *some)
        for line in output.split(b"\0"):
            # mode blank type blank name tab path
            facts, _, path = line.partition(b"\t")
            if path:
                mode, _, name = facts.decode().split()
                entries[os.fsdecode(path)] = Entry(mode, name)
    return entries


def is_partial(root: Path) -> bool:
    """Whether objects may be missing because they are somewhere else."""
    try:
        run_git(root, "config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$")
    except InputError:
        return False
    return True


def missing_objects(root: Path, commit: str) -> frozenset[str]:
    """Names of the objects of this revision that the repository does not have."""
    output = run_git(root, "rev-list", "--objects", "--no-object-names", "--missing=print", f"{commit}^{{tree}}")
    return frozenset(line[1:].decode() for line in output.splitlines() if line.startswith(b"?"))


def incomplete(root: Path, what: str) -> InputError:
    """The error for a partial clone that lacks too much to be of use."""
    message = f"a partial clone: {what} of the revision are missing; `git fetch --refetch --no-filter` brings them"
    return InputError(message, os.fspath(root))
