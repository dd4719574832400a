"""Forms say what is wrong without losing a letter; materials are exactly the listed ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.visit.events import Enter, Signed
from tests.flows.citizen import Citizen, touchable
from tests.flows.house import house
from tests.flows.journeys import identified, medical_care_to_checklist
from tests.flows.people import applicant


def at_period(kind: str = "temporary") -> Citizen:
    citizen = identified(Citizen(house()), "C001", "wang").answers(kind=kind)
    return citizen.types(medical_address="示例大街8号").goes_on().sees("form_period")


def test_errors_come_only_after_trying_to_go_on_and_the_value_stays() -> None:
    citizen = at_period().types(start_date="2026").reads_not("日期不对").goes_on().sees("form_period")
    citizen.reads("日期不对", "要填", "请选一个")
    assert citizen.draft.answers["start_date"] == "2026"


def test_the_last_day_may_not_precede_the_first() -> None:
    citizen = at_period().touches("resident").types(start_date="20261201", end_date="20261130").goes_on()
    citizen.reads("不能早于").types(end_date="2026年12月31日").goes_on().sees("delivery")
    assert citizen.draft.answers["end_date"] == "2026-12-31"


@pytest.mark.parametrize("phone", ["", "1234", "12345678901", "1990000000a", "199000000012"])
def test_a_wrong_phone_number_does_not_go_on(phone: str) -> None:
    citizen = at_period().touches("resident").types(start_date="20261201", end_date="20261231").goes_on()
    citizen.chooses_delivery("electronic").happens(Enter("phone", phone)).goes_on().sees("form_phone")


@pytest.mark.req("R016")
def test_the_phone_is_read_back_in_groups_and_a_call_can_be_chosen() -> None:
    citizen = at_period().touches("resident").types(start_date="20261201", end_date="20261231").goes_on()
    citizen.chooses_delivery("electronic").touches("phone_call").leaves_phone().sees("confirm_phone")
    citizen.reads("199 0000 0001").touches("change").sees("form_phone").leaves_phone("13800000000")
    citizen.reads("138 0000 0000").reads_phone_back()
    assert citizen.draft.answers["notify"] == "phone_call"


@pytest.mark.req("R151")
@pytest.mark.req("R156")
@pytest.mark.req("R017")
def test_posting_home_asks_for_the_address_and_an_electronic_result_does_not() -> None:
    citizen = at_period().touches("resident").types(start_date="20261201", end_date="20261231").goes_on()
    citizen.chooses_delivery("electronic").leaves_phone().goes_on().sees("checklist")
    citizen.goes_back().goes_back().goes_back()
    citizen.chooses_delivery("ems_to_applicant").leaves_phone().reads_phone_back().sees("form_address").goes_on().reads(
        "请选地区"
    )


def test_a_field_of_another_page_cannot_be_entered() -> None:
    citizen = at_period().happens(Enter("phone", "19900000001"), Enter("medical_region", "640221"))
    assert "phone" not in citizen.draft.answers or citizen.draft.answers["phone"] == ""
    assert citizen.draft.answers["medical_region"] == "150785"


@pytest.mark.req("R121")
@pytest.mark.parametrize(
    ("situation", "materials"),
    [
        ({"kind": "retired", "residence_proof": "yes"}, ["ID", "CARD", "FORM", "RESID", "SIGN"]),
        ({"kind": "resident", "residence_proof": "no"}, ["ID", "CARD", "FORM", "PROMISE", "SIGN"]),
        ({"kind": "posted", "residence_proof": "no"}, ["ID", "CARD", "FORM", "WORK", "PROMISE", "SIGN"]),
        ({"kind": "referral"}, ["ID", "CARD", "FORM", "REFER", "SIGN"]),
        ({"kind": "temporary"}, ["ID", "CARD", "FORM", "SIGN"]),
    ],
)
def test_the_situation_decides_the_materials(situation: dict[str, str], materials: list[str]) -> None:
    citizen = identified(Citizen(house()), "C001", "wang").answers(**situation)
    citizen.types(medical_address="示例大街8号").goes_on().touches("employee")
    citizen.types(start_date="20261201")
    if situation["kind"] in ("referral", "temporary"):
        citizen.types(end_date="20261231")
    citizen.goes_on().chooses_delivery("electronic").leaves_phone().reads_phone_back()
    assert [row.key for row in citizen.view.rows] == materials  # type: ignore[attr-defined]


@pytest.mark.req("R162")
def test_a_tolerable_material_may_come_later_or_be_promised_and_can_still_be_photographed() -> None:
    citizen = medical_care_to_checklist(Citizen(house()), "wang").touches("RESID").touches("later").reads("晚点补")
    citizen.touches("RESID").touches("promise").sees("promise").reads("承诺", "失信名单").goes_on().reads("已承诺")
    citizen.touches("RESID").touches("camera").photographs().reads("已拍 1 页")


@pytest.mark.req("R020")
def test_every_picture_comes_with_one_to_three_points() -> None:
    citizen = medical_care_to_checklist(Citizen(house()), "wang").touches("WORK").sees("capture")
    assert 1 <= len(citizen.view.tips) <= 3  # type: ignore[attr-defined]


@pytest.mark.req("R166")
def test_only_listed_materials_are_submitted() -> None:
    citizen = (
        medical_care_to_checklist(Citizen(house()), "wang").touches("WORK").photographs().touches("RESID", "later")
    )
    citizen.touches("CARD", "photograph").photographs().goes_on().sees("review")
    citizen.touches("change:situation:kind").touches("temporary").types(end_date="20261231").goes_on()
    citizen.sees("review").goes_on().signs().submits()
    assert [material.code for material in citizen.draft.materials] == ["ID", "CARD", "FORM", "SIGN"]


@pytest.mark.req("R068")
def test_an_accidental_touch_is_no_signature() -> None:
    citizen = medical_care_to_checklist(Citizen(house()), "wang").touches("WORK").photographs()
    citizen.touches("RESID", "later").touches("CARD", "photograph").photographs().goes_on().goes_on().sees("sign")
    citizen.goes_on().reads("还没有签名").happens(Signed((((0.5, 0.5),),))).goes_on().sees("sign")
    citizen.signs().touches("clear").goes_on().sees("sign").signs().submits()


@pytest.mark.req("R068")
def test_a_card_address_fills_in_region_and_street() -> None:
    card = replace(applicant("wang"), address="内蒙古自治区根河市示例街12号")
    citizen = Citizen(house()).starts().applies_in("640221").picks("C003").agrees().places_card(card).confirms_card()
    assert citizen.draft.answers["mail_region"] == "150785"
    assert citizen.draft.answers["mail_address"] == "示例街12号"


def test_a_call_instead_of_a_text_message_is_confirmed_at_the_end() -> None:
    citizen = identified(Citizen(house()), "C003", "wang").answers(reason="changed").types(change="名字改了").goes_on()
    citizen.chooses_delivery("pickup_at_desk").touches("phone_call").leaves_phone().reads_phone_back()
    citizen.leaves_address().goes_on().goes_on().signs().submits().reads("每一步都打电话到 199 **** 0001")


# Where the result is collected


def at_delivery() -> Citizen:
    """社会保障卡补换, asked how the result is to be handed over."""
    citizen = identified(Citizen(house()), "C003", "wang").answers(reason="damaged")
    return citizen.types(card_number="Z00000001").goes_on().sees("delivery")


@pytest.mark.req("R111")
def test_a_result_can_be_collected_at_another_place_than_this_one() -> None:
    citizen = at_delivery().touches("pickup_elsewhere").reads("到哪里领取结果").picks_region("340223").leaves_phone()
    citizen.reads_phone_back().leaves_address().goes_on().sees("review")
    while "more" in touchable(citizen.view) and "change:delivery" not in touchable(citizen.view):
        citizen.touches("more")
    citizen.reads("到安徽省 · 芜湖市 · 南陵县政务中心领取").touches("change:delivery").reads("到其他政务中心领取")
    assert (citizen.draft.delivery, citizen.draft.pickup_region) == ("pickup_at_desk", "340223")


def test_going_back_from_the_choice_of_the_place_keeps_what_was_chosen_before() -> None:
    citizen = at_delivery().touches("pickup_elsewhere").picks_region("340223").goes_back().sees("delivery")
    citizen.reads("南陵县").touches("pickup_elsewhere").goes_back().sees("delivery")
    assert citizen.draft.pickup_region == "340223"


def test_another_way_or_this_very_place_takes_the_other_place_back() -> None:
    citizen = at_delivery().touches("pickup_elsewhere").picks_region("340223").goes_back()
    citizen.touches("pickup_at_desk")
    assert (citizen.draft.delivery, citizen.draft.pickup_region) == ("pickup_at_desk", "")
    citizen = at_delivery().touches("pickup_elsewhere").picks_region("150785")
    assert (citizen.draft.delivery, citizen.draft.pickup_region) == ("pickup_at_desk", "")
