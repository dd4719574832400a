"""What can be checked at its source is not asked for as an original (R050): who may ask, what an answer changes, and that no
answer, or a bad one, leaves the work as it was.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from central.casework import licences, records
from central.casework.acts import Refused
from central.casework.licences import Answer
from central.casework.sourced import licence_checks, on_paper, verified
from central.casework.terms import Right
from central.catalogue.facts import MaterialFacts
from central.services.licence import Licence
from central.store.models import Grant, LicenceCheck
from kiosk.protocol.application import Mode
from kiosk.protocol.states import State
from tests.central.office import HERE, ITEM, START, THERE, OfficeRig

C_AND_F = Mode.COLLECT_AND_FORWARD
MARRIED = Licence("J150626-2020-000123", "平罗县民政局", date(2036, 1, 1), revoked=False, digest="ab" * 32)
FOUND = Answer("valid", MARRIED)
NOTHING = Answer("not_found")
AWAY = Answer("away")
REVOKED = Answer("revoked", replace(MARRIED, revoked=True))
MARR = MaterialFacts(
    "MARR", "结婚证", points=("编号清晰",), original_required=True, e_licence=True, licence_type="结婚证"
)


@pytest.fixture
def item_with_licence(office: OfficeRig) -> OfficeRig:
    """The same office; its item wants one original, which an e-licence can stand for."""
    office.item = replace(ITEM, materials=(MARR, *ITEM.materials))
    office.materials = {"MARR": "结婚证"}
    return office


def told(office: OfficeRig, login: str, number: str, answer: Answer, material: str = "MARR") -> LicenceCheck:
    with office.database.writing() as session:
        case = office.find(session, number)
        return licences.record(office.casework.office, session, case, office.people[login], material, answer)


def missing(office: OfficeRig, number: str, event: str = "collect") -> str:
    """What stands in the way of `event`, for the window."""
    with office.database.reading() as session:
        acts = office.casework.next_acts(session, office.find(session, number), office.people["desk"])
    return "".join(words.zh for act in acts if act.event == event for words in act.missing)


def standing(office: OfficeRig, number: str) -> tuple[bool, str, bool]:
    """Whether papers are needed, what the parcel does, whether C2 runs."""
    with office.database.reading() as session:
        case = office.find(session, number)
        return case.paper_needed, case.shipment, "C2" in office.clocks(number)


def withhold(office: OfficeRig) -> None:
    """The handling place keeps the right to examine originals to itself."""
    with office.database.writing() as session:
        session.add(
            Grant(
                grantor_region=THERE,
                grantee_region=HERE,
                right=Right.VERIFY_ORIGINAL,
                allowed=False,
                since=START - timedelta(days=1),
            )
        )


@pytest.mark.req("R050")
@pytest.mark.req("R096")
def test_a_licence_found_at_its_source_stands_for_the_original_and_its_picture(item_with_licence: OfficeRig) -> None:
    office = item_with_licence
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    assert "结婚证" in missing(office, number)
    told(office, "desk", number, FOUND)
    assert missing(office, number) == ""
    office.do("desk", number, "collect")
    line = next(line for line in office.lines(number) if line.event == "licence_check")
    assert line.detail == {"material": "MARR", "kind": "结婚证", "outcome": "valid"}
    assert line.user_id == office.people["desk"].user_id


@pytest.mark.req("R050")
@pytest.mark.parametrize("answer", [NOTHING, AWAY, REVOKED, Answer("expired", MARRIED), Answer("other_holder")])
def test_any_other_answer_leaves_the_work_as_it_was_and_is_written_down(
    item_with_licence: OfficeRig, answer: Answer
) -> None:
    office = item_with_licence
    number = office.case(C_AND_F, State.INTAKE_REVIEW, paper_needed=True)
    told(office, "desk", number, answer)
    assert "结婚证" in missing(office, number)
    assert standing(office, number)[0], "its original is still posted"
    assert office.lines(number)[-1].detail["outcome"] == answer.outcome
    with office.database.writing() as session:
        case = office.find(session, number)
        records.formal_check(office.casework.office, session, case, office.people["desk"], "MARR", -1, passed=True)
        records.original_seen(office.casework.office, session, case, office.people["desk"], "MARR")
    assert missing(office, number) == "", "by hand, as ever"


@pytest.mark.req("R140")
def test_the_handling_place_asks_from_afar_and_the_receiving_desk_only_with_the_right(
    item_with_licence: OfficeRig,
) -> None:
    office = item_with_licence
    number = office.case(C_AND_F, State.UNDER_REVIEW)
    withhold(office)
    for login in ("desk", "approver_here", "supervisor", "auditor", "desk_third", "dept_other_sector"):
        with pytest.raises(Refused) as why:
            told(office, login, number, FOUND)
        assert why.value.code == "not_yours", login
    assert not [line for line in office.lines(number) if line.event == "licence_check"]
    for login in ("desk_there", "dept_there"):
        told(office, login, number, FOUND)


@pytest.mark.parametrize("state", [State.COMPLETED, State.ARCHIVED, State.REJECTED, State.WITHDRAWN])
def test_nobody_is_looked_up_for_a_case_that_is_over(item_with_licence: OfficeRig, state: State) -> None:
    number = item_with_licence.case(C_AND_F, state)
    with pytest.raises(Refused):
        told(item_with_licence, "dept_there", number, FOUND)


def test_a_material_without_a_licence_of_the_applicant_is_not_asked_for(item_with_licence: OfficeRig) -> None:
    number = item_with_licence.case(C_AND_F, State.INTAKE_REVIEW)
    for material in ("HUKOU", "NOTHING"):
        with pytest.raises(Refused) as why:
            told(item_with_licence, "desk", number, FOUND, material)
        assert why.value.code == "no_licence"


@pytest.mark.req("R050")
def test_papers_are_posted_no_more_when_the_only_one_was_found_and_again_when_it_is_revoked(
    item_with_licence: OfficeRig,
) -> None:
    office = item_with_licence
    number = office.case(C_AND_F, State.INTAKE_REVIEW, paper_needed=True)
    told(office, "desk", number, NOTHING)
    with office.database.writing() as session:
        case = office.find(session, number)
        records.formal_check(office.casework.office, session, case, office.people["desk"], "MARR", -1, passed=True)
        records.original_seen(office.casework.office, session, case, office.people["desk"], "MARR")
    office.do("desk", number, "collect")
    assert standing(office, number) == (True, "to_send", True)
    told(office, "desk", number, FOUND)
    assert standing(office, number) == (False, "none", False)
    office.time += timedelta(days=3)
    told(office, "dept_there", number, REVOKED)
    assert standing(office, number) == (True, "to_send", True)
    assert office.clocks(number)["C2"].started_at == office.time, "counted from when it became known"
    with office.database.reading() as session:
        outcomes = [row.outcome for row in licence_checks(session, office.find(session, number))]
    assert outcomes == ["not_found", "valid", "revoked"], "what once held can still be read"


def test_papers_that_are_on_their_way_are_not_called_back(item_with_licence: OfficeRig) -> None:
    office = item_with_licence
    number = office.case(C_AND_F, State.IN_TRANSIT, paper_needed=True, shipment="sent", mailed_at=START)
    told(office, "dept_there", number, FOUND)
    assert standing(office, number)[:2] == (True, "sent")


def test_other_originals_are_posted_all_the_same(item_with_licence: OfficeRig) -> None:
    office = item_with_licence
    office.item = replace(
        office.item, materials=(*office.item.materials, MaterialFacts("DEED", "合同", original_required=True))
    )
    number = office.case(C_AND_F, State.INTAKE_REVIEW, paper_needed=True)
    told(office, "desk", number, FOUND)
    assert standing(office, number)[0]
    with office.database.reading() as session:
        left = on_paper(office.item, verified(session, office.find(session, number)))
    assert [one.code for one in left] == ["DEED"]


def test_a_silent_service_takes_nothing_back(item_with_licence: OfficeRig) -> None:
    number = item_with_licence.case(C_AND_F, State.INTAKE_REVIEW)
    told(item_with_licence, "desk", number, FOUND)
    told(item_with_licence, "desk", number, AWAY)
    assert missing(item_with_licence, number) == ""
    told(item_with_licence, "desk", number, REVOKED)
    assert "结婚证" in missing(item_with_licence, number)


def test_what_a_person_finds_wrong_afterwards_outweighs_the_source(item_with_licence: OfficeRig) -> None:
    office = item_with_licence
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    told(office, "desk", number, FOUND)
    office.time += timedelta(minutes=5)
    with office.database.writing() as session:
        case, who = office.find(session, number), office.people["desk"]
        records.formal_check(office.casework.office, session, case, who, "MARR", -1, False, "当事人已离婚")
    assert "结婚证" in missing(office, number)


def test_the_number_of_a_licence_is_kept_masked_and_sealed(item_with_licence: OfficeRig) -> None:
    office = item_with_licence
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    row: Any = told(office, "desk", number, FOUND)
    assert MARRIED.number not in row.number_masked
    assert row.number_masked.endswith("0123")
    assert MARRIED.number.encode() not in row.number_sealed
    with office.database.reading() as session:
        case = office.find(session, number)
        opened = office.casework.office.unseal(row.number_sealed, "licence_check.number_sealed", case)
    assert opened == MARRIED.number
    assert MARRIED.number not in str([line.detail for line in office.lines(number)])
