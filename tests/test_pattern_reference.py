"""``docs/patterns.md`` names every key that the loader knows, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from migrator.pattern import declarations, raw, sinks
from migrator.pattern.check import KINDS
from migrator.pattern.model import ROLES

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "patterns.md").read_text()
NAMED = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
TABLES = {
    name: item
    for module in (raw, declarations, sinks)
    for name, item in vars(module).items()
    if name.startswith("Raw") and isinstance(item, type) and issubclass(item, Struct)
}


def keys() -> Iterator[tuple[str, str]]:
    for name, table in TABLES.items():
        yield from ((name, key) for key in table.__struct_fields__)


def test_every_key_is_on_the_page() -> None:
    assert len(TABLES) > 15
    assert [item for item in keys() if item[1] not in NAMED] == []


def test_every_kind_and_role_is_on_the_page() -> None:
    assert {*KINDS, *ROLES} <= NAMED


def test_the_page_names_no_key_that_is_unknown() -> None:
    known = {key for _, key in keys()}
    first = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    told = {word for cell in first for text in re.findall(r"`([a-z_]+)`", cell) for word in [text]}
    assert told <= known, told - known
