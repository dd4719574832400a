"""The history of a case in plain words: who did what, when, why, on what basis. Read from the ledger's lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casefile import unsealed
from central.casework import licences, lifecycle
from central.casework.acts import Words
from central.casework.terms import Actor, ClockKind
from central.platforms import PLATFORM, RESULT_EVENT
from central.store.models import Case, CaseEvent, SubCase, Unit, User
from central.vault import Vault
from kiosk.protocol.states import State

_BESIDE: Mapping[str, Words] = {
    "formal_check": Words("形式审查", "Formal check"),
    "supplement_check": Words("核对补正材料", "Supplement checked"),
    "outside_list": Words("要求清单外的材料（主管）", "Something outside of the list was asked for (supervisor)"),
    "recounted": Words("新一年工作日历已公布，期限重新计算", "The year's calendar was published; deadline recounted"),
    "deposited": Words("移交电子档案", "Handed to the archive"),
    licences.EVENT: Words("查询电子证照", "E-licence asked for"),
    "original_seen": Words("核验原件", "Original examined"),
    "contact": Words("与办理地联系", "Contact with the handling place"),
    "credit": Words("信用核查", "Credit check"),
    "commitment": Words("容缺受理或告知承诺", "Tolerated or promised"),
    "commitment_fulfilled": Words("已补齐或已兑现", "Made good"),
    "commitment_broken": Words("没有兑现", "Not kept"),
    "withdrawal_requested": Words("申请人要求撤回", "The applicant asks to withdraw"),
    "withdrawal_refused": Words("不同意撤回", "Withdrawal refused"),
    "dishonesty_proposed": Words("提议列入失信名单", "Proposed for the list of dishonesty"),
    "dishonesty_decided": Words("失信名单审定", "List of dishonesty decided"),
    "extend": Words("延长期限", "Period extended"),
    "take": Words("接办", "Taken in hand"),
    "hand_over": Words("移交", "Handed over"),
    "transmitted": Words("电子材料已传输", "Sent electronically"),
    "pickup_place": Words("改领取地", "To be collected elsewhere"),
    "assisted": Words("帮办", "Helped at the terminal"),
    "shipment": Words("寄递", "Parcel"),
    "video": Words("视频会商", "Video consultation"),
    "payment": Words("缴费", "Fee"),
    "custody": Words("材料交接", "Papers changed hands"),
    "phone_task": Words("电话告知", "Phone call"),
    "document_signed_for": Words("文书已签收", "Document signed for"),
    "document_voided": Words("文书作废", "Document voided"),
    "images_deleted": Words("影像已删除", "Images deleted"),
    "retention_deleted": Words("已按保存期限删除", "Deleted: its period is over"),
    "hold_placed": Words("保全，不得删除", "Held: not to be deleted"),
    "hold_lifted": Words("解除保全", "Hold lifted"),
    "clock_missed": Words("超期", "Overdue"),
    "ageing_alarm": Words("长时间无人查看", "Unopened for too long"),
    "ageing_escalated": Words("长时间无人查看，已报主管", "Unopened for too long; the supervisor was told"),
    "reminded": Words("已提醒补正将到期", "Reminded that the supplement is due soon"),
    "complaint": Words("投诉", "Complaint"),
    RESULT_EVENT: Words("其他系统报来办理结果", "Another system reports a result"),
}
_REPORTED: Mapping[str, Words] = {
    "accepted": Words("已受理", "accepted"),
    "not_accepted": Words("不予受理", "not accepted"),
    "approved": Words("已通过", "approved"),
    "rejected": Words("未通过", "rejected"),
    "issued": Words("已出证", "issued"),
}
"""What another system may report (`kiosk.protocol.platform.ResultFeedback`)."""
_DONE: Mapping[str, Words] = {
    "planned": Words("已建寄递单", "planned"),
    "sent": Words("已寄出", "sent"),
    "delivered": Words("已签收", "delivered"),
    "exception": Words("异常", "problem"),
    "resumed": Words("恢复正常", "going on"),
    "booked": Words("已预约", "booked"),
    "started": Words("开始", "begun"),
    "ended": Words("结束", "ended"),
    "concluded": Words("一地已作结论", "one place concluded"),
    "due": Words("待缴", "due"),
    "paid": Words("已缴", "paid"),
    "refunded": Words("已退", "refunded"),
    "crossable": Words("可以跨省办理", "can be handled from here"),
    "not_crossable": Words("不能跨省办理", "cannot be handled from here"),
    "good": Words("信用良好", "good standing"),
    "bad": Words("有失信记录", "a record of dishonesty"),
    "listed": Words("列入", "listed"),
    "dropped": Words("不列入", "not listed"),
    "told": Words("已告知", "told"),
    "no_answer": Words("无人接听", "no answer"),
    "wrong_number": Words("号码有误", "wrong number"),
    "call_later": Words("稍后再打", "call later"),
    "pages": Words("影像", "pages"),
    "content": Words("申请内容、文书内容和登记的文字", "application, contents of documents, and words about it"),
}
_ACTORS: Mapping[str, Words] = {
    Actor.APPLICANT: Words("申请人", "Applicant"),
    Actor.KIOSK: Words("自助终端", "Terminal"),
    Actor.CARRIER: Words("寄递公司", "Carrier"),
    Actor.SYSTEM: Words("系统", "System"),
    PLATFORM: Words("对接平台", "Connected platform"),
}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened."""

    at: datetime
    what: Words
    who: Words
    unit: str
    place: str
    """Which of several handling places it is about."""
    target: State | None
    """The state it led to; None when it changed none."""
    reason: str = field(repr=False)
    basis: str = field(repr=False)
    document: str
    note: Words | None = None
    """What else there is to say."""


def read_history(session: Session, vault: Vault, case: Case) -> tuple[HistoryLine, ...]:
    """Everything that happened to the case, newest first."""
    rows = session.execute(
        select(CaseEvent, User.name, Unit.name, SubCase.region_name)
        .outerjoin(User, User.id == CaseEvent.user_id)
        .outerjoin(Unit, Unit.id == CaseEvent.unit_id)
        .outerjoin(SubCase, SubCase.id == CaseEvent.sub_case_id)
        .where(CaseEvent.case_seq == case.seq)
        .order_by(CaseEvent.id.desc())
    )
    lines: list[HistoryLine] = []
    for (event, _), group in groupby(rows, key=lambda row: (row[0].event, row[0].user_id)):
        several = list(group)
        if event in ("formal_check", "supplement_check"):
            first, name, unit, place = several[0]
            checked = _checked([row[0] for row in several])
            lines.append(replace(_line(vault, case, first, name, unit, place), note=checked))
        else:
            lines += [_line(vault, case, *row) for row in several]
    return tuple(lines)


def event_words(event: str) -> Words:
    """What an event of a case is called, of its lifecycle or beside it."""
    return _BESIDE.get(event) or lifecycle.load().event(event)


def _note(event: CaseEvent) -> Words | None:
    """What the line's own detail says, where it says something in words."""
    if event.event == "recounted":
        clock = lifecycle.load().clocks[ClockKind(str(event.detail["clock"]))]
        before, due = event.detail["before"], event.detail["due"]
        return Words(f"{clock.zh}：原估算 {before}，现为 {due}", f"{clock.en}: estimated {before}, now {due}")
    if event.event == "clock_missed":
        return lifecycle.load().clocks.get(ClockKind(str(event.detail["clock"])))
    if event.event == RESULT_EVENT:
        outcome = _REPORTED[str(event.detail["outcome"])]
        source = " ".join(str(event.detail[key]) for key in ("department", "number", "decided_on", "platform"))
        return Words(f"{outcome.zh}：{source}", f"{outcome.en}: {source}")
    if event.event == "pickup_place":
        moved = f"{event.detail['from']} → {event.detail['to']}"
        return Words(moved, moved)
    if "assisted_by" in event.detail:
        return Words(f"帮办：{event.detail['assisted_by']}", f"Helped by {event.detail['assisted_by']}")
    if event.event == licences.EVENT:
        outcome, kind = licences.OUTCOMES[str(event.detail["outcome"])], event.detail["kind"]
        return Words(f"{kind}：{outcome.zh}", f"{kind}: {outcome.en}")
    said = next((event.detail[key] for key in ("act", "outcome", "state", "what") if key in event.detail), None)
    return _DONE.get(str(said))


def _checked(events: Sequence[CaseEvent]) -> Words:
    """Many points checked in one go are one thing that happened."""
    materials = {event.detail.get("material") for event in events}
    wrong = sum(event.detail.get("passed") is False for event in events)
    if wrong:
        return Words(f"{len(materials)} 份材料，{wrong} 处有问题", f"{len(materials)} materials, {wrong} points wrong")
    return Words(f"{len(materials)} 份材料，符合", f"{len(materials)} materials, right")


def _line(
    vault: Vault, case: Case, event: CaseEvent, name: str | None, unit: str | None, place: str | None
) -> HistoryLine:
    moved = event.target in set(State) and event.target != event.source
    actor = Words(name, name) if name else _ACTORS.get(event.actor, Words(event.actor, event.actor))
    return HistoryLine(
        at=event.at,
        what=event_words(event.event),
        who=actor,
        unit=unit or (event.terminal_id or ""),
        place=place or "",
        target=State(event.target) if moved else None,
        reason=unsealed(vault, event.reason_sealed, f"case_event.reason_sealed|{case.application_id}"),
        basis=unsealed(vault, event.basis_sealed, f"case_event.basis_sealed|{case.application_id}"),
        document=str(event.detail.get("document", "")),
        note=_note(event),
    )
