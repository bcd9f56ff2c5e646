"""What goes into one patch, and what its subject names."""

from __future__ import annotations

import pytest

from migrator.series.maintainers import parse_maintainers
from migrator.series.split import Group, Split, area, split_paths

PATHS = ("mm/b.c", "fs/x/y.c", "mm/a.c", "fs/x/z.c", "top.c")
SECTIONS = parse_maintainers(b"XS\nM:\tx@example.org\nF:\tfs/x/y.c\nF:\tmm/a.c\n\nALL\nM:\ta@example.org\nF:\t*/\n")


@pytest.mark.parametrize(
    ("split", "groups"),
    [
        (Split.FILE, [("fs/x/y.c",), ("fs/x/z.c",), ("mm/a.c",), ("mm/b.c",), ("top.c",)]),
        (Split.DIRECTORY, [("fs/x/y.c", "fs/x/z.c"), ("mm/a.c", "mm/b.c"), ("top.c",)]),
        (Split.SUBSYSTEM, [("fs/x/y.c", "mm/a.c"), ("fs/x/z.c",), ("mm/b.c",), ("top.c",)]),
        (Split.NONE, [("fs/x/y.c", "fs/x/z.c", "mm/a.c", "mm/b.c", "top.c")]),
    ],
)
def test_split(split: Split, groups: list[tuple[str, ...]]) -> None:
    assert [group.paths for group in split_paths(PATHS, split, SECTIONS)] == groups


def test_subsystem_without_maintainers_is_the_folder() -> None:
    assert split_paths(PATHS, Split.SUBSYSTEM) == split_paths(PATHS, Split.DIRECTORY)


def test_label_of_a_subsystem_is_its_title() -> None:
    assert split_paths(["mm/a.c"], Split.SUBSYSTEM, SECTIONS) == (Group("XS", ("mm/a.c",)),)


def test_order_is_that_of_bytes() -> None:
    odd = ["\udcff.c", "\U0001f600.c", "Z.c", "a.c", "\ue000.c"]
    paths = [group.paths[0] for group in split_paths(odd, Split.FILE)]
    assert paths == ["Z.c", "a.c", "\ue000.c", "\U0001f600.c", "\udcff.c"]


def test_sets_that_overlap_are_joined() -> None:
    together = (frozenset({"mm/a.c", "mm/b.c"}), frozenset({"mm/b.c", "top.c"}))
    groups = [group.paths for group in split_paths(PATHS, Split.FILE, None, together)]
    assert groups == [("fs/x/y.c",), ("fs/x/z.c",), ("mm/a.c", "mm/b.c", "top.c")]


def test_no_paths() -> None:
    assert split_paths([], Split.NONE) == ()


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["mm/filemap.c"], "mm/filemap"),
        (["kernel/events/uprobes.c"], "events/uprobes"),
        (["include/linux/memcontrol.h"], "memcontrol"),
        (["drivers/net/ethernet/vendor/main.c"], "vendor/main"),
        (["top.c"], "top"),
        (["mm/a.c", "mm/b.c"], "mm"),
        (["fs/ext4/a.c", "fs/ext4/sub/b.c"], "fs/ext4"),
        (["mm/a.c", "fs/b.c"], "treewide"),
        (["a.c", "b.c"], "treewide"),
    ],
)
def test_area(paths: list[str], expected: str) -> None:
    assert area(paths) == expected
