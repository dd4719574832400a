"""Taking pictures of a material's pages, and looking them over."""

from __future__ import annotations

from dataclasses import replace

from kiosk.visit import pages
from kiosk.visit.delays import CAPTURE, READING, WORKING
from kiosk.visit.draft import Page
from kiosk.visit.effects import CapturePage, JoinSides, TurnPicture
from kiosk.visit.events import (
    AddPage,
    Back,
    CaptureFailed,
    Choose,
    Confirm,
    Device,
    DeviceChanged,
    Event,
    MovePage,
    PageJudged,
    PageLiesStill,
    PageWorked,
    RemovePage,
    Retake,
    RotatePage,
    Shoot,
    TakeBack,
    TimerFired,
    TurnPage,
)
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, become, go, material_draft, return_to
from kiosk.visit.path import application_of
from kiosk.visit.states import Capture, Checklist, MaterialWay, PageReview, SampleShown, Visit, Work
from kiosk.visit.steps.reacting import react


@react.register
def _capture(screen: Capture, visit: Visit, event: Event, house: House) -> Turn | None:
    works = visit.usable(Device.DOCUMENT_CAMERA) and not screen.shooting
    match event:
        case Shoot() | PageLiesStill() if works:
            earlier = pages.earlier(screen, visit.draft, house)
            return become(visit, replace(screen, shooting=True, problem=""), CapturePage(earlier))
        case PageJudged(page) if screen.shooting:
            return become(visit, PageReview(screen.code, screen.at, page, back=screen.back))
        case CaptureFailed() if screen.shooting:
            return become(visit, replace(screen, shooting=False, problem="mat.capture_failed"))
        case TimerFired(name) if name == CAPTURE and screen.shooting:
            # The camera hangs: take the request back and start the preview anew.
            return become(
                visit,
                replace(screen, shooting=False, problem="mat.capture_failed", attempt=screen.attempt + 1),
            )
        case DeviceChanged(device=Device.DOCUMENT_CAMERA):
            return become(visit, replace(screen, shooting=False, problem=""))
        case Choose("other_way") if not visit.usable(Device.DOCUMENT_CAMERA):
            return become(visit, MaterialWay(screen.code))
        case Choose("sample") if not screen.shooting and house.samples(visit.draft.item_id, screen.code):
            return go(visit, SampleShown(visit.draft.item_id, screen.code))
        case Back() if material_draft(visit.draft, screen.code).pages:
            return return_to(visit, Checklist, Checklist())  # how to give it is settled
    return None


@react.register
def _page_review(screen: PageReview, visit: Visit, event: Event, house: House) -> Turn | None:
    if isinstance(event, Back):
        if screen.page is not None:
            return become(visit, Capture(screen.code, screen.at, back=screen.back))
        return return_to(visit, Checklist, Checklist())
    if screen.work is not None:
        return _working(screen, screen.work, visit, event)
    page = pages.on_review(screen, visit.draft)
    match event:
        case Retake():
            return become(visit, Capture(screen.code, screen.at, back=screen.back))
        case RotatePage():
            return become(visit, replace(screen, work=Work.TURN, failed=None), TurnPicture(page))
        case Confirm() | AddPage() | TakeBack() if screen.page and not pages.is_readable(page) and not screen.warned:
            return become(visit, replace(screen, warned=True))
        case Confirm() if screen.back:
            return _join(screen, visit, page)
        case Confirm():
            return return_to(_kept(screen, visit), Checklist, Checklist())
        case AddPage() | TakeBack():
            return _next_picture(screen, visit, event, house)
        case TimerFired(name) if name == READING:
            return become(visit, replace(screen, unread=True))
    return _among_kept(screen, visit, event)


def _kept(screen: PageReview, visit: Visit) -> Visit:
    """The visit with the new page, if there is one, among the kept ones."""
    return replace(visit, draft=pages.keep(visit.draft, screen))


def _next_picture(screen: PageReview, visit: Visit, event: Event, house: House) -> Turn | None:
    """On to the next page, or to the back of this card; the page itself is kept first, so that nothing can lose it."""
    material = application_of(visit.draft, house).material(screen.code)
    if isinstance(event, TakeBack):
        if not pages.may_take_back(screen, visit.draft, material):
            return None
        return become(_kept(screen, visit), Capture(screen.code, screen.at + 1, back=True))
    visit = _kept(screen, visit)
    count = len(material_draft(visit.draft, screen.code).pages)
    if count >= material.max_pages:
        return return_to(visit, Checklist, Checklist())
    return become(visit, Capture(screen.code, count))


def _join(screen: PageReview, visit: Visit, back: Page) -> Turn:
    """Both sides are kept, as two pages, and become one sheet if that can be done."""
    visit = _kept(screen, visit)
    front = material_draft(visit.draft, screen.code).pages[screen.at - 1]
    return become(visit, PageReview(screen.code, screen.at - 1, work=Work.JOIN), JoinSides(front, back))


def _working(screen: PageReview, work: Work, visit: Visit, event: Event) -> Turn | None:
    """Nothing else is done to the page meanwhile. Once the screen was left, what comes of it no longer counts."""
    page = pages.on_review(screen, visit.draft)
    if work is Work.JOIN:
        page = material_draft(visit.draft, screen.code).pages[screen.at + 1]
    done = replace(screen, work=None)
    match event:
        case PageWorked(sha256, None) if sha256 == page.sha256:
            return become(visit, replace(done, failed=work))
        case TimerFired(name) if name == WORKING:
            return become(visit, replace(done, failed=work))
        case PageWorked(sha256, new) if new is not None and sha256 == page.sha256:
            if work is Work.JOIN:
                return become(replace(visit, draft=pages.join(visit.draft, screen.code, screen.at, new)), done)
            turned = replace(done, page=pages.turned(page, new))
            return become(visit, turned) if screen.page else become(_kept(turned, visit), done)
    return None


def _among_kept(screen: PageReview, visit: Visit, event: Event) -> Turn | None:
    """What can be done to the pages that were kept: look through, put in order, delete."""
    count = len(material_draft(visit.draft, screen.code).pages)
    match event:
        case RemovePage() if screen.page is not None:
            return return_to(visit, Checklist, Checklist())
        case RemovePage(index) if 0 <= index < count:
            visit = replace(visit, draft=pages.remove(visit.draft, screen.code, index))
            if count == 1:
                return return_to(visit, Checklist, Checklist())
            return become(visit, PageReview(screen.code, min(screen.at, count - 2)))
        case TurnPage(step) if screen.page is None:
            return become(visit, PageReview(screen.code, min(max(0, screen.at + step), count - 1)))
        case MovePage(index, step) if screen.page is None and {index, index + step} <= set(range(count)):
            visit = replace(visit, draft=pages.move(visit.draft, screen.code, index, index + step))
            return become(visit, replace(screen, at=index + step, failed=None))
    return None
