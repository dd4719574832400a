"""Which materials a case has to show, and which of them have not passed the formal check (形式审查) yet."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from central.casework.grants import granted
from central.casework.rights import places_of
from central.casework.terms import Right
from central.catalogue.facts import ItemFacts, MaterialFacts
from central.keys import KeyRing
from central.opened import open_case
from central.opening import CannotOpen
from central.store.models import Case, Commitment, FormalCheck
from kiosk.protocol.application import Mode

WHOLE = -1
"""`FormalCheck.point` of a material as a whole."""
ORIGINAL = -2
"""`FormalCheck.point` of 原件核验: the original was examined. It says nothing of the copies."""


def checklist(session: Session, keys: KeyRing, case: Case, item: ItemFacts) -> dict[str, str]:
    """The materials of the application, code → name: 照单收件, what the citizen's own list named.

    An application that cannot be opened (its key is gone) is checked by what the item requires.
    """
    with suppress(CannotOpen, NoResultFound):
        return {one.code: one.name for one in open_case(session, keys, case).application.materials}
    return {one.code: one.name for one in item.materials if one.necessity == "required"}


def unchecked(session: Session, case: Case, item: ItemFacts, materials: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the materials that still stand in the way of collecting, in the list's order.

    A material has passed when it passed as a whole, or every point of it did, and no later check found it wrong; or when
    it may come later or a promise stands in its place (容缺、承诺).
    """
    latest: dict[str, dict[int, FormalCheck]] = {}
    for row in session.scalars(
        select(FormalCheck).where(FormalCheck.case_seq == case.seq, FormalCheck.point >= WHOLE).order_by(FormalCheck.id)
    ):
        latest.setdefault(row.material, {})[row.point] = row
    excused = _excused(session, case)
    return tuple(
        name
        for code, name in materials.items()
        if code not in excused and not passed(latest.get(code, {}), item.material(code))
    )


def unseen(
    session: Session, case: Case, item: ItemFacts, materials: Mapping[str, str], at: datetime
) -> tuple[str, ...]:
    """Names of the materials whose original the receiving desk has still to examine (原件核验), in the list's order.

    None where nobody brings papers (full_online), or where the handling place keeps the right to itself: then the originals
    are posted to it.
    """
    asked = [code for code in materials if (facts := item.material(code)) is not None and facts.original_required]
    if not asked or case.mode == Mode.FULL_ONLINE or not may_examine(session, case, at):
        return ()
    seen = set(
        session.scalars(
            select(FormalCheck.material).where(FormalCheck.case_seq == case.seq, FormalCheck.point == ORIGINAL)
        )
    )
    done = seen | _excused(session, case)
    return tuple(materials[code] for code in asked if code not in done)


def may_examine(session: Session, case: Case, at: datetime) -> bool:
    """Whether every handling place lets the receiving desk examine originals (R147)."""
    return all(
        granted(session, place, case.receiving_code, Right.VERIFY_ORIGINAL, case.item_id, at)
        for place in places_of(case)
    )


def _excused(session: Session, case: Case) -> set[str]:
    """What may come later, or has a promise in its place (容缺、承诺)."""
    standing = select(Commitment.material).where(Commitment.case_seq == case.seq, Commitment.broken_at.is_(None))
    return set(session.scalars(standing))


def passed(checks: Mapping[int, FormalCheck], material: MaterialFacts | None) -> bool:
    """Whether a material has passed, by its latest checks of each point and of the whole."""
    whole = checks.get(WHOLE)
    single = {point: row for point, row in checks.items() if point != WHOLE}
    if whole is not None and whole.passed:
        return all(row.passed or row.id < whole.id for row in single.values())
    if whole is not None and any(row.id < whole.id for row in single.values()):
        return False
    points = len(material.points) if material else 0
    return 0 < points <= len(single) and all(row.passed for row in single.values())
