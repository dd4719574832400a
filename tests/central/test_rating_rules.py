"""Rules of rating are a place's own: what a terminal is told, what the centre then takes, and by when it is answered."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from central.casework.acts import Refused
from central.casework.who import SYSTEM
from central.catalogue.updating import CannotPublish, publish_ratings
from central.ledger import rating
from central.ledger.rating_rules import entries, parse, published, shipped
from central.store.models import CaseEvent, Rating
from kiosk.protocol.states import State
from tests.central.citizen import at_the_centre, kind
from tests.central.desk import PLACES, people, sign_in
from tests.central.rig import RunningCentre
from tests.central.services_rig import who
from tests.central.test_api_voices import rate, rating_of

SLOW = {"code": "slow", "levels": [1, 2, 3], "zh": "等得太久", "en": "Too slow"}
PLAN: dict[str, Any] = {
    "": {},
    "15": {
        "needs_reason": [1, 2, 3],
        "contact_days": 1,
        "correct_days": 3,
        "answer_days": 5,
        "anonymous": True,
        "reasons": [SLOW],
    },
    "1507": {"answer_days": 7},
}


def test_the_longest_prefix_counts_and_the_shipped_rules_are_those_of_before() -> None:
    plan = parse(PLAN)
    assert [plan.of(place).answer_days for place in ("640221", "150626", "150785")] == [15, 5, 7]
    assert (shipped().of("510681").needs_reason, shipped().of("510681").answer_days) == ((1, 2), 15)
    assert published(entries(PLAN)).of("150626") == plan.of("150626")


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"15": {}}, "missing"),
        ({"": {}, "150": {}}, "150"),
        ({"": {"answer_days": 0}}, "answer_days"),
        ({"": {"needs_reason": [6]}}, "needs_reason"),
        ({"": {"contact_days": 20}}, "more days"),
        ({"": {"levels": 3}}, "levels"),
    ],
)
def test_rules_that_make_no_sense_are_refused_with_the_place(data: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse(data)


@pytest.mark.req("R135")
def test_a_province_publishes_its_own_rules_and_they_count_from_then_on(centre: RunningCentre) -> None:
    people(centre.parts)
    told = centre.get("/api/v1/ratings/rules?region=150626").json()
    assert (told["needs_reason"], told["answer_days"], told["anonymous"], told["reasons"]) == ([1, 2], 15, False, [])
    assert rate(centre, rating_of(centre, None, score=3)).status_code == 201
    with centre.parts.database.writing() as session:
        with pytest.raises(CannotPublish):
            publish_ratings(session, centre.parts.keys.signing, {"15": {}}, SYSTEM, centre.parts.now())
        publish_ratings(session, centre.parts.keys.signing, PLAN, SYSTEM, centre.parts.now())
    told = centre.get("/api/v1/ratings/rules?region=150626").json()
    assert (told["needs_reason"], told["answer_days"], told["reasons"]) == ([1, 2, 3], 5, [SLOW])
    assert centre.get("/api/v1/ratings/rules?region=640221").json()["needs_reason"] == [1, 2]
    assert kind(rate(centre, rating_of(centre, None, score=3))) == "invalid-message", "a reason is needed here"
    assert rate(centre, rating_of(centre, None, score=2, reasons=("slow",))).status_code == 201
    with centre.parts.database.reading() as session:
        row = session.scalars(select(Rating).where(Rating.score == 2)).one()
        assert row.contact_due_at is not None
        assert row.correct_due_at is not None
        assert row.due_at is not None
        assert row.contact_due_at < row.correct_due_at < row.due_at
    assert "等得太久" in sign_in(centre, "hall.150626").get(f"/desk/ratings/{row.id}").text, "the code in words"


@pytest.mark.req("R135")
def test_where_it_is_allowed_the_unit_does_not_learn_which_case_was_rated(centre: RunningCentre) -> None:
    people(centre.parts)
    wang = at_the_centre(centre)
    wang.stands(State.COMPLETED)
    asked = rating_of(centre, wang, score=1, reasons=("slow",), anonymous=True)
    assert kind(rate(centre, asked)) == "invalid-message", "not where rules do not say so"
    with centre.parts.database.writing() as session:
        publish_ratings(session, centre.parts.keys.signing, PLAN, SYSTEM, centre.parts.now())
    assert rate(centre, asked).status_code == 201
    assert kind(rate(centre, rating_of(centre, wang, score=5))) == "already-done", "once, by whatever way"
    vault, now = centre.parts.keys.vault, centre.parts.now()
    with centre.parts.database.writing() as session:
        row = session.scalars(select(Rating)).one()
        assert (row.case_seq, wang.case_number in row.subject) == (None, False)
        lines = session.scalars(select(CaseEvent).where(CaseEvent.event == "rate")).all()
        assert [line.detail for line in lines] == [{}], "nor the score in the ledger"
        clerk = who(session, f"hall.{next(iter(PLACES))}")
        rating.verify(session, clerk, row, genuine=True, at=now)
        with pytest.raises(Refused):
            rating.close(session, clerk, row, now)
        rating.put_right(session, vault, clerk, row, "增设座席", now)
        with pytest.raises(Refused):
            rating.call_back(session, clerk, row, now)
        rating.close(session, clerk, row, now)
    page = sign_in(centre, "hall.150626").get("/desk/ratings?which=all").text
    assert "匿名" in page
    assert wang.case_number not in page
