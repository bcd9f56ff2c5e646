"""Edits against naive slicing: what is applied, what overlaps, and where a byte stands afterwards."""

from __future__ import annotations

import pickle
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.edits import Edit, PositionMap, apply_edits, line_span, normalized
from migrator.errors import OverlappingEditsError

DATA = b"0123456789"

some = settings(max_examples=60, deadline=None)


@st.composite
def edited(draw: st.DrawFn) -> tuple[bytes, list[Edit]]:
    """A text and edits of it that do not overlap, in order of position."""
    data = draw(st.binary(max_size=40))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=12)))
    replacements = st.binary(max_size=5)
    edits = [Edit(start, end, draw(replacements)) for start, end in list(pairwise(cuts))[::2]]
    # Insertions at one offset keep their order; a replacement that starts there comes behind them.
    return data, sorted(edits, key=lambda edit: (edit.start, edit.end))


def naively(data: bytes, edits: list[Edit]) -> bytes:
    """From the last edit to the first, so that no offset moves."""
    for edit in reversed(edits):
        data = data[: edit.start] + edit.replacement + data[edit.end :]
    return data


@some
@given(edited(), st.randoms())
def test_apply_equals_slicing_from_the_end(case: tuple[bytes, list[Edit]], random: Random) -> None:
    data, edits = case
    assert apply_edits(data, edits) == naively(data, edits)
    # The order of edits at different offsets does not matter.
    if len({(edit.start, edit.end) for edit in edits}) == len(edits):
        shuffled = edits[:]
        random.shuffle(shuffled)
        assert apply_edits(data, shuffled) == naively(data, edits)


@some
@given(edited())
def test_forward_leads_to_the_same_byte(case: tuple[bytes, list[Edit]]) -> None:
    data, edits = case
    after, positions = apply_edits(data, edits), PositionMap(edits)
    lost = {offset for edit in edits for offset in range(edit.start, edit.end)}
    moved = []
    for offset in range(len(data)):
        target = positions.forward(offset)
        assert (target is None) == (offset in lost)
        if target is not None:
            assert after[target] == data[offset]
            moved.append(target)
    assert moved == sorted(set(moved)), "kept bytes keep their order and never share a place"
    assert len(moved) + sum(len(edit.replacement) for edit in edits) == len(after)


@some
@given(edited(), st.integers(0, 20))
def test_base_is_taken_off(case: tuple[bytes, list[Edit]], base: int) -> None:
    data, edits = case
    whole, part = PositionMap(edits), PositionMap(edits, base)
    for offset in range(len(data)):
        there = whole.forward(offset)
        assert part.forward(offset) == (None if there is None else there - base)


@some
@given(edited())
def test_line_span_holds_every_edit(case: tuple[bytes, list[Edit]]) -> None:
    _, edits = case
    start, end = line_span(edits)
    if edits:
        assert all(start <= edit.start and edit.end <= end for edit in edits)
        assert start in {edit.start for edit in edits}
        assert end in {edit.end for edit in edits}
    else:
        assert (start, end) == (0, 0)


APPLIED: dict[str, tuple[list[Edit], bytes]] = {
    "nothing": ([], DATA),
    "replace": ([Edit(2, 4, b"xyz")], b"01xyz456789"),
    "delete": ([Edit(0, 10, b"")], b""),
    "insert-first": ([Edit(0, 0, b"a")], b"a0123456789"),
    "insert-last": ([Edit(10, 10, b"a")], b"0123456789a"),
    "insertions-keep-their-order": ([Edit(5, 5, b"b"), Edit(5, 5, b"a")], b"01234ba56789"),
    "equal-insertions-both-count": ([Edit(5, 5, b"a"), Edit(5, 5, b"a")], b"01234aa56789"),
    "equal-replacements-count-once": ([Edit(5, 6, b"a"), Edit(5, 6, b"a")], b"01234a6789"),
    "insertion-before-a-replacement": ([Edit(5, 6, b"b"), Edit(5, 5, b"a")], b"01234ab6789"),
    "insertion-behind-a-replacement": ([Edit(6, 6, b"a"), Edit(5, 6, b"b")], b"01234ba6789"),
    "neighbours": ([Edit(4, 6, b"b"), Edit(2, 4, b"a")], b"01ab6789"),
}


@pytest.mark.parametrize("name", APPLIED)
def test_applied(name: str) -> None:
    edits, wanted = APPLIED[name]
    assert apply_edits(DATA, edits) == wanted


OVERLAPPING = {
    "two-replacements": [Edit(2, 5, b"a"), Edit(4, 6, b"b")],
    "inside": [Edit(2, 8, b"a"), Edit(4, 5, b"b")],
    "same-start": [Edit(2, 5, b"a"), Edit(2, 6, b"b")],
    "same-range-other-text": [Edit(2, 5, b"a"), Edit(2, 5, b"b")],
    "insertion-inside": [Edit(2, 5, b"a"), Edit(3, 3, b"b")],
}


@pytest.mark.parametrize("name", OVERLAPPING)
@pytest.mark.parametrize("turned", [False, True], ids=["in-order", "turned"])
def test_overlap_raises(name: str, turned: bool) -> None:
    edits = OVERLAPPING[name][::-1] if turned else OVERLAPPING[name]
    for use in (lambda: normalized(edits), lambda: apply_edits(DATA, edits), lambda: PositionMap(edits)):
        with pytest.raises(OverlappingEditsError) as raised:
            use()
        assert set(raised.value.ranges) == {edge for edit in edits for edge in (edit.start, edit.end)}


@some
@given(st.tuples(*[st.integers(0, 8)] * 4))
def test_two_edits_overlap_when_they_share_a_byte(offsets: tuple[int, int, int, int]) -> None:
    first, second = Edit(*sorted(offsets[:2]), b"a"), Edit(*sorted(offsets[2:]), b"b")
    shared = max(first.start, second.start) < min(first.end, second.end)
    inside = any(
        inner.start == inner.end and outer.start < inner.start < outer.end
        for inner, outer in ((first, second), (second, first))
    )
    try:
        normalized([first, second])
        raised = False
    except OverlappingEditsError:
        raised = True
    assert raised == (shared or inside)


def test_overlap_survives_pickling() -> None:
    error = OverlappingEditsError(1, 4, 2, 5)
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.ranges, str(copy)) == (error.ranges, str(error))


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2)], ids=["negative", "turned"])
def test_no_range_raises(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a byte range"):
        Edit(start, end, b"")


def test_edit_behind_the_end_raises() -> None:
    assert apply_edits(DATA, [Edit(9, 10, b"")]) == b"012345678"
    with pytest.raises(ValueError, match="ends behind the 10 bytes"):
        apply_edits(DATA, [Edit(9, 11, b"")])
