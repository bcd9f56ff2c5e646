"""Loading patterns: the two that are shipped, extends, the search path, the digest, and every error with its line."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from pattern_tiny import FILES, TOML, write

from migrator.errors import PatternError
from migrator.pattern.describe import describe
from migrator.pattern.load import bundled_folder, check_pattern, list_patterns, load_pattern, pattern_folders


def test_the_tiny_pattern_is_valid(tmp_path: Path) -> None:
    pattern = check_pattern(write(tmp_path / "tiny"))
    assert pattern.words == ("start", "start_slow", "finish", "stop", "stop_now")
    assert pattern.begin_names == {"start", "start_slow"}
    assert pattern.commit_names == {"finish"}
    assert pattern.abort_names == {"stop", "stop_now"}
    assert pattern.new_call.name == "charge"
    assert pattern.arguments["care"].neutral == ("false", "( void * ) 0")
    assert pattern.placement.kind == "after-setup"
    assert pattern.placement.setup == "the mapping"
    assert [rule.begin for rule in pattern.after_success] == ["start_slow"]
    assert pattern.locks[0].release == ("let_go", "let_go_late")
    assert pattern.locks[0].argument == 1
    assert pattern.message.body == "Why.\n"


def test_a_pattern_survives_pickling(tmp_path: Path) -> None:
    pattern = check_pattern(write(tmp_path / "tiny"))
    copy = pickle.loads(pickle.dumps(pattern))
    assert copy == pattern
    assert hash(copy) == hash(pattern)
    assert copy.new_call.template.render({"object": "p", "flags": "f"}) == "charge(p, f)"


def test_a_linked_folder_is_a_pattern(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "tiny")
    (tmp_path / "tiny").symlink_to(tmp_path / "elsewhere" / "tiny")
    assert check_pattern(tmp_path / "tiny").name == "tiny"


CHILD = 'name = "child"\nextends = "tiny"\n'


def test_extends_joins_table_by_table(tmp_path: Path) -> None:
    base = check_pattern(write(tmp_path / "tiny"))
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "more.scm").write_text(
        '(call_expression function: (identifier) @release.name (#eq? @release.name "lose")'
        " arguments: (argument_list . (_) @release.object)) @release"
    )
    (tmp_path / "child" / "pattern.toml").write_text(
        CHILD + 'queries = ["more.scm"]\n[new_call]\ntemplate = "charge({flags}, {object})"\n'
        '[placement]\nkind = "at-begin"\n[[undo]]\neffect = "a({x})"\nundo = "b({x})"\n'
    )
    child = check_pattern(tmp_path / "child")
    assert child.extends == ("tiny",)
    assert [Path(query.file).parent.name for query in child.queries] == ["tiny", "tiny", "child"]
    assert child.summary == base.summary
    assert child.new_call.template.source == "charge({flags}, {object})"
    assert child.new_call.may_sleep is base.new_call.may_sleep
    assert child.new_call.errors == base.new_call.errors
    assert child.placement.kind == "at-begin"
    assert [rule.effect.source for rule in child.undo] == ["a({x})"]
    assert child.handle_uses == base.handle_uses
    assert {name for query in child.roles if query.role == "release" for name in query.names} == {"drop", "lose"}


def test_an_error_of_the_joined_pattern_names_the_file_that_said_it(tmp_path: Path) -> None:
    write(tmp_path / "tiny", toml=TOML.replace("throttle({object});", "throttle({object}, {pages});"))
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "pattern.toml").write_text(CHILD)
    with pytest.raises(PatternError, match="pages") as caught:
        check_pattern(tmp_path / "child")
    assert caught.value.file == str(tmp_path / "tiny" / "pattern.toml")
    write(tmp_path / "tiny")
    (tmp_path / "child" / "pattern.toml").write_text(CHILD + '\n[new_call]\ntemplate = "charge({pages})"\n')
    with pytest.raises(PatternError, match="pages") as caught:
        check_pattern(tmp_path / "child")
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "child" / "pattern.toml"), 5)


def test_a_circle_of_extends(tmp_path: Path) -> None:
    write(tmp_path / "tiny", toml='name = "tiny"\nextends = "child"\n')
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "pattern.toml").write_text(CHILD)
    with pytest.raises(PatternError, match="extends itself: child -> tiny -> child") as caught:
        check_pattern(tmp_path / "child")
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "tiny" / "pattern.toml"), 2)


def test_extends_by_path(tmp_path: Path) -> None:
    write(tmp_path / "far" / "tiny")
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "pattern.toml").write_text('name = "child"\nextends = "../far/tiny"\n')
    assert check_pattern(tmp_path / "child").extends == ("tiny",)


def test_extends_a_pattern_of_the_package_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "pattern.toml").write_text('name = "mine"\nextends = "mem_cgroup_charge_v58"\n')
    pattern = check_pattern(tmp_path / "mine")
    assert pattern.extends == ("mem_cgroup_charge_v58", "mem_cgroup_charge")
    assert pattern.new_call.template.source == "mem_cgroup_charge({object}, {mm}, {gfp})"


@pytest.mark.parametrize("name", [*FILES])
def test_every_byte_of_every_file_is_in_the_digest(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny")
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "pattern.toml").write_text(CHILD)
    before, child_before = check_pattern(folder).digest, check_pattern(tmp_path / "child").digest
    assert before != child_before
    text = (folder / name).read_text()
    (folder / name).write_text(text + "\n")
    assert check_pattern(folder).digest != before
    assert check_pattern(tmp_path / "child").digest != child_before
    (folder / name).write_text(text)
    assert check_pattern(folder).digest == before


def test_the_digest_does_not_depend_on_the_place(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a" / "tiny"), write(tmp_path / "b" / "tiny")
    (one / "notes.txt").write_text("not part of the pattern")
    assert check_pattern(one).digest == check_pattern(two).digest


def test_the_search_path_comes_before_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "search" / "tiny")
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "tiny", toml=TOML.replace("three calls", "in the current folder"))
    assert load_pattern("tiny", [tmp_path / "search"]).summary == "three calls become one"
    assert load_pattern("./tiny", [tmp_path / "search"]).summary == "in the current folder become one"
    assert load_pattern("tiny").summary == "in the current folder become one"
    monkeypatch.chdir(tmp_path / "tiny")
    assert load_pattern(".").name == "tiny"
    bundled = bundled_folder()
    assert bundled is not None
    found = [folder.name for folder in pattern_folders([tmp_path / "search", tmp_path / "absent"])]
    assert found == sorted(["tiny", *(path.name for path in bundled.iterdir())])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mem_cgroup_chrage", "did you mean mem_cgroup_charge"),
        ("nothing_like_it", "there is no pattern of this name; known: .*, mem_cgroup_charge, "),
        ("", "not the name of a pattern"),
        ("a\0b", "not the name of a pattern"),
        ("a\0/b", "not the name of a pattern"),
        ("./absent", "no such folder"),
        ("x" * 5000, "there is no pattern"),
        ("./" + "x" * 5000, "no such folder"),
    ],
)
def test_a_name_that_is_not_found(name: str, message: str) -> None:
    with pytest.raises(PatternError, match=message):
        load_pattern(name)


def test_the_shipped_patterns() -> None:
    folder = bundled_folder()
    assert folder is not None
    by_name = {pattern.name: pattern for pattern in list_patterns()}
    assert set(by_name) >= {"mem_cgroup_charge", "mem_cgroup_charge_v58"}
    assert set(by_name) == {path.name for path in folder.iterdir()}
    old, new = by_name["mem_cgroup_charge"], by_name["mem_cgroup_charge_v58"]
    assert (
        old.words
        == new.words
        == (
            "mem_cgroup_try_charge",
            "mem_cgroup_try_charge_delay",
            "mem_cgroup_commit_charge",
            "mem_cgroup_cancel_charge",
        )
    )
    assert old.new_call.template.names == {"object", "mm", "gfp", "lrucare"}
    assert new.new_call.template.names == {"object", "mm", "gfp"}
    assert (old.placement.kind, new.placement.kind) == ("after-setup", "at-begin")
    assert old.arguments["compound"].is_neutral("whatever ( )")
    assert not old.arguments["lrucare"].is_neutral("true")
    assert old.digest != new.digest


def test_the_description_of_a_shipped_pattern() -> None:
    told = describe(load_pattern("mem_cgroup_charge_v58"))
    assert {(role.role, role.arities) for role in told.roles if role.role in ("begin", "commit", "abort")} == {
        ("begin", (4, 5)),
        ("commit", (3, 4)),
        ("abort", (2, 3)),
    }
    assert told.placement == "where the old begin stood"
    assert told.new_call == "mem_cgroup_charge({object}, {mm}, {gfp})"
    assert {(argument.name, argument.any) for argument in told.arguments} == {("lrucare", False), ("compound", True)}
    assert ("get_page({x})", "put_page({x})") in told.undo
    assert told.after_success == (("mem_cgroup_try_charge_delay", "cgroup_throttle_swaprate({object}, {gfp});"),)
    # the four-argument call takes lrucare itself
    assert [item.name for item in describe(load_pattern("mem_cgroup_charge")).arguments] == ["compound"]


def test_the_description_lists_every_pair_of_locks(tmp_path: Path) -> None:
    told = describe(check_pattern(write(tmp_path / "tiny")))
    assert told.locks == (("grab", "let_go"), ("grab", "let_go_late"))
    assert told.placement == "behind the statements that set the mapping"
    assert told.roles[0].names == ("start", "start_slow")
