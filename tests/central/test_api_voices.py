"""Ratings and complaints from a terminal: recorded once, sealed, about one's own case, with a deadline that is told."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

import pytest
import requests
from sqlalchemy import select

from central.ledger import complaints, rating
from central.store.models import Complaint, Rating
from kiosk.protocol.envelope import SUITE
from kiosk.protocol.sealed_text import seal_text, text_info
from kiosk.protocol.states import State
from kiosk.protocol.voices import ComplaintKind, ComplaintRequest, RatingRequest
from tests.central.casefolk import open_desk
from tests.central.citizen import Citizen, at_the_centre, dump, kind, send
from tests.central.rig import REGION, RunningCentre

WORDS = "等了两个小时，没有人理我。电话 13800000000"


def rate(centre: RunningCentre, request: RatingRequest) -> requests.Response:
    return send(centre, "/api/v1/ratings", dump(request), request.request_id)


def complain(centre: RunningCentre, request: ComplaintRequest) -> requests.Response:
    return send(centre, "/api/v1/complaints", dump(request), request.request_id)


def rating_of(centre: RunningCentre, wang: Citizen | None, words: str = "", **changes: Any) -> RatingRequest:
    key = uuid4()
    subject = {"kind": "visit", "visit_id": uuid4()} if wang is None else {"kind": "case", "claim": wang.claim}
    fields: dict[str, Any] = {
        "request_id": key,
        "region_code": REGION,
        "terminal_id": "WSQ-03",
        "score": 5,
        "words": seal_text(words, key, "words", centre.key) if words else None,
        **subject,
    }
    return RatingRequest(**{**fields, **changes})


def complaint_of(centre: RunningCentre, words: str = WORDS, contact: str = "", **changes: Any) -> ComplaintRequest:
    key = uuid4()
    fields: dict[str, Any] = {
        "request_id": key,
        "kind": ComplaintKind.COMPLAINT,
        "region_code": REGION,
        "terminal_id": "WSQ-03",
        "words": seal_text(words, key, "words", centre.key),
        "contact": seal_text(contact, key, "contact", centre.key) if contact else None,
    }
    return ComplaintRequest(**{**fields, **changes})


@pytest.mark.req("R067")
def test_a_completed_case_is_rated_once(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    wang.stands(State.COMPLETED)
    request = rating_of(centre, wang)
    first = rate(centre, request)
    assert first.status_code == 201, first.text
    assert rate(centre, request).content == first.content
    assert kind(rate(centre, rating_of(centre, wang, score=1, reasons=("slow",)))) == "already-done"
    with centre.parts.database.reading() as session:
        (row,) = session.scalars(select(Rating))
        assert (row.subject, row.score) == (f"case:{wang.case_number}", 5)
    assert wang.progress()["may_rate"] is False


@pytest.mark.req("R106")
def test_a_bad_rating_is_kept_sealed_with_a_date_by_which_somebody_looks_into_it(centre: RunningCentre) -> None:
    open_desk(centre)
    answer = rate(centre, rating_of(centre, None, WORDS, score=1))
    assert answer.json()["answer_due"] is not None
    with centre.parts.database.reading() as session:
        (row,) = session.scalars(select(Rating))
    assert row.unit_id is not None, "the hall of the place answers for it"
    assert row.words_sealed is not None
    assert WORDS.encode() not in row.words_sealed
    assert rating.words_of(centre.parts.keys.vault, row) == WORDS


def test_a_visit_is_rated_once_whatever_the_request_is_called(centre: RunningCentre) -> None:
    first = rating_of(centre, None)
    assert rate(centre, first).status_code == 201
    assert kind(rate(centre, rating_of(centre, None, visit_id=first.visit_id))) == "already-done"


def test_a_case_that_is_not_completed_or_not_ones_own_is_not_rated(centre: RunningCentre) -> None:
    wang, liu = at_the_centre(centre), at_the_centre(centre, "liu", 2)
    assert kind(rate(centre, rating_of(centre, wang))) == "wrong-state"
    wang.stands(State.COMPLETED)
    stolen = wang.claim.model_copy(update={"proof": liu.proof})
    assert kind(rate(centre, rating_of(centre, wang, claim=stolen))) == "not-yours"
    with centre.parts.database.reading() as session:
        assert session.scalars(select(Rating)).all() == []


@pytest.mark.parametrize(
    "change",
    [{"score": 2}, {"score": 0}, {"score": 6}, {"score": "5 stars"}, {"reasons": ["x"] * 11}, {"visit_id": None}],
)
def test_a_rating_that_makes_no_sense_is_refused(centre: RunningCentre, change: dict[str, Any]) -> None:
    request = rating_of(centre, None)
    body = {key: one for key, one in {**dump(request), **change}.items() if one is not None}
    assert kind(send(centre, "/api/v1/ratings", body, request.request_id)) == "invalid-message"


@pytest.mark.req("R106")
def test_a_complaint_gets_a_number_and_a_date_and_stays_sealed(centre: RunningCentre) -> None:
    open_desk(centre)
    request = complaint_of(centre, contact="王先生 13800000000")
    answer = complain(centre, request)
    assert answer.status_code == 201, answer.text
    assert complain(centre, request).content == answer.content
    with centre.parts.database.reading() as session:
        (row,) = session.scalars(select(Complaint))
    assert answer.json()["number"] == row.number
    vault = centre.parts.keys.vault
    assert (complaints.words_of(vault, row), complaints.contact_of(vault, row)) == (WORDS, "王先生 13800000000")
    assert row.unit_id is not None, "the hall of the place answers it"


def test_a_complaint_about_a_case_needs_the_proof(centre: RunningCentre) -> None:
    wang, liu = at_the_centre(centre), at_the_centre(centre, "liu", 2)
    assert kind(complain(centre, complaint_of(centre, claim=wang.claim.model_copy(update={"proof": liu.card})))) == (
        "not-yours"
    )
    assert complain(centre, complaint_of(centre, claim=wang.claim)).status_code == 201


@pytest.mark.parametrize("words", ["", " \n　", "\0", "长" * 2000 + "。"])
def test_words_that_are_none_or_too_many_are_refused(centre: RunningCentre, words: str) -> None:
    key = uuid4()
    sealed = SUITE.encrypt(words.encode(), centre.key.public_key, text_info(key, "words"))
    honest = complaint_of(centre)
    request = honest.model_copy(update={"request_id": key, "words": base64.b64encode(sealed).decode()})
    answer = complain(centre, request)
    assert kind(answer) in ("cannot-open", "invalid-message")
    with centre.parts.database.reading() as session:
        assert session.scalars(select(Complaint)).all() == []


def test_words_with_rare_characters_and_tricks_come_out_as_they_went_in(centre: RunningCentre) -> None:
    words = "𠮷田\u202e说\u200b\u2066：<script>alert(1)</script> 'OR 1=1-- 👨‍👩‍👧"
    assert complain(centre, complaint_of(centre, words)).status_code == 201
    with centre.parts.database.reading() as session:
        assert complaints.words_of(centre.parts.keys.vault, session.scalars(select(Complaint)).one()) == words
