"""Periods and holds for the demonstration (R069): a case that must be kept, and expired ones whose pages are past their period."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.who import Who
from central.centre import CentreParts
from central.retention import holding
from central.retention.deleting import Retention
from central.retention.rules import Rule, What
from central.store.models import Case
from kiosk.protocol.states import State

RULES = (Rule("", State.EXPIRED, What.PAGES, 1),)
"""Far too short for use: the demonstration is a few weeks old."""


def hold(session: Session, centre: CentreParts, chief: Who, at: datetime) -> None:
    """保全 of the last rejected case of the chief's place."""
    rejected = select(Case).where(Case.receiving_code == chief.region_code, Case.state == State.REJECTED.value)
    case = session.scalars(rejected.order_by(Case.seq.desc()).limit(1)).first()
    if case is not None:
        until = at.replace(year=at.year + 1, month=1, day=1)
        holding.place(
            centre.casework.office, session, case, chief, "申请人已申请行政复议，复议终结前保留全部材料。", until
        )


def delete(centre: CentreParts, at: datetime) -> None:
    """What is past its period."""
    retention = Retention(centre.database, centre.parts, RULES, lambda: at)
    while retention.step():
        pass
