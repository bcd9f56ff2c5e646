"""The form of ``pattern.toml``, as msgspec structs, and one folder read into it.

Everything in a layer may be absent, because a pattern that extends another says only what differs: what must be there
is asked of the joined layers, in ``check``. What a layer does say has the right names and types, or is an error
with the line of the key.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from migrator.errors import PatternError
from migrator.pattern import toml_lines
from migrator.pattern.declarations import RawCaveat, RawInsertion, RawIntroduction, RawRemoval
from migrator.pattern.model import QuerySource
from migrator.pattern.sinks import RawSink, RawSinkErrors, RawSinkFailure

TOML_NAME = "pattern.toml"
SIZE_LIMIT = 1 << 20


class _Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A table whose keys are all known."""


class RawNewCall(_Table, frozen=True):
    """``[new_call]``."""

    template: str | None = None
    may_sleep: bool | None = None
    errors: list[str] = []


class RawArgument(_Table, frozen=True):
    """One value of ``[arguments]``."""

    neutral: list[str]


class RawPlacement(_Table, frozen=True):
    """``[placement]``."""

    kind: str | None = None
    setup: str | None = None
    failure: str | None = None
    owned: list[str] = []


class RawHandle(_Table, frozen=True):
    """``[handle]``."""

    acquire: list[str] = []
    release: list[str] = []


class RawProtocol(_Table, frozen=True):
    """One ``[[protocol]]``."""

    begin: list[str]
    commit: list[str]
    abort: list[str]


class RawAfterSuccess(_Table, frozen=True):
    """One ``[[after_success]]``."""

    begin: str
    statement: str


class RawUndo(_Table, frozen=True):
    """One ``[[undo]]``."""

    effect: str
    undo: str


class RawHandleUse(_Table, frozen=True):
    """One ``[[handle_use]]``."""

    old: str
    new: str


class RawAbort(_Table, frozen=True):
    """``[abort]``."""

    object_lives: str | None = None


class RawCalls(_Table, frozen=True):
    """``[calls]``."""

    pure: list[str] = []


class RawLock(_Table, frozen=True):
    """One ``[[locks]]``. ``argument`` counts from 0; or "result" when the call returns the lock, or "none"."""

    acquire: str
    release: list[str]
    argument: int | str = 0
    release_argument: int | str = 0
    noun: str = ""


class RawWhere(_Table, frozen=True):
    """``where`` of one rule."""

    type: dict[str, str] = {}
    origin: dict[str, list[str]] = {}
    unshared: dict[str, list[str]] = {}
    like: dict[str, str] = {}
    functions: list[str] = []
    not_functions: list[str] = []
    files: list[str] = []
    not_files: list[str] = []
    unused: bool = False
    read: bool = False
    initialises: str = ""
    absent: list[str] = []
    disjoint: list[str] = []


class RawRule(_Table, frozen=True):
    """One value of ``[rules]``."""

    replace: str | None = None
    rename: dict[str, str] = {}
    remove: bool = False
    keep: bool = False
    refuse: str = ""
    chain: str = ""
    joins: str = ""
    dropped: dict[str, list[str]] = {}
    where: RawWhere = RawWhere()


class RawTypes(_Table, frozen=True):
    """``[types]``."""

    calls: dict[str, str] = {}
    fields: dict[str, str] = {}
    type_arguments: dict[str, int] = {}


class RawDroppedInclude(_Table, frozen=True):
    """One value of ``includes.remove``."""

    header: str
    provides: list[str]


class RawIncludes(_Table, frozen=True):
    """``[includes]``."""

    add: list[str] = []
    remove: list[RawDroppedInclude] = []


class RawMessage(_Table, frozen=True):
    """``[message]``."""

    subject: str | None = None
    body: str = ""


class RawPattern(_Table, frozen=True):
    """The whole of ``pattern.toml``."""

    name: str | None = None
    kind: str | None = None
    summary: str | None = None
    reference: str = ""
    extends: str | None = None
    queries: list[str] = []
    new_call: RawNewCall = RawNewCall()
    arguments: dict[str, RawArgument] = {}
    placement: RawPlacement = RawPlacement()
    handle: RawHandle = RawHandle()
    protocol: list[RawProtocol] = []
    after_success: list[RawAfterSuccess] = []
    undo: list[RawUndo] = []
    handle_use: list[RawHandleUse] = []
    abort: RawAbort = RawAbort()
    calls: RawCalls = RawCalls()
    locks: list[RawLock] = []
    rules: dict[str, RawRule] = {}
    types: RawTypes = RawTypes()
    includes: RawIncludes = RawIncludes()
    introduce: dict[str, RawIntroduction] = {}
    remove: RawRemoval = RawRemoval()
    sink: RawSink = RawSink()
    message: RawMessage = RawMessage()


_TABLES: dict[str, type[msgspec.Struct]] = {
    "": RawPattern,
    "new_call": RawNewCall,
    "arguments": RawArgument,
    "placement": RawPlacement,
    "handle": RawHandle,
    "protocol": RawProtocol,
    "after_success": RawAfterSuccess,
    "undo": RawUndo,
    "handle_use": RawHandleUse,
    "abort": RawAbort,
    "calls": RawCalls,
    "locks": RawLock,
    "rules": RawRule,
    "types": RawTypes,
    "includes": RawIncludes,
    "introduce": RawIntroduction,
    "remove": RawRemoval,
    "sink": RawSink,
    "message": RawMessage,
}
# Tables in tables, by the key that holds them.
_INNER: dict[str, type[msgspec.Struct]] = {
    "where": RawWhere,
    "prototype": RawInsertion,
    "stub": RawInsertion,
    "definition": RawInsertion,
    "caveat": RawCaveat,
}

_IN_SINK: dict[toml_lines.Path, type[msgspec.Struct]] = {
    ("sink", "failure"): RawSinkFailure,
    ("sink", "errors"): RawSinkErrors,
}

_AT = re.compile(r" - at `\$(.*)`\Z")
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`\Z", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`\Z")
_TOML_TWICE = re.compile(r"Cannot declare \((.*?),?\) twice")
_QUOTED = re.compile(r"'(.*?)'")
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)\Z")


class Layer(Struct, frozen=True):
    """One pattern folder as read: the parsed tables and where their keys stand."""

    folder: Path
    file: str
    tables: dict[str, object]
    raw: RawPattern
    lines: dict[toml_lines.Path, int]
    queries: tuple[QuerySource, ...]
    contents: tuple[tuple[str, bytes], ...]  # every file of the pattern: its name and its bytes


def read_layer(folder: Path) -> Layer:
    """Read and check one folder by itself; raises PatternError."""
    if not os.path.isdir(folder):  # as below: unlike those of Path, these do not raise for an impossible name
        if os.path.islink(folder) and not os.path.exists(folder):
            raise PatternError("is a symbolic link that leads nowhere", str(folder))
        if os.path.exists(folder):
            raise PatternError(f"is not a folder; a pattern is a folder with {TOML_NAME} in it", str(folder))
        raise PatternError("no such folder", str(folder))
    path = folder / TOML_NAME
    file = str(path)
    data, text = _read(path)
    try:
        tables: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else len(text.splitlines()) or 1
        told = _TOML_PLACE.sub("", str(error))
        if twice := _TOML_TWICE.match(told):  # a tuple of Python: ('rules', 'call')
            told = f"[{'.'.join(_QUOTED.findall(twice[1]))}] is there already"
        raise PatternError(f"not TOML: {_lowered(told)}", file, line) from None
    except RecursionError:
        raise PatternError("not TOML: nested too deeply", file) from None
    lines = toml_lines.key_lines(text)
    raw = _convert(tables, file, lines)
    queries: list[QuerySource] = []
    contents = [(TOML_NAME, data)]
    for index, name in enumerate(raw.queries):
        line = _line(lines, ("queries", index))
        if "/" in name or "\\" in name or not name.endswith(".scm"):
            raise PatternError(f"query file `{name}` must be the name of an .scm file in the folder", file, line)
        if name in raw.queries[:index]:
            raise PatternError(f"query file `{name}` is named twice", file, line)
        if not os.path.isfile(folder / name):
            raise PatternError(f"query file `{name}` is not there", file, line)
        query_data, query_text = _read(folder / name)
        queries.append(QuerySource(str(folder / name), query_text))
        contents.append((name, query_data))
    return Layer(folder, file, tables, raw, lines, tuple(queries), tuple(contents))


class Joined(Struct, frozen=True):
    """A pattern joined with what it extends. ``layers``: from the innermost base to the pattern itself."""

    raw: RawPattern
    layers: tuple[Layer, ...]

    def error(self, message: str, *path: str | int) -> PatternError:
        """An error at the key ``path``, in the layer that said it last; at the nearest table when nobody did."""
        for length in range(len(path), 0, -1):
            for layer in reversed(self.layers):
                line = layer.lines.get(path[:length])
                if line is not None:
                    return PatternError(message, layer.file, line)
        return PatternError(message, self.layers[-1].file, 1)


def join_layers(layers: Sequence[Layer]) -> Joined:
    """Join folders, base first: tables key by key, everything else replaced by the later one."""
    tables: dict[str, object] = {}
    for layer in layers:
        tables = _merged(tables, layer.tables)
    last = layers[-1]
    return Joined(_convert(tables, last.file, last.lines), tuple(layers))


def _merged(base: dict[str, object], over: dict[str, object]) -> dict[str, object]:
    result = dict(base)
    for key, value in over.items():
        known = result.get(key)
        result[key] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return result


def _convert(tables: dict[str, object], file: str, lines: dict[toml_lines.Path, int]) -> RawPattern:
    try:
        return msgspec.convert(tables, RawPattern)
    except msgspec.ValidationError as error:
        text = str(error)
    path, message = _place(text)
    for table, form in (("arguments", RawArgument), ("rules", RawRule), ("introduce", RawIntroduction)):
        values = tables.get(table)
        if path != (table,) or not isinstance(values, dict):
            continue
        for key, value in values.items():
            try:
                msgspec.convert(value, form)
            except msgspec.ValidationError as error:
                inner, message = _place(str(error))
                path = (table, key, *inner)
                break
    dotted = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    if unknown := _UNKNOWN.match(message):
        known = ", ".join(_form(path).__struct_fields__)
        where = f" in [{dotted}]" if dotted else ""
        line = _line(lines, (*path, unknown[1]))
        raise PatternError(f"unknown key `{unknown[1]}`{where}; known: {known}", file, line)
    if missing := _MISSING.match(message):
        raise PatternError(f"key `{missing[1]}` is missing in [{dotted}]", file, _line(lines, path))
    raise PatternError(
        f"`{dotted}`: {_lowered(message.replace('`', '').replace(' | null', ''))}", file, _line(lines, path)
    )


def _form(path: toml_lines.Path) -> type[msgspec.Struct]:
    """The table at a path: the innermost that is known by its key, else that of the top level."""
    if path[:2] in _IN_SINK:
        return _IN_SINK[path[:2]]
    inner = [_INNER[step] for step in path[2:] if isinstance(step, str) and step in _INNER]
    return inner[-1] if inner else _TABLES[str(path[0]) if path else ""]


def _place(message: str) -> tuple[toml_lines.Path, str]:
    """The path and the rest of a message of msgspec; the key of a mapping is not in it, there the path ends."""
    match = _AT.search(message)
    if match is None:
        return (), message
    path: list[str | int] = []
    for step in _STEP.finditer(match[1].partition("[...]")[0]):
        path.append(int(step[2]) if step[2] else step[1])
    return tuple(path), message[: match.start()]


def _line(lines: dict[toml_lines.Path, int], path: toml_lines.Path) -> int:
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]


def _read(path: Path) -> tuple[bytes, str]:
    """Bytes and text of a file of a pattern. Only regular files of a sane size are opened."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PatternError("is not a file", str(path))
        if status.st_size > SIZE_LIMIT:
            raise PatternError(f"is larger than {SIZE_LIMIT} bytes", str(path))
        data = path.read_bytes()
    except FileNotFoundError:
        what = "is a symbolic link that leads nowhere" if path.is_symlink() else "no such file"
        raise PatternError(what, str(path)) from None
    except OSError as error:
        raise PatternError(f"cannot be read: {error.strerror or error}", str(path)) from None
    try:
        return data, data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PatternError("is not UTF-8", str(path), data.count(b"\n", 0, error.start) + 1) from None
