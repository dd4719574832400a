"""Who of the demonstration's staff plays what: the member whose business an act is."""

from __future__ import annotations

from collections.abc import Sequence

from central.casework import profiles
from central.casework.terms import Actor, Role
from central.casework.who import Who
from central.store.models import Case


class Cast:
    """The staff."""

    def __init__(self, staff: Sequence[Who]) -> None:
        self._staff = staff

    def whose(self, case: Case, actors: frozenset[Actor], place: str, *, second: bool) -> Who:
        """The member of staff whose business it is."""
        if Actor.ACCEPTING in actors:
            here = profiles.load().get(case.profile).accepting_party == "receiving"
            actors = frozenset({Actor.RECEIVING_DESK if here else Actor.HANDLING_DEPT})
        if Actor.PICKUP_DESK in actors:
            return self.member(case.pickup_place, Role.WINDOW)
        if Actor.RECEIVING_DESK in actors:
            return self.member(case.receiving_code, Role.SUPERVISOR if second else Role.WINDOW)
        if Actor.HANDLING_DESK in actors:
            return self.member(place, Role.WINDOW)
        return self.member(place, Role.APPROVER, case.sector)

    def member(self, place: str, role: Role, sector: str = "") -> Who:
        """Of that place, the most fitting: an approver of the very sector before one of all."""
        fit = [one for one in self._staff if one.region_code == place and one.has(role)]
        if role is Role.APPROVER:
            fit = [one for one in fit if sector in one.sectors] or [one for one in fit if not one.sectors]
        return fit[0]
