"""What is asked of git, and what it means where there is no git."""

from __future__ import annotations

from pathlib import Path

import pytest
from series_git import git, repository

from migrator.series.base import Blob, author_of, base_commit, blobs, headings
from migrator.series.hunks import Heading
from migrator.series.unified import blob_hash

FILES = {"mm/a.c": b"a\n", "mm/x y.c": b"b\n", "mm/[z].c": b"c\n", ".gitattributes": b"mm/a.c diff=cpp\n"}


def test_base_commit(tmp_path: Path) -> None:
    assert base_commit(tmp_path) is None
    git(tmp_path, "init", "--quiet")
    assert base_commit(tmp_path) is None
    repository(tmp_path, FILES)
    assert base_commit(tmp_path) == git(tmp_path, "rev-parse", "HEAD").decode().strip()
    assert base_commit(tmp_path, "no-such") is None
    assert base_commit(tmp_path, "--all") is None


def test_blobs(tmp_path: Path) -> None:
    repository(tmp_path, FILES)
    (tmp_path / "mm/a.c").chmod(0o755)
    git(tmp_path, "commit", "--quiet", "--all", "--message", "mode")
    (tmp_path / "mm/x y.c").write_bytes(b"changed\n")
    assert blobs(tmp_path, "HEAD", ["mm/a.c", "mm/x y.c", "mm/[z].c", "mm/none.c"]) == {
        "mm/a.c": Blob("100755", blob_hash(b"a\n")),
        "mm/x y.c": Blob("100644", blob_hash(b"b\n")),
        "mm/[z].c": Blob("100644", blob_hash(b"c\n")),
    }
    assert blobs(tmp_path, "HEAD", []) == {}


def test_headings(tmp_path: Path) -> None:
    repository(tmp_path, FILES)
    assert headings(tmp_path, ["mm/a.c", "mm/x y.c"]) == {"mm/a.c": Heading.CPP}
    assert headings(tmp_path, []) == {}


def test_author(tmp_path: Path) -> None:
    repository(tmp_path, FILES)
    git(tmp_path, "config", "user.name", "J\u00f6rg von Git")
    git(tmp_path, "config", "user.email", "j@example.org")
    assert author_of(tmp_path) == "J\u00f6rg von Git <j@example.org>"
    git(tmp_path, "config", "--unset", "user.email")
    git(tmp_path, "config", "user.useConfigOnly", "true")
    assert author_of(tmp_path) is None


def test_without_git_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(tmp_path, FILES)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert base_commit(tmp_path) is None
    assert author_of(tmp_path) is None
    assert blobs(tmp_path, "HEAD", ["mm/a.c"]) == {}
    assert headings(tmp_path, ["mm/a.c"]) == {}
