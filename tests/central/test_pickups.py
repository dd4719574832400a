"""A result collected at a third place (R111): that desk hands it over, sees what this needs, and nothing before, after or beside."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from central.casework import access, lifecycle, pickups
from central.casework.acts import Act, Refused
from central.casework.terms import Right
from central.notify.notices import rendered
from central.pickups import EVENTS
from central.services.shipments import recipient_of
from central.store.models import Grant, Notice, Shipment
from central.whose_turn import list_for
from central.worklists import Filters, read_page
from kiosk.protocol.application import Delivery, DeliveryMethod, Mode, Region
from kiosk.protocol.states import State
from tests.central.casefolk import case_of, collected, do, hand_in, open_desk
from tests.central.desk import GENHE, HANDLING, PLACES, RECEIVING, THIRD, Desk, sign_in
from tests.central.office import FILLED_IN, START, THERE, OfficeRig
from tests.central.office import THIRD as OFFICE_THIRD
from tests.central.rig import RunningCentre

AT_THIRD = {"pickup_code": OFFICE_THIRD, "pickup_name": "安徽 芜湖市 南陵县"}
on_sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
DESK = DeliveryMethod.PICKUP_AT_DESK


def waiting_case(office: OfficeRig, state: State, mode: Mode = Mode.COLLECT_AND_FORWARD) -> str:
    return office.case(mode, state, delivery=DESK, **AT_THIRD)


@pytest.mark.req("R111")
@pytest.mark.parametrize("mode", list(Mode))
def test_the_third_place_can_do_the_three_acts_of_the_hand_over_and_no_other(office: OfficeRig, mode: Mode) -> None:
    for one in lifecycle.load().flow(mode).transitions:
        number = waiting_case(office, one.source, mode)
        if one.event in EVENTS:
            with pytest.raises(Refused) as refused:
                office.do("desk", number, one.event)
            assert refused.value.code == "not_yours", "the receiving desk does not hold the result"
            assert office.do("desk_third", number, one.event).state is one.target
            assert office.lines(number)[-1].actor == "pickup_desk"
        else:
            with pytest.raises(Refused) as refused:
                office.casework.perform(office.people["desk_third"], Act(number, one.event, 1, **FILLED_IN))
            assert refused.value.code in ("not_found", "not_yours"), one.event


def test_the_third_place_meets_the_case_with_its_result_and_not_after_and_nobody_else_there_does(
    office: OfficeRig,
) -> None:
    here = {State.RESULT_ISSUED, State.IN_DELIVERY, State.READY_FOR_PICKUP}
    for state in State:
        number = waiting_case(office, state)
        with office.database.reading() as session:
            seen = {
                login: access.find_waiting(session, who, number) is not None
                for login, who in office.people.items()
                if login.endswith(("third", "fourth")) or login in ("administrator", "auditor")
            }
            third = office.people["desk_third"]
            assert access.find(session, third, number) is None
            todo = list_for(third, "deliver")
            assert todo is not None
            listed = read_page(session, third, todo, Filters(), None, size=999).rows
            assert (number in {row.case.case_number for row in listed}) == (state in here)
        assert {login for login, sees in seen.items() if sees} == ({"desk_third"} if state in here else set()), state


@pytest.mark.req("R147")
def test_without_the_right_to_deliver_the_third_place_hands_nothing_over(office: OfficeRig) -> None:
    number = waiting_case(office, State.READY_FOR_PICKUP)
    with office.database.writing() as session:
        no = Grant(
            grantor_region=THERE,
            grantee_region=OFFICE_THIRD,
            right=Right.DELIVER_RESULT,
            allowed=False,
            since=START,
        )
        session.add(no)
    with pytest.raises(Refused) as refused:
        office.do("desk_third", number, "picked_up")
    assert refused.value.code == "not_granted"


def test_staff_change_the_place_at_the_applicants_wish_with_a_reason_until_the_result_is_on_its_way(
    office: OfficeRig,
) -> None:
    def move(number: str, login: str, place: str, reason: str = "申请人来电，改到南陵领取") -> None:
        with office.database.writing() as session:
            who, case = office.people[login], office.find(session, number)
            pickups.move(office.casework.office, session, case, who, place, reason)

    number = office.case(Mode.COLLECT_AND_FORWARD, State.ACCEPTED, delivery=DESK)
    for login, place, reason, code in (
        ("desk_third", OFFICE_THIRD, "给我们吧", "not_yours"),
        ("desk", OFFICE_THIRD, "改", "reason_given"),
        ("desk", "999999", "申请人要求", "place"),
    ):
        with pytest.raises(Refused) as refused:
            move(number, login, place, reason)
        assert refused.value.code == code
    move(number, "desk", OFFICE_THIRD)
    (line,) = office.lines(number)
    assert (line.event, line.detail["to"]) == ("pickup_place", OFFICE_THIRD)
    assert line.reason_sealed, "and why"
    with office.database.reading() as session:
        assert office.find(session, number).pickup_place == OFFICE_THIRD
    nowhere = office.case(Mode.COLLECT_AND_FORWARD, State.APPROVED, delivery=DESK, pickup_code="110101")
    with office.database.reading() as session:
        assert pickups.is_known(session, office.find(session, number))
        assert not pickups.is_known(session, office.find(session, nowhere)), "a place that is not connected"
    for state in (State.IN_DELIVERY, State.READY_FOR_PICKUP, State.COMPLETED):
        with pytest.raises(Refused) as refused:
            move(waiting_case(office, state), "desk", THERE)
        assert refused.value.code == "too_late"


def issued(centre: RunningCentre) -> str:
    """A case whose result is out, to be collected in 青阳县: neither received nor handled there."""
    open_desk(centre)
    place = Region(code=THIRD, name="安徽省池州市青阳县")
    number = hand_in(centre, delivery=Delivery(method=DESK, pickup=place))
    collected(centre, number)
    do(centre, f"hall.{RECEIVING}", number, "transfer")
    do(centre, f"hall.{HANDLING}", number, "receive")
    for event in ("accept", "start_review", "approve"):
        do(centre, f"dept.{HANDLING}", number, event)
    assert sign_in(centre, f"hall.{THIRD}").get(f"/desk/pickups/{number}").status_code == 404, "not yet"
    do(centre, f"dept.{HANDLING}", number, "issue_result", extra={"result_text": "准予"})
    return number


def closed_to(desk: Desk, number: str) -> None:
    """Everything but the page of the hand-over is closed."""
    url = f"/desk/cases/{number}"
    for page in ("/acts/picked_up", "/acts/local_print", "/materials/CERT/1", "/files/1/thumb.jpg", "/slip",
                 "/shipments", "/video", "/payments", "/record/contact", "/record/pickup-place"):  # fmt: skip
        assert desk.get(url + page).status_code in (404, 422), page
    for act in ("/take", "/acts/picked_up", "/record/contact", "/checks/CERT", "/shipments"):
        assert desk.post(url + act, {"version": "9"}).status_code in (404, 422), act
    assert desk.post(f"{url}/reveal", {"what": "phone", "purpose": "看看"}).status_code == 404
    for other in ("accept", "approve", "withdraw", "dispatch_result", "archive"):
        assert desk.post(f"/desk/pickups/{number}/{other}", {"version": "9"}).status_code == 404, other


@on_sqlite
@pytest.mark.req("R111")
def test_a_posted_result_is_met_compared_and_handed_over_at_the_third_desk_which_sees_nothing_else(
    centre: RunningCentre,
) -> None:
    number = issued(centre)
    hall, fourth = sign_in(centre, f"hall.{THIRD}"), sign_in(centre, f"hall.{GENHE}")
    closed_to(hall, number)
    closed_to(fourth, number)
    printable = f"/desk/pickups/{number}/decision.pdf"
    assert printable in hall.get(f"/desk/pickups/{number}").text, "as long as nothing was posted, it is printed here"
    sender = sign_in(centre, f"dept.{HANDLING}")
    version = str(case_of(centre, number).version)
    sender.post(f"/desk/cases/{number}/acts/dispatch_result", {"version": version, "waybill": "EX123456789CN"})
    with centre.parts.database.reading() as session:
        (parcel,) = session.scalars(select(Shipment))
        assert recipient_of(centre.parts.keys.vault, parcel).address == "青阳县政务服务中心一楼"
    assert number in hall.get("/desk/work/deliver").text
    assert number not in sign_in(centre, f"hall.{RECEIVING}").get("/desk/work/deliver").text
    page = hall.get(f"/desk/cases/{number}")
    assert page.url.endswith(f"/desk/pickups/{number}"), "its list leads to the hand-over"
    assert "EX123456789CN" in page.text
    for secret in ("参保地", "缴费凭证", "199900199003070126", "19900000001", "王小满", "有效期"):
        assert secret not in page.text, secret
    assert hall.get(f"/desk/shipments/{parcel.id}").status_code == 404
    for desk in (fourth, sign_in(centre, f"dept.{THIRD}"), sign_in(centre, f"chief.{THIRD}")):
        assert desk.get(f"/desk/pickups/{number}").status_code in (403, 404)
        assert desk.get(f"/desk/cases/{number}").status_code == 404

    hall.get(f"/desk/pickups/{number}")
    hall.post(f"/desk/pickups/{number}/arrive_at_desk", {"version": str(case_of(centre, number).version)})
    assert case_of(centre, number).state == State.READY_FOR_PICKUP
    with centre.parts.database.reading() as session:
        assert session.scalars(select(Shipment.state)).one() == "delivered"
        ready = session.scalars(select(Notice).where(Notice.template == "N8.pickup")).one()
        text, _ = rendered(session, session.merge(case_of(centre, number)), ready)
    assert "请带身份证到青阳县政务服务中心（青阳县政务服务中心一楼）" in text
    case = case_of(centre, number)
    proof = {"slip_number": case.slip_number, "query_code": case.query_code}
    (told,) = centre.post("/api/v1/progress", json=proof).json()["applications"]
    assert "安徽省池州市青阳县" in told["text_zh"]
    assert "安徽省池州市青阳县" in told["text_en"]
    assert hall.get(printable).status_code == 404, "it came on paper"
    assert "不一致" in hall.post(f"/desk/pickups/{number}/card", {"id_number": "110101199001011237"}).text
    assert "与申请人一致" in hall.post(f"/desk/pickups/{number}/card", {"id_number": "199900199003070126"}).text
    hall.post(f"/desk/pickups/{number}/picked_up", {"version": str(case_of(centre, number).version)})
    assert case_of(centre, number).state == State.COMPLETED
    assert hall.get(f"/desk/pickups/{number}").status_code == 404, "and after it, nothing again"
    ledger = sign_in(centre, f"hall.{RECEIVING}").get(f"/desk/cases/{number}").text
    assert f"职员hall.{THIRD}" in ledger
    assert PLACES[THIRD][0] in ledger
