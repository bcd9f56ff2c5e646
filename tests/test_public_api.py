"""The public names: all there, all described, all with an example that runs; importing them costs nothing."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path

import pytest
from cli_code import V58, make_repository
from conftest import RunCli

import migrator
import migrator.testing
from migrator import Code, InputError, Pattern, PatternError, SeriesStyle, Split

PACKAGE = Path(migrator.__file__).parent
PUBLIC = {name: getattr(migrator, name) for name in migrator.__all__ if name != "__version__"}
TESTING = {name: getattr(migrator.testing, name) for name in migrator.testing.__all__}
MODULES = sorted({one.__module__ for one in (*PUBLIC.values(), *TESTING.values())} | {"migrator.refactor"})
# Values that are only read: where they come from has the example.
VALUES = {
    "Case", "Diagnostic", "ErrorPaths", "ErrorRow", "FileDiff", "Mention", "Outcome", "Patch", "Progress", "Related",
    "Series", "SeriesStyle", "Site", "Suggestion", "Totals", "TreeCase", "Want",
}  # fmt: skip

# What others rely on: a name may be added here, and is taken away with the next major version only.
STABLE = [
    "ChangedMeanwhileError",
    "Code",
    "Context",
    "Diagnostic",
    "Dialect",
    "Edit",
    "ErrorPaths",
    "ErrorRow",
    "FileDiff",
    "FileResult",
    "InputError",
    "Mention",
    "MentionKind",
    "MigratorError",
    "Options",
    "OverlappingEditsError",
    "Patch",
    "Pattern",
    "PatternError",
    "Progress",
    "Refactor",
    "Related",
    "Series",
    "SeriesStyle",
    "Severity",
    "Site",
    "SiteStatus",
    "Split",
    "Suggestion",
    "Totals",
    "TreeResult",
    "__version__",
    "apply_changes",
    "apply_edits",
    "file_diffs",
    "format_series",
    "list_patterns",
    "load_dialect",
    "load_pattern",
    "migrate_file",
    "migrate_source",
    "migrate_tree",
    "scan",
    "unified_diff",
    "write_series",
]
STABLE_TESTING = [
    "Case",
    "Outcome",
    "TreeCase",
    "Want",
    "accept_cases",
    "difference",
    "examples",
    "migrate_tree_case",
    "read_all_cases",
    "read_cases",
    "read_tree_cases",
    "run_case",
    "run_cases",
    "run_tree_case",
    "wants_in",
    "without_wants",
]


def test_the_names_are_the_promised_ones() -> None:
    assert migrator.__all__ == sorted(STABLE)
    assert migrator.testing.__all__ == sorted(STABLE_TESTING)


def test_every_public_name_can_be_had() -> None:
    assert migrator.__all__ == sorted(migrator.__all__)
    for name in migrator.__all__:
        assert getattr(migrator, name) is not None
    assert dir(migrator) == migrator.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = migrator.nothing


def test_what_type_checkers_see_is_what_there_is() -> None:
    source = Path(migrator.__file__).read_text(encoding="utf-8")
    block = source.partition("if TYPE_CHECKING:\n")[2].partition("\n\n")[0]
    imported = re.findall(r"from migrator\.([\w.]+) import (.+)", block)
    assert {home: tuple(re.split(r",\s*", names)) for home, names in imported} == migrator._HOMES


def test_there_are_types() -> None:
    assert (PACKAGE / "py.typed").is_file()


@pytest.mark.parametrize("name", [*PUBLIC, *TESTING])
def test_every_name_is_described(name: str) -> None:
    found = PUBLIC.get(name) or TESTING[name]
    text = inspect.getdoc(found) or ""
    assert text.strip()
    if name not in VALUES and not (inspect.isclass(found) and issubclass(found, (Enum, Exception))):
        assert ">>> " in text, f"{name} has no example"


@pytest.mark.parametrize("name", [name for name, found in {**PUBLIC, **TESTING}.items() if inspect.isclass(found)])
def test_what_a_class_offers_is_described(name: str) -> None:
    found = PUBLIC.get(name) or TESTING[name]
    for part, member in vars(found).items():
        if not part.startswith("_") and (inspect.isfunction(member) or isinstance(member, (property, classmethod))):
            assert inspect.getdoc(member), f"{name}.{part}"


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run(module: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    outcome = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert outcome.failed == 0


def test_the_readme_runs(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for name in ("mm/memory.c", "linux/mm/memory.c"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes((root / "tests" / "readme" / "replace_entry.c").read_bytes())
    monkeypatch.chdir(tmp_path)
    exec(compile("\n".join(blocks), "README.md", "exec"), {})
    assert "mem_cgroup_charge(page, mm, gfp);" in (tmp_path / "linux/mm/memory.c").read_text()
    assert "mem_cgroup_try_charge" in (tmp_path / "mm/memory.c").read_text()
    assert [path.name[:4] for path in sorted((tmp_path / "out").iterdir())] == ["0000", "0001"]
    assert "migrated=1" in capsys.readouterr().out


def test_an_import_costs_nothing() -> None:
    program = "import sys, migrator; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "migrator" in done.stdout.split()
    assert not {"tree_sitter", "networkx", "msgspec", "typer", "rich", "subprocess"} & set(done.stdout.split())


# -- loading -------------------------------------------------------------------------------------------------------


def test_load_by_name_and_by_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "patterns")
    by_name = Pattern.load("strscpy")
    assert Pattern.load(root / "patterns" / "strscpy") == by_name
    assert Pattern.load(Path("strscpy")).digest == by_name.digest
    assert Pattern.load(V58, [root / "patterns"]).digest == Pattern.load(V58).digest
    assert pickle.loads(pickle.dumps(by_name)) == by_name
    for name in ("nothing", Path("nothing")):
        with pytest.raises(PatternError):
            Pattern.load(name)


def shipped(folder: Path, name: str, group: str, value: str) -> None:
    """A package as pip would install it: metadata with one entry point."""
    metadata = folder / f"{name}-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(f"[{group}]\n{name} = {value}\n")


@pytest.fixture
def ship(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], None]:
    """Ships an entry point of a module that has all kinds of objects."""
    from shutil import copytree

    module = f"shipped_{tmp_path.name}".replace("-", "_")
    copytree(root / "patterns" / "no_llseek", tmp_path / module / "no_llseek")
    (tmp_path / module / "no_llseek" / "__init__.py").touch()
    (tmp_path / module / "__init__.py").write_text(
        "from pathlib import Path\nfrom migrator import Refactor\n"
        "def work(context):\n    pass\n"
        "folder = Path(__file__).parent / 'no_llseek'\ntext = str(folder)\nnumber = 1\n"
        "refactor = Refactor('sent', ('lamp_on',), work)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return lambda name, group, value: shipped(tmp_path, name, group, module + value)


@pytest.mark.parametrize("value", [".no_llseek", ":folder", ":text"], ids=["a module", "a path", "a string"])
def test_a_pattern_of_another_package(ship: Callable[[str, str, str], None], value: str) -> None:
    from migrator.pattern.plugins import plugin_names

    ship("sent_pattern", "migrator.patterns", value)
    assert Pattern.load("sent_pattern").name == "no_llseek"
    assert "sent_pattern" in plugin_names()


def test_a_refactor_of_another_package(ship: Callable[[str, str, str], None]) -> None:
    from migrator.pattern.plugins import plugin_names

    ship("sent_refactor", "migrator.refactors", ":refactor")
    assert (Pattern.load("sent_refactor").name, Pattern.load("sent_refactor").kind) == ("sent", "refactor")
    assert "sent_refactor" in plugin_names()


@pytest.mark.parametrize(
    ("group", "value", "message"),
    [
        ("migrator.patterns", ":number", "is not the path of a folder"),
        ("migrator.patterns", ":absent", "cannot be loaded"),
        ("migrator.refactors", ":number", "is not a Refactor"),
        ("migrator.refactors", ".absent:x", "cannot be loaded"),
    ],
)
def test_an_entry_point_that_is_none(
    ship: Callable[[str, str, str], None], group: str, value: str, message: str
) -> None:
    ship("sent_wrong", group, value)
    with pytest.raises(PatternError, match=message):
        Pattern.load("sent_wrong")


# -- writing: what the command line writes -------------------------------------------------------------------------

STYLES = {
    "plain": ((), SeriesStyle()),
    "all": (
        ("--split", "none", "--signoff", "--no-cover-letter", "--no-introduce", "--no-remove"),
        SeriesStyle(Split.NONE, cover=False, signoff=True, introduce=False, remove=False),
    ),
}
AUTHOR = "A Tester <tester@example.org>"


def make_whole_tree(folder: Path) -> Path:
    from series_tree import FILES

    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return make_repository(folder)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("part", [".", "mm"])
@pytest.mark.parametrize("revision", [None, "HEAD"])
def test_a_series_is_that_of_the_command(
    cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: str, part: str, revision: str | None
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    tree = make_whole_tree(tmp_path / "tree")
    monkeypatch.chdir(tree)
    arguments, choice = STYLES[style]
    asked = ("--rev", revision) if revision else ()
    cli("format-patch", part, "-o", tmp_path / "a", "-p", V58, "--author", AUTHOR, *arguments, *asked)
    result = migrator.scan([part], Pattern.load(V58), revision=revision)
    series = migrator.format_series(result, choice, author=AUTHOR)
    written = migrator.write_series(series, tmp_path / "b")
    assert written
    assert {path.name: path.read_bytes() for path in written} == {
        path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()
    }
    assert not series.uncommitted
    assert pickle.loads(pickle.dumps(series)) == series


def test_a_diff_and_the_files_are_those_of_the_command(cli: RunCli, tmp_path: Path) -> None:
    tree = make_whole_tree(tmp_path / "tree")
    (tree / "mm" / "reed.c").chmod(0o755)
    (tree / ".gitattributes").write_text("*.c diff=cpp\n")
    result = migrator.scan([tree], Pattern.load(V58))
    diff = migrator.unified_diff(result)
    assert b"100755" in diff
    assert diff.decode() == cli("diff", "-p", V58, tree, cwd=tree).out
    assert b"".join(one.text for one in migrator.file_diffs(result)) == diff
    paths = migrator.apply_changes(result)
    assert paths == tuple(file.path for file in result.files if file.changed)
    assert all((tree / file.path).read_bytes() == file.after for file in result.files)
    with pytest.raises(migrator.ChangedMeanwhileError):
        migrator.apply_changes(result)
    assert migrator.unified_diff(migrator.scan([tree], Pattern.load("strscpy"))) == b""


def test_what_cannot_be_written(tmp_path: Path) -> None:
    tree = make_whole_tree(tmp_path / "tree")
    result = migrator.scan([tree], Pattern.load(V58), revision="HEAD")
    with pytest.raises(InputError, match="not rewritten in place"):
        migrator.apply_changes(result)
    with pytest.raises(InputError, match="an author has the form"):
        migrator.format_series(result, author="Nobody")
    with pytest.raises(InputError, match="MAINTAINERS"):
        migrator.format_series(result, SeriesStyle(Split.SUBSYSTEM), author=AUTHOR)
    (tmp_path / "file").write_text("")
    series = migrator.format_series(result, author=AUTHOR)
    with pytest.raises(InputError, match="is a file, not a folder"):
        migrator.write_series(series, tmp_path / "file")
    with pytest.raises(InputError, match="too long"):
        migrator.write_series(series, tmp_path / ("x" * 300))


def test_the_ledger_of_a_series_knows_what_goes(tmp_path: Path) -> None:
    tree = make_whole_tree(tmp_path / "tree")
    result = migrator.scan([tree], Pattern.load(V58))
    series = migrator.format_series(result, author=AUTHOR)
    assert "removed" in {mention.status for mention in series.result.mentions}
    assert "removed" not in {mention.status for mention in result.mentions}
    part = migrator.format_series(migrator.scan([tree / "mm" / "reed.c"], Pattern.load(V58)), author=AUTHOR)
    assert Code.REMOVAL_BLOCKED in {item.code for item in part.result.notes}


def test_files_that_are_not_committed(tmp_path: Path) -> None:
    tree = make_whole_tree(tmp_path / "tree")
    path = next(file.path for file in migrator.scan([tree], Pattern.load(V58)).files if file.changed)
    (tree / path).write_bytes(b"/* new */\n" + (tree / path).read_bytes())
    series = migrator.format_series(migrator.scan([tree], Pattern.load(V58)), author=AUTHOR)
    assert series.uncommitted
    assert not any(b"base-commit" in patch.mail for patch in series.patches)
