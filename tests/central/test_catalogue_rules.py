"""Calendar and profiles: what the centre publishes counts, from the day it says, without a new release."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

from central.casework import calendar, profiles
from central.casework.who import SYSTEM
from central.catalogue import publishing, shipped
from central.catalogue.rules import Rules
from central.centre import CentreParts

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
LAST_DAY = datetime(2026, 12, 31, 4, 0, tzinfo=UTC)


def test_before_anything_is_published_the_shipped_rules_count(parts: CentreParts) -> None:
    rules = Rules(lambda: NOW)
    with parts.database.reading() as session:
        assert rules.profiles(session) == profiles.load()
        ours, theirs = rules.calendar(session), calendar.load()
        assert (ours.announced, ours.off, ours.extra) == (theirs.announced, theirs.off, theirs.extra)


def test_the_next_years_calendar_takes_the_uncertainty_away_from_the_day_it_counts(parts: CentreParts) -> None:
    years = copy.deepcopy(shipped.calendar())
    years["2027"] = {"off": ["2027-01-01"], "extra_workdays": ["2027-01-02"], "provisional": False}
    clock = [NOW]
    rules = Rules(lambda: clock[0])
    with parts.database.writing() as session:
        publishing.publish(session, parts.keys.signing, "calendar", shipped.calendar(), SYSTEM, NOW)
        publishing.publish(session, parts.keys.signing, "calendar", years, SYSTEM, NOW, NOW + timedelta(days=10))
    with parts.database.reading() as session:
        before = rules.calendar(session).add_workdays(LAST_DAY, 1)
        clock[0] = NOW + timedelta(days=10)
        after = rules.calendar(session).add_workdays(LAST_DAY, 1)
    assert before.uncertain
    assert not after.uncertain
    assert after.at.astimezone(calendar.CHINA).date().isoformat() == "2027-01-02"


def test_a_places_rules_can_be_changed_by_publishing(parts: CentreParts) -> None:
    changed = copy.deepcopy(shipped.profiles())
    changed["wushen"]["c1_hours"] = 4
    rules = Rules(lambda: NOW)
    with parts.database.writing() as session:
        publishing.publish(session, parts.keys.signing, "profiles", changed, SYSTEM, NOW)
    with parts.database.reading() as session:
        assert rules.profiles(session).get("wushen").c1_hours == 4
