"""What may be asked of the ledger: read from a query string, refused kindly, turned into conditions on cases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, exists, false, func, literal_column, not_, or_, select

from central.casework.access import shares, within
from central.casework.acts import Words
from central.casework.terms import ClockKind
from central.casework.who import Who
from central.ledger import words
from central.store.models import Case, CaseEvent, Clock, Rating
from central.store.models.cases import NOT_AGREED
from central.times import CHINA

LONGEST = 64
_NOT_AGREED = literal_column(NOT_AGREED, Boolean)
"""Said in the words of the index over these cases."""
BAD = "bad"
"""Ratings 1 and 2."""


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """One question. Empty means: not asked. Days are of China, `until` is the last one included."""

    since: date | None = None
    until: date | None = None
    direction: str = ""
    mode: str = ""
    scope: str = ""
    item: str = ""
    sector: str = ""
    place: str = ""
    """The other place: two (province), four (city) or six digits."""
    state: str = ""
    result: str = ""
    overdue: bool = False
    not_agreed: bool = False
    """Only what no agreement covered on arrival (R046)."""
    terminal: str = ""
    unit: int | None = None
    rating: str = ""
    """1…5 or `bad`."""
    case: str = ""
    """The case number."""

    def as_query(self) -> dict[str, str]:
        """The query string that `parse` reads back."""
        query = {}
        for name, value in asdict(self).items():
            if value is True:
                query[name] = "1"
            elif value not in (None, "", False):
                query[name] = value.isoformat() if isinstance(value, date) else str(value)
        return query


FIELDS = tuple(field.name for field in fields(LedgerFilter))

_CHOICES: Mapping[str, frozenset[str]] = {
    "direction": frozenset(words.DIRECTIONS),
    "mode": frozenset(words.MODES),
    "state": frozenset(words.STATES),
    "result": frozenset(words.RESULTS),
    "rating": frozenset({BAD, "1", "2", "3", "4", "5"}),
}
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "scope": re.compile(r"[A-Za-z0-9_-]{1,40}"),
    "item": re.compile(r"[A-Za-z0-9._-]{1,64}"),
    "terminal": re.compile(r"[A-Za-z0-9._-]{1,64}"),
    "case": re.compile(r"[0-9]{6}-[0-9]{8}-[0-9]{6,12}"),
    "place": re.compile(r"[0-9]{2}(?:[0-9]{2}){0,2}"),
}
NAMES: Mapping[str, Words] = {
    "since": Words("开始日期", "First day"),
    "until": Words("结束日期", "Last day"),
    "direction": Words("方向", "Direction"),
    "mode": Words("模式", "Mode"),
    "scope": Words("通办范围", "Scope"),
    "item": Words("事项", "Item"),
    "sector": Words("部门", "Sector"),
    "place": Words("对方地区", "Other place"),
    "state": Words("状态", "State"),
    "result": Words("结果", "Result"),
    "overdue": Words("超期", "Overdue"),
    "not_agreed": Words("没有协议", "No agreement"),
    "terminal": Words("终端号", "Terminal"),
    "unit": Words("单位", "Unit"),
    "rating": Words("评价", "Rating"),
    "case": Words("办件号", "Case number"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter as read, and what could not be read; that part is left out of the filter."""

    filter: LedgerFilter
    problems: tuple[Words, ...] = ()


def parse(query: Mapping[str, str]) -> Asked:
    """Read a query string; nothing in it can do worse than be left out with a sentence about it."""
    found: dict[str, Any] = {}
    problems = []
    for name in FIELDS:
        text = query.get(name, "").strip()
        if not text:
            continue
        try:
            found[name] = _value(name, text)
        except ValueError:
            label = NAMES[name]
            problems.append(
                Words(f"“{label.zh}”看不懂，这一项没有用上。", f"“{label.en}” makes no sense and was left out.")
            )
    if found.get("since") and found.get("until") and found["since"] > found["until"]:
        found["since"], found["until"] = found["until"], found["since"]
    return Asked(LedgerFilter(**found), tuple(problems))


def _value(name: str, text: str) -> object:
    if len(text) > LONGEST or not text.isprintable():
        raise ValueError(name)
    if name in ("since", "until"):
        day = date.fromisoformat(text)
        if not 2000 <= day.year <= 2199:
            raise ValueError(name)
        return day
    if name in ("overdue", "not_agreed"):
        return text in ("1", "on", "true")
    if name == "unit":
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise ValueError(name)
        return int(text)
    if name in _CHOICES and text not in _CHOICES[name]:
        raise ValueError(name)
    if name in _PATTERNS and not _PATTERNS[name].fullmatch(text):
        raise ValueError(name)
    return text


def start_of(day: date) -> datetime:
    """Midnight in China."""
    return datetime.combine(day, time(), CHINA).astimezone(UTC)


def branches(who: Who, asked: LedgerFilter, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions on `Case` that exclude each other and together say what `who` may see and asked for.

    Each is answered from one index in order of time (see `access.shares`).
    """
    received, handled, further = shares(who)
    if asked.direction == words.OUT:
        parts: tuple[ColumnElement[bool], ...] = (and_(received, not_(within(Case.handling_code, who))),)
    elif asked.direction == words.IN:
        parts = (handled, further)
    else:
        parts = (received, handled, further)
    conditions = _conditions(who, asked, now)
    return tuple(and_(part, *conditions) for part in parts)


def missed(now: datetime) -> ColumnElement[bool]:
    """Whether a clock of the office ran out, or ran out before it was stopped. C3 is the applicant's own."""
    return and_(Clock.clock != ClockKind.SUPPLEMENT.value, Clock.due_at < func.coalesce(Clock.stopped_at, now))


def _conditions(who: Who, asked: LedgerFilter, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asked.since:
        conditions.append(Case.received_at >= start_of(asked.since))
    if asked.until:
        conditions.append(Case.received_at < start_of(asked.until + timedelta(days=1)))
    for column, value in (
        (Case.mode, asked.mode),
        (Case.scope, asked.scope),
        (Case.item_id, asked.item),
        (Case.sector, asked.sector),
        (Case.state, asked.state),
        (Case.terminal_id, asked.terminal),
        (Case.case_number, asked.case),
    ):
        if value:
            conditions.append(column == value)
    if asked.result:
        states = words.STATES_OF.get(asked.result, words.PENDING)
        conditions.append(Case.state.in_(sorted(states)))
    if asked.place:
        low, high = asked.place.ljust(6, "0"), asked.place.ljust(6, "9")
        conditions.append(
            or_(
                and_(Case.receiving_code.between(low, high), not_(within(Case.receiving_code, who))),
                and_(Case.handling_code.between(low, high), not_(within(Case.handling_code, who))),
            )
        )
    if asked.not_agreed:
        conditions.append(_NOT_AGREED)
    if asked.overdue:
        conditions.append(exists().where(Clock.case_seq == Case.seq, missed(now)))
    if asked.unit is not None:
        touched = exists().where(CaseEvent.case_seq == Case.seq, CaseEvent.unit_id == asked.unit)
        conditions.append(or_(Case.first_contact_unit_id == asked.unit, touched))
    if asked.rating:
        score = Rating.score <= 2 if asked.rating == BAD else Rating.score == int(asked.rating)
        conditions.append(Case.seq.in_(select(Rating.case_seq).where(Rating.kind == "case", score)))
    return conditions or [~false()]
