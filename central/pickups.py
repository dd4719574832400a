"""What the desk of a third place is shown of a case whose result it hands over (R111): enough for that, and nothing more.

Not the papers, not the form, not phone or address, not the history. Whoever comes for the result is compared with the case by
the number on the card in their hand: the centre says whether it is the one, and shows none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.acts import NextAct
from central.casework.service import Casework
from central.casework.terms import DocumentKind
from central.casework.who import Who
from central.keys import KeyRing
from central.services.shipments import RESULT_TO_DESK
from central.store.models import Case, Document, Shipment
from kiosk.protocol.states import State

EVENTS = frozenset({"local_print", "arrive_at_desk", "picked_up"})
"""What that desk may do."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A result to be handed over."""

    case_number: str
    version: int
    state: State
    item_name: str
    applicant: str
    """王**"""
    number: str
    """150785********0012"""
    receiving_place: str
    handling_place: str
    waybill: str
    """Of the parcel with the result; empty: none is under way, it is printed here."""
    sent_at: datetime | None
    acts: tuple[NextAct, ...]
    decision_id: int | None
    """The decision to print; None: it comes by post, or this desk may not print it."""


def waiting(session: Session, casework: Casework, case: Case, who: Who) -> Waiting:
    """What `who` sees of `case`, which `access.find_waiting` has found for them."""
    acts = tuple(act for act in casework.next_acts(session, case, who) if act.event in EVENTS)
    parcels = select(Shipment).where(Shipment.case_seq == case.seq, Shipment.direction == RESULT_TO_DESK)
    parcel = session.scalar(parcels.order_by(Shipment.id.desc()).limit(1))
    printable = parcel is None and any(act.event in ("local_print", "picked_up") and not act.missing for act in acts)
    return Waiting(
        case_number=case.case_number,
        version=case.version,
        state=State(case.state),
        item_name=case.item_name,
        applicant=case.applicant_masked,
        number=case.id_masked,
        receiving_place=case.receiving_name,
        handling_place=case.handling_name,
        waybill=(parcel.waybill or "") if parcel else "",
        sent_at=parcel.sent_at if parcel else None,
        acts=acts,
        decision_id=_decision(session, case) if printable else None,
    )


def is_applicant(keys: KeyRing, case: Case, id_number: str) -> bool:
    """Whether the number on a card is the applicant's."""
    return keys.applicant_index(id_number.strip().upper()) == case.applicant_index


def _decision(session: Session, case: Case) -> int | None:
    decisions = select(Document.id).where(
        Document.case_seq == case.seq, Document.kind == DocumentKind.DECISION, Document.voided_at.is_(None)
    )
    return session.scalar(decisions.order_by(Document.id.desc()).limit(1))
