"""Asking, in a transaction, for work to be done after it: `central.notify.relay` does it, at least once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from central.store.models import Outbox

_TABLE = cast(Table, Outbox.__table__)


def enqueue(session: Session, topic: str, payload: Mapping[str, Any], at: datetime) -> None:
    """Ask for one piece of work from `at` on. It is forgotten if the caller's transaction is rolled back.

    Args:
        session: the caller's.
        topic: names the handler.
        payload: identifiers only; never a person's data.
        at: when it is due.
    """
    enqueue_all(session, topic, (payload,), at)


def enqueue_all(session: Session, topic: str, payloads: Iterable[Mapping[str, Any]], at: datetime) -> None:
    """The same for many, with one statement."""
    rows = [
        {
            "topic": topic,
            "payload": dict(payload),
            "created_at": at,
            "due_at": at,
            "attempts": 0,
            "leased_until": None,
            "done_at": None,
            "error": "",
            "given_up": False,
        }
        for payload in payloads
    ]
    if rows:
        session.connection().execute(insert(_TABLE), rows)
