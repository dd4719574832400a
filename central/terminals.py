"""Heartbeats of terminals: how each was last, and what it should hold (R171)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central.catalogue.release import meant_for
from central.store.models import Terminal
from kiosk.protocol.heartbeat import Heartbeat, HeartbeatAnswer

NEXT_SECONDS = 60


def beat(session: Session, heartbeat: Heartbeat, now: datetime) -> HeartbeatAnswer:
    """Keep what a terminal says of itself. One that arrives after a later one of the same start changes nothing."""
    row = _row(session, heartbeat, now)
    if not _late(row.status, heartbeat):
        row.region_code = heartbeat.region_code
        row.place = heartbeat.place
        row.status = heartbeat.model_dump(mode="json")
        row.last_seen_at = now
    versions = meant_for(session, heartbeat.terminal_id, heartbeat.region_code, now)
    return HeartbeatAnswer(server_time=now, versions=versions, next_in_seconds=NEXT_SECONDS)


def _row(session: Session, heartbeat: Heartbeat, now: datetime) -> Terminal:
    """The terminal's row, locked; made when it is heard of for the first time."""
    known = select(Terminal).where(Terminal.terminal_id == heartbeat.terminal_id).with_for_update()
    row = session.scalar(known)
    if row is not None:
        return row
    row = Terminal(
        terminal_id=heartbeat.terminal_id,
        region_code=heartbeat.region_code,
        first_seen_at=now,
        last_seen_at=now,
        status={},
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # its first two heartbeats came at the same time
        return session.scalars(known).one()
    return row


def _late(status: dict[str, object], heartbeat: Heartbeat) -> bool:
    sequence = status.get("sequence")
    same_start = status.get("boot_id") == str(heartbeat.boot_id)
    return same_start and isinstance(sequence, int) and sequence > heartbeat.sequence
