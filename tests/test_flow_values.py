"""Laws of abstract values: joining and restricting never invent, and never lose what is possible."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.flow import values
from migrator.flow.values import MAX_ATOMS, AtomKind, Sign, Value

SIGNS = st.integers(Sign.NONE, Sign.ANY)
# What two constants of a pair are: an enumerator may stand for any number.
ERRNOS = ("- ENOMEM", "- EINTR", "- EEXIST")
# Not more different things than MAX_ATOMS, so that a join of any values stays exact.
ATOMS = [
    *(atom for text in ("0", "7", "- ENOMEM", "- EINTR") for atom in values.constant(text)),
    *(atom for signs in range(1, 8) for atom in values.restrict(values.constant("VM_FAULT_OOM"), signs)),
    *(atom for signs in range(1, 8) for origin in (1, 2) for atom in values.call_result("f ( )", origin, signs)),
    *(atom for signs in range(1, 8) for atom in values.unknown("x", signs)),
]
VALUES: st.SearchStrategy[Value] = st.lists(
    st.sampled_from(ATOMS), min_size=1, max_size=5, unique_by=lambda atom: (atom.text, atom.origin)
).map(frozenset)

some = settings(max_examples=60, deadline=None)


def possible(value: Value) -> dict[tuple[str, str, int], int]:
    """What a value may be: signs by atom."""
    found = {(str(atom.kind), atom.text, atom.origin): atom.signs for atom in value}
    assert len(found) == len(value), "one thing must not be in a value twice"
    return found


def covers(outer: Value, inner: Value) -> bool:
    """Whether everything that is possible in ``inner`` is in ``outer``, signs for signs."""
    known = possible(outer)
    return all(signs & ~known.get(key, Sign.NONE) == 0 for key, signs in possible(inner).items())


@some
@given(VALUES, VALUES)
def test_join_holds_both_and_nothing_else(left: Value, right: Value) -> None:
    joined = values.join(left, right)
    assert joined == values.join(right, left)
    assert covers(joined, left)
    assert covers(joined, right)
    assert values.signs_of(joined) == values.signs_of(left) | values.signs_of(right)
    for key, signs in possible(joined).items():
        assert signs == possible(left).get(key, Sign.NONE) | possible(right).get(key, Sign.NONE)


@some
@given(VALUES, VALUES, VALUES)
def test_join_is_associative_and_idempotent(first: Value, second: Value, third: Value) -> None:
    assert values.join(first, first) == first
    left = values.join(values.join(first, second), third)
    assert left == values.join(first, values.join(second, third))


@some
@given(VALUES, SIGNS)
def test_restrict_takes_exactly_the_other_signs(value: Value, signs: int) -> None:
    refined = values.restrict(value, signs)
    assert covers(value, refined)
    assert values.signs_of(refined) == values.signs_of(value) & signs
    assert all(atom.signs for atom in refined), "an atom without signs is impossible and must not stay"
    assert values.restrict(refined, signs) == refined


@some
@given(VALUES, VALUES, SIGNS, SIGNS)
def test_restrict_meets_and_goes_through_join(left: Value, right: Value, signs: int, other: int) -> None:
    assert values.restrict(values.restrict(left, signs), other) == values.restrict(left, signs & other)
    joined = values.join(left, right)
    assert values.restrict(joined, signs) == values.join(values.restrict(left, signs), values.restrict(right, signs))


@some
@given(VALUES, SIGNS)
def test_a_test_and_its_opposite_lose_nothing(value: Value, signs: int) -> None:
    both = values.join(values.restrict(value, signs), values.restrict(value, Sign.ANY & ~signs))
    assert both == value


@some
@given(VALUES, st.sampled_from(ERRNOS))
def test_equality_with_a_constant(value: Value, text: str) -> None:
    shown = text.replace("- ", "-")
    met, other = values.meet_constant(value, shown), values.without_constant(value, shown)
    assert met in (frozenset(), values.constant(text))
    # The test cannot fail only when nothing else is left, and cannot hold only when nothing negative is there.
    assert (other == frozenset()) == (value == values.constant(text))
    if not met:
        assert not any(atom.signs & Sign.NEGATIVE for atom in value if atom.kind is not AtomKind.CONSTANT)
        assert covers(other, value)
    assert covers(value, other)


def test_many_atoms_become_an_unknown_of_the_same_signs() -> None:
    value = values.constant("1")
    for number in range(2, MAX_ATOMS + 1):
        value = values.join(value, values.constant(str(number)))
    assert len(value) == MAX_ATOMS
    (atom,) = values.join(value, values.constant("- ENOMEM"))
    assert (atom.kind, atom.signs) == (AtomKind.UNKNOWN, Sign.NONZERO)


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("0", Sign.ZERO),
        ("0UL", Sign.ZERO),
        ("00", Sign.ZERO),
        ("0x0", Sign.ZERO),
        ("- 0", Sign.ZERO),
        ("NULL", Sign.ZERO),
        ("false", Sign.ZERO),
        ("true", Sign.POSITIVE),
        ("12u", Sign.POSITIVE),
        ("0x1F", Sign.POSITIVE),
        ("- 1", Sign.NEGATIVE),
        ("- ENOMEM", Sign.NEGATIVE),
        ("ENOMEM", Sign.ANY),
        ("VM_FAULT_OOM", Sign.ANY),
        ("- VM_FAULT_OOM", Sign.ANY),
    ],
)
def test_signs_of_constants(text: str, signs: int) -> None:
    assert values.signs_of(values.constant(text)) == signs


MEETS = {
    "same-errno": ("- EINTR", "-EINTR", True),
    "other-errno": ("- ENOMEM", "-EINTR", False),
    "zero": ("0", "-EINTR", False),
    "enumerator-may-be-any-number": ("VM_FAULT_OOM", "2", True),
    "numbers-differ": ("3", "2", False),
}


@pytest.mark.parametrize("name", MEETS)
def test_meeting_constants(name: str) -> None:
    held, tested, can = MEETS[name]
    assert bool(values.meet_constant(values.constant(held), tested)) == can


@pytest.mark.parametrize(
    ("signs", "can"), [(Sign.ANY, True), (Sign.NEGATIVE, True), (Sign.POSITIVE | Sign.ZERO, False)]
)
def test_the_sign_of_a_result_decides_what_it_can_equal(signs: int, can: bool) -> None:
    assert bool(values.meet_constant(values.call_result("f ( )", 4, signs), "-EINTR")) == can


DESCRIBED = {
    "constant": (values.constant("- ENOMEM"), "-ENOMEM"),
    "call": (values.call_result("f ( & x , y -> z [ 2 ] )", 3), "result of f(&x, y->z[2])"),
    "unknown": (values.unknown("value of p -> q"), "value of p->q"),
}


@pytest.mark.parametrize("name", DESCRIBED)
def test_described(name: str) -> None:
    value, wanted = DESCRIBED[name]
    (atom,) = value
    assert atom.describe() == wanted


@pytest.mark.parametrize(
    ("normal", "wanted"),
    [
        ("f ( & x , y -> z )", "f(&x, y->z)"),
        ("a & b", "a & b"),
        ("a - b", "a - b"),
        ("f ( a , - b )", "f(a, -b)"),
        ("return - E", "return -E"),
        ("! p", "!p"),
        ("* p", "*p"),
        ("a * b", "a * b"),
        ("f ( - 1 , ~ x )", "f(-1, ~x)"),
        ("x . y [ i ]", "x.y[i]"),
    ],
)
def test_readable(normal: str, wanted: str) -> None:
    assert values.readable(normal) == wanted
