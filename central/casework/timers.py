"""What time does to cases. It warns, apologises, raises alarms, and ends a case whose supplement never came; no more.

Each thing is done in a transaction of its own and marked on its clock first, so that of several processes one does it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from central.casework.office import Office
from central.casework.running import case_of
from central.casework.telling import day
from central.casework.terms import ClockKind, NoticeKind
from central.casework.who import SYSTEM
from central.store.database import Database
from central.store.models import Case, Clock

NEW_PROMISE_DAYS = 5
"""The new date after an apology: so many working days from now [A]; a supervisor may set another."""
GRACE_DAYS = 1
"""A reminder must have been out for so many working days before a supplement counts as not come."""

_WARNED = (ClockKind.SUPPLEMENT, ClockKind.AGEING)
"""Clocks whose warning does something (N11, alarm); the others only show it."""


class Timers:
    """Looks for clocks whose time has come."""

    def __init__(self, database: Database, office: Office, expire: Callable[[Session, Case], None]) -> None:
        self._database = database
        self._office = office
        self._expire = expire

    def tick(self, limit: int) -> int:
        """Deal with at most `limit` clocks; how many things were done."""
        now = self._office.now()
        with self._database.reading() as session:
            due = list(session.scalars(_waiting(now).limit(limit)))
        return sum(self._deal_with(clock_id, now) for clock_id in due)

    def _deal_with(self, clock_id: int, now: datetime) -> bool:
        with self._database.writing() as session:
            case = case_of(session, clock_id)
            clock = session.get_one(Clock, clock_id)
            if clock.stopped_at is not None:
                return False
            done = False
            if clock.clock in _WARNED and clock.warned_at is None and now >= clock.warn_at:
                clock.warned_at = now
                self._warn(session, case, clock)
                done = True
            if clock.clock == ClockKind.SUPPLEMENT:
                if self._may_expire(session, clock, now):
                    self._expire(session, case)
                    done = True
            elif clock.missed_at is None and now > clock.due_at:
                clock.missed_at = now
                self._missed(session, case, clock)
                done = True
            return done

    def _warn(self, session: Session, case: Case, clock: Clock) -> None:
        if clock.clock == ClockKind.SUPPLEMENT:
            params = {"case_number": case.case_number, "due": day(clock.due_at)}
            self._office.notify.notify(session, case, NoticeKind.SUPPLEMENT_DUE_SOON, params, self._office.now())
        event = "reminded" if clock.clock == ClockKind.SUPPLEMENT else "ageing_alarm"
        self._office.line(session, case, SYSTEM, event, detail={"clock": clock.clock})

    def _missed(self, session: Session, case: Case, clock: Clock) -> None:
        event = "ageing_escalated" if clock.clock == ClockKind.AGEING else "clock_missed"
        detail = {"clock": clock.clock, "due": day(clock.due_at)}
        if clock.clock == ClockKind.PROMISE and case.apologised_at is None:
            now = self._office.now()
            new = self._office.calendar(session).add_workdays(now, NEW_PROMISE_DAYS).at
            case.apologised_at, case.promise_due_at = now, new
            detail["new_date"] = day(new)
            params = {"case_number": case.case_number, "due": day(new), "clock": clock.clock, "why": "overdue"}
            self._office.notify.notify(session, case, NoticeKind.OVERDUE_APOLOGY, params, now)
        self._office.line(session, case, SYSTEM, event, detail=detail)

    def _may_expire(self, session: Session, clock: Clock, now: datetime) -> bool:
        if clock.warned_at is None or now <= clock.due_at:
            return False
        return now > self._office.calendar(session).add_workdays(clock.warned_at, GRACE_DAYS).at


def _waiting(now: datetime) -> Select[int]:
    """Running clocks with something to be done; the oldest first."""
    warn = and_(Clock.warned_at.is_(None), Clock.warn_at <= now, Clock.clock.in_(_WARNED))
    missed = and_(Clock.missed_at.is_(None), Clock.due_at < now)
    return select(Clock.id).where(Clock.stopped_at.is_(None), or_(warn, missed)).order_by(Clock.due_at, Clock.id)
