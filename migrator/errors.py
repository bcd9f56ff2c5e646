"""The exceptions of the package.

    MigratorError                     everything that a caller may want to catch
      InputError                      a file, revision or path that cannot be used (has file and line)
        ChangedMeanwhileError         a file is not what was read any more
      PatternError                    a pattern that is not valid (has file and line)
      OverlappingEditsError           a bug in a refactor: two edits touch one byte

A refusal is not an exception: it is a diagnostic on a site. See ``diagnostics``.
"""

from __future__ import annotations


class MigratorError(Exception):
    """Base of all errors that the package raises on purpose."""


class LocatedError(MigratorError):
    """An error at a file and, where known, a line (1-based; 0 when the whole file is meant)."""

    def __init__(self, message: str, file: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"

    def __reduce__(self) -> tuple[type[LocatedError], tuple[str, str, int]]:
        return (type(self), (self.message, self.file, self.line))


class InputError(LocatedError):
    """A file, folder or revision that cannot be read or written."""


class ChangedMeanwhileError(InputError):
    """A file is not what was read when its edits were computed."""


class PatternError(LocatedError):
    """A pattern folder that is not valid."""


class OverlappingEditsError(MigratorError):
    """Two edits of one list touch the same byte of the original."""

    def __init__(self, start: int, end: int, other_start: int, other_end: int) -> None:
        super().__init__(f"edit {start}..{end} overlaps edit {other_start}..{other_end}")
        self.ranges = (start, end, other_start, other_end)

    def __reduce__(self) -> tuple[type[OverlappingEditsError], tuple[int, int, int, int]]:
        return (type(self), self.ranges)
