"""What a result changes: as a diff that ``git apply`` takes, and written back into the files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from migrator.api import TreeResult, tree_of
from migrator.errors import InputError
from migrator.workspace.files import Change, write_changes

if TYPE_CHECKING:
    from migrator.results import FileResult
    from migrator.series.unified import FileDiff


def unified_diff(result: FileResult | TreeResult) -> bytes:
    r"""All changes as ``git diff`` prints them and ``git apply`` takes them; empty for none.

    Of a ``TreeResult`` it is what ``migrator diff`` writes. A ``FileResult`` alone knows neither the mode of its file
    nor the attribute ``diff``: it is taken for an ordinary one. Raises InputError where the tree is gone.

    >>> from migrator import Pattern, migrate_source, unified_diff
    >>> pattern = Pattern.load("strscpy")
    >>> result = migrate_source(b"void f(void) { strlcpy(a, b, sizeof(a)); }\n", pattern, path="lamp.c")
    >>> print(unified_diff(result).decode(), end="")
    diff --git a/lamp.c b/lamp.c
    index e8cf370262c8..3c16176c72cc 100644
    --- a/lamp.c
    +++ b/lamp.c
    @@ -1 +1 @@
    -void f(void) { strlcpy(a, b, sizeof(a)); }
    +void f(void) { strscpy(a, b, sizeof(a)); }
    """
    if isinstance(result, TreeResult):
        return b"".join(diff.text for diff in file_diffs(result))
    from migrator.series.unified import file_diff

    return file_diff(result.path, result.before, result.after).text


def file_diffs(result: TreeResult) -> Iterator[FileDiff]:
    """The change of each file that changes, in the order of ``result.files``, with its mode and in git's words.

    Raises InputError where the tree is gone.

    >>> from migrator import Pattern, file_diffs, scan
    >>> result = scan(["tests/readme"], Pattern.load("mem_cgroup_charge"))
    >>> [(diff.path, diff.added, diff.removed) for diff in file_diffs(result)]
    [('tests/readme/replace_entry.c', 4, 7)]
    """
    from migrator.series.hunks import Heading
    from migrator.series.unified import PLAIN_MODE, file_diff

    changed = [file for file in result.files if file.changed]
    paths = [file.path for file in changed]
    if not paths:
        return
    with closing(tree_of(result)) as tree:
        modes, drivers = tree.modes(paths), tree.diff_drivers(paths)
    for file in changed:
        heading = Heading.CPP if drivers.get(file.path) == "cpp" else Heading.DEFAULT
        yield file_diff(file.path, file.before, file.after, mode=modes.get(file.path, PLAIN_MODE), heading=heading)


def apply_changes(result: TreeResult) -> tuple[str, ...]:
    """Write what changed into the files, all of them or none; returns their paths, from ``result.root``.

    It is what ``migrator apply`` does. Raises ChangedMeanwhileError where a file is not what was read any more,
    InputError for one that cannot be written, and for the result of a revision, which has no files.

    >>> import shutil, tempfile
    >>> from pathlib import Path
    >>> from migrator import Pattern, apply_changes, scan
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = shutil.copy("tests/readme/replace_entry.c", folder)
    ...     apply_changes(scan([folder], Pattern.load("mem_cgroup_charge"), root=folder))
    ...     b"mem_cgroup_charge(page, mm, gfp, false)" in Path(folder, "replace_entry.c").read_bytes()
    ('replace_entry.c',)
    True
    """
    if result.revision:
        raise InputError("a revision is not rewritten in place", result.revision)
    changes = [Change(file.path, file.before, file.after) for file in result.files if file.changed]
    write_changes(result.root, changes)
    return tuple(change.path for change in changes)
