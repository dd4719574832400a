"""What somebody may record about a case now, beside the next acts. The records themselves check it once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from central.casefile import Dossier
from central.casework import lifecycle
from central.casework.acts import Words
from central.casework.office import Office
from central.casework.records import STAFF
from central.casework.rights import actors, places_of, supervises
from central.casework.terms import Actor, ClockKind, Role
from central.casework.who import Who
from central.casework.withdrawals import REASONS, may_withdraw
from central.store.models import Case
from kiosk.protocol.application import Mode
from kiosk.protocol.states import State

EXTENSIBLE = (ClockKind.PROMISE, ClockKind.STATUTORY_DECISION)
WITHDRAWAL_REASONS: Mapping[str, Words] = REASONS
_CHECKING = (State.SUBMITTED, State.PRE_REVIEW, State.INTAKE_REVIEW, State.VIDEO_CONSULT)


@dataclass(frozen=True, slots=True)
class Recording:
    """Something to record; `key` stands in its address."""

    key: str
    words: Words


def may_check(case: Case, who: Who) -> bool:
    """Whether the formal check of this case is now this person's (see `records.formal_check`)."""
    place = case.handling_code if case.mode == Mode.FULL_ONLINE else case.receiving_code
    return who.has(Role.WINDOW) and who.region_code == place and case.state in _CHECKING


def offered(office: Office, session: Session, dossier: Dossier, who: Who) -> tuple[Recording, ...]:
    """What may be recorded, in the order of how often it is."""
    case = dossier.case
    mine = actors(case, who, office.profiles(session).get(case.profile), places_of(case))
    is_open = State(case.state) not in lifecycle.load().terminal and case.state != State.COMPLETED
    staff = bool(mine.intersection(STAFF))
    leads = any(supervises(who, place) for place in places_of(case))
    asked = dossier.open_withdrawal is not None
    clocks_run = case.due_clock is not None
    table = (
        ("contact", Words("与办理地联系", "Contact with the handling place"), staff and is_open),
        ("withdrawal", Words("申请人要撤回", "The applicant wants to withdraw"), staff and not asked and may_withdraw(case)),
        ("withdrawal-answer", Words("答复撤回申请", "Answer the request to withdraw"), staff and asked),
        ("credit", Words("信用核查", "Credit check"), staff and is_open),
        ("commitment", Words("容缺受理、告知承诺", "Tolerate, or take a promise"), staff and is_open),
        ("commitment-outcome", Words("容缺、承诺的结果", "Outcome of a promise"), staff and _unsettled(dossier)),
        ("transmission", Words("电子材料已传输", "Sent electronically as well"),
         Actor.RECEIVING_DESK in mine and case.state == State.IN_TRANSIT and case.transferred_at is None),
        ("hand-over", Words("移交同事", "Hand over to a colleague"), staff and is_open),
        ("extension", Words("延长办结期限", "Extend the period"), leads and is_open and clocks_run),
        ("dishonesty", Words("审定失信名单", "Decide on the list of dishonesty"),
         leads and any(one.state == "proposed" for one in dossier.dishonesty)),
    )  # fmt: skip
    return tuple(Recording(key, words) for key, words, possible in table if possible)


def _unsettled(dossier: Dossier) -> bool:
    return any(one.fulfilled_at is None and one.broken_at is None for one in dossier.commitments)
