"""Every application of the catalogue can be completed, whatever the situation, with every way of delivery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from kiosk.catalogue import Application, MetBy
from kiosk.forms import FieldKind
from kiosk.visit.effects import SubmitApplication
from kiosk.visit.events import Enter, SocialCardRead
from kiosk.visit.path import facts, fields_of
from kiosk.visit.states import Form
from tests.flows.citizen import Citizen
from tests.flows.house import house
from tests.flows.people import applicant

VALUES = {
    FieldKind.TEXT: "示例",
    FieldKind.LATIN: "Z00000001",
    FieldKind.DIGITS: "6222000000000000000",
    FieldKind.PHONE: "19900000001",
    FieldKind.DATE: "20261201",
    FieldKind.MONTH: "202012",
}


def situations(application: Application, known: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Every way to answer the questions."""
    asked = next((question for question in application.questions_for(known) if question.key not in known), None)
    if asked is None:
        yield dict(known)
        return
    for option in asked.options:
        yield from situations(application, {**known, asked.key: option.key})


CASES = [
    (application.item_id, tuple(situation.values()), delivery)
    for application in house().catalogue.applications.values()
    for situation in situations(application, {})
    for delivery in application.deliveries
]


@pytest.mark.req("R004")
@pytest.mark.req("R012")
@pytest.mark.parametrize(("item", "situation", "delivery"), CASES)
def test_an_application_can_be_completed(item: str, situation: tuple[str, ...], delivery: str) -> None:
    citizen = Citizen(house()).starts().touches("apply").touches("640221")
    citizen.touches(item) if item in {"C001", "C003", "C004"} else citizen.picks(item)
    citizen.agrees().places_card("wang").confirms_card()
    answers = list(situation)
    for _ in range(60):
        match citizen.view.name:
            case "situation":
                citizen.touches(answers.pop(0))
            case "delivery":
                citizen.touches(delivery)
            case name if name.startswith("form_"):
                fill(citizen)
            case "confirm_phone" | "checklist" | "promise" | "review":
                citizen.goes_on()
            case "social_card":
                card = applicant("wang")
                citizen.happens(SocialCardRead(card.name, card.id_number, "Z00000001")).goes_on()
            case "material_way":
                citizen.touches("camera")
            case "capture":
                citizen.photographs()
            case "sign":
                citizen.signs().submits().takes_slip()
            case "done":
                break
            case name:
                raise AssertionError(f"unexpected screen {name}")
    citizen.sees("done")
    draft = citizen.last(SubmitApplication).draft
    application = house().catalogue.applications[item]
    assert [given.code for given in draft.materials] == [one.code for one in application.materials_for(facts(draft))]
    for given in draft.materials:
        photographed = application.material(given.code).by is MetBy.CAMERA
        assert bool(given.pages) is photographed
        assert bool(given.met_by) is not photographed
    assert draft.catalogue_version == house().catalogue.version


def fill(citizen: Citizen) -> None:
    """Fill in the form page on the screen."""
    assert isinstance(citizen.screen, Form)
    page = house().catalogue.applications[citizen.draft.item_id].page(citizen.screen.key)
    for field in fields_of(citizen.draft, page):
        if field.kind is FieldKind.REGION:
            if not citizen.draft.answers.get(field.key):
                citizen.picks_field_region(field.key, "150785")
        elif field.kind is FieldKind.CHOICE:
            citizen.touches(field.options[0].key)
        else:
            citizen.happens(Enter(field.key, VALUES[field.kind]))
    citizen.goes_on()
