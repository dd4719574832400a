"""Forgetting in due time what was kept only to deliver (R151): addresses on parcels, digests of numbers, wrong codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from central.proving import WINDOW
from central.store.database import Database
from central.store.models import Notice, Shipment, WrongCode

ADDRESSES_AFTER = timedelta(days=90)
"""After delivery: as long as a carrier takes claims [A]."""
NUMBERS_AFTER = timedelta(days=2)
"""The limit of messages looks at one day."""
AT_ONCE = 500


class Forgetting:
    """Forgets what is past its time. Harmless to run as often as one likes."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def step(self) -> int:
        """Forget at most `AT_ONCE` of each; returns how many."""
        now = self._now()
        parcels = (
            select(Shipment.id)
            .where(Shipment.to_sealed.is_not(None), Shipment.delivered_at < now - ADDRESSES_AFTER)
            .limit(AT_ONCE)
        )
        notices = (
            select(Notice.id)
            .where(Notice.phone_index.is_not(None), Notice.sent_at < now - NUMBERS_AFTER)
            .limit(AT_ONCE)
        )
        codes = select(WrongCode.slip_number).where(WrongCode.since <= now - WINDOW).limit(AT_ONCE)
        with self._database.reading() as session:
            old_parcels, old_notices = session.scalars(parcels).all(), session.scalars(notices).all()
            old_codes = session.scalars(codes).all()
        if old_parcels or old_notices or old_codes:
            with self._database.writing() as session:
                session.execute(update(Shipment).where(Shipment.id.in_(old_parcels)).values(to_sealed=None))
                session.execute(update(Notice).where(Notice.id.in_(old_notices)).values(phone_index=None))
                session.execute(
                    delete(WrongCode).where(WrongCode.slip_number.in_(old_codes), WrongCode.since <= now - WINDOW)
                )
        return len(old_parcels) + len(old_notices) + len(old_codes)
