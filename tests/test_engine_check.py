"""Patterns that only check: what becomes of their sites, and which commands have no use for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import RunCli

from migrator.diagnostics import Code, Severity
from migrator.engine import Options, migrate_bytes
from migrator.pattern.load import load_pattern
from migrator.results import FileResult, MentionKind, SiteStatus
from tests.flow_code import DIALECT

PATTERN = load_pattern("hugetlb_cgroup")
BEGIN = "hugetlb_cgroup_charge_cgroup(idx, nr, &h_cg)"
COMMIT = "hugetlb_cgroup_commit_charge(idx, nr, h_cg, folio);"
ABORT = "hugetlb_cgroup_uncharge_cgroup(idx, nr, h_cg);"


def checked(body: str, options: Options = Options()) -> FileResult:
    text = f"int f(int idx, long nr, struct folio *folio)\n{{\n\tstruct hugetlb_cgroup *h_cg;\n{body}\treturn 0;\n}}\n"
    result = migrate_bytes("f.c", text.encode(), PATTERN, DIALECT, options)
    assert not result.changed
    assert result.edits == ()
    return result


@pytest.mark.parametrize(
    ("body", "status", "codes"),
    [
        (f"\tif ({BEGIN})\n\t\treturn 1;\n\t{COMMIT}\n", SiteStatus.BALANCED, []),
        (f"\tif ({BEGIN})\n\t\treturn 1;\n", SiteStatus.WARNED, [Code.COMMIT_ELSEWHERE]),
        (
            f"\tif ({BEGIN})\n\t\treturn 1;\n\tif (idx)\n\t\t{ABORT}\n",
            SiteStatus.WARNED,
            [Code.TRANSACTION_LEFT_OPEN],
        ),
        (
            f"\tif ({BEGIN})\n\t\treturn 1;\n\tkeep(h_cg);\n\t{ABORT}\n",
            SiteStatus.REFUSED,
            [Code.HANDLE_ESCAPES],
        ),
        (f"\t{BEGIN};\n\t{COMMIT}\n", SiteStatus.REFUSED, [Code.UNKNOWN_SHAPE]),
    ],
    ids=["balanced", "nothing-ends-it", "left-open", "handed-on", "not-tested"],
)
def test_what_is_said(body: str, status: SiteStatus, codes: list[Code]) -> None:
    (site,) = checked(body).sites
    assert (site.status, site.placement) == (status, "")
    assert [item.code for item in site.diagnostics] == codes
    severity = Severity.WARNING if status is SiteStatus.WARNED else Severity.REFUSAL
    assert {item.severity for item in site.diagnostics} <= {severity}


def test_mentions_have_the_status_of_their_site() -> None:
    result = checked(f"\tif ({BEGIN})\n\t\treturn 1;\n\t{COMMIT}\n")
    assert [(item.kind, item.status) for item in result.mentions] == [(MentionKind.SITE, "balanced")] * 2


def test_strict_changes_nothing() -> None:
    body = f"\tif ({BEGIN})\n\t\treturn 1;\n"
    assert checked(body, Options(strict=True)) == checked(body)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    text = f"int f(int idx, long nr, struct folio *folio)\n{{\n\tstruct hugetlb_cgroup *h_cg;\n\n\tif ({BEGIN})\n"
    (tmp_path / "f.c").write_text(f"{text}\t\treturn 1;\n\t{COMMIT}\n\treturn 0;\n}}\n")
    return tmp_path


def test_scan_counts_what_is_balanced(cli: RunCli, tree: Path) -> None:
    done = cli("scan", "-p", "hugetlb_cgroup", "f.c", cwd=tree)
    assert done.status == 0
    assert "f.c:5: balanced: folio in f()\n" in done.out
    assert "1 balanced, 0 with findings, 0 not understood" in done.out


@pytest.mark.parametrize("command", [("diff",), ("apply",), ("format-patch", "-o", "out")], ids=lambda item: item[0])
def test_what_writes_has_no_use_for_it(command: tuple[str, ...], cli: RunCli, tree: Path) -> None:
    before = (tree / "f.c").read_bytes()
    done = cli(*command, "-p", "hugetlb_cgroup", "f.c", cwd=tree)
    assert done.status == 2
    assert "the pattern hugetlb_cgroup checks and rewrites nothing: see `migrator scan" in done.err
    assert (tree / "f.c").read_bytes() == before
    assert [path.name for path in tree.iterdir()] == ["f.c"]


def test_explain_says_what_is_balanced(cli: RunCli, tree: Path) -> None:
    done = cli("explain", "-p", "hugetlb_cgroup", "f.c:f", cwd=tree)
    assert (done.status, done.out) == (0, "f.c:5: balanced: folio in f()\n")
