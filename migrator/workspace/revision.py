"""A git revision as a tree to work on, without a checkout; bare repositories too.

What ``tree``, ``prefilter`` and ``files`` are for a folder: which C files there are, which of them mention a word (by
``git grep``, which searches objects faster than they could be brought here), what is in them.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from migrator.errors import InputError
from migrator.workspace.files import is_binary

_SUFFIXES = (".c", ".h")
_REGULAR = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of a revision: git's mode, and the name of its contents."""

    mode: str
    blob: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit. ``folder`` is where git is run, ``entries`` are the C files by display path, in git's order."""

    folder: Path
    commit: str
    entries: Mapping[str, Entry] = field(hash=False)


def open_revision(folder: Path | str, revision: str, under: Sequence[str] = ()) -> Revision:
    """The C files of a revision, below ``under`` (paths from its top, all files where empty).

    Raises InputError where there is no repository, no such revision, or nothing at a path of ``under``.
    """
    place = Path(folder)
    commit = _git(place, revision, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    name = commit.decode().strip()
    wanted = [path.strip("/") for path in under if path.strip("/") not in ("", ".")]
    everything = _git(place, revision, "ls-tree", "-r", "-z", "--full-tree", name)
    entries: dict[str, Entry] = {}
    found: set[str] = set()
    for line in everything.split(b"\0"):
        # mode blank type blank name tab path
        facts, _, raw = line.partition(b"\t")
        path = os.fsdecode(raw)
        named = path in wanted
        found.update(one for one in wanted if path == one or path.startswith(one + "/"))
        if facts[:6].decode() in _REGULAR and (named or (path.endswith(_SUFFIXES) and _below(path, wanted))):
            entries[path] = Entry(facts[:6].decode(), facts.split()[2].decode())
    for one in wanted:
        if one not in found:
            raise InputError(f"no such file or folder in {revision}", one)
    return Revision(place, name, entries)


def _below(path: str, wanted: Sequence[str]) -> bool:
    """As on disk, hidden folders are passed over unless they were named."""
    for one in wanted or [""]:
        rest = path[len(one) + 1 :] if one and path.startswith(one + "/") else path if not one else None
        if rest is not None and not any(part.startswith(".") for part in rest.split("/")[:-1]):
            return True
    return False


def find_in_revision(revision: Revision, words: Collection[str], jobs: int = 1) -> tuple[str, ...]:
    """Display paths of the files that mention one of the words as a whole word, in the order of their bytes."""
    if not words:
        raise ValueError("no words to look for")
    arguments = ["grep", "-l", "-w", "-F", "-z", "--full-name", f"--threads={max(jobs, 1)}"]
    for word in sorted(words):
        arguments += ["-e", word]
    unusual = any(not path.endswith(_SUFFIXES) for path in revision.entries)
    arguments += [revision.commit, "--"] + ([] if unusual else [f":(top)*{suffix}" for suffix in _SUFFIXES])
    output = _git(revision.folder, revision.commit, *arguments, fine=(0, 1))
    prefix = len(revision.commit) + 1
    found = [os.fsdecode(name[prefix:]) for name in output.split(b"\0") if name]
    return tuple(sorted((path for path in found if path in revision.entries), key=os.fsencode))


def read_from_revision(revision: Revision, paths: Sequence[str]) -> tuple[bytes | InputError, ...]:
    """The contents of the files, in the order given; an InputError in place of one that is missing or binary."""
    known = [path for path in paths if path in revision.entries]
    request = b"".join(revision.entries[path].blob.encode() + b"\n" for path in known)
    output = _git(revision.folder, revision.commit, "cat-file", "--batch", given=request) if known else b""
    contents: dict[str, bytes | InputError] = {}
    position = 0
    for path in known:
        # name blank type blank size newline contents newline
        end = output.index(b"\n", position)
        facts = output[position:end].split()
        if len(facts) != 3:
            contents[path] = InputError("its contents are missing in the repository", path)
            position = end + 1
            continue
        size = int(facts[2])
        data = output[end + 1 : end + 1 + size]
        contents[path] = InputError("a binary file (it has NUL bytes)", path) if is_binary(data) else data
        position = end + 2 + size
    return tuple(contents.get(path, InputError("no such file in the revision", path)) for path in paths)


def _git(folder: Path, revision: str, *arguments: str, given: bytes = b"", fine: Sequence[int] = (0,)) -> bytes:
    """Output of a git command; raises InputError where it ends with another status than the ones in ``fine``."""
    try:
        done = subprocess.run(
            ["git", "-C", os.fspath(folder), *arguments], input=given, capture_output=True, check=False
        )
    except OSError as error:
        raise InputError(f"git cannot be run: {error.strerror}", os.fspath(folder)) from None
    if done.returncode not in fine:
        said = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise InputError(said or f"no such revision: {revision}", os.fspath(folder))
    return done.stdout
