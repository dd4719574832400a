"""撤回申请 (R042): the applicant asks, staff confirm (the event `withdraw`) or say why it is too late."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework import lifecycle, reading
from central.casework.acts import Refused, Words
from central.casework.guards import SHORTEST_REASON
from central.casework.office import Office
from central.casework.records import STAFF, must_be, write
from central.casework.who import Who
from central.store.models import Case, Withdrawal
from kiosk.protocol.states import State

REASONS = {
    "changed_mind": Words("不想办了", "Changed my mind"),
    "wrong_item": Words("选错了事项或办理地", "Wrong matter or place"),
    "wrong_content": Words("内容填错，要重新申请", "Something is wrong; I will apply anew"),
    "done_elsewhere": Words("已在别处办理", "Done elsewhere"),
    "other": Words("其他", "Something else"),
}


def request(
    office: Office,
    session: Session,
    case: Case,
    who: Who,
    *,
    request_id: str,
    channel: str,
    reason_code: str,
    words: str = "",
) -> Withdrawal:
    """The applicant asks to withdraw, at a terminal (`who` is the applicant) or at a desk (a member of staff enters it).

    The same `request_id` again is the same request.
    """
    already = session.scalar(select(Withdrawal).where(Withdrawal.request_id == request_id))
    if already is not None and already.case_seq == case.seq:
        return already
    if who.not_staff is None:
        must_be(office, session, case, who, *STAFF)
    if reason_code not in REASONS:
        raise Refused("reason", Words("请选择撤回原因", "Choose a reason"))
    if not may_withdraw(case):
        raise Refused(
            "too_late",
            Words(
                "已作出决定或正在寄送，不能撤回。请等结果；不再需要的，请与办理地联系",
                "It is too late: a decision was made, or papers are under way. Wait for the result, or call the office",
            ),
        )
    if reading.open_withdrawal(session, case) is not None:
        raise Refused(
            "already_requested",
            Words("已经提出过撤回，请等工作人员在“撤回待确认”里答复", "It was asked for already; staff will answer"),
        )
    row = Withdrawal(
        request_id=request_id,
        case_seq=case.seq,
        requested_at=office.now(),
        channel=channel,
        terminal_id=who.terminal_id,
        reason_code=reason_code,
        request_sealed=office.seal(words.strip(), "withdrawal.request_sealed", case) if words.strip() else None,
    )
    session.add(row)
    write(office, session, case, who, "withdrawal_requested", {"reason": reason_code, "channel": channel})
    return row


def refuse(office: Office, session: Session, case: Case, who: Who, row: Withdrawal, reason: str) -> None:
    """It cannot be withdrawn; the applicant reads why."""
    user_id, _ = must_be(office, session, case, who, *STAFF)
    if row.state != "requested":
        raise Refused(
            "decided",
            Words("这一撤回申请刚刚处理过，请回办件页看结果", "This request was just dealt with; see the case page"),
        )
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("reason_given", Words("请写明不能撤回的原因", "Say why it cannot be withdrawn"))
    row.state = "refused"
    row.closed_at, row.closed_by = office.now(), user_id
    write(office, session, case, who, "withdrawal_refused", {}, reason=reason)


def may_withdraw(case: Case) -> bool:
    """Whether the case stands where its flow allows a withdrawal (never after the decision)."""
    return lifecycle.load().flow(case.mode).find(State(case.state), "withdraw") is not None
