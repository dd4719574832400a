"""查进度: by card or by slip number."""

from __future__ import annotations

from dataclasses import replace

from kiosk.forms import FieldKind, clean
from kiosk.protocol.slip_number import ALPHABET, InvalidSlipNumber, checked
from kiosk.visit.delays import PROGRESS
from kiosk.visit.effects import AskDocuments, AskProgress
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
    DocumentsAsking,
    PlaceCard,
    ProgressAsking,
    ProgressFailure,
    ProgressHow,
    ProgressList,
    ProgressNumber,
    Visit,
)
from kiosk.visit.steps.reacting import react

MAX_TYPED = 40
CODE_LENGTH = 8


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
            return become(visit, replace(screen, number=value[:MAX_TYPED]))
        case Enter("code", value):
            return become(visit, replace(screen, code=value[:MAX_TYPED]))
        case Confirm():
            number, code = slip_number(screen), query_code(screen)
            if not (number and code):
                return become(visit, replace(screen, checked=True))
            asking = ProgressAsking(slip_number=number, query_code=code)
            return go(visit, asking, AskProgress(slip_number=number, query_code=code))
    return None


def slip_number(screen: ProgressNumber) -> str:
    """The typed slip number as bare digits; "" when its check digits do not fit."""
    try:
        return checked(clean(FieldKind.DIGITS, screen.number))
    except InvalidSlipNumber:
        return ""


def query_code(screen: ProgressNumber) -> str:
    """The typed query code, eight characters; "" when it cannot be one."""
    code = clean(FieldKind.LATIN, screen.code).replace(" ", "")
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else ""


@react.register
def _asking(screen: ProgressAsking, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case ProgressFound(cases):
            return become(visit, ProgressList(cases, screen))
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
            again = AskProgress(slip_number=asked.slip_number, query_code=asked.query_code, id_number=asked.id_number)
            return become(visit, asked, again)
    return None


@react.register
def _list(screen: ProgressList, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case TurnPage(step):
            return become(visit, replace(screen, page=max(0, screen.page + step)))
        case Choose("documents") if screen.asked.slip_number and screen.cases:
            asking = DocumentsAsking(screen.asked.slip_number, screen.asked.query_code)
            return go(visit, asking, AskDocuments(asking.slip_number, asking.query_code))
    return None
