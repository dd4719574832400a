"""材料交接 (R104): each time papers change hands, who gave what to whom, where, under which seal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.acts import Refused, Words
from central.casework.lines import line
from central.casework.who import Who
from central.store.models import Case, Custody, Shipment, Unit

APPLICANT = "申请人"
CARRIER = "EMS"


def handed_over(
    session: Session,
    case: Case,
    who: Who,
    at: datetime,
    *,
    from_party: str,
    to_party: str,
    items: Sequence[str],
    place: str = "",
    seal_number: str = "",
    shipment: Shipment | None = None,
) -> Custody:
    """Record one link of the chain. Parties are roles and units (申请人, a hall, EMS), never a citizen's name.

    Raises:
        Refused: nothing was handed over, or not by a member of staff.
    """
    if who.user_id is None:
        raise Refused("not_staff", Words("只有工作人员可以登记交接。", "Only staff record a hand-over."))
    if not items:
        raise Refused("no_items", Words("请写明交接的材料。", "Say which materials were handed over."))
    custody = Custody(
        case_seq=case.seq,
        shipment_id=None if shipment is None else shipment.id,
        at=at,
        from_party=from_party,
        to_party=to_party,
        place=place,
        seal_number=seal_number,
        items=list(items),
        user_id=who.user_id,
    )
    session.add(custody)
    detail = {"from": from_party, "to": to_party, "items": len(items), "seal": seal_number}
    line(session, case, who, "custody", at, detail)
    return custody


def chain(session: Session, case: Case) -> Sequence[Custody]:
    """The chain from the first link on."""
    return session.scalars(select(Custody).where(Custody.case_seq == case.seq).order_by(Custody.at, Custody.id)).all()


def unit_name(session: Session, unit_id: int | None) -> str:
    """A unit as a party."""
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    return unit.name if unit is not None else "—"
