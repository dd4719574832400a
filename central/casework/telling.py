"""What an act tells: which document it issues, what the notice to the applicant says, and the names of actors and rights."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.acts import Words
from central.casework.lifecycle import Transition
from central.casework.profiles import Profile
from central.casework.terms import Actor, DocumentKind, NoticeKind, Right
from central.store.models import Case, Document
from central.times import CHINA
from kiosk.protocol.application import DeliveryMethod
from kiosk.protocol.states import State

ACTORS = {
    Actor.APPLICANT: Words("申请人", "the applicant"),
    Actor.KIOSK: Words("自助机", "the terminal"),
    Actor.RECEIVING_DESK: Words("收件地窗口", "the desk of the receiving place"),
    Actor.PICKUP_DESK: Words("领取地窗口", "the desk where the result is collected"),
    Actor.HANDLING_DESK: Words("办理地窗口", "the desk of the handling place"),
    Actor.HANDLING_DEPT: Words("办理地审批部门", "the department of the handling place"),
    Actor.ACCEPTING: Words("负责受理的单位", "the accepting party"),
    Actor.CARRIER: Words("邮政轨迹", "the carrier"),
    Actor.SYSTEM: Words("系统", "the system"),
}
RIGHTS = {
    Right.COLLECT: Words("收件受理权", "to collect and accept"),
    Right.NOTIFY_ONCE: Words("一次性告知权", "to give the one-time notice"),
    Right.VERIFY_ORIGINAL: Words("原件核验权", "to examine originals"),
    Right.DELIVER_RESULT: Words("审批结果送达权", "to deliver the result"),
}


def document_kind(
    session: Session, case: Case, transition: Transition, profile: Profile, *, part: bool
) -> DocumentKind | None:
    """The document that a transition issues for this case.

    The slip is the terminal's. What collecting issues is the profile's business, and a case gets one acceptance receipt. The
    decision is one paper: made when the result is issued (for one place of several, when it approves), later only handed on;
    a revocation is a decision of its own.
    """
    kind = transition.document
    if kind is DocumentKind.COLLECTION_NOTICE:
        return DocumentKind(profile.intake_document)
    if kind is DocumentKind.ACCEPTANCE_RECEIPT:
        return None if _has(session, case, kind) else kind
    if kind is DocumentKind.DECISION:
        return (
            kind if transition.event in ("issue_result", "revoke") or (part and transition.event == "approve") else None
        )
    return None if kind is DocumentKind.SUBMISSION_SLIP else kind


def notice_params(case: Case, transition: Transition, document: str, *, part: bool = False) -> dict[str, str]:
    """What the notice of a transition says (see `central.casework.ports.Notifier`); nothing about a person."""
    params = {"case_number": case.case_number}
    if document:
        params["document"] = document
    extra = _EXTRA.get(transition.notice) if transition.notice else None
    if extra is not None:
        params |= extra(case, transition)
    if part and "outcome" in params:
        params["outcome"] = "partly"
    return params


def day(moment: datetime) -> str:
    """The day of an aware time in China, YYYY-MM-DD."""
    return f"{moment.astimezone(CHINA):%Y-%m-%d}"


def _has(session: Session, case: Case, kind: DocumentKind) -> bool:
    found = select(Document.id).where(
        Document.case_seq == case.seq, Document.kind == kind, Document.voided_at.is_(None)
    )
    return session.scalar(found.limit(1)) is not None


def _promise(case: Case, _: Transition) -> dict[str, str]:
    return {"due": day(case.promise_due_at)} if case.promise_due_at else {}


def _ended(_: Case, transition: Transition) -> dict[str, str]:
    return {"outcome": transition.target.value.lower()}


def _forwarded(case: Case, transition: Transition) -> dict[str, str]:
    return {"place": case.handling_name, "way": "post" if transition.event == "mail_out" else "electronic"}


def _decided(_: Case, transition: Transition) -> dict[str, str]:
    outcome = {State.RESULT_ISSUED: "issued", State.PARTIALLY_DONE: "partly"}
    return {"outcome": outcome.get(transition.target, transition.target.value.lower())}


def _result(case: Case, _: Transition) -> dict[str, str]:
    ways = {DeliveryMethod.EMS_TO_APPLICANT: "post", DeliveryMethod.ELECTRONIC: "electronic"}
    return {"way": ways.get(DeliveryMethod(case.delivery), "desk")}


_EXTRA = {
    NoticeKind.RETURNED: _ended,
    NoticeKind.FORWARDED: _forwarded,
    NoticeKind.ACCEPTED: _promise,
    NoticeKind.DECIDED: _decided,
    NoticeKind.RESULT_READY: _result,
}
