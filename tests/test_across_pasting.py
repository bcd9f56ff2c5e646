"""Names that macros put together."""

from __future__ import annotations

import pytest

from migrator.across.pasting import pasted_in, pasting_words


def test_the_words_end_at_underscores() -> None:
    assert pasting_words("grab_all_now") == {
        "##grab_": ("all_now",),
        "##grab_all_": ("now",),
        "##_all_now": ("grab",),
        "##_now": ("grab_all",),
        "##_all_": ("grab", "now"),
    }
    assert pasting_words("__grab") == {}
    assert pasting_words("grab__all") == {"##grab__": ("all",), "##__all": ("grab",)}


@pytest.mark.parametrize(
    ("text", "splits"),
    [
        pytest.param("#define G(x) grab_##x()\n", [("all",)], id="head"),
        pytest.param("#define G(x) x##_all()\n", [("grab",)], id="tail"),
        pytest.param("# define G(x, y) x ## _ ## y()\n", [("grab", "all")], id="middle"),
        pytest.param("#define G(x) grab_\\\n\t##x()\n", [("all",)], id="continued"),
        pytest.param("#define G(x) grab_\\\r\n\t##x()\r\n", [("all",)], id="crlf"),
        pytest.param("#define G(...) grab_##__VA_ARGS__()\n", [("all",)], id="variadic"),
        pytest.param("#define G grab_##all()\n", [()], id="no-parameter"),
        pytest.param("#define G(x) grab_##x; grab##x\n", [("all",), ("_all",)], id="twice"),
        pytest.param("#define G(x) grub_##x()\n", [], id="another-name"),
        pytest.param("#define G(x) grab_##y()\n", [], id="no-parameter-of-it"),
        pytest.param("#define G(x) /* grab_##x */ 0\n", [], id="comment"),
        pytest.param("#define G(x) grab_##x##_later()\n", [], id="longer"),
        pytest.param("#define G(x) x##grab_all()\n", [()], id="nothing-added"),
        pytest.param("x = grab_##all;\n", [], id="no-macro"),
    ],
)
def test_what_parameters_would_have_to_add(text: str, splits: list[tuple[str, ...]]) -> None:
    found = list(pasted_in(text.encode(), "grab_all"))
    assert [split for pasting in found for split in pasting.splits] == splits
    assert all(b"##" in text.encode()[pasting.offset :].split(b"\n\n")[0] for pasting in found)


def test_a_macro_that_says_nothing_of_the_name() -> None:
    (pasting,) = pasted_in(b"#define P(a, b) a##b\n", "grab")
    assert pasting.splits == (("g", "rab"), ("gr", "ab"), ("gra", "b"))
    assert not pasting.literal
