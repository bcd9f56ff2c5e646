"""The search for words: the answer of ``grep -rlw``, however many processes look."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.workspace import prefilter, wordscan
from migrator.workspace.prefilter import find_mentions
from migrator.workspace.tree import open_tree

WORDS = ("try_charge", "commit_charge", "try_charge_delay", "drop")

TEXTS = {
    "call.c": b"\ttry_charge(page);\n",
    "longer.c": b"my_try_charge(x); try_charge2(x); try_charge_delays\n",
    "both.c": b"xtry_charge try_charge\n",
    "start.c": b"drop",
    "end.c": b"a\ndrop",
    "none.c": b"nothing here\n",
    "empty.c": b"",
    "part.c": b"_charge\n",
    "comment.h": b"/* see commit_charge() */\n",
    "text.txt": b"try_charge\n",
    "crlf.c": b"x\r\ndrop\r\n",
    "latin.c": b"\xe9drop\xe9\n",
    "digits.c": b"drop1 1drop\n",
    "binary.c": b"\0drop\0",
    "dollar.c": b"$drop\n",
}
BUFFER = wordscan.BUFFER_SIZE


def big(position: int, word: bytes = b"try_charge") -> bytes:
    """Over three buffers long, with a word at one place."""
    data = bytearray(b"a b\n" * (BUFFER * 3 // 4 + 100))
    data[position : position + len(word)] = word
    return bytes(data)


def tree(folder: Path, texts: dict[str, bytes]) -> Path:
    for name, data in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def naive(folder: Path, words: tuple[str, ...] = WORDS) -> list[str]:
    expression = re.compile(rb"(?<![0-9A-Za-z_])(?:%s)(?![0-9A-Za-z_])" % "|".join(words).encode())
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.[ch]")
        if path.is_file() and expression.search(path.read_bytes())
    )


def found(folder: Path, words: tuple[str, ...] = WORDS, jobs: int = 1) -> list[str]:
    return list(find_mentions(open_tree([folder], folder), words, jobs).files)


@pytest.fixture(params=[0, 10**9], ids=["memmem", "find"])
def either_search(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to search, whatever the number of files."""
    monkeypatch.setattr(wordscan, "WORTH_MEMMEM", request.param)


@pytest.mark.usefixtures("either_search")
def test_whole_words_only(tmp_path: Path) -> None:
    tree(tmp_path, TEXTS)
    expected = ["binary.c", "both.c", "call.c", "comment.h", "crlf.c", "dollar.c", "end.c", "latin.c", "start.c"]
    assert found(tmp_path) == expected == naive(tmp_path)


@pytest.mark.skipif(shutil.which("grep") is None, reason="no grep")
def test_equal_to_grep(tmp_path: Path) -> None:
    tree(tmp_path, TEXTS)
    command = ["grep", "-rlwF", "--include=*.[ch]", *(part for word in WORDS for part in ("-e", word)), "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, env={**os.environ, "LC_ALL": "C"})
    assert found(tmp_path) == sorted(name.removeprefix("./") for name in done.stdout.decode().split())


@pytest.mark.usefixtures("either_search")
@pytest.mark.parametrize(
    "words", [("try_charge",), ("try_charge", "commit_charge"), ("drop", "try_charge"), ("a_b", "zzz")]
)
@pytest.mark.parametrize("position", [0, BUFFER - 5, BUFFER - 10, BUFFER, 2 * BUFFER - 3, 3 * BUFFER + 7])
def test_long_files(tmp_path: Path, words: tuple[str, ...], position: int) -> None:
    tree(
        tmp_path, {"big.c": big(position), "longer.c": big(position, b"try_charger"), "tail.c": big(0, b"x") + b"drop"}
    )
    assert found(tmp_path, words) == naive(tmp_path, words)


@pytest.mark.usefixtures("either_search")
def test_words_at_the_end_of_a_full_buffer(tmp_path: Path) -> None:
    tree(tmp_path, {"a.c": b"x" * (BUFFER - 5) + b" drop", "b.c": b"x" * (BUFFER - 5) + b" drops"})
    assert found(tmp_path) == ["a.c"]


TEXT = st.lists(st.sampled_from([b"ab", b"a", b"b_", b"_", b" ", b"\n", b"1", b"\xc3"]), max_size=30).map(b"".join)
SOME_WORDS = st.lists(
    st.sampled_from(["a", "ab", "b_a", "ab_ab", "_", "aba", "b1"]), min_size=1, max_size=4, unique=True
)


@given(TEXT, SOME_WORDS)
def test_mentions_is_the_expression(text: bytes, words: list[str]) -> None:
    expression = re.compile(rb"(?<![0-9A-Za-z_])(?:%s)(?![0-9A-Za-z_])" % "|".join(words).encode())
    wanted = tuple(word.encode() for word in words)
    assert wordscan.mentions(text, wanted) == (expression.search(text) is not None)


@given(TEXT, SOME_WORDS, SOME_WORDS, st.booleans())
def test_parts_of_names_are_the_expression(text: bytes, words: list[str], parts: list[str], pastes: bool) -> None:
    text += b"##" * pastes
    wanted = [re.escape(word) for word in words + parts * pastes]
    expression = re.compile(rb"(?<![0-9A-Za-z_])(?:%s)(?![0-9A-Za-z_])" % "|".join(wanted).encode())
    given_words = tuple(word.encode() for word in [*words, *(f"##{part}" for part in parts)])
    assert wordscan.mentions(text, given_words) == (expression.search(text) is not None)


@given(TEXT, SOME_WORDS)
def test_a_text_without_needles_has_no_word(text: bytes, words: list[str]) -> None:
    wanted = tuple(word.encode() for word in words)
    signs = wordscan.needles(wanted)
    if wordscan.mentions(text, wanted):
        assert any(sign in text for sign in signs)


def test_needles() -> None:
    assert wordscan.needles((b"mem_try_charge", b"mem_commit_charge")) == (b"_charge",)
    assert wordscan.needles((b"begin", b"begin_slow", b"end")) == (b"begin", b"end")
    assert wordscan.needles((b"get", b"put", b"get")) == (b"get", b"put")
    assert wordscan.needles((b"##get_", b"put", b"##_now")) == (b"##", b"put")
    assert wordscan.needles((b"##mem_get_", b"mem_get_now")) == (b"mem_get_",)


@pytest.mark.usefixtures("either_search")
def test_parts_of_names_count_where_macros_paste(tmp_path: Path) -> None:
    (tmp_path / "a.h").write_text("#define GET(x) get_ ## x()\n")
    (tmp_path / "b.h").write_text("#define GET(x) forget_##x()\n")
    (tmp_path / "c.h").write_text("int get_;\n")
    (tmp_path / "d.h").write_text("int put;\n")
    assert found(tmp_path, ("##get_", "put")) == ["a.h", "d.h"]
    assert found(tmp_path, ("get_", "##put")) == ["a.h", "c.h"]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = {f"d{number % 37}/{number}.c": (b"drop\n" if number % 101 == 0 else b"x\n") for number in range(4500)}
    return tree(tmp_path_factory.mktemp("many"), texts)


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_any_number_of_processes_finds_the_same(many: Path, jobs: int) -> None:
    result = find_mentions(open_tree([many], many), WORDS, jobs)
    assert result.scanned == 4500
    assert list(result.files) == naive(many)


def test_helpers_take_part(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here: list[int] = []
    scan = wordscan.scan

    def counting(paths: list[bytes], words: tuple[bytes, ...]) -> list[int]:
        here.append(len(paths))
        return scan(paths, words)

    monkeypatch.setattr(wordscan, "scan", counting)
    find_mentions(open_tree([many], many), WORDS, 2)
    assert 0 < sum(here) < 4500


def test_progress_adds_up(many: Path) -> None:
    steps: list[int] = []
    find_mentions(open_tree([many], many), WORDS, 2, steps.append)
    assert sum(steps) == 4500
    assert len(steps) > 5


SCRIPTS = {
    "dies at once": "raise SystemExit(1)",
    "dies with work in hand": "import sys; sys.stdin.buffer.read(100); raise SystemExit(1)",
    "is killed": "import os; os.kill(os.getpid(), 9)",
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_helpers_that_die_lose_nothing(
    many: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str
) -> None:
    path = tmp_path / "helper.py"
    path.write_text(script)
    monkeypatch.setattr(prefilter.wordscan, "__file__", str(path))
    result = find_mentions(open_tree([many], many), WORDS, 3)
    assert result.scanned == 4500
    assert list(result.files) == naive(many)


@pytest.mark.parametrize("executable", ["", "/no/such/python"])
def test_no_interpreter_to_start(many: Path, monkeypatch: pytest.MonkeyPatch, executable: str) -> None:
    monkeypatch.setattr("sys.executable", executable)
    assert found(many, jobs=2) == naive(many)


def test_helpers_are_gone_after_an_interrupt(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def recording(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] = popen(*arguments, **options)  # type: ignore[call-overload]
        started.append(process)
        return process

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", recording)
    with pytest.raises(KeyboardInterrupt):
        find_mentions(open_tree([many], many), WORDS, 2, interrupted)
    assert started
    assert all(process.returncode is not None for process in started)


def test_files_that_cannot_be_read_are_candidates(tmp_path: Path) -> None:
    tree(tmp_path, {"a.c": b"x\n", "b.c": b"drop\n"})
    assert wordscan.scan(
        [os.fsencode(tmp_path / "gone.c"), os.fsencode(tmp_path / "a.c"), os.fsencode(tmp_path)], (b"drop",)
    ) == [0, 2]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert wordscan.scan([os.fsencode(tmp_path / "pipe")], (b"drop",)) == []


def test_a_file_is_scanned_whatever_its_name_when_it_is_given(tmp_path: Path) -> None:
    tree(tmp_path, TEXTS)
    result = find_mentions(open_tree([tmp_path / "text.txt", tmp_path / "none.c"], tmp_path), WORDS)
    assert (result.files, result.scanned) == (("text.txt",), 2)


def test_notes_of_the_walk_come_along(tmp_path: Path) -> None:
    (tmp_path / "broken.c").symlink_to("nowhere")
    assert [note.file for note in find_mentions(open_tree([tmp_path], tmp_path), WORDS).notes] == ["broken.c"]


def test_no_words(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no words"):
        find_mentions(open_tree([tmp_path], tmp_path), ())


def test_no_c_library_to_call(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ctypes", None)
    assert found(many) == naive(many)
