"""看文书: the documents that were issued, and a copy of one on paper."""

from __future__ import annotations

from dataclasses import replace

from kiosk.visit.delays import PRINT, PROGRESS
from kiosk.visit.effects import AskDocuments, PrintDocument
from kiosk.visit.events import (
    Choose,
    Confirm,
    Device,
    DocumentPrinted,
    DocumentsFailed,
    DocumentsFound,
    Event,
    PrintOutcome,
    TimerFired,
    TurnPage,
)
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, become
from kiosk.visit.states import DocumentsAsking, DocumentsFailure, DocumentsList, Visit
from kiosk.visit.steps.reacting import react

MAX_PRINTS = 6
"""Of one visit: paper is for those who come after, too."""


@react.register
def _asking(screen: DocumentsAsking, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case DocumentsFound(papers):
            return become(visit, DocumentsList(papers, screen))
        case DocumentsFailed():
            return become(visit, DocumentsFailure(screen))
        case TimerFired(name) if name == PROGRESS:
            return become(visit, DocumentsFailure(screen))
    return None


@react.register
def _failure(screen: DocumentsFailure, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case Confirm():
            asked = screen.asked
            return become(visit, asked, AskDocuments(asked.slip_number, asked.query_code))
    return None


@react.register
def _list(screen: DocumentsList, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case TurnPage(step):
            return become(visit, replace(screen, page=max(0, screen.page + step)))
        case Choose(code) if may_print(screen, visit) and any(paper.check_code == code for paper in screen.papers):
            effect = PrintDocument(screen.asked.slip_number, screen.asked.query_code, code)
            # Counted now: nobody hears how it ended when the citizen leaves this screen meanwhile.
            return become(replace(visit, copies=visit.copies + 1), replace(screen, printing=code), effect)
        case DocumentPrinted(code, outcome) if code == screen.printing:
            return _ended(screen, visit, outcome)
        case TimerFired(name) if name == PRINT and screen.printing:
            return _ended(screen, visit, PrintOutcome.UNKNOWN)
    return None


def _ended(screen: DocumentsList, visit: Visit, outcome: PrintOutcome | None) -> Turn:
    nothing_came = outcome in {None, PrintOutcome.FAILED}
    ended = replace(screen, printing="", tried=screen.printing, outcome=outcome)
    return become(replace(visit, copies=visit.copies - nothing_came), ended)


def may_print(screen: DocumentsList, visit: Visit) -> bool:
    """Whether a document can be printed now: the printer works, nothing is printing, and the limit is not reached."""
    return visit.usable(Device.RECEIPT_PRINTER) and not screen.printing and visit.copies < MAX_PRINTS
