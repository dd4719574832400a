"""领取地 (R111): the place whose desk hands the result over, and changing it at the applicant's wish."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework import lifecycle
from central.casework.acts import Refused, Words
from central.casework.guards import SHORTEST_REASON
from central.casework.office import Office
from central.casework.records import STAFF, must_be, write
from central.casework.who import Who
from central.store.models import Case, Shipment, Unit
from kiosk.protocol.application import DeliveryMethod
from kiosk.protocol.states import State

_TOO_LATE = (State.IN_DELIVERY, State.READY_FOR_PICKUP, State.COMPLETED)


def halls(session: Session) -> Sequence[Unit]:
    """The halls where a result can be collected, one of each place."""
    rows = session.scalars(select(Unit).where(Unit.kind == "hall", Unit.active).order_by(Unit.id.desc()))
    by_place = {hall.region_code: hall for hall in rows}
    return tuple(by_place[code] for code in sorted(by_place))


def is_known(session: Session, case: Case) -> bool:
    """Whether the place where the result is to be collected has a hall at this centre."""
    hall = select(Unit.id).where(Unit.region_code == case.pickup_place, Unit.kind == "hall", Unit.active).limit(1)
    return session.scalar(hall) is not None


def may_move(session: Session, case: Case) -> bool:
    """Whether another place may still be chosen: something is to be collected, and it is not on its way."""
    state = State(case.state)
    if case.delivery != DeliveryMethod.PICKUP_AT_DESK or state in _TOO_LATE or state in lifecycle.load().terminal:
        return False
    packed = select(Shipment.id).where(Shipment.case_seq == case.seq, Shipment.direction == "result_to_desk").limit(1)
    return session.scalar(packed) is None


def move(office: Office, session: Session, case: Case, who: Who, place: str, reason: str) -> None:
    """The applicant wants to collect the result at `place` (a division code), as the staff record with the reason.

    Raises:
        Refused: not theirs, too late, no such hall, the same place, or no reason.
    """
    must_be(office, session, case, who, *STAFF)
    if not may_move(session, case):
        raise Refused(
            "too_late",
            Words(
                "结果已经寄出或送达，不能再改领取地，请按原领取地告知申请人",
                "The result is on its way or handed over: tell the applicant where it is",
            ),
        )
    hall = next((one for one in halls(session) if one.region_code == place), None)
    if hall is None or place == case.pickup_place:
        raise Refused("place", Words("请选择另一个政务服务大厅", "Choose another hall"))
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("reason_given", Words("请写明申请人为什么要改", "Say why the applicant wants it"))
    before = case.pickup_name or case.receiving_name
    here = place == case.receiving_code
    case.pickup_code, case.pickup_name = ("", "") if here else (place, hall.region_name)
    case.version += 1
    after = case.pickup_name or case.receiving_name
    write(office, session, case, who, "pickup_place", {"from": before, "to": after}, reason=reason)
