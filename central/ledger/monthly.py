"""月度汇总表 (R107, documents.md §10): one line for each item and mode that something happened to in the month.

Collected counts when staff collected or accepted, not when somebody submitted. Done counts a delivered result and a
rejection. 代收: received here for elsewhere; 被代收: received elsewhere for here; the rest is both here. What was saved
is counted by the rules of `central.ledger.saved`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session

from central.casework.access import shares, within
from central.casework.who import Who
from central.ledger import saved, words
from central.ledger.filters import missed, start_of
from central.ledger.sheets import Cell
from central.store.models import Case, CaseEvent, Clock, Rating, Shipment
from central.times import CHINA
from kiosk.protocol.states import State

DAY = 86400.0
HEADING = (
    "牵头部门", "事项编码", "事项", "批次", "模式", "是否已通", "操作指南是否完成", "当月收件", "其中代收", "其中被代收", "办结",
    "不予受理", "补正", "平均用时（天）", "超期", "差评", "少交材料（份）", "少跑路（次）", "比承诺提前（天）", "免收邮费（件）",
    "问题与下月计划", "填报人",
)  # fmt: skip


@dataclass(slots=True)
class Line:
    """What happened to one item in one mode in the month."""

    item_id: str
    item_name: str
    mode: str
    collected: int = 0
    out: int = 0
    """代收"""
    into: int = 0
    """被代收"""
    done: int = 0
    refused: int = 0
    supplements: int = 0
    days_total: float = 0.0
    decided: int = 0
    overdue: int = 0
    bad: int = 0
    materials_saved: int = 0
    trips_to_hand_in: int = 0
    trips_for_result: int = 0
    early_total: float = 0.0
    """Days, over `promised` decisions."""
    promised: int = 0
    parcels_free: int = 0

    def trips_saved(self, *, onsite: bool) -> int:
        """Trips nobody had to make; for items that want people `onsite` only those for the result."""
        return self.trips_for_result + (0 if onsite else self.trips_to_hand_in)

    @property
    def days_early(self) -> float | None:
        """Mean time between decision and the promised day; negative: late."""
        return round(self.early_total / self.promised, 1) if self.promised else None

    @property
    def days(self) -> float | None:
        """Mean time from submission to decision, in days of 24 hours."""
        return round(self.days_total / self.decided, 1) if self.decided else None


@dataclass(frozen=True, slots=True)
class ItemGuide:
    """What the catalogue says of an item."""

    department: str
    batch: str
    open: bool
    """已通: it can be applied for at a terminal."""
    guide: bool
    """The seven elements are complete."""
    onsite: bool = False
    """The law wants people to come in person."""


def guide_of(entry: Mapping[str, Any] | None) -> ItemGuide:
    """What an entry of the catalogue says; None: the item is in no catalogue."""
    if entry is None:
        return ItemGuide("", "", open=False, guide=False)
    guide, office = entry["guide"], entry["office"]
    return ItemGuide(
        guide["department"],
        guide["batch"],
        open=office["status"] == "open" and entry["application"] is not None,
        guide=all(office["elements"].values()),
        onsite=bool(office["must_be_onsite"]),
    )


def month_of(day: date) -> tuple[date, date]:
    """First day of the month of `day`, and of the next."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def lines(session: Session, who: Who, day: date, now: datetime) -> list[Line]:
    """The lines of the month of `day`, for the cases `who` may see, most collected first."""
    first, following = month_of(day)
    begin, end = start_of(first), start_of(following)
    found: dict[tuple[str, str], Line] = {}

    def line(item_id: str, item_name: str, mode: str) -> Line:
        return found.setdefault((item_id, mode), Line(item_id, item_name, mode))

    for part in shares(who):
        _collected(session, who, part, begin, end, line)
        _decided(session, part, begin, end, now, line)
        _events(session, part, begin, end, line)
        _ratings(session, part, begin, end, line)
        _parcels(session, part, begin, end, line)
    return sorted(found.values(), key=lambda one: (-one.collected, one.item_id, one.mode))


_KEY = (Case.item_id, func.max(Case.item_name), Case.mode)
_Line = Callable[[str, str, str], Line]


def _collected(
    session: Session, who: Who, part: ColumnElement[bool], begin: datetime, end: datetime, line: _Line
) -> None:
    at = func.coalesce(Case.collected_at, Case.accepted_at)
    here, there = within(Case.receiving_code, who), within(Case.handling_code, who)
    statement = (
        select(
            *_KEY,
            func.count(),
            func.sum(case((and_(here, not_(there)), 1), else_=0)),
            func.sum(case((not_(here), 1), else_=0)),
            saved.materials(),
            saved.trips_to_hand_in(),
        )
        # Submitted before it was collected: the index on the time of submission bounds what is looked through.
        .where(part, Case.received_at < end, at >= begin, at < end)
        .group_by(Case.item_id, Case.mode)
    )
    for item, name, mode, count, out, into, materials, trips in session.execute(statement):
        one = line(item, name, mode)
        one.collected += count
        one.out += out
        one.into += into
        one.materials_saved += materials
        one.trips_to_hand_in += trips


def _decided(
    session: Session, part: ColumnElement[bool], begin: datetime, end: datetime, now: datetime, line: _Line
) -> None:
    rejected = and_(Case.state == State.REJECTED.value, Case.decided_at >= begin, Case.decided_at < end)
    delivered = and_(Case.delivered_at >= begin, Case.delivered_at < end)
    trips = saved.trips_for_the_result(delivered)
    done = select(*_KEY, func.count(), trips).where(part, or_(rejected, delivered)).group_by(Case.item_id, Case.mode)
    for item, name, mode, count, spared in session.execute(done):
        one = line(item, name, mode)
        one.done += count
        one.trips_for_result += spared
    length = saved.seconds(session, Case.decided_at) - saved.seconds(session, Case.received_at)
    took = (
        select(*_KEY, func.count(), func.sum(length), saved.promised(), saved.seconds_early(session))
        .where(part, Case.decided_at >= begin, Case.decided_at < end)
        .group_by(Case.item_id, Case.mode)
    )
    for item, name, mode, count, seconds, promised, early in session.execute(took):
        one = line(item, name, mode)
        one.decided += count
        one.days_total += float(seconds or 0) / DAY
        one.promised += promised
        one.early_total += float(early or 0) / DAY
    late = (
        select(*_KEY, func.count(Clock.case_seq.distinct()))
        .join(Clock, Clock.case_seq == Case.seq)
        .where(part, Clock.due_at >= begin, Clock.due_at < end, missed(now))
        .group_by(Case.item_id, Case.mode)
    )
    for item, name, mode, count in session.execute(late):
        line(item, name, mode).overdue += count


def _events(session: Session, part: ColumnElement[bool], begin: datetime, end: datetime, line: _Line) -> None:
    watched = (State.SUPPLEMENT_REQUIRED.value, State.NOT_ACCEPTED.value)
    statement = (
        select(*_KEY, CaseEvent.target, func.count())
        .join(CaseEvent, CaseEvent.case_seq == Case.seq)
        .where(
            part,
            CaseEvent.target.in_(watched),
            CaseEvent.source != CaseEvent.target,
            CaseEvent.at >= begin,
            CaseEvent.at < end,
        )
        .group_by(Case.item_id, Case.mode, CaseEvent.target)
    )
    for item, name, mode, target, count in session.execute(statement):
        if target == State.NOT_ACCEPTED.value:
            line(item, name, mode).refused += count
        else:
            line(item, name, mode).supplements += count


def _ratings(session: Session, part: ColumnElement[bool], begin: datetime, end: datetime, line: _Line) -> None:
    statement = (
        select(*_KEY, func.count())
        .join(Rating, Rating.case_seq == Case.seq)
        .where(part, Rating.kind == "case", Rating.score <= 2, Rating.at >= begin, Rating.at < end)
        .group_by(Case.item_id, Case.mode)
    )
    for item, name, mode, count in session.execute(statement):
        line(item, name, mode).bad += count


def _parcels(session: Session, part: ColumnElement[bool], begin: datetime, end: datetime, line: _Line) -> None:
    statement = (
        select(*_KEY, func.count())
        .join(Shipment, Shipment.case_seq == Case.seq)
        .where(part, saved.NOT_CHARGED, Shipment.sent_at >= begin, Shipment.sent_at < end)
        .group_by(Case.item_id, Case.mode)
    )
    for item, name, mode, count in session.execute(statement):
        line(item, name, mode).parcels_free += count


def table(found: Sequence[Line], guide: Callable[[str], ItemGuide], filled_in_by: str) -> list[list[Cell]]:
    """The sheet's rows under `HEADING`; 问题与下月计划 is for people to write."""
    rows: list[list[Cell]] = []
    for one in found:
        of = guide(one.item_id)
        rows.append(
            [
                of.department,
                one.item_id,
                one.item_name,
                of.batch,
                words.MODES[one.mode].zh if one.mode in words.MODES else one.mode,
                "是" if of.open else "否",
                "是" if of.guide else "否",
                one.collected,
                one.out,
                one.into,
                one.done,
                one.refused,
                one.supplements,
                one.days,
                one.overdue,
                one.bad,
                one.materials_saved,
                one.trips_saved(onsite=of.onsite),
                one.days_early,
                one.parcels_free,
                "",
                filled_in_by,
            ]
        )
    return rows


def read_month(text: str, now: datetime) -> date:
    """`2026-11` → its first day; anything else: this month."""
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        return now.astimezone(CHINA).date().replace(day=1)
