"""The photographed pages of an application: where each one is, and what becomes of it after the camera.

Work on a page (reading, turning, joining) ends some time after it was asked for. It counts only where it still fits:
the page may have been moved, dropped or sent meanwhile, and what the citizen kept is never lost by it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk.catalogue import Material
from kiosk.findings import Expectation, Finding, FindingCode
from kiosk.visit.draft import Draft, MaterialDraft, Page
from kiosk.visit.effects import ReadPage
from kiosk.visit.house import House
from kiosk.visit.moves import edit, material_draft, with_beneath, with_material
from kiosk.visit.path import application_of, facts
from kiosk.visit.states import Capture, Done, PageReview, SendFailed, Sending, Visit, Work

CARD = "id_1"
"""`Page.paper` of a card (`kiosk.materials.pages.PaperFormat`)."""
OK = "ok"
UPSIDE_DOWN = "upside_down"
"""The one verdict that is mended by turning the page: nobody is warned of it, for whoever reads it can turn it too."""


def is_good(page: Page) -> bool:
    """Whether nothing is wrong with a page."""
    return set(page.verdicts) <= {OK}


def is_readable(page: Page) -> bool:
    """Whether a page was judged readable, upright or not; else the citizen is warned once before it is kept."""
    return set(page.verdicts) <= {OK, UPSIDE_DOWN}


def on_review(screen: PageReview, draft: Draft) -> Page:
    """The page that is looked at: a new one, else a kept one."""
    return screen.page if screen.page is not None else material_draft(draft, screen.code).pages[screen.at]


def is_to_be_read(screen: PageReview, draft: Draft) -> bool:
    """Whether the page that is looked at should be read: there is one in the picture, and it was not read.

    A card's back is read with its front, once they are joined: alone it bears no name.
    """
    page = on_review(screen, draft)
    return page.findings is None and "no_page" not in page.verdicts and not screen.back


def others(screen: PageReview, draft: Draft) -> tuple[Page, ...]:
    """The kept pages of the material besides the one that is looked at or is to be replaced by it."""
    pages = material_draft(draft, screen.code).pages
    return pages if screen.back else pages[: screen.at] + pages[screen.at + 1 :]


def earlier(screen: Capture, draft: Draft, house: House) -> tuple[Page, ...]:
    """All pages that are kept in this application, except the one that is taken anew."""
    asked = {material.code for material in application_of(draft, house).materials_for(facts(draft))}
    replaced = None if screen.back else (screen.code, screen.at)
    return tuple(
        page
        for given in draft.materials
        if given.code in asked
        for index, page in enumerate(given.pages)
        if (given.code, index) != replaced
    )


def may_take_back(screen: PageReview, draft: Draft, material: Material) -> bool:
    """Whether the page is one side of a card, with room for the other: until they are joined, both count."""
    page, pages = on_review(screen, draft), material_draft(draft, screen.code).pages
    kept = len(pages) if screen.page is None else max(len(pages), screen.at + 1)
    return page.paper == CARD and page.sides == 1 and not screen.back and kept < material.max_pages


# --- what the citizen does with pages ----------------------------------------------------------------------------


def keep(draft: Draft, screen: PageReview) -> Draft:
    """The draft with the new page under review: in place of the one it was taken for, or, a back, after its front."""
    if screen.page is None:
        return draft
    pages = material_draft(draft, screen.code).pages
    rest = pages[screen.at :] if screen.back else pages[screen.at + 1 :]
    return with_material(draft, MaterialDraft(screen.code, (*pages[: screen.at], screen.page, *rest)))


def remove(draft: Draft, code: str, index: int) -> Draft:
    """The draft without a page; IndexError when there is none."""
    given = material_draft(draft, code)
    pages = list(given.pages)
    del pages[index]
    return with_material(draft, replace(given, pages=tuple(pages)))


def move(draft: Draft, code: str, index: int, to: int) -> Draft:
    """The draft with the pages `index` and `to` in each other's place."""
    given = material_draft(draft, code)
    pages = list(given.pages)
    pages[index], pages[to] = pages[to], pages[index]
    return with_material(draft, replace(given, pages=tuple(pages)))


# --- what ends later ---------------------------------------------------------------------------------------------


def turned(page: Page, picture: Page) -> Page:
    """`page` with the turned picture: a verdict that it lies wrongly, and a finding that it was turned, are over."""
    verdicts = tuple(code for code in page.verdicts if code != UPSIDE_DOWN)
    return replace(
        page,
        jpeg=picture.jpeg,
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        dpi=picture.dpi,
        fingerprint=picture.fingerprint,
        verdicts=verdicts or (OK,),
        findings=_without_turn(page),
    )


def join(draft: Draft, code: str, at: int, sheet: Page) -> Draft:
    """The draft with one sheet in the place of page `at` and the next one. What was said of either side goes with it."""
    given = material_draft(draft, code)
    sides = given.pages[at : at + 2]
    verdicts = tuple(dict.fromkeys(verdict for side in sides for verdict in side.verdicts if verdict != OK))
    sheet = replace(sheet, verdicts=verdicts or (OK,), sides=2, findings=None)
    return with_material(draft, replace(given, pages=(*given.pages[:at], sheet, *given.pages[at + 2 :])))


def read(visit: Visit, sha256: str, page: Page) -> Visit:
    """The visit after the page `sha256` was read: it may be under review, kept in any material, or gone.

    What is being sent stays as the citizen signed it.
    """
    screen = visit.beneath
    if isinstance(screen, Sending | SendFailed | Done):
        return visit
    working = ""
    if isinstance(screen, PageReview):
        shown = on_review(screen, visit.draft)
        working = shown.sha256 if screen.work is Work.TURN else ""
        if shown.sha256 == sha256:
            new = replace(screen, unread=page.findings is None)
            if screen.page is not None:
                new = replace(new, page=_read(screen.page, page, working=bool(working)))
            visit = with_beneath(visit, new)
    materials = tuple(
        replace(
            given,
            pages=tuple(
                _read(each, page, working=working == sha256) if each.sha256 == sha256 else each for each in given.pages
            ),
        )
        for given in visit.draft.materials
    )
    return visit if materials == visit.draft.materials else edit(visit, materials=materials)


def _read(before: Page, page: Page, *, working: bool) -> Page:
    """`before` with what was read on it, and turned as the reader found it, unless the citizen just turns it."""
    if page.findings is None:
        return before
    if page.sha256 == before.sha256:
        return replace(before, findings=page.findings)
    if working:
        return replace(before, findings=_without_turn(page))
    return replace(turned(before, page), findings=page.findings)


def _without_turn(page: Page) -> tuple[Finding, ...] | None:
    if page.findings is None:
        return None
    return tuple(finding for finding in page.findings if finding.code is not FindingCode.TURNED)


def to_read(visit: Visit, house: House) -> ReadPage | None:
    """The reading that the page under review asks for."""
    screen = visit.beneath
    if not isinstance(screen, PageReview) or not is_to_be_read(screen, visit.draft):
        return None
    kinds = application_of(visit.draft, house).material(screen.code).kinds
    applicant = visit.draft.applicant
    return ReadPage(
        on_review(screen, visit.draft),
        Expectation(
            kinds=kinds,
            name=(applicant.name or applicant.english_name) if applicant else "",
            id_number=applicant.id_number if applicant else "",
            today=date.fromisoformat(house.today) if house.clock_right else None,
        ),
    )
