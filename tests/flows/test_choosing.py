"""Choosing the place and the service: by touch, by search, and readable without a card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.visit.events import Choose
from tests.flows.citizen import Citizen, touchable
from tests.flows.house import house
from tests.flows.journeys import identified, medical_care_to_checklist, pension_transfer


@pytest.mark.req("R002")
def test_the_first_question_is_the_handling_place_and_partners_stand_first() -> None:
    citizen = Citizen(house()).starts().touches("apply").sees("place").reads("您要办哪里的事")
    rows = citizen.view.rows  # type: ignore[attr-defined]
    assert [row.key for row in rows[:3]] == ["640221", "371621", "140823"]


@pytest.mark.parametrize("text", ["平罗", "plx", "pingluo", "PLX"])
def test_a_place_is_found_by_name_initials_or_pinyin(text: str) -> None:
    citizen = Citizen(house()).starts().touches("apply").searches(text)
    citizen.reads("宁夏回族自治区 · 石嘴山市").touches("640221").sees("service_list").reads("平罗县")
    assert citizen.draft.handling_region == "640221"


@pytest.mark.parametrize("code", ["441900", "442000", "460400", "110105", "710000", "469001", "620200"])
def test_places_without_counties_or_with_filler_cities_can_be_chosen_by_touch(code: str) -> None:
    citizen = Citizen(house()).starts().applies_in(code)
    assert citizen.draft.handling_region == code


def test_likely_places_stand_first_for_a_field_and_for_another_matter() -> None:
    citizen = pension_transfer(Citizen(house()), "wang").touches("another", "apply").reads("刚才选的")
    assert citizen.view.rows[0].key == "640221"  # type: ignore[attr-defined]
    citizen = identified(Citizen(house()), "C004", "wang").answers(kind="enterprise", certificate="no")
    citizen.touches("region:from_region").reads("本机所在地").touches("150785").sees("form_places")
    assert citizen.draft.answers["from_region"] == "150785"


def test_nothing_found_is_said() -> None:
    Citizen(house()).starts().touches("apply").searches("没有这个地方").reads("没有找到").goes_back().reads("北京市")


@pytest.mark.req("R045")
def test_services_are_found_by_sector_and_by_initials() -> None:
    citizen = Citizen(house()).starts().applies_in("640221").touches("sector:公安").reads("夫妻投靠户口迁移")
    citizen.reads_not("异地就医备案").touches("sector:").searches("ydjy").reads("异地就医备案")


@pytest.mark.req("R125")
@pytest.mark.req("R088")
def test_every_guide_can_be_read_without_a_card_and_has_seven_elements() -> None:
    citizen = Citizen(house()).starts().touches("guide")
    for item in house().catalogue.items:
        citizen.searches(item.name).touches(item.id).sees("guide")
        paragraphs = citizen.view.paragraphs  # type: ignore[attr-defined]
        assert [p.heading for p in paragraphs] == [
            "申请条件", "申报方式", "受理模式", "审核程序", "办理时限", "发证方式", "收费标准",
        ]  # fmt: skip
        assert all(paragraph.text for paragraph in paragraphs)
        assert citizen.view.materials  # type: ignore[attr-defined]
        citizen.goes_back()


@pytest.mark.req("R049")
def test_an_item_that_cannot_be_submitted_here_says_so_and_where_to_go() -> None:
    citizen = Citizen(house()).starts().touches("guide").picks("C020").reads("本机还不能提交", "0470-000-0000")
    assert citizen.view.chrome.primary is None


@pytest.mark.req("R003")
def test_the_guide_says_in_one_sentence_how_the_item_is_handled() -> None:
    Citizen(house()).starts().touches("C003").sees("guide").reads("这里交材料，外地办理")


@pytest.mark.req("R163")
def test_the_warning_about_false_materials_comes_before_the_card_and_before_signing() -> None:
    citizen = Citizen(house()).starts().touches("C001").goes_on().touches("640221").sees("consent")
    citizen.reads("失信名单")


@pytest.mark.req("R133")
def test_refusing_consent_leads_back_and_collects_nothing() -> None:
    citizen = Citizen(house()).starts().touches("C001").goes_on().touches("640221").sees("consent")
    citizen.goes_back().sees("place")
    assert citizen.draft.applicant is None
    assert not citizen.draft.consented


def test_paging_stays_inside_the_list() -> None:
    citizen = Citizen(house()).starts().touches("guide")
    pages = 1
    while "more" in touchable(citizen.view):
        citizen.touches("more")
        pages += 1
    assert pages == 22
    while "previous" in touchable(citizen.view):
        citizen.touches("previous")
        pages -= 1
    assert pages == 1


@pytest.mark.req("R120")
def test_samples_are_looked_at_from_the_guide_and_from_the_camera_and_lead_back() -> None:
    citizen = Citizen(house()).starts().happens(Choose("C001")).sees("guide").touches("sample").sees("sample")
    citizen.reads("样本 1 / 3", "居住证明").touches("next_sample").reads("样本 2 / 3").touches("back").sees("guide")
    posted = medical_care_to_checklist(Citizen(house()), "wang").goes_on().inserts_social_card("wang")
    posted.goes_on().sees("material_way").touches("camera").sees("capture").touches("sample")
    posted.sees("sample").reads("样本 1 / 1").touches("back").sees("capture").photographs()


def test_without_its_pictures_a_terminal_offers_no_sample() -> None:
    guide = Citizen(replace(house(), pictures={})).starts().happens(Choose("C001")).sees("guide")
    assert "sample" not in {action.key for action in guide.view.chrome.actions}
