"""The events of the lifecycle that send a parcel (`mail_out`, `dispatch_result`) or meet it at the desk where a result is
collected (`arrive_at_desk`), done together with the parcel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.acts import Act, Performed
from central.casework.service import Casework
from central.casework.sourced import on_paper, verified
from central.casework.who import Who
from central.catalogue.lookup import item_facts
from central.keys import KeyRing
from central.services import shipments
from central.store.models import Case, Shipment
from kiosk.protocol.application import DeliveryMethod

_ARRIVES = "arrive_at_desk"
EVENTS = frozenset({"mail_out", "dispatch_result", _ARRIVES})


def perform(
    session: Session, casework: Casework, keys: KeyRing, case: Case, who: Who, act: Act, at: datetime
) -> Performed:
    """Do `act` in the caller's transaction. The parcel is there before, so that the documents of the act can name it.

    A parcel that this unit has packed already is the one; else it is packed now. With `waybill` it counts as sent; without,
    the number is entered later, on the page of the parcel. Papers for several handling places are packed one by one there.

    Raises:
        Refused, Conflict
    """
    if act.event == _ARRIVES:
        done = casework.perform_in(session, who, act, case)
        for one in shipments.of_case(session, case):
            if one.direction == shipments.RESULT_TO_DESK and one.state != "to_send":
                shipments.delivered(session, one, case, who, at)
        return done
    parcel = None
    if not (act.event == "mail_out" and case.sub_cases):
        parcel = _packed(session, case, who, act.event) or _pack(session, keys, case, who, act.event, at)
    if parcel is not None:
        act = replace(act, extra={**act.extra, "shipment": str(parcel.id)})
    done = casework.perform_in(session, who, act, case)
    waybill = act.extra.get("waybill", "").strip()
    if parcel is not None and waybill:
        shipments.sent(session, parcel, case, who, waybill, at)
    return done


def _packed(session: Session, case: Case, who: Who, event: str) -> Shipment | None:
    mine = (Shipment.case_seq == case.seq, Shipment.from_unit_id == who.unit_id, Shipment.state == "to_send")
    wanted = select(Shipment).where(*mine, Shipment.direction == _direction(case, event))
    return session.scalar(wanted.order_by(Shipment.id.desc()).limit(1))


def _pack(session: Session, keys: KeyRing, case: Case, who: Who, event: str, at: datetime) -> Shipment:
    parcel = shipments.plan(session, keys, case, who, _direction(case, event), at)
    shipments.pack(session, keys.vault, parcel, case, who, _contents(session, case, event), at)
    return parcel


def _direction(case: Case, event: str) -> str:
    if event == "mail_out":
        return shipments.TO_HANDLING
    home = case.delivery == DeliveryMethod.EMS_TO_APPLICANT
    return shipments.RESULT_TO_APPLICANT if home else shipments.RESULT_TO_DESK


def _contents(session: Session, case: Case, event: str) -> Sequence[str]:
    if event == "dispatch_result":
        return ["办理结果"]
    item = item_facts(session, case.item_id, case.catalogue_version)
    return [one.name for one in on_paper(item, verified(session, case))] or ["纸质申请材料"]
