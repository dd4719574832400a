"""What a card says is judged before it is used, and shown masked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.identity import Applicant
from kiosk.visit.effects import ReadIdCard
from tests.flows.citizen import Citizen
from tests.flows.house import house
from tests.flows.people import applicant


def at_card(today: str = "2026-11-20") -> Citizen:
    there = replace(house(), today=today)
    return Citizen(there).starts().applies_in("640221").picks("C001").agrees().sees("place_card")


@pytest.mark.req("R024")
def test_the_card_comes_before_any_material() -> None:
    names = [shown.name for shown in at_card().places_card("wang").views]
    assert "checklist" not in names
    assert "capture" not in names


def test_an_expired_card_is_refused_with_a_way_out_and_another_one_is_taken() -> None:
    citizen = at_card().places_card("sun").sees("place_card").reads("过期了", "0470-000-0000")
    assert ReadIdCard() in citizen.asked
    citizen.places_card("wang").confirms_card()


def test_a_false_check_digit_is_refused() -> None:
    wang = applicant("wang")
    false = wang.id_number[:-1] + ("0" if wang.id_number[-1] != "0" else "1")
    at_card().places_card(replace(wang, id_number=false)).sees("place_card").reads("号码不对")


@pytest.mark.parametrize(
    "card", [replace(applicant("wang"), sex="男"), replace(applicant("wang"), birth_date="1990-03-08")]
)
def test_data_that_do_not_agree_go_on_and_are_said(card: Applicant) -> None:
    at_card().places_card(card).reads("对不上").confirms_card().sees("situation")


def test_a_clock_of_1970_calls_no_card_expired_and_says_so_on_the_attract_screen() -> None:
    there = replace(house(), today="1970-01-01")
    Citizen(there).sees("attract").reads("时间不对")
    at_card("1970-01-01").places_card("sun").sees("card_confirmed")


def test_a_clock_of_the_far_future_calls_no_card_expired_either() -> None:
    there = replace(house(), today="2099-01-01")
    Citizen(there).sees("attract").reads("时间不对")
    at_card("2099-01-01").places_card("wang").sees("card_confirmed")


@pytest.mark.parametrize("person", ["wang", "zhang", "abdu", "foreigner_2017", "foreigner_2023", "taiwan"])
def test_the_screen_shows_name_and_number_masked(person: str) -> None:
    card = applicant(person)
    citizen = at_card().places_card(person).sees("card_confirmed").reads("**", "****")
    citizen.reads_not(card.id_number, card.name[1:])


def test_a_card_that_never_expires_says_so() -> None:
    at_card().places_card("zhao").reads("长期")
