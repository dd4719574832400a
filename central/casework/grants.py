"""What places allow each other (相互授权, R147): whether a receiving place may do something for a handling place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from central.casework.terms import Right
from central.store.models import Grant

ANY = "*"

RIGHT_OF = {
    "collect": Right.COLLECT,
    "remote_ok": Right.COLLECT,
    "accept_on_spot": Right.COLLECT,
    "notify_once": Right.NOTIFY_ONCE,
    "return_materials": Right.NOTIFY_ONCE,
    "local_print": Right.DELIVER_RESULT,
    "arrive_at_desk": Right.DELIVER_RESULT,
    "picked_up": Right.DELIVER_RESULT,
}
"""The right that the receiving desk, or the desk where the result is collected, needs for an event."""


def granted(session: Session, grantor: str, grantee: str, right: Right, item_id: str, at: datetime) -> bool:
    """Whether the handling place `grantor` lets the receiving place `grantee` do this. A place needs no leave of itself."""
    if grantor == grantee:
        return True
    rows = session.scalars(
        select(Grant).where(
            Grant.right == right,
            or_(Grant.grantor_region == grantor, Grant.grantor_region == ANY),
            or_(Grant.grantee_region == grantee, Grant.grantee_region == ANY),
            or_(Grant.item_id == item_id, Grant.item_id == ANY),
        )
    )
    return decides(rows, at)


def decides(rows: Iterable[Grant], at: datetime) -> bool:
    """What the rows that fit a question say together at `at`.

    The most particular row decides: the very pair before one place before any place, then the very item before any. Among
    equals an exception outweighs a grant. Without a row in force there is no right.
    """
    in_force = [row for row in rows if _in_force(row, at)]
    if not in_force:
        return False
    most = max(map(_particular, in_force))
    return all(row.allowed for row in in_force if _particular(row) == most)


def _in_force(row: Grant, at: datetime) -> bool:
    ends = [end for end in (row.until, row.revoked_at) if end is not None]
    return row.since <= at and all(at < end for end in ends)


def _particular(row: Grant) -> tuple[int, bool]:
    return (row.grantor_region != ANY) + (row.grantee_region != ANY), row.item_id != ANY
