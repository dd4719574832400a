"""What the source documents ask of the desk and its places: who answers, what is handed over, where one may go and call."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from central.casework.acts import Refused
from central.casework.terms import DocumentKind as Kind
from central.desk.pages.case import CARD_WORDS
from central.documents import html
from central.documents.casefacts import CARDS
from central.documents.papers import papers_of
from central.store.models import Unit
from central.terminals import beat
from kiosk.protocol.application import Application, CardKind, Mode
from kiosk.protocol.heartbeat import DeviceStatus
from kiosk.protocol.states import State
from tests.central.casefolk import collected, do, hand_in, open_desk
from tests.central.desk import HANDLING, PLACES, RECEIVING, THIRD, people, sign_in
from tests.central.office import PROBLEMS, OfficeRig
from tests.central.paper_rig import issue
from tests.central.rig import RunningCentre, application_of, number
from tests.central.test_api_terminals import heartbeat


def notice(centre: RunningCentre, **columns: Any) -> str:
    """A collection notice as the applicant reads it."""
    document = issue(centre.parts, Kind.COLLECTION_NOTICE, **columns)
    return str(html.sheet(papers_of(centre.parts).content(document)))


@pytest.mark.req("R071")
def test_the_handling_place_gets_form_pages_and_what_was_checked(centre: RunningCentre) -> None:
    open_desk(centre)
    case = hand_in(centre)
    collected(centre, case)
    do(centre, f"hall.{RECEIVING}", case, "transfer")
    there = sign_in(centre, f"hall.{HANDLING}")
    page = there.get(f"/desk/cases/{case}").text
    for said in ("参保地", "平罗县", "居民身份证", "形式审查", f"职员hall.{RECEIVING}"):
        assert said in page, said
    pictures = re.findall(r'src="(/desk/cases/[^"]+/thumb\.jpg)"', page)
    assert len(pictures) == 2, "the page of the certificate, and the signature"
    assert [there.get(picture).status_code for picture in pictures] == [200, 200]


@pytest.mark.req("R160")
def test_both_places_see_who_answers_to_the_applicant_first(centre: RunningCentre) -> None:
    open_desk(centre)
    case = hand_in(centre)
    for place in (RECEIVING, HANDLING):
        page = sign_in(centre, f"hall.{place}").get(f"/desk/cases/{case}").text
        assert f"首问单位：{PLACES[RECEIVING][0]}政务服务中心" in page, place


@pytest.mark.req("R018")
def test_each_unit_has_its_own_number_to_ask_and_papers_print_the_handling_ones(centre: RunningCentre) -> None:
    people(centre.parts)
    with centre.parts.database.reading() as session:
        unit = session.scalars(select(Unit).where(Unit.code == f"{HANDLING}-dept")).one()
    form = {name: getattr(unit, name) for name in ("name", "short_name", "region_name", "region_code", "kind")}
    admin = sign_in(centre, "admin")
    admin.post(
        f"/desk/units/{unit.id}", {**form, "profile": "pingluo", "consult_phone": "0952-6095432", "active": "yes"}
    )
    assert "0952-6095432" in notice(centre)


@pytest.mark.req("R115")
@pytest.mark.parametrize(
    ("scope", "words"), [("cross_province", "跨省通办"), ("province", "省内通办"), ("city", "全市通办")]
)
def test_papers_and_ledger_name_the_scope(town: RunningCentre, scope: str, words: str) -> None:
    assert f"<td>{words}</td>" in notice(town, scope=scope)
    desk = sign_in(town, f"hall.{RECEIVING}")
    others = {"cross_province", "province", "city"} - {scope}
    shown = desk.get(f"/desk/ledger?scope={scope}").text
    assert words in re.sub(r"<(form|nav).*?</\1>", "", shown, flags=re.DOTALL)
    assert all("没有" in desk.get(f"/desk/ledger?scope={other}").text for other in others)


@pytest.mark.req("R036")
def test_every_card_that_counts_has_a_name_at_the_desk_and_on_papers_and_no_other_card_counts() -> None:
    assert set(CARD_WORDS) == set(CARDS) == set(CardKind)
    application, _ = application_of("wang", number(), [])
    other = application.model_dump(mode="json")
    other["applicant"]["card_kind"] = "driving_licence"
    with pytest.raises(ValidationError):
        Application.model_validate(other)


@pytest.mark.req("R053")
def test_terminals_are_told_every_desk_of_a_place_with_address_and_hours(centre: RunningCentre) -> None:
    people(centre.parts)
    desk = sign_in(centre, f"hall.{HANDLING}")
    desks = {"平罗县政务服务中心": "民族大街 1 号", "崇岗镇便民服务中心": "崇岗镇政府一楼"}
    for name, address in desks.items():
        contact = {
            "unit_name": name, "person": "马芳", "phone": "0952-6090001", "hours": "工作日 9:00–17:00", "address": address
        }  # fmt: skip
        assert desk.post("/desk/contacts", contact).status_code == 200
    (entry,) = centre.get("/api/v1/published/contacts").json()["entries"]
    assert entry["key"] == HANDLING
    for told in (*desks, *desks.values(), "工作日 9:00–17:00"):
        assert told in entry["content"], told


@pytest.mark.req("R034", "R139")
def test_an_item_with_pre_review_is_looked_at_before_it_is_accepted_and_others_are_not(office: OfficeRig) -> None:
    case = office.begun(Mode.FULL_ONLINE)
    office.do("desk_there", case, "open_prereview")
    assert office.state(case) is State.PRE_REVIEW
    office.do("desk_there", case, "notify_once")
    assert office.state(case) is State.SUPPLEMENT_REQUIRED
    assert office.papers.issued[-1].facts.problems == PROBLEMS, "its opinion reaches the applicant"
    assert office.lines(case)[-1].event == "notify_once"
    office.item = replace(office.item, prereview=False)
    plain = office.begun(Mode.FULL_ONLINE)
    with pytest.raises(Refused) as refused:
        office.do("desk_there", plain, "open_prereview")
    assert "没有预审环节" in refused.value.why.zh


@pytest.mark.req("R171")
def test_a_terminal_that_serves_nobody_is_shown_to_its_supervisor_with_what_ails(centre: RunningCentre) -> None:
    people(centre.parts)
    broken = (DeviceStatus(device="receipt_printer", state="out_of_service", reason="paper_out"),)
    fine = (DeviceStatus(device="id_card_reader", state="ok"),)
    with centre.parts.database.writing() as session:
        beat(session, heartbeat(in_service=False, devices=broken + fine), centre.parts.now())
        beat(session, heartbeat(terminal_id="WSQ-04", devices=fine), centre.parts.now())
    page = sign_in(centre, f"chief.{RECEIVING}").get("/desk/supervision").text
    assert "WSQ-03" in page
    assert "receipt_printer: out_of_service, paper_out" in page
    assert "id_card_reader" not in page
    assert "WSQ-04" not in page
    assert "WSQ-03" not in sign_in(centre, f"chief.{THIRD}").get("/desk/supervision").text
