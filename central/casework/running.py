"""The clocks of one case in the database: started, stopped, and the case's own deadline kept equal to the first of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.clocks import Run
from central.casework.terms import ClockKind
from central.store.models import Case, Clock


def case_of(session: Session, clock_id: int) -> Case:
    """The case of a clock, locked: the case before its clocks, as acts do, or two would wait for each other."""
    found = select(Case).join(Clock, Clock.case_seq == Case.seq).where(Clock.id == clock_id)
    return session.scalars(found.with_for_update(of=Case)).one()


class Running:
    """The running clocks of `case`."""

    def __init__(self, session: Session, case: Case) -> None:
        self._session = session
        self._case = case
        self._clocks = list(
            session.scalars(
                select(Clock).where(Clock.case_seq == case.seq, Clock.stopped_at.is_(None)).order_by(Clock.id)
            )
        )

    def __iter__(self) -> Iterator[Clock]:
        return iter(self._clocks)

    def find(self, clock: ClockKind, sub_case_id: int | None = None) -> Clock | None:
        """That clock, if it runs."""
        return next((one for one in self._clocks if (one.clock, one.sub_case_id) == (clock, sub_case_id)), None)

    def start(self, run: Run, sub_case_id: int | None = None) -> Clock:
        """Start a clock. One that runs already keeps running: a deadline is never pushed out by doing a thing twice."""
        already = self.find(run.clock, sub_case_id)
        if already is not None:
            return already
        row = Clock(
            case_seq=self._case.seq,
            sub_case_id=sub_case_id,
            clock=run.clock,
            started_at=run.started_at,
            warn_at=run.warn_at,
            due_at=run.due_at,
            uncertain=run.uncertain,
            named_days=run.named_days,
        )
        self._session.add(row)
        self._clocks.append(row)
        return row

    def stop(self, clock: ClockKind | None, at: datetime, sub_case_id: int | None = None) -> None:
        """Stop a clock; None stops all that run."""
        for row in list(self._clocks):
            if clock is None or (row.clock, row.sub_case_id) == (clock, sub_case_id):
                row.stopped_at = at
                self._clocks.remove(row)

    def settle(self) -> None:
        """Keep the case's deadline equal to the running clock that ends first."""
        first = min(self._clocks, key=lambda row: row.due_at, default=None)
        self._case.due_clock = first.clock if first else None
        self._case.warn_at = first.warn_at if first else None
        self._case.due_at = first.due_at if first else None


def stop(session: Session, case: Case, clock: ClockKind, at: datetime) -> None:
    """Stop one clock of a case, as when a shipment stops C2."""
    running = Running(session, case)
    running.stop(clock, at)
    running.settle()
