"""Golden tests of a pattern: folders with C before and after, and the diagnostics expected on its lines.

A case is ``PATTERN/CASE/before.c`` and ``after.c``. A comment ``/* want: CODE "text" */`` stands on the line that a
diagnostic hits, or by itself on the line before (several are parted by commas, or follow each other); ``text`` must
occur in its message. Equal files mean that everything in them is refused or nothing is to be done. The comments are
taken out of both files before they are used, so that they change no layout. A case of several files has folders
``before`` and ``after`` with a tree each, which is migrated as a whole. A case fails unless the output is equal byte
for byte, the diagnostics are exactly those wanted, the result parses as well as before, a second run changes nothing,
and the edits survive ``git apply``.

Used by the project's own tests, by ``migrator patterns test`` and by the tests of patterns of other packages:

>>> from pathlib import Path
>>> from migrator.testing import read_all_cases, run_cases
>>> cases = read_all_cases(Path("testdata/strscpy"), "strscpy")
>>> [outcome.report for outcome in run_cases(cases) if outcome.problems]
[]
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.edits import apply_edits
from migrator.errors import InputError

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult
    from migrator.source import Dialect, SourceFile

__all__ = [
    "Case",
    "Outcome",
    "TreeCase",
    "Want",
    "difference",
    "migrate_tree_case",
    "read_all_cases",
    "read_cases",
    "read_tree_cases",
    "run_case",
    "run_cases",
    "run_tree_case",
    "wants_in",
    "without_wants",
]

_COMMENT = re.compile(rb"[ \t]*/\*[ \t]*want:(.*?)\*/")
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
    where = "*/before.c" if pattern else "*/*/before.c"
    found = tuple(_read_case(path.parent, pattern or path.parent.parent.name) for path in sorted(folder.glob(where)))
    if not found:
        raise InputError(f"no cases here ({where})", str(folder))
    return found


def read_tree_cases(folder: Path, pattern: str = "") -> tuple[TreeCase, ...]:
    """The cases of several files below ``folder``, as ``read_cases``; there may be none.

    >>> read_tree_cases(Path("testdata/no_llseek"), "no_llseek")
    ()
    """
    where = "*/before" if pattern else "*/*/before"
    return tuple(
        _read_tree_case(path.parent, pattern or path.parent.parent.name)
        for path in sorted(folder.glob(where))
        if path.is_dir()
    )


def read_all_cases(folder: Path, pattern: str = "") -> tuple[Case | TreeCase, ...]:
    """The cases of one file and those of several; raises InputError as ``read_cases`` does.

    >>> {case.pattern for case in read_all_cases(Path("testdata"))} >= {"mem_cgroup_charge", "strscpy"}
    True
    """
    trees = read_tree_cases(folder, pattern)
    files = any(folder.glob("*/before.c" if pattern else "*/*/before.c"))
    return (*(read_cases(folder, pattern) if files or not trees else ()), *trees)


def _read_tree_case(folder: Path, pattern: str) -> TreeCase:
    before, after = (_read_tree(folder / part) for part in ("before", "after"))
    wants = {path: tuple(wants_in(data, str(folder / "before" / path))) for path, data in before.items()}
    bare = [{path: without_wants(data) for path, data in files.items()} for files in (before, after)]
    return TreeCase(pattern, folder.name, folder, bare[0], bare[1], wants)


def _read_tree(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise InputError("no such folder", str(folder))
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): _read(path) for path in paths}


def _read_case(folder: Path, pattern: str) -> Case:
    before = _read(folder / "before.c")
    after = _read(folder / "after.c")
    return Case(
        pattern,
        folder.name,
        folder,
        without_wants(before),
        without_wants(after),
        tuple(wants_in(before, str(folder / "before.c"))),
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(error.strerror or str(error), str(path)) from None


def without_wants(data: bytes) -> bytes:
    """The file without its ``want`` comments and the blanks before them; line numbers stay.

    >>> without_wants(b'lamp_on(); /* want: macro "a lamp" */')
    b'lamp_on();'
    """
    return _COMMENT.sub(b"", data)


def wants_in(data: bytes, file: str) -> Iterator[Want]:
    """The expectations of a file in order; those that stand by themselves are about the next line.

    Raises InputError where a comment is not understood.

    >>> list(wants_in(b'lamp_on(); /* want: macro "a lamp" */', "before.c"))
    [Want(code='macro', line=1, text='a lamp')]
    """
    for comment in _COMMENT.finditer(data):
        start, end = data.rfind(b"\n", 0, comment.start()) + 1, data.find(b"\n", comment.end())
        alone = not without_wants(data[start : end if end >= 0 else len(data)]).strip()
        line = data.count(b"\n", 0, comment.start(1)) + 1
        text = comment[1].decode("utf-8", "replace").strip()
        position = 0
        while position < len(text) or not position:
            match = _WANT.match(text, position)
            if match is None:
                raise InputError(f'not of the form /* want: CODE "text" */: {text}', file, line)
            yield Want(match[1], line + alone, _ESCAPE.sub(r"\1", match[2]))
            position = match.end()


def run_case(case: Case, pattern: Pattern, dialect: Dialect | None = None) -> Outcome:
    """Migrate a case's input and compare everything; does not raise for a case that fails.

    >>> from migrator import Pattern
    >>> case = Case("strscpy", "plain", Path("plain"), b"void f(void) { strlcpy(a, b, 8); }", b"", ())
    >>> print(run_case(case, Pattern.load("strscpy")).report.splitlines()[0])
    plain: the output differs from after.c (- wanted, + got):
    """
    from migrator.api import migrate_source
    from migrator.source import DEFAULT_DIALECT

    dialect = dialect or DEFAULT_DIALECT
    result = migrate_source(case.before, pattern, path=case.path, dialect=dialect)
    problems = [*_compare_text(case, result), *_compare_diagnostics(case, result)]
    if apply_edits(result.before, result.edits) != result.after:
        problems.append("the edits do not lead from the input to the output")
    if result.changed:
        problems += _compare_parses(result, dialect)
        again = migrate_source(result.after, pattern, path=case.path, dialect=dialect)
        if again.changed:
            problems.append(
                "a second run changes the result again:\n" + difference(result.after, again.after, case.path)
            )
        problems += _round_trip(result)
    return Outcome(case, tuple(problems))


def migrate_tree_case(case: TreeCase, pattern: Pattern) -> tuple[FileResult, ...]:
    """Migrate all files of a case together; those that stay as they are have a result too.

    >>> from migrator import Pattern
    >>> files = {"a.c": b"void f(void) { strlcpy(a, b, 8); }", "b.c": b"int lamp;"}
    >>> case = TreeCase("strscpy", "two", Path("two"), files, files, {"a.c": (), "b.c": ()})
    >>> [(result.path, result.changed) for result in migrate_tree_case(case, Pattern.load("strscpy"))]
    [('a.c', True), ('b.c', False)]
    """
    return _migrate_files(case.before, pattern)


def _migrate_files(files: Mapping[str, bytes], pattern: Pattern) -> tuple[FileResult, ...]:
    from migrator.api import scan
    from migrator.results import FileResult

    with tempfile.TemporaryDirectory(prefix="migrator-") as name:
        root = Path(name).resolve()
        for path, data in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        found = {result.path: result for result in scan([root], pattern, root=root).files}
    return tuple(found.get(path) or FileResult(path, data, data) for path, data in files.items())


def run_tree_case(case: TreeCase, pattern: Pattern) -> Outcome:
    """Migrate a case of several files and compare everything, as ``run_case`` does.

    >>> from migrator import Pattern
    >>> case = read_tree_cases(Path("testdata/mem_cgroup_charge"), "mem_cgroup_charge")[0]
    >>> run_tree_case(case, Pattern.load("mem_cgroup_charge")).problems
    ()
    """
    from migrator.source import DEFAULT_DIALECT

    problems = []
    if case.before.keys() != case.after.keys():
        problems.append(f"not in both trees: {', '.join(sorted(case.before.keys() ^ case.after.keys()))}")
    results = migrate_tree_case(case, pattern)
    for result in results:
        part = Case(
            case.pattern, case.name, case.folder, result.before, case.after.get(result.path, b""),
            case.wants[result.path],
        )  # fmt: skip
        found = [*_compare_text(part, result), *_compare_diagnostics(part, result)]
        if apply_edits(result.before, result.edits) != result.after:
            found.append("the edits do not lead from the input to the output")
        if result.changed:
            found += [*_compare_parses(result, DEFAULT_DIALECT), *_round_trip(result)]
        problems += [f"{result.path}: {problem}" for problem in found]
    again = _migrate_files({result.path: result.after for result in results}, pattern)
    for result in again:
        if result.changed:
            told = difference(result.before, result.after, result.path)
            problems.append(f"{result.path}: a second run changes the result again:\n{told}")
    return Outcome(case, tuple(problems))


def _compare_text(case: Case, result: FileResult) -> Iterator[str]:
    if result.after == case.after:
        return
    head = "the output differs from after.c (- wanted, + got)"
    if result.after == case.before:
        head = "nothing was changed; wanted is after.c (- wanted, + got)"
    yield f"{head}:\n{difference(case.after, result.after, result.path)}"


def difference(wanted: bytes, got: bytes, path: str) -> str:
    """A unified diff for people; white space that cannot be seen is made visible where only it differs.

    >>> print(difference(b"int a;", b"int  a;", "lamp.c"))
    --- wanted/lamp.c
    +++ got/lamp.c
    @@ -1 +1 @@
    -int·a;¶
    +int··a;¶
    """
    from difflib import unified_diff

    left, right = (data.decode("utf-8", "replace").split("\n") for data in (wanted, got))
    if [line.split() for line in left] == [line.split() for line in right]:
        left, right = ([_visible(line) for line in lines] for lines in (left, right))
    return "\n".join(unified_diff(left, right, f"wanted/{path}", f"got/{path}", lineterm="", n=5))


def _visible(line: str) -> str:
    return line.replace("\t", "→\t").replace(" ", "·").replace("\r", "␍") + "¶"


def _compare_diagnostics(case: Case, result: FileResult) -> Iterator[str]:
    unexpected = list(result.all_diagnostics)
    for want in case.wants:
        found = next((item for item in unexpected if _meets(item, want)), None)
        if found is not None:
            unexpected.remove(found)
            continue
        near = [item for item in result.all_diagnostics if item.code == want.code or item.line == want.line]
        yield f"missing: {want}" + "".join(f"\n    there is {_described(item)}" for item in near)
    for item in unexpected:
        yield f"unexpected: {_described(item)}"


def _meets(diagnostic: Diagnostic, want: Want) -> bool:
    return diagnostic.code == want.code and diagnostic.line == want.line and want.text in diagnostic.message


def _described(diagnostic: Diagnostic) -> str:
    return f"line {diagnostic.line}: {diagnostic.code} ({diagnostic.severity}) {diagnostic.message}"


def _compare_parses(result: FileResult, dialect: Dialect) -> Iterator[str]:
    from migrator.source import SourceFile

    before, after = (_misparsed(SourceFile.parse(result.path, data, dialect)) for data in (result.before, result.after))
    if len(after) > len(before):
        yield f"the output has parse errors that the input had not: lines {', '.join(map(str, after))}"


def _misparsed(source: SourceFile) -> list[int]:
    """Lines with ERROR or MISSING nodes."""
    from migrator.syntax import walk

    return [source.line(node.start_byte) for node in walk(source.tree.root_node) if node.is_error or node.is_missing]


def _round_trip(result: FileResult) -> Iterator[str]:
    """Whether ``git apply`` makes the output from the input and the diff."""
    from migrator.series.unified import file_diff

    git = shutil.which("git")
    if git is None:
        yield "git is not installed: the diff was not tried"
        return
    diff = file_diff(result.path, result.before, result.after).text
    with tempfile.TemporaryDirectory(prefix="migrator-") as folder:
        target = Path(folder, result.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(result.before)
        command = [git, "apply", "--whitespace=nowarn", "-"]
        done = subprocess.run(command, input=diff, cwd=folder, capture_output=True, check=False)
        if done.returncode:
            yield f"git apply does not take the diff: {done.stderr.decode('utf-8', 'replace').strip()}"
        elif target.read_bytes() != result.after:
            yield "git apply makes another file from the diff"


def run_cases(cases: Sequence[Case | TreeCase], search: Sequence[Path] = ()) -> Iterator[Outcome]:
    """Run cases of any patterns, each pattern loaded once; raises PatternError for one that cannot be loaded.

    >>> [outcome.problems for outcome in run_cases(read_cases(Path("testdata/no_llseek"), "no_llseek"))]
    [()]
    """
    from migrator.pattern.load import load_pattern

    patterns: dict[str, Pattern] = {}
    for case in cases:
        if case.pattern not in patterns:
            patterns[case.pattern] = load_pattern(case.pattern, search)
        pattern = patterns[case.pattern]
        yield run_tree_case(case, pattern) if isinstance(case, TreeCase) else run_case(case, pattern)
