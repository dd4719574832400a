"""Doing what the outbox asks for: at least once, after the transaction that asked for it.

A row is claimed by a lease, worked on outside any transaction, and then marked done. Whoever is killed in between leaves a
lease that ends, and another takes the row: handlers must bear being called twice. Several relays, also of several
processes, share one outbox; none takes a row that another has (`FOR UPDATE SKIP LOCKED` on PostgreSQL, the single writer
on SQLite). What fails is tried again ever later, and after the last attempt is given up, where staff see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from central.notify.provider import ProviderError, Throttled
from central.store.database import Database
from central.store.models import Outbox

LEASE = timedelta(minutes=5)
"""How long a claim holds: longer than `MOST_AT_ONCE` handlers take, time-outs included."""
MOST_AT_ONCE = 10
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
MOST_ATTEMPTS = 13
"""With these pauses: given up after a day and a half."""

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class _Handler:
    work: Callable[[Payload], None]
    give_up: Callable[[Payload, str], None] | None


@dataclass(frozen=True)
class _Claim:
    id: int
    topic: str
    payload: Payload
    attempts: int


class Relay:
    """Works through the outbox. Register handlers first; then thread-safe."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._handlers: dict[str, _Handler] = {}

    def handle(
        self,
        topic: str,
        work: Callable[[Payload], None],
        give_up: Callable[[Payload, str], None] | None = None,
    ) -> None:
        """Let `work` do what is asked under `topic`; other topics are left for other relays.

        Args:
            topic: as given to `enqueue`.
            work: opens its own transactions; an exception means again later (`Throttled`: when it says).
            give_up: told the payload and the reason (a code) after the last attempt.
        """
        self._handlers[topic] = _Handler(work, give_up)

    def step(self, now: datetime | None = None) -> int:
        """Do what is due, at most `MOST_AT_ONCE` rows; returns how many were taken up."""
        now = now or self._now()
        claims = self._claim(now)
        done = [claim.id for claim in claims if self._do(claim, now)]
        if done:  # all in one transaction: who dies before it leaves some to be done twice
            self._settle(done, done_at=now, error="")
        return len(claims)

    def _claim(self, now: datetime) -> list[_Claim]:
        due = self._due(now)
        with self._database.reading() as session:  # an idle relay never asks for the writer's lock
            if session.scalar(select(Outbox.id).where(due).limit(1)) is None:
                return []
        rows = select(Outbox).where(due).order_by(Outbox.due_at, Outbox.id).limit(MOST_AT_ONCE)
        claims = []
        with self._database.writing() as session:
            for row in session.scalars(rows.with_for_update(skip_locked=True)):
                row.leased_until = now + LEASE
                row.attempts += 1
                claims.append(_Claim(row.id, row.topic, row.payload, row.attempts))
        return claims

    def _due(self, now: datetime) -> ColumnElement[bool]:
        free = or_(Outbox.leased_until.is_(None), Outbox.leased_until <= now)
        return and_(Outbox.done_at.is_(None), Outbox.due_at <= now, free, Outbox.topic.in_(list(self._handlers)))

    def _do(self, claim: _Claim, now: datetime) -> bool:
        """Whether it is done; if not, when it is tried again is settled."""
        handler = self._handlers[claim.topic]
        try:
            handler.work(claim.payload)
        except Exception as error:  # noqa: BLE001 - whatever it is: again later, and in the end to staff
            code = _code(error)
            if claim.attempts < MOST_ATTEMPTS:
                self._settle([claim.id], due_at=now + _pause(error, claim.attempts), leased_until=None, error=code)
                return False
            if handler.give_up is not None:
                handler.give_up(claim.payload, code)
            self._settle([claim.id], done_at=now, given_up=True, error=code)
            return False
        return True

    def _settle(self, claims: Sequence[int], **values: object) -> None:
        with self._database.writing() as session:
            session.execute(update(Outbox).where(Outbox.id.in_(claims), Outbox.done_at.is_(None)).values(**values))


def _pause(error: Exception, attempts: int) -> timedelta:
    if isinstance(error, Throttled):
        return error.after
    return min(FIRST_PAUSE * 2.0 ** (attempts - 1), LONGEST_PAUSE)


def _code(error: Exception) -> str:
    """Why, without the error's own words: they may quote what was sent."""
    return error.code if isinstance(error, ProviderError) else type(error).__name__
