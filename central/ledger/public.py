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

from central.ledger import words
from central.store.database import Database
from central.store.models import Case, Rating
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
    since = now.astimezone(CHINA).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    here = [Case.receiving_code == region] if region else []
    year = and_(Case.received_at >= since, *here)
    by_mode = session.execute(
        select(
            Case.mode,
            func.count(),
            func.sum(case((Case.delivered_at.is_not(None), 1), else_=0)),
            func.sum(case((Case.receiving_code != Case.handling_code, 1), else_=0)),
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
    return Statistics(
        since=since,
        counted_at=now,
        submitted=said(sum(row[1] for row in by_mode)),
        completed=said(sum(row[2] for row in by_mode)),
        collected_for_others=said(sum(row[3] for row in by_mode)),
        average_days=_average_days(session, year),
        satisfied_percent=round(100 * scores[1] / scores[0]) if scores[0] >= 10 * SMALLEST else None,
        modes=tuple(
            Share(mode, words.MODES[mode].zh, words.MODES[mode].en, said(number))
            for mode, number, *_ in sorted(by_mode, key=lambda row: -row[1])
            if mode in words.MODES
        ),
        popular=tuple(Share(item, name, "", said(number)) for item, name, number in popular if number >= SMALLEST),
    )


def _average_days(session: Session, year: ColumnElement[bool]) -> float | None:
    length: ColumnElement[Any]
    if session.get_bind().dialect.name == "postgresql":
        length = (func.extract("epoch", Case.decided_at) - func.extract("epoch", Case.received_at)) / 86400.0
    else:
        length = func.julianday(Case.decided_at) - func.julianday(Case.received_at)
    decided = select(func.count(), func.avg(length)).where(year, Case.decided_at.is_not(None))
    number, average = session.execute(decided).one()
    return round(float(average), 1) if number >= 10 * SMALLEST else None
