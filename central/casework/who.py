"""Who acts: a member of staff with unit, place and roles; or nobody, for what the system, a carrier or a terminal does."""

from __future__ import annotations

from dataclasses import dataclass, field

from central.casework.terms import Actor, Role
from central.store.models import User


@dataclass(frozen=True, slots=True)
class Who:
    """The acting party. `user_id` is None for SYSTEM, CARRIER, APPLICANT, KIOSK."""

    name: str
    user_id: int | None = None
    unit_id: int | None = None
    region_code: str = ""
    roles: frozenset[Role] = frozenset()
    sectors: frozenset[str] = frozenset()
    """What an approver may decide; empty: everything."""
    not_staff: Actor | None = field(default=None)
    """What it is when it is not a member of staff."""
    terminal_id: str | None = None

    def has(self, *roles: Role) -> bool:
        """Whether it has any of these roles."""
        return not self.roles.isdisjoint(roles)


SYSTEM = Who("system", not_staff=Actor.SYSTEM)
CARRIER = Who("carrier", not_staff=Actor.CARRIER)


def staff(user: User) -> Who:
    """The acting party that `user` is."""
    sectors = frozenset(user.sectors) or frozenset(user.unit.sectors)
    roles = frozenset(Role(role) for role in user.roles)
    return Who(user.name, user.id, user.unit_id, user.unit.region_code, roles, sectors)


def applicant(terminal_id: str | None) -> Who:
    """The applicant at a terminal (or any other channel)."""
    return Who("applicant", not_staff=Actor.APPLICANT, terminal_id=terminal_id)
