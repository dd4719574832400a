"""Adding to the audit trail: append-only, each entry chained to the one before by SHA-256.

The chain alone shows clumsy edits only; anchors (`central audit anchor`) signed and kept elsewhere show the others.

There is one chain for all processes, so its end is a lock that everybody takes. Entries are therefore written last, when
their transaction is about to commit: the lock is held for as short as can be, and who holds it waits for no other row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import event, select
from sqlalchemy.orm import Session, SessionTransaction

from central.casework.who import Who
from central.store.locks import hold
from central.store.models import AuditEntry

GENESIS = "0" * 64
_LOCK = "audit trail"
_WAITING = "audit entries"


def record(
    session: Session, who: Who, action: str, target: str, at: datetime, detail: Mapping[str, object] | None = None
) -> None:
    """Add an entry when the caller's transaction commits; not to be called inside a savepoint. `target` and `detail` never
    hold a person's data.
    """
    if not session.in_transaction():
        session.begin()  # so that rolling back takes it along
    session.info.setdefault(_WAITING, []).append(
        AuditEntry(
            at=at,
            user_id=who.user_id,
            unit_id=who.unit_id,
            action=action,
            target=target,
            detail=json.dumps(dict(detail or {}), ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        )
    )


def digest(entry: AuditEntry) -> str:
    """The hash an entry must have: SHA-256 over the earlier hash and the canonical JSON of the rest."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    body = [at, entry.user_id, entry.unit_id, entry.action, entry.target, entry.detail]
    canonical = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(entry.earlier.encode() + canonical.encode()).hexdigest()


@event.listens_for(Session, "before_commit")
def _append(session: Session) -> None:
    if session.in_nested_transaction():  # the end of a savepoint
        return
    entries: list[AuditEntry] = session.info.pop(_WAITING, [])
    if not entries:
        return
    session.flush()  # every row this transaction still has to lock
    hold(session, _LOCK)
    earlier = session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or GENESIS
    for entry in entries:
        entry.earlier = earlier
        entry.hash = earlier = digest(entry)
    session.add_all(entries)
    session.flush()


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(_WAITING, None)
