"""Materials that an applicant did not have to bring (减材料, R138): fetched from their source, tolerated, or promised.

Counted on the case, so that sums over a million cases need no envelope: when it comes in, and again when staff tolerate a
material, take a promise, or find its e-licence good. A material counts once, however it was spared, and stays counted when it
is brought later: what was spared is the wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.sourced import verified
from central.keys import KeyRing
from central.opened import open_case
from central.opening import CannotOpen
from central.store.models import Case, Commitment
from kiosk.protocol.application import Material

WAYS = frozenset({"shared", "later", "promise"})
"""Of `Material.met_by`."""


def among(materials: Iterable[Material]) -> frozenset[str]:
    """Codes of the materials that were not asked for."""
    return frozenset(one.code for one in materials if one.met_by in WAYS)


def recount(session: Session, keys: KeyRing, case: Case) -> None:
    """Count anew, after a record about a material. What cannot be opened keeps its count."""
    try:
        first = among(open_case(session, keys, case).application.materials)
    except CannotOpen:
        return
    session.flush()
    left_open = session.scalars(select(Commitment.material).where(Commitment.case_seq == case.seq))
    case.materials_saved = len(first | set(left_open) | set(verified(session, case)))
