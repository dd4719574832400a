"""The main journeys, whole: the three items as a citizen goes through them. The gallery renders their views."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.visit.events import Event, PageJudged, SetLanguage
from kiosk.visit.house import House
from kiosk.visit.states import Visit
from kiosk.visit.views import View
from tests.flows.citizen import Citizen, page

Journey = Callable[[Citizen, str], Citizen]


def identified(citizen: Citizen, item: str, person: str, region: str = "640221") -> Citizen:
    """From the attract screen to the confirmed card."""
    citizen.starts().applies_in(region).picks(item).agrees()
    return citizen.places_card(person).confirms_card()


def medical_care_to_checklist(citizen: Citizen, person: str) -> Citizen:
    """异地就医备案 as a posted worker with a residence permit, up to the empty checklist."""
    identified(citizen, "C001", person).answers(kind="posted", residence_proof="yes")
    citizen.sees("form_where").types(medical_address="示例大街8号").goes_on()
    citizen.sees("form_period").touches("employee").types(start_date="20261201").goes_on()
    return (
        citizen.chooses_delivery("ems_to_applicant")
        .leaves_phone()
        .reads_phone_back()
        .leaves_address()
        .sees("checklist")
    )


def medical_care(citizen: Citizen, person: str) -> Citizen:
    """异地就医备案 (full_online), every material given, up to done."""
    medical_care_to_checklist(citizen, person).goes_on().inserts_social_card(person)
    citizen.goes_on().sees("material_way").touches("camera").photographs(2)
    # One bad picture on the way: retaken.
    citizen.goes_on().sees("capture").goes_on().happens(PageJudged(page(9, "glare"))).sees("page_review").goes_on()
    citizen.photographs().goes_on().sees("review").goes_on()
    return citizen.signs().submits().takes_slip()


def social_security_card(citizen: Citizen, person: str) -> Citizen:
    """社会保障卡补换 (collect_and_forward), a damaged card, up to done."""
    identified(citizen, "C003", person).answers(reason="damaged")
    citizen.sees("form_card").types(card_number="Z00000001").goes_on()
    citizen.chooses_delivery("pickup_at_desk").leaves_phone().reads_phone_back().leaves_address().sees("checklist")
    citizen.goes_on().sees("review").goes_on()
    return citizen.signs().submits().takes_slip()


def pension_transfer(citizen: Citizen, person: str) -> Citizen:
    """养老保险关系转移 (multi_site_A), the certificate to come later, up to done."""
    identified(citizen, "C004", person).answers(kind="enterprise", certificate="yes")
    citizen.sees("form_places").picks_field_region("from_region", "150785").goes_on()
    citizen.sees("form_period").types(first_month="201501", last_month="202012").goes_on()
    citizen.chooses_delivery("electronic").leaves_phone().reads_phone_back()
    citizen.goes_on().sees("material_way").touches("later").sees("checklist").goes_on()
    citizen.sees("review").goes_on()
    return citizen.signs().submits().takes_slip()


JOURNEYS: dict[str, Journey] = {
    "C001": medical_care,
    "C003": social_security_card,
    "C004": pension_transfer,
}


def walk_main_path(house: House, language: str = "zh_CN") -> list[View]:
    """Every view of the three journeys, each once, in the order in which it is first seen, in one language."""
    found: list[View] = []
    for journey in JOURNEYS.values():
        citizen = Citizen(house).happens(SetLanguage(language))
        citizen.views.clear()
        citizen.views.append(citizen.view)
        journey(citizen, "wang").touches("finish").takes_card().is_gone()
        found += citizen.views[:-1]
    unique: list[View] = []
    for shown in found:
        if shown not in unique:
            unique.append(shown)
    return unique


def walk_visits(house: House) -> list[Visit]:
    """Every situation passed in the three journeys."""

    class Recorder(Citizen):
        def happens(self, *events: Event) -> Citizen:
            for event in events:
                super().happens(event)
                passed.append(self.visit)
            return self

    passed: list[Visit] = []
    for journey in JOURNEYS.values():
        journey(Recorder(house), "wang").touches("finish").takes_card().is_gone()
    return passed
