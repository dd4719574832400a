"""Locks that hold between all processes on one database, by name.

On PostgreSQL they are advisory locks of a transaction: they end with it, and with the connection of whoever dies. SQLite
belongs to one process: its one writer stands for every lock of a transaction.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

_HOLD = text("SELECT pg_advisory_xact_lock(:number)")


def hold(holder: Session | Connection, name: str) -> None:
    """Wait until no other transaction holds `name`, then hold it until this one ends.

    Take it before reading what it protects, and before rows are locked that others lock while they hold it.
    """
    connection = holder.connection() if isinstance(holder, Session) else holder
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        connection.execute(_HOLD, {"number": number})
