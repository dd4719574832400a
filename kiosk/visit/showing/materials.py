"""Views of the checklist and of every way to give a material; its pages are in `pages.py`."""

from __future__ import annotations

from kiosk.catalogue import Material, MetBy
from kiosk.identity import mask_name, mask_number
from kiosk.visit.events import Choose, Confirm, Device
from kiosk.visit.house import House
from kiosk.visit.moves import material_draft
from kiosk.visit.path import (
    MaterialState,
    facts,
    licences_to_ask,
    material_state,
    may_come_later,
    open_material,
)
from kiosk.visit.showing.frame import Words, chrome, paged, show, spoken
from kiosk.visit.showing.hints import doubts
from kiosk.visit.states import Checklist, MaterialWay, Promise, SocialCard, SocialCardConfirmed, Visit
from kiosk.visit.steps.materials import DEVICE_PROBLEM, ways
from kiosk.visit.views import (
    Action,
    CardPicture,
    CardView,
    ChecklistView,
    ConsentView,
    FactsView,
    ListView,
    Notice,
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
        words, [material_row(words, n, one) for n, one in enumerate(materials, start=1)], screen.page, MATERIALS_A_PAGE
    )
    todo = open_material(visit.draft, words.application)
    title, lead = words("mat.title"), words("mat.lead" if todo else "mat.lead_done")
    primary = Action("next", words("mat.next" if todo else "nav.next"), Confirm())
    asked = {material.by for material in materials}
    devices = [Device.DOCUMENT_CAMERA] if asked & {MetBy.CAMERA, MetBy.SOCIAL_CARD} else []
    devices += [Device.SMART_CARD] if MetBy.SOCIAL_CARD in asked else []
    offer = Action("licences", words("mat.licences_offer"), Choose("licences"))
    note = Notice(Tone.INFO, words(screen.note)) if screen.note else None
    return ChecklistView(
        name="checklist",
        chrome=chrome(
            words,
            step=5,
            primary=primary,
            more=(offer,) if licences_to_ask(visit, house) else (),
            devices=tuple(devices),
            notice=note,
        ),
        title=title,
        spoken=spoken(
            title, note.text if note else "", lead, *(words.pair(row.title, row.tag.text) for row in rows if row.tag)
        ),
        lead=lead,
        rows=rows,
        pager=pager,
    )


def material_row(words: Words, number: int, material: Material) -> Row:
    """A material's line of the checklist: what it is, and where it stands."""
    draft = words.visit.draft
    state = material_state(draft, material)
    pages = material_draft(draft, material.code).pages
    text = words(f"mat.state.{state}", n=len(pages))
    if state is MaterialState.OPEN and material.by is MetBy.SOCIAL_CARD:
        text = words("mat.state.open_card")
    elif state is MaterialState.OPEN and material.by is MetBy.PROMISE:
        text = words("mat.state.open_promise")
    detail = words.say(material.text) if material.by is MetBy.ORIGINAL_AT_DESK else ""
    if may_come_later(material):
        detail = words("mat.detail_later")
    if any(doubts(page, pages[:n] + pages[n + 1 :]) for n, page in enumerate(pages)):
        detail = words("mat.detail_look")
    tappable = material.by in (MetBy.CAMERA, MetBy.SOCIAL_CARD, MetBy.PROMISE)
    return Row(
        material.code,
        words.say(material.name),
        detail=detail,
        number=number,
        tag=Tag(_TONES.get(state, Tone.GOOD), text),
        event=Choose(material.code) if tappable else None,
    )


def look_at_samples(words: Words, code: str) -> tuple[Action, ...]:
    """The button to a material's sample pictures, where there are any."""
    here = words.house.samples(words.visit.draft.item_id, code)
    return (Action("sample", words("sample.look"), Choose("sample")),) if here else ()


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
