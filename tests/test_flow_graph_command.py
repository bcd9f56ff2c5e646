"""``python -m migrator.flow`` and the checks that it makes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrator.flow import FlowEdge, FlowGraph, FlowNode, NodeKind
from migrator.flow.__main__ import main
from migrator.flow.check import graph_problems, lost_calls
from tests.flow_code import parsed

CODE = "int f(int a)\n{\n\tspin_lock(&l);\n\tif (a)\n\t\treturn 1;\n\tspin_unlock(&l);\n\treturn 0;\n\tg();\n}\n"


def test_figures_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.c").write_text(CODE)
    (tmp_path / "b.h").write_text("static inline void g(void)\n{\n}\n")
    (tmp_path / "c.c").symlink_to(tmp_path / "nothing")
    assert main([str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "2 files, 2 functions (0 broken), 10 nodes, 1 dead, 4 under a lock, 1 functions end with one" in text


def test_dead_code_and_dump(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.c"
    file.write_text(CODE)
    assert main([str(file), "--dead", "--dump", "f"]) == 0
    text = capsys.readouterr().out
    assert f"{file}:8: dead in f: g ( ) ;\n" in text
    assert "   2 condition        4  a  -> 3 if true, 4 if false\n" in text


def test_no_such_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nothing")]) == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_unreadable_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.c").write_text(CODE)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'a.c'}: Permission denied\n"


def spoilt(*edges: FlowEdge) -> FlowGraph:
    kinds = (NodeKind.ENTRY, NodeKind.CONDITION, NodeKind.STATEMENT, NodeKind.EXIT)
    return FlowGraph([FlowNode(index, kind, None, 1) for index, kind in enumerate(kinds)], edges)


GOOD = (FlowEdge(0, 1), FlowEdge(1, 2, True), FlowEdge(1, 3, False), FlowEdge(2, 3))
SPOILT = {
    "truth-missing": (GOOD[0], FlowEdge(1, 2), *GOOD[2:]),
    "truth-misplaced": (*GOOD[:3], FlowEdge(2, 3, True)),
    "case-misplaced": (*GOOD[:3], FlowEdge(2, 3, None, "1")),
    "entry-entered": (*GOOD, FlowEdge(2, 0)),
    "exit-left": (*GOOD, FlowEdge(3, 1)),
}


def test_a_good_graph_has_no_problem() -> None:
    assert list(graph_problems(spoilt(*GOOD))) == []


@pytest.mark.parametrize("name", SPOILT)
def test_a_problem_is_found(name: str) -> None:
    assert list(graph_problems(spoilt(*SPOILT[name]))) != []


def test_a_lost_call_is_found() -> None:
    code = parsed("x(); if (unlikely(y(sizeof(z())))) x();")
    assert list(lost_calls(code.graph, code.source, code.function)) == []
    nodes = [code.graph.nodes[0], FlowNode(1, NodeKind.EXIT, None, 3)]
    found = list(lost_calls(FlowGraph(nodes, [FlowEdge(0, 1)]), code.source, code.function))
    assert found == [
        "f.c:3: 0 nodes execute x ( )",
        "f.c:3: 0 nodes execute y ( sizeof ( z ( ) ) )",
        "f.c:3: 0 nodes execute x ( )",
    ]


TREES = [Path(name) for name in os.environ.get("MIGRATOR_KERNEL_TREES", "").split(os.pathsep) if name]


@pytest.mark.slow
@pytest.mark.skipif(not TREES, reason="MIGRATOR_KERNEL_TREES names no tree")
@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.name)
def test_every_function_of_a_real_tree(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tree / name) for name in ("mm", "kernel", "fs", "net")]) == 0, capsys.readouterr().out
