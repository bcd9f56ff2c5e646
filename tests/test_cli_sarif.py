"""``scan --format sarif``: what the log holds, and that its models know every key."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_code import PLAIN, PLAIN_AFTER, V58, git, make_repository
from conftest import RunCli
from pydantic import BaseModel
from sarif_kit.validate import validation_errors
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


def test_it_is_valid(cli: RunCli, tree: Path) -> None:
    """Against the JSON schema of OASIS, which forbids keys that it does not know."""
    log = log_of(cli, tree, ".")
    assert validation_errors(log) == []
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"] = {"startLine": 0}  # type: ignore[index]
    assert validation_errors(log) != []


@pytest.mark.parametrize("pattern", ["mem_cgroup_charge", "inode_ctime", "hugetlb_cgroup"])
def test_the_corpus_is_valid(cli: RunCli, root: Path, pattern: str) -> None:
    log = json.loads(cli("scan", "--format", "sarif", "-p", pattern, root / "testdata" / pattern).out)
    assert validation_errors(log) == []
    (run,) = log["runs"]
    assert len(run["results"]) > 3
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[item["ruleIndex"]]["id"] == item["ruleId"] for item in run["results"])
    # What GitHub asks for.
    texts = [rule[key]["text"] for rule in rules for key in ("shortDescription", "fullDescription", "help")]
    assert all(texts)
    fingerprints = [item["partialFingerprints"]["migrator/v1"] for item in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints)


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
            f"{item['ruleId']} {item['locations'][0]['physicalLocation']['artifactLocation']['uri']}": item[
                "partialFingerprints"
            ]["migrator/v1"]
            for item in run["results"]
        }

    before = fingerprints()
    for path in (tree / "mm").iterdir():
        path.write_text("\n\n/* moved down */\n" + path.read_text())
    assert len(before) == 4
    assert fingerprints() == before
    (tree / "mm" / "plain.c").write_text(PLAIN.replace("GFP_KERNEL", "GFP_NOWAIT"))
    changed = {name for name, value in fingerprints().items() if before[name] != value}
    assert changed == {"rewrite mm/plain.c"}


def test_what_says_the_same_is_told_apart(cli: RunCli, tree: Path) -> None:
    """Two refusals of one function, alike but for their lines: the second is not the first."""
    text = REFUSED.replace("}", "\tmem_cgroup_cancel_charge(page, memcg);\n}")
    (tree / "mm" / "refused.c").write_text(text)
    (run,) = log_of(cli, tree, "mm/refused.c")["runs"]  # type: ignore[misc]
    messages = {(item["ruleId"], item["message"]["text"]) for item in run["results"]}
    prints = [item["partialFingerprints"]["migrator/v1"] for item in run["results"]]
    assert (len(messages), len(prints), len(set(prints))) == (1, 2, 2)


def test_what_is_no_text_stays_as_it_is(cli: RunCli, tmp_path: Path) -> None:
    before = b'void f(char *to)\n{\n\tuse(class_create(THIS_MODULE, "\xff"));\n}\n'
    (tmp_path / "lamp.c").write_bytes(before)
    log = json.loads(cli("scan", "--format", "sarif", "-p", "class_create", ".", cwd=tmp_path).out)
    assert validation_errors(log) == []
    (result,) = log["runs"][0]["results"]
    ((part,),) = (change["replacements"] for change in result["fixes"][0]["artifactChanges"])
    assert set(part["deletedRegion"]) == {"byteOffset", "byteLength"}
    start, length = part["deletedRegion"]["byteOffset"], part["deletedRegion"]["byteLength"]
    after = before[:start] + base64.b64decode(part["insertedContent"]["binary"]) + before[start + length :]
    assert after == before.replace(b"THIS_MODULE, ", b"")


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://git.example.org/linux.git", "https://git.example.org/linux.git"),
        ("https://me:secret@git.example.org:8443/linux.git", "https://git.example.org:8443/linux.git"),
        ("https://secret@git.example.org/linux.git?token=secret", "https://git.example.org/linux.git"),
        ("ssh://git:secret@git.example.org/linux.git", "ssh://git@git.example.org/linux.git"),
        ("git@git.example.org:kernel/linux.git", "ssh://git@git.example.org/kernel/linux.git"),
        ("/srv/git/linux.git", None),
        ("../linux", None),
        ("file:///srv/git/linux.git", None),
        ("ext::ssh host", None),
        ("https://[broken/linux.git", None),
        ("", None),
    ],
)
def test_where_a_revision_comes_from(cli: RunCli, tmp_path: Path, remote: str, address: str | None) -> None:
    (tmp_path / "plain.c").write_text(PLAIN)
    make_repository(tmp_path)
    if remote:
        git(tmp_path, "config", "remote.origin.url", remote)
    log = json.loads(cli("scan", "--format", "sarif", "-p", V58, "--rev", "HEAD", ".", cwd=tmp_path).out)
    assert validation_errors(log) == []
    (run,) = log["runs"]
    assert len(run["properties"]["revision"]) == 40
    wanted = [{"repositoryUri": address, "revisionId": run["properties"]["revision"]}] if address else None
    assert run.get("versionControlProvenance") == wanted
    assert "secret" not in json.dumps(log)
    (run,) = json.loads(cli("scan", "--format", "sarif", "-p", V58, ".", cwd=tmp_path).out)["runs"]
    assert "versionControlProvenance" not in run


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
