"""Following parcels (R043): asking carriers for pushes, and what a trace changes.

A trace may come twice, late, or with its nodes in any order. Nodes are kept once each; what the shipment is follows
from the newest node by the carrier's own time, and «signed» stays unless the parcel is returned later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.acts import Act, Performed, Refused
from central.casework.who import CARRIER, Who
from central.notify.provider import Rejected
from central.services import shipments
from central.services.carrier import Carrier, Leg, Trace
from central.store.database import Database
from central.store.models import Case, Shipment, ShipmentTrace
from kiosk.protocol.states import State

_WRONG = {Leg.PROBLEM, Leg.RETURNED}


class Acts(Protocol):
    """The part of casework that tracking needs."""

    def perform_in(self, session: Session, who: Who, act: Act, case: Case) -> Performed:
        """Do an act in the caller's transaction."""
        ...


class Tracking:
    """Handles the outbox topic `track`, and pushes. Thread-safe."""

    def __init__(
        self, database: Database, casework: Acts, carrier: Carrier | None, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._casework = casework
        self._carrier = carrier
        self._now = now

    def handle(self, payload: Mapping[str, object]) -> None:
        """Ask for pushes about one shipment.

        Raises:
            Throttled, Unavailable: again later.
        """
        with self._database.reading() as session:
            shipment = session.get_one(Shipment, int(str(payload["shipment"])))
        if self._carrier is None or shipment.waybill is None or shipment.state == "delivered":
            return
        try:
            self._carrier.subscribe(shipment.waybill)
        except Rejected as refusal:
            self.give_up(payload, refusal.code)

    def give_up(self, payload: Mapping[str, object], code: str) -> None:
        """The carrier will tell nothing of it: the desk sees an exception, and looks itself."""
        with self._database.writing() as session:
            shipment, case = _locked(session, Shipment.id == int(str(payload["shipment"])))
            shipments.went_wrong(session, shipment, case, CARRIER, f"not_followed:{code}"[:80], self._now())

    def apply(self, trace: Trace) -> bool:
        """Record a trace; False if there is no such shipment."""
        with self._database.writing() as session:
            found = session.scalar(select(Shipment.id).where(Shipment.waybill == trace.waybill))
            if found is None:
                return False
            shipment, case = _locked(session, Shipment.id == found)
            self._record(session, shipment, case, trace)
            return True

    def look(self, shipment: Shipment) -> bool:
        """Ask the carrier now, for a clerk who wants to know; False if nobody can be asked.

        Raises:
            Throttled, Unavailable, Rejected
        """
        if self._carrier is None or shipment.waybill is None:
            return False
        return self.apply(self._carrier.track(shipment.waybill))

    def _record(self, session: Session, shipment: Shipment, case: Case, trace: Trace) -> None:
        known = set(
            session.scalars(select(ShipmentTrace.source_key).where(ShipmentTrace.shipment_id == shipment.id)).all()
        )
        fresh = {node.key: node for node in trace.nodes if node.key not in known}
        for node in fresh.values():
            row = ShipmentTrace(
                shipment_id=shipment.id, source_key=node.key, at=node.at, state=node.leg.value, text=node.place
            )
            session.add(row)
        session.flush()
        nodes = session.execute(
            select(ShipmentTrace.state, ShipmentTrace.at)
            .where(ShipmentTrace.shipment_id == shipment.id)
            .order_by(ShipmentTrace.at, ShipmentTrace.id)
        ).all()
        if not fresh or not nodes:
            return
        last = Leg(nodes[-1].state)
        signed_at = next((at for state, at in nodes if state == Leg.SIGNED), None)
        if signed_at is not None and last is not Leg.RETURNED:
            shipments.on_its_way_again(session, shipment, case, CARRIER, self._now())
            shipments.delivered(session, shipment, case, CARRIER, signed_at)
            self._complete(session, shipment, case)
        elif last in _WRONG:
            shipments.went_wrong(session, shipment, case, CARRIER, last.value, self._now())
        else:
            shipments.on_its_way_again(session, shipment, case, CARRIER, self._now())

    def _complete(self, session: Session, shipment: Shipment, case: Case) -> None:
        """The applicant has signed for the result: the lifecycle's `signed_for`, as the carrier."""
        if shipment.direction == shipments.RESULT_TO_APPLICANT and case.state == State.IN_DELIVERY:
            try:
                self._casework.perform_in(session, CARRIER, Act(case.case_number, "signed_for", case.version), case)
            except Refused:
                # People have the last word: the shipment says delivered, and the desk closes the case.
                return


def _locked(session: Session, condition: object) -> tuple[Shipment, Case]:
    shipment = session.scalars(select(Shipment).where(condition).with_for_update()).one()  # type: ignore[arg-type]
    case = session.scalars(select(Case).where(Case.seq == shipment.case_seq).with_for_update()).one()
    return shipment, case
