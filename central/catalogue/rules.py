"""The published calendar, profiles and rules of rating that the centre counts by, whichever version is in effect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from central.casework import calendar, profiles
from central.casework.calendar import WorkCalendar
from central.casework.profiles import Profiles
from central.catalogue import publishing, shipped
from central.ledger import rating_rules
from central.ledger.rating_rules import RatingPlan

T = TypeVar("T")


class Rules:
    """Reads them when they have changed; before anything is published, what came with the software counts."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._calendar = _InEffect(now, "calendar", _calendar, shipped.calendar)
        self._profiles = _InEffect(now, "profiles", _profiles, shipped.profiles)
        self._ratings = _InEffect(now, "ratings", rating_rules.published, shipped.ratings)

    def calendar(self, session: Session) -> WorkCalendar:
        """Working days."""
        return self._calendar.of(session)

    def profiles(self, session: Session) -> Profiles:
        """Rules of places."""
        return self._profiles.of(session)

    def ratings(self, session: Session) -> RatingPlan:
        """Rules of rating (R135)."""
        return self._ratings.of(session)


class _InEffect(Generic[T]):
    """One body of content, parsed once a version."""

    def __init__(
        self,
        now: Callable[[], datetime],
        body: str,
        parse: Callable[[dict[str, Any]], T],
        otherwise: Callable[[], dict[str, Any]],
    ) -> None:
        self._now = now
        self._body = body
        self._parse = parse
        self._otherwise = otherwise
        self._held: tuple[int, T] | None = None

    def of(self, session: Session) -> T:
        """What counts now."""
        publication = publishing.in_effect(session, self._body, self._now())
        number = 0 if publication is None else publication.id
        if self._held is None or self._held[0] != number:
            contents = self._otherwise() if publication is None else publishing.contents_of(session, publication)
            self._held = number, self._parse(contents)
        return self._held[1]


def _calendar(contents: dict[str, Any]) -> WorkCalendar:
    return calendar.parse({"years": contents})


def _profiles(contents: dict[str, Any]) -> Profiles:
    rules = {key: profile for key, profile in contents.items() if key != "_default"}
    return profiles.parse({"default": contents["_default"]["profile"], "profiles": rules})
