"""The time zone in which people count days."""

from datetime import date, datetime, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one zone and no summer time; no zone database is needed."""


def end_of(day: date) -> datetime:
    """24:00 of that day in China."""
    return datetime.combine(day + timedelta(days=1), time(), CHINA)
