"""保全: a supervisor keeps a case from deletion, and says why and until when; or lifts that again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.acts import Refused, Words
from central.casework.guards import SHORTEST_REASON
from central.casework.office import Office
from central.casework.records import write
from central.casework.rights import places_of, supervises
from central.casework.who import Who
from central.retention import against
from central.retention.rules import Kept
from central.store.models import Case, Hold, User
from central.vault import Vault


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold as it is shown."""

    by: str
    at: datetime
    until: datetime | None
    reason: str = field(repr=False)


def may_hold(case: Case, who: Who) -> bool:
    """A supervisor of one of the case's places."""
    return any(supervises(who, place) for place in (case.receiving_code, *places_of(case)))


def place(office: Office, session: Session, case: Case, who: Who, reason: str, until: datetime | None) -> Hold:
    """Keep the case from deletion.

    Raises:
        Refused: not a supervisor of its places, no reason, a time that is over, or nothing is left to keep.
    """
    user_id, now = _supervisor(case, who), office.now()
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("reason_given", Words("请写明保全的理由", "Say why it must be kept"))
    if until is not None and until <= now:
        raise Refused("until", Words("保全的截止日期已经过了", "The day until which it is to be kept is over"))
    # Whoever deletes takes the same lock: either this hold is seen, or the deletion had begun.
    kept = session.scalar(select(Case.kept).where(Case.seq == case.seq).with_for_update())
    if kept in (Kept.DELETING_PAGES, Kept.DELETING_CONTENT, Kept.LEDGER):
        raise Refused("gone", Words("保存期限已到，内容已经删除", "Its period is over; the content has been deleted"))
    hold = Hold(
        case_seq=case.seq,
        reason_sealed=office.seal(reason.strip(), "hold.reason_sealed", case),
        placed_by=user_id,
        placed_at=now,
        until=until,
    )
    session.add(hold)
    write(office, session, case, who, "hold_placed", {}, reason=reason)
    return hold


def lift(office: Office, session: Session, case: Case, who: Who, reason: str) -> None:
    """End every hold of the case.

    Raises:
        Refused: not a supervisor of its places, no reason, or there is none.
    """
    user_id, now = _supervisor(case, who), office.now()
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("reason_given", Words("请写明解除保全的理由", "Say why it need not be kept any more"))
    holds = _standing(session, case, now)
    if not holds:
        raise Refused("no_hold", Words("这一办件没有保全", "There is no hold on this case"))
    for hold in holds:
        hold.lifted_by, hold.lifted_at = user_id, now
        hold.lifted_reason_sealed = office.seal(reason.strip(), "hold.lifted_reason_sealed", case)
    write(office, session, case, who, "hold_lifted", {}, reason=reason)


def holds(session: Session, vault: Vault, case: Case, now: datetime) -> tuple[HoldView, ...]:
    """The holds that stand."""
    return tuple(
        HoldView(
            by=session.get_one(User, hold.placed_by).name,
            at=hold.placed_at,
            until=hold.until,
            reason=vault.read(hold.reason_sealed, f"hold.reason_sealed|{case.application_id}"),
        )
        for hold in _standing(session, case, now)
    )


def _standing(session: Session, case: Case, now: datetime) -> Sequence[Hold]:
    return session.scalars(select(Hold).where(Hold.case_seq == case.seq, against.held(now)).order_by(Hold.id)).all()


def _supervisor(case: Case, who: Who) -> int:
    if who.user_id is None or not may_hold(case, who):
        raise Refused("not_yours", Words("只有收件地或办理地主管可以保全", "Only a supervisor of its places may"))
    return who.user_id
