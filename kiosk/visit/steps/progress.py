"""查进度: by card or by slip number."""

from __future__ import annotations

from dataclasses import replace

from kiosk.forms import FieldKind, clean
from kiosk.visit.delays import PROGRESS
from kiosk.visit.effects import AskProgress
from kiosk.visit.events import (
    Choose,
    Confirm,
    Enter,
    Event,
    ProgressFailed,
    ProgressFound,
    TimerFired,
    TurnPage,
)
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, become, go
from kiosk.visit.states import (
    PlaceCard,
    ProgressAsking,
    ProgressFailure,
    ProgressHow,
    ProgressList,
    ProgressNumber,
    Visit,
)
from kiosk.visit.steps.reacting import react

NUMBER_LENGTHS = range(8, 25)


@react.register
def _how(_screen: ProgressHow, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case Choose("by_card"):
            return go(visit, PlaceCard(for_progress=True))
        case Choose("by_number"):
            return go(visit, ProgressNumber())
    return None


@react.register
def _number(screen: ProgressNumber, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case Enter("number", value):
            return become(visit, ProgressNumber(value[:40]))
        case Confirm():
            number = clean(FieldKind.DIGITS, screen.number)
            if len(number) not in NUMBER_LENGTHS or not number.isdecimal():
                return become(visit, replace(screen, problem="progress.number_wrong"))
            return go(visit, ProgressAsking(slip_number=number), AskProgress(slip_number=number))
    return None


@react.register
def _asking(screen: ProgressAsking, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case ProgressFound(cases):
            return become(visit, ProgressList(cases))
        case ProgressFailed(unknown_number):
            return become(visit, ProgressFailure(unknown_number, screen))
        case TimerFired(name) if name == PROGRESS:
            return become(visit, ProgressFailure(unknown_number=False, asked=screen))
    return None


@react.register
def _failure(screen: ProgressFailure, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case Confirm() if not screen.unknown_number:
            asked = screen.asked
            return become(visit, asked, AskProgress(slip_number=asked.slip_number, id_number=asked.id_number))
    return None


@react.register
def _list(screen: ProgressList, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case TurnPage(step):
            return become(visit, replace(screen, page=max(0, screen.page + step)))
    return None
