"""What time does by itself: it warns, apologises and raises alarms once each, and ends only what waited for a supplement."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from central.casework.terms import NoticeKind
from central.store.database import Database
from central.store.models import Clock
from kiosk.protocol.application import Mode
from kiosk.protocol.states import State
from tests.central.office import START, OfficeRig, at, utc

C_AND_F = Mode.COLLECT_AND_FORWARD


@pytest.fixture
def office(database: Database, tmp_path: Path) -> OfficeRig:
    """An office of its own: time goes by for every case in it."""
    return OfficeRig(database, tmp_path)


def ticked(office: OfficeRig, moment: str) -> int:
    office.time = at(moment)
    return office.casework.tick()


def test_a_supplement_that_does_not_come_is_reminded_of_and_then_the_case_ends(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    office.do("desk", number, "notify_once", supplement_days=5)
    assert ticked(office, "2026-11-25 08:59") == 0
    assert ticked(office, "2026-11-25 09:00") == 1
    assert ticked(office, "2026-11-25 09:01") == 0, "reminded once"
    assert office.notices.sent[-1] == (
        number,
        NoticeKind.SUPPLEMENT_DUE_SOON,
        {"case_number": number, "due": "2026-11-27"},
    )
    assert ticked(office, "2026-11-27 23:59:59") == 0, "the last second is in time"
    assert ticked(office, "2026-11-28 00:00") == 1
    assert office.state(number) is State.EXPIRED
    assert not office.clocks(number)
    assert office.notices.sent[-1][1:] == (NoticeKind.RETURNED, {"case_number": number, "outcome": "expired"})
    assert [line.event for line in office.lines(number)] == ["notify_once", "reminded", "timeout"]
    assert ticked(office, "2026-12-28 00:00") == 0


def test_a_case_does_not_end_unreminded_because_the_centre_was_down(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    office.do("desk", number, "notify_once", supplement_days=5)
    assert ticked(office, "2026-12-01 10:00") == 1, "late, but reminded first"
    assert office.state(number) is State.SUPPLEMENT_REQUIRED
    assert ticked(office, "2026-12-02 12:00") == 0, "a whole working day to react"
    assert ticked(office, "2026-12-03 00:00") == 1
    assert office.state(number) is State.EXPIRED


@pytest.mark.req("R097")
def test_a_case_nobody_opens_raises_an_alarm_and_then_a_louder_one(office: OfficeRig) -> None:
    number = office.begun(C_AND_F)
    assert ticked(office, "2026-11-20 15:29") == 0
    assert ticked(office, "2026-11-20 15:30") == 1, "four desk hours from ten o'clock"
    assert ticked(office, "2026-11-23 10:00:01") == 1, "one working day"
    assert ticked(office, "2026-11-24 10:00") == 0
    assert [line.event for line in office.lines(number)] == ["submit", "ageing_alarm", "ageing_escalated"]
    clock = office.clocks(number)["C8"]
    assert (clock.warned_at, clock.missed_at) == (utc(at("2026-11-20 15:30")), utc(at("2026-11-23 10:00:01")))
    assert office.state(number) is State.SUBMITTED, "an alarm opens nothing"


def test_an_opened_case_raises_none(office: OfficeRig) -> None:
    number = office.begun(C_AND_F)
    office.do("desk", number, "open_intake")
    assert ticked(office, "2026-12-24 10:00") == 0


@pytest.mark.req("R015")
@pytest.mark.req("R032")
def test_a_broken_promise_is_apologised_for_once_with_a_new_date(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.RECEIVED)
    office.do("dept_there", number, "accept")
    sent = len(office.notices.sent)
    assert ticked(office, "2026-11-27 09:00") == 0
    with office.database.reading() as session:
        first = office.casework.deadlines(session, office.find(session, number))[0]
    assert (first.clock, first.standing) == ("C4", "warning"), "seen before it happens"
    assert len(office.notices.sent) == sent, "the applicant is not bothered yet"
    assert ticked(office, "2026-12-02 09:00") == 1
    assert office.notices.sent[-1][1] is NoticeKind.OVERDUE_APOLOGY
    assert office.notices.sent[-1][2] == {
        "case_number": number,
        "due": "2026-12-09",
        "clock": "C4",
        "why": "overdue",
    }
    assert ticked(office, "2026-12-03 09:00") == 0
    with office.database.reading() as session:
        case = office.find(session, number)
        assert case.apologised_at == office.time - timedelta(days=1)
        assert case.promise_due_at == at("2026-12-09 23:59:59")
        assert office.casework.deadlines(session, case)[0].standing == "overdue", "it stays overdue for the office"
    assert office.state(number) is State.ACCEPTED


@pytest.mark.req("R154")
def test_a_missed_transmission_is_written_down_for_the_supervisor(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    office.do("desk", number, "collect")
    assert ticked(office, "2026-11-20 12:00:01") == 1
    line = office.lines(number)[-1]
    assert (line.event, line.actor, line.detail) == ("clock_missed", "system", {"clock": "C1", "due": "2026-11-20"})
    assert [kind for kind in office.notices.kinds(number) if kind is NoticeKind.OVERDUE_APOLOGY] == []


def test_an_overdue_five_day_notice_is_shown_as_the_law_has_it_and_accepts_nothing(office: OfficeRig) -> None:
    number = office.begun(Mode.FULL_ONLINE)
    office.do("desk_there", number, "open_prereview")
    ticked(office, "2026-12-01 09:00")
    with office.database.reading() as session:
        shown = office.casework.deadlines(session, office.find(session, number))
    assert [(one.clock, one.standing) for one in shown] == [("C5", "overdue")]
    assert "依法视为自收到材料之日起受理" in shown[0].words.zh
    assert office.state(number) is State.PRE_REVIEW


def test_only_so_many_at_a_time_and_the_oldest_first(office: OfficeRig) -> None:
    numbers = []
    for hour in range(3):
        office.time = START + timedelta(minutes=hour)
        numbers.append(office.begun(C_AND_F))
    office.time = at("2026-11-20 17:00")
    assert office.casework.tick(limit=2) == 2
    assert [len(office.lines(number)) for number in numbers] == [2, 2, 1]
    assert office.casework.tick(limit=2) == 1


def test_a_clock_that_was_stopped_in_the_meantime_is_left_alone(office: OfficeRig) -> None:
    number = office.begun(C_AND_F)
    with office.database.writing() as session:
        for clock in session.scalars(select(Clock)):
            clock.stopped_at = START
    assert ticked(office, "2026-12-20 17:00") == 0
    assert len(office.lines(number)) == 1
