"""Taking the card back and goodbye."""

from __future__ import annotations

from kiosk.visit.delays import GOODBYE, REMINDER, TAKE_CARD
from kiosk.visit.effects import EndVisit
from kiosk.visit.events import CardRemoved, Confirm, Device, Event, TimerFired
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, become
from kiosk.visit.states import Goodbye, TakeCard, Visit
from kiosk.visit.steps.reacting import react


def sees_card(visit: Visit) -> bool:
    """Whether the reader works and says that a card lies on it, so that it will say when the card is gone."""
    return visit.usable(Device.ID_CARD_READER) and visit.card_present


@react.register
def _take_card(screen: TakeCard, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case CardRemoved():
            return become(visit, Goodbye(screen.reason))
        case TimerFired(name) if name in (TAKE_CARD, REMINDER):
            return become(visit, Goodbye(screen.reason))
        case Confirm() if not sees_card(visit):
            # The reader cannot see the card leave: the citizen says so.
            return become(visit, Goodbye(screen.reason))
    return None


@react.register
def _goodbye(screen: Goodbye, _visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case Confirm():
            return Visit(), (EndVisit(screen.reason),)
        case TimerFired(name) if name == GOODBYE:
            return Visit(), (EndVisit(screen.reason),)
    return None
