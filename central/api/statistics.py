"""Public statistics (R108) and what people apply for most (R119). Needs no login."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from central.api.common import centre_of
from central.ledger.public import KEPT, Share, Statistics
from kiosk.protocol.model import Message

router = APIRouter(prefix="/api/v1/statistics")

Count = str
"""A multiple of five, or `<5`."""
Place = Annotated[
    str, Query(pattern=r"^(\d{6})?$", description="Division code of the receiving place; empty: everywhere")
]


class CountOf(Message):
    """A count under a name."""

    key: str
    name_zh: str
    name_en: str
    count: Count


class StatisticsAnswer(Message):
    """This year so far. Counts are rounded down to fives; fewer than five are `<5`."""

    region: str
    since: AwareDatetime
    counted_at: AwareDatetime
    submitted: Count
    completed: Count
    collected_for_others: Count
    average_days: float | None
    satisfied_percent: int | None
    materials_saved: Count
    """Materials nobody had to bring: shared, tolerated, or promised."""
    trips_saved: Count
    """Trips to the handling place that nobody had to make."""
    days_early: float | None
    """Days between decision and the promised day; negative: late."""
    parcels_free: Count
    """Parcels sent at no cost to the applicant."""
    modes: tuple[CountOf, ...]
    popular_items: tuple[CountOf, ...]
    """Of the last 90 days, the most asked for first; those with fewer than five are left out."""


@router.get("", summary="How many cases, how long they take, what people apply for most")
def statistics(request: Request, response: Response, region: Place = "") -> StatisticsAnswer:
    """Counted anew at most every ten minutes."""
    found = centre_of(request).statistics.of(region)
    response.headers["Cache-Control"] = f"public, max-age={int(KEPT.total_seconds())}"
    return _answer(region, found)


def _answer(region: str, found: Statistics) -> StatisticsAnswer:
    def shares(some: tuple[Share, ...]) -> tuple[CountOf, ...]:
        return tuple(CountOf(key=one.key, name_zh=one.name_zh, name_en=one.name_en, count=one.count) for one in some)

    return StatisticsAnswer(
        region=region,
        since=found.since,
        counted_at=found.counted_at,
        submitted=found.submitted,
        completed=found.completed,
        collected_for_others=found.collected_for_others,
        average_days=found.average_days,
        satisfied_percent=found.satisfied_percent,
        materials_saved=found.materials_saved,
        trips_saved=found.trips_saved,
        days_early=found.days_early,
        parcels_free=found.parcels_free,
        modes=shares(found.modes),
        popular_items=shares(found.popular),
    )
