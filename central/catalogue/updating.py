"""Publishing what does not come from the editor: new items of a release, a year of the calendar, rules of places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework import profiles
from central.casework.acts import Refused
from central.casework.who import Who
from central.catalogue import publishing, shipped
from central.ledger import rating_rules
from central.store.models import Contact, Publication
from kiosk.protocol.agreements import Agreements
from kiosk.protocol.bulletins import Bulletin
from kiosk.protocol.published import Body

SHIPPED: Mapping[Body, Any] = {
    "catalogue": shipped.catalogue,
    "profiles": shipped.profiles,
    "calendar": shipped.calendar,
    "agreements": shipped.agreements,
}


_LONGEST_NAME = 64


class CannotPublish(Exception):
    """The content makes no sense; says where."""


def publish_missing(session: Session, key: Ed25519PrivateKey, who: Who, at: datetime) -> tuple[Publication, ...]:
    """Publish entries that came with the software and are not published yet. What was edited here stays as it is.

    Raises:
        CannotPublish: a version is with its first terminals, or counts only later.
    """
    publishing.one_at_a_time(session)
    published = []
    for body, contents in SHIPPED.items():
        newest = publishing.latest(session, body)
        held = {} if newest is None else publishing.contents_of(session, newest)
        if any(entry not in held for entry in contents()):
            published.append(_publish(session, key, body, {**contents(), **held}, who, at))
    return tuple(published)


def publish_years(
    session: Session, key: Ed25519PrivateKey, years: Mapping[str, Any], who: Who, at: datetime
) -> Publication:
    """Publish years of the working-day calendar, each `{"off": [...], "extra_workdays": [...]}` of ISO dates.

    Raises:
        CannotPublish
    """
    publishing.one_at_a_time(session)
    newest = publishing.latest(session, "calendar")
    held = shipped.calendar() if newest is None else publishing.contents_of(session, newest)
    return _publish(
        session, key, "calendar", {**held, **{year: _year(year, days) for year, days in years.items()}}, who, at
    )


def publish_profiles(
    session: Session, key: Ed25519PrivateKey, contents: Mapping[str, Any], who: Who, at: datetime
) -> Publication:
    """Publish rules of places, in the form of assets/casework/profiles.json.

    Raises:
        CannotPublish
    """
    try:
        profiles.parse(contents)
    except (KeyError, TypeError, AttributeError) as error:
        raise CannotPublish(f"profiles: {type(error).__name__} {error}") from None
    return _publish(
        session, key, "profiles", {**contents["profiles"], "_default": {"profile": contents["default"]}}, who, at
    )


def publish_ratings(
    session: Session, key: Ed25519PrivateKey, contents: Mapping[str, Any], who: Who, at: datetime
) -> Publication:
    """Publish the rules of rating of all places, in the form of assets/ratings/rules.json (R135).

    Raises:
        CannotPublish
    """
    try:
        rating_rules.parse(contents)
    except ValueError as error:
        raise CannotPublish(f"ratings: {error}") from None
    return _publish(session, key, "ratings", rating_rules.entries(contents), who, at)


def publish_contacts(session: Session, key: Ed25519PrivateKey, who: Who, at: datetime) -> Publication:
    """Publish whom to call at which place (R118), as the table of contacts has it now; without the names of staff."""
    publishing.one_at_a_time(session)
    places: dict[str, list[dict[str, str]]] = {}
    for contact in session.scalars(select(Contact).order_by(Contact.region_code, Contact.id)):
        places.setdefault(contact.region_code, []).append(
            {name: getattr(contact, name) for name in ("region_name", "unit_name", "duty", "phone", "hours", "address")}
        )
    return _publish(session, key, "contacts", places, who, at)


def publish_agreements(
    session: Session, key: Ed25519PrivateKey, agreements: Agreements, who: Who, at: datetime
) -> Publication:
    """Publish all agreements between places and all scopes, as they are from now on (R046, R137)."""
    return _publish(session, key, "agreements", agreements.entries(), who, at)


def publish_bulletins(
    session: Session, key: Ed25519PrivateKey, contents: Mapping[str, Any], who: Who, at: datetime
) -> Publication:
    """Publish short pieces of news (政策短讯, R109): all that shall be shown from now on, by key.

    Raises:
        CannotPublish
    """
    return _publish(
        session, key, "bulletins", {name: _bulletin(name, value) for name, value in contents.items()}, who, at
    )


def _publish(
    session: Session, key: Ed25519PrivateKey, body: Body, contents: Mapping[str, Any], who: Who, at: datetime
) -> Publication:
    before = publishing.latest(session, body)
    try:
        publication = publishing.publish(session, key, body, contents, who, at)
    except Refused as refusal:
        raise CannotPublish(f"{body}: {refusal.why.en}") from None
    if before is None or publication.id != before.id:
        trail.record(session, who, "catalogue.published", f"{body}/{publication.version}", at)
    return publication


def _bulletin(name: str, value: object) -> dict[str, Any]:
    try:
        if len(name) > _LONGEST_NAME or not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            raise CannotPublish(f"{name}: a key has letters, digits, dots and dashes only")
        return Bulletin.model_validate(value).model_dump(mode="json")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in (name, *first["loc"]))
        raise CannotPublish(f"{where}: {first['msg']}") from None


def _year(year: str, days: object) -> dict[str, Any]:
    if not (year.isdigit() and len(year) == 4 and isinstance(days, dict)):
        raise CannotPublish(f"{year}: not a year with its days")
    lists: dict[str, list[str]] = {}
    for name in ("off", "extra_workdays"):
        given = days.get(name)
        if not isinstance(given, list):
            raise CannotPublish(f"{year}.{name}: a list of days is missing")
        lists[name] = [_day(year, name, day) for day in given]
    if both := set(lists["off"]) & set(lists["extra_workdays"]):
        raise CannotPublish(f"{year}: {min(both)} is both off and worked")
    if weekday := next((day for day in lists["extra_workdays"] if date.fromisoformat(day).weekday() < 5), None):
        raise CannotPublish(f"{year}.extra_workdays: {weekday} is no Saturday or Sunday")
    return {**lists, "provisional": False}


def _day(year: str, name: str, day: object) -> str:
    try:
        right = isinstance(day, str) and date.fromisoformat(day).year == int(year)
    except ValueError:
        right = False
    if not right:
        raise CannotPublish(f"{year}.{name}: {day} is no day of {year}")
    return cast(str, day)
