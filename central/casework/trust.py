"""信用核查、容缺受理、告知承诺、失信名单 (R162, R163). Machines look nothing up and list nobody: people record and decide."""

from __future__ import annotations

from sqlalchemy.orm import Session

from central.casework import spared
from central.casework.acts import Refused, Words
from central.casework.guards import SHORTEST_REASON
from central.casework.office import Office
from central.casework.records import STAFF, must_be, write
from central.casework.rights import places_of, supervises
from central.casework.terms import Actor
from central.casework.who import Who
from central.store.models import Case, Commitment, CreditCheck, Dishonesty

TOLERATED, PROMISE = "tolerated_missing", "promise"
LONGEST_DAYS = 60


def credit(office: Office, session: Session, case: Case, who: Who, outcome: str, source: str) -> CreditCheck:
    """信用核查: somebody looked the applicant up, where, and found `good` or `bad`."""
    user_id, _ = must_be(office, session, case, who, *STAFF)
    if outcome not in ("good", "bad") or not source.strip():
        raise Refused("credit", Words("请填写核查结果和核查来源", "Give the outcome, and where you looked"))
    row = CreditCheck(
        case_seq=case.seq,
        at=office.now(),
        outcome=outcome,
        source_sealed=office.seal(source.strip(), "credit_check.source_sealed", case),
        user_id=user_id,
    )
    session.add(row)
    case.credit = outcome
    write(office, session, case, who, "credit", {"outcome": outcome})
    return row


def commitment(
    office: Office, session: Session, case: Case, who: Who, material: str, kind: str, days: int, *, signed: bool
) -> Commitment:
    """容缺受理 (`tolerated_missing`) or 告知承诺 (`promise`) for one material, to be made good within `days` working days.

    Only in good standing, only where the item allows it, and with the applicant's signature on the letter.
    """
    user_id, _ = must_be(office, session, case, who, *STAFF)
    if case.credit != "good":
        raise Refused("credit", Words("请先登记“信用核查”，信用良好才可以", "First check the credit: it must be good"))
    facts = office.item(session, case.item_id, case.catalogue_version).material(material)
    allowed = facts is not None and (facts.may_promise if kind == PROMISE else facts.necessity == "tolerable")
    if kind not in (TOLERATED, PROMISE) or not allowed:
        raise Refused(
            "commitment",
            Words(
                "这份材料不能容缺或承诺，请一次性告知申请人补交",
                "This material cannot be left open or promised: ask for it by a one-time notice",
            ),
        )
    if not signed:
        raise Refused(
            "commitment", Words("请申请人先签承诺书，再登记", "The applicant signs the letter first; then record it")
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(
            "commitment", Words("补交期限请填 1 至 60 个工作日", "The time is 1 to 60 working days: change it")
        )
    now = office.now()
    row = Commitment(
        case_seq=case.seq,
        material=material,
        kind=kind,
        due_at=office.calendar(session).add_workdays(now, days).at,
        signed_at=now,
        recorded_by=user_id,
    )
    session.add(row)
    spared.recount(session, office.keys, case)
    case.commitment = TOLERATED if kind == TOLERATED else "promise_signed"
    write(office, session, case, who, "commitment", {"material": material, "kind": kind, "days": days})
    return row


def fulfil(office: Office, session: Session, case: Case, who: Who, row: Commitment) -> None:
    """The material came, or what was promised was found true."""
    _close(office, session, case, who, row, kept=True)


def break_(office: Office, session: Session, case: Case, who: Who, row: Commitment, reason: str) -> None:
    """It was not kept: found by a person, with the reason."""
    _close(office, session, case, who, row, kept=False, reason=reason)


def propose(office: Office, session: Session, case: Case, who: Who, ground: str) -> Dishonesty:
    """Propose the applicant for the list of the dishonest. (A revocation proposes by itself.)"""
    user_id, _ = must_be(office, session, case, who, Actor.HANDLING_DEPT)
    if len(ground.strip()) < SHORTEST_REASON:
        raise Refused("reason_given", Words("请写明具体事实", "Say the concrete facts"))
    row = Dishonesty(
        case_seq=case.seq,
        applicant_index=case.applicant_index,
        ground_sealed=office.seal(ground.strip(), "dishonesty.ground_sealed", case),
        proposed_by=user_id,
        proposed_at=office.now(),
    )
    session.add(row)
    write(office, session, case, who, "dishonesty_proposed", {})
    return row


def decide(
    office: Office, session: Session, case: Case, who: Who, row: Dishonesty, *, listed: bool, reason: str
) -> None:
    """A second person, a supervisor of the handling place, decides on a proposal (人工审定，不自动)."""
    if who.user_id is None or not any(supervises(who, place) for place in places_of(case)):
        raise Refused(
            "not_yours", Words("请办理地主管审定", "A supervisor of the handling place decides: leave it to them")
        )
    if who.user_id == row.proposed_by:
        raise Refused(
            "same_person",
            Words("提出人不能审定自己的提议，请另一名主管审定", "Whoever proposed it cannot decide it: another does"),
        )
    if row.state != "proposed":
        raise Refused(
            "decided", Words("已经审定过，请回办件页看结果", "It has been decided already; see the case page")
        )
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("reason_given", Words("请写明审定理由", "Say why"))
    row.state = "listed" if listed else "dropped"
    row.decided_by, row.decided_at = who.user_id, office.now()
    write(office, session, case, who, "dishonesty_decided", {"state": row.state}, reason=reason)


def _close(
    office: Office, session: Session, case: Case, who: Who, row: Commitment, *, kept: bool, reason: str = ""
) -> None:
    must_be(office, session, case, who, *STAFF)
    if row.fulfilled_at is not None or row.broken_at is not None:
        raise Refused(
            "commitment", Words("已经登记过结果，请回办件页核对", "Its outcome is recorded already; see the case page")
        )
    if kept:
        row.fulfilled_at = office.now()
        case.commitment = "promise_fulfilled"
    elif len(reason.strip()) < SHORTEST_REASON:
        raise Refused("reason_given", Words("请写明未履行的情况", "Say what was not kept"))
    else:
        row.broken_at = office.now()
        case.commitment = "promise_broken"
    event = "commitment_fulfilled" if kept else "commitment_broken"
    write(office, session, case, who, event, {"material": row.material}, reason=reason)
