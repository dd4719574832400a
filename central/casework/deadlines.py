"""The deadlines of a case as people see them: running clocks, and what was promised to come later."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework import clocks, lifecycle
from central.casework.acts import Deadline, Words
from central.casework.running import Running
from central.casework.terms import ClockKind
from central.store.models import Case, Commitment

COMMITMENT = "commitment"
_DEEMED = Words(
    "一次告知逾期：依法视为自收到材料之日起受理",
    "one-time notice overdue: by law the application counts as accepted from the day it came",
)
"""行政许可法 32. Shown to staff; no machine accepts."""


def deadlines(session: Session, case: Case, now: datetime) -> tuple[Deadline, ...]:
    """The first one first."""
    found = [
        Deadline(
            clock=row.clock,
            words=_words(ClockKind(row.clock), overdue=now > row.due_at),
            started_at=row.started_at,
            warn_at=row.warn_at,
            due_at=row.due_at,
            standing=clocks.standing(row.warn_at, row.due_at, now),
            uncertain=row.uncertain,
        )
        for row in Running(session, case)
    ]
    promised = select(Commitment).where(
        Commitment.case_seq == case.seq,
        Commitment.due_at.is_not(None),
        Commitment.fulfilled_at.is_(None),
        Commitment.broken_at.is_(None),
    )
    for row in session.scalars(promised):
        if row.due_at is not None:
            began = row.signed_at or row.due_at
            words = Words(f"承诺补交材料（{row.material}）", f"material promised ({row.material})")
            standing = clocks.standing(row.due_at, row.due_at, now)
            found.append(Deadline(COMMITMENT, words, began, row.due_at, row.due_at, standing))
    return tuple(sorted(found, key=lambda one: one.due_at))


def _words(clock: ClockKind, *, overdue: bool) -> Words:
    return _DEEMED if overdue and clock is ClockKind.ONE_TIME_NOTICE else lifecycle.load().clocks[clock]
