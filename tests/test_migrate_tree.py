"""``migrate_tree``: the files of ``scan`` one by one, on any executor, and no more in hand than is said."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest
from cli_code import PLAIN, QUIET, REFUSED, V58, WARNED, make_repository, make_tree

from migrator import Context, FileResult, InputError, Options, Pattern, Refactor, api, migrate_tree, scan
from migrator.workspace import parallel

COPY = "void lamp(char *a, char *b)\n{\n\tstrlcpy(a, b, 8);\n}\n"
USED = "int lamp(char *a, char *b)\n{\n\treturn strlcpy(a, b, 8);\n}\n"


class Inline(Executor):
    """Does the work when it is given, over a border that lets through what can be pickled; has ``submit`` alone."""

    def __init__(self) -> None:
        self.given = 0

    def submit(self, function, /, *arguments, **named):  # type: ignore[no-untyped-def]
        self.given += 1
        future: Future[object] = Future()
        try:
            function, arguments, named = pickle.loads(pickle.dumps((function, arguments, named)))
            future.set_result(pickle.loads(pickle.dumps(function(*arguments, **named))))
        except Exception as error:
            future.set_exception(error)
        return future

    def map(self, *_: object, **__: object) -> Iterator[object]:
        raise NotImplementedError


EXECUTORS: dict[str, Callable[[], Executor | nullcontext[None]]] = {
    "none": nullcontext,
    "threads": lambda: ThreadPoolExecutor(2),
    "processes": lambda: ProcessPoolExecutor(2),
    "inline": Inline,
}


def rename(context: Context) -> None:
    for found in context.find('(call_expression function: (identifier) @name (#eq? @name "strlcpy"))'):
        context.fix(found["name"], [context.replace(found["name"], "strscpy")])


PATTERNS = {
    "transaction": (Pattern.load(V58), Options()),
    "alone": (Pattern.load(V58), Options(alone=True, strict=True)),
    "rewrite": (Pattern.load("strscpy"), Options()),
    "refactor": (Refactor("renamed", ("strlcpy",), rename).pattern(), Options()),
}
FILES = {"plain": PLAIN, "warned": WARNED, "refused": REFUSED, "quiet": QUIET, "copy": COPY, "used": USED, "bad": "\0"}


@pytest.mark.parametrize("kind", PATTERNS)
@pytest.mark.parametrize("executor", EXECUTORS)
def test_the_results_are_those_of_scan(tmp_path: Path, kind: str, executor: str) -> None:
    make_tree(tmp_path, **FILES, blob="strlcpy mem_cgroup_try_charge\0")
    pattern, options = PATTERNS[kind]
    expected = scan([tmp_path], pattern, root=tmp_path, options=options).files
    assert len(expected) > 2
    with EXECUTORS[executor]() as given:
        found = migrate_tree([tmp_path], pattern, root=tmp_path, options=options, executor=given)
        assert isinstance(found, Iterator)
        assert tuple(found) == expected
        assert given is None or given.submit(int).result() == 0


@pytest.mark.parametrize("kind", PATTERNS)
def test_own_processes(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_WORTH_A_POOL", 0)
    make_tree(tmp_path, **FILES)
    pattern, options = PATTERNS[kind]
    found = migrate_tree([tmp_path], pattern, root=tmp_path, options=options, jobs=2)
    assert tuple(found) == scan([tmp_path], pattern, root=tmp_path, options=options).files


def test_a_handle_that_travels(tmp_path: Path) -> None:
    """What takes two files is done in the stream too."""
    inner = (
        "int rush(struct page *page, struct mem_cgroup *memcg)\n{\n\tmem_cgroup_commit_charge(page, memcg, false);\n"
    )
    outer = PLAIN.replace("reed_insert(page)", "rush(page, memcg)")
    outer = outer.replace("\tmem_cgroup_commit_charge(page, memcg, false);\n", "")
    make_tree(tmp_path, inner=inner + "\treturn 0;\n}\n", outer=outer)
    pattern = Pattern.load(V58)
    expected = scan([tmp_path], pattern, root=tmp_path)
    assert expected.together
    assert tuple(migrate_tree([tmp_path], pattern, root=tmp_path)) == expected.files


def test_a_revision(tmp_path: Path) -> None:
    make_repository(tmp_path, copy=COPY, used=USED)
    pattern = Pattern.load("strscpy")
    expected = scan([tmp_path], pattern).files
    (tmp_path / "mm" / "copy.c").write_text(QUIET)
    found = migrate_tree([tmp_path], pattern, revision="HEAD")
    assert next(found) == expected[0]
    found.close()  # type: ignore[attr-defined]
    assert tuple(migrate_tree([tmp_path], pattern, revision="HEAD")) == expected


def test_what_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    make_tree(tmp_path, copy=COPY)
    pattern = Pattern.load("strscpy")
    with pytest.raises(InputError, match="no such file"):
        migrate_tree([tmp_path / "gone"], pattern)
    with pytest.raises(InputError, match="no file or folder"):
        migrate_tree([], pattern)
    with pytest.raises(InputError, match="leads out of the tree"):
        migrate_tree([tmp_path], pattern, root=tmp_path / "mm")
    with pytest.raises(ValueError, match="repository"):
        migrate_tree([tmp_path], pattern, root=tmp_path, revision="HEAD")


def test_no_more_in_hand_than_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(tmp_path, **{f"f{number:03d}": COPY for number in range(150)})
    executor = Inline()
    found = migrate_tree([tmp_path], Pattern.load("strscpy"), root=tmp_path, executor=executor)
    assert executor.given == 0
    next(found)
    assert executor.given == 64
    next(found)
    assert executor.given == 65
    assert len(list(found)) == 148
    assert executor.given == 150
    executor = Inline()
    next(migrate_tree([tmp_path], Pattern.load("strscpy"), root=tmp_path, executor=executor, jobs=20))
    assert executor.given == 80


def test_alone_one_file_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine, seen = api.migrate_bytes, []

    def watched(path: str, *arguments: object) -> FileResult:
        seen.append(path)
        return genuine(path, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(api, "migrate_bytes", watched)
    make_tree(tmp_path, a=COPY, b=COPY, c=COPY)
    found = migrate_tree([tmp_path], Pattern.load("strscpy"), root=tmp_path)
    assert seen == []
    next(found)
    assert seen == ["mm/a.c"]


def test_who_stops_takes_the_work_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(tmp_path, **{f"f{number}": COPY for number in range(5)})
    given: list[Future[FileResult]] = []
    with ThreadPoolExecutor(1) as executor:
        hold: Future[None] = Future()
        genuine = executor.submit

        def submit(*arguments: object) -> Future[FileResult]:
            future = genuine(*arguments)  # type: ignore[arg-type]
            given.append(future)
            if len(given) == 1:
                genuine(hold.result)
            return future

        monkeypatch.setattr(executor, "submit", submit)
        found = migrate_tree([tmp_path], Pattern.load("strscpy"), root=tmp_path, executor=executor)
        next(found)
        found.close()  # type: ignore[attr-defined]
        assert [future.cancelled() for future in given] == [False, True, True, True, True]
        hold.set_result(None)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bug_in_one_file_is_its_error_alone(tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_WORTH_A_POOL", 0)
    genuine = api.migrate_bytes

    def broken(path: str, *arguments: object) -> FileResult:
        if path == "mm/bad.c":
            raise IndexError("a bug")
        return genuine(path, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(api, "migrate_bytes", broken)
    make_tree(tmp_path, bad=COPY, good=COPY)
    bad, good = migrate_tree([tmp_path], Pattern.load("strscpy"), root=tmp_path, jobs=jobs)
    assert bad.error is not None
    assert "IndexError: a bug" in bad.error.message
    assert good.changed
