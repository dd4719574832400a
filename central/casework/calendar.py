"""Working days and desk hours in mainland China (one time zone, no summer time).

Working days are Monday to Friday, less the days off and plus the exchanged working days (调休上班) that the State
Council announces for each year, usually in November of the year before (行政许可法 82: periods count working days).
For a year that is not announced yet we count weekends and the fixed statutory holidays, and say that we are uncertain.
Desk hours 09:00–12:00 and 13:30–17:30 [A].
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from central.assets import ASSETS
from central.times import CHINA

FILE = ASSETS / "calendar" / "workdays.json"
_DAY = timedelta(days=1)
_STATUTORY = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""Fixed dates of 《全国年节及纪念日放假办法》 (2024); the lunar ones cannot be told without a calendar."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A computed time. `uncertain`: it was counted over a year whose calendar is not announced."""

    at: datetime
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class DeskHours:
    """When desks are open on a working day: periods that do not overlap, in order."""

    periods: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(17, 30)))

    @property
    def a_day(self) -> timedelta:
        """Hours of one working day (7 with the usual periods)."""
        return sum((_span(*one) for one in self.periods), timedelta())

    @property
    def opening(self) -> time:
        """When the day begins."""
        return self.periods[0][0]


@dataclass(frozen=True, eq=False)
class WorkCalendar:
    """Which days are worked. Compared by identity, so that its results can be cached."""

    announced: frozenset[int]
    """Years whose exchanges are known."""
    off: frozenset[date]
    extra: frozenset[date] = frozenset()
    hours: DeskHours = field(default_factory=DeskHours)

    def is_workday(self, day: date) -> bool:
        """Whether desks are open on `day`, as far as is known."""
        return _is_workday(self, day)

    def certain(self, day: date) -> bool:
        """Whether the calendar of that year is announced."""
        return day.year in self.announced

    def is_open(self, at: datetime) -> bool:
        """Whether desks are open at this very moment."""
        here = at.astimezone(CHINA)
        hours = any(opens <= here.time() < closes for opens, closes in self.hours.periods)
        return hours and self.is_workday(here.date())

    def announced_around(self, day: date) -> tuple[date, date]:
        """The announced years on end that `day` lies in: their first day, and the day after their last. Empty (both the
        same) when its own year is not announced.
        """
        first = last = day.year
        while first - 1 in self.announced:
            first -= 1
        while last in self.announced:
            last += 1
        return (date(first, 1, 1), date(last, 1, 1)) if last > day.year else (day, day)

    def add_workdays(self, start: datetime, days: int) -> Moment:
        """The end (23:59:59) of the `days`-th working day after the day of `start`, which does not count itself.

        `days` may be 0 (that very day) or negative (working days before).
        """
        day = start.astimezone(CHINA).date()
        last, uncertain = _walk(self, day, days)
        return Moment(end_of_day(last), uncertain)

    def before(self, due: datetime, days: int) -> datetime:
        """Opening time of the desk `days` working days before the day of `due`."""
        last, _ = _walk(self, due.astimezone(CHINA).date(), -days)
        return datetime.combine(last, self.hours.opening, CHINA)

    def add_desk_hours(self, start: datetime, duration: timedelta) -> Moment:
        """When `duration` of desk hours has passed since `start`."""
        here = start.astimezone(CHINA)
        day, left, uncertain = here.date(), duration, False
        while True:
            uncertain = uncertain or not self.certain(day)
            if self.is_workday(day):
                for opens, closes in self.hours.periods:
                    begin = max(here, datetime.combine(day, opens, CHINA))
                    end = datetime.combine(day, closes, CHINA)
                    if begin < end:
                        if left <= end - begin:
                            return Moment(begin + left, uncertain)
                        left -= end - begin
            day += _DAY


def end_of_day(day: date) -> datetime:
    """24:00 of `day`, written as its last second so that it still reads as that day."""
    return datetime.combine(day, time(23, 59, 59), CHINA)


@cache
def load(path: Path = FILE) -> WorkCalendar:
    """The calendar that comes with the software."""
    return parse(json.loads(path.read_text("utf-8")))


def parse(data: Mapping[str, Any]) -> WorkCalendar:
    """A calendar from its published form: `years`, and `provisional` holidays of years that are not announced."""
    years = data["years"]
    off = {date.fromisoformat(day) for year in years.values() for day in year["off"]}
    extra = {date.fromisoformat(day) for year in years.values() for day in year["extra_workdays"]}
    for name, year in data.get("provisional", {}).items():
        if name not in years:
            off |= {date.fromisoformat(day) for day in year["off"]}
    announced = frozenset(int(name) for name, year in years.items() if not year.get("provisional"))
    return WorkCalendar(announced, frozenset(off), frozenset(extra))


@lru_cache(maxsize=4096)
def _is_workday(calendar: WorkCalendar, day: date) -> bool:
    if day in calendar.extra:
        return True
    if day.weekday() >= 5 or day in calendar.off:
        return False
    return calendar.certain(day) or (day.month, day.day) not in _STATUTORY


@lru_cache(maxsize=4096)
def _walk(calendar: WorkCalendar, day: date, days: int) -> tuple[date, bool]:
    step = _DAY if days >= 0 else -_DAY
    uncertain = not calendar.certain(day)
    for _ in range(abs(days)):
        day += step
        while not calendar.is_workday(day):
            uncertain = uncertain or not calendar.certain(day)
            day += step
        uncertain = uncertain or not calendar.certain(day)
    return day, uncertain


def _span(opens: time, closes: time) -> timedelta:
    return datetime.combine(date.min, closes) - datetime.combine(date.min, opens)
