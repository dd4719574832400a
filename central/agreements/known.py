"""The agreements and scopes as they are published now. Their record is the published body itself: every version is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from central.casework.acts import Words
from central.catalogue import publishing
from central.store.models import Case
from central.times import CHINA
from kiosk.protocol.agreements import Agreements, Scope
from kiosk.protocol.application import Application

_held: WeakKeyDictionary[Engine, tuple[str, Agreements]] = WeakKeyDictionary()
"""Parsed once a version, which its signature names."""


def known(session: Session) -> Agreements:
    """What counts now: the desk publishes every change at once. Before anything is published, the usual scopes."""
    publication = publishing.latest(session, "agreements")
    if publication is None:
        return Agreements()
    engine = session.get_bind().engine
    signature, agreements = _held.get(engine, ("", Agreements()))
    if signature != publication.signature:
        agreements = Agreements.of(publishing.contents_of(session, publication))
        _held[engine] = publication.signature, agreements
    return agreements


def agreed(agreements: Agreements, application: Application, national: bool, at: datetime) -> bool:
    """Whether an application that arrives at `at` may be made between its places; with several, for each of them."""
    day = at.astimezone(CHINA).date()
    receiving, item = application.receiving_region.code, application.item.id
    places = (application.handling_region, *application.further_handling_regions)
    return all(agreements.permits(receiving, place.code, item, national, day) for place in places)


def scope_words(session: Session, case: Case) -> Words:
    """What the receiving place calls the scope of a case (R115); a code that is not known stands for itself."""
    return words_of(known(session), case)


def words_of(agreements: Agreements, case: Case) -> Words:
    """The same, for who reads them for many cases."""
    scope = agreements.called(case.scope)
    return Words(case.scope, case.scope) if scope is None else named(scope, case.receiving_code)


def scope_names(session: Session, place: str = "") -> Mapping[str, Words]:
    """All scopes as `place` calls them, by code."""
    return {scope.code: named(scope, place) for scope in known(session).scopes}


def named(scope: Scope, place: str) -> Words:
    """A scope as `place` calls it."""
    return Words(*scope.names(place))
