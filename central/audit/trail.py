"""Adding to the audit trail: append-only, each entry chained to the one before by SHA-256.

The chain alone shows clumsy edits only; anchors (`central audit anchor`) signed and kept elsewhere show the others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from central.casework.who import Who
from central.store.models import AuditEntry

GENESIS = "0" * 64
_LOCK = 0x746F6E67
"""Advisory lock of PostgreSQL: one appender at a time (SQLite has one writer anyway)."""


def record(
    session: Session, who: Who, action: str, target: str, at: datetime, detail: Mapping[str, object] | None = None
) -> AuditEntry:
    """Add an entry in the caller's transaction. `target` and `detail` never hold a person's data."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    earlier = session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or GENESIS
    entry = AuditEntry(
        at=at,
        user_id=who.user_id,
        unit_id=who.unit_id,
        action=action,
        target=target,
        detail=json.dumps(dict(detail or {}), ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        earlier=earlier,
        hash="",
    )
    entry.hash = digest(entry)
    session.add(entry)
    session.flush()
    return entry


def digest(entry: AuditEntry) -> str:
    """The hash an entry must have: SHA-256 over the earlier hash and the canonical JSON of the rest."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    body = [at, entry.user_id, entry.unit_id, entry.action, entry.target, entry.detail]
    canonical = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(entry.earlier.encode() + canonical.encode()).hexdigest()
