"""Which materials a case has to show, and which of them have not passed the formal check (形式审查) yet.

Two check: the desk that collects, everything; and the handling department, what was supplemented at its request. A check
counts for what was handed in when it was made: a material that came anew is looked at anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from central.casework.grants import granted
from central.casework.rights import places_of
from central.casework.sourced import verified
from central.casework.terms import Actor, Right
from central.catalogue.facts import ItemFacts, MaterialFacts
from central.keys import KeyRing
from central.opened import Opened, open_case
from central.opening import CannotOpen
from central.store.models import Case, CaseEvent, Commitment, FormalCheck, LicenceCheck, Submission
from kiosk.protocol.application import Mode

WHOLE = -1
"""`FormalCheck.point` of a material as a whole."""
ORIGINAL = -2
"""`FormalCheck.point` of 原件核验: the original was examined. It says nothing of the copies."""


def checklist(session: Session, keys: KeyRing, case: Case, item: ItemFacts) -> dict[str, str]:
    """The materials of the application, code → name: 照单收件, what the citizen's own list named.

    An application that cannot be opened (its key is gone) is checked by what the item requires.
    """
    with suppress(CannotOpen):
        return {one.code: one.name for one in open_case(session, keys, case).application.materials}
    return {one.code: one.name for one in item.materials if one.necessity == "required"}


def supplemented(session: Session, keys: KeyRing, case: Case) -> dict[str, int]:
    """Materials that came anew: code → the number of the supplement that each came with last."""
    if not supplements(session, case):
        return {}
    with suppress(CannotOpen):
        return anew(open_case(session, keys, case))
    return {}


def anew(opened: Opened) -> dict[str, int]:
    """The same of a case that is open. A material that is filled in (a form) came anew when an answer was corrected."""
    corrected = max((number for _, number in opened.answers().values()), default=0)
    came = {
        code: max(number, corrected if material.met_by == "form" else 0)
        for code, (material, number) in opened.materials().items()
    }
    return {code: number for code, number in came.items() if number}


def supplements(session: Session, case: Case) -> int:
    """How many supplements have come."""
    return session.scalar(select(func.max(Submission.number)).where(Submission.case_seq == case.seq)) or 0


def asked_by_department(session: Session, case: Case, came: Mapping[str, int]) -> dict[str, int]:
    """Of what `came` anew, what the handling department had asked for: each supplement answers one notice, in order."""
    if not came:
        return {}
    notices = session.scalars(
        select(CaseEvent.actor)
        .where(CaseEvent.case_seq == case.seq, CaseEvent.event == "notify_once")
        .order_by(CaseEvent.id)
    ).all()
    asked = {number for number, actor in enumerate(notices, start=1) if actor == Actor.HANDLING_DEPT}
    return {code: number for code, number in came.items() if number in asked}


Checks = dict[str, dict[int, FormalCheck]]
"""Material → point → the latest check of it."""


def latest_checks(session: Session, case: Case, came: Mapping[str, int], *, department: bool = False) -> Checks:
    """The checks that count, of the desk or of the department; `came` says which materials came anew, and when."""
    latest: Checks = {}
    rows = select(FormalCheck).where(FormalCheck.case_seq == case.seq, FormalCheck.department.is_(department))
    for row in session.scalars(rows.order_by(FormalCheck.id)):
        if row.point == ORIGINAL or row.supplement >= came.get(row.material, 0):
            latest.setdefault(row.material, {})[row.point] = row
    return latest


def unchecked(
    session: Session,
    case: Case,
    item: ItemFacts,
    materials: Mapping[str, str],
    came: Mapping[str, int],
    *,
    department: bool = False,
) -> tuple[str, ...]:
    """Names of the materials that still stand in the way of collecting, in the list's order.

    A material has passed when it passed as a whole, or every point of it did, and no later check found it wrong; when its
    licence was found at the source (R050); or when it may come later or a promise stands in its place (容缺、承诺).
    """
    latest = latest_checks(session, case, came, department=department)
    excused, licensed = _excused(session, case), verified(session, case)
    return tuple(
        name
        for code, name in materials.items()
        if code not in excused and not passed(judged(latest.get(code, {})), item.material(code), licensed.get(code))
    )


def judged(checks: Mapping[int, FormalCheck]) -> dict[int, FormalCheck]:
    """The checks of a material that say whether it is right."""
    return {point: row for point, row in checks.items() if point >= WHOLE}


def unseen(
    session: Session, case: Case, item: ItemFacts, materials: Mapping[str, str], at: datetime
) -> tuple[str, ...]:
    """Names of the materials whose original the receiving desk has still to examine (原件核验), in the list's order.

    None where nobody brings papers (full_online), or where the handling place keeps the right to itself: then the originals
    are posted to it. Nor of a material whose licence was found at the source (R050).
    """
    asked = [code for code in materials if (facts := item.material(code)) is not None and facts.original_required]
    if not asked or case.mode == Mode.FULL_ONLINE or not may_examine(session, case, at):
        return ()
    seen = set(
        session.scalars(
            select(FormalCheck.material).where(FormalCheck.case_seq == case.seq, FormalCheck.point == ORIGINAL)
        )
    )
    done = seen | _excused(session, case) | verified(session, case).keys()
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


def passed(
    checks: Mapping[int, FormalCheck], material: MaterialFacts | None, licence: LicenceCheck | None = None
) -> bool:
    """Whether a material has passed, by its latest checks of each point and of the whole; or by its licence, unless
    somebody found the material wrong after that.
    """
    if licence is not None and all(row.passed or row.at < licence.at for row in checks.values()):
        return True
    whole = checks.get(WHOLE)
    single = {point: row for point, row in checks.items() if point != WHOLE}
    if whole is not None and whole.passed:
        return all(row.passed or row.id < whole.id for row in single.values())
    if whole is not None and any(row.id < whole.id for row in single.values()):
        return False
    points = len(material.points) if material else 0
    return 0 < points <= len(single) and all(row.passed for row in single.values())
