"""Going back loses nothing, and changing one answer asks for no more than that answer."""

from __future__ import annotations

import pytest

from kiosk.visit.effects import ReadIdCard
from kiosk.visit.events import Back
from kiosk.visit.states import Home
from tests.flows.citizen import Citizen
from tests.flows.house import house
from tests.flows.journeys import identified, medical_care_to_checklist, pension_transfer


def at_review() -> Citizen:
    citizen = medical_care_to_checklist(Citizen(house()), "wang").goes_on().inserts_social_card("wang")
    citizen.touches("RESID", "later").touches("WORK").photographs(2)
    return citizen.goes_on().sees("review")


def test_back_leads_from_the_review_to_home_and_keeps_everything() -> None:
    citizen = at_review()
    entered = citizen.draft
    for _ in range(60):
        if isinstance(citizen.screen, Home):
            break
        citizen.goes_back()
    assert isinstance(citizen.screen, Home)
    assert citizen.draft == entered


@pytest.mark.req("R048")
def test_going_forward_again_needs_no_second_reading_of_the_card() -> None:
    citizen = at_review()
    entered, readings = citizen.draft, citizen.count(ReadIdCard)
    while citizen.view.name != "consent":
        citizen.goes_back()
    citizen.goes_on().confirms_card()
    while citizen.view.name != "review":
        citizen.goes_on()
    assert citizen.draft == entered
    assert citizen.count(ReadIdCard) == readings


def test_back_on_the_first_screens_stays_there() -> None:
    Citizen(house()).happens(Back()).sees("attract").touches("start").happens(Back()).sees("home")


def test_back_inside_the_places_goes_up_one_level() -> None:
    citizen = Citizen(house()).starts().touches("apply").picks_region("640000").touches("640200")
    citizen.goes_back().reads("银川市").goes_back().reads("北京市").goes_back().sees("home")


def test_a_changed_phone_is_read_back_and_nothing_else_is_asked() -> None:
    citizen = at_review().touches("more", "change:form:phone").leaves_phone("19900000002")
    citizen.sees("confirm_phone").reads("199 0000 0002").goes_on().sees("review")
    assert citizen.draft.answers["phone"] == "19900000002"


def test_a_changed_situation_asks_for_its_own_material_and_drops_the_other() -> None:
    citizen = at_review().touches("change:situation:kind").touches("referral")
    # The referral needs a last day and its letter; the proof of residence and the contract do not count any more.
    citizen.sees("form_period").types(end_date="20261231").goes_on()
    citizen.sees("checklist").reads("转诊转院证明").reads_not("工作派出证明").goes_on().photographs()
    citizen.goes_on().sees("review").goes_on().signs().submits()
    given = {material.code: material.met_by or len(material.pages) for material in citizen.draft.materials}
    assert given == {"ID": "card", "CARD": "social_card", "FORM": "form", "REFER": 1, "SIGN": "signature"}
    assert citizen.draft.situation == {"kind": "referral"}


def test_another_handling_place_keeps_what_was_entered() -> None:
    citizen = at_review()
    answers = citizen.draft.answers
    citizen.touches("change:place").sees("place").touches("371621").sees("review").reads("惠民县")
    assert citizen.draft.answers == answers
    assert citizen.draft.handling_region == "371621"


def test_a_prefilled_handling_place_follows_the_change() -> None:
    citizen = identified(Citizen(house()), "C004", "wang").answers(kind="enterprise", certificate="no")
    citizen.reads("平罗县")
    while citizen.view.name != "place":
        citizen.goes_back()
    citizen.goes_back().goes_back()  # up to the provinces
    citizen.touches("140823").picks("C004").agrees().confirms_card().goes_on().goes_on().sees("form_places")
    citizen.reads("闻喜县")


def test_the_same_item_again_keeps_the_answers_and_another_item_keeps_only_the_person() -> None:
    citizen = at_review()
    answers = citizen.draft.answers
    while citizen.view.name != "service_list":
        citizen.goes_back()
    citizen.picks("C001").agrees()
    assert citizen.draft.answers == answers
    person = citizen.draft.applicant
    citizen.goes_back().goes_back().goes_back().picks("C003").agrees().sees("card_confirmed")
    assert citizen.draft.applicant == person
    assert not citizen.draft.answers
    assert not citizen.draft.materials


def test_another_matter_keeps_the_person_but_asks_for_consent_again() -> None:
    citizen = pension_transfer(Citizen(house()), "wang").touches("another").sees("home")
    assert citizen.draft.applicant is not None
    assert not citizen.draft.consented
    citizen.touches("C003").sees("guide").goes_on().sees("place").touches("640221").sees("consent").goes_on()
    citizen.confirms_card().sees("situation")


def test_another_persons_card_does_not_inherit_the_first_persons_answers() -> None:
    citizen = at_review()
    while citizen.view.name != "consent":
        citizen.goes_back()
    citizen.goes_on().touches("another_card").places_card("zhao").confirms_card().sees("situation")
    assert citizen.draft.applicant is not None
    assert not citizen.draft.situation
    assert "phone" not in citizen.draft.answers
    assert not citizen.draft.materials


def test_back_does_not_lead_to_a_question_that_is_no_longer_asked() -> None:
    citizen = at_review().touches("change:situation:kind").touches("temporary").types(end_date="20261231")
    citizen.goes_on().sees("review")
    seen = []
    while citizen.view.name != "card_confirmed":
        seen.append(citizen.view.title)
        citizen.goes_back()
    assert "您为什么去外地看病？" in seen
    assert "您有居住证明吗？" not in seen


def test_a_review_with_something_missing_says_so_and_leads_there() -> None:
    citizen = at_review().touches("change:situation:kind").touches("referral").sees("form_period")
    citizen.goes_back().goes_back().sees("review").reads("还有没填完的").goes_on().sees("form_period")
    citizen.types(end_date="20261231").goes_on().sees("checklist").goes_on().photographs().goes_on()
    citizen.sees("review").reads_not("还有没填完的")
