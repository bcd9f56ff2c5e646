"""Every golden input once more, disguised: carriage returns, bad neighbours, and mutations by lines and words."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.edits import apply_edits
from migrator.engine import Options, migrate_bytes
from migrator.pattern.load import load_pattern
from migrator.pattern.model import Pattern
from migrator.results import FileResult, SiteStatus
from migrator.source import SourceFile
from migrator.testing import Case, read_cases
from migrator.transaction.mentions import word_expression
from tests.flow_code import DIALECT

CASES = read_cases(Path(__file__).resolve().parent.parent / "testdata")
# Mixed or unusual line endings are what these cases are about.
UNIX = [case for case in CASES if b"\r" not in case.before]

pattern_of = cache(load_pattern)


REWRITING = [case for case in CASES if pattern_of(case.pattern).kind != "check"]


def migrated(case: Case, data: bytes) -> FileResult:
    return migrate_bytes(case.path, data, pattern_of(case.pattern), DIALECT)


@cache
def plain(case: Case) -> FileResult:
    return migrated(case, case.before)


def said(result: FileResult, above: int = 0) -> list[tuple[str, int, str]]:
    """Statuses and diagnostics, with the lines that stand ``above`` taken off."""
    found = [(str(site.status), site.line - above, site.placement) for site in result.sites]
    return found + [(str(item.code), item.line - above, item.function) for item in result.all_diagnostics]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.pattern}/{case.name}")
def test_a_second_run_changes_nothing(case: Case) -> None:
    again = migrated(case, plain(case).after)
    assert not again.changed
    if pattern_of(case.pattern).kind == "check":
        assert again == plain(case)
        return
    assert {site.status for site in again.sites} <= {SiteStatus.REFUSED}


@pytest.mark.parametrize("case", UNIX, ids=lambda case: f"{case.pattern}/{case.name}")
def test_carriage_returns_change_nothing_else(case: Case) -> None:
    result = migrated(case, case.before.replace(b"\n", b"\r\n"))
    assert result.after == plain(case).after.replace(b"\n", b"\r\n")
    assert said(result) == said(plain(case))


ABOVE = b"int broken(struct page *page)\n{\n\tif (mem_cgroup_try_charge(page, 0, 0, &x) {\n\t\treturn 1;\n\t}\n}\n\n"
BELOW = b'\n}} ) garbage ( mem_cgroup_try_charge\n\x01 \xff "\n'


@pytest.mark.parametrize("case", UNIX, ids=lambda case: f"{case.pattern}/{case.name}")
def test_bad_neighbours_change_nothing(case: Case) -> None:
    tail = b"" if case.before.endswith(b"\n") else b"\n"
    result = migrated(case, ABOVE + case.before + tail + BELOW)
    assert result.after == ABOVE + plain(case).after + tail + BELOW
    lines = ABOVE.count(b"\n")
    assert [item for item in said(result, lines) if 0 < item[1] <= case.before.count(b"\n")] == said(plain(case))
    assert not [item for item in result.mentions if item.status == "unaccounted"]


@pytest.mark.parametrize("case", REWRITING, ids=lambda case: f"{case.pattern}/{case.name}")
def test_options_leave_sites_alone(case: Case) -> None:
    pattern, sites = pattern_of(case.pattern), plain(case).sites
    strict = migrate_bytes(case.path, case.before, pattern, DIALECT, Options(strict=True))
    assert {site.status for site in strict.sites} <= {SiteStatus.MIGRATED, SiteStatus.REFUSED}
    if not any(site.status is SiteStatus.WARNED for site in sites):
        assert strict.after == plain(case).after
    skip = frozenset((site.function, site.line) for site in sites)
    skipped = migrate_bytes(case.path, case.before, pattern, DIALECT, Options(skip=skip))
    assert not skipped.changed
    assert {site.status for site in skipped.sites} <= {SiteStatus.REFUSED}


# -- mutations -----------------------------------------------------------------------------------------------------

_WORDS = re.compile(rb"\w+|->|[^\w\s]")


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Case, bytes]:
    """A golden input with a few lines moved, doubled or lost, or words put in place of others."""
    case = draw(st.sampled_from(CASES))
    data = case.before
    for _ in range(draw(st.integers(1, 3))):
        lines = data.splitlines(keepends=True)
        kind = draw(st.sampled_from(["delete", "double", "swap", "word", "drop-word"]))
        first = draw(st.integers(0, len(lines) - 1))
        if kind == "delete":
            del lines[first]
        elif kind == "double":
            lines.insert(first, lines[first])
        elif kind == "swap":
            second = draw(st.integers(0, len(lines) - 1))
            lines[first], lines[second] = lines[second], lines[first]
        if kind in ("word", "drop-word"):
            spans = [match.span() for match in _WORDS.finditer(data)]
            start, end = draw(st.sampled_from(spans))
            low, high = draw(st.sampled_from(spans))
            data = data[:start] + (data[low:high] if kind == "word" else b"") + data[end:]
        else:
            data = b"".join(lines)
        if not data:
            return case, case.before
    return case, data


def broken_functions(case: Case, data: bytes) -> int:
    return sum(item.broken or item.cut for item in SourceFile.parse(case.path, data, DIALECT).functions)


def check(pattern: Pattern, case: Case, data: bytes) -> None:
    result = migrated(case, data)
    assert apply_edits(data, result.edits) == result.after
    offsets = [match.start() for match in word_expression(pattern.words).finditer(data)]
    source = SourceFile.parse(case.path, data, DIALECT)
    assert [(item.line, item.column) for item in result.mentions] == [
        (source.line(offset), source.column(offset)) for offset in offsets
    ]
    assert not [item for item in result.mentions if item.status == "unaccounted"]
    # Only functions with a site that was done are touched.
    done = {site.function for site in result.sites if site.status is not SiteStatus.REFUSED}
    for edit in result.edits:
        function = source.function_at(edit.start)
        if function is None and pattern.kind == "rewrite":  # an initialiser, or the body of a macro
            assert "" in done
            continue
        assert function is not None
        assert function.name in done
        assert function.start <= edit.start <= edit.end <= function.end
    # What is refused says why, at one of the begins that belong together.
    explained = {item.function for item in result.all_diagnostics}
    assert {site.function for site in result.sites if site.status is SiteStatus.REFUSED} <= explained | done
    if result.changed:
        assert broken_functions(case, result.after) <= broken_functions(case, data)
        again = migrated(case, result.after)
        assert not again.changed, "a second run finds work"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_mutations_are_accounted_for(sample: tuple[Case, bytes]) -> None:
    case, data = sample
    check(pattern_of(case.pattern), case, data)
