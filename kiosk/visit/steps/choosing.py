"""Attract, home, place, service list, guide, consent."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from kiosk.visit.delays import IDLE
from kiosk.visit.draft import Draft
from kiosk.visit.effects import EndVisit
from kiosk.visit.events import Back, Choose, Confirm, Event, Recovered, Renewed, Search, Start, TimerFired, TurnPage
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, back, become, edit, go, return_to, with_entry
from kiosk.visit.path import AT_DESK, advance
from kiosk.visit.places import Places
from kiosk.visit.states import (
    HANDLING,
    PICKUP,
    AfterBreakdown,
    Attract,
    CardConfirmed,
    Consent,
    Guide,
    Home,
    PickRegion,
    PlaceCard,
    ProgressHow,
    Review,
    SampleShown,
    ServiceList,
    Visit,
)
from kiosk.visit.steps.reacting import react


@react.register
def _attract(screen: Attract, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case TimerFired(name) if name == IDLE and screen.usual_language:
            return become(replace(visit, language=screen.usual_language), Attract())
        case Start():
            return become(visit, Home())
        case Recovered(slip_numbers):
            return become(visit, AfterBreakdown(slip_numbers))
        case Renewed() if not screen.usual_language:
            return visit, (EndVisit("renewed"),)
    return None


@react.register
def _after_breakdown(_screen: AfterBreakdown, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case Confirm():
            return become(visit, Home())
    return None


@react.register
def _home(_screen: Home, visit: Visit, event: Event, house: House) -> Turn | None:
    match event:
        case Choose("apply"):
            return go(visit, PickRegion())
        case Choose("guide"):
            return go(visit, ServiceList())
        case Choose("progress"):
            return go(visit, ProgressHow())
        case Choose(key) if house.catalogue.item(key) is not None:
            return go(visit, Guide(key))
    return None


@react.register
def _pick_region(screen: PickRegion, visit: Visit, event: Event, house: House) -> Turn | None:
    regions = house.catalogue.regions
    match event:
        case Search(text):
            return become(visit, replace(screen, text=text[:20], page=0))
        case TurnPage(step):
            return become(visit, replace(screen, page=max(0, screen.page + step)))
        case Back() if screen.text:
            return become(visit, replace(screen, text="", page=0))
        case Back() if screen.above:
            region = regions.find(screen.above)
            return become(visit, replace(screen, above=region.parent if region else "", page=0))
        case Choose(key) if key.startswith("up:"):
            return become(visit, replace(screen, above=key[3:], text="", page=0))
        case Choose(key) if key.startswith("scope:"):
            return become(visit, replace(screen, scope=key[6:], above="", text="", page=0))
        case Choose(code):
            region = regions.find(code)
            if region is None:
                return None
            if screen.target == HANDLING and not Places(house, visit.draft.item_id).those((region,)):
                return None
            if regions.is_last(region):
                return _region_chosen(screen, visit, code, house)
            return become(visit, replace(screen, above=code, text="", page=0))
    return None


def _region_chosen(screen: PickRegion, visit: Visit, code: str, house: House) -> Turn:
    if screen.target == PICKUP:
        here = code == house.terminal.receiving_region
        chosen = edit(visit, delivery=AT_DESK, pickup_region="" if here else code)
        return advance(back(chosen)[0], house)
    if screen.target != HANDLING:
        return back(edit(visit, answers=with_entry(visit.draft.answers, screen.target, code)))
    visit = replace(visit, draft=_moved(visit.draft, code, house), recent_region=code)
    if any(isinstance(earlier, Review) for earlier in visit.trail):
        return return_to(visit, Review, Review())
    if visit.trail and isinstance(visit.trail[-1], Guide):
        return go(visit, Consent())
    return go(visit, ServiceList())


def _moved(draft: Draft, code: str, house: House) -> Draft:
    """The draft with another handling place; answers that had been prefilled with the old one follow."""
    answers = dict(draft.answers)
    application = house.catalogue.application(draft.item_id)
    for page in application.pages if application else ():
        for field in page.fields:
            if field.prefill == "handling_region" and answers.get(field.key) == draft.handling_region:
                answers[field.key] = code
    return replace(draft, handling_region=code, answers=MappingProxyType(answers))


@react.register
def _service_list(screen: ServiceList, visit: Visit, event: Event, house: House) -> Turn | None:
    match event:
        case Search(text):
            return become(visit, replace(screen, text=text[:20], page=0))
        case TurnPage(step):
            return become(visit, replace(screen, page=max(0, screen.page + step)))
        case Choose(key) if key.startswith("sector:"):
            return become(visit, replace(screen, sector=key[7:], page=0))
        case Choose(key) if house.catalogue.item(key) is not None:
            return go(visit, Guide(key))
    return None


@react.register
def _guide(screen: Guide, visit: Visit, event: Event, house: House) -> Turn | None:
    match event:
        case TurnPage(step):
            return become(visit, replace(screen, page=max(0, screen.page + step)))
        case Confirm() if house.catalogue.submittable(screen.item_id):
            visit = replace(visit, draft=_with_item(visit.draft, screen.item_id, house))
            place = visit.draft.handling_region
            return go(visit, Consent() if place and house.permits(screen.item_id, place) else PickRegion())
        case Choose("sample") if house.samples(screen.item_id):
            return go(visit, SampleShown(screen.item_id))
    return None


def _with_item(draft: Draft, item_id: str, house: House) -> Draft:
    """The draft for this item: unchanged when it is the same one, else a fresh one that keeps place and person."""
    if draft.item_id == item_id:
        return draft
    return Draft(
        handling_region=draft.handling_region,
        item_id=item_id,
        catalogue_version=house.catalogue.version,
        mode=house.catalogue.applications[item_id].mode,
        applicant=draft.applicant,
    )


@react.register
def _sample(screen: SampleShown, visit: Visit, event: Event, house: House) -> Turn | None:
    match event:
        case TurnPage(step):
            last = len(house.samples(screen.item_id, screen.code)) - 1
            return become(visit, replace(screen, at=min(max(0, screen.at + step), last)))
    return None


@react.register
def _consent(_screen: Consent, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case Confirm():
            visit = edit(visit, consented=True)
            applicant = visit.draft.applicant
            # One reading serves the whole visit (R048).
            return go(visit, CardConfirmed(applicant) if applicant else PlaceCard())
    return None
