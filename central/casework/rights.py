"""As what somebody acts on a case: which actors of the lifecycle a member of staff is."""

from __future__ import annotations

from collections.abc import Iterable

from central.casework.access import is_within
from central.casework.profiles import Profile
from central.casework.terms import Actor, Role
from central.casework.who import Who
from central.store.models import Case


def actors(case: Case, who: Who, profile: Profile, handling: Iterable[str]) -> frozenset[Actor]:
    """The actors that `who` is for the handling places `handling` of `case` (6-digit codes).

    The receiving place's desk collects, the handling place's desk receives, its approvers decide; who accepts a forwarded
    case is the profile's business (R006, R014, R148). The desk where the applicant collects the result hands it over (R111).
    """
    if who.not_staff is not None:
        return frozenset({who.not_staff})
    found = set()
    if who.region_code == case.receiving_code and who.has(Role.WINDOW):
        found.add(Actor.RECEIVING_DESK)
        if profile.accepting_party == "receiving":
            found.add(Actor.ACCEPTING)
    if who.region_code == case.pickup_place and who.has(Role.WINDOW):
        found.add(Actor.PICKUP_DESK)
    if who.region_code in handling:
        if who.has(Role.WINDOW):
            found.add(Actor.HANDLING_DESK)
        if who.has(Role.APPROVER) and (not who.sectors or case.sector in who.sectors):
            found.add(Actor.HANDLING_DEPT)
            if profile.accepting_party == "handling":
                found.add(Actor.ACCEPTING)
    return frozenset(found)


def supervises(who: Who, region_code: str) -> bool:
    """Whether `who` is a supervisor of the place: of it, or of a division above it."""
    return who.has(Role.SUPERVISOR) and is_within(region_code, who)


def places_of(case: Case) -> tuple[str, ...]:
    """The handling places of a case."""
    return tuple(part.region_code for part in case.sub_cases) or (case.handling_code,)
