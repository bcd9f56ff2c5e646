"""The figures command."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from migrator import dialect
from migrator.dialect import main, source_files

GOOD = "int good(void)\n{\n\treturn 0;\n}\n"
BAD = "int bad(void)\n{\n\treturn = ;\n}\n"
CUT = "int cut(int a)\n{\n\tif (a)\n\t\tb();\n#ifdef X\n\telse\n\t\tc();\n#endif\n}\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {"mm/a.c": GOOD + BAD, "mm/b.h": GOOD, "fs/c.c": CUT, "fs/d.txt": BAD}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "fs" / "binary.c").write_bytes(b"\0" + GOOD.encode())
    (tmp_path / "fs" / "gone.c").symlink_to(tmp_path / "nowhere.c")
    return tmp_path


def rows(out: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:] if ": " not in line}


def test_figures_by_folder(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tree), "--no-ctags"]) == 0
    found = rows(capsys.readouterr().out)
    assert found["mm"] == ["3", "1", "33.33", "%", "0", "0.00", "%"]
    assert found["fs"] == ["1", "0", "0.00", "%", "1", "100.00", "%"]
    assert found["all"] == ["4", "1", "25.00", "%", "1", "25.00", "%"]


def test_processes_do_not_change_the_figures(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tree), "--no-ctags"]) == 0
    one = capsys.readouterr().out
    assert main([str(tree), "--no-ctags", "-j", "2"]) == 0
    assert capsys.readouterr().out == one


def test_worst(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tree), "--no-ctags", "--worst", "5"]) == 0
    out = capsys.readouterr().out
    assert "error: mm/a.c:7: bad: return = ;" in out
    assert "cut: fs/c.c:1: cut: int cut(int a)" in out


@pytest.mark.skipif(shutil.which("ctags") is None, reason="needs universal-ctags")
def test_lost_functions(tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tree), "--under", "mm"]) == 0
    assert rows(capsys.readouterr().out)["mm"][-3:] == ["0", "0.00", "%"]
    monkeypatch.setattr(dialect, "ctags_functions", lambda root, files: {"mm/a.c": [("good", 1), ("absent", 40)]})
    assert main([str(tree), "--under", "mm", "--worst", "1"]) == 0
    out = capsys.readouterr().out
    assert rows(out)["mm"][-4:] == ["2", "1", "50.00", "%"]
    assert "lost: mm/a.c:40: absent" in out


def test_without_ctags(tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert main([str(tree)]) == 0
    assert "lost" not in capsys.readouterr().out


def test_swept_iterators(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.h").write_text("#define boxes(b) for (b = first(); b; b = next(b))\n")
    (tmp_path / "a.c").write_text("int f(void)\n{\n\tif (x) boxes(b) use(b);\n}\n")
    assert main([str(tmp_path), "--no-ctags"]) == 0
    before = rows(capsys.readouterr().out)["all"][1]
    assert main([str(tmp_path), "--no-ctags", "--sweep"]) == 0
    assert rows(capsys.readouterr().out)["all"][1] == "0"
    assert before in ("0", "1")


def test_not_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "absent")]) == 2
    assert "not a folder" in capsys.readouterr().err


def test_links_and_other_files_are_left_out(tree: Path) -> None:
    assert source_files(tree) == ["fs/binary.c", "fs/c.c", "mm/a.c", "mm/b.h"]
