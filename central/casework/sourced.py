"""Materials that need no paper because the source of their licence has answered for them (电子证照, R050)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.catalogue.facts import ItemFacts, MaterialFacts
from central.store.models import Case, LicenceCheck

AWAY = "away"
"""Outcome of a check that had no answer: it says nothing."""
VALID = "valid"


def licence_checks(session: Session, case: Case) -> tuple[LicenceCheck, ...]:
    """All of them, in order."""
    return tuple(
        session.scalars(select(LicenceCheck).where(LicenceCheck.case_seq == case.seq).order_by(LicenceCheck.id))
    )


def verified(session: Session, case: Case) -> dict[str, LicenceCheck]:
    """Materials whose licence was found good when the source last answered, by code. One that was found revoked or gone
    since then is not among them.
    """
    latest = {row.material: row for row in licence_checks(session, case) if row.outcome != AWAY}
    return {code: row for code, row in latest.items() if row.outcome == VALID}


def on_paper(item: ItemFacts, licensed: Collection[str]) -> tuple[MaterialFacts, ...]:
    """What goes to the handling place on paper: originals that it examines, papers that it archives; without `licensed`."""
    return tuple(
        one for one in item.materials if (one.original_required or one.archive_paper) and one.code not in licensed
    )
