"""The clocks C1…C8: when each is due and when to warn, counted as its rule says. Pure.

C1 transmission            profile's hours (2) from collection, in desk hours or natural ones (原文未明；缺省 desk hours)
C2 posting                 24:00 of the working day after collection; only when papers are needed
C3 supplement              24:00 of the working day the notice names; warned two working days before (N11)
C4 promise                 the item's promised working days, from the day after acceptance
C5 one-time notice         5 working days from receipt; licences only (行政许可法 32)
C6 statutory decision      the item's statutory working days (20) from acceptance, may be extended by 10 (行政许可法 42)
C6b statutory delivery     10 working days from the decision (行政许可法 44)
C7 hand-over               the profile's part of a working day (0.5) in desk hours
C8 ageing                  alarm after 4 desk hours unopened, escalation after one working day (7 desk hours)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from central.casework.calendar import Moment, WorkCalendar
from central.casework.profiles import Profile
from central.casework.terms import ClockKind
from central.catalogue.facts import ItemFacts
from kiosk.protocol.application import Mode

Standing = Literal["running", "warning", "overdue"]
Party = Literal["receiving", "handling", "applicant"]

NOTICE_DAYS = 5
DELIVERY_DAYS = 10
LONGEST_EXTENSION_DAYS = 10
ALARM_HOURS = 4

_RECEIVING = frozenset({ClockKind.TRANSMISSION, ClockKind.MAILING})


def whose(kind: ClockKind, mode: str) -> Party:
    """Whose time a clock measures. Who opens a case first depends on its mode (C8)."""
    if kind is ClockKind.SUPPLEMENT:
        return "applicant"
    first = kind is ClockKind.AGEING and mode != Mode.FULL_ONLINE
    return "receiving" if kind in _RECEIVING or first else "handling"


@dataclass(frozen=True, slots=True)
class Setting:
    """What clocks are counted by."""

    calendar: WorkCalendar
    profile: Profile
    item: ItemFacts
    supplement_days: int | None = None
    """Working days to supplement, where the notice names its own number."""


@dataclass(frozen=True, slots=True)
class Run:
    """One clock from start to due."""

    clock: ClockKind
    started_at: datetime
    warn_at: datetime
    due_at: datetime
    uncertain: bool
    named_days: int | None = None
    """Working days that the notice named, where the clock is counted by them."""


def start(clock: ClockKind, at: datetime, by: Setting) -> Run:
    """The clock, started at `at`."""
    return _RULES[clock](at, by)


def standing(warn_at: datetime, due_at: datetime, now: datetime) -> Standing:
    """How a running clock stands at `now`."""
    if now > due_at:
        return "overdue"
    return "warning" if now >= warn_at else "running"


def days(clock: ClockKind, at: datetime, count: int, warn: int, calendar: WorkCalendar) -> Run:
    """A clock of `count` working days after the day of `at`, warned `warn` working days before its last one."""
    due = calendar.add_workdays(at, count)
    return Run(clock, at, max(at, calendar.before(due.at, warn)), due.at, due.uncertain)


def _transmission(at: datetime, by: Setting) -> Run:
    whole = timedelta(hours=by.profile.c1_hours)
    if by.profile.c1_counts == "natural_hours":
        return Run(ClockKind.TRANSMISSION, at, at + whole * 0.75, at + whole, uncertain=False)
    return _desk(ClockKind.TRANSMISSION, at, whole * 0.75, whole, by.calendar)


def _mailing(at: datetime, by: Setting) -> Run:
    return days(ClockKind.MAILING, at, by.profile.c2_working_days, 0, by.calendar)


def _supplement(at: datetime, by: Setting) -> Run:
    named = by.supplement_days
    count = by.profile.c3_working_days if named is None else named
    return replace(days(ClockKind.SUPPLEMENT, at, count, 2, by.calendar), named_days=named)


def extended(run: Run, count: int, calendar: WorkCalendar) -> Run:
    """The same clock, `count` working days longer."""
    due = calendar.add_workdays(run.due_at, count)
    return replace(run, due_at=due.at, warn_at=calendar.before(due.at, 2), uncertain=run.uncertain or due.uncertain)


def _promise(at: datetime, by: Setting) -> Run:
    promised = by.item.promise_days
    return days(ClockKind.PROMISE, at, promised, 2 if promised > 3 else min(promised, 1), by.calendar)


def _one_time_notice(at: datetime, by: Setting) -> Run:
    return days(ClockKind.ONE_TIME_NOTICE, at, NOTICE_DAYS, 1, by.calendar)


def _decision(at: datetime, by: Setting) -> Run:
    return days(ClockKind.STATUTORY_DECISION, at, by.item.statutory_days, 3, by.calendar)


def _delivery(at: datetime, by: Setting) -> Run:
    return days(ClockKind.STATUTORY_DELIVERY, at, DELIVERY_DAYS, 3, by.calendar)


def _hand_over(at: datetime, by: Setting) -> Run:
    whole = by.profile.c7_working_days * by.calendar.hours.a_day
    return _desk(ClockKind.HAND_OVER, at, whole / 2, whole, by.calendar)


def _ageing(at: datetime, by: Setting) -> Run:
    return _desk(ClockKind.AGEING, at, timedelta(hours=ALARM_HOURS), by.calendar.hours.a_day, by.calendar)


def _desk(clock: ClockKind, at: datetime, warn: timedelta, due: timedelta, calendar: WorkCalendar) -> Run:
    end: Moment = calendar.add_desk_hours(at, due)
    return Run(clock, at, calendar.add_desk_hours(at, warn).at, end.at, end.uncertain)


_RULES: dict[ClockKind, Callable[[datetime, Setting], Run]] = {
    ClockKind.TRANSMISSION: _transmission,
    ClockKind.MAILING: _mailing,
    ClockKind.SUPPLEMENT: _supplement,
    ClockKind.PROMISE: _promise,
    ClockKind.ONE_TIME_NOTICE: _one_time_notice,
    ClockKind.STATUTORY_DECISION: _decision,
    ClockKind.STATUTORY_DELIVERY: _delivery,
    ClockKind.HAND_OVER: _hand_over,
    ClockKind.AGEING: _ageing,
}


def applies(clock: ClockKind, *, licence: bool, paper_needed: bool) -> bool:
    """Whether a clock concerns a case at all: C5 is the law's for licences, C2 is for papers."""
    if clock is ClockKind.ONE_TIME_NOTICE:
        return licence
    return clock is not ClockKind.MAILING or paper_needed
