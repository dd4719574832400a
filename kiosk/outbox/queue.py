"""The rows of the outbox as the sender and the maintenance screens see them. Nothing here is content."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Row, func, select, update

from kiosk.outbox.store import Store
from kiosk.outbox.table import OutboxState, outbox
from kiosk.protocol import slip_number
from kiosk.protocol.envelope import Manifest
from kiosk.protocol.messages import SubmissionReceipt

UNSENT = (OutboxState.QUEUED, OutboxState.SENDING)
STUCK_AFTER = 13
"""Tries after which a row counts as stuck: still tried, and shown to the technician."""

_EARLIEST = 1_767_225_600.0  # 2026-01-01: before this software existed, so the clock was wrong


@dataclass(frozen=True)
class Entry:
    """One row. Times are Unix seconds of the terminal's clock, which may have been wrong."""

    application_id: UUID
    slip_number: str
    state: OutboxState
    manifest: Manifest
    created_at: float
    attempts: int
    next_attempt_at: float | None
    last_error: str
    case_number: str | None

    @property
    def query_code(self) -> str:
        """See `kiosk.protocol.slip_number`."""
        return slip_number.query_code(self.application_id)


@dataclass(frozen=True)
class Summary:
    """The outbox in figures, for heartbeat and maintenance screen."""

    unsent: int
    rejected: int
    stuck: int
    """Unsent after `STUCK_AFTER` tries or more."""
    oldest_seconds: float | None
    """Age of the oldest unsent application; None when there is none, or when the clock was wrong."""


def entries(store: Store, *states: OutboxState) -> tuple[Entry, ...]:
    """Rows in these states (all states when none is named), oldest first by submission, not by clock."""
    query = select(outbox).order_by(outbox.c.seq)
    if states:
        query = query.where(outbox.c.state.in_(states))
    with store.begin() as connection:
        rows = connection.execute(query).all()
    return tuple(_entry(row) for row in rows)


def summary(store: Store, now: float) -> Summary:
    """Figures at wall-clock time `now`."""
    unsent = outbox.c.state.in_(UNSENT)
    with store.begin() as connection:
        waiting = connection.scalar(select(func.count()).where(unsent)) or 0
        stuck = connection.scalar(select(func.count()).where(unsent, outbox.c.attempts >= STUCK_AFTER)) or 0
        rejected = connection.scalar(select(func.count()).where(outbox.c.state == OutboxState.REJECTED)) or 0
        oldest = connection.scalar(select(outbox.c.created_at).where(unsent).order_by(outbox.c.seq).limit(1))
    known = oldest is not None and oldest >= _EARLIEST and now >= oldest
    return Summary(waiting, rejected, stuck, now - oldest if known and oldest is not None else None)


def begin_try(store: Store, entry: Entry) -> int:
    """Record the try before it is made, and return its number: a crash leaves `sending`, which means unknown."""
    _set(store, entry, state=OutboxState.SENDING, attempts=entry.attempts + 1)
    return entry.attempts + 1


def put_back(store: Store, entry: Entry, reason: str, next_attempt_at: float | None) -> None:
    """The try failed, or its end is unknown: it will be tried again."""
    _set(store, entry, state=OutboxState.QUEUED, last_error=reason, next_attempt_at=next_attempt_at)


def reject(store: Store, entry: Entry, reason: str) -> None:
    """No repetition will help. The sealed files stay for whoever looks into it."""
    _set(store, entry, state=OutboxState.REJECTED, last_error=reason, next_attempt_at=None)


def acknowledge(store: Store, entry: Entry, receipt: SubmissionReceipt, now: float) -> None:
    """The centre has it: keep the row, delete the sealed files (row first; `sweep` finishes after a crash)."""
    _set(
        store,
        entry,
        state=OutboxState.ACKNOWLEDGED,
        server_reference=receipt.case_number,
        acknowledged_at=now,
        last_error="",
        next_attempt_at=None,
    )
    shutil.rmtree(folder_of(store, entry), ignore_errors=True)


def folder_of(store: Store, entry: Entry) -> Path:
    """Where the sealed parts of `entry` lie."""
    return store.folder / str(entry.application_id)


def _set(store: Store, entry: Entry, **values: object) -> None:
    with store.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.application_id == str(entry.application_id)).values(**values))


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    values = row._mapping
    return Entry(
        application_id=UUID(values["application_id"]),
        slip_number=values["slip_number"],
        state=OutboxState(values["state"]),
        manifest=Manifest.model_validate_json(values["manifest"]),
        created_at=values["created_at"],
        attempts=values["attempts"],
        next_attempt_at=values["next_attempt_at"],
        last_error=values["last_error"],
        case_number=values["server_reference"],
    )


def unsent_entries(store: Store) -> Sequence[Entry]:
    """What is to be sent. A row found in `sending` is one whose end is unknown: it is sent again."""
    return entries(store, *UNSENT)
