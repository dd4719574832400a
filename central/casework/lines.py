"""Lines in the ledger (台账) for what is recorded beside the lifecycle's own events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from central.casework.office import capacity
from central.casework.who import Who
from central.store.models import Case, CaseEvent


def line(
    session: Session,
    case: Case,
    who: Who,
    event: str,
    at: datetime,
    detail: Mapping[str, object],
    sub_case_id: int | None = None,
) -> None:
    """Add a line in the caller's transaction; the case stays in its state. `detail` holds nothing about a person."""
    session.add(
        CaseEvent(
            case_seq=case.seq,
            sub_case_id=sub_case_id,
            at=at,
            event=event,
            source=case.state,
            target=case.state,
            actor=capacity(who),
            unit_id=who.unit_id,
            user_id=who.user_id,
            detail=dict(detail),
        )
    )
    case.updated_at = at
