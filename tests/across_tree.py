"""Small trees on disk for the tests of work across functions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from migrator.api import TreeResult, scan
from migrator.engine import Options
from migrator.pattern.load import load_pattern
from migrator.results import SiteStatus
from migrator.testing import without_wants

Files = dict[str, bytes]


class Run(Protocol):
    """Write files, migrate them all, and give the result."""

    def __call__(self, files: Mapping[str, bytes], options: Options | None = None) -> TreeResult: ...


def runner(root: Path, pattern: str) -> Run:
    def run(files: Mapping[str, bytes], options: Options | None = None) -> TreeResult:
        for name, data in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(without_wants(data))
        return scan([root], load_pattern(pattern), root=root, options=options or Options())

    return run


def read_tree(folder: Path) -> Files:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def changed(files: Files, path: str, old: str, new: str) -> Files:
    text = files[path].decode()
    assert text.count(old) == 1
    return files | {path: text.replace(old, new).encode()}


def added(files: Files, path: str, text: str) -> Files:
    return files | {path: files.get(path, b"") + text.encode()}


def reasons(result: TreeResult) -> str:
    """All that is said of sites that were refused, all of them, with nothing changed and nothing forgotten."""
    assert result.sites
    assert {site.status for site in result.sites} == {SiteStatus.REFUSED}
    assert all(file.after == file.before for file in result.files)
    assert result.totals.unaccounted == 0
    return "\n".join(f"{item.code} {item.message}" for site in result.sites for item in site.diagnostics)
