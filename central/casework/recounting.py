"""Deadlines counted over a year whose calendar was not published yet are counted anew when it is.

Bounded and resumable: each clock in a transaction of its own, found by what it still is (uncertain), so that it does not
matter who publishes, in which process, or when somebody is interrupted.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from central.casework import clocks
from central.casework.clocks import Run
from central.casework.office import Office
from central.casework.running import Running, case_of
from central.casework.telling import day
from central.casework.terms import ClockKind, NoticeKind
from central.casework.who import SYSTEM
from central.store.database import Database
from central.store.models import Case, Clock
from central.store.models.cases import UNCERTAIN
from central.times import CHINA

EVENT = "recounted"
"""Of the ledger."""
_TOLD = {ClockKind.PROMISE: "recounted", ClockKind.SUPPLEMENT: "recounted_supplement"}
"""Clocks whose end the applicant was told; what the notice of another end says."""


class Recounting:
    """Looks for uncertain clocks whose years are published by now. Thread-safe."""

    def __init__(self, database: Database, office: Office) -> None:
        self._database = database
        self._office = office

    def step(self, limit: int) -> int:
        """Recount at most `limit` clocks; how many were."""
        with self._database.reading() as session:
            calendar = self._office.calendar(session)
            today = self._office.now().astimezone(CHINA).date()
            since, until = (datetime.combine(one, time(), CHINA) for one in calendar.announced_around(today))
            found = session.scalars(
                select(Clock.id)
                .where(text(UNCERTAIN))
                .where(Clock.due_at < until, Clock.started_at >= since)
                .order_by(Clock.due_at, Clock.id)
                .limit(limit)
            ).all()
        return sum(self._recount(clock_id) for clock_id in found)

    def _recount(self, clock_id: int) -> bool:
        with self._database.writing() as session:
            case = case_of(session, clock_id)
            running = Running(session, case)
            row = next((one for one in running if one.id == clock_id and one.uncertain), None)
            if row is None:
                return False  # somebody stopped it, or was faster
            kind = ClockKind(row.clock)
            setting = self._office.setting(session, case, row.named_days)
            run = clocks.start(kind, row.started_at, setting)
            if row.extended_days:
                run = clocks.extended(run, row.extended_days, setting.calendar)
            if kind is ClockKind.SUPPLEMENT and run.due_at < row.due_at:
                run = replace(run, due_at=row.due_at, warn_at=row.warn_at)  # what the applicant holds in hand stands
            before = row.due_at
            self._set(row, run)
            if row.due_at != before:
                self._moved(session, case, kind, row, before)
            running.settle()
            return True

    def _set(self, row: Clock, run: Run) -> None:
        row.due_at, row.warn_at, row.uncertain = run.due_at, run.warn_at, run.uncertain
        now = self._office.now()
        if now < row.warn_at:
            row.warned_at = None
        if now <= row.due_at:
            row.missed_at = None

    def _moved(self, session: Session, case: Case, kind: ClockKind, row: Clock, before: datetime) -> None:
        detail = {"clock": kind.value, "before": day(before), "due": day(row.due_at)}
        if kind is ClockKind.PROMISE and case.apologised_at is None:
            case.promise_due_at = row.due_at
        told_since = kind is ClockKind.PROMISE and case.apologised_at is not None
        if kind in _TOLD and not told_since:
            params = {"case_number": case.case_number, "due": detail["due"], "clock": kind.value, "why": _TOLD[kind]}
            self._office.notify.notify(session, case, NoticeKind.OVERDUE_APOLOGY, params, self._office.now())
        self._office.line(session, case, SYSTEM, EVENT, detail=detail)
