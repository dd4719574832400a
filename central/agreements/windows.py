"""Which windows serve which scopes (R143): what a work list shows at first. Everything stays one click away.

A window serves the scopes of its member of staff, else those of its unit, else all. It is first shown what it serves and
what no window of the place was given: a case can be left to others only where there are others for it.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.terms import Role
from central.casework.who import Who
from central.store.models import Unit, User
from central.worklists import EVERY_SCOPE, Served


def served(session: Session, who: Who) -> Served:
    """What the work lists of this person are narrowed to."""
    if who.user_id is None or not who.has(Role.WINDOW) or who.has(Role.SUPERVISOR):
        return EVERY_SCOPE
    windows = session.execute(
        select(User.id, User.roles, User.scopes, Unit.scopes.label("of_unit"))
        .join(Unit, Unit.id == User.unit_id)
        .where(Unit.region_code == who.region_code, Unit.active, User.disabled_at.is_(None))
    )
    serving = {row.id: frozenset(row.scopes or row.of_unit) for row in windows if Role.WINDOW in row.roles}
    mine = serving.pop(who.user_id, frozenset())
    if not mine:
        return EVERY_SCOPE
    if not all(serving.values()):
        return Served(only=mine)
    return Served(without=frozenset().union(*serving.values()) - mine)
