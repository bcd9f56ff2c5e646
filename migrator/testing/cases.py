"""What a golden case is: its folder, its texts, and the ``want`` comments in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.errors import InputError

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic

COMMENT = re.compile(rb"[ \t]*/\*[ \t]*want:(.*?)\*/")
_WANT = re.compile(r'\s*([a-z][a-z-]*)\s+"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_ESCAPE = re.compile(r"\\(.)")


class Want(Struct, frozen=True):
    """An expected diagnostic: its code, its line (1-based) and a part of its message."""

    code: str
    line: int
    text: str

    def __str__(self) -> str:
        return f'line {self.line}: {self.code} "{self.text}"'


class Case(Struct, frozen=True):
    """One golden case. ``before`` and ``after`` hold no ``want`` comments any more."""

    pattern: str
    name: str
    folder: Path
    before: bytes
    after: bytes
    wants: tuple[Want, ...]

    @property
    def path(self) -> str:
        """The path that diagnostics name."""
        return f"{self.name}.c"


class TreeCase(Struct, frozen=True):
    """A golden case of several files, by path; ``wants`` are parted by file too."""

    pattern: str
    name: str
    folder: Path
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    wants: Mapping[str, tuple[Want, ...]]


class Outcome(Struct, frozen=True):
    """What a case came to: empty ``problems`` when it passed."""

    case: Case | TreeCase
    problems: tuple[str, ...]

    @property
    def report(self) -> str:
        """All problems, for people; empty when the case passed."""
        return "\n".join(f"{self.case.folder}: {problem}" for problem in self.problems)


def read_cases(folder: Path, pattern: str = "") -> tuple[Case, ...]:
    """The cases below ``folder``, which holds PATTERN/CASE folders, or CASE folders when ``pattern`` is given.

    Raises InputError for a folder without cases, a case without ``after.c`` and a comment that is not understood.

    >>> [case.name for case in read_cases(Path("testdata/no_llseek"), "no_llseek")]
    ['members']
    """
    found = tuple(
        _read_case(case, pattern or case.parent.name) for case, tree in case_folders(folder, pattern) if not tree
    )
    if not found:
        raise no_cases(folder, pattern)
    return found


def no_cases(folder: Path, pattern: str) -> InputError:
    """The error of a folder without cases, which says where they are looked for."""
    if not folder.is_dir():
        return InputError("no such folder", str(folder))
    if (folder / "before.c").exists() or (folder / "before").is_dir():
        return InputError("no cases here: it is a case itself, name the folder above it", str(folder))
    wanted = "CASE/before.c" if pattern else "PATTERN/CASE/before.c; CASE/before.c with -p"
    return InputError(f"no cases here ({wanted})", str(folder))


def case_folders(folder: Path, pattern: str = "") -> tuple[tuple[Path, bool], ...]:
    """The folders of the cases, and whether each is one of several files, complete or not; those of one file first."""
    level = "*" if pattern else "*/*"
    files = [(path.parent, False) for path in sorted(folder.glob(f"{level}/before.c"))]
    trees = [(path.parent, True) for path in sorted(folder.glob(f"{level}/before")) if path.is_dir()]
    return (*files, *trees)


def read_tree_cases(folder: Path, pattern: str = "") -> tuple[TreeCase, ...]:
    """The cases of several files below ``folder``, as ``read_cases``; there may be none.

    >>> read_tree_cases(Path("testdata/no_llseek"), "no_llseek")
    ()
    """
    return tuple(
        _read_tree_case(case, pattern or case.parent.name) for case, tree in case_folders(folder, pattern) if tree
    )


def read_all_cases(folder: Path, pattern: str = "") -> tuple[Case | TreeCase, ...]:
    """The cases of one file and those of several; raises InputError as ``read_cases`` does.

    >>> {case.pattern for case in read_all_cases(Path("testdata"))} >= {"mem_cgroup_charge", "strscpy"}
    True
    """
    found = case_folders(folder, pattern)
    if not found:
        raise no_cases(folder, pattern)
    return tuple(read_case(case, pattern or case.parent.name, tree=tree) for case, tree in found)


def read_case(case: Path, pattern: str, *, tree: bool) -> Case | TreeCase:
    """One case by its folder; ``tree``: it is one of several files. Raises InputError as ``read_cases``."""
    return _read_tree_case(case, pattern) if tree else _read_case(case, pattern)


def _check_accepted(path: Path) -> None:
    if not path.exists():
        raise InputError("is not there yet: `migrator patterns test --accept` writes what comes out", str(path))


def _read_tree_case(folder: Path, pattern: str) -> TreeCase:
    _check_accepted(folder / "after")
    before, after = (read_tree(folder / part) for part in ("before", "after"))
    wants = {path: tuple(wants_in(data, str(folder / "before" / path))) for path, data in before.items()}
    bare = [{path: without_wants(data) for path, data in files.items()} for files in (before, after)]
    return TreeCase(pattern, folder.name, folder, bare[0], bare[1], wants)


def read_tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder, by path; raises InputError."""
    if not folder.is_dir():
        raise InputError("no such folder", str(folder))
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): read_bytes(path) for path in paths}


def _read_case(folder: Path, pattern: str) -> Case:
    before = read_bytes(folder / "before.c")
    _check_accepted(folder / "after.c")
    after = read_bytes(folder / "after.c")
    return Case(
        pattern,
        folder.name,
        folder,
        without_wants(before),
        without_wants(after),
        tuple(wants_in(before, str(folder / "before.c"))),
    )


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; raises InputError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(error.strerror or str(error), str(path)) from None


def without_wants(data: bytes) -> bytes:
    """The file without its ``want`` comments and the blanks before them; line numbers stay.

    >>> without_wants(b'lamp_on(); /* want: macro "a lamp" */')
    b'lamp_on();'
    """
    return COMMENT.sub(b"", data)


def wants_in(data: bytes, file: str) -> Iterator[Want]:
    """The expectations of a file in order; those that stand by themselves are about the next line.

    Raises InputError where a comment is not understood.

    >>> list(wants_in(b'lamp_on(); /* want: macro "a lamp" */', "before.c"))
    [Want(code='macro', line=1, text='a lamp')]
    """
    for comment in COMMENT.finditer(data):
        yield from (want for want, _ in wants_of(data, comment, file))


def wants_of(data: bytes, comment: re.Match[bytes], file: str) -> list[tuple[Want, bool]]:
    """The expectations of one comment, and whether it stands by itself; raises InputError as ``wants_in``."""
    start, end = data.rfind(b"\n", 0, comment.start()) + 1, data.find(b"\n", comment.end())
    alone = not without_wants(data[start : end if end >= 0 else len(data)]).strip()
    line = data.count(b"\n", 0, comment.start(1)) + 1
    text = comment[1].decode("utf-8", "replace").strip()
    found = []
    position = 0
    while position < len(text) or not position:
        match = _WANT.match(text, position)
        if match is None:
            raise InputError(f'not of the form /* want: CODE "text" */: {text}', file, line)
        found.append((Want(match[1], line + alone, _ESCAPE.sub(r"\1", match[2])), alone))
        position = match.end()
    return found


def meets(diagnostic: Diagnostic, want: Want) -> bool:
    """Whether a diagnostic is what is expected."""
    return diagnostic.code == want.code and diagnostic.line == want.line and want.text in diagnostic.message
