"""``docs/tutorial.md``, word for word: its files are written, its commands run, its Python imported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.testing import read_cases, run_case

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^<!-- (\S+) -->\n```\w+\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
DRIVER = """\
static void desk_wait(struct desk *desk)
{
	mdelay(20);
	mdelay(2);
	spin_lock(&desk->lock);
	mdelay(30);
	spin_unlock(&desk->lock);
	mdelay(desk->delay);
}

static int desk_init(struct desk *desk, struct lamp *lamp)
{
	return lamp_light(THIS_MODULE, lamp);
}
"""


def migrator(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return python(folder, "-m", "migrator", *arguments)


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}
    environment |= {"GIT_AUTHOR_NAME": "A Reader", "GIT_AUTHOR_EMAIL": "reader@example.org"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a reader who has done all that the page says."""
    place = tmp_path_factory.mktemp("tutorial")
    made = migrator(place, "patterns", "new", "lamp_on")
    assert made.returncode == 0, made.stderr
    assert made.stdout in TEXT
    for name, text in FILES.items():
        (place / name).write_text(text, encoding="utf-8")
    (place / "drivers").mkdir()
    (place / "drivers" / "desk.c").write_text(DRIVER)
    return place


def test_the_pattern_is_valid(folder: Path) -> None:
    done = migrator(folder, "patterns", "check", "./lamp_on")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout in TEXT


def test_what_comes_out_is_taken_over(folder: Path) -> None:
    command = re.search(r"^\$ migrator (patterns test .* --accept)\n((?:\S+\n)+)```$", TEXT, re.MULTILINE)
    assert command is not None
    done = migrator(folder, *command[1].split())
    assert (done.returncode, done.stdout) == (0, command[2])
    written = re.findall(r"^<!-- written: (\S+) -->\n```\w+\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert [path for path, _ in written] == ["lamp_on/testdata/first/after.c"]
    for path, text in written:
        assert (folder / path).read_text() == text
    again = re.search(r"^\$ migrator (patterns test \S+)$", TEXT, re.MULTILINE)
    assert again is not None
    done = migrator(folder, *again[1].split())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "migrator: 1 case: 1 passed, 0 failed\n")


def test_every_command_is_run(folder: Path) -> None:
    """What this file runs by its text; a new command on the page must be added to a test."""
    known = r"migrator (patterns (new|check|test)|scan|diff|format-patch) |git am "
    assert [line for line in re.findall(r"^\$ (.*)$", TEXT, re.MULTILINE) if not re.match(known, line)] == []


def test_the_type_that_is_told(folder: Path) -> None:
    from migrator.pattern.load import check_pattern

    toml = folder / "lamp_on" / "pattern.toml"
    told = re.search(r"`(fields = \{.*?\})`", TEXT)
    assert told is not None
    toml.write_text(FILES["lamp_on/pattern.toml"].replace("[message]", f"[types]\n{told[1]}\n[message]"))
    (case,) = read_cases(folder / "lamp_on" / "testdata", "lamp_on")
    assert "lamp_on(desk->lamp)" not in case.after.decode()
    outcome = run_case(case, check_pattern(toml.parent))
    toml.write_text(FILES["lamp_on/pattern.toml"])
    assert "+\treturn lamp_on(desk->lamp);" in outcome.report


def test_the_commands(folder: Path) -> None:
    for command in re.findall(r"^\$ migrator ((?:scan|diff|format-patch) .*)$", TEXT, re.MULTILINE):
        done = migrator(folder, *command.split())
        assert done.returncode == 0, done.stderr
    assert "+\treturn lamp_on(lamp);" in "".join(path.read_text() for path in (folder / "out").iterdir())


def test_the_series_applies(folder: Path) -> None:
    who = {f"GIT_{part}_{what}": "a@example.org" for part in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    told = re.search(r"^\$ (git am .*)$", TEXT, re.MULTILINE)
    assert told is not None
    script = f"git init -q . && git add drivers && git commit -qm all && {told[1]} && git log --format=%s"
    done = subprocess.run(
        script, shell=True, cwd=folder, env={**os.environ, **who}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["desk: use lamp_on()", "all"]
    assert "lamp_on(lamp)" in (folder / "drivers" / "desk.c").read_text()
    (folder / "drivers" / "desk.c").write_text(DRIVER)


def test_the_refactor_is_short(folder: Path) -> None:
    assert len(FILES["let_it_sleep.py"].splitlines()) <= 40


def test_the_refactor(folder: Path) -> None:
    done = python(folder, "run.py")
    assert done.returncode == 0, done.stderr
    assert [line.split()[1:] for line in done.stdout.splitlines()] == [
        ["3", "desk_wait", "migrated"],
        ["6", "desk_wait", "refused"],
    ]


def test_the_entry_point(folder: Path) -> None:
    """As pip would install it: a folder of metadata beside the module."""
    told = re.search(r'^\[project\.entry-points\."(.*?)"\]\n(.*?)^```$', TEXT, re.MULTILINE | re.DOTALL)
    assert told is not None
    metadata = folder / "let_it_sleep-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: let-it-sleep\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(f"[{told[1]}]\n{told[2]}".replace('"', ""))
    done = migrator(folder, "diff", "-p", "let_it_sleep", "drivers")
    assert done.returncode == 1  # it has something to say
    assert "-\tmdelay(20);\n+\tmsleep(20);" in done.stdout
    assert "drivers/desk.c:6: refusal: under spinlock &desk->lock" in done.stderr
    assert "the refactor does not know this use" in done.stderr
    (metadata / "entry_points.txt").write_text(f"[{told[1]}]\nlet_it_sleep = let_it_sleep:absent\n")
    done = migrator(folder, "diff", "-p", "let_it_sleep", "drivers")
    assert done.returncode == 2
    assert "cannot be loaded" in done.stderr
    assert "Traceback" not in done.stderr
