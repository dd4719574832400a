"""The checklist and every way to give a material; its pages are in `pages.py`."""

from __future__ import annotations

from dataclasses import replace

from kiosk.catalogue import Material, MetBy
from kiosk.visit.draft import MaterialDraft
from kiosk.visit.events import (
    CardProblem,
    Choose,
    Confirm,
    Device,
    DeviceChanged,
    Event,
    SocialCardFailed,
    SocialCardRead,
    TurnPage,
)
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, become, edit, go, material_draft, return_to, with_entry, with_material
from kiosk.visit.path import advance, application_of, facts, licences_to_ask, may_come_later, open_material
from kiosk.visit.states import (
    BLIPS,
    Capture,
    Checklist,
    Licences,
    MaterialWay,
    PageReview,
    Promise,
    SocialCard,
    SocialCardConfirmed,
    Visit,
)
from kiosk.visit.steps.reacting import react

DEVICE_PROBLEM = f"social.problem.{CardProblem.DEVICE}"


def ways(material: Material, visit: Visit) -> tuple[str, ...]:
    """How this material can be given now: `camera`, `promise`, `later`, `desk`; never empty."""
    camera = visit.usable(Device.DOCUMENT_CAMERA)
    found = []
    if camera:
        found.append("camera")
    if material.may_promise:
        found.append("promise")
    if may_come_later(material):
        found.append("later")
    if not camera:
        # No dead end (R049): submit now, staff take the paper at the desk.
        found.append("desk")
    return tuple(found)


def _open(material: Material, visit: Visit) -> Turn | None:
    given = material_draft(visit.draft, material.code)
    if given.pages:
        return go(visit, PageReview(material.code))
    match material.by:
        case MetBy.SOCIAL_CARD:
            return go(visit, SocialCard(material.code))
        case MetBy.PROMISE:
            return go(visit, Promise(material.code))
        case MetBy.CAMERA:
            return go(
                visit, Capture(material.code) if ways(material, visit) == ("camera",) else MaterialWay(material.code)
            )
    return None


def _met(visit: Visit, code: str, met_by: str) -> Turn:
    visit = replace(visit, draft=with_material(visit.draft, MaterialDraft(code, met_by=met_by)))
    return return_to(visit, Checklist, Checklist())


@react.register
def _checklist(screen: Checklist, visit: Visit, event: Event, house: House) -> Turn | None:
    application = application_of(visit.draft, house)
    match event:
        case Confirm():
            material = open_material(visit.draft, application)
            visit = _note_read(visit, screen)
            return advance(visit, house) if material is None else _open(material, visit)
        case TurnPage(step):
            return become(visit, replace(screen, page=max(0, screen.page + step)))
        case Choose("licences") if codes := licences_to_ask(visit, house):
            return go(_note_read(visit, screen), Licences(codes))
        case Choose(code):
            for material in application.materials_for(facts(visit.draft)):
                if material.code == code:
                    return _open(material, _note_read(visit, screen))
    return None


def _note_read(visit: Visit, screen: Checklist) -> Visit:
    """What came of asking for e-licences is said once, not each time the list is seen again."""
    return replace(visit, screen=replace(screen, note=""))


@react.register
def _material_way(screen: MaterialWay, visit: Visit, event: Event, house: House) -> Turn | None:
    material = application_of(visit.draft, house).material(screen.code)
    match event:
        case Choose(way) if way in ways(material, visit):
            match way:
                case "camera":
                    return go(visit, Capture(screen.code))
                case "promise":
                    return go(visit, Promise(screen.code))
                case "later":
                    return _met(visit, screen.code, "later")
                case _:
                    return _met(visit, screen.code, "original_at_desk")
    return None


@react.register
def _promise(screen: Promise, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case Confirm():
            return _met(visit, screen.code, "promise")
    return None


@react.register
def _social_card(screen: SocialCard, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case SocialCardRead(name, id_number, card_number):
            applicant = visit.draft.applicant
            if applicant is None or applicant.id_number != id_number:
                return become(visit, _again(screen, "social.problem.other_person"))
            return become(visit, SocialCardConfirmed(screen.code, name, id_number, card_number))
        case SocialCardFailed(CardProblem.TIME_OUT):
            return become(visit, _again(screen, screen.problem))
        case SocialCardFailed(CardProblem.DEVICE) if screen.misses < BLIPS:
            return become(visit, replace(_again(screen, screen.problem), misses=screen.misses + 1))
        case SocialCardFailed(problem):
            return become(visit, _again(screen, f"social.problem.{problem}"))
        case DeviceChanged(device=Device.SMART_CARD, usable=usable):
            return become(visit, replace(screen, problem="" if usable else screen.problem, misses=0))
        case Confirm() if screen.problem == DEVICE_PROBLEM:
            return become(visit, _again(screen, ""))
        case Choose("photograph") if visit.usable(Device.DOCUMENT_CAMERA):
            return go(visit, Capture(screen.code))
        case Choose("desk") if not visit.usable(Device.DOCUMENT_CAMERA):
            return _met(visit, screen.code, "original_at_desk")
    return None


def _again(screen: SocialCard, problem: str) -> SocialCard:
    return replace(screen, problem=problem, attempt=screen.attempt + 1, misses=0)


@react.register
def _social_card_confirmed(screen: SocialCardConfirmed, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case Confirm():
            answers = with_entry(visit.draft.answers, "social_card_number", screen.card_number)
            return _met(edit(visit, answers=answers), screen.code, "social_card")
    return None
