"""The main job: a citizen applies for each of the three items and leaves with a slip and their card."""

from __future__ import annotations

import pytest

from kiosk.visit.effects import SubmitApplication
from tests.flows.citizen import Citizen
from tests.flows.house import house
from tests.flows.journeys import JOURNEYS, identified, walk_main_path


@pytest.mark.req("R080")
def test_the_attract_screen_says_what_can_be_done_here() -> None:
    Citizen(house()).sees("attract").reads("外地的事", "在这里办", "127 件", "设备正常", "工作日 9:00–17:00")


@pytest.mark.req("R153")
@pytest.mark.req("R154")
def test_the_slip_is_no_notice_of_receipt_and_the_next_steps_say_when() -> None:
    citizen = JOURNEYS["C003"](Citizen(house()), "wang")
    citizen.reads("不代表已收件", "《收件通知书》", "收件后 2 小时内", "上班时间", "每一步都发短信到 199 **** 0001")


@pytest.mark.req("R055")
@pytest.mark.req("R149")
def test_three_ways_of_delivery() -> None:
    citizen = identified(Citizen(house()), "C004", "wang").answers(kind="residents", certificate="no")
    citizen.picks_field_region("from_region", "150785").goes_on().types(first_month="201501", last_month="202012")
    citizen.goes_on().sees("delivery").reads("要电子版", "到本地窗口取", "邮寄到家")


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
