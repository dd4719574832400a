"""Identity numbers, masking and what a card's own data say against going on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.virtual.personas import PERSONAS
from kiosk.identity import Applicant, CardFinding, check, is_sound, mask_name, mask_number
from kiosk.identity.numbers import check_digit

WANG = PERSONAS["wang"]
CARD = Applicant(
    card_kind="resident",
    name=WANG.name,
    id_number=WANG.id_number,
    sex="女",
    birth_date="1990-03-07",
    valid_until="2039-05-20",
)


@pytest.mark.parametrize("key", PERSONAS)
def test_every_card_kind_has_sound_numbers(key: str) -> None:
    assert is_sound(PERSONAS[key].kind.value, PERSONAS[key].id_number)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_examples_printed_in_the_standard(number: str) -> None:
    assert is_sound("resident", number)
    assert is_sound("resident", number.lower())


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("resident", ""),
        ("resident", "11010519491231002"),
        ("resident", "110105194912310021"),
        ("resident", "199900199013070126"),
        ("resident", "910356199001010010"),
        ("resident", "１１０１０５１９４９１２３１００２Ｘ"),
        ("hk_macao_taiwan_resident", "11010519491231002X"),
        ("foreign_permanent_resident_2023", "11010519491231002X"),
        ("foreign_permanent_resident_2017", "11010519491231002X"),
        ("no such card", "11010519491231002X"),
    ],
)
def test_false_numbers_are_found(kind: str, number: str) -> None:
    assert not is_sound(kind, number)


def test_an_unknown_region_is_no_reason_to_refuse() -> None:
    body = "999999" + "19900307" + "012"
    assert is_sound("foreign_permanent_resident_2023", body + check_digit(body))


@given(st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_found(place: int, by: int) -> None:
    wrong = str((int(WANG.id_number[place]) + by) % 10)
    number = WANG.id_number[:place] + wrong + WANG.id_number[place + 1 :]
    assert not is_sound("resident", number)


@given(
    st.text(max_size=24), st.sampled_from(["resident", "hk_macao_taiwan_resident", "foreign_permanent_resident_2017"])
)
def test_any_text_is_judged_without_an_exception(number: str, kind: str) -> None:
    check(replace(CARD, card_kind=kind, id_number=number), "2026-11-20", clock_trusted=True)


def test_a_good_card_has_no_findings() -> None:
    assert check(CARD, "2026-11-20", clock_trusted=True) == ()


@pytest.mark.parametrize(
    ("change", "finding", "hard"),
    [
        ({"id_number": "199900199003070120"}, CardFinding.FALSE_NUMBER, True),
        ({"valid_until": "2026-11-19"}, CardFinding.EXPIRED, True),
        ({"birth_date": "1990-03-08"}, CardFinding.BIRTH_MISMATCH, False),
        ({"sex": "男"}, CardFinding.SEX_MISMATCH, False),
    ],
)
def test_each_finding(change: dict[str, str], finding: CardFinding, *, hard: bool) -> None:
    assert check(replace(CARD, **change), "2026-11-20", clock_trusted=True) == (finding,)  # type: ignore[arg-type]
    assert finding.hard is hard


def test_a_card_is_valid_on_its_last_day_and_for_ever_when_it_says_so() -> None:
    assert not check(replace(CARD, valid_until="2026-11-20"), "2026-11-20", clock_trusted=True)
    assert not check(replace(CARD, valid_until="", long_term=True), "2026-11-20", clock_trusted=True)


@pytest.mark.parametrize("today", ["1970-01-01", "2099-01-01"])
def test_without_a_trusted_clock_nothing_is_said_about_expiry(today: str) -> None:
    assert not check(CARD, today, clock_trusted=False)


def test_masking() -> None:
    assert mask_number("110105194912310021") == "110105********0021"
    assert mask_number("GBR990088031425") == "GBR9*******1425"
    assert mask_number("1234") == "****"
    assert mask_name("王小满") == "王**"
    assert mask_name("𬭎") == "𬭎**"
    assert mask_name("") == ""


def test_repr_shows_nothing_of_the_person() -> None:
    assert WANG.name not in repr(CARD)
    assert WANG.id_number not in repr(CARD)
