"""Run golden cases and compare everything: the text, the diagnostics, and what every rewrite owes.

See ``migrator.testing`` for what makes a case fail.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.diagnostics import Code
from migrator.edits import apply_edits
from migrator.testing.cases import Case, Outcome, TreeCase, Want, meets

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult
    from migrator.source import Dialect, SourceFile


_LEGEND = "(only white space differs: · blank, → tab, ␍ carriage return, ¶ end of the line)"


def run_case(case: Case, pattern: Pattern, dialect: Dialect | None = None) -> Outcome:
    """Migrate a case's input and compare everything; does not raise for a case that fails.

    >>> from migrator import Pattern
    >>> case = Case("strscpy", "plain", Path("plain"), b"void f(void) { strlcpy(a, b, 8); }", b"", ())
    >>> print(run_case(case, Pattern.load("strscpy")).report.splitlines()[0])
    plain: the output differs from after.c (- wanted, + got):
    """
    result = migrate_alone(case.path, case.before, pattern, dialect)
    problems = [*_compare_text(case, result), *_compare_diagnostics(case, result), *unsafe(result, dialect)]
    if result.changed:
        again = migrate_alone(case.path, result.after, pattern, dialect)
        if again.changed:
            problems.append(
                "a second run changes the result again:\n" + difference(result.after, again.after, case.path)
            )
    return Outcome(case, tuple(problems))


def migrate_alone(path: str, data: bytes, pattern: Pattern, dialect: Dialect | None = None) -> FileResult:
    """Migrate the text of a case of one file."""
    from migrator.api import migrate_source
    from migrator.source import DEFAULT_DIALECT

    return migrate_source(data, pattern, path=path, dialect=dialect or DEFAULT_DIALECT)


def unsafe(result: FileResult, dialect: Dialect | None = None) -> Iterator[str]:
    """What no rewrite may do, whatever is wanted: edits that do not lead there, code that parses worse, a lost word."""
    from migrator.series.ledger import UNACCOUNTED
    from migrator.source import DEFAULT_DIALECT

    if apply_edits(result.before, result.edits) != result.after:
        yield "the edits do not lead from the input to the output"
    for mention in result.mentions:
        if mention.status == UNACCOUNTED:
            yield f"line {mention.line}: a mention of {mention.name} is not accounted for"
    if result.changed:
        yield from _compare_parses(result, dialect or DEFAULT_DIALECT)
        yield from _round_trip(result)


def migrate_tree_case(case: TreeCase, pattern: Pattern) -> tuple[FileResult, ...]:
    """Migrate all files of a case together; those that stay as they are have a result too.

    >>> from migrator import Pattern
    >>> files = {"a.c": b"void f(void) { strlcpy(a, b, 8); }", "b.c": b"int lamp;"}
    >>> case = TreeCase("strscpy", "two", Path("two"), files, files, {"a.c": (), "b.c": ()})
    >>> [(result.path, result.changed) for result in migrate_tree_case(case, Pattern.load("strscpy"))]
    [('a.c', True), ('b.c', False)]
    """
    return migrate_files(case.before, pattern)


def migrate_files(files: Mapping[str, bytes], pattern: Pattern) -> tuple[FileResult, ...]:
    """Migrate some files as a tree of their own; those that stay as they are have a result too."""
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
    >>> from migrator.testing import read_tree_cases
    >>> case = read_tree_cases(Path("testdata/mem_cgroup_charge"), "mem_cgroup_charge")[0]
    >>> run_tree_case(case, Pattern.load("mem_cgroup_charge")).problems
    ()
    """
    problems = []
    if case.before.keys() != case.after.keys():
        problems.append(f"not in both trees: {', '.join(sorted(case.before.keys() ^ case.after.keys()))}")
    results = migrate_tree_case(case, pattern)
    for result in results:
        part = Case(
            case.pattern, case.name, case.folder, result.before, case.after.get(result.path, b""),
            case.wants[result.path],
        )  # fmt: skip
        found = [*_compare_text(part, result), *_compare_diagnostics(part, result), *unsafe(result)]
        problems += [f"{result.path}: {problem}" for problem in found]
    again = migrate_files({result.path: result.after for result in results}, pattern)
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
    (only white space differs: · blank, → tab, ␍ carriage return, ¶ end of the line)
    @@ -1 +1 @@
    -int·a;¶
    +int··a;¶
    """
    from difflib import unified_diff

    left, right = (data.decode("utf-8", "replace").split("\n") for data in (wanted, got))
    ended = [not lines[-1] for lines in (left, right)]
    left, right = (lines[:-1] if whole else lines for lines, whole in zip((left, right), ended, strict=True))
    hidden = left != right and [line.split() for line in left] == [line.split() for line in right]
    if hidden:
        left, right = ([_visible(line) for line in lines] for lines in (left, right))
    if ended[0] != ended[1]:
        (right if ended[0] else left).append("\\ No newline at end of file")
    found = list(unified_diff(left, right, f"wanted/{path}", f"got/{path}", lineterm="", n=5))
    return "\n".join([*found[:2], *([_LEGEND] if hidden else []), *found[2:]])


def _visible(line: str) -> str:
    return line.replace("\t", "→\t").replace(" ", "·").replace("\r", "␍") + "¶"


def _compare_diagnostics(case: Case, result: FileResult) -> Iterator[str]:
    """What is wanted and not reported, with what is reported nearest to it; and what else nobody wants."""
    unexpected = list(result.all_diagnostics)
    missing: list[Want] = []
    for want in case.wants:
        found = next((item for item in unexpected if meets(item, want)), None)
        if found is None:
            missing.append(want)
        else:
            unexpected.remove(found)
    for want in missing:
        near = _nearest(want, unexpected)
        told = "" if want.code in set(Code) else f" (no code of that name; {_similar(want.code)})"
        if near is not None:
            unexpected.remove(near)
            told += f"\n    reported instead: {_described(near, case.before)}"
        yield f"missing: {want}{told}"
    for item in unexpected:
        yield f"unexpected: {_described(item, case.before)}"


def _nearest(want: Want, unexpected: Sequence[Diagnostic]) -> Diagnostic | None:
    """What may be meant by an expectation: of its code or on its line, better both."""
    found = [item for item in unexpected if item.code == want.code or item.line == want.line]
    return min(found, key=lambda item: (item.code != want.code, abs(item.line - want.line)), default=None)


def _similar(code: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(code, [str(item) for item in Code], n=1)
    return f"did you mean {near[0]}?" if near else "`migrator explain` has them"


def _described(diagnostic: Diagnostic, data: bytes) -> str:
    """A diagnostic with the line that it is about, as far as that has code."""
    lines = data.split(b"\n")
    code = lines[diagnostic.line - 1] if 0 < diagnostic.line <= len(lines) else b""
    text = f"line {diagnostic.line}: {diagnostic.code} ({diagnostic.severity}) {diagnostic.message}"
    return f"{text}\n    | {code.decode('utf-8', 'replace').strip()}" if code.strip() else text


def _compare_parses(result: FileResult, dialect: Dialect) -> Iterator[str]:
    from migrator.source import SourceFile

    before, after = (SourceFile.parse(result.path, data, dialect) for data in (result.before, result.after))
    lines = _misparsed(after)
    if (after.has_error and not before.has_error) or len(lines) > len(_misparsed(before)):
        where = f": lines {', '.join(map(str, lines))}" if lines else ""
        yield f"the output has parse errors that the input had not{where}"


def _misparsed(source: SourceFile) -> list[int]:
    """Lines with ERROR or MISSING nodes, and of functions that were taken out of the tree with theirs."""
    from migrator.syntax import walk

    wrong = [source.line(node.start_byte) for node in walk(source.tree.root_node) if node.is_error or node.is_missing]
    return wrong + [source.line(function.start) for function in source.functions if function.broken]


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

    >>> from migrator.testing import read_cases
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
