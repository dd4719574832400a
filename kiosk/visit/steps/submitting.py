"""Review, signature, sending, done."""

from __future__ import annotations

from dataclasses import replace

from kiosk.visit.delays import PRINT, SENDING
from kiosk.visit.draft import Draft, Stroke
from kiosk.visit.effects import PrintSlip, SubmitApplication
from kiosk.visit.events import (
    Back,
    Choose,
    Confirm,
    Delivered,
    Device,
    Event,
    PrintAgain,
    PrintOutcome,
    Signed,
    SlipPrinted,
    Stored,
    StoreFailed,
    TimerFired,
    TurnPage,
)
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, become, edit, go, leave, stay
from kiosk.visit.path import application_of, finished, first_gap
from kiosk.visit.states import (
    Checklist,
    Delivery,
    Done,
    Form,
    Home,
    PickRegion,
    Review,
    Screen,
    SendFailed,
    Sending,
    Sign,
    Situation,
    Visit,
)
from kiosk.visit.steps.reacting import react

MAX_REPRINTS = 2
_POINTS_OF_A_SIGNATURE = 5
_MAX_POINTS = 20_000


@react.register
def _review(screen: Review, visit: Visit, event: Event, house: House) -> Turn | None:
    match event:
        case Confirm():
            gap = first_gap(visit, application_of(visit.draft, house))
            return go(visit, gap or Sign())
        case TurnPage(step):
            return become(visit, replace(screen, page=max(0, screen.page + step)))
        case Choose(key) if key.startswith("change:"):
            target = _to_change(key[7:], visit, house)
            return None if target is None else go(visit, target)
    return None


def _to_change(what: str, visit: Visit, house: House) -> Screen | None:
    application = application_of(visit.draft, house)
    kind, _, key = what.partition(":")
    match kind:
        case "place":
            return PickRegion()
        case "situation" if any(question.key == key for question in application.questions):
            return Situation(key)
        case "form" if any(page.key == key for page in (*application.pages, *application.contact_pages)):
            return Form(key)
        case "delivery":
            return Delivery()
        case "materials":
            return Checklist()
    return None


def is_signed(strokes: tuple[Stroke, ...]) -> bool:
    """Whether there is more on the pad than an accidental touch."""
    return sum(len(stroke) for stroke in strokes) >= _POINTS_OF_A_SIGNATURE


@react.register
def _sign(_screen: Sign, visit: Visit, event: Event, house: House) -> Turn | None:
    match event:
        case Signed(strokes) if sum(len(stroke) for stroke in strokes) <= _MAX_POINTS:
            return become(edit(visit, signature=strokes), Sign())
        case Confirm() if is_signed(visit.draft.signature):
            draft = finished(visit.draft, application_of(visit.draft, house))
            return go(replace(visit, draft=draft), Sending(), SubmitApplication(draft))
        case Confirm():
            return become(visit, Sign(hinted=True))
    return None


@react.register
def _sending(_screen: Sending, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case TimerFired(name) if name == SENDING:
            return become(visit, Sending(slow=True))
        case Back():
            return stay(visit)
        case Stored():
            visit = replace(visit, trail=(), online=event.online)
            if not visit.usable(Device.RECEIPT_PRINTER):
                return become(visit, Done(event))
            return become(visit, Done(event, printing=True), PrintSlip(visit.draft, event.slip_number))
        case StoreFailed(problem):
            return become(visit, SendFailed(problem))
    return None


@react.register
def _send_failed(_screen: SendFailed, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case Confirm():
            # The same draft is the same application, whether or not it reached the disk: it is not submitted twice.
            return become(visit, Sending(), SubmitApplication(visit.draft))
    return None


@react.register
def _done(screen: Done, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case SlipPrinted(outcome) if screen.printing:
            return become(visit, replace(screen, printing=False, outcome=outcome))
        case TimerFired(name) if name == PRINT and screen.printing:
            return become(visit, replace(screen, printing=False, outcome=PrintOutcome.UNKNOWN))
        case Delivered(case_number):
            return become(visit, replace(screen, case_number=case_number))
        case PrintAgain() if may_print(screen, visit):
            again = screen.outcome is not None
            printing = replace(screen, printing=True, reprints=screen.reprints + again)
            return become(visit, printing, PrintSlip(visit.draft, screen.stored.slip_number, again=again))
        case Choose("another"):
            visit = replace(visit, draft=Draft(applicant=visit.draft.applicant), confirmed_phone="")
            return become(visit, Home())
        case Confirm():
            return leave(visit, "done")
    return stay(visit)


def may_print(screen: Done, visit: Visit) -> bool:
    """Whether 再打一张 is offered: the printer works, nothing is printing, and the limit is not reached."""
    return visit.usable(Device.RECEIPT_PRINTER) and not screen.printing and screen.reprints < MAX_REPRINTS
