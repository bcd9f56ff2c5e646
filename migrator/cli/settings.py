"""What the commands that read a tree have in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from migrator.cli.terminal import ColorChoice


@dataclass(frozen=True, slots=True)
class Settings:
    """The common options, as given."""

    paths: tuple[Path, ...]
    pattern: str
    jobs: int
    strict: bool
    color: ColorChoice
    quiet: bool
    verbose: bool
