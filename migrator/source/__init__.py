"""Layer 1: bytes to a parse tree whose offsets are those of the original."""

from __future__ import annotations

from migrator.source.dialect import DEFAULT_DIALECT, Dialect, load_dialect
from migrator.source.file import Function, SourceFile
from migrator.source.lexing import Span

__all__ = ["DEFAULT_DIALECT", "Dialect", "Function", "SourceFile", "Span", "load_dialect"]
