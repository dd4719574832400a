"""Calling staff to the terminal, taking the card back, and goodbye."""

from __future__ import annotations

from dataclasses import replace

from kiosk.visit.delays import GOODBYE, HELP, REMINDER, TAKE_CARD
from kiosk.visit.effects import CallStaff, EndVisit
from kiosk.visit.events import CardRemoved, Choose, Confirm, Device, Event, HelpAnswered, TimerFired
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, become
from kiosk.visit.states import Goodbye, Help, HelpCall, TakeCard, Visit
from kiosk.visit.steps.reacting import react


def sees_card(visit: Visit) -> bool:
    """Whether the reader works and says that a card lies on it, so that it will say when the card is gone."""
    return visit.usable(Device.ID_CARD_READER) and visit.card_present


def call_staff(screen: Help, visit: Visit, event: Event) -> Turn | None:
    """What the help does with an event that concerns calling staff; None: it does not."""
    match event:
        case Choose("call") if may_call(screen, visit):
            return become(visit, replace(screen, call=HelpCall.ASKING), CallStaff(type(screen.under).__name__))
        case HelpAnswered(coming) if screen.call is HelpCall.ASKING:
            answer = HelpCall.FAILED if coming is None else HelpCall.COMING if coming else HelpCall.CLOSED
            return become(visit, replace(screen, call=answer))
        case TimerFired(name) if name == HELP and screen.call is HelpCall.ASKING:
            return become(visit, replace(screen, call=HelpCall.FAILED))
    return None


def may_call(screen: Help, visit: Visit) -> bool:
    """Whether staff can be called: the centre can be reached, and a call is neither under way nor answered."""
    return visit.online and screen.call in (HelpCall.NONE, HelpCall.FAILED)


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
