"""Find patterns and load them: a folder, or a name on the search path.

The search path is what the caller gives, then the patterns that come with the package. A name that is also a folder
of the current directory means the pattern on the search path; write ``./name`` for the other. A pattern that extends
another is joined with it here, base first.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from migrator.errors import PatternError
from migrator.pattern.check import build_pattern
from migrator.pattern.model import Pattern
from migrator.pattern.raw import TOML_NAME, Layer, read_layer


def bundled_folder() -> Path | None:
    """Where the patterns of the package are: in it when installed, beside it in a source checkout."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "bundled_patterns", package.parent / "patterns"):
        if folder.is_dir():
            return folder
    return None


def load_pattern(name_or_folder: str, search: Sequence[Path] = ()) -> Pattern:
    """The checked pattern of that name or in that folder.

    A name that is not found there is looked for among the entry points of other packages (see ``plugins``).
    Raises PatternError, with the file and where possible the line, when there is none or it is not valid.
    ``Pattern.load`` is the same for who has a ``Path``.

    >>> from migrator import load_pattern
    >>> load_pattern("mem_cgroup_charge_v58").extends
    ('mem_cgroup_charge',)
    """
    try:
        folder = _find(name_or_folder, search)
    except PatternError:
        from migrator.pattern.plugins import find_plugin

        plugin = find_plugin(name_or_folder) if name_or_folder.isidentifier() else None
        if plugin is None:
            raise
        if isinstance(plugin, Pattern):
            return plugin
        folder = plugin
    return build_pattern(_layers(folder, search))


def check_pattern(folder: Path, search: Sequence[Path] = ()) -> Pattern:
    """The checked pattern in ``folder``; ``search`` is where patterns that it extends are looked for, too."""
    return build_pattern(_layers(folder, search))


def pattern_folders(search: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The folders of all patterns on the search path, by name; of two with one name the first on the path."""
    found: dict[str, Path] = {}
    for place in _search_path(search):
        try:
            for folder in place.iterdir():
                if os.path.isfile(folder / TOML_NAME):
                    found.setdefault(folder.name, folder)
        except OSError:
            continue
    return tuple(found[name] for name in sorted(found))


def list_patterns(search: Sequence[Path] = ()) -> tuple[Pattern, ...]:
    """All patterns on the search path, by name. Raises PatternError at the first that is not valid.

    >>> from migrator import list_patterns
    >>> "strscpy" in [pattern.name for pattern in list_patterns()]
    True
    """
    return tuple(check_pattern(folder, search) for folder in pattern_folders(search))


def _search_path(search: Sequence[Path]) -> tuple[Path, ...]:
    bundled = bundled_folder()
    return (*search, bundled) if bundled is not None else tuple(search)


def _find(name: str, search: Sequence[Path]) -> Path:
    # os.path instead of Path: its tests are false, and do not raise, for a name that no file can have
    if "\0" in name or not name:
        raise PatternError("not the name of a pattern", repr(name))
    if "/" in name or os.sep in name:
        return Path(name)
    if name not in (".", ".."):
        for place in _search_path(search):
            if os.path.isdir(place / name):
                return place / name
    if os.path.isdir(name):
        return Path(name)
    raise PatternError(_unknown(name, search), name)


def _unknown(name: str, search: Sequence[Path]) -> str:
    from difflib import get_close_matches

    if os.path.exists(name):
        return f"is not a folder; a pattern is a folder with {TOML_NAME} in it"
    known = [folder.name for folder in pattern_folders(search)]
    close = get_close_matches(name, known, 1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    return f"there is no pattern of this name{hint}; known: {', '.join(known) or 'none'}"


def _layers(folder: Path, search: Sequence[Path]) -> tuple[Layer, ...]:
    """The pattern in ``folder`` with what it extends, the innermost base first."""
    layers = [read_layer(folder)]
    seen = [folder.resolve()]
    while (base_name := layers[-1].raw.extends) is not None:
        layer = layers[-1]
        line = layer.lines.get(("extends",), 0)
        base = _find_base(base_name, layer, search)
        if base is None:
            raise PatternError(f"extends `{base_name}`, which is not found", layer.file, line)
        if base.resolve() in seen:
            chain = " -> ".join([item.folder.name or "." for item in layers] + [base.name or "."])
            raise PatternError(f"extends itself: {chain}", layer.file, line)
        seen.append(base.resolve())
        layers.append(read_layer(base))
    return tuple(reversed(layers))


def _find_base(name: str, layer: Layer, search: Sequence[Path]) -> Path | None:
    """A path is relative to the folder that names it; a name is looked for beside that folder, then on the path."""
    if not name or "\0" in name:
        return None
    if "/" in name:
        places = [layer.folder / name]
    else:
        beside = layer.folder.parent if layer.folder.name not in ("", "..") else layer.folder.resolve().parent
        places = [place / name for place in (beside, *_search_path(search))]
    return next((place for place in places if os.path.isdir(place)), None)
