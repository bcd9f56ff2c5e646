"""One Markdown page per diagnostic code: what it means, an example, what to do."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.diagnostics import Code


def page(code: Code) -> str:
    """The page of a code, as Markdown."""
    return files(__name__).joinpath(f"{code.value}.md").read_text(encoding="utf-8")
