"""The identity card: read it, judge it, let the citizen confirm it."""

from __future__ import annotations

from dataclasses import replace

from kiosk.identity import Applicant, check
from kiosk.visit.draft import Draft
from kiosk.visit.effects import AskProgress
from kiosk.visit.events import (
    CardProblem,
    CardRead,
    CardReadFailed,
    CardRemoved,
    CardSensed,
    Choose,
    Confirm,
    Device,
    DeviceChanged,
    Event,
)
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, become
from kiosk.visit.path import advance, application_of, prefilled
from kiosk.visit.states import BLIPS, CardConfirmed, PlaceCard, ProgressAsking, Visit
from kiosk.visit.steps.reacting import react

DEVICE_PROBLEM = f"card.problem.{CardProblem.DEVICE}"


@react.register
def _place_card(screen: PlaceCard, visit: Visit, event: Event, house: House) -> Turn | None:
    match event:
        case CardSensed():
            return become(visit, replace(screen, reading=True, problem=""))
        case CardRemoved():
            return become(visit, replace(screen, reading=False))
        case CardRead(applicant):
            return _card_read(screen, visit, applicant, house)
        case CardReadFailed(CardProblem.TIME_OUT):
            return become(visit, replace(screen, reading=False, attempt=screen.attempt + 1))
        case CardReadFailed(CardProblem.DEVICE) if screen.misses < BLIPS:
            return become(visit, replace(_again(screen, screen.problem), misses=screen.misses + 1))
        case CardReadFailed(problem):
            return become(visit, _again(screen, f"card.problem.{problem}"))
        case DeviceChanged(device=Device.ID_CARD_READER, usable=usable):
            # A reader that comes back needs no touch: reading starts again by itself.
            return become(visit, replace(screen, reading=False, problem="" if usable else screen.problem, misses=0))
        case Confirm() if screen.problem == DEVICE_PROBLEM:
            return become(visit, _again(screen, ""))
    return None


def _again(screen: PlaceCard, problem: str) -> PlaceCard:
    return replace(screen, reading=False, problem=problem, attempt=screen.attempt + 1, misses=0)


def _card_read(screen: PlaceCard, visit: Visit, applicant: Applicant, house: House) -> Turn:
    findings = check(applicant, house.today, clock_trusted=house.clock_right)
    hard = next((finding for finding in findings if finding.hard), None)
    if hard is not None:
        return become(visit, _again(screen, f"card.problem.{hard}"))
    if screen.for_progress:
        asking = ProgressAsking(id_number=applicant.id_number)
        return become(visit, asking, AskProgress(id_number=applicant.id_number))
    return become(visit, CardConfirmed(applicant))


@react.register
def _card_confirmed(screen: CardConfirmed, visit: Visit, event: Event, house: House) -> Turn | None:
    match event:
        case Confirm():
            draft = _for_person(visit.draft, screen.applicant)
            answers = prefilled(draft, application_of(draft, house), house)
            return advance(replace(visit, draft=replace(draft, answers=answers)), house)
        case Choose("another_card"):
            return become(visit, PlaceCard())
    return None


def _for_person(draft: Draft, applicant: Applicant) -> Draft:
    """The draft for this person; what another person had answered before is not theirs."""
    before = draft.applicant
    if before is not None and before.id_number != applicant.id_number:
        draft = Draft(
            handling_region=draft.handling_region,
            item_id=draft.item_id,
            catalogue_version=draft.catalogue_version,
            mode=draft.mode,
            consented=draft.consented,
        )
    return replace(draft, applicant=applicant)
