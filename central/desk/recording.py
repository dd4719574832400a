"""What somebody may record about a case now, beside the next acts. The records themselves check it once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from central.casefile import Dossier
from central.casework import lifecycle, pickups
from central.casework.acts import Words
from central.casework.office import Office
from central.casework.records import CHECKING, CHECKING_AGAIN, STAFF
from central.casework.rights import actors, places_of, supervises
from central.casework.terms import Actor, ClockKind, Role
from central.casework.who import Who
from central.casework.withdrawals import REASONS, may_withdraw
from central.retention.holding import may_hold
from central.retention.rules import Kept
from central.store.models import Case
from kiosk.protocol.application import Mode
from kiosk.protocol.states import State

EXTENSIBLE = (ClockKind.PROMISE, ClockKind.STATUTORY_DECISION)
WITHDRAWAL_REASONS: Mapping[str, Words] = REASONS


@dataclass(frozen=True, slots=True)
class Recording:
    """Something to record; `key` stands in its address."""

    key: str
    words: Words


def may_check(case: Case, who: Who) -> bool:
    """Whether the formal check of this case is now this person's (see `records.formal_check`)."""
    place = case.handling_code if case.mode == Mode.FULL_ONLINE else case.receiving_code
    return who.has(Role.WINDOW) and who.region_code == place and case.state in CHECKING


def may_check_again(dossier: Dossier, office: Office, session: Session, who: Who) -> bool:
    """Whether this person checks what was supplemented at the handling department's request."""
    case = dossier.case
    if case.state not in CHECKING_AGAIN or not any(one.again for one in dossier.materials):
        return False
    return Actor.HANDLING_DEPT in actors(case, who, office.profiles(session).get(case.profile), places_of(case))


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
        ("pickup-place", Words("改在别处领取结果", "Collect the result elsewhere"), staff and pickups.may_move(session, case)),
        ("hand-over", Words("移交同事", "Hand over to a colleague"), staff and is_open),
        ("extension", Words("延长办结期限", "Extend the period"), leads and is_open and clocks_run),
        ("hold", Words("保全，不得删除", "Keep it from deletion"), may_hold(case, who) and case.kept != Kept.LEDGER),
        ("hold-lift", Words("解除保全", "Lift the hold"), may_hold(case, who) and bool(dossier.holds)),
        ("dishonesty", Words("审定失信名单", "Decide on the list of dishonesty"),
         leads and any(one.state == "proposed" for one in dossier.dishonesty)),
    )  # fmt: skip
    return tuple(Recording(key, words) for key, words, possible in table if possible)


def _unsettled(dossier: Dossier) -> bool:
    return any(one.fulfilled_at is None and one.broken_at is None for one in dossier.commitments)
