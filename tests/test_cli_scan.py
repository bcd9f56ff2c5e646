"""``migrator scan``: the ledger as text and as JSON, and the exit status."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from cli_code import PLAIN, QUIET, REFUSED, V58, WARNED, make_tree
from conftest import RunCli
from msgspec.structs import replace

from migrator import api
from migrator.cli.json_report import LedgerReport
from migrator.pattern.load import load_pattern
from migrator.results import FileResult

TESTDATA = Path(__file__).resolve().parent.parent / "testdata"


def test_a_site_that_migrates(cli: RunCli, tmp_path: Path) -> None:
    done = cli("scan", make_tree(tmp_path, plain=PLAIN, quiet=QUIET), "-p", V58, cwd=tmp_path)
    assert done.status == 0
    assert done.err == ""
    assert done.out.splitlines() == [
        "mm/plain.c:7: migrated: page in reed_store() (at-begin)",
        "1 site in 1 file (2 files scanned): 1 migrated, 0 migrated with warnings, 0 refused",
        "3 mentions: 3 in sites, 0 unaccounted for",
    ]


def test_warnings_and_refusals_are_findings(cli: RunCli, tmp_path: Path) -> None:
    done = cli("scan", ".", "-p", V58, cwd=make_tree(tmp_path, plain=PLAIN, warned=WARNED, refused=REFUSED))
    assert done.status == 1
    lines = done.out.splitlines()
    assert "mm/warned.c:6: warned: page in sedge_store() (at-begin)" in lines
    assert "mm/refused.c:9: refused: page in fen_store()" in lines
    assert any(re.fullmatch(r"    mm/warned\.c:13: warning: .*lrucare.* \[argument-dropped\]", line) for line in lines)
    assert any(re.fullmatch(r"    mm/warned\.c:10: warning: .* \[charge-outlives-abort\]", line) for line in lines)
    assert any(re.fullmatch(r"    mm/refused\.c:9: refusal: .* \[handle-escapes\]", line) for line in lines)
    assert any(re.fullmatch(r"    mm/refused\.c:11: note: .*memcg.*", line) for line in lines)
    assert lines[-2] == "3 sites in 3 files (3 files scanned): 1 migrated, 1 migrated with warnings, 1 refused"
    assert lines[-1] == "10 mentions: 8 in sites, 1 declaration, 1 in a comment, 0 unaccounted for"


def test_sites_are_in_order(cli: RunCli, tmp_path: Path) -> None:
    two = PLAIN + PLAIN.replace("reed_store", "reed_store_again")
    done = cli("scan", ".", "-p", V58, "-j", "2", cwd=make_tree(tmp_path, b=two, a=PLAIN, c=PLAIN))
    places = re.findall(r"^mm/(\w)\.c:(\d+): migrated", done.out, flags=re.MULTILINE)
    assert places == [("a", "7"), ("b", "7"), ("b", "26"), ("c", "7")]


def test_verbose_lists_every_mention(cli: RunCli, tmp_path: Path) -> None:
    done = cli("scan", ".", "-p", V58, "-v", cwd=make_tree(tmp_path, refused=REFUSED))
    assert re.findall(r"^mm/refused.c:(\d+:\d+): mention: (\w+) \((\w+), (\w+)\)$", done.out, flags=re.MULTILINE) == [
        ("1:8", "mem_cgroup_try_charge", "comment", "kept"),
        ("2:5", "mem_cgroup_try_charge", "declaration", "kept"),
        ("9:6", "mem_cgroup_try_charge", "site", "refused"),
        ("12:2", "mem_cgroup_commit_charge", "site", "refused"),
    ]


def test_strict_leaves_sites_with_warnings_alone(cli: RunCli, tmp_path: Path) -> None:
    done = cli("scan", ".", "-p", V58, "--strict", cwd=make_tree(tmp_path, warned=WARNED))
    assert done.status == 1
    assert "mm/warned.c:6: refused: page in sedge_store()" in done.out.splitlines()


def test_the_default_pattern_is_the_one_of_the_page_cache(cli: RunCli, tmp_path: Path) -> None:
    done = cli("scan", ".", cwd=make_tree(tmp_path, plain=PLAIN))
    assert "[no-setup]" in done.out


def test_a_pattern_can_be_a_folder(cli: RunCli, tmp_path: Path, root: Path) -> None:
    done = cli("scan", ".", "-p", root / "patterns" / V58, cwd=make_tree(tmp_path, plain=PLAIN))
    assert done.status == 0


def test_json_is_as_documented(cli: RunCli, tmp_path: Path) -> None:
    done = cli("scan", ".", "-p", V58, "--format", "json", cwd=make_tree(tmp_path, refused=REFUSED, quiet=QUIET))
    assert done.status == 1
    report = json.loads(done.out)
    message = report["sites"][0]["diagnostics"][0].pop("message")
    related = report["sites"][0]["diagnostics"][0]["related"][0].pop("message")
    assert "memcg" in message
    assert "memcg" in related
    file = "mm/refused.c"
    begin, commit = "mem_cgroup_try_charge", "mem_cgroup_commit_charge"
    assert report == {
        "version": 1,
        "pattern": {"name": V58, "digest": load_pattern(V58).digest},
        "root": ".",
        "files_scanned": 2,
        "revision": "",
        "sites": [
            {
                "file": file,
                "line": 9,
                "function": "fen_store",
                "object": "page",
                "status": "refused",
                "placement": "",
                "diagnostics": [
                    {
                        "code": "handle-escapes",
                        "severity": "refusal",
                        "file": file,
                        "line": 9,
                        "related": [{"file": file, "line": 11}],
                    }
                ],
            }
        ],
        "mentions": [
            {"file": file, "line": 1, "column": 8, "name": begin, "kind": "comment", "status": "kept"},
            {"file": file, "line": 2, "column": 5, "name": begin, "kind": "declaration", "status": "kept"},
            {"file": file, "line": 9, "column": 6, "name": begin, "kind": "site", "status": "refused"},
            {"file": file, "line": 12, "column": 2, "name": commit, "kind": "site", "status": "refused"},
        ],
        "diagnostics": [],
        "totals": {
            "sites": 1,
            "migrated": 0,
            "warned": 0,
            "refused": 1,
            "mentions": 4,
            "unaccounted": 0,
            "balanced": 0,
        },
    }


def test_the_readme_describes_every_key_of_the_json(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    described = readme.partition("### JSON")[2].partition("\n## ")[0]
    for name in LedgerReport.__struct_fields__:
        assert f'"{name}"' in described


def test_root_is_relative_to_the_current_folder(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN)
    (tmp_path / ".git").mkdir()
    done = cli("scan", "plain.c", "-p", V58, "--format", "json", cwd=tmp_path / "mm")
    report = json.loads(done.out)
    assert report["root"] == ".."
    assert report["sites"][0]["file"] == "mm/plain.c"


def test_names_and_code_that_are_no_text(cli: RunCli, tmp_path: Path) -> None:
    """A name in Latin-1 comes out as it is in text, and as U+FFFD in JSON, which is Unicode."""
    code = PLAIN.replace("(page,", "(p\udce4ge,").replace("*page,", "*p\udce4ge,")
    make_tree(tmp_path, **{"n\udce4me": code})
    done = cli("scan", ".", "-p", V58, cwd=tmp_path)
    assert "mm/n\udce4me.c:" in done.out
    done = cli("scan", ".", "-p", V58, "--format", "json", cwd=tmp_path)
    assert json.loads(done.out)["mentions"][0]["file"] == "mm/n\ufffdme.c"


def test_a_binary_file_is_an_error(cli: RunCli, tmp_path: Path) -> None:
    done = cli("scan", ".", "-p", V58, cwd=make_tree(tmp_path, plain=PLAIN, blob="mem_cgroup_try_charge\0"))
    assert done.status == 2
    assert re.search(r"^mm/blob\.c: error: .*binary.* \[unreadable\]$", done.out, flags=re.MULTILINE)
    assert "mm/plain.c:7: migrated" in done.out


def test_a_broken_link_is_a_note(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN)
    (tmp_path / "mm" / "gone.c").symlink_to("nowhere.c")
    done = cli("scan", ".", "-p", V58, cwd=tmp_path)
    assert done.status == 0
    assert "gone.c" not in done.out
    done = cli("scan", ".", "-p", V58, "-v", cwd=tmp_path)
    assert done.status == 0
    assert re.search(r"^mm/gone\.c: note: .*link.* \[unreadable\]$", done.out, flags=re.MULTILINE)


def test_a_mention_that_the_engine_misses_is_unaccounted(
    cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = api.migrate_bytes

    def forgetful(*arguments: object) -> FileResult:
        result = genuine(*arguments)  # type: ignore[arg-type]
        return replace(result, mentions=result.mentions[:-1])

    monkeypatch.setattr(api, "migrate_bytes", forgetful)
    done = cli("scan", ".", "-p", V58, cwd=make_tree(tmp_path, plain=PLAIN))
    assert done.status == 2
    assert "mm/plain.c:17:2: mention: mem_cgroup_commit_charge (other, unaccounted)" in done.out.splitlines()
    assert done.out.endswith("3 mentions: 2 in sites, 1 unaccounted for\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["scan", "nowhere"], "migrator: error: nowhere: no such file or folder\n", id="path"),
        pytest.param(["scan", ".", "-p", "nothing"], "migrator: error: nothing: ", id="pattern"),
        pytest.param(["scan"], "Missing argument", id="no path"),
        pytest.param(["scan", ".", "--format", "xml"], "--format", id="format"),
        pytest.param(["scan", ".", "-j", "0"], "--jobs", id="jobs"),
        pytest.param(["scan", ".", "--colour"], "No such option", id="option"),
    ],
)
def test_bad_usage(cli: RunCli, tmp_path: Path, arguments: list[str], message: str) -> None:
    done = cli(*arguments, cwd=tmp_path)
    assert done.status == 2
    assert done.out == ""
    assert message in done.err


def test_an_error_in_a_pattern_has_file_and_line(cli: RunCli, tmp_path: Path, root: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "pattern.toml").write_text('name = "mine"\nextends = "mem_cgroup_charge"\nsumary = "typo"\n')
    done = cli("scan", tmp_path, "-p", folder)
    assert done.status == 2
    assert f"migrator: error: {folder}/pattern.toml:3: " in done.err


def test_colour_only_when_asked_for(cli: RunCli, tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN)
    assert "\x1b" not in cli("scan", ".", "-p", V58, cwd=tmp_path).out
    assert "\x1b[1;32mmigrated:\x1b[m" in cli("scan", ".", "-p", V58, "--color", "always", cwd=tmp_path).out


def test_no_across_leaves_alone_what_takes_more_than_one_function(cli: RunCli, tmp_path: Path) -> None:
    shutil.copytree(TESTDATA / "mem_cgroup_charge" / "sink" / "before", tmp_path, dirs_exist_ok=True)
    assert (
        "3 sites in 1 file (1 file scanned): 1 migrated, 2 migrated with warnings" in cli("scan", ".", cwd=tmp_path).out
    )
    done = cli("scan", "--no-across", ".", cwd=tmp_path)
    assert "0 migrated, 0 migrated with warnings, 3 refused" in done.out
    assert "setup-in-callee" in done.out
