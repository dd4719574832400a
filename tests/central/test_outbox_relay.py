"""The outbox: what a transaction asked for is done, once it is committed, however often a relay dies; and by one at a time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from central.background import Repeating
from central.notify import relay as module
from central.notify.outbox import enqueue, enqueue_all
from central.notify.provider import Throttled, Unavailable
from central.notify.relay import FIRST_PAUSE, LEASE, LONGEST_PAUSE, MOST_ATTEMPTS, Relay
from central.store.database import Database
from central.store.models import Outbox

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


class Killed(BaseException):
    """As if the process ended here."""


class Desk:
    """Notes what it is asked to do, and fails when told to."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.given_up: list[tuple[int, str]] = []
        self.trouble: list[BaseException] = []

    def work(self, payload: Mapping[str, Any]) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        self.done.append(payload["n"])

    def give_up(self, payload: Mapping[str, Any], code: str) -> None:
        self.given_up.append((payload["n"], code))


def relay_of(database: Database, desk: Desk) -> Relay:
    relay = Relay(database, lambda: NOW)
    relay.handle("call", desk.work, desk.give_up)
    return relay


def ask(database: Database, *numbers: int, topic: str = "call", at: datetime = NOW) -> None:
    with database.writing() as session:
        enqueue_all(session, topic, [{"n": number} for number in numbers], at)


def rows(database: Database) -> list[Outbox]:
    with database.reading() as session:
        return list(session.scalars(select(Outbox).order_by(Outbox.id)))


def test_what_is_due_is_done_once_the_oldest_first(database: Database) -> None:
    desk = Desk()
    relay = relay_of(database, desk)
    ask(database, 2)
    ask(database, 1, at=NOW - timedelta(minutes=1))
    ask(database, 3, at=NOW + timedelta(minutes=1))
    assert (relay.step(), relay.step()) == (2, 0)
    assert desk.done == [1, 2]
    assert relay.step(NOW + timedelta(minutes=1)) == 1
    assert desk.done == [1, 2, 3]
    assert all(row.done_at is not None and not row.given_up for row in rows(database))


def test_what_was_rolled_back_was_never_asked_for(database: Database) -> None:
    desk = Desk()

    def broken_off() -> None:
        with database.writing() as session:
            enqueue(session, "call", {"n": 1}, NOW)
            raise Killed

    with pytest.raises(Killed):
        broken_off()
    assert relay_of(database, desk).step() == 0
    assert desk.done == []


def test_other_topics_are_left_for_other_relays(database: Database) -> None:
    ask(database, 1, topic="feed")
    assert relay_of(database, Desk()).step() == 0
    assert rows(database)[0].attempts == 0


def test_a_relay_that_dies_at_work_leaves_it_to_another_when_its_lease_ends(database: Database) -> None:
    desk = Desk()
    ask(database, 1)
    desk.trouble = [Killed()]
    with pytest.raises(Killed):
        relay_of(database, desk).step()
    other = relay_of(database, desk)
    assert other.step(NOW + LEASE - timedelta(seconds=1)) == 0
    assert other.step(NOW + LEASE) == 1
    assert desk.done == [1]


def test_what_fails_is_tried_ever_later_and_given_up_in_the_end(database: Database) -> None:
    desk = Desk()
    relay = relay_of(database, desk)
    ask(database, 1)
    desk.trouble = [Unavailable("away")] * MOST_ATTEMPTS
    now, pauses = NOW, []
    while not desk.given_up:
        assert relay.step(now) == 1
        (row,) = rows(database)
        if row.done_at is None:
            assert relay.step(row.due_at - timedelta(seconds=1)) == 0
            pauses.append(row.due_at - now)
            now = row.due_at
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1], len(pauses)) == (FIRST_PAUSE, LONGEST_PAUSE, MOST_ATTEMPTS - 1)
    assert desk.given_up == [(1, "away")]
    assert (row.given_up, row.error) == (True, "away")
    assert relay.step(now + timedelta(days=30)) == 0


def test_who_is_throttled_waits_as_long_as_the_provider_says(database: Database) -> None:
    desk = Desk()
    ask(database, 1)
    desk.trouble = [Throttled("too_many", timedelta(hours=3))]
    relay_of(database, desk).step()
    assert rows(database)[0].due_at == NOW + timedelta(hours=3)


def test_the_reason_that_is_kept_does_not_quote_what_was_sent(database: Database) -> None:
    desk = Desk()
    ask(database, 1)
    desk.trouble = [ValueError("150785195602130012 is no number")]
    relay_of(database, desk).step()
    assert rows(database)[0].error == "ValueError"


def test_two_relays_at_once_never_have_the_same_row(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are inside a handler at the same moment, each with rows of its own."""
    monkeypatch.setattr(module, "MOST_AT_ONCE", 3)
    ask(database, *range(6))
    both, seen = threading.Barrier(2, timeout=20), list[list[int]]()

    def run() -> None:
        mine: list[int] = []

        def work(payload: Mapping[str, Any]) -> None:
            if not mine:
                both.wait()
            mine.append(payload["n"])

        relay = Relay(database, lambda: NOW)
        relay.handle("call", work)
        relay.step()
        seen.append(mine)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(map(len, seen)) == [3, 3]
    assert sorted(number for mine in seen for number in mine) == list(range(6))


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_a_row_that_is_being_claimed_is_passed_over(database: Database) -> None:
    """SQLite has one writer: there the second relay waits instead."""
    desk = Desk()
    ask(database, 1, 2)
    with database.writing() as session:
        session.scalars(select(Outbox).order_by(Outbox.id).limit(1).with_for_update()).one()
        assert relay_of(database, desk).step() == 1
    assert desk.done == [2]


def test_a_thread_outlives_a_database_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    steps = iter([ConnectionError("secret@db"), 1, 0])
    over = threading.Event()

    def step() -> int:
        outcome = next(steps, None)
        if outcome is None:
            over.set()
            return 0
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    repeating = Repeating("relay", step, pause_s=0.001)
    repeating.start()
    assert over.wait(20)
    repeating.stop()
    assert [record.getMessage() for record in caplog.records] == ["relay failed: ConnectionError"]
