"""What applicants were spared: materials, trips, days and postage, counted by the rules that stand beside the numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from central.casework import spared, trust
from central.ledger import monthly, public, saved
from central.ledger.monthly import ItemGuide, Line
from central.store.models import Case, Shipment
from kiosk.protocol.application import Material, Page
from tests.central.casefolk import case_of, do, hand_in, open_desk, page_picture
from tests.central.desk import HANDLING, RECEIVING, people, sign_in
from tests.central.rig import RunningCentre, ref
from tests.central.services_rig import application, stored, who

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def test_materials_met_by_other_means_than_the_applicants_papers_are_spared() -> None:
    ways = ("shared", "later", "promise", "pages", "card", "form", "original_at_desk")
    materials = [Material(code=way, name=way, met_by=way) for way in ways]
    assert spared.among(materials) == {"shared", "later", "promise"}


def test_who_must_come_in_person_anyhow_saves_only_the_trip_for_the_result() -> None:
    line = Line("C1", "事项", "full_online", trips_to_hand_in=3, trips_for_result=2)
    assert (line.trips_saved(onsite=False), line.trips_saved(onsite=True)) == (5, 2)


CASES: tuple[tuple[dict[str, Any], int, int], ...] = (
    # What the case is, trips to hand in, trips for the result.
    ({"delivery": "electronic"}, 1, 1),
    ({"delivery": "ems_to_applicant"}, 1, 1),
    ({"delivery": "pickup_at_desk"}, 1, 1),
    ({"delivery": "pickup_at_desk", "pickup_code": HANDLING, "pickup_name": "平罗"}, 1, 0),
    ({"delivery": "pickup_at_desk", "receiving_code": HANDLING}, 0, 0),
    ({"delivery": "electronic", "receiving_code": HANDLING}, 0, 1),
)


@pytest.mark.req("R138")
def test_the_month_and_the_public_figures_count_what_was_spared(centre: RunningCentre) -> None:
    people(centre.parts)
    keys = centre.parts.keys
    done = {"collected_at": NOW - DAY, "decided_at": NOW, "delivered_at": NOW, "state": "COMPLETED"}
    with centre.parts.database.writing() as session:
        for number, (columns, _, _) in enumerate(CASES):
            early = {"promise_due_at": NOW + 3 * DAY, "materials_saved": number % 2}
            stored(session, keys, application(), **{**done, **early, "received_at": NOW - 2 * DAY, **columns})
        earlier = {"collected_at": NOW - 60 * DAY, "delivered_at": NOW - 60 * DAY, "decided_at": NOW - 60 * DAY}
        stored(session, keys, application(), **{**done, **earlier, "materials_saved": 9, "received_at": NOW - 61 * DAY})
        case = session.scalars(select(Case).order_by(Case.seq)).first()
        unit = who(session, f"hall.{HANDLING}").unit_id
        assert case is not None
        for payer, sent_at in (("sending_department", NOW), ("not_the_applicant", NOW), ("applicant", NOW), ("sending_department", None)):  # fmt: skip
            session.add(
                Shipment(
                    case_seq=case.seq,
                    direction="result_to_applicant",
                    payer=payer,
                    from_unit_id=unit or 0,
                    created_at=NOW,
                    sent_at=sent_at,
                )
            )
    with centre.parts.database.reading() as session:
        chief = who(session, f"chief.{HANDLING}")
        (line,) = monthly.lines(session, chief, NOW.date(), NOW)
        told = public.count(session, "", NOW)
        few = public.count(session, RECEIVING, NOW)
    assert (line.materials_saved, line.trips_to_hand_in, line.trips_for_result) == (
        3,
        sum(handed for _, handed, _ in CASES),
        sum(result for _, _, result in CASES),
    )
    assert (line.days_early, line.promised, line.parcels_free) == (3.0, len(CASES), 2)
    row = monthly.table([line], lambda _: ItemGuide("", "", open=True, guide=True, onsite=True), "填报人")[0]
    assert len(row) == len(monthly.HEADING)
    assert dict(zip(monthly.HEADING, row, strict=True))["少跑路（次）"] == 4
    assert (told.materials_saved, told.trips_saved) == ("10", "10"), "the year, rounded down to fives"
    assert (told.parcels_free, told.days_early, few.parcels_free) == ("<5", None, "<5"), "nothing of few people"
    page = sign_in(centre, f"chief.{HANDLING}").get("/desk/reports/monthly?month=2026-11").text
    assert "少跑路" in page
    answer = centre.get("/api/v1/statistics").json()
    assert {"materials_saved", "trips_saved", "days_early", "parcels_free"} <= answer.keys()


@pytest.mark.req("R138")
def test_a_material_that_staff_tolerate_or_that_came_shared_counts_once(centre: RunningCentre) -> None:
    open_desk(centre)
    picture = page_picture()
    shared = (
        Material(code="ID", name="身份证", pages=(Page(file=ref(picture)),)),
        Material(code="CERT", name="缴费凭证", met_by="later"),
        Material(code="BOOK", name="户口簿", met_by="shared"),
    )
    number = hand_in(centre, pages=(picture,), materials=shared)
    assert case_of(centre, number).materials_saved == 2
    do(centre, f"hall.{RECEIVING}", number, "open_intake")
    with centre.parts.database.writing() as session:
        case = session.scalars(select(Case).where(Case.case_number == number)).one()
        here, office = who(session, f"hall.{RECEIVING}"), centre.parts.casework.office
        trust.credit(office, session, case, here, "good", "信用中国")
        trust.commitment(office, session, case, here, "CERT", trust.TOLERATED, 10, signed=True)
    assert case_of(centre, number).materials_saved == 2, "spared already when it came in"


def test_items_that_want_people_there_are_told_from_the_catalogue() -> None:
    entry = {"office": {"must_be_onsite": "婚姻登记条例"}}
    assert saved.onsite({"C1": entry, "C2": {"office": {"must_be_onsite": ""}}, "_common": {}}) == {"C1"}
