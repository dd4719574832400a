"""The main job: a citizen applies for each of the three items and leaves with a slip and their card."""

from __future__ import annotations

import pytest

from kiosk.visit.effects import SubmitApplication
from tests.flows.citizen import Citizen
from tests.flows.house import house
from tests.flows.journeys import JOURNEYS, walk_main_path


@pytest.mark.req("R063")
@pytest.mark.parametrize("person", ["wang", "foreigner_2023", "zhang", "gulnur", "hong_kong", "foreigner_2017"])
@pytest.mark.parametrize("item", JOURNEYS)
def test_a_citizen_applies_and_leaves_with_slip_and_card(item: str, person: str) -> None:
    citizen = JOURNEYS[item](Citizen(house()), person)
    assert citizen.last(SubmitApplication).draft.item_id == item
    citizen.reads("1507 8500 1000 0001 42", "不代表已收件或已受理")
    citizen.touches("finish").takes_card().is_gone()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_main_path_shows_every_screen_of_the_journey(language: str) -> None:
    names = {shown.name for shown in walk_main_path(house(), language)}
    assert names >= {
        "attract", "home", "place", "service_list", "guide", "consent", "place_card", "card_confirmed", "situation",
        "form_where", "form_phone", "form_address", "delivery", "confirm_phone", "checklist", "social_card",
        "material_way", "capture", "page_review", "review", "sign", "sending", "done", "take_card", "goodbye",
    }  # fmt: skip
