"""The programs that are run on a tree: this one as a command, and grep and git, which know nothing of it."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from migrator.pattern.load import load_pattern
from migrator.pattern.model import Pattern


class Run(Struct, frozen=True):
    """A pattern on some paths of a tree. ``option`` is what ``-p`` takes."""

    tree: Path
    option: str
    paths: list[str]

    @property
    def pattern(self) -> Pattern:
        """The pattern itself."""
        return load_pattern(self.option)

    def migrator(self, command: str, *options: str) -> bytes:
        """What a command prints; ends everything where it could not do its work."""
        done = subprocess.run(
            [sys.executable, "-m", "migrator", command, "-p", self.option, *options, *self.paths],
            cwd=self.tree, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode not in (0, 1):
            said = done.stderr.decode(errors="replace")
            raise SystemExit(f"migrator {command} -p {self.option} ended with {done.returncode}:\n{said}")
        return done.stdout


def count_words(tree: Path, words: Iterable[str], paths: Sequence[str]) -> Counter[str]:
    """How often each stands in C files as a whole word, by grep."""
    given = [option for word in sorted(words) for option in ("-e", word)]
    command = ["grep", "-rwoFh", "--include=*.[ch]", *given, "--", *paths]
    return Counter(subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False).stdout.splitlines())


def git_apply(tree: Path, patch: bytes, *options: str) -> str:
    """Apply a patch to a folder that is no repository; returns what git complains of, in one line."""
    done = subprocess.run(
        ["git", "apply", *options], cwd=tree, input=patch, capture_output=True, check=False,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "GIT_CEILING_DIRECTORIES": str(tree.parent)},
    )  # fmt: skip
    said = " ".join(done.stderr.decode(errors="replace").split())
    return f"git ends with {done.returncode}: {said}" if done.returncode else ""
