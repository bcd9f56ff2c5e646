"""What ``rich`` renders, on stdout. Imports it when there is something to render."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from migrator.cli.terminal import ColorChoice, colored

if TYPE_CHECKING:
    from rich.console import RenderableType

_WIDTH_OF_A_PIPE = 120


def print_rich(what: RenderableType, color: ColorChoice) -> None:
    """Print a table or a document, as wide as the terminal, or 120 columns where there is none."""
    from rich.console import Console

    lively = colored(color, sys.stdout)
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_PIPE
    Console(file=sys.stdout, force_terminal=lively, no_color=not lively, width=width, highlight=False).print(what)
