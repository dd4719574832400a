"""Working days, desk hours, and the clocks C1…C8: a wrong one breaks a promise to a citizen or excuses an office."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.casework import calendar, clocks, profiles
from central.casework.calendar import CHINA, WorkCalendar
from central.casework.clocks import Setting
from central.casework.terms import ClockKind
from central.catalogue.facts import ItemFacts, MaterialFacts
from kiosk.protocol.application import Mode

VECTORS = json.loads((Path(__file__).parent / "data" / "deadline_vectors.json").read_text("utf-8"))["vectors"]
SHIPPED = calendar.load()
WUSHEN = profiles.load().get("wushen")
ITEM = ItemFacts("X", "x", promise_days=7, statutory_days=20)


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def run(clock: ClockKind, at: str, *, item: ItemFacts = ITEM, profile: str = "wushen", **more: int) -> clocks.Run:
    return clocks.start(clock, china(at), Setting(SHIPPED, profiles.load().get(profile), item, **more))


@pytest.mark.req("R154")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["collected_at"])
def test_two_hours_to_transmit_in_desk_hours_or_natural_ones(vector: dict[str, str]) -> None:
    collected = china(vector["collected_at"])
    working = clocks.start(ClockKind.TRANSMISSION, collected, Setting(SHIPPED, WUSHEN, ITEM))
    assert working.due_at == china(vector["c1_working"])
    by_nature = profiles.parse(
        {
            "default": "x",
            "profiles": {
                "x": {
                    **{name: getattr(WUSHEN, name) for name in WUSHEN.__slots__ if name != "key"},
                    "c1_counts": "natural_hours",
                }
            },
        }
    ).get("x")
    natural = clocks.start(ClockKind.TRANSMISSION, collected, Setting(SHIPPED, by_nature, ITEM))
    assert natural.due_at == china(vector["c1_natural"])


@pytest.mark.req("R155")
@pytest.mark.req("R037")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["collected_at"])
def test_papers_leave_by_the_end_of_the_next_working_day(vector: dict[str, str]) -> None:
    mailing = clocks.start(ClockKind.MAILING, china(vector["collected_at"]), Setting(SHIPPED, WUSHEN, ITEM))
    if vector["c2_last_day"] is None:
        assert mailing.uncertain, "the calendar of 2027 is not announced: counted, and said to be uncertain"
        assert mailing.due_at.date() == date(2027, 1, 4), "1 January is a holiday, then a weekend"
    else:
        assert not mailing.uncertain
        assert mailing.due_at == calendar.end_of_day(date.fromisoformat(vector["c2_last_day"]))


def test_exchanged_working_days_are_worked_and_their_holidays_are_not() -> None:
    assert SHIPPED.is_workday(date(2026, 10, 10)), "a Saturday, worked for National Day"
    assert not SHIPPED.is_workday(date(2026, 10, 7)), "a Wednesday, off"
    assert not SHIPPED.is_workday(date(2026, 11, 21)), "a Saturday like any other"


def test_a_year_nobody_announced_has_weekends_and_the_fixed_holidays_and_is_uncertain() -> None:
    assert not SHIPPED.certain(date(2031, 3, 3))
    assert SHIPPED.is_workday(date(2031, 3, 3)), "a Monday"
    assert not SHIPPED.is_workday(date(2031, 3, 1)), "a Saturday"
    assert not SHIPPED.is_workday(date(2031, 10, 1)), "National Day"
    assert SHIPPED.add_workdays(china("2031-03-03 10:00"), 1).uncertain
    assert SHIPPED.add_desk_hours(china("2026-12-31 17:00"), timedelta(hours=1)).uncertain
    assert not SHIPPED.add_desk_hours(china("2026-12-31 16:00"), timedelta(hours=1)).uncertain


def test_a_published_year_ends_the_uncertainty() -> None:
    data = json.loads(calendar.FILE.read_text("utf-8"))
    data["years"]["2027"] = {"off": ["2027-01-01"], "extra_workdays": ["2027-01-02"], "provisional": False}
    published = calendar.parse(data)
    due = published.add_workdays(china("2026-12-31 12:00"), 1)
    assert (due.at.date(), due.uncertain) == (date(2027, 1, 2), False)
    assert published.is_workday(date(2027, 2, 5)), "the provisional holidays of that year are forgotten"


MINUTES = st.integers(min_value=0, max_value=364 * 24 * 60)


@given(start=MINUTES, minutes=st.integers(min_value=1, max_value=20 * 60))
def test_desk_hours_are_the_minutes_in_which_a_desk_is_open(start: int, minutes: int) -> None:
    began = datetime(2026, 1, 1, tzinfo=CHINA) + timedelta(minutes=start)
    end = SHIPPED.add_desk_hours(began, timedelta(minutes=minutes)).at
    assert _open_minutes(began, end) == minutes
    assert _open_minutes(end - timedelta(minutes=1), end) == 1, "it ends while the desk is open"


def _open_minutes(start: datetime, end: datetime) -> int:
    """Counted day by day, another way than the code under test does."""
    total, day = 0.0, start.date()
    while day <= end.date():
        if SHIPPED.is_workday(day):
            for opens, closes in ((time(9), time(12)), (time(13, 30), time(17, 30))):
                begin = max(start, datetime.combine(day, opens, CHINA))
                stop = min(end, datetime.combine(day, closes, CHINA))
                total += max(0.0, (stop - begin).total_seconds())
        day += timedelta(days=1)
    return round(total / 60)


@given(start=MINUTES, days=st.integers(min_value=0, max_value=40))
def test_so_many_working_days_lie_after_the_day_it_began(start: int, days: int) -> None:
    began = datetime(2026, 1, 1, tzinfo=CHINA) + timedelta(minutes=start)
    last = SHIPPED.add_workdays(began, days).at.date()
    between = (last - began.date()).days
    worked = [began.date() + timedelta(days=ahead) for ahead in range(1, between + 1)]
    assert sum(SHIPPED.is_workday(day) for day in worked) == days
    assert SHIPPED.is_workday(last) or days == 0


@pytest.mark.req("R038")
def test_a_supplement_is_due_when_the_notice_says_and_warned_two_working_days_before() -> None:
    usual = run(ClockKind.SUPPLEMENT, "2026-11-20 10:00")
    assert usual.due_at.date() == date(2026, 12, 4), "ten working days"
    assert usual.warn_at == china("2026-12-02 09:00")
    named = run(ClockKind.SUPPLEMENT, "2026-11-20 10:00", supplement_days=3)
    assert (named.due_at.date(), named.warn_at) == (date(2026, 11, 25), china("2026-11-23 09:00"))


@pytest.mark.req("R015")
@pytest.mark.req("R032")
def test_the_promise_runs_from_the_day_after_acceptance() -> None:
    promise = run(ClockKind.PROMISE, "2026-11-20 10:00")
    assert promise.due_at.date() == date(2026, 12, 1)
    assert promise.warn_at == china("2026-11-27 09:00")
    at_once = run(ClockKind.PROMISE, "2026-11-20 10:00", item=ItemFacts("X", "x", promise_days=0))
    assert at_once.due_at.date() == date(2026, 11, 20), "即办: the same day"
    assert at_once.started_at <= at_once.warn_at <= at_once.due_at


@pytest.mark.req("R110")
def test_the_periods_of_the_law() -> None:
    assert run(ClockKind.ONE_TIME_NOTICE, "2026-11-20 10:00").due_at.date() == date(2026, 11, 27)
    assert run(ClockKind.STATUTORY_DECISION, "2026-11-20 10:00").due_at.date() == date(2026, 12, 18)
    assert run(ClockKind.STATUTORY_DELIVERY, "2026-11-20 10:00").due_at.date() == date(2026, 12, 4)


@pytest.mark.req("R031")
def test_papers_from_elsewhere_go_to_the_department_within_half_a_working_day() -> None:
    assert run(ClockKind.HAND_OVER, "2026-11-20 09:00").due_at == china("2026-11-20 14:00")
    assert run(ClockKind.HAND_OVER, "2026-11-20 16:00").due_at == china("2026-11-23 11:00")


@pytest.mark.req("R097")
def test_a_case_nobody_opens_raises_an_alarm_after_four_desk_hours_and_more_after_a_working_day() -> None:
    morning = run(ClockKind.AGEING, "2026-11-20 09:00")
    assert (morning.warn_at, morning.due_at) == (china("2026-11-20 14:30"), china("2026-11-20 17:30"))
    night = run(ClockKind.AGEING, "2026-11-20 22:00")
    assert (night.warn_at, night.due_at) == (china("2026-11-23 14:30"), china("2026-11-23 17:30"))


@pytest.mark.parametrize("clock", list(ClockKind))
@pytest.mark.parametrize("at", ["2026-11-20 10:00", "2026-11-22 03:00", "2026-09-30 23:59", "2026-12-31 12:00"])
def test_a_clock_warns_before_it_is_due_and_never_before_it_began(clock: ClockKind, at: str) -> None:
    one = run(clock, at)
    assert one.started_at <= one.warn_at < one.due_at


def test_a_clock_stands_as_people_read_it() -> None:
    warn, due = china("2026-11-20 11:30"), china("2026-11-20 12:00")
    assert clocks.standing(warn, due, china("2026-11-20 11:29")) == "running"
    assert clocks.standing(warn, due, warn) == "warning"
    assert clocks.standing(warn, due, due) == "warning", "until the last second it is in time"
    assert clocks.standing(warn, due, due + timedelta(seconds=1)) == "overdue"


def test_the_calendar_compares_by_identity_so_that_answers_are_not_mixed() -> None:
    everything = WorkCalendar(frozenset({2026}), frozenset())
    nothing = WorkCalendar(frozenset({2026}), frozenset({date(2026, 11, 23)}))
    friday = china("2026-11-20 10:00")
    assert everything.add_workdays(friday, 1).at.date() == date(2026, 11, 23)
    assert nothing.add_workdays(friday, 1).at.date() == date(2026, 11, 24)


def test_every_place_has_a_profile_and_an_unknown_one_gets_the_default() -> None:
    known = profiles.load()
    assert set(known.by_key) == {"genhe", "pingluo", "qingyang", "sichuan", "wushen"}
    assert known.get("another place").key == known.default == "wushen"
    assert known.get("genhe").video == "required"
    assert known.get("pingluo").intake_document == "acceptance_receipt"
    assert known.get("sichuan").postage_payer == "sending_department"
    assert "c1_hours" in known.get("genhe").unwritten, "what a document does not say is told apart"
    assert "c1_hours" not in known.get("wushen").unwritten


@pytest.mark.req("R122", "R139")
@pytest.mark.req("R086")
def test_papers_are_posted_only_where_the_profile_and_the_material_want_it() -> None:
    plain = ItemFacts("A", "a", materials=(MaterialFacts("M", "m"),))
    examined = ItemFacts("B", "b", materials=(MaterialFacts("M", "m", original_required=True),))
    archived = ItemFacts("C", "c", materials=(MaterialFacts("M", "m", archive_paper=True),))
    wanted = {
        "genhe": (True, True, True),
        "pingluo": (False, True, True),
        "qingyang": (False, True, False),
        "sichuan": (False, True, True),
        "wushen": (False, True, True),
    }
    for key, expected in wanted.items():
        profile = profiles.load().get(key)
        assert tuple(profile.needs_paper(item) for item in (plain, examined, archived)) == expected, key


@pytest.mark.parametrize(
    ("clock", "mode", "party"),
    [
        (ClockKind.MAILING, Mode.COLLECT_AND_FORWARD, "receiving"),
        (ClockKind.TRANSMISSION, Mode.MULTI_SITE_A, "receiving"),
        (ClockKind.PROMISE, Mode.COLLECT_AND_FORWARD, "handling"),
        (ClockKind.AGEING, Mode.COLLECT_AND_FORWARD, "receiving"),
        (ClockKind.AGEING, Mode.FULL_ONLINE, "handling"),
        (ClockKind.SUPPLEMENT, Mode.FULL_ONLINE, "applicant"),
    ],
)
def test_a_clock_is_held_against_whose_time_it_measures(clock: ClockKind, mode: Mode, party: str) -> None:
    assert clocks.whose(clock, mode) == party
