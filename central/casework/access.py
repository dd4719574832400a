"""Which cases somebody may see: their own place's, as receiving or handling place. Nobody else's, by any way.

One exception, and a narrow one (R111): the desk of another place that the applicant chose to collect the result at meets the
case when its result is out, for the hand-over only, and not after it. What it is shown is `central.pickups`, never the case.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, not_, or_, select, text, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from central.casework.terms import Role
from central.casework.who import Who
from central.store.models import Case, SubCase
from central.store.models.cases import COLLECTED_ELSEWHERE
from kiosk.protocol.states import State

AT_PICKUP = (State.RESULT_ISSUED, State.IN_DELIVERY, State.READY_FOR_PICKUP)
"""States in which the desk where a result is collected has to do with the case: from its issue to its hand-over."""
_CASEWORKERS = (Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)


def visible(who: Who) -> ColumnElement[bool]:
    """The condition on `Case` for what `who` may see.

    Window and approver see the cases of exactly their division; a supervisor also those of divisions beneath it
    (150000 sees 15xxxx). An approver bound to sectors sees these only, unless they also work at the window.
    """
    if not who.has(*_CASEWORKERS) or not who.region_code:
        return false()
    places = or_(within(Case.receiving_code, who), within(Case.handling_code, who), in_sub_case(who))
    return and_(places, Case.sector.in_(who.sectors)) if _bound(who) else places


def find(session: Session, who: Who, case_number: str) -> Case | None:
    """The case, if there is one and `who` may see it: the two are not told apart."""
    return session.scalar(select(Case).where(Case.case_number == case_number, visible(who)))


def take(session: Session, who: Who, case_number: str) -> Case | None:
    """The same, and nobody else records or acts on it until the transaction ends: of two at once the second sees what the
    first did.
    """
    return session.scalar(select(Case).where(Case.case_number == case_number, visible(who)).with_for_update(of=Case))


def waiting(who: Who) -> ColumnElement[bool]:
    """The condition on `Case` for results that are, or will be, at `who`'s window for an applicant who chose this place."""
    if not who.has(Role.WINDOW) or not who.region_code:
        return false()
    return and_(text(COLLECTED_ELSEWHERE), Case.pickup_code == who.region_code, Case.state.in_(AT_PICKUP))


def find_waiting(session: Session, who: Who, case_number: str) -> Case | None:
    """The case, if its result waits at `who`'s window (`waiting`)."""
    return session.scalar(select(Case).where(Case.case_number == case_number, waiting(who)))


def shares(who: Who) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    """`visible`, in three parts that exclude each other: received here; handled here only; further handling place only.

    Each part is answered from an index of its own, in order of time; the three together by one condition are not. Lists
    of a million cases put their pages together from the parts.
    """
    if not who.has(*_CASEWORKERS) or not who.region_code:
        return false(), false(), false()
    here, handled, further = within(Case.receiving_code, who), within(Case.handling_code, who), in_sub_case(who)
    bound = Case.sector.in_(who.sectors) if _bound(who) else true()
    return (
        and_(here, bound),
        and_(handled, not_(here), bound),
        and_(further, not_(handled), not_(here), bound),
    )


def within(column: InstrumentedAttribute[str], who: Who) -> ColumnElement[bool]:
    """Whether a division code (a column) is `who`'s place, or for a supervisor lies beneath it."""
    prefix = _prefix(who)
    if len(prefix) < 6:
        return and_(column >= prefix.ljust(6, "0"), column <= prefix.ljust(6, "9"))
    return column == who.region_code


def is_within(code: str, who: Who) -> bool:
    """The same of one code."""
    return bool(who.region_code) and code.startswith(_prefix(who))


def in_sub_case(who: Who) -> ColumnElement[bool]:
    """Whether `who`'s place is one of several handling places of the case."""
    return Case.seq.in_(select(SubCase.case_seq).where(within(SubCase.region_code, who)))


def _prefix(who: Who) -> str:
    """The digits that codes of `who`'s places begin with: 15 for a supervisor of 150000, 150626 for a window there."""
    if not who.has(Role.SUPERVISOR):
        return who.region_code
    digits = who.region_code.rstrip("0")
    return digits + "0" * (len(digits) % 2)


def _bound(who: Who) -> bool:
    """An approver of some sectors, who sees these only."""
    return bool(who.sectors) and not who.has(Role.WINDOW, Role.SUPERVISOR)
