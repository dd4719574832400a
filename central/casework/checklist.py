"""Which materials a case has to show, and which of them have not passed the formal check (形式审查) yet."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from central.catalogue.facts import ItemFacts, MaterialFacts
from central.keys import KeyRing
from central.opened import open_case
from central.opening import CannotOpen
from central.store.models import Case, Commitment, FormalCheck

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
    excused = set(
        session.scalars(
            select(Commitment.material).where(Commitment.case_seq == case.seq, Commitment.broken_at.is_(None))
        )
    )
    return tuple(
        name
        for code, name in materials.items()
        if code not in excused and not passed(latest.get(code, {}), item.material(code))
    )


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
