"""Real git in a scratch folder, for the tests of diffs, mails and revisions."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path


def git(folder: Path, *arguments: str, given: bytes | None = None, fails: bool = False) -> bytes:
    """Output of a git command; its failure fails the test unless it is expected."""
    settings = ("user.name=A U Thor", "user.email=author@example.org", "init.defaultBranch=main", "core.abbrev=12")
    options = [part for setting in settings for part in ("-c", setting)]
    done = subprocess.run(["git", *options, *arguments], cwd=folder, input=given, capture_output=True, check=False)
    assert fails == (done.returncode != 0), (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout


def repository(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A repository with one commit of these files."""
    git(folder, "init", "--quiet")
    write(folder, files)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "base")
    return folder


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put the files there, with their folders."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def git_diff(folder: Path, before: bytes, after: bytes, name: str = "file.c") -> bytes:
    """What ``git diff`` prints for a file that was changed, without the repository's index being touched."""
    (folder / "a").mkdir(exist_ok=True)
    (folder / "b").mkdir(exist_ok=True)
    (folder / "a" / name).write_bytes(before)
    (folder / "b" / name).write_bytes(after)
    arguments = ("diff", "--no-index", "--no-prefix", "--diff-algorithm=myers", "--", f"a/{name}", f"b/{name}")
    return git(folder, *arguments, fails=before != after)
