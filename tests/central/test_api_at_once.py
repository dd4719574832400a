"""The same thing sent several times at the same moment: done once, and everybody hears something that makes sense."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import requests
from sqlalchemy import func, select

from central.store.models import Rating, Submission, Terminal, Withdrawal
from kiosk.protocol.states import State
from tests.central.citizen import at_the_centre, dump, kind, put, send
from tests.central.rig import REGION, RunningCentre, photo
from tests.central.test_api_terminals import heartbeat

AT_ONCE = 6


def together(make: Callable[[int], requests.Response]) -> list[requests.Response]:
    """All at the same moment."""
    barrier = Barrier(AT_ONCE)

    def one(number: int) -> requests.Response:
        barrier.wait(10)
        return make(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def count(centre: RunningCentre, table: Any) -> int:
    with centre.parts.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_one_supplement_sent_six_times_at_once_is_stored_once(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    wang.stands(State.SUPPLEMENT_REQUIRED)
    _, envelope = wang.supplement(photo(500, 7))
    for part in envelope.manifest.files:
        put(centre, part, envelope.parts[part.name])
    answers = together(lambda _: wang.send(envelope, upload=False))
    assert {(one.status_code, one.content) for one in answers} == {(201, answers[0].content)}
    assert count(centre, Submission) == 2


def test_of_six_different_supplements_at_once_one_is_taken(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    wang.stands(State.SUPPLEMENT_REQUIRED)
    envelopes = [wang.supplement()[1] for _ in range(AT_ONCE)]
    answers = together(lambda number: wang.send(envelopes[number]))
    assert sorted(one.status_code for one in answers) == [201] + [409] * (AT_ONCE - 1)
    assert {kind(one) for one in answers if one.status_code == 409} == {"wrong-state"}
    assert count(centre, Submission) == 2


def test_of_six_requests_to_withdraw_at_once_one_is_open(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    wishes = [wang.withdrawal() for _ in range(AT_ONCE)]
    answers = together(lambda number: wang.withdraw(wishes[number]))
    assert sorted(one.status_code for one in answers) == [201] + [409] * (AT_ONCE - 1)
    assert count(centre, Withdrawal) == 1


def test_a_visit_rated_six_times_at_once_is_rated_once(centre: RunningCentre) -> None:
    visit = str(uuid4())

    def rate(_: int) -> requests.Response:
        key = uuid4()
        body = {"request_id": str(key), "kind": "visit", "visit_id": visit, "region_code": REGION}
        return send(centre, "/api/v1/ratings", {**body, "terminal_id": "WSQ-03", "score": 5}, key)

    answers = together(rate)
    assert sorted(one.status_code for one in answers) == [201] + [409] * (AT_ONCE - 1)
    assert {kind(one) for one in answers if one.status_code == 409} <= {"already-done", "in-flight"}
    assert count(centre, Rating) == 1


def test_the_first_heartbeats_of_a_terminal_may_come_together(centre: RunningCentre) -> None:
    answers = together(lambda number: centre.post("/api/v1/heartbeat", json=dump(heartbeat(sequence=number))))
    assert {one.status_code for one in answers} == {200}
    with centre.parts.database.reading() as session:
        assert session.scalars(select(Terminal)).one().status["sequence"] == AT_ONCE - 1
