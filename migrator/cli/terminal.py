"""What a terminal gets that a pipe does not: colours, and control characters made harmless.

Colours are plain escape sequences: importing ``rich`` for four of them would double the start-up time.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import TextIO

from migrator.diagnostics import Severity


class ColorChoice(StrEnum):
    """The values of ``--color``."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Style(StrEnum):
    """Styles by what they mean; the value is the parameter of the escape sequence (SGR)."""

    HEAD = "1"
    HUNK = "36"
    ADDED = "32"
    REMOVED = "31"
    WARNING = "1;35"
    REFUSAL = "1;33"
    ERROR = "1;31"
    NOTE = "1;36"
    DONE = "1;32"


OF_SEVERITY = {
    Severity.NOTE: Style.NOTE,
    Severity.WARNING: Style.WARNING,
    Severity.REFUSAL: Style.REFUSAL,
    Severity.ERROR: Style.ERROR,
}

Painter = Callable[[str, Style], str]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")


def colored(choice: ColorChoice, stream: TextIO) -> bool:
    """Whether a stream gets colours. ``auto``: on a terminal that can, unless NO_COLOR is set (no-color.org)."""
    if choice is ColorChoice.AUTO:
        return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return choice is ColorChoice.ALWAYS


def painter(choice: ColorChoice, stream: TextIO) -> Painter:
    """A function that puts a text into a style, or leaves it as it is."""
    return _paint if colored(choice, stream) else _plain


def _paint(text: str, style: Style) -> str:
    return f"\x1b[{style.value}m{text}\x1b[m"


def _plain(text: str, style: Style) -> str:
    return text


def harmless(text: str) -> str:
    """Control characters in caret notation, but for tabs and newlines: code cannot drive the terminal."""
    return _CONTROL.sub(_caret, text)


def _caret(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number > 0x7F else f"^{chr(number ^ 0x40)}"


def say(text: str) -> None:
    """A message on stderr."""
    print(text, file=sys.stderr)


def put(text: str) -> None:
    """A line of the result on stdout."""
    print(text)


def put_bytes(data: bytes) -> None:
    """A part of the result on stdout, byte for byte."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
