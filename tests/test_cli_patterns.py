"""``migrator patterns``: list, show, check, test."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
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


def test_check_has_one_line_for_each(cli: RunCli, tmp_path: Path) -> None:
    """However a pattern is broken: file, line, what is wrong; and all are looked at."""
    for name in ("lamp_on", "lamp_off", "lamp_dim"):
        assert cli("patterns", "new", name, cwd=tmp_path).status == 0
    (tmp_path / "lamp_on" / "pattern.toml").write_text("colour = 1\n")
    queries = tmp_path / "lamp_dim" / "calls.scm"
    queries.write_text(queries.read_text().replace("@call.object", "@call.lamp"))
    done = cli("patterns", "check", "./lamp_on", "./lamp_off", "./lamp_dim", cwd=tmp_path)
    assert (done.status, done.out) == (2, "./lamp_off: valid (old_call -> 2 rules)\n")
    first, second = done.err.splitlines()
    assert first.startswith("migrator: error: lamp_on/pattern.toml:1: unknown key `colour`; known: ")
    toml = (tmp_path / "lamp_dim" / "pattern.toml").read_text()
    line = toml[: toml.index("replace = ", toml.index("[rules.call]"))].count("\n") + 1
    assert second == (
        f"migrator: error: lamp_dim/pattern.toml:{line}: "
        "{object} is not what every match of @call captures; known: {lamp}, {name}, {owner}"
    )


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
    assert done.err == "migrator: 1 case: 1 passed, 0 failed\n"


def test_cases_fail(cli: RunCli, tmp_path: Path) -> None:
    make_case(tmp_path / "plain", PLAIN_AFTER)
    make_case(tmp_path / "wrong", PLAIN)
    done = cli("patterns", "test", tmp_path, "-p", V58)
    assert done.status == 1
    assert "+\terr = mem_cgroup_charge(page, mm, GFP_KERNEL);" in done.out
    assert f"{tmp_path}/wrong: the output differs" in done.out
    assert f"{tmp_path}/plain" not in done.out
    assert done.err.splitlines()[0] == "migrator: 2 cases: 1 passed, 1 failed"


def test_what_is_wrong_is_shown(cli: RunCli, tmp_path: Path) -> None:
    assert cli("patterns", "new", "lamp_on", cwd=tmp_path).status == 0
    first = tmp_path / "lamp_on" / "testdata" / "first"
    before, after = (first / "before.c").read_text(), (first / "after.c").read_text()
    (first / "before.c").write_text(
        before.replace("argument-dropped", "argument-droped").replace(
            ' /* want: unknown-shape "with two arguments" */', ""
        )
    )
    (first / "after.c").write_text(after.replace("\tif (error)", "        if (error)"))
    done = cli("patterns", "test", "lamp_on", cwd=tmp_path)
    lines = done.out.splitlines()
    place = "lamp_on/testdata/first: "
    assert done.status == 1
    assert "(only white space differs: · blank, → tab, ␍ carriage return, ¶ end of the line)" in lines
    assert lines[-5:] == [
        place + 'missing: line 8: argument-droped "owner was given here" '
        "(no code of that name; did you mean argument-dropped?)",
        "    reported instead: line 8: argument-dropped (warning) "
        "owner was given here and has no place in the new form",
        "    | return old_call(owner, lamp);",
        place + "unexpected: line 11: unknown-shape (refusal) old_call() is not called here with two arguments",
        "    | static int (*lamp_call)(struct module *, struct lamp *) = old_call;",
    ]
    assert done.err.splitlines() == [
        "migrator: 1 case: 0 passed, 1 failed",
        "migrator: where what came out is right, --accept writes it down as what is wanted",
    ]
    assert "\x1b" not in done.out
    painted = cli("patterns", "test", "lamp_on", "--color", "always", cwd=tmp_path).out
    assert "\x1b[31m-········if·(error)¶\x1b[m" in painted
    assert "\x1b[1mlamp_on/testdata/first:\x1b[m missing" in painted


def test_a_case_that_cannot_be_used_does_not_stop_the_others(cli: RunCli, tmp_path: Path) -> None:
    make_case(tmp_path / "plain", PLAIN_AFTER)
    make_case(tmp_path / "unread", PLAIN_AFTER)
    (tmp_path / "unread" / "before.c").write_text("/* want: something */\n" + PLAIN)
    for more in ((), ("--accept",)):
        done = cli("patterns", "test", tmp_path, "-p", V58, *more)
        assert done.status == 2
        assert done.err.splitlines() == [
            f'migrator: error: {tmp_path}/unread/before.c:1: not of the form /* want: CODE "text" */: something',
            "migrator: 2 cases: 1 passed, 0 failed, 1 not run",
        ]


@pytest.mark.parametrize(
    ("folder", "more", "message"),
    [
        ("nowhere", (), "nowhere: no such folder"),
        ("cases/plain", ("-p", V58), "cases/plain: no cases here: it is a case itself, name the folder above it"),
        ("cases", (), "cases: no cases here (PATTERN/CASE/before.c; CASE/before.c with -p)"),
        (".", ("-p", V58), ".: no cases here (CASE/before.c)"),
    ],
)
def test_where_no_cases_are(cli: RunCli, tmp_path: Path, folder: str, more: tuple[str, ...], message: str) -> None:
    make_case(tmp_path / "cases" / "plain", PLAIN_AFTER)
    done = cli("patterns", "test", folder, *more, cwd=tmp_path)
    assert (done.status, done.err) == (2, f"migrator: error: {message}\n")


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
    assert cli(*command, cwd=tmp_path).err == "migrator: 1 case: 1 passed, 0 failed\n"
    assert cli("patterns", "show", "./use_it", cwd=tmp_path).status == 0


def test_new_does_not_write_over_anything(cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "file").touch()
    for name, message in (
        ("there", "there: is there already"),
        ("there/", "there: is there already"),
        ("file", "file: is there already"),
        ("file/lamp", "file/lamp: not a directory"),
        ("Not-a-name", "has only small letters, digits and underscores, such as not_a_name"),
        ("9th", "begins with a small letter"),
        ("..", "begins with a small letter"),
        ("", "begins with a small letter"),
        ("a" * 300, "file name too long"),
    ):
        done = cli("patterns", "new", name, cwd=tmp_path)
        assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
        assert message in done.err
    assert list((tmp_path / "there").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "there"]


def test_new_leaves_no_half(cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = Path.write_text

    def full(path: Path, text: str, encoding: str | None = None) -> int:
        if path.name == "after.c":
            raise OSError(errno.ENOSPC, "No space left on device")
        return genuine(path, text, encoding=encoding)

    monkeypatch.setattr(Path, "write_text", full)
    done = cli("patterns", "new", "lamp_on", cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.err == "migrator: error: lamp_on: no space left on device\n"
    assert list(tmp_path.iterdir()) == []


def test_new_in_a_read_only_folder(cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refused)  # root may write anywhere
    done = cli("patterns", "new", "lamp_on", cwd=tmp_path)
    assert (done.status, done.err) == (2, "migrator: error: lamp_on: permission denied\n")


def test_show_a_rewrite(cli: RunCli) -> None:
    lines = [line.strip() for line in cli("patterns", "show", "vm_flags").out.splitlines()]
    found, *others = lines[lines.index("rule set") + 1 :][:4]
    assert found.startswith("finds vm_flags, as in writes.scm:")
    assert others == [
        "where vma is a struct vm_area_struct *",
        "where the value is not used",
        "becomes vm_flags_set({vma}, {flags})",
    ]
    shown = json.loads(cli("patterns", "show", "vm_flags", "--format", "json").out)
    assert (shown["kind"], shown["rules"][0]["name"]) == ("rewrite", "wrapper")


def test_show_what_a_rule_drops(cli: RunCli) -> None:
    lines = [line.strip() for line in cli("patterns", "show", "class_create").out.splitlines()]
    assert lines[lines.index("rule create") + 1 :][:4] == [
        "finds class_create() with 2 arguments, as in calls.scm:2",
        "where not in function class_create, __class_create",
        "becomes class_create({name_of_class})",
        "drops owner: only THIS_MODULE",
    ]
    assert "finds class_create() with 1 argument, as in calls.scm:8" in lines
    shown = json.loads(cli("patterns", "show", "class_create", "--format", "json").out)
    assert shown["rules"][0]["dropped"] == [{"name": "owner", "neutral": ["THIS_MODULE"], "any": False}]


def test_show_includes(cli: RunCli, tmp_path: Path) -> None:
    assert cli("patterns", "new", "lamp_on", cwd=tmp_path).status == 0
    toml = tmp_path / "lamp_on" / "pattern.toml"
    told = (
        '[includes]\nadd = ["linux/new.h"]\nremove = [{ header = "linux/old.h", provides = ["old_call"] }]\n[message]'
    )
    toml.write_text(toml.read_text().replace("[message]", told))
    lines = [line.strip() for line in cli("patterns", "show", "./lamp_on", cwd=tmp_path).out.splitlines()]
    assert lines[lines.index("added") + 1] == "#include <linux/new.h>"
    assert lines[lines.index("removed where nothing else needs it") + 1] == "#include <linux/old.h>"


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


def test_show_passes_over_a_case_that_is_not_finished(cli: RunCli, tmp_path: Path) -> None:
    assert cli("patterns", "new", "lamp_on", cwd=tmp_path).status == 0
    make_case(tmp_path / "lamp_on" / "testdata" / "begun", PLAIN)
    (tmp_path / "lamp_on" / "testdata" / "begun" / "after.c").unlink()
    assert "example: first (" in cli("patterns", "show", "./lamp_on", cwd=tmp_path).out


def test_show_a_pattern_without_examples(cli: RunCli, tmp_path: Path) -> None:
    assert cli("patterns", "new", "lamp_on", cwd=tmp_path).status == 0
    assert "example: first" in cli("patterns", "show", "./lamp_on", cwd=tmp_path).out
    for path in (tmp_path / "lamp_on" / "testdata" / "first").iterdir():
        path.unlink()
    done = cli("patterns", "show", "./lamp_on", cwd=tmp_path)
    assert (done.status, "example" in done.out) == (0, False)
