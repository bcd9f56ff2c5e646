"""Lines of TOML keys: what tomllib forgets."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.pattern.toml_lines import key_lines

TEXT = (
    r"""
# [no] = "table"
name = "a [x] = # no"
body = QQQ
fake = 1
[fake]
\QQQ ""
QQQ
"quoted key".'and so' = 1
a.b.c = [ 1, # one ]
  [2, 3], { q = 1, r.s = "}" } ]
[t]
x = { neutral = ["f,]", "0"] }
[[u]]
e = 'it'
[[u]]
e = SSS
]]SSS
[u.sub]
k = 2020-04-20 # date
[[u.deep]]
m = 1
[[u.deep]]

  m = 2
""".replace("QQQ", '"""')
    .replace("SSS", "'''")
    .lstrip("\n")
)

PLACES = {
    ("name",): 2,
    ("body",): 3,
    ("quoted key", "and so"): 8,
    ("a", "b", "c"): 9,
    ("a", "b", "c", 0): 9,
    ("a", "b", "c", 1): 10,
    ("a", "b", "c", 2, "q"): 10,
    ("a", "b", "c", 2, "r", "s"): 10,
    ("t",): 11,
    ("t", "x", "neutral", 1): 12,
    ("u",): 13,
    ("u", 0, "e"): 14,
    ("u", 1): 15,
    ("u", 1, "e"): 16,
    ("u", 1, "sub", "k"): 19,
    ("u", 1, "deep", 0, "m"): 21,
    ("u", 1, "deep", 1): 22,
    ("u", 1, "deep", 1, "m"): 24,
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_every_key_has_its_line(newline: str) -> None:
    text = TEXT.replace("\n", newline)
    tomllib.loads(text)
    lines = key_lines(text)
    assert {path: lines.get(path) for path in PLACES} == PLACES
    assert ("fake",) not in lines
    assert ("no",) not in lines


def paths(value: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """All paths of a parsed document."""
    found = {path} if path else set()
    if isinstance(value, dict):
        for key, inner in value.items():
            found |= paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found |= paths(inner, (*path, index))
    return found


def test_no_key_is_invented() -> None:
    assert set(key_lines(TEXT)) == paths(tomllib.loads(TEXT))


_KEYS = st.sampled_from(["a", "b-c", '"q [1]"', "'l = 2'"])
_SCALARS = st.sampled_from(
    ['"x # = ["', "'y\"'", "12", "true", "1979-05-27", '"""\nm = 1\n"""', "'''\n[m]\n'''", '"\\""']
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ",\n # c ]\n".join(items) + "\n]"),
        st.lists(_SCALARS.filter(lambda text: "\n" not in text), max_size=2).map(
            lambda items: "{ " + ", ".join(f"k{index}.z = {item}" for index, item in enumerate(items)) + " }"
        ),
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.sampled_from(["", "[t{}]\n", "[[u]]\n", "[v{}.w]\n"]), st.dictionaries(_KEYS, _VALUES))))
def test_the_keys_are_those_that_tomllib_finds(tables: list[tuple[str, dict[str, str]]]) -> None:
    pieces: list[str] = []
    for index, (header, pairs) in enumerate(tables):
        prefix = f"r{index}." if not header and pieces == [] else ""
        if not header and pieces:
            continue
        pieces.append(header.format(index))
        pieces.extend(f"{prefix}{key} = {value} # end\n" for key, value in pairs.items())
    text = "".join(pieces)
    document = tomllib.loads(text)
    lines = key_lines(text)
    assert set(lines) == paths(document)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


@given(st.text(alphabet="[]{}=.,\"'#\\\n a1", max_size=40))
def test_any_text_comes_to_an_end(text: str) -> None:
    key_lines(text)
