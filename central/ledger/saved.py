"""What applicants were spared (减材料、减环节、减时间、减成本, R138), as sums over cases. The rules, in full:

Materials: of the item's list, those that came from their source (shared, e-licence), were tolerated, or promised
(`central.casework.spared`); counted with the case when it is collected.

Trips: to the handling place, that nobody had to make. One to hand in: the case was collected at another place, unless the law
wants people there in person (`must_be_onsite` of the item). One for the result: it was delivered electronically or by post, or
handed over at a desk of another place.

Days: between the decision and the day promised for it, in days of 24 hours; less than nothing where it was late.

Postage: parcels sent at the cost of anybody but the applicant. What they cost is not known here, so they are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlalchemy.orm import Session

from central.store.models import Case, Shipment
from kiosk.protocol.application import DeliveryMethod

DAY = 86400.0
NOT_CHARGED = Shipment.payer != "applicant"
_PICKED_UP_AT = func.coalesce(func.nullif(Case.pickup_code, ""), Case.receiving_code)


def materials() -> ColumnElement[int]:
    """Materials that were not asked for."""
    return func.coalesce(func.sum(Case.materials_saved), 0)


def trips_to_hand_in(*more: ColumnElement[bool]) -> ColumnElement[int]:
    """Trips to hand in, of collected cases. `more`: which of them."""
    return _count(Case.receiving_code != Case.handling_code, *more)


def trips_for_the_result(*more: ColumnElement[bool]) -> ColumnElement[int]:
    """Trips for the result, of delivered cases. `more`: which of them."""
    at_home = Case.delivery != DeliveryMethod.PICKUP_AT_DESK.value
    return _count(or_(at_home, Case.handling_code != _PICKED_UP_AT), *more)


def promised() -> ColumnElement[int]:
    """How many decided cases had a day promised."""
    return func.count(Case.promise_due_at)


def seconds_early(session: Session) -> ColumnElement[Any]:
    """Seconds from decision to the promised end, summed over decided cases."""
    return func.sum(seconds(session, Case.promise_due_at) - seconds(session, Case.decided_at))


def seconds(session: Session, column: Any) -> ColumnElement[Any]:
    """A time as seconds, to take differences of."""
    if session.get_bind().dialect.name == "postgresql":
        return func.extract("epoch", column)
    return func.julianday(column) * DAY


def onsite(catalogue: Mapping[str, Any]) -> frozenset[str]:
    """Items for which the law wants people to come in person."""
    return frozenset(
        key
        for key, entry in catalogue.items()
        if isinstance(entry, dict) and entry.get("office", {}).get("must_be_onsite")
    )


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((and_(*conditions), 1), else_=0)), 0)
