"""``scan --format sarif``: what the log holds, and that its models know every key."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_code import PLAIN, PLAIN_AFTER, V58
from conftest import RunCli
from pydantic import BaseModel
from sarif_pydantic import Sarif

WARNED = PLAIN.replace("memcg, false", "memcg, true")
REFUSED = "void f(struct page *page)\n{\n\tmem_cgroup_cancel_charge(page, memcg);\n}\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    assert WARNED != PLAIN
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm" / "plain.c").write_text(PLAIN)
    (tmp_path / "mm" / "warned file.c").write_text(WARNED)
    (tmp_path / "mm" / "refused.c").write_text(REFUSED)
    return tmp_path


def log_of(cli: RunCli, tree: Path, *more: str) -> dict[str, object]:
    done = cli("scan", "--format", "sarif", "-p", V58, *more, cwd=tree)
    assert done.status == 1
    loaded = json.loads(done.out)
    assert isinstance(loaded, dict)
    return loaded


def unknown_keys(model: BaseModel) -> Iterator[str]:
    yield from model.model_extra or {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, BaseModel):
                yield from unknown_keys(item)


def test_the_models_know_every_key(cli: RunCli, tree: Path) -> None:
    log = Sarif.model_validate(log_of(cli, tree, "."))
    assert set(unknown_keys(log)) == {"columnKind"}  # of SARIF, but not in the models


def test_what_is_in_it(cli: RunCli, tree: Path) -> None:
    log = log_of(cli, tree, ".")
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]  # type: ignore[misc]
    assert run["invocations"] == [{"executionSuccessful": True}]
    assert run["properties"]["totals"]["sites"] == 2
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert set(rules) == {"argument-dropped", "commit-elsewhere", "rewrite"}
    assert rules["argument-dropped"]["help"]["markdown"].startswith("# argument-dropped\n")
    by_rule = {item["ruleId"]: item for item in run["results"]}
    assert {rule: item["level"] for rule, item in by_rule.items()} == {
        "argument-dropped": "warning",
        "commit-elsewhere": "note",
        "rewrite": "note",
    }
    (place,) = by_rule["argument-dropped"]["locations"]
    line = WARNED[: WARNED.index("memcg, true")].count("\n") + 1
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "mm/warned%20file.c", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": line},
    }


def test_the_fix_is_the_rewrite(cli: RunCli, tree: Path) -> None:
    (run,) = log_of(cli, tree, "mm")["runs"]  # type: ignore[misc]
    fixes = {
        item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: item["fixes"][0]
        for item in run["results"]
        if item["ruleId"] == "rewrite"
    }
    (change,) = fixes["mm/plain.c"]["artifactChanges"]
    lines = PLAIN.splitlines(keepends=True)

    def offset(line: int, column: int) -> int:
        return sum(map(len, lines[: line - 1])) + column - 1

    text = PLAIN
    for part in reversed(change["replacements"]):
        region = part["deletedRegion"]
        start = offset(region["startLine"], region["startColumn"])
        end = offset(region["endLine"], region["endColumn"])
        assert (start, end - start) == (region["byteOffset"], region["byteLength"])
        text = text[:start] + part["insertedContent"]["text"] + text[end:]
    assert text == PLAIN_AFTER


def test_a_fingerprint_does_not_depend_on_lines(cli: RunCli, tree: Path) -> None:
    def fingerprints() -> dict[str, str]:
        (run,) = log_of(cli, tree, ".")["runs"]  # type: ignore[misc]
        return {
            item["ruleId"]: item["partialFingerprints"]["migrator/v1"]
            for item in run["results"]
            if item["ruleId"] != "rewrite"
        }

    before = fingerprints()
    for path in (tree / "mm").iterdir():
        path.write_text("\n\n/* moved down */\n" + path.read_text())
    assert fingerprints() == before


def test_a_file_without_a_line(cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "bad.c").write_bytes(b"mem_cgroup_try_charge\0")
    done = cli("scan", "--format", "sarif", "-p", V58, ".", cwd=tmp_path)
    assert done.status == 2
    (run,) = json.loads(done.out)["runs"]
    assert run["invocations"] == [{"executionSuccessful": False}]
    assert [item["level"] for item in run["results"]] == ["error"]


def test_it_is_loaded_for_this_alone(tmp_path: Path) -> None:
    code = "import sys; from migrator.cli.app import app; import migrator.cli.scan; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
