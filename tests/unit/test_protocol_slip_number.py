"""Slip numbers: what a citizen reads out on the phone must be theirs alone, and a slip of the tongue must show."""

from __future__ import annotations

import contextlib
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.protocol.slip_number import (
    ALPHABET,
    InvalidSlipNumber,
    checked,
    make,
    query_code,
)

regions = st.integers(110000, 829999).map(str)
numbers = st.builds(make, regions, st.integers(0, 999), st.integers(1, 9_999_999))


@given(numbers, st.integers(0, 17), st.integers(1, 9))
def test_every_single_wrong_digit_is_noticed(number: str, place: int, shift: int) -> None:
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(InvalidSlipNumber):
        checked(wrong)


@given(numbers, st.integers(0, 16))
def test_every_transposition_of_neighbours_is_noticed(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        with pytest.raises(InvalidSlipNumber):
            checked(swapped)


@given(
    st.tuples(regions, st.integers(0, 999), st.integers(1, 9_999_999)),
    st.tuples(regions, st.integers(0, 999), st.integers(1, 9_999_999)),
)
def test_different_places_terminals_or_counts_give_different_numbers(
    one: tuple[str, int, int], other: tuple[str, int, int]
) -> None:
    assert (make(*one) == make(*other)) == (one == other)


@given(numbers)
def test_what_is_printed_can_be_typed_back(number: str) -> None:
    assert len(number) == 18
    assert checked(f"{number[:4]} {number[4:12]}-{number[12:]}") == number
    assert checked(number.replace("", "-")[1:-1]) == number


@given(st.text(max_size=30))
def test_nonsense_is_refused_and_never_crashes(text: str) -> None:
    with contextlib.suppress(InvalidSlipNumber):
        assert len(checked(text)) == 18


@pytest.mark.parametrize(
    ("region", "terminal", "counter"),
    [("15062", 1, 1), ("15062x", 1, 1), ("150626", 1000, 1), ("150626", -1, 1), ("150626", 1, 0), ("150626", 1, 10**7)],
)
def test_numbers_outside_their_range_are_an_error(region: str, terminal: int, counter: int) -> None:
    with pytest.raises(ValueError, match="range"):
        make(region, terminal, counter)


def test_digits_of_other_scripts_are_not_digits() -> None:
    with pytest.raises(InvalidSlipNumber):
        checked("１５０６２６００３０００００００１６４")


def test_query_codes_are_typeable_stable_and_differ() -> None:
    codes = {query_code(uuid4()) for _ in range(2000)}
    assert len(codes) == 2000
    assert set("".join(codes)) <= set(ALPHABET)
    assert not set("0O1I") & set(ALPHABET)
    assert {len(code) for code in codes} == {8}
    # Printed on slips that stay valid over updates: this value must never change.
    assert query_code(UUID("00000000-0000-4000-8000-000000000001")) == "8SNZZRDC"
