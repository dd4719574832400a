"""Views of the pages of a material: taking a picture, and looking the page over."""

from __future__ import annotations

from types import MappingProxyType

from kiosk.catalogue import Material, MetBy
from kiosk.visit import pages
from kiosk.visit.draft import MaterialDraft, Page
from kiosk.visit.events import (
    AddPage,
    Choose,
    Confirm,
    Device,
    MovePage,
    RemovePage,
    Retake,
    RotatePage,
    Shoot,
    TakeBack,
    TurnPage,
)
from kiosk.visit.house import House
from kiosk.visit.moves import material_draft
from kiosk.visit.path import facts
from kiosk.visit.showing.frame import Words, chrome, device_notice, show, spoken
from kiosk.visit.showing.hints import hints
from kiosk.visit.showing.materials import look_at_samples, material_row
from kiosk.visit.states import Capture, PageReview, Visit
from kiosk.visit.views import Action, CaptureView, Notice, PageReviewView, Row, Tone

VERDICTS = (
    "blurred",
    "glare",
    "too_dark",
    "cut_off",
    "too_small",
    "finger",
    "two_sheets",
    "blank",
    "same_page",
    "upside_down",
    "not_a_document",
    "no_page",
)
"""What can be wrong with a page (`kiosk.materials.pages.Code`, which this room does not import: it wants NumPy)."""
_LIVE = (("looking", Tone.INFO), ("hold_still", Tone.INFO), ("shooting_soon", Tone.GOOD))


@show.register
def _capture(screen: Capture, visit: Visit, house: House) -> CaptureView:
    words = Words(visit, house)
    material = words.application.material(screen.code)
    works = visit.usable(Device.DOCUMENT_CAMERA)
    title = words("mat.capture_back" if screen.back else "mat.capture_title", name=words.say(material.name))
    tips = tuple(words.say(tip) for tip in material.tips)
    problem = device_notice(words, (Device.DOCUMENT_CAMERA,))
    if problem is None and screen.problem:
        problem = Notice(Tone.BAD, words(screen.problem))
    primary = Action(
        "shoot", words("mat.shooting" if screen.shooting else "mat.shoot"), Shoot(), works and not screen.shooting
    )
    if not works:
        primary = Action("other_way", words("mat.other_way"), Choose("other_way"))
    others = [
        material_row(words, number, one)
        for number, one in enumerate(words.application.materials_for(facts(visit.draft)), start=1)
        if one.by in (MetBy.CAMERA, MetBy.SOCIAL_CARD)
    ]
    which = words("mat.back_side") if screen.back else words("mat.capture_page", i=screen.at + 1)
    return CaptureView(
        name="capture",
        chrome=chrome(
            words, step=5, primary=primary, more=() if screen.shooting else look_at_samples(words, screen.code)
        ),
        title=title,
        spoken=spoken(title, which, *tips, problem.text if problem else words("mat.capture_itself")),
        material=words.say(material.name),
        tips=tips,
        rows=tuple(Row(row.key, row.title, row.detail, number=row.number, tag=row.tag) for row in others),
        shooting=screen.shooting,
        problem=problem,
        live=MappingProxyType(_live(words) if works else {}),
    )


def _live(words: Words) -> dict[str, Notice]:
    """What to say of the live picture: the words of a verdict, unless a picture that is still to be taken has its own."""
    said = {state: Notice(tone, words(f"mat.live.{state}")) for state, tone in _LIVE}
    for code in VERDICTS:
        own = f"mat.live.{code}"
        said[code] = Notice(Tone.WARNING, words(own if words.has(own) else f"mat.verdict.{code}"))
    return said


@show.register
def _page_review(screen: PageReview, visit: Visit, house: House) -> PageReviewView:
    words = Words(visit, house)
    given = material_draft(visit.draft, screen.code)
    material = words.application.material(screen.code)
    page = pages.on_review(screen, visit.draft)
    verdict = _verdict(words, screen, page)
    # Of a page that is to be retaken the machine says nothing more: one thing at a time.
    readable = pages.is_readable(page) or screen.page is None
    noticed = hints(words, material, page, pages.others(screen, visit.draft)) if readable else ()
    reading = readable and not screen.unread and pages.is_to_be_read(screen, visit.draft)
    if reading:
        noticed = (Notice(Tone.INFO, words("mat.hint.reading")),)
    primary, choices = _actions(words, screen, visit, material)
    if screen.work is not None:
        primary = Action(primary.key, primary.text, primary.event, enabled=False)
        choices = tuple(Action(choice.key, choice.text, choice.event, enabled=False) for choice in choices)
    title = words("mat.review_title")
    return PageReviewView(
        name="page_review",
        chrome=chrome(words, step=5, primary=primary),
        title=title,
        spoken=spoken(
            title,
            verdict.text,
            *(hint.text for hint in noticed),
            primary.text,
            *(choice.text for choice in choices if choice.enabled),
        ),
        jpeg=page.jpeg,
        verdict=verdict,
        pages_text=_which(words, screen, given),
        hints=noticed,
        reading=reading,
        choices=choices,
    )


def _which(words: Words, screen: PageReview, given: MaterialDraft) -> str:
    if screen.back:
        return words("mat.back_side")
    total = len(given.pages) if screen.page is None else max(len(given.pages), screen.at + 1)
    return words("mat.page", i=screen.at + 1, n=total)


def _verdict(words: Words, screen: PageReview, page: Page) -> Notice:
    """What to say above the page: what is being done to it, or what is wrong with it."""
    if screen.work is not None:
        return Notice(Tone.INFO, words(f"mat.work.{screen.work}"))
    if screen.failed is not None:
        return Notice(Tone.WARNING, words(f"mat.failed.{screen.failed}"))
    bad = not pages.is_readable(page)
    if screen.page is None:
        return Notice(Tone.WARNING, words("mat.kept_bad")) if bad else Notice(Tone.GOOD, words("mat.kept"))
    if pages.is_good(page):
        return Notice(Tone.GOOD, words("mat.verdict.ok"))
    if screen.warned:
        return Notice(Tone.BAD, words("mat.warned"))
    worst = page.verdicts[0]
    return Notice(Tone.WARNING, words(f"mat.verdict.{worst}" if worst in VERDICTS else "mat.verdict.other"))


def _actions(words: Words, screen: PageReview, visit: Visit, material: Material) -> tuple[Action, tuple[Action, ...]]:
    """The primary action and the choices: a bad page is to be mended, a good one to be kept."""
    page, count = pages.on_review(screen, visit.draft), len(material_draft(visit.draft, screen.code).pages)
    retake = Action("retake", words("mat.retake"), Retake())
    rotate = Action("rotate", words("mat.rotate"), RotatePage())
    back = Action("take_back", words("mat.take_back"), TakeBack())
    room = not screen.back and max(count, screen.at + 1) < material.max_pages
    add = (Action("add_page", words("mat.add_page"), AddPage()),) if room else ()
    card = pages.may_take_back(screen, visit.draft, material)
    if screen.page is not None and not pages.is_good(page):
        keep = Action("keep", words("mat.keep_anyway"), Confirm())
        return (rotate, (retake, keep)) if pages.is_readable(page) else (retake, (keep, rotate))
    if screen.page is not None:
        keep = Action("keep", words("mat.keep"), Confirm())
        if card and material.sides == 2:
            return back, (keep, retake, rotate)
        return keep, (retake, rotate, *((back,) if card else ()), *add)
    return Action("keep", words("mat.back_to_list"), Confirm()), (
        retake,
        rotate,
        *((back,) if card else ()),
        *add,
        Action("delete", words("mat.delete"), RemovePage(screen.at)),
        *_order(words, screen.at, count),
    )


def _order(words: Words, at: int, count: int) -> tuple[Action, ...]:
    """To the neighbours, and before or after them: both are always there, so that no button wanders under a finger."""
    if count == 1:
        return ()
    first, last = at == 0, at == count - 1
    return (
        Action("previous_page", words("mat.previous_page"), TurnPage(-1), enabled=not first),
        Action("next_page", words("mat.next_page"), TurnPage(1), enabled=not last),
        Action("move_earlier", words("mat.move_earlier"), MovePage(at, -1), enabled=not first),
        Action("move_later", words("mat.move_later"), MovePage(at, 1), enabled=not last),
    )
