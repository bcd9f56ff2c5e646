"""The public functions: sources, files, trees, and the count of words beside the engine's mentions."""

from __future__ import annotations

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from cli_code import PLAIN, PLAIN_AFTER, QUIET, REFUSED, V58, WARNED, git, make_repository, make_tree
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from migrator import api
from migrator.api import (
    migrate_file,
    migrate_file_in_tree,
    migrate_source,
    scan,
    tree_of,
)
from migrator.diagnostics import Code, Severity
from migrator.engine import Options
from migrator.errors import InputError
from migrator.pattern.load import load_pattern
from migrator.results import FileResult, SiteStatus
from migrator.series.wordcount import count_words, unaccounted_mentions
from migrator.workspace import parallel

PATTERN = load_pattern(V58)


def test_a_source() -> None:
    result = migrate_source(PLAIN.encode(), PATTERN, path="mm/plain.c")
    assert result.after == PLAIN_AFTER.encode()
    assert [site.file for site in result.sites] == ["mm/plain.c"]


def test_a_file(tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN)
    result = migrate_file(tmp_path / "mm" / "plain.c", PATTERN, root=tmp_path)
    assert (result.path, result.after) == ("mm/plain.c", PLAIN_AFTER.encode())


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        migrate_file(tmp_path / "gone.c", PATTERN)


def test_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    make_tree(tmp_path, blob="mem_cgroup_try_charge\0")
    result = migrate_file(tmp_path / "mm" / "blob.c", PATTERN, root=tmp_path)
    assert result.error is not None
    assert (result.error.code, result.error.severity, result.error.line) == (Code.UNREADABLE, Severity.ERROR, 0)
    assert not result.changed


def test_a_tree(tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN, warned=WARNED, refused=REFUSED, quiet=QUIET)
    result = scan([tmp_path], PATTERN, root=tmp_path)
    assert [file.path for file in result.files] == ["mm/plain.c", "mm/refused.c", "mm/warned.c"]
    assert [site.status for site in result.sites] == [SiteStatus.MIGRATED, SiteStatus.REFUSED, SiteStatus.WARNED]
    assert result.scanned == 4
    totals = result.totals
    assert (totals.sites, totals.migrated, totals.warned, totals.refused) == (3, 1, 1, 1)
    assert (totals.mentions, totals.unaccounted) == (10, 0)
    assert [item.line for item in result.all_diagnostics] == [9, 10, 13]
    assert result.diagnostics == ()


def test_options_reach_the_engine(tmp_path: Path) -> None:
    make_tree(tmp_path, warned=WARNED)
    result = scan([tmp_path], PATTERN, options=Options(strict=True))
    assert [site.status for site in result.sites] == [SiteStatus.REFUSED]
    assert not result.files[0].changed


@pytest.mark.parametrize("jobs", [2, 5])
def test_more_processes_give_the_same(tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_WORTH_A_POOL", 0)
    make_tree(tmp_path, **{f"f{number}": (PLAIN, WARNED, REFUSED)[number % 3] for number in range(12)})
    alone = scan([tmp_path], PATTERN)
    assert scan([tmp_path], PATTERN, jobs=jobs) == alone


def test_an_executor_is_used(tmp_path: Path) -> None:
    make_tree(tmp_path, plain=PLAIN, warned=WARNED)
    with ThreadPoolExecutor(2) as executor:
        result = scan([tmp_path], PATTERN, executor=executor)
        assert executor.submit(int).result() == 0
    assert result == scan([tmp_path], PATTERN)


def test_results_can_be_pickled(tmp_path: Path) -> None:
    make_tree(tmp_path, warned=WARNED)
    result = scan([tmp_path], PATTERN)
    assert pickle.loads(pickle.dumps(result)) == result


def test_progress_is_told(tmp_path: Path) -> None:
    class Listener:
        def __init__(self) -> None:
            self.heard: list[tuple[str, int]] = []

        def searched(self, files: int) -> None:
            self.heard.append(("searched", files))

        def found(self, files: int) -> None:
            self.heard.append(("found", files))

        def migrated(self, files: int) -> None:
            self.heard.append(("migrated", files))

    make_tree(tmp_path, plain=PLAIN, warned=WARNED, quiet=QUIET)
    listener = Listener()
    scan([tmp_path], PATTERN, progress=listener)
    assert sum(files for event, files in listener.heard if event == "searched") == 3
    assert ("found", 2) in listener.heard
    assert sum(files for event, files in listener.heard if event == "migrated") == 2


def test_a_bug_in_one_file_is_its_error_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = api.migrate_bytes

    def broken(path: str, *arguments: object) -> FileResult:
        if path == "mm/bad.c":
            raise IndexError("a bug")
        return genuine(path, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(api, "migrate_bytes", broken)
    make_tree(tmp_path, bad=PLAIN, good=PLAIN)
    bad, good = scan([tmp_path], PATTERN, root=tmp_path).files
    assert bad.error is not None
    assert "IndexError: a bug" in bad.error.message
    assert good.changed


def test_a_mention_that_is_missing_is_added() -> None:
    result = migrate_source(PLAIN.encode(), PATTERN)
    for position, mention in enumerate(result.mentions):
        without = replace(result, mentions=result.mentions[:position] + result.mentions[position + 1 :])
        (found,) = unaccounted_mentions(without, PATTERN.words)
        assert (found.line, found.column, found.name) == (mention.line, mention.column, mention.name)
        assert found.status == "unaccounted"


def test_a_mention_at_another_place_does_not_count() -> None:
    result = migrate_source(PLAIN.encode(), PATTERN)
    moved = tuple(replace(mention, column=mention.column + 1) for mention in result.mentions)
    assert len(list(unaccounted_mentions(replace(result, mentions=moved), PATTERN.words))) == len(moved)


@given(st.lists(st.sampled_from(["ab", "abc", "x", "_", " ", "\n", "ab\n", "-", "9", "\r\n", "é"]), max_size=30))
def test_words_are_counted_as_grep_does(pieces: list[str]) -> None:
    data = "".join(pieces).encode()
    words = ("ab", "abc")
    expected = set()
    for word in words:
        for match in re.finditer(rb"(?<![A-Za-z0-9_])" + word.encode() + rb"(?![A-Za-z0-9_])", data):
            start = match.start()
            expected.add((data.count(b"\n", 0, start) + 1, start - data.rfind(b"\n", 0, start), word))
    found = list(count_words(data, words))
    assert set(found) == expected
    assert len(found) == len(expected)


def test_a_file_of_a_revision(tmp_path: Path) -> None:
    make_repository(tmp_path, plain=PLAIN)
    (tmp_path / "mm/plain.c").write_text(QUIET)
    result = migrate_file(tmp_path / "mm/plain.c", PATTERN, revision="HEAD")
    assert (result.path, result.after) == ("mm/plain.c", PLAIN_AFTER.encode())
    assert not migrate_file(tmp_path / "mm/plain.c", PATTERN).changed
    with pytest.raises(InputError, match="no such revision"):
        migrate_file(tmp_path / "mm/plain.c", PATTERN, revision="none")


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_tree_of_a_revision(tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_WORTH_A_POOL", 0)
    make_repository(tmp_path, plain=PLAIN, warned=WARNED, refused=REFUSED, quiet=QUIET)
    expected = scan([tmp_path], PATTERN)
    (tmp_path / "mm/plain.c").write_text(QUIET)
    result = scan([tmp_path], PATTERN, revision="HEAD", jobs=jobs)
    assert result.revision == git(tmp_path, "rev-parse", "HEAD").strip()
    assert replace(result, revision="") == expected
    assert pickle.loads(pickle.dumps(result)) == result
    with closing(tree_of(result)) as tree:
        assert tree.read("mm/plain.c") == PLAIN.encode()
    with closing(tree_of(expected)) as tree:
        assert tree.read("mm/plain.c") == QUIET.encode()


def test_a_file_that_changes_together_with_others(tmp_path: Path) -> None:
    """The handle goes to another file, which commits."""
    inner = (
        "int rush_insert(struct page *page, struct mem_cgroup *memcg)\n{\n\tif (!rush_room(page))\n"
        "\t\treturn -ENOSPC;\n\tmem_cgroup_commit_charge(page, memcg, false);\n\treturn 0;\n}\n"
    )
    outer = PLAIN.replace("reed", "rush").replace("rush_insert(page)", "rush_insert(page, memcg)")
    outer = outer.replace("\tmem_cgroup_commit_charge(page, memcg, false);\n", "")
    make_tree(tmp_path, inner=inner, outer=outer, plain=PLAIN)
    whole = {file.path: file for file in scan([tmp_path], PATTERN, root=tmp_path).files}
    for path in ("mm/inner.c", "mm/outer.c"):
        assert not migrate_file(tmp_path / path, PATTERN, root=tmp_path).changed
        assert whole[path].changed
        assert migrate_file_in_tree(tmp_path / path, PATTERN, root=tmp_path) == whole[path]
    assert migrate_file_in_tree(tmp_path / "mm/plain.c", PATTERN, root=tmp_path) == whole["mm/plain.c"]
