"""Views of the checklist and of every way to give a material."""

from __future__ import annotations

from kiosk.catalogue import Material, MetBy
from kiosk.identity import mask_name, mask_number
from kiosk.visit.draft import MaterialDraft, Page
from kiosk.visit.events import AddPage, Choose, Confirm, Device, RemovePage, Retake, Shoot, TurnPage
from kiosk.visit.house import House
from kiosk.visit.moves import material_draft
from kiosk.visit.path import MaterialState, facts, material_state, may_come_later, open_material
from kiosk.visit.showing.frame import Words, chrome, device_notice, paged, show, spoken
from kiosk.visit.states import (
    Capture,
    Checklist,
    MaterialWay,
    PageReview,
    Promise,
    SocialCard,
    SocialCardConfirmed,
    Visit,
)
from kiosk.visit.steps.materials import DEVICE_PROBLEM, is_good, ways
from kiosk.visit.views import (
    Action,
    CaptureView,
    CardPicture,
    CardView,
    ChecklistView,
    ConsentView,
    FactsView,
    ListView,
    Notice,
    PageReviewView,
    Paragraph,
    Row,
    Section,
    Tag,
    Tone,
)

MATERIALS_A_PAGE = 6
_TONES = {
    MaterialState.OPEN: Tone.YOUR_TURN,
    MaterialState.WHEN_SIGNING: Tone.INFO,
    MaterialState.LATER: Tone.INFO,
    MaterialState.AT_DESK: Tone.WARNING,
}


@show.register
def _checklist(screen: Checklist, visit: Visit, house: House) -> ChecklistView:
    words = Words(visit, house)
    materials = words.application.materials_for(facts(visit.draft))
    rows, pager = paged(
        words, [_material_row(words, n, one) for n, one in enumerate(materials, start=1)], screen.page, MATERIALS_A_PAGE
    )
    todo = open_material(visit.draft, words.application)
    title, lead = words("mat.title"), words("mat.lead" if todo else "mat.lead_done")
    primary = Action("next", words("mat.next" if todo else "nav.next"), Confirm())
    asked = {material.by for material in materials}
    devices = [Device.DOCUMENT_CAMERA] if asked & {MetBy.CAMERA, MetBy.SOCIAL_CARD} else []
    devices += [Device.SMART_CARD] if MetBy.SOCIAL_CARD in asked else []
    return ChecklistView(
        name="checklist",
        chrome=chrome(words, step=5, primary=primary, devices=tuple(devices)),
        title=title,
        spoken=spoken(title, lead, *(words.pair(row.title, row.tag.text) for row in rows if row.tag)),
        lead=lead,
        rows=rows,
        pager=pager,
    )


def _material_row(words: Words, number: int, material: Material) -> Row:
    draft = words.visit.draft
    state = material_state(draft, material)
    text = words(f"mat.state.{state}", n=len(material_draft(draft, material.code).pages))
    if state is MaterialState.OPEN and material.by is MetBy.SOCIAL_CARD:
        text = words("mat.state.open_card")
    elif state is MaterialState.OPEN and material.by is MetBy.PROMISE:
        text = words("mat.state.open_promise")
    detail = words.say(material.text) if material.by is MetBy.ORIGINAL_AT_DESK else ""
    if may_come_later(material):
        detail = words("mat.detail_later")
    tappable = material.by in (MetBy.CAMERA, MetBy.SOCIAL_CARD, MetBy.PROMISE)
    return Row(
        material.code,
        words.say(material.name),
        detail=detail,
        number=number,
        tag=Tag(_TONES.get(state, Tone.GOOD), text),
        event=Choose(material.code) if tappable else None,
    )


@show.register
def _material_way(screen: MaterialWay, visit: Visit, house: House) -> ListView:
    words = Words(visit, house)
    material = words.application.material(screen.code)
    rows = tuple(
        Row(way, words(f"mat.way_{way}"), detail=words(f"mat.way_{way}_detail"), event=Choose(way))
        for way in ways(material, visit)
    )
    title = words("mat.way_title", name=words.say(material.name))
    return ListView(
        name="material_way",
        chrome=chrome(words, step=5, devices=(Device.DOCUMENT_CAMERA,)),
        title=title,
        spoken=spoken(title, *(row.title for row in rows)),
        lead="",
        rows=rows,
    )


@show.register
def _promise(screen: Promise, visit: Visit, house: House) -> ConsentView:
    words = Words(visit, house)
    material = words.application.material(screen.code)
    name = words.say(material.name)
    text = words.say(material.text) or words("mat.promise_default", name=name)
    # One sentence a line: a promise is read slowly.
    text = text.replace("。", "。\n").replace("\n\n", "\n").strip()
    return ConsentView(
        name="promise",
        chrome=chrome(words, step=5, primary=Action("promise", words("mat.promise_agree"), Confirm())),
        title=words("mat.promise_title"),
        spoken=spoken(words("mat.promise_title"), text, words("consent.warning")),
        paragraphs=(Paragraph(name, text),),
        warning=words("consent.warning"),
    )


@show.register
def _capture(screen: Capture, visit: Visit, house: House) -> CaptureView:
    words = Words(visit, house)
    material = words.application.material(screen.code)
    works = visit.usable(Device.DOCUMENT_CAMERA)
    title = words("mat.capture_title", name=words.say(material.name))
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
        _material_row(words, number, one)
        for number, one in enumerate(words.application.materials_for(facts(visit.draft)), start=1)
        if one.by in (MetBy.CAMERA, MetBy.SOCIAL_CARD)
    ]
    return CaptureView(
        name="capture",
        chrome=chrome(words, step=5, primary=primary),
        title=title,
        spoken=spoken(title, words("mat.capture_page", i=screen.at + 1), *tips, problem.text if problem else ""),
        material=words.say(material.name),
        tips=tips,
        rows=tuple(Row(row.key, row.title, row.detail, number=row.number, tag=row.tag) for row in others),
        shooting=screen.shooting,
        problem=problem,
    )


@show.register
def _page_review(screen: PageReview, visit: Visit, house: House) -> PageReviewView:
    words = Words(visit, house)
    given = material_draft(visit.draft, screen.code)
    material = words.application.material(screen.code)
    if screen.page is not None:
        page, total = screen.page, max(len(given.pages), screen.at + 1)
        verdict = _verdict(words, page, warned=screen.warned)
    else:
        page, total = given.pages[screen.at], len(given.pages)
        verdict = Notice(Tone.GOOD, words("mat.verdict.kept"))
    primary, choices = _page_actions(words, screen, given, material)
    return PageReviewView(
        name="page_review",
        chrome=chrome(words, step=5, primary=primary),
        title=words("mat.review_title"),
        spoken=spoken(words("mat.review_title"), verdict.text, primary.text, *(choice.text for choice in choices)),
        jpeg=page.jpeg,
        verdict=verdict,
        pages_text=words("mat.page", i=screen.at + 1, n=total),
        choices=choices,
    )


def _verdict(words: Words, page: Page, *, warned: bool) -> Notice:
    if is_good(page):
        return Notice(Tone.GOOD, words("mat.verdict.ok"))
    if warned:
        return Notice(Tone.BAD, words("mat.verdict.warned"))
    key = f"mat.verdict.{page.verdicts[0]}"
    return Notice(Tone.WARNING, words(key if words.has(key) else "mat.verdict.other"))


def _page_actions(
    words: Words, screen: PageReview, given: MaterialDraft, material: Material
) -> tuple[Action, tuple[Action, ...]]:
    """The primary action and the choices: a bad page is to be retaken, a good one to be kept."""
    retake = Action("retake", words("mat.retake"), Retake())
    room = max(len(given.pages), screen.at + 1) < material.max_pages
    add = (Action("add_page", words("mat.add_page"), AddPage()),) if room else ()
    if screen.page is not None:
        if is_good(screen.page):
            return Action("keep", words("mat.keep"), Confirm()), (retake, *add)
        return retake, (Action("keep", words("mat.keep_anyway"), Confirm()),)
    choices = [retake, *add, Action("delete", words("mat.delete"), RemovePage(screen.at))]
    if screen.at > 0:
        choices.append(Action("previous_page", words("mat.previous_page"), TurnPage(-1)))
    if screen.at < len(given.pages) - 1:
        choices.append(Action("next_page", words("mat.next_page"), TurnPage(1)))
    return Action("keep", words("mat.back_to_list"), Confirm()), tuple(choices)


@show.register
def _social_card(screen: SocialCard, visit: Visit, house: House) -> CardView:
    words = Words(visit, house)
    camera = visit.usable(Device.DOCUMENT_CAMERA)
    problem = Notice(Tone.BAD, words(screen.problem)) if screen.problem else None
    other = (
        Action("photograph", words("social.photograph"), Choose("photograph"))
        if camera
        else Action("desk", words("social.desk"), Choose("desk"))
    )
    works = visit.usable(Device.SMART_CARD)
    if works:
        picture = CardPicture.FAILED if problem else CardPicture.INSERT
        title, lead = words("social.title"), words("social.lead")
    else:
        picture, title = CardPicture.FAILED, words("social.out_title")
        lead = words("social.out_lead" if camera else "social.out_desk")
    retry = works and screen.problem == DEVICE_PROBLEM
    primary = Action("retry", words("nav.retry"), Confirm()) if retry else None if works else other
    return CardView(
        name="social_card",
        chrome=chrome(words, step=5, primary=primary, more=(other,) if works else ()),
        title=title,
        spoken=spoken(title, problem.text if problem else "", lead),
        picture=picture,
        lead=lead,
        problem=problem,
    )


@show.register
def _social_card_confirmed(screen: SocialCardConfirmed, visit: Visit, house: House) -> FactsView:
    words = Words(visit, house)
    rows = (
        Row("name", words("card.name"), value=mask_name(screen.name)),
        Row("number", words("card.number"), value=mask_number(screen.id_number)),
        Row("card_number", words("social.card_number"), value=mask_number(screen.card_number)),
    )
    title = words("social.confirmed_title")
    return FactsView(
        name="social_card_confirmed",
        chrome=chrome(words, step=5, primary=Action("confirm", words("nav.yes_go_on"), Confirm())),
        title=title,
        spoken=spoken(title, words("card.confirmed_lead")),
        sections=(Section(words.say(words.application.material(screen.code).name), rows),),
        lead=words("card.confirmed_lead"),
    )
