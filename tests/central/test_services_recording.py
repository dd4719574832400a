"""Parcels, custody, consultations and fees: what is recorded, who may record it, and what it changes about the case.

If it broke: papers get lost without anybody having had them, a case is collected over a place's objection, or somebody
pays for postage.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from central.casework import records
from central.casework.acts import Act, Refused
from central.casework.terms import Right
from central.services import custody, payments, shipments, video
from central.services.carrier import Leg, Node, Trace
from central.services.forgetting import Forgetting
from central.services.video import Invited
from central.store.models import Case, CaseEvent, Clock, Grant, Notice, Outbox, Payment, Shipment, SubCase, VideoSession
from drivers.virtual.personas import PERSONAS
from tests.central.desk import HANDLING, RECEIVING, THIRD
from tests.central.doubles.kuaidi100 import Kuaidi100Double
from tests.central.rig import RunningCentre
from tests.central.services_rig import NOW, application, stored, who
from tests.central.test_tracking_carrier import NODES, WAYBILL, adapter

HALL, THERE = f"hall.{RECEIVING}", f"hall.{HANDLING}"
LATER = NOW + timedelta(hours=3)


def new_case(town: RunningCentre, **columns: Any) -> int:
    with town.parts.database.writing() as session:
        return stored(session, town.parts.keys, application(), **columns).seq


def do(town: RunningCentre, seq: int, act: Callable[[Session, Case], Any]) -> Any:
    with town.parts.database.writing() as session:
        result = act(session, session.get_one(Case, seq))
        session.flush()
        return result


def look(town: RunningCentre, seq: int) -> Case:
    with town.parts.database.reading() as session:
        return session.get_one(Case, seq)


def lines(town: RunningCentre, seq: int, event: str) -> list[dict[str, Any]]:
    with town.parts.database.reading() as session:
        rows = session.scalars(select(CaseEvent).where(CaseEvent.case_seq == seq, CaseEvent.event == event))
        return [row.detail for row in rows.all()]


def packed(town: RunningCentre, seq: int, login: str = HALL, direction: str = shipments.TO_HANDLING) -> int:
    def act(session: Session, case: Case) -> int:
        clerk = who(session, login)
        shipment = shipments.plan(session, town.parts.keys, case, clerk, direction, NOW)
        inside = ["社会保障卡", "登记表"]
        shipments.pack(session, town.parts.keys.vault, shipment, case, clerk, inside, NOW, seal_number="F-1")
        return shipment.id

    number: int = do(town, seq, act)
    return number


def posted(town: RunningCentre, seq: int, number: int, login: str = HALL, waybill: str = WAYBILL) -> None:
    do(
        town,
        seq,
        lambda session, case: shipments.sent(
            session, session.get_one(Shipment, number), case, who(session, login), waybill, LATER
        ),
    )


def granted(town: RunningCentre) -> None:
    """Every place allows every other one everything."""
    with town.parts.database.writing() as session:
        session.execute(delete(Grant))
        since = NOW - timedelta(days=9000)
        session.add_all(Grant(grantor_region="*", grantee_region="*", right=right, since=since) for right in Right)


def refusal(town: RunningCentre, seq: int, act: Callable[[Session, Case], Any]) -> str:
    with pytest.raises(Refused) as refused:
        do(town, seq, act)
    return refused.value.code


@pytest.mark.req("R009")
@pytest.mark.req("R037")
@pytest.mark.req("R144")
def test_posting_the_papers_stops_the_clock_and_is_followed(town: RunningCentre) -> None:
    seq = new_case(town, state="TRANSFERRED", paper_needed=True)
    due = NOW + timedelta(days=3)
    with town.parts.database.writing() as session:
        session.add(Clock(case_seq=seq, clock="C2", started_at=NOW, warn_at=NOW, due_at=due))
    posted(town, seq, packed(town, seq))
    case = look(town, seq)
    assert (case.shipment, case.mailed_at, case.state) == ("sent", LATER, "TRANSFERRED")
    with town.parts.database.reading() as session:
        assert session.scalars(select(Clock)).one().stopped_at == LATER
        assert session.scalars(select(Outbox).where(Outbox.topic == "track")).one().payload.keys() == {"shipment"}
        shipment = session.scalars(select(Shipment)).one()
        assert (shipment.waybill, shipment.packed_by is not None) == (WAYBILL, True)
        assert shipments.contents_of(town.parts.keys.vault, shipment, case) == ("社会保障卡", "登记表")
    assert [line["act"] for line in lines(town, seq, "shipment")] == ["planned", "sent"]


@pytest.mark.req("R104")
def test_papers_change_hands_in_an_unbroken_chain(town: RunningCentre) -> None:
    seq = new_case(town, state="TRANSFERRED", paper_needed=True)
    number = packed(town, seq)
    posted(town, seq, number)
    do(town, seq, lambda s, case: shipments.delivered(s, s.get_one(Shipment, number), case, who(s, THERE), LATER))
    with town.parts.database.reading() as session:
        chain = custody.chain(session, session.get_one(Case, seq))
    parties = [(link.from_party, link.to_party) for link in chain]
    assert parties == [
        ("申请人", "乌审旗政务服务中心"),
        ("乌审旗政务服务中心", "EMS"),
        ("EMS", "平罗县政务服务中心"),
    ]
    read = custody.read(town.parts.keys.vault, look(town, seq), chain)
    assert read[0][2] == "F-1"
    assert all(items == ("社会保障卡", "登记表") for _, items, _ in read)


@pytest.mark.req("R086")
@pytest.mark.req("R172")
def test_nothing_is_posted_that_could_go_electronically(town: RunningCentre) -> None:
    seq = new_case(town, state="COLLECTED", paper_needed=False)

    def plan(direction: str, login: str = HALL, reason: str = "") -> Callable[[Session, Case], Any]:
        return lambda s, case: shipments.plan(s, town.parts.keys, case, who(s, login), direction, NOW, reason=reason)

    assert refusal(town, seq, plan(shipments.TO_HANDLING)) == "no_paper_needed"
    needed = new_case(town, state="COLLECTED", paper_needed=True)
    assert refusal(town, needed, plan(shipments.TO_HANDLING, reason="because")) == "reason"
    assert refusal(town, needed, plan("anywhere")) == "reason"
    assert refusal(town, needed, plan(shipments.TO_HANDLING, THERE)) == "not_sender"
    assert refusal(town, needed, plan(shipments.RESULT_TO_DESK)) == "not_sender", "results come from the handling place"
    by_wire = new_case(town, delivery="electronic", state="RESULT_ISSUED")
    assert refusal(town, by_wire, plan(shipments.RESULT_TO_APPLICANT, THERE)) == "delivery"


@pytest.mark.req("R131")
@pytest.mark.req("R089")
def test_the_applicant_pays_neither_postage_nor_help(town: RunningCentre) -> None:
    for profile, payer in (("sichuan", "sending_department"), ("wushen", "not_the_applicant")):
        seq = new_case(town, state="COLLECTED", paper_needed=True, profile=profile)
        packed(town, seq)
        with town.parts.database.reading() as session:
            assert session.scalars(select(Shipment.payer).where(Shipment.case_seq == seq)).one() == payer
    for matter in ("postage", "help", ""):
        assert (
            refusal(town, seq, lambda s, case, m=matter: payments.due(s, case, who(s, HALL), m, 100, NOW)) == "matter"  # type: ignore[misc]
        )


@pytest.mark.req("R037")
def test_each_of_several_handling_places_gets_its_own_parcel(town: RunningCentre) -> None:
    seq = new_case(town, mode="multi_site_A", state="ACCEPTED", paper_needed=True)
    with town.parts.database.writing() as session:
        for place in (HANDLING, THIRD):
            session.add(SubCase(case_seq=seq, region_code=place, region_name=place, state="SUBMITTED", updated_at=NOW))

    def plan(region: str) -> Callable[[Session, Case], Any]:
        return lambda s, case: shipments.plan(
            s, town.parts.keys, case, who(s, HALL), shipments.TO_HANDLING, NOW, to_region=region
        )

    for place in (HANDLING, THIRD):
        shipment = do(town, seq, plan(place))
        assert shipment.to_region == place
        assert shipment.sub_case_id is not None
        assert shipments.recipient_of(town.parts.keys.vault, shipment).address.startswith(
            {"640221": "平罗", "341723": "青阳"}[place]
        )
    assert refusal(town, seq, plan("150785")) == "place"


def test_a_waybill_must_make_sense_and_is_used_once(town: RunningCentre) -> None:
    seq = new_case(town, state="COLLECTED", paper_needed=True)
    first, second = packed(town, seq), packed(town, seq)

    def send(number: int, waybill: str, login: str = HALL) -> Callable[[Session, Case], Any]:
        return lambda s, case: shipments.sent(s, s.get_one(Shipment, number), case, who(s, login), waybill, NOW)

    for odd in ("", "123", "王秀英的包裹一号", "1" * 30, "<script>"):
        assert refusal(town, seq, send(first, odd)) == "waybill"
    assert refusal(town, seq, send(first, WAYBILL, THERE)) == "not_sender"
    do(town, seq, send(first, " 1136 2813 81675 "))
    assert refusal(town, seq, send(second, WAYBILL)) == "waybill_used"
    assert refusal(town, seq, send(first, "9999999999999")) == "sent"


@pytest.mark.req("R151")
def test_the_address_is_kept_sealed(town: RunningCentre) -> None:
    seq = new_case(town, state="RESULT_ISSUED")
    packed(town, seq, THERE, shipments.RESULT_TO_APPLICANT)
    with town.parts.database.reading() as session:
        shipment = session.scalars(select(Shipment)).one()
    person = PERSONAS["wang"]
    for secret in (person.name, person.phone, person.mailing_address):
        assert secret.encode() not in (shipment.to_sealed or b"")
    to = shipments.recipient_of(town.parts.keys.vault, shipment)
    assert (to.name, to.phone, to.address) == (person.name, person.phone, person.mailing_address)
    assert person.phone not in repr(to)


@pytest.mark.req("R151")
def test_the_address_is_forgotten_in_due_time(town: RunningCentre) -> None:
    seq = new_case(town, state="RESULT_ISSUED")
    number = packed(town, seq, THERE, shipments.RESULT_TO_APPLICANT)
    posted(town, seq, number, THERE)
    do(town, seq, lambda s, case: shipments.delivered(s, s.get_one(Shipment, number), case, who(s, HALL), LATER))
    with town.parts.database.writing() as session:
        for sent_at in (LATER - timedelta(days=3), LATER - timedelta(hours=1)):
            session.add(
                Notice(case_seq=seq, kind="N8", channel="sms", created_at=NOW, sent_at=sent_at, phone_index="f" * 64)
            )
    assert Forgetting(town.parts.database, lambda: LATER + timedelta(days=89)).step() == 2
    with town.parts.database.reading() as session:
        assert session.scalars(select(Shipment)).one().to_sealed is not None
        assert session.scalars(select(Notice.phone_index)).all() == [None, None]
    later = Forgetting(town.parts.database, lambda: LATER + timedelta(days=91))
    assert later.step() == 1
    assert later.step() == 0
    with town.parts.database.reading() as session:
        assert session.scalars(select(Shipment)).one().to_sealed is None


# The trace


def push(town: RunningCentre, state: str, count: int) -> None:
    double = Kuaidi100Double()
    trace = adapter(double).on_push(double.push(WAYBILL, state, NODES[:count]))
    double.close()
    assert town.parts.tracking.apply(trace)


def result_under_way(town: RunningCentre, **columns: Any) -> int:
    seq = new_case(town, state="IN_DELIVERY", **columns)
    posted(town, seq, packed(town, seq, THERE, shipments.RESULT_TO_APPLICANT), THERE)
    return seq


@pytest.mark.req("R017")
@pytest.mark.req("R043")
@pytest.mark.req("R159")
def test_signed_for_completes_the_case(town: RunningCentre) -> None:
    seq = result_under_way(town)
    for state, count in (("1", 1), ("0", 2), ("5", 3), ("3", 4)):
        push(town, state, count)
    case = look(town, seq)
    assert (case.state, case.shipment, case.rating) == ("COMPLETED", "delivered", "invited")
    with town.parts.database.reading() as session:
        shipment = session.scalars(select(Shipment)).one()
        assert shipment.delivered_at == datetime(2026, 11, 22, 2, 45, tzinfo=UTC), "when the carrier says it was"
        assert [node.state for node in shipment.trace] == ["collected", "in_transit", "out_for_delivery", "signed"]
        kinds = [row.kind for row in session.scalars(select(Notice)) if row.case_seq == seq]
        assert kinds == ["N10"]
        assert session.scalars(select(CaseEvent.actor).where(CaseEvent.event == "signed_for")).one() == "carrier"


def test_pushes_twice_late_and_in_any_order_change_nothing_more(town: RunningCentre) -> None:
    seq = result_under_way(town)
    for state, count in (("3", 4), ("1", 1), ("3", 4), ("0", 2), ("3", 4)):
        push(town, state, count)
    case = look(town, seq)
    assert (case.state, case.shipment) == ("COMPLETED", "delivered")
    with town.parts.database.reading() as session:
        assert len(session.scalars(select(Shipment)).one().trace) == 4
    assert [line["act"] for line in lines(town, seq, "shipment")].count("delivered") == 1


def test_papers_that_arrived_are_delivered_and_people_take_them_in(town: RunningCentre) -> None:
    seq = new_case(town, state="IN_TRANSIT", paper_needed=True)
    posted(town, seq, packed(town, seq))
    push(town, "3", 4)
    case = look(town, seq)
    assert (case.state, case.shipment) == ("IN_TRANSIT", "delivered"), "receiving is done by the handling desk"


def test_a_parcel_in_trouble_is_shown_until_it_moves_again(town: RunningCentre) -> None:
    seq = result_under_way(town)
    push(town, "2", 2)
    assert look(town, seq).shipment == "exception"
    push(town, "5", 3)
    assert (look(town, seq).shipment, look(town, seq).state) == ("sent", "IN_DELIVERY")
    push(town, "6", 3)
    push(town, "3", 4)
    assert (look(town, seq).shipment, look(town, seq).state) == ("delivered", "COMPLETED")


def test_a_parcel_that_came_back_completes_nothing(town: RunningCentre) -> None:
    seq = result_under_way(town)
    nodes = [(LATER, Leg.SIGNED, "a"), (LATER + timedelta(days=1), Leg.RETURNED, "b")]
    assert town.parts.tracking.apply(Trace(WAYBILL, tuple(Node(at, leg, "", key) for at, leg, key in nodes)))
    assert (look(town, seq).state, look(town, seq).shipment) == ("IN_DELIVERY", "exception")


@pytest.mark.req("R073")
@pytest.mark.req("R074")
def test_a_result_that_came_to_the_desk_is_told_when_the_desk_has_it(town: RunningCentre) -> None:
    seq = new_case(town, state="IN_DELIVERY", delivery="pickup_at_desk")
    granted(town)
    posted(town, seq, packed(town, seq, THERE, shipments.RESULT_TO_DESK), THERE)
    push(town, "3", 4)
    case = look(town, seq)
    assert (case.state, case.shipment) == ("IN_DELIVERY", "delivered"), (
        "somebody of the desk has signed, not the applicant"
    )

    def arrive(session: Session, case: Case) -> Any:
        act = Act(case.case_number, "arrive_at_desk", case.version)
        return town.parts.casework.perform_in(session, who(session, HALL), act, case)

    do(town, seq, arrive)
    with town.parts.database.reading() as session:
        assert session.scalars(select(Notice.template)).all() == ["N8.pickup"]


def test_a_trace_of_a_withdrawn_case_only_marks_the_parcel(town: RunningCentre) -> None:
    seq = result_under_way(town)
    do(town, seq, lambda s, case: setattr(case, "state", "WITHDRAWN"))
    push(town, "3", 4)
    assert (look(town, seq).state, look(town, seq).shipment) == ("WITHDRAWN", "delivered")


def test_a_parcel_that_is_not_ours_is_ignored(town: RunningCentre) -> None:
    assert not town.parts.tracking.apply(Trace("0000000000000", ()))


# Consultations


def book(town: RunningCentre, seq: int, *places: str) -> None:
    invited = [Invited(place, person="某科员") for place in places]
    do(town, seq, lambda s, case: video.book(s, town.parts.keys.vault, case, who(s, HALL), invited, NOW))


def conclude(
    town: RunningCentre, login: str, place: str, conclusion: str, person: str = ""
) -> Callable[[Session, Case], Any]:
    def act(session: Session, case: Case) -> None:
        one = video.latest(session, case)
        assert one is not None
        vault = town.parts.keys.vault
        video.conclude(
            session, vault, one, case, who(session, login), place, conclusion, LATER, person=person, note="记录"
        )

    return act


def cleared(town: RunningCentre, seq: int) -> tuple[str, str]:
    with town.parts.database.reading() as session:
        one = session.scalars(select(VideoSession).order_by(VideoSession.id.desc()).limit(1)).one()
        return one.outcome, session.get_one(Case, seq).video


@pytest.mark.req("R025")
@pytest.mark.req("R054")
def test_a_consultation_is_booked_held_and_concluded(town: RunningCentre) -> None:
    seq = new_case(town, profile="genhe")
    book(town, seq, HANDLING)
    assert cleared(town, seq) == ("booked", "booked")
    do(town, seq, conclude(town, THERE, HANDLING, "cleared"))
    assert cleared(town, seq) == ("cleared", "done")
    with town.parts.database.reading() as session:
        one = session.scalars(select(VideoSession)).one()
        assert video.note_of(town.parts.keys.vault, one) == f"{HANDLING}：记录"
        assert (one.started_at, one.ended_at) == (LATER, LATER)
    assert [line["act"] for line in lines(town, seq, "video")] == ["booked", "started", "concluded", "ended"]


@pytest.mark.req("R027")
@pytest.mark.parametrize(("second", "outcome"), [("cleared", "cleared"), ("not_cleared", "not_cleared")])
def test_every_place_concludes_for_itself_and_one_no_is_a_no(town: RunningCentre, second: str, outcome: str) -> None:
    seq = new_case(town, mode="multi_site_A", profile="genhe")
    with town.parts.database.writing() as session:
        for place in (HANDLING, THIRD):
            session.add(SubCase(case_seq=seq, region_code=place, region_name=place, state="SUBMITTED", updated_at=NOW))
    assert (
        refusal(town, seq, lambda s, c: video.book(s, town.parts.keys.vault, c, who(s, HALL), [Invited(HANDLING)], NOW))
        == "place_missing"
    )
    book(town, seq, HANDLING, THIRD)
    do(town, seq, conclude(town, THERE, HANDLING, "cleared"))
    assert cleared(town, seq)[0] == "in_call", "not before all have concluded"
    assert refusal(town, seq, conclude(town, THERE, THIRD, "cleared")) == "not_party", (
        "nobody concludes for another place"
    )
    do(town, seq, conclude(town, HALL, THIRD, second, "青阳 李科员"))
    assert cleared(town, seq)[0] == outcome
    with town.parts.database.reading() as session:
        one = session.scalars(select(VideoSession)).one()
        notes = video.note_of(town.parts.keys.vault, one)
    assert notes == f"{HANDLING}：记录\n{THIRD}：记录", "nobody's note is lost"
    assert refusal(town, seq, conclude(town, THERE, HANDLING, "not_cleared")) == "ended"


def test_what_the_desk_heard_names_who_said_it(town: RunningCentre) -> None:
    seq = new_case(town)
    do(town, seq, lambda s, case: video.book(s, town.parts.keys.vault, case, who(s, HALL), [Invited(HANDLING)], NOW))
    assert refusal(town, seq, conclude(town, HALL, HANDLING, "cleared")) == "person"
    do(town, seq, conclude(town, HALL, HANDLING, "cleared", "马科员"))
    assert lines(town, seq, "video")[-2]["by_itself"] is False


def test_a_consultation_that_failed_may_be_held_again(town: RunningCentre) -> None:
    seq = new_case(town)
    book(town, seq, HANDLING)
    assert (
        refusal(town, seq, lambda s, c: video.book(s, town.parts.keys.vault, c, who(s, HALL), [Invited(HANDLING)], NOW))
        == "open"
    )
    do(town, seq, lambda s, case: video.fail(s, video.latest(s, case), case, who(s, HALL), NOW))  # type: ignore[arg-type]
    book(town, seq, HANDLING)
    assert cleared(town, seq) == ("booked", "booked")


def test_only_the_receiving_desk_calls_and_only_before_collection(town: RunningCentre) -> None:
    seq = new_case(town)
    assert (
        refusal(
            town, seq, lambda s, c: video.book(s, town.parts.keys.vault, c, who(s, THERE), [Invited(HANDLING)], NOW)
        )
        == "not_receiving"
    )
    late = new_case(town, state="COLLECTED")
    assert (
        refusal(
            town, late, lambda s, c: video.book(s, town.parts.keys.vault, c, who(s, HALL), [Invited(HANDLING)], NOW)
        )
        == "too_late"
    )


@pytest.mark.req("R025")
def test_without_clearance_the_case_is_not_collected(town: RunningCentre) -> None:
    seq = new_case(town, state="VIDEO_CONSULT", profile="genhe")
    granted(town)

    def collect(session: Session, case: Case) -> Any:
        act = Act(case.case_number, "remote_ok", case.version)
        return town.parts.casework.perform_in(session, who(session, HALL), act, case)

    office = town.parts.casework.office
    do(town, seq, lambda s, case: records.formal_check(office, s, case, who(s, HALL), "CARD", -1, passed=True))
    assert refusal(town, seq, collect) == "video_cleared"
    book(town, seq, HANDLING)
    do(town, seq, conclude(town, THERE, HANDLING, "not_cleared"))
    assert refusal(town, seq, collect) == "video_cleared"
    book(town, seq, HANDLING)
    do(town, seq, conclude(town, THERE, HANDLING, "cleared"))
    do(town, seq, collect)
    assert look(town, seq).state == "COLLECTED"


# Fees


@pytest.mark.req("R089")
def test_a_fee_is_due_paid_once_and_paid_back(town: RunningCentre) -> None:
    seq = new_case(town)
    number = do(town, seq, lambda s, case: payments.due(s, case, who(s, HALL), "licence_cost", 1250, NOW)).id
    assert look(town, seq).payment == "due"

    def pay(way: str = "code", reference: str = "PJ-1") -> Callable[[Session, Case], Any]:
        return lambda s, case: payments.paid(
            s, town.parts.keys.vault, s.get_one(Payment, number), case, who(s, HALL), way, reference, NOW
        )

    assert refusal(town, seq, pay(reference=" ")) == "way"
    do(town, seq, pay())
    assert look(town, seq).payment == "paid"
    assert refusal(town, seq, pay()) == "paid"
    do(town, seq, lambda s, case: payments.refunded(s, s.get_one(Payment, number), case, who(s, HALL), NOW))
    assert look(town, seq).payment == "refunded"
    assert [line["act"] for line in lines(town, seq, "payment")] == ["due", "paid", "refunded"]
    assert (
        refusal(town, seq, lambda s, c: payments.due(s, c, who(s, f"hall.{THIRD}"), "licence_cost", 1, NOW))
        == "not_staff"
    )


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("12", 1200),
        ("12.5", 1250),
        ("0.05", 5),
        ("¥3.00", 300),
        ("", 0),
        ("-1", 0),
        ("1.234", 0),
        ("１２", 0),
        ("1e3", 0),
    ],
)
def test_amounts_are_read_exactly(text: str, cents: int) -> None:
    assert payments.cents_of(text) == cents
