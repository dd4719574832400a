"""What people record beside moving a case: checks, contacts, credit, commitments, withdrawals, the list, who works on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework import records, trust, withdrawals
from central.casework.acts import Refused
from central.casework.calendar import CHINA
from central.casework.terms import ClockKind, NoticeKind, Right
from central.casework.who import applicant
from central.catalogue.facts import MaterialFacts
from central.store.models import (
    AuditEntry,
    Case,
    Commitment,
    Dishonesty,
    FormalCheck,
    Grant,
    User,
    Withdrawal,
)
from kiosk.protocol.application import Mode
from kiosk.protocol.states import State
from tests.central.office import HERE, ITEM, START, THERE, OfficeRig, at

C_AND_F = Mode.COLLECT_AND_FORWARD


def record(office: OfficeRig, login: str, number: str, what: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """Record something in a transaction of its own."""
    with office.database.writing() as session:
        case = office.find(session, number)
        return what(office.casework.office, session, case, office.people[login], *args, **more)


def refused(office: OfficeRig, login: str, number: str, what: Callable[..., Any], *args: Any, **more: Any) -> str:
    """Why it was refused."""
    before = len(office.lines(number))
    with pytest.raises(Refused) as why:
        record(office, login, number, what, *args, **more)
    assert len(office.lines(number)) == before, "a refusal leaves no line"
    assert why.value.why.zh
    return why.value.code


def read(office: OfficeRig, number: str, look: Callable[[Session, Case], Any]) -> Any:
    with office.database.reading() as session:
        return look(session, office.find(session, number))


# 形式审查


@pytest.mark.req("R008")
@pytest.mark.req("R020")
def test_collecting_waits_until_every_material_has_passed(office: OfficeRig) -> None:
    office.materials = {"HUKOU": "户口簿", "FORM": "申请表"}
    number = office.case(C_AND_F, State.INTAKE_REVIEW)

    def missing() -> str:
        with office.database.reading() as session:
            acts = office.casework.next_acts(session, office.find(session, number), office.people["desk"])
        words = next(act for act in acts if act.event == "collect").missing
        return words[0].zh if words else ""

    assert "户口簿、申请表" in missing()
    record(office, "desk", number, records.formal_check, "FORM", 0, True)
    assert missing().startswith("形式审查还没有通过：户口簿。请")
    record(office, "desk", number, records.formal_check, "HUKOU", 0, True)
    assert missing().startswith("形式审查还没有通过：户口簿。请"), "one of its two points is not enough"
    record(office, "desk_colleague", number, records.formal_check, "HUKOU", 1, False, "第二页不清晰")
    assert missing().startswith("形式审查还没有通过：户口簿。请")
    record(office, "desk", number, records.formal_check, "HUKOU", 1, True)
    assert missing() == ""
    record(office, "desk", number, records.formal_check, "HUKOU", -1, False, "整份过期了")
    assert missing().startswith("形式审查还没有通过：户口簿。请"), "found wrong as a whole later"
    record(office, "desk", number, records.formal_check, "HUKOU", -1, True)
    assert missing() == ""
    record(office, "desk", number, records.formal_check, "HUKOU", 0, False, "户主页不是本人")
    assert missing().startswith("形式审查还没有通过：户口簿。请"), "a point found wrong after the whole had passed"
    record(office, "desk", number, records.formal_check, "HUKOU", 0, True)
    office.do("desk", number, "collect")
    by = read(
        office,
        number,
        lambda session, case: [
            row.user_id for row in session.scalars(select(FormalCheck).where(FormalCheck.case_seq == case.seq))
        ],
    )
    assert by[2] == office.people["desk_colleague"].user_id


def test_a_wrong_point_is_put_in_words_and_sealed(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    assert refused(office, "desk", number, records.formal_check, "HUKOU", 0, False) == "problem"
    row = record(office, "desk", number, records.formal_check, "HUKOU", 0, False, "缺第二页")
    assert "缺第二页".encode() not in row.problem_sealed
    assert office.lines(number)[-1].detail == {"material": "HUKOU", "point": 0, "passed": False}


@pytest.mark.req("R085")
def test_the_formal_check_is_the_receiving_places(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    for login in ("desk_there", "dept_there", "supervisor", "auditor"):
        assert refused(office, login, number, records.formal_check, "FORM", 0, True) == "not_yours"
    online = office.case(Mode.FULL_ONLINE)
    assert refused(office, "desk", online, records.formal_check, "FORM", 0, True) == "not_yours"
    record(office, "desk_there", online, records.formal_check, "FORM", 0, True)
    late = office.case(C_AND_F, State.COLLECTED)
    assert refused(office, "desk", late, records.formal_check, "FORM", 0, True) == "illegal"


@pytest.mark.req("R147")
def test_an_original_is_examined_only_on_the_handling_places_authority(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    row = record(office, "desk", number, records.original_seen, "HUKOU")
    assert row.original_seen
    office.materials = {"HUKOU": "户口簿"}
    with pytest.raises(Refused):
        office.do("desk", number, "collect")
    with office.database.writing() as session:
        right = Right.VERIFY_ORIGINAL
        session.add(Grant(grantor_region=THERE, grantee_region=HERE, right=right, allowed=False, since=START))
    assert refused(office, "desk", number, records.original_seen, "HUKOU") == "not_granted"
    assert refused(office, "dept_there", number, records.original_seen, "HUKOU") == "not_yours"


@pytest.mark.req("R147", "R086")
def test_what_must_be_seen_in_the_original_is_not_collected_from_its_picture_alone(office: OfficeRig) -> None:
    listed = MaterialFacts("HUKOU", "户口簿", original_required=True)
    office.item, office.materials = replace(ITEM, materials=(listed,)), {"HUKOU": "户口簿"}
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    record(office, "desk", number, records.formal_check, "HUKOU", -1, True)
    with pytest.raises(Refused) as why:
        office.do("desk", number, "collect")
    assert why.value.why.zh == "还没有核验原件：户口簿。请看过原件，在这份材料下勾选“已核验原件”并保存"
    record(office, "desk", number, records.original_seen, "HUKOU")
    office.do("desk", number, "collect")


def test_an_original_that_only_the_handling_place_may_examine_is_posted_to_it(office: OfficeRig) -> None:
    listed = MaterialFacts("HUKOU", "户口簿", original_required=True)
    office.item, office.materials = replace(ITEM, materials=(listed,)), {"HUKOU": "户口簿"}
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    record(office, "desk", number, records.formal_check, "HUKOU", -1, True)
    with office.database.writing() as session:
        right = Right.VERIFY_ORIGINAL
        session.add(Grant(grantor_region=THERE, grantee_region=HERE, right=right, allowed=False, since=START))
    office.do("desk", number, "collect")


# 与属地联系


@pytest.mark.req("R039")
def test_only_a_contact_that_said_no_opens_the_way_to_refuse(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    assert refused(office, "desk", number, records.contact, "pigeon", "平罗 李四", "not_crossable") == "contact"
    assert refused(office, "desk", number, records.contact, "phone", " ", "not_crossable") == "contact"
    record(office, "desk", number, records.contact, "phone", "平罗窗口 李四", "crossable")
    with pytest.raises(Refused):
        office.do("desk", number, "refuse_not_crossable")
    record(office, "desk", number, records.contact, "phone", "平罗窗口 李四", "not_crossable", "须本人到场")
    office.do("desk", number, "refuse_not_crossable")
    assert office.papers.issued[-1].facts.contact is not None
    sealed = office.papers.issued[-1].facts.contact.counterpart_sealed
    with office.database.reading() as session:
        case = office.find(session, number)
        said = office.casework.office.unseal(sealed, "contact_record.counterpart_sealed", case)
    assert said == "平罗窗口 李四"
    assert office.papers.issued[-1].facts.extra["refusal_kind"] == "not_crossable"


# Who works on it


@pytest.mark.req("R161")
def test_a_case_is_taken_and_handed_over_within_a_unit(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    users = read(office, number, lambda session, _: {user.login: user for user in session.scalars(select(User))})
    record(office, "desk", number, records.take)
    record(office, "desk", number, records.take)
    assert [line.event for line in office.lines(number)] == ["take"], "taking it twice is taking it once"
    for to in ("desk_there", "administrator"):
        assert refused(office, "desk", number, records.hand_over, users[to]) == "hand_over"
    record(office, "desk", number, records.hand_over, users["desk_colleague"])
    assert read(office, number, lambda _, case: case.owner_id) == users["desk_colleague"].id
    record(office, "supervisor", number, records.hand_over, users["desk"])
    assert refused(office, "auditor", number, records.take) == "not_yours"


def test_sending_electronically_as_well_stops_the_two_hours(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW, paper_needed=True)
    office.do("desk", number, "collect")
    office.do("desk", number, "mail_out")
    assert set(office.clocks(number)) == {"C1"}
    assert refused(office, "desk_there", number, records.transmitted) == "not_yours"
    record(office, "desk", number, records.transmitted)
    assert not office.clocks(number)
    assert read(office, number, lambda _, case: (case.transferred_at, case.due_at)) == (START, None)
    assert refused(office, "desk", number, records.transmitted) == "illegal"


# 延期


@pytest.mark.req("R032")
def test_a_supervisor_extends_once_with_a_reason_and_the_applicant_is_told(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.RECEIVED)
    office.do("dept_there", number, "accept")
    extend, law = records.extend, ClockKind.STATUTORY_DECISION
    assert refused(office, "dept_there", number, extend, law, 5, "需现场核查") == "not_yours"
    assert refused(office, "supervisor", number, extend, law, 5, "需现场核查") == "not_yours"
    assert refused(office, "supervisor_there", number, extend, law, 5, "") == "reason_given"
    assert refused(office, "supervisor_there", number, extend, law, 11, "需现场核查") == "extend"
    assert refused(office, "supervisor_there", number, extend, ClockKind.TRANSMISSION, 1, "需现场核查") == "extend"
    record(office, "supervisor_there", number, extend, law, 10, "需现场核查")
    assert office.clocks(number)["C6"].due_at.astimezone(CHINA).date() == date(2027, 1, 4)
    assert office.clocks(number)["C6"].uncertain, "it reaches into a year that is not announced"
    assert office.notices.sent[-1][1] is NoticeKind.OVERDUE_APOLOGY
    assert office.notices.sent[-1][2]["due"] == "2027-01-04"
    assert refused(office, "supervisor_there", number, extend, law, 1, "再延一次吧") == "extend"


def test_a_promise_is_not_extended_beyond_the_law(office: OfficeRig) -> None:
    office.item = replace(ITEM, promise_days=18, statutory_days=20)
    number = office.case(C_AND_F, State.RECEIVED)
    office.do("dept_there", number, "accept")
    extend, promise = records.extend, ClockKind.PROMISE
    assert refused(office, "supervisor_there", number, extend, promise, 3, "需现场核查") == "extend"
    record(office, "supervisor_there", number, extend, promise, 2, "需现场核查")
    due = read(office, number, lambda _, case: case.promise_due_at)
    assert due == office.clocks(number)["C4"].due_at == at("2026-12-18 23:59:59")


# 信用、容缺、承诺、失信

LENIENT = replace(
    ITEM,
    materials=(
        MaterialFacts("HUKOU", "户口簿", points=("齐全",)),
        MaterialFacts("PHOTO", "照片", necessity="tolerable"),
        MaterialFacts("PROOF", "居住证明", may_promise=True),
    ),
)


@pytest.mark.req("R162")
def test_good_standing_lets_a_material_come_later(office: OfficeRig) -> None:
    office.item, office.materials = LENIENT, {"PHOTO": "照片", "PROOF": "居住证明"}
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    commit = trust.commitment
    assert refused(office, "desk", number, commit, "PHOTO", trust.TOLERATED, 5, signed=True) == "credit"
    assert refused(office, "desk", number, trust.credit, "excellent", "信用中国") == "credit"
    record(office, "desk", number, trust.credit, "bad", "信用中国")
    assert refused(office, "desk", number, commit, "PHOTO", trust.TOLERATED, 5, signed=True) == "credit"
    record(office, "desk", number, trust.credit, "good", "信用中国")
    for material, kind, days, signed in [
        ("HUKOU", trust.TOLERATED, 5, True),
        ("PHOTO", trust.PROMISE, 5, True),
        ("PROOF", trust.TOLERATED, 5, True),
        ("NONE", trust.TOLERATED, 5, True),
        ("PHOTO", trust.TOLERATED, 0, True),
        ("PHOTO", trust.TOLERATED, 5, False),
    ]:
        assert refused(office, "desk", number, commit, material, kind, days, signed=signed) == "commitment"
    record(office, "desk", number, commit, "PHOTO", trust.TOLERATED, 5, signed=True)
    record(office, "desk", number, commit, "PROOF", trust.PROMISE, 5, signed=True)
    office.do("desk", number, "collect")
    shown = read(office, number, office.casework.deadlines)
    assert [one.clock for one in shown].count("commitment") == 2
    office.time += timedelta(days=30)
    shown = read(office, number, office.casework.deadlines)
    assert {one.standing for one in shown if one.clock == "commitment"} == {"overdue"}


@pytest.mark.req("R162")
def test_a_commitment_is_kept_or_broken_by_the_word_of_a_person(office: OfficeRig) -> None:
    office.item, office.materials = LENIENT, {"PHOTO": "照片"}
    number = office.case(C_AND_F, State.INTAKE_REVIEW, credit="good")
    record(office, "desk", number, trust.commitment, "PHOTO", trust.TOLERATED, 5, signed=True)

    def close(what: Callable[..., None], *args: str) -> None:
        with office.database.writing() as session:
            case = office.find(session, number)
            row = session.scalars(select(Commitment).where(Commitment.case_seq == case.seq)).one()
            what(office.casework.office, session, case, office.people["desk"], row, *args)

    with pytest.raises(Refused):
        close(trust.break_, "")
    close(trust.break_, "到期没有补交")
    assert read(office, number, lambda _, case: case.commitment) == "promise_broken"
    with pytest.raises(Refused):
        close(trust.fulfil)
    with pytest.raises(Refused) as why:
        office.do("desk", number, "collect")
    assert why.value.code == "formal_check_passed", "what was not kept excuses nothing"


@pytest.mark.req("R163")
def test_a_second_person_decides_who_is_listed(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.COMPLETED)
    assert refused(office, "desk", number, trust.propose, "户口簿系伪造") == "not_yours"
    assert refused(office, "dept_there", number, trust.propose, "") == "reason_given"
    record(office, "dept_there", number, trust.propose, "户口簿系伪造")

    def decide(login: str, reason: str) -> Dishonesty:
        with office.database.writing() as session:
            case = office.find(session, number)
            row = session.scalars(select(Dishonesty).where(Dishonesty.case_seq == case.seq)).one()
            who = office.people[login]
            if login == "proposer as supervisor":
                raise AssertionError
            trust.decide(office.casework.office, session, case, who, row, listed=True, reason=reason)
            return row

    for login, code in (("dept_there", "not_yours"), ("supervisor", "not_yours")):
        with pytest.raises(Refused) as why:
            decide(login, "证据确凿")
        assert why.value.code == code
    with pytest.raises(Refused) as silent:
        decide("supervisor_there", "")
    assert silent.value.code == "reason_given"
    assert decide("supervisor_there", "证据确凿").state == "listed"
    with pytest.raises(Refused) as again:
        decide("supervisor_there", "证据确凿")
    assert again.value.code == "decided"


@pytest.mark.req("R163")
def test_nobody_decides_on_their_own_proposal(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.COMPLETED)
    chief = office.people["supervisor_there"]
    both = replace(chief, roles=chief.roles | office.people["dept_there"].roles)
    with office.database.writing() as session:
        case = office.find(session, number)
        row = trust.propose(office.casework.office, session, case, both, "户口簿系伪造")
        with pytest.raises(Refused) as why:
            trust.decide(office.casework.office, session, case, both, row, listed=True, reason="证据确凿")
    assert why.value.code == "same_person"


# 撤回


def asked(office: OfficeRig, number: str, request_id: str, *, login: str = "", **more: str) -> Withdrawal:
    with office.database.writing() as session:
        who = office.people[login] if login else applicant("WSQ-03")
        given = {"channel": "kiosk", "reason_code": "changed_mind", **more}
        return withdrawals.request(
            office.casework.office, session, office.find(session, number), who, request_id=request_id, **given
        )


@pytest.mark.req("R042")
def test_the_applicant_asks_and_nothing_happens_until_staff_confirm(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.COLLECTED)
    row = asked(office, number, f"{number}-1", words="不想办了，谢谢")
    assert office.state(number) is State.COLLECTED
    assert row.request_sealed is not None
    assert "谢谢".encode() not in row.request_sealed
    assert asked(office, number, f"{number}-1").id == row.id, "the same request again is the same"
    with pytest.raises(Refused) as twice:
        asked(office, number, f"{number}-2")
    assert twice.value.code == "already_requested"
    office.do("desk", number, "withdraw")
    assert office.state(number) is State.WITHDRAWN


@pytest.mark.req("R042")
def test_a_withdrawal_may_be_refused_with_a_reason_and_comes_too_late_after_the_decision(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.COLLECTED)
    asked(office, number, f"{number}-1", login="desk", channel="window")

    def refuse(reason: str) -> None:
        with office.database.writing() as session:
            case = office.find(session, number)
            row = session.scalars(select(Withdrawal).where(Withdrawal.case_seq == case.seq)).one()
            withdrawals.refuse(office.casework.office, session, case, office.people["desk"], row, reason)

    with pytest.raises(Refused):
        refuse("")
    refuse("申请人来电改变主意")
    with pytest.raises(Refused):
        refuse("申请人来电改变主意")
    with pytest.raises(Refused) as closed:
        office.do("desk", number, "withdraw")
    assert closed.value.code == "withdrawal_requested"
    for state in (State.APPROVED, State.REJECTED, State.COMPLETED, State.IN_TRANSIT):
        late = office.case(C_AND_F, state)
        with pytest.raises(Refused) as why:
            asked(office, late, f"{late}-1")
        assert why.value.code == "too_late"
    with pytest.raises(Refused):
        asked(office, office.case(C_AND_F, State.COLLECTED), "x", reason_code="because")
    with pytest.raises(Refused):
        asked(office, office.case(C_AND_F, State.COLLECTED), "y", login="auditor")


def test_every_record_stands_in_the_ledger_and_in_the_audit_trail(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    record(office, "desk", number, records.formal_check, "FORM", 0, True)
    record(office, "desk", number, records.contact, "phone", "平罗窗口 李四", "other")
    record(office, "desk", number, trust.credit, "good", "信用中国")
    asked(office, number, f"{number}-1")
    events = [line.event for line in office.lines(number)]
    assert events == ["formal_check", "contact", "credit", "withdrawal_requested"]
    with office.database.reading() as session:
        audited = session.scalars(select(AuditEntry.action).where(AuditEntry.target == number).order_by(AuditEntry.id))
        assert list(audited) == [f"case.{event}" for event in events]
