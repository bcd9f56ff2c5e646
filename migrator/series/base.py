"""What git knows about the tree that the patches are for. Outside of git, and without git, everything is unknown."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from migrator.series.hunks import Heading


class Blob(Struct, frozen=True):
    """A file as a commit has it: git's mode (six octal digits) and the name of its contents."""

    mode: str
    name: str


def base_commit(root: Path, revision: str = "HEAD") -> str | None:
    """The full name of a commit, None where there is none."""
    output = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return output.decode().strip() or None if output is not None else None


def author_of(root: Path) -> str | None:
    """``Name <address>`` as git would write it into a commit made here, None where it does not know."""
    output = _git(root, "var", "GIT_AUTHOR_IDENT")
    if output is None:
        return None
    # Name <address> seconds zone
    return output.decode("utf-8", "replace").strip().rsplit(" ", 2)[0] or None


def blobs(root: Path, commit: str, paths: Sequence[str]) -> Mapping[str, Blob]:
    """What the commit has at these paths (relative to the root); paths that it does not have are missing."""
    found: dict[str, Blob] = {}
    for first in range(0, len(paths), _AT_ONCE):
        output = _git(
            root, "--literal-pathspecs", "ls-tree", "-z", "-r", commit, "--", *paths[first : first + _AT_ONCE]
        )
        for entry in (output or b"").split(b"\0"):
            # mode blank type blank name tab path
            facts, _, path = entry.partition(b"\t")
            parts = facts.split()
            if len(parts) == 3 and parts[1] == b"blob":
                found[os.fsdecode(path)] = Blob(parts[0].decode(), parts[2].decode())
    return found


def headings(root: Path, paths: Sequence[str]) -> Mapping[str, Heading]:
    """The files whose lines behind ``@@`` git takes from its C driver: those with the attribute ``diff=cpp``."""
    found: dict[str, Heading] = {}
    for first in range(0, len(paths), _AT_ONCE):
        output = _git(root, "check-attr", "-z", "diff", "--", *paths[first : first + _AT_ONCE])
        # path NUL "diff" NUL value NUL
        fields = (output or b"").split(b"\0")
        for path, value in zip(fields[0::3], fields[2::3], strict=False):
            if value == b"cpp":
                found[os.fsdecode(path)] = Heading.CPP
    return found


_AT_ONCE = 500


def _git(root: Path, *arguments: str) -> bytes | None:
    """Output of a git command run in ``root``, None where it fails or there is no git."""
    try:
        done = subprocess.run(
            ["git", "-C", os.fspath(root), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
