"""The table of changed files that stands above a diff, as ``git format-patch`` prints it (72 columns)."""

from __future__ import annotations

import os
from collections.abc import Sequence

from migrator.series.unified import FileDiff, quoted_path

_WIDTH = 72
# Blank, " | ", blank: what stands around the name, the number and the graph.
_FRAME = 6
_LEAST_GRAPH = 6


def diffstat(files: Sequence[FileDiff]) -> bytes:
    """One line per file and a line of totals; source of the widths: git's ``show_stats``. Empty for no file."""
    if not files:
        return b""
    names = [quoted_path(os.fsencode(file.path)) for file in files]
    most = max(file.added + file.removed for file in files)
    number_width = len(str(most))
    name_width, graph_width = _widths(max(map(len, names)), number_width, most)
    lines = [
        b" %s | %*d%s%s\n"
        % (
            _padded(name, name_width),
            number_width,
            file.added + file.removed,
            b" " if file.added or file.removed else b"",
            _graph(file.added, file.removed, graph_width, most),
        )
        for name, file in zip(names, files, strict=True)
    ]
    return b"".join(lines) + _totals(files)


def _widths(longest: int, number_width: int, most: int) -> tuple[int, int]:
    width = max(_WIDTH, 16 + _FRAME + number_width)
    name, graph = longest, most
    if name + number_width + _FRAME + graph > width:
        if graph > width * 3 // 8 - number_width - _FRAME:
            graph = max(width * 3 // 8 - number_width - _FRAME, _LEAST_GRAPH)
        if name > width - number_width - _FRAME - graph:
            name = width - number_width - _FRAME - graph
        else:
            graph = width - number_width - _FRAME - name
    return name, graph


def _padded(name: bytes, width: int) -> bytes:
    if len(name) > width:
        name = name[len(name) - max(width - 3, 0) :]
        slash = name.find(b"/")
        name = b"..." + (name[slash:] if slash >= 0 else name)
    return name.ljust(width)


def _graph(added: int, removed: int, width: int, most: int) -> bytes:
    plus, minus = added, removed
    if width <= most:
        total = _scaled(added + removed, width, most)
        if total < 2 and added and removed:
            total = 2
        if added < removed:
            plus = _scaled(added, width, most)
            minus = total - plus
        else:
            minus = _scaled(removed, width, most)
            plus = total - minus
    return b"+" * plus + b"-" * minus


def _scaled(count: int, width: int, most: int) -> int:
    return 1 + count * (width - 1) // most if count else 0


def _totals(files: Sequence[FileDiff]) -> bytes:
    added, removed = sum(file.added for file in files), sum(file.removed for file in files)
    text = f" {len(files)} file{'s' if len(files) != 1 else ''} changed"
    if added or not removed:
        text += f", {added} insertion{'s' if added != 1 else ''}(+)"
    if removed or not added:
        text += f", {removed} deletion{'s' if removed != 1 else ''}(-)"
    return text.encode() + b"\n"
