"""Kernel layout: columns with tabs of eight, eighty columns, continuation lines under the opening parenthesis."""

from __future__ import annotations

import re
from collections.abc import Sequence

TAB = 8
COLUMNS = 80

_BREAK = re.compile(r"[ \t]*\r?\n[ \t]*")


def width(text: str, column: int = 0) -> int:
    """The column behind ``text`` when it starts at ``column`` (0-based)."""
    for character in text:
        column = column + TAB - column % TAB if character == "\t" else column + 1
    return column


def indentation(line: str) -> str:
    """The white space at the start of a line."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def padding(column: int) -> str:
    """Tabs, then blanks, up to a column."""
    return "\t" * (column // TAB) + " " * (column % TAB)


def joined(text: str) -> str:
    """Code of several lines on one."""
    return _BREAK.sub(" ", text).strip()


def fill_call(head: str, name: str, arguments: Sequence[str], tail: str, newline: str = "\n") -> str:
    """``name(arguments)`` laid out behind ``head`` (the text before it on its line) and before ``tail``.

    On one line if that fits into eighty columns, else with continuation lines under the first argument.
    """
    one_line = f"{name}({', '.join(arguments)})"
    if width(head + one_line + tail) <= COLUMNS or not arguments:
        return one_line
    column = width(f"{head}{name}(")
    lines = [f"{name}("]
    position = column
    for index, argument in enumerate(arguments):
        last = index == len(arguments) - 1
        text = argument + (")" if last else ",")
        end = position + len(text) + (1 if index and position > column else 0) + (len(tail) if last else 0)
        if index and position > column and end > COLUMNS:
            lines.append(padding(column))
            position = column
        elif index:
            text = " " + text
        lines[-1] += text
        position += len(text)
    return newline.join(lines)


def fill_statement(indent: str, statement: str, newline: str = "\n") -> str:
    """One statement without its newline, indented, and broken between the arguments of a call if it is too long."""
    comment = re.match(r"(?P<code>.*[;{)])(?P<comment>\s*/\*.*\*/)$", statement)
    if comment is not None:
        return fill_statement(indent, comment["code"], newline) + comment["comment"]
    if width(indent + statement) <= COLUMNS:
        return indent + statement
    for match in re.finditer(r"(\w+)\(", statement):
        close = _closing(statement, match.end() - 1)
        given = split_arguments(statement[match.end() : close])
        if close > 0 and len(given) > 1:
            head = indent + statement[: match.start()]
            tail = statement[close + 1 :]
            return head + fill_call(head, match[1], given, tail, newline) + tail
    return indent + statement


def _closing(text: str, opening: int) -> int:
    """The index of the parenthesis that closes the one at ``opening``; -1 when there is none."""
    depth, quote = 0, ""
    for index in range(opening, len(text)):
        character = text[index]
        if quote:
            quote = "" if character == quote and text[index - 1] != "\\" else quote
        elif character in "\"'":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return index
    return -1


def split_arguments(text: str) -> list[str]:
    """The arguments of a call's text, split at its outermost commas."""
    parts, depth, current, quote = [], 0, "", ""
    for character in text:
        if quote:
            quote = "" if character == quote and not current.endswith("\\") else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(current.strip())
            current = ""
            continue
        current += character
    if current.strip():
        parts.append(current.strip())
    return parts
