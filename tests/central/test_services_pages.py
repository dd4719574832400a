"""The desk's pages of calls, parcels, consultations and fees, used as a clerk without JavaScript uses them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from central.casework.terms import NoticeKind
from central.notify.notices import Notices
from central.services import shipments
from central.store.models import (
    AuditEntry,
    Case,
    CaseEvent,
    Document,
    Notice,
    PhoneTask,
    Reveal,
    Shipment,
    VideoSession,
)
from drivers.virtual.personas import PERSONAS
from tests.central.desk import HANDLING, RECEIVING, THIRD, Desk, sign_in
from tests.central.rig import RunningCentre
from tests.central.services_rig import application, stored

WANG = PERSONAS["wang"]
SECRETS = (WANG.name, WANG.phone, WANG.id_number, WANG.mailing_address)
WAYBILL = "1136281381675"


def new_case(town: RunningCentre, **columns: Any) -> str:
    with town.parts.database.writing() as session:
        return stored(session, town.parts.keys, application(), **columns).case_number


def called(town: RunningCentre) -> int:
    """A case whose applicant wants a call; returns the task."""
    with town.parts.database.writing() as session:
        case = stored(session, town.parts.keys, application(), notify_by_phone=True)
        said = {"document": "乌审政服补〔2026〕00003号", "due": "2026-12-04"}
        Notices().notify(session, case, NoticeKind.SUPPLEMENT_REQUIRED, said, town.parts.now())
        return session.scalars(select(PhoneTask.id)).one()


def the(town: RunningCentre, kind: type[Any]) -> Any:
    with town.parts.database.reading() as session:
        return session.scalars(select(kind)).one()


def state(town: RunningCentre, case_number: str) -> str:
    with town.parts.database.reading() as session:
        return session.scalars(select(Case.state).where(Case.case_number == case_number)).one()


def clerk(town: RunningCentre, region: str = RECEIVING, language: str = "zh") -> Desk:
    return sign_in(town, f"hall.{region}", language)


@pytest.mark.req("R016")
def test_a_call_is_taken_made_and_recorded(town: RunningCentre) -> None:
    number = called(town)
    desk = clerk(town)
    page = desk.get("/desk/phone-tasks")
    assert "需要补正" in page.text
    page = desk.get(f"/desk/phone-tasks/{number}")
    assert "2026年12月4日前补正" in page.text
    assert not any(secret in page.text for secret in SECRETS), "the number is shown to who takes the call"
    page = desk.post(f"/desk/phone-tasks/{number}/take")
    assert WANG.phone in page.text
    assert the(town, Reveal).purpose == "phone_task"
    with town.parts.database.reading() as session:
        assert session.scalars(select(AuditEntry.action).where(AuditEntry.action == "reveal")).all() == ["reveal"]
    assert WANG.phone not in desk.get(f"/desk/phone-tasks/{number}").text
    page = desk.post(f"/desk/phone-tasks/{number}", {"outcome": "told", "note": "本人接听"})
    assert "已登记" in page.text
    assert the(town, Notice).state == "done"
    assert "本人接听" in desk.get(f"/desk/phone-tasks/{number}").text


def test_a_call_for_later_needs_a_time_that_is_to_come(town: RunningCentre) -> None:
    number = called(town)
    desk = clerk(town)
    for wrong in ({"outcome": "call_later"}, {"outcome": "call_later", "later": "2020-01-01T10:00"}, {"outcome": "x"}):
        assert desk.post(f"/desk/phone-tasks/{number}", wrong).status_code == 422
    assert the(town, PhoneTask).tries == 0
    desk.post(f"/desk/phone-tasks/{number}", {"outcome": "call_later", "later": "2099-01-02T10:00"})
    assert the(town, PhoneTask).due_at.isoformat() == "2099-01-02T02:00:00+00:00"


def test_another_unit_sees_neither_the_call_nor_its_number(town: RunningCentre) -> None:
    number = called(town)
    for region in (HANDLING, THIRD):
        stranger = clerk(town, region)
        assert f"/desk/phone-tasks/{number}" not in stranger.get("/desk/phone-tasks").text
        assert stranger.get(f"/desk/phone-tasks/{number}").status_code == 404
        assert stranger.post(f"/desk/phone-tasks/{number}/take").status_code == 404
    with town.parts.database.reading() as session:
        assert session.scalars(select(Reveal)).all() == []


def test_messages_that_did_not_arrive_are_shown(town: RunningCentre) -> None:
    with town.parts.database.writing() as session:
        case = stored(session, town.parts.keys, application())
        Notices().notify(session, case, NoticeKind.SUBMITTED, {}, town.parts.now())
    town.parts.relay.step()
    page = clerk(town).get("/desk/phone-tasks?view=failed")
    assert "没有接入短信" in page.text
    assert case.case_number in page.text


@pytest.mark.req("R009")
@pytest.mark.req("R072")
def test_papers_are_packed_printed_sent_and_told(town: RunningCentre) -> None:
    number = new_case(town, state="TRANSFERRED", paper_needed=True)
    desk = clerk(town)
    assert number in desk.get("/desk/shipments").text, "it waits to be packed"
    page = desk.post(
        f"/desk/cases/{number}/shipments",
        {
            "direction": "to_handling",
            "reason_to_handling": "original_archive",
            "contents": ["社会保障卡"],
            "more": "登记表\n",
            "seal": "F-9",
        },
    )
    assert "封装" in page.text
    assert "平罗县政务服务中心" in page.text, "an office's address is no secret"
    shipment = the(town, Shipment)
    assert shipments.contents_of(town.parts.keys.vault, shipment, the(town, Case)) == ("社会保障卡", "登记表")
    page = desk.post(f"/desk/shipments/{shipment.id}/papers")
    with town.parts.database.reading() as session:
        made = {row.kind: row.id for row in session.scalars(select(Document))}
    assert set(made) == {"mailing_label", "material_handover_list"}
    assert all(f"/desk/documents/{one}/pdf" in page.text for one in made.values())
    cover = desk.get(f"/desk/documents/{made['mailing_label']}").text
    assert "平罗县政务服务中心一楼" in cover
    assert not any(secret in cover for secret in (WANG.phone, WANG.mailing_address)), "it goes to the office"
    listed = desk.get(f"/desk/documents/{made['material_handover_list']}").text
    assert all(one in listed for one in ("社会保障卡", "登记表", "F-9"))
    assert desk.post(f"/desk/shipments/{shipment.id}/sent", {"waybill": "short"}).status_code == 409
    page = desk.post(f"/desk/shipments/{shipment.id}/sent", {"waybill": WAYBILL})
    assert WAYBILL in page.text
    assert state(town, number) == "TRANSFERRED", "the electronic track goes its own way"
    notice = the(town, Notice)
    assert (notice.template, notice.params["waybill"]) == ("N5.mailed", WAYBILL)
    there = clerk(town, HANDLING)
    assert WAYBILL in there.get("/desk/shipments?view=coming").text
    page = there.post(f"/desk/shipments/{shipment.id}/delivered")
    assert "EMS → 平罗县政务服务中心" in page.text


@pytest.mark.req("R087", "R127", "R149")
@pytest.mark.req("R017")
@pytest.mark.req("R055")
@pytest.mark.req("R159")
def test_sending_the_result_off_moves_the_case(town: RunningCentre) -> None:
    number = new_case(town, state="RESULT_ISSUED")
    there = sign_in(town, f"dept.{HANDLING}")
    there.post(f"/desk/cases/{number}/shipments", {"direction": "result_to_applicant", "more": "决定书"})
    shipment = the(town, Shipment)
    page = there.get(f"/desk/shipments/{shipment.id}")
    assert not any(secret in page.text for secret in SECRETS)
    page = there.post(f"/desk/shipments/{shipment.id}/address")
    assert WANG.mailing_address in page.text
    assert the(town, Reveal).what == "address"
    there.post(f"/desk/shipments/{shipment.id}/sent", {"waybill": WAYBILL})
    assert state(town, number) == "IN_DELIVERY"
    notice = the(town, Notice)
    assert (notice.template, notice.params["waybill"]) == ("N8.posted", WAYBILL)
    with town.parts.database.reading() as session:
        assert "dispatch_result" in session.scalars(select(CaseEvent.event)).all()


def test_the_act_of_the_case_page_packs_its_own_parcel(town: RunningCentre) -> None:
    number = new_case(town, state="RESULT_ISSUED")
    there = sign_in(town, f"dept.{HANDLING}")
    path = f"/desk/cases/{number}/acts/dispatch_result"
    form = {"version": "1", "waybill": "odd", "confirmed": "yes"}
    there.get(path)
    assert there.post(path, form).status_code == 409
    with town.parts.database.reading() as session:
        assert session.scalars(select(Shipment)).all() == []
    there.post(path, {**form, "waybill": WAYBILL})
    shipment = the(town, Shipment)
    assert (shipment.waybill, shipment.state, shipment.direction) == (WAYBILL, "sent", "result_to_applicant")
    assert state(town, number) == "IN_DELIVERY"


def test_papers_that_review_waits_for_are_posted_by_the_act(town: RunningCentre) -> None:
    number = new_case(town, state="COLLECTED", paper_needed=True)
    desk = clerk(town)
    path = f"/desk/cases/{number}/acts/mail_out"
    desk.get(path)
    desk.post(path, {"version": "1", "waybill": "", "confirmed": "yes"})
    assert state(town, number) == "IN_TRANSIT"
    shipment = the(town, Shipment)
    assert shipment.state == "to_send"
    assert "登记寄出" in desk.get(f"/desk/shipments/{shipment.id}").text, "the number is entered later"


def test_a_refused_sending_changes_nothing(town: RunningCentre) -> None:
    """The window of the handling place may pack, but sending the result off is the department's act."""
    number = new_case(town, state="RESULT_ISSUED")
    there = clerk(town, HANDLING)
    there.post(f"/desk/cases/{number}/shipments", {"direction": "result_to_applicant", "more": "决定书"})
    shipment = the(town, Shipment)
    assert there.post(f"/desk/shipments/{shipment.id}/sent", {"waybill": WAYBILL}).status_code == 409
    assert (the(town, Shipment).state, state(town, number)) == ("to_send", "RESULT_ISSUED")


def test_strangers_see_no_shipment_and_cannot_touch_one(town: RunningCentre) -> None:
    number = new_case(town, state="COLLECTED", paper_needed=True)
    clerk(town).post(f"/desk/cases/{number}/shipments", {"direction": "to_handling", "more": "卡"})
    shipment = the(town, Shipment).id
    stranger = clerk(town, THIRD)
    assert number not in stranger.get("/desk/shipments").text
    for path in (f"/desk/shipments/{shipment}", f"/desk/cases/{number}/shipments"):
        assert stranger.get(path).status_code == 404
    for act in ("address", "papers", "sent", "delivered", "problem", "look"):
        assert stranger.post(f"/desk/shipments/{shipment}/{act}", {"waybill": WAYBILL}).status_code == 404
    other = clerk(town, HANDLING)
    for act in ("papers", "sent"):
        assert other.post(f"/desk/shipments/{shipment}/{act}", {"waybill": WAYBILL}).status_code == 404, (
            "not theirs to send"
        )


def test_a_parcel_in_trouble_and_out_of_it(town: RunningCentre) -> None:
    number = new_case(town, state="TRANSFERRED", paper_needed=True)
    desk = clerk(town)
    desk.post(f"/desk/cases/{number}/shipments", {"direction": "to_handling", "more": "卡"})
    shipment = the(town, Shipment).id
    desk.post(f"/desk/shipments/{shipment}/sent", {"waybill": WAYBILL})
    desk.post(f"/desk/shipments/{shipment}/problem", {"kind": "damaged"})
    assert WAYBILL in desk.get("/desk/shipments?view=problems").text
    desk.post(f"/desk/shipments/{shipment}/problem", {"kind": "solved"})
    assert the(town, Shipment).state == "sent"
    assert "没有查到新的轨迹" in desk.post(f"/desk/shipments/{shipment}/look").text


@pytest.mark.req("R025")
def test_a_consultation_is_booked_here_and_concluded_there(town: RunningCentre) -> None:
    number = new_case(town, profile="genhe")
    desk, there = clerk(town), clerk(town, HANDLING)
    assert "必须与办理地视频会商" in desk.get(f"/desk/cases/{number}/video").text
    desk.post(f"/desk/cases/{number}/video", {f"person_{HANDLING}": "马科员", "scheduled_at": "2026-11-23T09:30"})
    assert number in there.get("/desk/video").text
    one = the(town, VideoSession)
    assert there.post(f"/desk/cases/{number}/video", {}).status_code == 409, "the receiving desk calls"
    page = there.post(
        f"/desk/cases/{number}/video/{one.id}",
        {"act": "conclude", "place": HANDLING, "conclusion": "cleared", "note": "齐全"},
    )
    assert "各地均同意" in page.text
    assert "齐全" in desk.get(f"/desk/cases/{number}/video").text
    assert clerk(town, THIRD).get(f"/desk/cases/{number}/video").status_code == 404


@pytest.mark.req("R089")
def test_a_fee_is_paid_and_stands_in_the_days_books(town: RunningCentre) -> None:
    number = new_case(town)
    desk = clerk(town)
    assert desk.post(f"/desk/cases/{number}/payments", {"matter": "licence_cost", "amount": "ten"}).status_code == 409
    page = desk.post(f"/desk/cases/{number}/payments", {"matter": "licence_cost", "amount": "12.50"})
    payment = re.search(r"/payments/(\d+)", page.text)
    assert payment
    assert "12.50" in desk.get("/desk/payments").text
    paid = {"act": "paid", "way": "cash", "reference": "PJ-0001"}
    assert "PJ-0001" in desk.post(f"/desk/cases/{number}/payments/{payment[1]}", paid).text
    assert desk.post(f"/desk/cases/{number}/payments/{payment[1]}", paid).status_code == 409
    books = desk.get("/desk/payments").text
    assert "PJ-0001" in books
    assert "合计" in books
    desk.post(f"/desk/cases/{number}/payments/{payment[1]}", {"act": "refund"})
    assert "0.00" in desk.get("/desk/payments").text


def test_every_page_opens_in_both_languages_and_for_caseworkers_only(town: RunningCentre) -> None:
    number = new_case(town, state="COLLECTED", paper_needed=True)
    task = called(town)
    clerk(town).post(f"/desk/cases/{number}/shipments", {"direction": "to_handling", "more": "卡"})
    shipment = the(town, Shipment).id
    pages = ["/desk/phone-tasks", f"/desk/phone-tasks/{task}", "/desk/shipments", f"/desk/shipments/{shipment}"]
    pages += ["/desk/video", "/desk/payments", "/desk/phone-tasks?view=done", "/desk/shipments?view=delivered"]
    pages += [f"/desk/cases/{number}/{page}" for page in ("shipments", "video", "payments")]
    for language in ("zh", "en"):
        desk = clerk(town, language=language)
        for page in pages:
            answer = desk.get(page)
            assert answer.status_code == 200, page
            assert not any(secret in answer.text for secret in SECRETS), page
    for login in ("auditor", "admin", "security", "editor"):
        outsider = sign_in(town, login)
        for page in pages:
            assert outsider.get(page).status_code in (403, 404), (login, page)


def test_a_form_without_its_token_changes_nothing(town: RunningCentre) -> None:
    task = called(town)
    number = new_case(town, state="COLLECTED", paper_needed=True)
    desk = clerk(town)
    for path in (f"/desk/phone-tasks/{task}/take", f"/desk/cases/{number}/shipments", f"/desk/cases/{number}/video"):
        assert desk.post(path, {"csrf": "forged", "direction": "to_handling", "more": "卡"}).status_code == 403
    with town.parts.database.reading() as session:
        assert session.scalars(select(Shipment)).all() == []
        assert session.scalars(select(Reveal)).all() == []
