"""``migrator patterns``: list, show, check, test."""

from __future__ import annotations

import json
from pathlib import Path

from cli_code import PLAIN, PLAIN_AFTER, V58
from conftest import RunCli


def test_list(cli: RunCli, root: Path) -> None:
    done = cli("patterns", "list")
    assert (done.status, done.err) == (0, "")
    names = [line.split()[0] for line in done.out.splitlines()]
    assert names == sorted(folder.name for folder in (root / "patterns").iterdir())


def test_list_as_json(cli: RunCli) -> None:
    found = json.loads(cli("patterns", "list", "--format", "json").out)
    assert V58 in {item["name"] for item in found}


def test_show(cli: RunCli) -> None:
    done = cli("patterns", "show", V58)
    assert done.status == 0
    lines = [line.strip() for line in done.out.splitlines()]
    assert "begin: mem_cgroup_try_charge(), mem_cgroup_try_charge_delay() with 4 or 5 arguments" in lines
    assert "mem_cgroup_charge({object}, {mm}, {gfp})" in lines
    assert "after mem_cgroup_try_charge_delay(): cgroup_throttle_swaprate({object}, {gfp});" in lines
    assert "get_page({x})  <-  put_page({x})" in lines
    assert lines[lines.index("extends") + 1] == "mem_cgroup_charge"


def test_show_as_json(cli: RunCli) -> None:
    shown = json.loads(cli("patterns", "show", V58, "--format", "json").out)
    assert shown["new_call"] == "mem_cgroup_charge({object}, {mm}, {gfp})"


def test_check_says_what_is_wrong_with_each(cli: RunCli, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "pattern.toml").write_text('name = "bad"\nextends = "mem_cgroup_charge"\n\n[placement]\nkind = "nowhere"\n')
    done = cli("patterns", "check", V58, bad, "nothing")
    assert done.status == 2
    assert done.out.startswith(f"{V58}: valid (")
    first, second = done.err.splitlines()
    assert first.startswith(f"migrator: error: {bad}/pattern.toml:5: ")
    assert second.startswith("migrator: error: nothing: ")


def test_check_a_good_one(cli: RunCli) -> None:
    done = cli("patterns", "check", "mem_cgroup_charge", V58)
    assert (done.status, done.err) == (0, "")
    assert len(done.out.splitlines()) == 2


def make_case(folder: Path, after: str) -> None:
    folder.mkdir(parents=True)
    (folder / "before.c").write_text(PLAIN)
    (folder / "after.c").write_text(after)


def test_cases_pass(cli: RunCli, tmp_path: Path) -> None:
    make_case(tmp_path / V58 / "plain", PLAIN_AFTER)
    done = cli("patterns", "test", tmp_path, "-v")
    assert done.status == 0
    assert done.out == f"{tmp_path}/{V58}/plain: passed\n"
    assert done.err == "migrator: 1 case, 0 failed\n"


def test_cases_fail(cli: RunCli, tmp_path: Path) -> None:
    make_case(tmp_path / "plain", PLAIN_AFTER)
    make_case(tmp_path / "wrong", PLAIN)
    done = cli("patterns", "test", tmp_path, "-p", V58)
    assert done.status == 1
    assert "+\terr = mem_cgroup_charge(page, mm, GFP_KERNEL);" in done.out
    assert f"{tmp_path}/wrong: the output differs" in done.out
    assert f"{tmp_path}/plain" not in done.out
    assert done.err == "migrator: 2 cases, 1 failed\n"


def test_no_cases(cli: RunCli, tmp_path: Path) -> None:
    done = cli("patterns", "test", tmp_path)
    assert done.status == 2
    assert "no cases here" in done.err


def test_new(cli: RunCli, tmp_path: Path) -> None:
    done = cli("patterns", "new", "use_it", cwd=tmp_path)
    assert done.status == 0
    assert done.out.splitlines() == [
        "use_it/pattern.toml",
        "use_it/calls.scm",
        "use_it/testdata/first/before.c",
        "use_it/testdata/first/after.c",
    ]
    command = done.err.partition("run: migrator ")[2].split()
    assert cli(*command, cwd=tmp_path).err == "migrator: 1 case, 0 failed\n"
    assert cli("patterns", "show", "./use_it", cwd=tmp_path).status == 0


def test_new_does_not_write_over_anything(cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for name, message in (("there", "is there already"), ("Not-a-name", "made of small letters")):
        done = cli("patterns", "new", name, cwd=tmp_path)
        assert (done.status, done.out) == (2, "")
        assert message in done.err
    assert list((tmp_path / "there").iterdir()) == []


def test_show_a_rewrite(cli: RunCli) -> None:
    lines = [line.strip() for line in cli("patterns", "show", "vm_flags").out.splitlines()]
    assert lines[lines.index("rule set") + 1 :][:3] == [
        "becomes vm_flags_set({vma}, {flags})",
        "where vma is a struct vm_area_struct *",
        "where the value is not used",
    ]
    shown = json.loads(cli("patterns", "show", "vm_flags", "--format", "json").out)
    assert (shown["kind"], shown["rules"][0]["name"]) == ("rewrite", "wrapper")


def test_check_a_rewrite(cli: RunCli) -> None:
    assert cli("patterns", "check", "strscpy").out == "strscpy: valid (strlcpy -> 3 rules)\n"


def test_show_has_an_example(cli: RunCli) -> None:
    out = cli("patterns", "show", "strscpy").out
    example = out[out.index("example: ") :]
    assert "    -\tstrlcpy(" in example
    assert "    +\tstrscpy(" in example
    colored = cli("patterns", "show", "strscpy", "--color", "always").out
    assert "\x1b[32m    +\tstrscpy(" in colored


def test_show_an_example_that_changes_nothing(cli: RunCli) -> None:
    out = cli("patterns", "show", "hugetlb_cgroup").out
    assert "\nto\n" not in out
    assert "    int example_stored(" in out[out.index("example: ") :]
    assert "reported at line 6: handle-escapes: " in out


def test_examples_as_json(cli: RunCli, root: Path) -> None:
    shown = json.loads(cli("patterns", "show", "no_llseek", "--format", "json").out)
    (example,) = shown["examples"]
    assert example["case"] == "members"
    assert example["before"] != example["after"]
    assert "want:" not in example["before"]
    assert example["reported"] == [[31, "unknown-shape", "no rule of the pattern knows this use"]]


def test_show_a_pattern_without_examples(cli: RunCli, tmp_path: Path) -> None:
    assert cli("patterns", "new", "lamp_on", cwd=tmp_path).status == 0
    assert "example: first" in cli("patterns", "show", "./lamp_on", cwd=tmp_path).out
    for path in (tmp_path / "lamp_on" / "testdata" / "first").iterdir():
        path.unlink()
    done = cli("patterns", "show", "./lamp_on", cwd=tmp_path)
    assert (done.status, "example" in done.out) == (0, False)
