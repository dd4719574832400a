"""Casework as a whole: two clerks at once, several places, profiles, grants, supplements, and what each leaves behind."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from central.casework.acts import Conflict, Performed, Refused
from central.casework.terms import DocumentKind, NoticeKind, Right
from central.casework.who import CARRIER, applicant
from central.catalogue.facts import ItemFacts
from central.store.models import (
    AuditEntry,
    CaseEvent,
    Dishonesty,
    Document,
    Grant,
    Withdrawal,
)
from kiosk.protocol.application import DeliveryMethod, Mode
from kiosk.protocol.states import State
from tests.central.office import FOURTH, HERE, PROBLEMS, REASON, START, THERE, THIRD, OfficeRig, at, utc

C_AND_F = Mode.COLLECT_AND_FORWARD


# Two at once


def test_of_two_clerks_one_wins_and_the_other_is_told_what_happened(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    office.do("desk", number, "collect", version=1)
    with pytest.raises(Conflict) as late:
        office.do("desk_colleague", number, "return_materials", version=1)
    assert "收件" in late.value.why.zh
    assert "10:00" in late.value.why.zh
    assert f"{HERE} 的政务服务中心" in late.value.why.zh
    assert office.state(number) is State.COLLECTED
    assert [issued.kind for issued in office.papers.issued] == [DocumentKind.COLLECTION_NOTICE]


def test_clerks_who_act_in_the_same_instant_do_not_both_win(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    together = threading.Barrier(6)
    came_out: list[Performed | Refused] = []

    def act(login: str, event: str) -> None:
        together.wait()
        try:
            came_out.append(office.do(login, number, event, version=1))
        except Refused as refused:
            came_out.append(refused)

    acts = [("desk", "collect"), ("desk_colleague", "return_materials"), ("desk", "notify_once")] * 2
    threads = [threading.Thread(target=act, args=one) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(one, Performed) for one in came_out) == 1
    assert sum(isinstance(one, Conflict) for one in came_out) == 5
    assert len(office.lines(number)) == 1
    with office.database.reading() as session:
        issued = select(Document).where(Document.case_seq == office.find(session, number).seq)
        assert len(session.scalars(issued).all()) == 1
        assert len(session.scalars(select(AuditEntry).where(AuditEntry.target == number)).all()) == 1


def test_nothing_stays_behind_when_a_part_of_an_act_fails(office: OfficeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)

    def broken(*_: object) -> None:
        raise RuntimeError("the notifier is broken")

    monkeypatch.setattr(office.notices, "notify", broken)
    with pytest.raises(RuntimeError):
        office.do("desk", number, "collect")
    assert office.state(number) is State.INTAKE_REVIEW
    assert not office.lines(number)
    assert not office.clocks(number)
    with office.database.reading() as session:
        assert office.find(session, number).version == 1
        assert not session.scalars(select(Document).where(Document.case_seq == office.find(session, number).seq)).all()


# What a case begins with


def test_a_case_begins_with_its_clocks_its_first_line_and_a_notice(office: OfficeRig) -> None:
    number = office.begun(Mode.FULL_ONLINE)
    assert set(office.clocks(number)) == {"C8", "C5"}
    (line,) = office.lines(number)
    assert (line.event, line.source, line.target, line.terminal_id) == ("submit", "DRAFT", "SUBMITTED", "WSQ-03")
    assert office.notices.kinds(number) == [NoticeKind.SUBMITTED]
    with office.database.reading() as session:
        case = office.find(session, number)
        assert (case.due_clock, case.due_at) == ("C8", utc(at("2026-11-23 10:00")))
        assert case.sub_cases == []
    assert set(office.clocks(office.begun(C_AND_F))) == {"C8"}, (
        "the receiving place does not accept: no five-day rule yet"
    )


def test_a_case_that_waited_for_the_network_says_so_in_its_ledger(office: OfficeRig) -> None:
    (line,) = office.lines(office.begun(C_AND_F, away=True))
    assert (line.event, line.source, line.actor) == ("upload_ok", "QUEUED_OFFLINE", "kiosk")


@pytest.mark.req("R007")
def test_several_handling_places_make_a_part_for_each(office: OfficeRig) -> None:
    number = office.begun(Mode.MULTI_SITE_A, THIRD, FOURTH)
    with office.database.reading() as session:
        parts = office.find(session, number).sub_cases
        assert [part.region_code for part in parts] == ["640221", THIRD, FOURTH]
        assert {part.state for part in parts} == {State.SUBMITTED}


# Collecting and forwarding


@pytest.mark.req("R154")
@pytest.mark.req("R155")
def test_from_collection_two_hours_to_transmit_and_a_day_to_post(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW, paper_needed=True)
    office.do("desk", number, "collect")
    assert set(office.clocks(number)) == {"C1", "C2"}
    facts = office.papers.issued[-1].facts
    assert facts.transmit_due == at("2026-11-20 12:00")
    assert facts.mail_due == at("2026-11-23 23:59:59")
    office.time += timedelta(hours=1)
    office.do("desk", number, "transfer")
    assert set(office.clocks(number)) == {"C2"}, "transmitting does not post the papers"
    with office.database.reading() as session:
        case = office.find(session, number)
        assert (case.shipment, case.due_clock) == ("to_send", "C2")
        assert case.collected_at == START
        assert case.transferred_at == START + timedelta(hours=1)


@pytest.mark.req("R026")
def test_without_papers_nothing_has_to_be_posted(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    office.do("desk", number, "collect")
    assert set(office.clocks(number)) == {"C1"}
    with office.database.reading() as session:
        offered = office.casework.next_acts(session, office.find(session, number), office.people["desk"])
    assert "mail_out" not in {act.event for act in offered}


@pytest.mark.req("R026")
def test_where_the_rules_require_it_a_cleared_consultation_comes_before_collection(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW, profile="genhe")
    with office.database.reading() as session:
        offered = {
            act.event: act
            for act in office.casework.next_acts(session, office.find(session, number), office.people["desk"])
        }
    assert "视频会商" in offered["collect"].missing[0].zh
    with pytest.raises(Refused):
        office.do("desk", number, "collect")
    office.do("desk", number, "start_video")
    with pytest.raises(Refused):
        office.do("desk", number, "remote_ok")
    office.held_video(number, outcome="not_cleared")
    with pytest.raises(Refused):
        office.do("desk", number, "remote_ok")
    office.held_video(number, THERE)
    assert office.do("desk", number, "remote_ok").state is State.COLLECTED
    assert office.papers.issued[-1].kind is DocumentKind.COLLECTION_NOTICE


@pytest.mark.req("R070")
def test_where_the_desk_accepts_its_receipt_is_given_once_and_the_promise_runs_from_it(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW, profile="pingluo")
    office.do("desk", number, "collect")
    assert office.papers.issued[-1].kind is DocumentKind.ACCEPTANCE_RECEIPT
    assert office.papers.issued[-1].facts.promise_due == at("2026-12-01 23:59:59")
    office.do("desk", number, "transfer")
    office.do("desk_there", number, "receive")
    with pytest.raises(Refused):
        office.do("dept_there", number, "accept")
    office.time += timedelta(days=3)
    office.do("desk", number, "accept")
    assert [issued.kind for issued in office.papers.issued] == [DocumentKind.ACCEPTANCE_RECEIPT]
    with office.database.reading() as session:
        case = office.find(session, number)
        assert case.promise_due_at == at("2026-12-01 23:59:59"), "accepting again does not put it off"
        assert case.accepted_at == START


@pytest.mark.req("R032")
@pytest.mark.req("R015")
def test_acceptance_names_the_promised_day_and_the_decision_ends_the_period(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.RECEIVED)
    office.do("dept_there", number, "accept")
    assert office.notices.sent[-1][2]["due"] == "2026-12-01"
    assert set(office.clocks(number)) == {"C4", "C6"}
    office.do("dept_there", number, "start_review")
    office.do("dept_there", number, "approve")
    assert set(office.clocks(number)) == {"C6b"}, "decided: now ten days to deliver"
    office.do("dept_there", number, "issue_result")
    office.do("dept_there", number, "dispatch_result")
    assert not office.clocks(number)


@pytest.mark.req("R041")
def test_a_rejection_is_the_departments_with_reason_and_basis(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.UNDER_REVIEW)
    for login in ("desk", "desk_there", "approver_here", "dept_other_sector"):
        with pytest.raises(Refused):
            office.do(login, number, "reject")
    office.do("dept_there", number, "reject")
    issued = office.papers.issued[-1]
    assert (issued.kind, issued.facts.reason) == (DocumentKind.REJECTION_NOTICE, REASON)
    assert issued.facts.basis
    with office.database.reading() as session:
        offered = [
            act.event
            for person in office.people.values()
            for act in office.casework.next_acts(session, office.find(session, number), person)
        ]
    assert offered == [], "it has ended"


# Grants


@pytest.mark.req("R147")
@pytest.mark.parametrize(
    ("right", "event", "state"),
    [
        (Right.COLLECT, "collect", State.INTAKE_REVIEW),
        (Right.NOTIFY_ONCE, "notify_once", State.INTAKE_REVIEW),
        (Right.NOTIFY_ONCE, "return_materials", State.INTAKE_REVIEW),
        (Right.DELIVER_RESULT, "local_print", State.RESULT_ISSUED),
        (Right.DELIVER_RESULT, "arrive_at_desk", State.IN_DELIVERY),
        (Right.DELIVER_RESULT, "picked_up", State.READY_FOR_PICKUP),
    ],
)
def test_the_receiving_desk_does_only_what_the_handling_place_has_granted(
    office: OfficeRig, right: Right, event: str, state: State
) -> None:
    number = office.case(C_AND_F, state, delivery=DeliveryMethod.PICKUP_AT_DESK)
    with office.database.writing() as session:
        session.add(Grant(grantor_region=THERE, grantee_region=HERE, right=right, allowed=False, since=START))
    with office.database.reading() as session:
        offered = {
            act.event: act
            for act in office.casework.next_acts(session, office.find(session, number), office.people["desk"])
        }
    assert "没有授予" in offered[event].missing[0].zh
    with pytest.raises(Refused) as refused:
        office.do("desk", number, event)
    assert refused.value.code == "not_granted"
    with office.database.writing() as session:
        row = session.scalars(select(Grant).where(Grant.allowed.is_(False))).one()
        row.revoked_at = START
    office.do("desk", number, event)


@pytest.mark.req("R147")
def test_every_handling_place_of_a_case_must_have_granted_it(office: OfficeRig) -> None:
    number = office.case(Mode.MULTI_SITE_A, State.INTAKE_REVIEW, further=(THIRD,))
    with office.database.writing() as session:
        session.add(Grant(grantor_region=THIRD, grantee_region=HERE, right=Right.COLLECT, allowed=False, since=START))
    with pytest.raises(Refused) as refused:
        office.do("desk", number, "accept_on_spot")
    assert refused.value.code == "not_granted"


# Supplements


@pytest.mark.req("R038")
@pytest.mark.req("R065")
def test_a_supplement_goes_on_with_the_same_case(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    office.do("desk", number, "notify_once", supplement_days=5)
    facts = office.papers.issued[-1].facts
    assert facts.problems == PROBLEMS
    assert facts.supplement_due == at("2026-11-27 23:59:59")
    assert office.notices.sent[-1][2]["due"] == "2026-11-27"
    with office.database.writing() as session:
        office.casework.supplemented(session, office.find(session, number), applicant("WSQ-04"))
    assert office.state(number) is State.INTAKE_REVIEW
    assert not office.clocks(number)
    line = office.lines(number)[-1]
    assert (line.event, line.actor, line.terminal_id) == ("supplement", "applicant", "WSQ-04")
    with office.database.writing() as session, pytest.raises(Refused):
        office.casework.supplemented(session, office.find(session, number), applicant("WSQ-04"))


@pytest.mark.req("R023")
def test_only_a_supervisor_asks_a_second_time_and_says_why(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW, supplements=1)
    with office.database.reading() as session:
        case = office.find(session, number)
        clerk = {act.event: act for act in office.casework.next_acts(session, case, office.people["desk"])}[
            "notify_once"
        ]
        chief = {act.event: act for act in office.casework.next_acts(session, case, office.people["supervisor"])}
    assert "主管" in clerk.missing[0].zh
    assert set(chief) == {"notify_once"}, "a supervisor does not do the clerks' other work"
    assert "reason" in chief["notify_once"].needs
    with pytest.raises(Refused):
        office.do("desk", number, "notify_once")
    with pytest.raises(Refused) as why:
        office.do("supervisor", number, "notify_once", reason="")
    assert why.value.code == "reason_given"
    with pytest.raises(Refused):
        office.do("supervisor_there", number, "notify_once")
    office.do("supervisor_above", number, "notify_once")
    with office.database.reading() as session:
        assert office.find(session, number).supplements == 2


def test_the_time_to_supplement_has_limits(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    for days in (0, -1, 61):
        with pytest.raises(Refused):
            office.do("desk", number, "notify_once", supplement_days=days)


# Withdrawal, delivery, revocation


@pytest.mark.req("R042")
def test_a_withdrawal_is_confirmed_with_the_applicants_own_reason(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.UNDER_REVIEW)
    with office.database.writing() as session:
        case = office.find(session, number)
        words = office.casework.office.seal("要改办理地", "withdrawal.request_sealed", case)
        session.add(
            Withdrawal(
                request_id="w1",
                case_seq=case.seq,
                requested_at=START,
                channel="kiosk",
                reason_code="other",
                request_sealed=words,
            )
        )
    with pytest.raises(Refused):
        office.do("dept_there", number, "withdraw", extra={})
    office.do("dept_there", number, "withdraw", reason="")
    issued = office.papers.issued[-1]
    assert issued.kind is DocumentKind.WITHDRAWAL_CONFIRMATION
    assert issued.facts.reason == "要改办理地"
    assert issued.facts.withdrawal is not None
    with office.database.reading() as session:
        case = office.find(session, number)
        row = session.scalars(select(Withdrawal).where(Withdrawal.case_seq == case.seq)).one()
        assert (row.state, row.returned, row.closed_by) == (
            "confirmed",
            "on_the_spot",
            office.people["dept_there"].user_id,
        )
        line = session.scalars(select(CaseEvent).where(CaseEvent.case_seq == case.seq)).one()
        assert (
            office.casework.office.unseal(line.reason_sealed or b"", "case_event.reason_sealed", case) == "要改办理地"
        )


@pytest.mark.req("R060")
def test_a_parcel_signed_for_by_the_desk_is_not_yet_delivered_to_the_applicant(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.IN_DELIVERY, delivery=DeliveryMethod.PICKUP_AT_DESK)
    with pytest.raises(Refused):
        office.do(CARRIER, number, "signed_for")
    office.do("desk", number, "arrive_at_desk")
    office.time += timedelta(days=1)
    office.do("desk", number, "picked_up")
    with office.database.reading() as session:
        case = office.find(session, number)
        assert (case.state, case.delivered_at, case.rating) == (State.COMPLETED, START + timedelta(days=1), "invited")


@pytest.mark.req("R067")
def test_a_case_is_rated_once(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.COMPLETED, rating="invited")
    office.do(applicant("WSQ-03"), number, "rate")
    with pytest.raises(Refused) as again:
        office.do(applicant("WSQ-03"), number, "rate")
    assert again.value.code == "not_rated"


@pytest.mark.req("R163")
def test_a_revocation_proposes_for_the_list_but_lists_nobody(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.ARCHIVED)
    office.do("dept_there", number, "revoke")
    assert office.papers.issued[-1].kind is DocumentKind.DECISION
    with office.database.reading() as session:
        row = session.scalars(select(Dishonesty).where(Dishonesty.case_seq == office.find(session, number).seq)).one()
        assert (row.state, row.decided_by, row.proposed_by) == ("proposed", None, office.people["dept_there"].user_id)
        assert REASON.encode() not in row.ground_sealed


@pytest.mark.req("R124")
def test_a_case_stays_on_the_version_it_was_filled_in_under(office: OfficeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def item(session: object, item_id: str, version: str) -> ItemFacts:
        asked.append((item_id, version))
        return office.item

    monkeypatch.setattr(office.casework, "office", replace(office.casework.office, item=item))
    number = office.case(C_AND_F, State.RECEIVED, catalogue_version="2025-01-01")
    office.do("dept_there", number, "accept")
    assert set(asked) == {("C001", "2025-01-01")}


def test_no_notice_and_no_ledger_line_names_a_person(office: OfficeRig) -> None:
    number = office.case(C_AND_F)
    steps = [
        ("desk", "open_intake"),
        ("desk", "collect"),
        ("desk", "transfer"),
        ("desk_there", "receive"),
        ("dept_there", "accept"),
        ("dept_there", "start_review"),
        ("dept_there", "approve"),
        ("dept_there", "issue_result"),
        ("dept_there", "dispatch_result"),
    ]
    for login, event in steps:
        office.do(login, number, event)
    office.do(CARRIER, number, "signed_for")
    with office.database.reading() as session:
        case = office.find(session, number)
        said = str(office.notices.sent) + str([line.detail for line in office.lines(number)])
        for personal in (case.applicant_masked, case.id_masked, REASON):
            assert personal not in said
