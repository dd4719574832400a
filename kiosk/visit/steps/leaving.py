"""Taking the card back and goodbye."""

from __future__ import annotations

from kiosk.visit.delays import GOODBYE, TAKE_CARD
from kiosk.visit.effects import EndVisit
from kiosk.visit.events import CardRemoved, Confirm, Device, Event, TimerFired
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, become
from kiosk.visit.states import Goodbye, TakeCard, Visit
from kiosk.visit.steps.reacting import react


@react.register
def _take_card(screen: TakeCard, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case CardRemoved():
            return become(visit, Goodbye(screen.reason))
        case TimerFired(name) if name == TAKE_CARD:
            return become(visit, Goodbye(screen.reason))
        case Confirm() if not visit.usable(Device.ID_CARD_READER):
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
