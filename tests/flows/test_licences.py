"""What the centre can obtain itself is not photographed (R050): only when the citizen agrees, and refusing, an answer of no or
none at all leave everything as it was.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.visit.effects import AskLicences, SubmitApplication
from kiosk.visit.events import Event, LicencesFailed, LicencesFound, NetworkChanged, TimerFired
from tests.flows.citizen import Citizen, touchable
from tests.flows.house import TERMINAL, house
from tests.flows.journeys import identified, medical_care_to_checklist


def at_checklist(*, connected: bool = True) -> Citizen:
    """异地就医备案 at the empty checklist; the social security card is the one material with an e-licence."""
    terminal = replace(TERMINAL, licences=connected)
    return medical_care_to_checklist(Citizen(replace(house(), terminal=terminal)), "wang")


@pytest.mark.req("R050")
def test_what_was_found_is_ticked_and_goes_to_the_centre_as_shared() -> None:
    citizen = at_checklist().touches("licences").sees("licences").reads("社会保障卡", "不影响办理")
    assert not citizen.count(AskLicences), "nobody is asked about before they agree"
    citizen.goes_on().sees("licences_asking")
    asked = citizen.last(AskLicences)
    assert asked.codes == ("CARD",)
    assert asked.draft.applicant == citizen.draft.applicant
    citizen.happens(LicencesFound(("CARD",))).sees("checklist").reads("已从系统取得，不用拍")
    assert "licences" not in touchable(citizen.view)
    citizen.goes_on().sees("material_way").touches("camera").photographs()
    citizen.goes_on().photographs().goes_on().sees("review").goes_on().signs().submits()
    given = {one.code: one.met_by for one in citizen.last(SubmitApplication).draft.materials}
    assert given["CARD"] == "shared"


@pytest.mark.req("R050")
def test_refusing_asks_nobody_and_changes_nothing() -> None:
    citizen = at_checklist()
    before = citizen.draft
    citizen.touches("licences").goes_back().sees("checklist")
    assert citizen.draft == before
    assert not citizen.count(AskLicences)
    citizen.goes_on().sees("social_card")


@pytest.mark.parametrize("event", [LicencesFailed(), TimerFired("progress")])
def test_a_centre_that_does_not_answer_costs_nothing_and_may_be_asked_again(event: Event) -> None:
    citizen = at_checklist()
    before = citizen.draft
    citizen.touches("licences").goes_on().happens(event).sees("checklist").reads("现在查不了")
    assert citizen.draft == before
    citizen.happens(LicencesFound(("CARD",)))
    assert citizen.draft == before, "an answer that comes too late ticks nothing behind somebody's back"
    citizen.touches("licences").goes_on().sees("licences_asking")


def test_nothing_found_is_said_once_and_not_asked_again() -> None:
    citizen = at_checklist().touches("licences").goes_on().happens(LicencesFound(())).sees("checklist")
    citizen.reads("没有查到").goes_on().sees("social_card").goes_back().sees("checklist").reads_not("没有查到")
    assert "licences" not in touchable(citizen.view)


def test_what_is_asked_for_stays_said_when_the_network_fails_meanwhile() -> None:
    citizen = at_checklist().touches("licences").happens(NetworkChanged(False)).reads("社会保障卡")
    citizen.goes_on().happens(LicencesFailed()).sees("checklist").reads("现在查不了")


def test_only_what_was_asked_about_is_ticked() -> None:
    citizen = at_checklist().touches("licences").goes_on().happens(LicencesFound(("RESID", "NOTHING")))
    assert not citizen.draft.materials


def test_what_was_found_may_be_photographed_all_the_same() -> None:
    citizen = at_checklist().touches("licences").goes_on().happens(LicencesFound(("CARD",)))
    citizen.touches("CARD").sees("social_card").touches("photograph").photographs()
    (given,) = citizen.draft.materials
    assert given.pages
    assert not given.met_by


def test_it_is_offered_only_where_the_centre_can_be_asked() -> None:
    assert "licences" not in touchable(at_checklist(connected=False).view)
    citizen = at_checklist()
    assert "licences" in touchable(citizen.view)
    citizen.happens(NetworkChanged(online=False))
    assert "licences" not in touchable(citizen.view)
    without = Citizen(replace(house(), terminal=replace(TERMINAL, licences=True)))
    identified(without, "C003", "wang").answers(reason="damaged")
    without.sees("form_card").types(card_number="Z00000001").goes_on()
    without.chooses_delivery("pickup_at_desk").leaves_phone().reads_phone_back().leaves_address().sees("checklist")
    assert "licences" not in touchable(without.view), "nothing on this list has an e-licence"
