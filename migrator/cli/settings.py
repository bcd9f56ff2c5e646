"""What the commands that read a tree have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from msgspec import Struct

from migrator.cli.terminal import ColorChoice

OnDivergence = Literal["warn", "guard", "refuse"]


class Settings(Struct, frozen=True):
    """The common options, as given; without a ``revision`` the files on disk are meant."""

    paths: tuple[Path, ...]
    pattern: str
    jobs: int
    strict: bool
    color: ColorChoice
    quiet: bool
    verbose: bool
    revision: str | None = None
    on_divergence: OnDivergence = "warn"
    alone: bool = False
