"""``migrator verify``: what format-patch wrote is made again; what was changed is found and named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_code import git
from conftest import Finished, RunCli
from series_tree import FILES, STUBBORN_C

import migrator.patch_series
from migrator.series.compare import differing_parts, parts_of, preimages

V58 = "mem_cgroup_charge_v58"
AUTHOR = "--author=Ä, Tester <tester@example.org>"
LAST_WORD = "migrator: compared byte for byte; author, date and version are those of the patches\n"


def make_tree(folder: Path, **more: str) -> Path:
    """A git repository with the small tree."""
    for name, text in {**FILES, **{f"mm/{name}.c": text for name, text in more.items()}}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=Start")
    return folder


def make_patches(cli: RunCli, tree: Path, *options: str, paths: tuple[str, ...] = (".",)) -> list[Path]:
    done = cli("format-patch", *paths, "-p", V58, "-o", tree.parent / "out", AUTHOR, *options, cwd=tree)
    return [Path(name) for name in done.out.splitlines()]


def verified(cli: RunCli, tree: Path, patches: list[Path], *options: str) -> Finished:
    return cli("verify", *patches, *options, cwd=tree)


OPTIONS: dict[str, tuple[str, ...]] = {
    "none": (),
    "one-patch": ("--split=none",),
    "by-folder": ("--split=directory", "--signoff"),
    "strict": ("--strict",),
    "only-convert": ("--no-introduce", "--no-remove"),
    "no-cover": ("--no-cover-letter",),
    "guard": ("--on-divergence=guard",),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_what_was_made_can_be_made_again(cli: RunCli, tmp_path: Path, case: str) -> None:
    tree = make_tree(tmp_path / "tree", sedge=STUBBORN_C)
    patches = make_patches(cli, tree, *OPTIONS[case])
    assert len(patches) > 2
    done = verified(cli, tree, patches)
    assert done.out == "".join(f"{path}: ok\n" for path in patches)
    assert done.err == LAST_WORD
    assert done.status == 0


def test_the_base_is_read_from_the_repository(cli: RunCli, tmp_path: Path) -> None:
    """The work tree has moved on."""
    tree = make_tree(tmp_path / "tree")
    patches = make_patches(cli, tree)
    git(tree, "am", *map(str, patches[1:]))
    (tree / "mm/reed.c").write_text("int nothing;\n")
    assert verified(cli, tree, patches).status == 0


def test_only_some_paths(cli: RunCli, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    patches = make_patches(cli, tree, paths=("mm/reed.c", "mm/swapfile.c"))
    assert "\n  paths: mm/reed.c mm/swapfile.c\n" in patches[1].read_text()
    assert verified(cli, tree, patches).status == 0
    assert verified(cli, tree.parent, patches, "--tree", "tree").status == 0


def test_some_patches(cli: RunCli, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    patches = make_patches(cli, tree)
    done = verified(cli, tree, patches[1:3])
    assert done.status == 0
    assert done.err == f"migrator: not given: 0, 3, 4, 5 of {len(patches)}\n{LAST_WORD}"
    assert verified(cli, tree, patches[1:3], "-q").err == ""


CHANGES = {
    "the subject": ("introduce mem_cgroup_charge()", "introduce mem_cgroup_chrge()"),
    "the headers": ("MIME-Version: 1.0", "MIME-Version: 1.1"),
    "the message": ("takes three calls today", "takes two calls today"),
    "the notes below ---": ("Made by", "By the way.\n\nMade by"),
    "the diff": ("+\treturn 0;", "+\treturn 1;"),
    "the end": ("\n-- \nmigrator", "\n-- \nA migrator"),
}


@pytest.mark.parametrize("part", CHANGES)
def test_a_change_is_found(cli: RunCli, tmp_path: Path, part: str) -> None:
    tree = make_tree(tmp_path / "tree")
    patch = make_patches(cli, tree)[1]
    text = patch.read_text()
    old, new = CHANGES[part]
    assert old in text
    patch.write_text(text.replace(old, new, 1))
    done = verified(cli, tree, [patch])
    assert done.out == f"{patch}: differs in {part}\n"
    assert done.status == 1
    assert "--- given\n+++ made again\n" in done.err
    assert verified(cli, tree, [patch], "-q").err == ""


def test_long_differences_are_cut(cli: RunCli, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    patch = make_patches(cli, tree)[1]
    patch.write_text(patch.read_text().replace("+", "-"))
    short, long = verified(cli, tree, [patch]), verified(cli, tree, [patch], "-v")
    assert re.search(r"^\.\.\. \d+ lines more \(--verbose\)$", short.err, re.MULTILINE)
    assert len(long.err) > len(short.err)


def test_a_patch_that_there_is_not(cli: RunCli, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    patch = make_patches(cli, tree)[1]
    patch.write_text(patch.read_text().replace("[PATCH 1/5]", "[PATCH 7/5]"))
    done = verified(cli, tree, [patch])
    assert (done.status, done.out) == (1, f"{patch}: differs: the series made again has no patch 7\n")


def test_one_that_differs_and_others(cli: RunCli, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    patches = make_patches(cli, tree)
    patches[2].write_text(patches[2].read_text().replace("waiting", "weighting"))
    done = verified(cli, tree, patches)
    assert done.status == 1
    assert [line.rpartition(": ")[2] for line in done.out.splitlines()] == [
        "ok", "ok", "differs in the message", "ok", "ok", "ok"
    ]  # fmt: skip


UNUSABLE = {
    "no-notes": ("Made by", "Made for", "does not say how it was made"),
    "another-digest": ("sha256: ", "sha256: 00", "is not the pattern that the patch was made with (sha256 00"),
    "no-pattern": (f"pattern: {V58}", "pattern: nobody_knows", "there is no pattern of this name"),
    "an-option": (
        "  base: ",
        "  options: --wild\n  base: ",
        "how it was made is not understood: unknown option --wild",
    ),
    "open-quote": ("  base: ", "  options: '\n  base: ", "how it was made is not understood: No closing quotation"),
    "a-path": ("  base: ", "  paths: mm/gone.c\n  base: ", "mm/gone.c: no such file or folder"),
    "no-number": ("[PATCH 1/5]", "[RFC]", "its subject does not begin with [PATCH n/m]"),
    "no-date": ("Date: ", "Dte: ", "is not a mail with From, Date and Subject"),
    "no-author": ("From: ", "Frm: ", "is not a mail with From, Date and Subject"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_cannot_be_made_again(cli: RunCli, tmp_path: Path, case: str) -> None:
    tree = make_tree(tmp_path / "tree")
    patch = make_patches(cli, tree)[1]
    old, new, message = UNUSABLE[case]
    text = patch.read_text()
    assert old in text
    patch.write_text(text.replace(old, new, 1))
    done = verified(cli, tree, [patch])
    assert done.status == 2
    assert message in done.err
    assert ": ok" not in done.out
    assert "Traceback" not in done.err
    assert "internal error" not in done.err


def test_a_file_that_is_not_there(cli: RunCli, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    patches = make_patches(cli, tree)
    done = verified(cli, tree, [tmp_path / "none.patch", *patches])
    assert done.status == 2
    assert done.out.count(": ok\n") == len(patches)


def test_without_the_commit(cli: RunCli, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    patches = make_patches(cli, tree)
    git(tree, "commit", "--quiet", "--amend", "--message=Another")
    git(tree, "reflog", "expire", "--expire=all", "--all")
    git(tree, "gc", "--quiet", "--prune=all")
    done = verified(cli, tree, patches)
    assert done.status == 0
    assert re.search(r"commit [0-9a-f]{12} is not here: the files on disk are compared with", done.err)
    (tree / "mm/reed.c").write_text(FILES["mm/reed.c"] + "\nint more;\n")
    done = verified(cli, tree, patches)
    assert done.status == 2
    assert re.search(r"mm/reed.c: commit [0-9a-f]{12} is not here, and this file is not the one", done.err)
    assert done.out == "".join(f"{path}: not made again\n" for path in patches)


def test_outside_of_git(cli: RunCli, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    git(tree, "checkout", "--quiet", "--detach")
    for path in (tree / ".git").rglob("*"):
        if path.is_file():
            path.unlink()
    (tree / ".git").rename(tmp_path / "gone")
    patches = make_patches(cli, tree)
    assert "base" not in patches[1].read_text()
    assert verified(cli, tree, patches).status == 0


def test_another_version_of_the_program(cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = make_tree(tmp_path / "tree")
    with monkeypatch.context() as patched:
        patched.setattr(migrator.patch_series, "__version__", "0.0.9")
        patches = make_patches(cli, tree)
    done = verified(cli, tree, patches)
    assert done.status == 0
    assert "migrator: made by migrator 0.0.9, made again by migrator " in done.err


def test_a_revision(cli: RunCli, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    git(tree, "rm", "--quiet", "mm/rush.c")
    git(tree, "commit", "--quiet", "--message=Less")
    patches = make_patches(cli, tree, "--rev", "HEAD~1")
    assert any("rush" in path.name for path in patches)
    assert verified(cli, tree, patches).status == 0


def test_parts() -> None:
    cover = b"From 0\nSubject: [PATCH 0/1] a\n b\nTo: c\n\nThe message.\n\n a | 1 +\n"
    assert parts_of(cover) == {
        "the subject": b"Subject: [PATCH 0/1] a\n b",
        "the headers": b"From 0\nTo: c",
        "the message": b"The message.\n\n a | 1 +\n",
    }
    assert differing_parts(cover, cover) == ()
    assert differing_parts(cover, cover.replace(b" b\n", b" d\n")) == ("the subject",)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("@@ -1,2 +1,2 @@ other:", "the function names behind @@"),
        ("@@ -1,2 +1,2 @@", "the function names behind @@"),
        ("@@ -1,3 +1,2 @@ int f(void)", "the diff"),
    ],
)
def test_names_behind_the_lines_of_a_hunk(line: str, part: str) -> None:
    mail = "From 0\nSubject: a\n\nText.\n---\n\ndiff --git a/m b/m\n@@ -1,2 +1,2 @@ int f(void)\n-a\n+b\n c\n"
    assert differing_parts(mail.encode(), mail.replace("@@ -1,2 +1,2 @@ int f(void)", line).encode()) == (part,)


def test_preimages() -> None:
    diff = b"diff --git a/m.c b/m.c\nindex 0123..4567 100644\n--- a/m.c\n"
    assert preimages([diff, diff.replace(b"0123", b"89ab")]) == {"m.c": {b"0123", b"89ab"}}
