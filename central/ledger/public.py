"""What is told to everybody (R108, R119): how many cases, and what people apply for most. Nobody can be found in it.

Counts are rounded down to fives, and fewer than five are said as "<5": neither a small number nor the difference of
two large ones tells of a single person. They are counted anew at most every ten minutes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from central.catalogue import publishing, shipped
from central.ledger import saved, words
from central.store.database import Database
from central.store.models import Case, Rating, Shipment
from central.times import CHINA

KEPT = timedelta(minutes=10)
SMALLEST = 5
PERIOD = timedelta(days=90)
"""Over which popularity is counted."""
MOST_ITEMS = 20
MOST_KEPT = 64
"""Answers in memory: one for each place asked about."""


@dataclass(frozen=True, slots=True)
class Share:
    """A count under a name."""

    key: str
    name_zh: str
    name_en: str
    count: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """This year so far, at one place or everywhere."""

    since: datetime
    counted_at: datetime
    submitted: str
    completed: str
    collected_for_others: str
    """代收: received for a handling place elsewhere."""
    average_days: float | None
    """From submission to decision, of at least fifty decisions."""
    materials_saved: str
    trips_saved: str
    days_early: float | None
    """Between decision and promised day, of at least fifty decisions."""
    parcels_free: str
    """What was saved is counted by the rules of `central.ledger.saved`."""
    satisfied_percent: int | None
    """Ratings of 3 and more, of at least fifty ratings."""
    modes: tuple[Share, ...]
    popular: tuple[Share, ...]


def said(count: int) -> str:
    """A count as it may be told."""
    return f"<{SMALLEST}" if count < SMALLEST else str(count - count % SMALLEST)


class PublicStatistics:
    """Counts, and remembers for ten minutes. Thread-safe."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._lock = threading.Lock()
        self._kept: dict[str, Statistics] = {}

    def of(self, region: str = "") -> Statistics:
        """Of a receiving place (six digits), or of all."""
        now = self._now()
        with self._lock:
            kept = self._kept.get(region)
            if kept is not None and now - kept.counted_at < KEPT:
                return kept
            with self._database.reading() as session:
                counted = count(session, region, now)
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[region] = counted
            return counted


def count(session: Session, region: str, now: datetime) -> Statistics:
    """Count now."""
    publication = publishing.in_effect(session, "catalogue", now)
    onsite = saved.onsite(shipped.catalogue() if publication is None else publishing.contents_of(session, publication))
    since = now.astimezone(CHINA).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    here = [Case.receiving_code == region] if region else []
    year = and_(Case.received_at >= since, *here)
    by_mode = session.execute(
        select(
            Case.mode,
            func.count(),
            func.sum(case((Case.delivered_at.is_not(None), 1), else_=0)),
            func.sum(case((Case.receiving_code != Case.handling_code, 1), else_=0)),
            saved.materials(),
            saved.trips_to_hand_in(Case.collected_at.is_not(None), Case.item_id.not_in(sorted(onsite)))
            + saved.trips_for_the_result(Case.delivered_at.is_not(None)),
        )
        .where(year)
        .group_by(Case.mode)
    ).all()
    popular = session.execute(
        select(Case.item_id, func.max(Case.item_name), func.count())
        .where(Case.received_at >= now - PERIOD, *here)
        .group_by(Case.item_id)
        .order_by(func.count().desc(), Case.item_id)
        .limit(MOST_ITEMS)
    ).all()
    scores = session.execute(
        select(func.count(), func.sum(case((Rating.score >= 3, 1), else_=0)))
        .join(Case, Case.seq == Rating.case_seq)
        .where(year, Rating.kind == "case")
    ).one()
    average, early = _days(session, year)
    parcels = session.scalar(
        select(func.count())
        .select_from(Shipment)
        .join(Case, Case.seq == Shipment.case_seq)
        .where(year, saved.NOT_CHARGED, Shipment.sent_at >= since)
    )
    return Statistics(
        since=since,
        counted_at=now,
        submitted=said(sum(row[1] for row in by_mode)),
        completed=said(sum(row[2] for row in by_mode)),
        collected_for_others=said(sum(row[3] for row in by_mode)),
        average_days=average,
        materials_saved=said(sum(row[4] for row in by_mode)),
        trips_saved=said(sum(row[5] for row in by_mode)),
        days_early=early,
        parcels_free=said(parcels or 0),
        satisfied_percent=round(100 * scores[1] / scores[0]) if scores[0] >= 10 * SMALLEST else None,
        modes=tuple(
            Share(mode, words.MODES[mode].zh, words.MODES[mode].en, said(number))
            for mode, number, *_ in sorted(by_mode, key=lambda row: -row[1])
            if mode in words.MODES
        ),
        popular=tuple(Share(item, name, "", said(number)) for item, name, number in popular if number >= SMALLEST),
    )


def _days(session: Session, year: ColumnElement[bool]) -> tuple[float | None, float | None]:
    """Mean days from submission to decision, and from decision to the promised day; None of too few."""
    length = saved.seconds(session, Case.decided_at) - saved.seconds(session, Case.received_at)
    decided = select(func.count(), func.sum(length), saved.promised(), saved.seconds_early(session))
    number, took, promised, early = session.execute(decided.where(year, Case.decided_at.is_not(None))).one()
    return _mean(took, number), _mean(early, promised)


def _mean(seconds: Any, number: int) -> float | None:
    return round(float(seconds) / saved.DAY / number, 1) if number >= 10 * SMALLEST else None
