"""Take what comes out for what is wanted: ``after.c`` is written, and the ``want`` comments say what was reported.

Nothing is accepted that no case may show: a result that parses worse, that a second run changes, whose edits ``git
apply`` does not take, or in which a mention is lost. Comments that are met stay as they are, those that are not go, new
ones are put at the end of the line that they are about. What a rewrite does with the comments is what it does with any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.errors import InputError
from migrator.testing.cases import (
    COMMENT,
    case_folders,
    meets,
    no_cases,
    read_bytes,
    read_tree,
    wants_of,
    without_wants,
)
from migrator.testing.run import migrate_alone, migrate_files, unsafe

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult

Files = Mapping[str, bytes]
Migrate = Callable[[Files], Mapping[str, "FileResult"]]

# A comment repeats so much of a message: enough to know it by.
_LONGEST = 90
_ROUNDS = 5


def accept_cases(folder: Path, pattern: str = "", search: Sequence[Path] = ()) -> Iterator[Path]:
    """Accept the cases below ``folder`` (as ``read_all_cases`` finds them, with or without an ``after``), one by one;
    gives the files that were written. Raises InputError for a case that cannot be accepted, whose files stay as they
    are, and PatternError for a pattern that cannot be loaded.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     case = Path(folder, "first")
    ...     case.mkdir()
    ...     _ = (case / "before.c").write_text("void f(char *to) { strlcpy(to, f, 8); }")
    ...     written = list(accept_cases(Path(folder), "strscpy"))
    ...     [path.name for path in written], (case / "after.c").read_text()
    (['after.c'], 'void f(char *to) { strscpy(to, f, 8); }')
    """
    from migrator.pattern.load import load_pattern

    found = case_folders(folder, pattern)
    if not found:
        raise no_cases(folder, pattern)
    patterns: dict[str, Pattern] = {}
    for case, tree in found:
        name = pattern or case.parent.name
        if name not in patterns:
            patterns[name] = load_pattern(name, search)
        yield from accept_case(case, patterns[name], tree=tree)


def accept_case(case: Path, pattern: Pattern, *, tree: bool) -> tuple[Path, ...]:
    """Accept one case; the files that were written. ``tree``: it is of several files. Raises as ``accept_cases``."""
    return _accept_tree(case, pattern) if tree else _accept_file(case, pattern)


def _accept_file(case: Path, pattern: Pattern) -> tuple[Path, ...]:
    name = f"{case.name}.c"

    def migrate(files: Files) -> Mapping[str, FileResult]:
        return {name: migrate_alone(name, files[name], pattern)}

    raw = {name: read_bytes(case / "before.c")}
    before, after = _accepted(raw, {name: case / "before.c"}, migrate)
    return _write(case, {case / "before.c": before[name], case / "after.c": after[name]})


def _accept_tree(case: Path, pattern: Pattern) -> tuple[Path, ...]:
    def migrate(files: Files) -> Mapping[str, FileResult]:
        return {result.path: result for result in migrate_files(files, pattern)}

    raw = read_tree(case / "before")
    if (case / "after").exists():
        for path in read_tree(case / "after").keys() - raw.keys():
            raise InputError("no such file is in before/: it cannot come out", str(case / "after" / path))
    before, after = _accepted(raw, {path: case / "before" / path for path in raw}, migrate)
    return _write(
        case,
        {
            **{case / "before" / path: data for path, data in before.items()},
            **{case / "after" / path: data for path, data in after.items()},
        },
    )


def _accepted(raw: Files, places: Mapping[str, Path], migrate: Migrate) -> tuple[Files, Files]:
    """The texts of a case before and after, with comments that say what is reported; raises InputError."""
    for _ in range(_ROUNDS):
        bare = {path: without_wants(data) for path, data in raw.items()}
        results = migrate(bare)
        noted = {path: _noted(data, results[path].all_diagnostics, str(places[path])) for path, data in raw.items()}
        if noted == raw:
            break
        raw = noted
    else:
        raise InputError("what is reported changes with the comments about it", str(next(iter(places.values()))))
    again = migrate({path: result.after for path, result in results.items()})
    for path, result in results.items():
        problems = list(unsafe(result))
        if again[path].changed:
            problems.append("a second run would change the result again")
        if problems:
            raise InputError(f"cannot be accepted: {problems[0]}", str(places[path]))
    commented = migrate(raw)
    after = {
        path: commented[path].after if without_wants(commented[path].after) == result.after else result.after
        for path, result in results.items()
    }
    return raw, after


def _noted(raw: bytes, diagnostics: Sequence[Diagnostic], file: str) -> bytes:
    """The text with its comments brought up to date. Where a line goes, only that is done: the others move."""
    left = list(diagnostics)
    parts: list[bytes] = []
    position, moved = 0, False
    for comment in COMMENT.finditer(raw):
        kept, alone, wants = [], False, wants_of(raw, comment, file)
        for want, on_its_own in wants:
            alone = on_its_own
            found = next((item for item in left if meets(item, want)), None)
            if found is not None:
                left.remove(found)
                kept.append(f"{want.code} {_quoted(want.text)}")
        start, end = comment.span()
        if alone and not kept:
            start, end = raw.rfind(b"\n", 0, start) + 1, raw.find(b"\n", end) + 1 or len(raw)
            moved = True
        parts.append(raw[position:start])
        if len(kept) == len(wants):
            parts.append(comment[0])
        elif kept:
            blanks = comment[0][: len(comment[0]) - len(comment[0].lstrip())]
            parts.append(blanks + f"/* want: {', '.join(kept)} */".encode())
        position = end
    text = b"".join([*parts, raw[position:]])
    return text if moved else _with_new(text, left, file)


def _with_new(text: bytes, diagnostics: Sequence[Diagnostic], file: str) -> bytes:
    lines = text.split(b"\n")
    for item in diagnostics:
        if not 0 < item.line <= len(lines):
            raise InputError(f"{item.code} is about the whole file, which no comment can say", file)
        line = lines[item.line - 1]
        ending = b"\r" if line.endswith(b"\r") else b""
        note = f" /* want: {item.code} {_quoted(_part(item.message))} */".encode()
        noted = line.removesuffix(b"\r") + note
        if line.rstrip().endswith(b"\\") or without_wants(noted) != without_wants(line.removesuffix(b"\r")):
            raise InputError(f"no comment can be put here for {item.code}: {item.message}", file, item.line)
        lines[item.line - 1] = noted + ending
    return b"\n".join(lines)


def _part(message: str) -> str:
    """So much of a message as a comment can hold and a reader needs."""
    text = message.partition("*/")[0]
    if len(text) <= _LONGEST:
        return text
    return text[:_LONGEST].rpartition(" ")[0] or text[:_LONGEST]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _write(case: Path, files: Mapping[Path, bytes]) -> tuple[Path, ...]:
    """Write what is to change, all or nothing; the files that were written, in the order given."""
    from migrator.workspace.files import Change, create_file, write_changes

    known = {path: read_bytes(path) for path in files if path.exists()}
    changes = {path: data for path, data in files.items() if path in known and not _says(known[path], data, path, case)}
    created: list[Path] = []
    try:
        for path, data in files.items():
            if path not in known:
                create_file(path, data)
                created.append(path)
        write_changes(
            case, [Change(path.relative_to(case).as_posix(), known[path], data) for path, data in changes.items()]
        )
    except InputError as error:
        for path in created:
            with suppress(OSError):
                path.unlink()
        # write_changes names the files as its caller does.
        place = error.file if error.file.startswith(str(case)) else str(case / error.file)
        raise InputError(error.message, place, error.line) from None
    return tuple(path for path in files if path in changes or path in created)


def _says(known: bytes, data: bytes, path: Path, case: Path) -> bool:
    """Whether a file says what it is to say. The comments in what comes after are there for the reader alone."""
    if path.relative_to(case).parts[0] in ("after", "after.c"):
        return without_wants(known) == without_wants(data)
    return known == data
