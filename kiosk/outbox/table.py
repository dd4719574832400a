"""The outbox's tables. No column holds anything about a person."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text

metadata = MetaData()


class OutboxState(StrEnum):
    """Where an envelope stands."""

    QUEUED = "queued"
    SENDING = "sending"
    """A try has begun. Found at start-up it means: unknown, send again with the same key."""
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    """The centre refused for good, or the sealed files are damaged: a person must look."""


outbox = Table(
    "outbox",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),  # the order of submission, whatever the clock said
    Column("application_id", String, nullable=False, unique=True),
    Column("slip_number", String, nullable=False, unique=True),
    Column("state", String, nullable=False, index=True),
    Column("manifest", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt_at", Float),  # wall clock, for people to read; the sender counts on its monotonic clock
    Column("last_error", String, nullable=False, default=""),
    Column("server_reference", String),
    Column("acknowledged_at", Float),
    sqlite_autoincrement=True,
)

counters = Table(
    "counters",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Integer, nullable=False),
)
