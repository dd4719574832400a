"""The way through an application: which stops it has, which are done, what is still open.

Everything follows from the draft and the catalogue, so a changed answer re-draws the way by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from kiosk.catalogue import Application, FieldSpec, FormPage, Material, MetBy, Necessity
from kiosk.forms import FieldKind, clean, problem
from kiosk.visit.draft import Draft, MaterialDraft
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, back, go, material_draft
from kiosk.visit.states import Checklist, ConfirmPhone, Delivery, Form, Review, Screen, Situation, Visit

AT_DESK = "pickup_at_desk"
"""The way of delivery by which the applicant collects the result: at the desk here, or at another place's (R111)."""


def application_of(draft: Draft, house: House) -> Application:
    """What the draft's item asks (KeyError when the item cannot be submitted here: a defect of ours)."""
    return house.catalogue.applications[draft.item_id]


def facts(draft: Draft) -> Mapping[str, str]:
    """What conditions may ask about."""
    return {**draft.situation, "delivery": draft.delivery, "mode": draft.mode}


def stops(draft: Draft, application: Application) -> tuple[Screen, ...]:
    """All stops between the card and the signature, in order."""
    known = facts(draft)
    contact: list[Screen] = []
    for page in application.contact_pages_for(known):
        contact.append(Form(page.key))
        if any(field.kind is FieldKind.PHONE for field in page.fields):
            contact.append(ConfirmPhone())
    return (
        *(Situation(question.key) for question in application.questions_for(known)),
        *(Form(page.key) for page in application.pages_for(known)),
        Delivery(),
        *contact,
        Checklist(),
        Review(),
    )


def fields_of(draft: Draft, page: FormPage) -> tuple[FieldSpec, ...]:
    """The fields of a page that count in this situation."""
    known = facts(draft)
    return tuple(field for field in page.fields if field.when.holds(known))


def field_problem(draft: Draft, field: FieldSpec) -> str:
    """What is wrong with the field's value: a key of the strings catalogue, or ""."""
    earliest = draft.answers.get(field.not_before, "") if field.not_before else ""
    return problem(
        field.kind,
        draft.answers.get(field.key, ""),
        required=field.required,
        max_length=field.max_length,
        options=tuple(option.key for option in field.options),
        not_before=clean(field.kind, earliest),
    )


def cleaned(draft: Draft, page: FormPage) -> Mapping[str, str]:
    """The answers with this page's values in the form in which they are kept."""
    tidy = {
        field.key: clean(field.kind, draft.answers[field.key])
        for field in fields_of(draft, page)
        if field.key in draft.answers
    }
    return MappingProxyType({**draft.answers, **tidy})


def prefilled(draft: Draft, application: Application, house: House) -> Mapping[str, str]:
    """The answers, with what card and places already say filled in where the citizen has not answered."""
    region, address = house.catalogue.regions.split(draft.applicant.address if draft.applicant else "")
    known = {
        "address": address,
        "address_region": region,
        "handling_region": draft.handling_region,
        "receiving_region": house.terminal.receiving_region,
    }
    answers = dict(draft.answers)
    for page in (*application.pages, *application.contact_pages):
        for field in page.fields:
            value = known.get(field.prefill, "")
            if value and not answers.get(field.key):
                answers[field.key] = value[: field.max_length]
            elif field.kind is FieldKind.CHOICE and page in application.contact_pages:
                answers.setdefault(field.key, field.options[0].key)
    return MappingProxyType(answers)


class MaterialState(StrEnum):
    """Where a material stands; the checklist shows it as a tag."""

    OPEN = "open"
    PHOTOGRAPHED = "photographed"
    FROM_CARD = "from_card"
    FROM_SOCIAL_CARD = "from_social_card"
    FROM_FORM = "from_form"
    WHEN_SIGNING = "when_signing"
    PROMISED = "promised"
    LATER = "later"
    AT_DESK = "at_desk"
    SHARED = "shared"


_BY_ITSELF = {
    MetBy.CARD: MaterialState.FROM_CARD,
    MetBy.FORM: MaterialState.FROM_FORM,
    MetBy.SIGNATURE: MaterialState.WHEN_SIGNING,
    MetBy.ORIGINAL_AT_DESK: MaterialState.AT_DESK,
}
_BY_ACT = {
    "social_card": MaterialState.FROM_SOCIAL_CARD,
    "promise": MaterialState.PROMISED,
    "later": MaterialState.LATER,
    "original_at_desk": MaterialState.AT_DESK,
    "shared": MaterialState.SHARED,
}


def material_state(draft: Draft, material: Material) -> MaterialState:
    """Where `material` stands."""
    if material.by in _BY_ITSELF:
        return _BY_ITSELF[material.by]
    given = material_draft(draft, material.code)
    if given.pages:
        return MaterialState.PHOTOGRAPHED
    return _BY_ACT.get(given.met_by, MaterialState.OPEN)


def open_material(draft: Draft, application: Application) -> Material | None:
    """The next material that still asks for something."""
    return next(
        (
            material
            for material in application.materials_for(facts(draft))
            if material_state(draft, material) is MaterialState.OPEN
        ),
        None,
    )


def licences_to_ask(visit: Visit, house: House) -> tuple[str, ...]:
    """Codes of the open materials whose e-licence the centre may be asked for now (R050); none once it has answered."""
    draft = visit.draft
    item = house.catalogue.item(draft.item_id)
    if item is None or draft.licences_asked or not (house.terminal.licences and visit.online):
        return ()
    listed = {one.code for one in item.materials if one.licence_type}
    return tuple(
        material.code
        for material in application_of(draft, house).materials_for(facts(draft))
        if material.code in listed and material_state(draft, material) is MaterialState.OPEN
    )


def may_come_later(material: Material) -> bool:
    """可容缺 (R162)."""
    return material.necessity is Necessity.TOLERABLE


def is_complete(stop: Screen, visit: Visit, application: Application) -> bool:
    """Whether nothing is left to do at `stop`."""
    draft = visit.draft
    match stop:
        case Situation(key):
            return draft.situation.get(key) in {option.key for option in application.question(key).options}
        case Form(key):
            return not any(field_problem(draft, field) for field in fields_of(draft, application.page(key)))
        case Delivery():
            return draft.delivery in application.deliveries
        case ConfirmPhone():
            return bool(visit.confirmed_phone) and visit.confirmed_phone == draft.answers.get("phone")
        case Checklist():
            return open_material(draft, application) is None
    return True


def first_gap(visit: Visit, application: Application) -> Screen | None:
    """The first stop that is not complete."""
    return next(
        (stop for stop in stops(visit.draft, application) if not is_complete(stop, visit, application)),
        None,
    )


def _same(one: Screen, other: Screen) -> bool:
    return type(one) is type(other) and getattr(one, "key", "") == getattr(other, "key", "")


def advance(visit: Visit, house: House) -> Turn:
    """On from a finished stop: to the next one, or, when changing from the review, to what is open, else to the review."""
    application = application_of(visit.draft, house)
    changing = next((index for index, screen in enumerate(visit.trail) if isinstance(screen, Review)), None)
    if changing is not None:
        gap = first_gap(visit, application)
        if gap is None or _same(gap, visit.screen):
            return replace(visit, screen=visit.trail[changing], trail=visit.trail[:changing]), ()
        return go(visit, gap)
    way = stops(visit.draft, application)
    here = next((index for index, stop in enumerate(way) if _same(stop, visit.screen)), -1)
    return go(visit, way[here + 1])


def back_on_the_way(visit: Visit, house: House) -> Turn:
    """One screen back, past questions and pages that a changed answer has taken off the way."""
    after, effects = back(visit)
    while after.trail and isinstance(after.screen, Situation | Form) and not _still_asked(after, house):
        after, effects = back(after)
    return after, effects


def _still_asked(visit: Visit, house: House) -> bool:
    way = stops(visit.draft, application_of(visit.draft, house))
    return any(_same(visit.screen, stop) for stop in way)


def pruned_situation(draft: Draft, application: Application) -> Draft:
    """The draft without answers to questions that are no longer asked."""
    situation: dict[str, str] = {}
    for question in application.questions:
        if question.key in draft.situation and question.when.holds(situation):
            situation[question.key] = draft.situation[question.key]
    return replace(draft, situation=MappingProxyType(situation))


def finished(draft: Draft, application: Application) -> Draft:
    """The draft as it is submitted: exactly the listed materials (R166), each with how it was met, and no stray answers."""
    known = facts(draft)
    pages = (*application.pages_for(known), *application.contact_pages_for(known))
    asked = {field.key for page in pages for field in fields_of(draft, page)} | {"social_card_number"}
    materials = []
    for material in application.materials_for(known):
        given = material_draft(draft, material.code)
        if material.by in _BY_ITSELF:
            given = MaterialDraft(material.code, met_by=str(material.by))
        materials.append(given)
    return replace(
        draft,
        answers=MappingProxyType({key: value for key, value in draft.answers.items() if key in asked and value}),
        materials=tuple(materials),
    )
