"""``tests/history/times.py`` on small trees of our own: with tools made up here, with none, and with the real ones."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.history import timed_tools as tools
from tests.history import times

HISTORY = Path(times.__file__).parent
LAMPS = """\
static int one(void)
{
	lamps = class_create(THIS_MODULE, "lamps");
	return register_lamps(lamps);
}
"""

# Pattern to a file of which each tool must change the lines that begin with this sign, and no others.
GOES = ">"
SAMPLES = {
    "class_create": LAMPS.replace("\tlamps =", f"{GOES}\tlamps ="),
    "vm_flags": """\
static int map_lamp(struct file *file, struct vm_area_struct *vma)
{
	struct lamp *lamp = lamp_of(file);

	lamp->vm_flags |= VM_IO;
>	vma->vm_flags |= VM_IO | VM_PFNMAP;
	light(lamp);
>	vma->vm_flags &= ~VM_MAYWRITE;
>	vma->vm_flags |= VM_DONTDUMP;
	return vma->vm_flags & VM_WRITE ? -EPERM : 0;
}

static int light_up(struct vm_fault *fault)
{
>	fault->vma->vm_flags &= ~VM_IO;
	return 0;
}

static struct vm_area_struct *new_lamp(struct mm_struct *mm, unsigned long flags)
{
	struct vm_area_struct *vma = vm_area_alloc(mm);

	if (vma)
>		vma->vm_flags = flags;
	return vma;
}
""",
    "inode_ctime": """\
static int touch_lamp(struct lamp *lamp, struct inode *dir, struct dentry *dentry)
{
	lamp->i_ctime = now;
>	dir->i_ctime = current_time(dir);
>	dir->i_mtime = dir->i_ctime = current_time(dir);
>	dir->i_ctime = dir->i_mtime = lamp->i_mtime;
>	d_inode(dentry)->i_ctime = lamp->i_ctime;
>	dir->i_ctime.tv_sec = lamp->seconds;
>	dir->i_ctime.tv_nsec = 0;
>	lamp->seconds = dir->i_ctime.tv_sec;
	return 0;
}
""",
    "strscpy": """\
static int name_lamp(struct lamp *lamp, const char *name)
{
>	strlcpy(lamp->name, name, sizeof(lamp->name));
	if (strlcpy(lamp->alias, name, sizeof(lamp->alias)) > 4)
		return -E2BIG;
	return 0;
}
""",
    "probe_new": """\
static struct i2c_driver lamp_driver = {
>	.probe_new = lamp_probe,
};

static struct spi_driver other_driver = {
	.probe_new = other_probe,
};

static struct i2c_driver both_driver = {
	.probe = both_probe,
	.probe_new = both_probe,
};
""",
    "no_llseek": """\
static const struct file_operations lamp_operations = {
	.open = lamp_open,
>	.llseek = no_llseek,
	.read = lamp_read,
};

static const struct proc_ops proc_operations = {
>	.proc_lseek = no_llseek,
};
""",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    place = tmp_path / "tree"
    (place / "drivers").mkdir(parents=True)
    (place / "drivers" / "lamps.c").write_text(LAMPS)
    (place / "drivers" / "again.c").write_text(LAMPS)
    (place / "drivers" / "other.c").write_text("int class_create_other(void);\n")
    return place


def write_program(place: Path, text: str) -> None:
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!{sys.executable}\nimport json, sys\nfrom pathlib import Path\n{text}")
    place.chmod(0o755)


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spatch that changes line 3 of each group's first file, an ast-grep that changes it in the last file."""
    folder = tmp_path / "bin"
    write_program(
        folder / "spatch",
        """
if "--version" in sys.argv: sys.exit(print("spatch version 9.9 compiled with OCaml"))
groups = Path(sys.argv[sys.argv.index("--file-groups") + 1]).read_text().split("\\n\\n")
for group in groups:
    if group.strip():
        print(f"--- {group.split()[0]}\\n+++ /tmp/x.c\\n@@ -2,2 +2,2 @@\\n {{\\n-\\told\\n+\\tnew")
""",
    )
    write_program(
        folder / "ast-grep",
        """
if "--version" in sys.argv: sys.exit(print("ast-grep 8.8"))
path = sorted(sys.argv[sys.argv.index("--json=stream") + 1:])[-1]
start = Path(path).read_text().index("THIS_MODULE")
print(json.dumps({"file": path, "replacement": "", "replacementOffsets": {"start": start, "end": start + 13}}))
""",
    )
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_the_page(tree: Path, made_up: Path, tmp_path: Path) -> None:
    page = tmp_path / "TIMES.md"
    assert times.main([str(tree), "-p", "class_create", "-p", "vm_flags", "--runs", "2", "-o", str(page)]) == 0
    text = page.read_text()
    first, second = (line.split(" | ") for line in text.splitlines() if line.startswith(("| class", "| vm_")))
    assert first[:2] == ["| class_create", "2"]
    assert [cell[cell.index("[") :] for cell in first[2:]] == ["[2]", "[2, 2]", "[1, 1] |"]
    assert second[-1] == "no rule |"
    assert "beside spatch version 9.9 and ast-grep 8.8." in text
    assert "the least of 2 turns" in text
    assert "load at the start " in text
    for tool in ("spatch", "ast-grep"):  # who is faster here is the machine's business
        assert any(line.startswith("- ") and tool in line and "faster" in line for line in text.splitlines())
    assert "class_create: an owner other than THIS_MODULE" in text
    assert "strscpy" not in text


def test_without_the_others(tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(times, "installed", lambda _: {"migrator": sys.executable})
    assert times.main([str(tree), "-p", "class_create", "--runs", "1"]) == 0
    text = capsys.readouterr().out
    assert "[2] | not installed | not installed |" in text
    assert "beside no other tool." in text
    assert "faster than migrator for" not in text


def test_a_tool_that_fails(tree: Path, made_up: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_program(made_up / "spatch", "sys.exit('semantic patch: no such thing')\n")
    page = tmp_path / "TIMES.md"
    assert times.main([str(tree), "-p", "class_create", "--runs", "1", "-o", str(page)]) == 2
    assert "spatch: exit status 1: semantic patch: no such thing" in capsys.readouterr().err
    assert not page.exists()


def test_who_is_faster() -> None:
    def row(name: str, *seconds: float) -> object:
        return times.Row(name, 1, {"migrator": times.Timed([2.0, 2.0]), "spatch": times.Timed(list(seconds))})

    rows = [row("quick", 0.5, 1.0), row("slow", 4.0, 8.0), row("same", 1.0, 3.0)]
    assert list(times.verdicts(rows, "spatch")) == [
        "- spatch is faster than migrator for quick (4.0 times).",
        "- migrator is faster than spatch for slow (2.0 times).",
        "- Now spatch, now migrator is faster for same.",
    ]
    assert list(times.verdicts(rows, "ast-grep")) == []


def test_lines_of_a_diff(tree: Path) -> None:
    diff = (
        b"diff --git a/drivers/lamps.c b/drivers/lamps.c\n--- a/drivers/lamps.c\n+++ b/drivers/lamps.c\n"
        b"@@ -2,3 +2,2 @@ int x;\n {\n--- x;\n-\ty;\n+++ x;\n@@ -9 +8,0 @@\n-z\n\\ No newline at end of file\n"
    )
    assert tools.changed("migrator", diff, tree) == {("drivers/lamps.c", line) for line in (3, 4, 9)}
    with pytest.raises(tools.ToolError, match="no such file"):
        tools.changed("spatch", b"--- ./elsewhere.c\n", tree)


def test_lines_of_matches(tree: Path) -> None:
    """Two edits of one file that change its length; a line that is the same afterwards does not count."""
    places = [(LAMPS.index("class_create"), 12, "class_register"), (LAMPS.index("return"), 6, "return")]
    stream = "".join(
        json.dumps(
            {
                "file": "./drivers/lamps.c",
                "replacement": text,
                "replacementOffsets": {"start": start, "end": start + size},
            }
        )
        + "\n"
        for start, size, text in places
    )
    assert tools.changed("ast-grep", stream.encode(), tree) == {("drivers/lamps.c", 3)}


def test_the_files_that_are_given(tree: Path, tmp_path: Path) -> None:
    (tree / "tools").mkdir()
    (tree / "tools" / "names.c").write_text("strlcpy")
    (tree / "drivers" / "names.h").write_text("strlcpy")
    assert tools.run("spatch", tools.files("strscpy"), tree) == b"./drivers/names.h\n"


def test_types_become_declarations() -> None:
    text = tools.declarations("inode_ctime")
    assert "struct inode * d_inode();\n" in text
    assert "struct dentry { struct inode * d_inode; struct dentry * d_parent; };\n" in text
    assert tools.declarations("strscpy").strip() == ""


def test_every_rule_is_for_a_pattern() -> None:
    assert {path.stem for path in (HISTORY / "spatch").iterdir()} == set(times.PATTERNS)
    for tool, words in times.LEFT_OUT.items():
        assert set(words) == set(times.PATTERNS)
        for name in times.PATTERNS:
            assert words[name].startswith("no rule") is not tools.rule(tool, name).is_file()


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("tool", ["migrator", "spatch", "ast-grep"])
def test_the_real_tools(tool: str, name: str, tmp_path: Path) -> None:
    program = tools.installed(shutil.which("ast-grep") or str(Path(sys.executable).with_name("ast-grep"))).get(tool)
    if program is None:
        pytest.skip(f"{tool} is not installed")
    if tool != "migrator" and not tools.rule(tool, name).is_file():
        pytest.skip("no rule")
    tree = tmp_path / "tree"
    tree.mkdir()
    lines = SAMPLES[name].splitlines()
    (tree / "lamp.c").write_text("".join(f"{line.removeprefix(GOES)}\n" for line in lines))
    output = tools.run(tool, tools.command(tool, program, name, tmp_path), tree)
    expected = {("lamp.c", number) for number, text in enumerate(lines, start=1) if text.startswith(GOES)}
    assert expected
    assert tools.changed(tool, output, tree) == expected
