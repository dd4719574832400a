"""The time zone in which people count days."""

from datetime import timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one zone and no summer time; no zone database is needed."""
