"""What a supervising body's system is told (R105): lateness, gaps, ratings, what was put right; nothing about a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from central.casework.who import staff
from central.ledger import rating, rectification
from central.sharing.authorisations import SharingRight
from central.store.models import Clock, Document, Rating, Unit, User
from drivers.virtual.personas import PERSONAS
from kiosk.protocol.supervising import Measures, Ratings, Steps
from tests.central.casefolk import case_of, decided, open_desk
from tests.central.desk import HANDLING, RECEIVING
from tests.central.doubles.platform import admitted
from tests.central.rig import RunningCentre

WANG = PERSONAS["wang"]


@pytest.mark.req("R105")
def test_supervision_sees_who_was_late_what_is_missing_and_how_it_was_rated(centre: RunningCentre) -> None:
    open_desk(centre)
    number = decided(centre)
    seq = case_of(centre, number).seq
    with centre.parts.database.writing() as session:
        long_ago = datetime.now(UTC) - timedelta(days=1)
        session.execute(update(Clock).where(Clock.case_seq == seq, Clock.clock == "C4").values(due_at=long_ago))
    platform = admitted(centre, "64", rights=(SharingRight.SUPERVISION,))
    page = Steps.model_validate_json(platform.ask("supervision/steps").content)
    assert [step.event for step in page.steps] == ["submit", "accept", "start_review", "approve", "issue_result"]
    assert page.steps[1].unit == "平罗县政务服务中心"
    (case,) = page.cases
    late = {one.clock: (one.late, one.due_from, one.place_code) for one in case.deadlines}
    assert late["C4"] == (True, "handling", HANDLING)
    assert not late["C6"][0]
    assert [gap.event for gap in case.gaps] == []
    with centre.parts.database.writing() as session:
        session.execute(update(Document).where(Document.case_seq == seq).values(kind="collection_notice"))
    again = Steps.model_validate_json(platform.ask("supervision/steps?after=0&limit=2").content)
    assert (len(again.steps), again.more) == (2, True)
    assert {gap.event for gap in again.cases[0].gaps} == {"accept"}
    rest = Steps.model_validate_json(platform.ask(f"supervision/steps?after={again.next_after}").content)
    assert [step.event for step in rest.steps] == ["start_review", "approve", "issue_result"]


@pytest.mark.req("R105")
def test_supervision_follows_bad_ratings_and_rectifications_of_its_places_without_anybodys_words(
    centre: RunningCentre,
) -> None:
    open_desk(centre)
    now, vault = datetime.now(UTC), centre.parts.keys.vault
    with centre.parts.database.writing() as session:
        for place in (HANDLING, RECEIVING):
            chief = staff(session.scalars(select(User).where(User.login == f"chief.{place}")).one())
            unit = session.scalars(select(Unit).where(Unit.code == f"{place}-hall")).one()
            said = rating.Said(str(uuid4()), 1, ("too_slow",), "石榴一号", visit=str(uuid4()), region_code=place)
            bad = rating.record(session, vault, said, None, now)
            rating.verify(session, chief, bad, genuine=True, at=now)
            rectification.demand(session, vault, chief, unit.id, "overdue", "石榴二号", None, now)
    platform = admitted(centre, "64", rights=(SharingRight.SUPERVISION,))
    answers = [platform.ask(f"supervision/{stream}") for stream in ("ratings", "measures")]
    ratings = Ratings.model_validate_json(answers[0].content)
    measures = Measures.model_validate_json(answers[1].content)
    assert [(one.unit, one.score, one.case_number) for one in ratings.ratings] == [("平罗县政务服务中心", 1, None)]
    assert [(one.action, one.matter, one.closed_at) for one in measures.measures] == [
        ("rating.verified", "bad_rating", None),
        ("rectification.opened", "overdue", None),
    ]
    assert measures.measures[0].number == ratings.ratings[0].position
    assert "石榴" not in "".join(one.text for one in answers)
    with centre.parts.database.reading() as session:
        assert session.scalars(select(Rating.id)).all() != [one.position for one in ratings.ratings], (
            "others' are left out"
        )
    assert (
        Measures.model_validate_json(platform.ask(f"supervision/measures?after={measures.next_after}").content).measures
        == ()
    )


@pytest.mark.req("R105", "R093")
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_no_stream_of_supervision_names_a_person(centre: RunningCentre) -> None:
    open_desk(centre)
    decided(centre)
    platform = admitted(centre, "64", rights=(SharingRight.SUPERVISION,))
    text = platform.ask("supervision/steps").text
    assert "accept" in text
    for secret in (WANG.name, WANG.name[0] + "**", WANG.id_number, WANG.id_number[:6], WANG.phone, "职员"):
        assert secret not in text
