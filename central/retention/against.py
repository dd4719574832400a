"""What stands against deleting anything of a case: a hold, or something about it that people have not finished.

One list, read in two ways: as a condition over many cases, and as sentences for one.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select
from sqlalchemy.orm import Session

from central.casework.acts import Words
from central.store.models import (
    Case,
    Commitment,
    Complaint,
    Dishonesty,
    Hold,
    PhoneTask,
    Rating,
    Rectification,
    Revisit,
    Shipment,
    Withdrawal,
)


def free(now: datetime) -> ColumnElement[bool]:
    """The condition on `Case` that nothing stands against it."""
    return and_(*(not_(query.correlate(Case).exists()) for _, query in _reasons(now)))


def standing(session: Session, case: Case, now: datetime) -> tuple[Words, ...]:
    """What stands against it for this case."""
    return tuple(
        words
        for words, query in _reasons(now)
        if session.scalar(query.where(Case.seq == case.seq).limit(1)) is not None
    )


def held(now: datetime) -> ColumnElement[bool]:
    """Whether a hold stands."""
    return and_(Hold.lifted_at.is_(None), or_(Hold.until.is_(None), Hold.until > now))


def _reasons(now: datetime) -> tuple[tuple[Words, Select[int]], ...]:
    return (
        (Words("保全", "a hold"), _about(Hold, held(now))),
        (Words("投诉未办结", "an open complaint"), _about(Complaint, Complaint.closed_at.is_(None))),
        (
            Words("差评未办结", "a bad rating that is not closed"),
            _about(Rating, Rating.due_at.is_not(None), Rating.closed_at.is_(None)),
        ),
        (Words("整改未销号", "an open rectification"), _about(Rectification, Rectification.closed_at.is_(None))),
        (Words("回访未完成", "a revisit to be made"), _about(Revisit, Revisit.done_at.is_(None))),
        (Words("失信名单待审定", "a proposal for the list of dishonesty"), _about(Dishonesty, Dishonesty.state == "proposed")),
        (
            Words("容缺或承诺未了结", "a promise that is not settled"),
            _about(Commitment, Commitment.fulfilled_at.is_(None), Commitment.broken_at.is_(None)),
        ),
        (Words("撤回申请未答复", "a request to withdraw"), _about(Withdrawal, Withdrawal.state == "requested")),
        (Words("寄递未完成", "a parcel under way"), _about(Shipment, Shipment.state != "delivered")),
        (Words("电话告知未完成", "a call to be made"), _about(PhoneTask, PhoneTask.done_at.is_(None))),
    )  # fmt: skip


def _about(table: type, *conditions: ColumnElement[bool]) -> Select[int]:
    return select(Case.seq).where(table.case_seq == Case.seq, *conditions)  # type: ignore[attr-defined]
