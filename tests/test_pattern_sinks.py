"""``[sink]``: what it says when it is right, and the error with its line when it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from pattern_tiny import TOML, line_of, write

from migrator.errors import PatternError
from migrator.pattern.load import load_pattern

SINK = """
[sink]
parameters = { flags = "int charge_flags" }
decide = { care = "is_old({object})" }

[[sink.failure]]
when = "is_big({object})"
condition = "!is_old({object}) && is_big({object})"

[[sink.errors]]
get = "error_of({x})"
set = "set_error({x}, {error})"
"""


def test_a_valid_table(tmp_path: Path) -> None:
    sink = load_pattern(str(write(tmp_path / "tiny", toml=TOML + SINK))).sink
    assert sink is not None
    assert dict(sink.parameters) == {"flags": "int charge_flags"}
    assert sink.decide["care"].render({"object": "page"}) == "is_old(page)"
    assert [item.condition.source for item in sink.failure] == ["!is_old({object}) && is_big({object})"]
    assert [item.get.callee for item in sink.errors] == ["error_of"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{ flags = ", "{ colour = ", "`colour` is no argument of the new call that a callee could lack"),
        ("{ flags = ", "{ object = ", "`object` is no argument of the new call that a callee could lack"),
        ("{ care = ", "{ flags = ", "`flags` has no rule in [arguments]"),
        ('"is_old({object})"', '"is_old({flags})"', "`is_old({flags})` may only name {object}"),
        ('when = "is_big({object})"', 'when = "is_big({object});"', "an expression is wanted here"),
        ('"!is_old({object}) && is_big({object})"', '"is_old({object}) &&"', "is not one C expression"),
        ('"set_error({x}, {error})"', '"set_error({x})"', "must name {error}"),
        ('"set_error({x}, {error})"', '"set_error({y}, {error})"', "only captures of `error_of({x})`"),
        ('get = "error_of({x})"', 'got = "error_of({x})"', "unknown key `got` in [sink.errors[0]]"),
    ],
)
def test_errors(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (TOML + SINK).replace(old, new, 1)
    assert text != TOML + SINK
    folder = write(tmp_path / "tiny", toml=text)
    with pytest.raises(PatternError) as raised:
        load_pattern(str(folder))
    assert message in str(raised.value)
    assert raised.value.line >= line_of(text, "[sink]")
