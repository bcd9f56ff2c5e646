"""Running git, and the process that reads objects."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from series_git import git, repository

from migrator.errors import InputError
from migrator.workspace.git import ObjectReader, branches_and_tags, git_said, run_git

TEXTS = [b"", b"\n", b"a\nb\n", b"\0\xff", b"x" * 300_000, b"no newline", b"abc missing\n"]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return repository(tmp_path, {f"{number}.c": text for number, text in enumerate(TEXTS)})


def names(work: Path) -> list[str]:
    return [git(work, "rev-parse", f"HEAD:{number}.c").decode().strip() for number in range(len(TEXTS))]


def test_contents_of_objects_byte_for_byte(work: Path) -> None:
    reader = ObjectReader(work)
    assert list(reader.read(names(work))) == TEXTS
    assert list(reader.read([])) == []
    reader.close()
    assert list(reader.read(names(work)[:2])) == TEXTS[:2]
    reader.close()


def test_more_objects_than_fit_into_a_pipe(work: Path) -> None:
    reader = ObjectReader(work)
    many = [*names(work)[:4], *names(work)[5:]] * 700
    assert list(reader.read(many)) == [*TEXTS[:4], *TEXTS[5:]] * 700
    reader.close()


def test_an_object_that_is_missing_is_none_and_does_not_disturb_the_others(work: Path) -> None:
    reader = ObjectReader(work)
    first, second = names(work)[2:4]
    assert list(reader.read([first, "0" * 40, second])) == [TEXTS[2], None, TEXTS[3]]
    reader.absent = frozenset({first})
    assert list(reader.read([second, first, second])) == [TEXTS[3], None, TEXTS[3]]
    reader.close()


def test_who_stops_reading_midway_gets_the_right_answers_later(work: Path) -> None:
    reader = ObjectReader(work)
    some = reader.read(names(work))
    assert next(some) == TEXTS[0]
    assert list(reader.read(names(work)[2:3])) == [TEXTS[2]]
    reader.close()


def asked(reader: ObjectReader) -> int:
    """The process that answers."""
    process = reader._process
    assert process is not None
    return process.pid


def test_a_forked_process_asks_a_git_of_its_own(work: Path) -> None:
    reader = ObjectReader(work)
    assert list(reader.read(names(work)[:1])) == TEXTS[:1]
    first = asked(reader)
    child = os.fork()
    if child == 0:
        good = list(reader.read(names(work))) == TEXTS and asked(reader) != first
        reader.close()
        os._exit(0 if good else 1)
    assert list(reader.read(names(work))) == TEXTS
    assert os.waitpid(child, 0)[1] == 0
    assert list(reader.read(names(work))) == TEXTS
    reader.close()


def test_a_git_that_dies_is_an_input_error(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin/git"
    fake.write_text("#!/bin/sh\nread line\necho 'ab blob 1000'\necho short\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    with pytest.raises(InputError, match="ended before it had answered"):
        list(ObjectReader(work).read(["0" * 40]))


def test_the_folder_decides_which_repository_it_is(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_WORK_TREE", "/nowhere")
    assert run_git(work, "rev-parse", "--show-prefix") == b"\n"


def test_what_git_says(tmp_path: Path) -> None:
    assert git_said(b"warning: w\nerror: e\nfatal: f\nhint: h\n") == "f"
    assert git_said(b"warning: w\nerror: caf\xe9\n") == "caf\udce9"
    assert git_said(b"something\nelse\n") == "something"
    assert git_said(b"") == ""
    with pytest.raises(InputError, match="not a git repository") as caught:
        run_git(tmp_path, "rev-parse", "--show-toplevel")
    assert caught.value.file == str(tmp_path)
    repository(tmp_path, {"a.c": b""})
    with pytest.raises(InputError, match="git config failed with status 1"):
        run_git(tmp_path, "config", "no.such")


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for ask in (lambda: run_git(tmp_path, "version"), lambda: list(ObjectReader(tmp_path).read(["0" * 40]))):
        with pytest.raises(InputError, match="git: cannot be run: there is no such program"):
            ask()


def test_names_to_complete(work: Path, tmp_path: Path) -> None:
    git(work, "tag", "v1.0")
    git(work, "branch", "topic/one")
    assert set(branches_and_tags(work)) == {"main", "topic/one", "v1.0"}
    (tmp_path / "none").mkdir()
    assert branches_and_tags(Path("/")) == ()
