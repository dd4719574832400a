"""A year is published: what was counted over it without its calendar is counted anew, told, and certain from then on."""

from __future__ import annotations

from pathlib import Path

import pytest

from central.casehistory import read_history
from central.casework import records
from central.casework.calendar import end_of_day
from central.casework.terms import ClockKind, NoticeKind
from central.casework.who import SYSTEM
from central.catalogue import updating
from central.catalogue.rules import Rules
from central.store.database import Database
from central.store.models import Clock
from kiosk.protocol.application import Mode
from kiosk.protocol.states import State
from tests.central.office import OfficeRig, at, utc

C_AND_F = Mode.COLLECT_AND_FORWARD
LATE_IN_DECEMBER = at("2026-12-28 10:00")
OFF = ["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04", "2027-01-05", "2027-01-06"]
"""Three days more than what is known of the year before it is published."""


@pytest.fixture
def office(database: Database, tmp_path: Path) -> OfficeRig:
    """An office in the last days of a year, whose next one is not published."""
    rig: OfficeRig
    rules = Rules(lambda: rig.time)
    rig = OfficeRig(database, tmp_path, calendar=rules.calendar)
    rig.time = LATE_IN_DECEMBER
    return rig


def publish(office: OfficeRig, off: list[str], extra: list[str] | None = None) -> None:
    year = {"2027": {"off": off, "extra_workdays": extra or []}}
    with office.database.writing() as session:
        updating.publish_years(session, office.keys.signing, year, SYSTEM, office.time)


def ticks(office: OfficeRig, limit: int = 200) -> int:
    return office.casework.tick(limit)


def due(office: OfficeRig, number: str, clock: ClockKind) -> tuple[str, bool]:
    row: Clock = office.clocks(number)[clock]
    return f"{row.due_at.astimezone(LATE_IN_DECEMBER.tzinfo):%m-%d}", row.uncertain


def accepted(office: OfficeRig) -> str:
    number = office.case(C_AND_F, State.RECEIVED)
    office.do("dept_there", number, "accept")
    return number


def test_a_promise_over_an_unpublished_year_moves_is_told_and_becomes_certain(office: OfficeRig) -> None:
    number = accepted(office)
    assert due(office, number, ClockKind.PROMISE) == ("01-07", True)
    assert office.notices.sent[-1][2]["estimated"] == "yes", "no firm promise over days that nobody knows"
    assert ticks(office) == 0, "nothing to count by yet"
    publish(office, OFF)
    assert ticks(office) == 2, "the promise and the statutory period"
    assert due(office, number, ClockKind.PROMISE) == ("01-12", False)
    assert not due(office, number, ClockKind.STATUTORY_DECISION)[1]
    with office.database.reading() as session:
        case = office.find(session, number)
        told = utc(end_of_day(at("2027-01-12 00:00").date()))
        assert case.promise_due_at == told, "what the citizen asks for at a terminal"
        assert case.due_at == told, "the lists go by it"
        notes = [line.note.zh for line in read_history(session, office.keys.vault, case) if line.note]
    assert any("原估算 2027-01-07，现为 2027-01-12" in note for note in notes), notes
    (sent,) = [params for _, kind, params in office.notices.sent if kind is NoticeKind.OVERDUE_APOLOGY]
    assert sent == {"case_number": number, "due": "2027-01-12", "clock": "C4", "why": "recounted"}
    assert ticks(office) == 0, "once"


def test_a_supplement_is_never_due_earlier_than_the_notice_says(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    office.do("desk", number, "notify_once", supplement_days=8)
    told = due(office, number, ClockKind.SUPPLEMENT)[0]
    publish(office, ["2027-01-01"], ["2027-01-02", "2027-01-03", "2027-01-09", "2027-01-10"])
    ticks(office)
    assert due(office, number, ClockKind.SUPPLEMENT) == (told, False), "the paper in the applicant's hand stands"
    assert [line.event for line in office.lines(number)] == ["notify_once"]
    assert not [kind for kind in office.notices.kinds(number) if kind is NoticeKind.OVERDUE_APOLOGY]


def test_a_supplement_counts_the_days_its_notice_named_and_the_applicant_hears_of_a_later_end(
    office: OfficeRig,
) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    office.do("desk", number, "notify_once", supplement_days=8)
    publish(office, OFF)
    assert ticks(office) == 1
    assert due(office, number, ClockKind.SUPPLEMENT) == ("01-13", False)
    assert office.notices.sent[-1][2] == {
        "case_number": number,
        "due": "2027-01-13",
        "clock": "C3",
        "why": "recounted_supplement",
    }


def test_an_extension_is_kept(office: OfficeRig) -> None:
    number = accepted(office)
    with office.database.writing() as session:
        who, case = office.people["supervisor_there"], office.find(session, number)
        records.extend(office.casework.office, session, case, who, ClockKind.PROMISE, 2, "须函询出具单位")
    before = due(office, number, ClockKind.PROMISE)[0]
    publish(office, OFF)
    ticks(office)
    assert (before, due(office, number, ClockKind.PROMISE)) == ("01-11", ("01-14", False))


def test_it_is_done_in_steps_and_what_ended_meanwhile_stays_as_it_is(office: OfficeRig) -> None:
    numbers = [accepted(office) for _ in range(3)]
    ended = accepted(office)
    office.do("dept_there", ended, "start_review")
    office.do("dept_there", ended, "approve")
    publish(office, OFF)
    counts = []
    while done := ticks(office, limit=4):
        counts.append(done)
    assert (counts[0], sum(counts)) == (4, 6 + 1), "four at a time; of the ended case only what still runs"
    assert {due(office, number, ClockKind.PROMISE) for number in numbers} == {("01-12", False)}


def test_what_reaches_into_a_year_still_unpublished_waits(office: OfficeRig) -> None:
    number = accepted(office)
    with office.database.writing() as session:
        updating.publish_years(
            session, office.keys.signing, {"2028": {"off": [], "extra_workdays": []}}, SYSTEM, office.time
        )
    assert ticks(office) == 0
    assert due(office, number, ClockKind.PROMISE) == ("01-07", True)
