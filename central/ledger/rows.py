"""台账 (R011, R033, R051): its columns, and the pages of it.

A page is cut by key, not by counting rows off, so the last page costs what the first does. The order is that of
arrival, newest first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Select, and_, func, or_, select, union_all
from sqlalchemy.orm import Session

from central.agreements.known import known, words_of
from central.casework.access import is_within
from central.casework.acts import Words
from central.casework.who import Who
from central.ledger import words
from central.ledger.filters import LedgerFilter, branches, missed
from central.store.models import (
    Case,
    CaseEvent,
    Clock,
    Complaint,
    Document,
    Notice,
    Rating,
    Shipment,
    Unit,
    User,
    VideoSession,
)
from central.times import CHINA

PAGE = 50
MOST_COUNTED = 1000
"""A page says how many rows there are up to here, and `more` beyond."""
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Position:
    """Between which rows a page begins: right after (or before) this one."""

    received_at: datetime
    seq: int

    def __str__(self) -> str:
        """For a query string."""
        return f"{self.received_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{self.seq}"

    @classmethod
    def read(cls, text: str) -> Position | None:
        """What `str` wrote; None for anything else."""
        moment, _, seq = text.partition("-")
        try:
            at = datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
            number = int(seq) if seq.isascii() and seq.isdigit() and len(seq) <= 18 else -1
        except ValueError:
            return None
        return cls(at, number) if number >= 0 else None


@dataclass(frozen=True, slots=True)
class Step:
    """Who did a step of the work, and when."""

    at: datetime
    unit: str
    person: str

    def __str__(self) -> str:
        """单位 人"""
        return f"{self.unit} {self.person}".strip()


@dataclass(slots=True)
class Entry:
    """One line: the case, and what other tables say of it."""

    case: Case
    who: Who
    """The reader: which way it went depends on where one stands."""
    scope: Words
    """通办范围, as the receiving place calls it."""
    steps: dict[str, Step] = field(default_factory=dict)
    documents: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    """Waybills to the handling place …"""
    returned: list[str] = field(default_factory=list)
    """… and of results."""
    signed_for: datetime | None = None
    supplement_due: datetime | None = None
    video: tuple[datetime | None, str] | None = None
    messages: int = 0
    calls: int = 0
    score: int | None = None
    complaints: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def direction(self) -> str:
        """代外收 or 外代收, empty when both places are the reader's."""
        here, there = is_within(self.case.receiving_code, self.who), is_within(self.case.handling_code, self.who)
        return "" if here and there else words.OUT if here else words.IN

    @property
    def result(self) -> str:
        """A key of `words.RESULTS`."""
        return words.result_of(self.case.state)


Cell = str | int | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column (documents.md §9)."""

    zh: str
    en: str
    width: int
    """In characters, for the sheet."""
    of: Callable[[Entry], Cell]


def _word(table: object, key: str) -> str:
    found = table.get(key) if isinstance(table, dict) else None
    return found.zh if isinstance(found, Words) else key


def _person(*steps: str) -> Callable[[Entry], Cell]:
    return lambda entry: next((str(entry.steps[step]) for step in steps if step in entry.steps), "")


def _first_contact(entry: Entry) -> Cell:
    return str(min(entry.steps.values(), key=lambda step: step.at)) if entry.steps else ""


def _responsible(entry: Entry) -> Cell:
    said = [(zh, entry.steps[key]) for key, zh in STEPS.items() if key in entry.steps]
    return "；".join(f"{zh}：{step}" for zh, step in said)


def _overdue(entry: Entry) -> Cell:
    return "超期：" + "、".join(_word(words.CLOCKS, clock) for clock in entry.missed) if entry.missed else "否"


def _video(entry: Entry) -> Cell:
    outcomes = {
        "booked": "已预约",
        "in_call": "进行中",
        "cleared": "通过",
        "not_cleared": "未通过",
        "failed": "未接通",
    }
    if entry.video is None:
        return ""
    at, outcome = entry.video
    moment = "" if at is None else f"{at.astimezone(CHINA):%Y-%m-%d %H:%M} "
    return moment + outcomes.get(outcome, outcome)


STEPS = {"check": "收件审查", "collect": "收件", "accept": "受理", "transfer": "转办", "receive": "接收", "decide": "审批", "deliver": "送达"}  # fmt: skip
"""Steps of which the ledger names who answers for them (R051, R058, R161)."""
_STEP_OF = {
    "open_intake": "check",
    "open_prereview": "check",
    "formal_check": "check",
    "collect": "collect",
    "remote_ok": "collect",
    "accept": "accept",
    "accept_on_spot": "accept",
    "transfer": "transfer",
    "mail_out": "transfer",
    "receive": "receive",
    "paper_received": "receive",
    "approve": "decide",
    "reject": "decide",
    "verify_ok": "decide",
    "verify_fail": "decide",
    "finish_locally": "decide",
    "refuse": "decide",
    "refuse_not_crossable": "decide",
    "dispatch_result": "deliver",
    "deliver_electronic": "deliver",
    "local_print": "deliver",
    "picked_up": "deliver",
}

COLUMNS: tuple[Column, ...] = (
    Column("序号", "No.", 8, lambda e: e.case.seq),
    Column("办件号", "Case", 24, lambda e: e.case.case_number),
    Column("通办范围", "Scope", 10, lambda e: e.scope.zh),
    Column("合作协议", "Agreement", 10, lambda e: "" if e.case.agreed else "没有协议"),
    Column("模式", "Mode", 14, lambda e: _word(words.MODES, e.case.mode)),
    Column("方向", "Direction", 8, lambda e: _word(words.DIRECTIONS, e.direction)),
    Column("收件地", "Receiving place", 24, lambda e: e.case.receiving_name),
    Column("办理地", "Handling place", 24, lambda e: e.case.handling_name),
    Column("领取地", "Collected at", 24, lambda e: e.case.pickup_name),
    Column("帮办", "Helped by", 24, lambda e: e.case.assisted_by),
    Column("事项编码", "Item code", 10, lambda e: e.case.item_id),
    Column("事项", "Item", 28, lambda e: e.case.item_name),
    Column("申请人", "Applicant", 10, lambda e: e.case.applicant_masked),
    Column("证件号", "Identity number", 20, lambda e: e.case.id_masked),
    Column("渠道", "Channel", 8, lambda e: _word(words.CHANNELS, e.case.channel)),
    Column("终端号", "Terminal", 12, lambda e: e.case.terminal_id),
    Column("提交时间", "Submitted", 17, lambda e: e.case.received_at),
    Column("收件时间", "Collected", 17, lambda e: e.case.collected_at),
    Column("传输时间", "Transferred", 17, lambda e: e.case.transferred_at),
    Column("寄出时间", "Mailed", 17, lambda e: e.case.mailed_at),
    Column("接收时间", "Arrived", 17, lambda e: e.case.arrived_at),
    Column("受理时间", "Accepted", 17, lambda e: e.case.accepted_at),
    Column("决定时间", "Decided", 17, lambda e: e.case.decided_at),
    Column("送达时间", "Delivered", 17, lambda e: e.case.delivered_at),
    Column("身份核验方式", "Identity", 18, lambda e: words.IDENTITY.get(e.case.channel, words.PLATFORM_IDENTITY).zh),
    Column("形式审查人", "Checked by", 18, _person("check")),
    Column("视频会商", "Video", 22, _video),
    Column("材料份数", "Materials", 8, lambda e: e.case.materials),
    Column("页数", "Pages", 6, lambda e: e.case.pages),
    Column("去程单号", "Waybill out", 18, lambda e: "、".join(e.sent)),
    Column("回程单号", "Waybill back", 18, lambda e: "、".join(e.returned)),
    Column("签收时间", "Signed for", 17, lambda e: e.signed_for),
    Column("补正次数", "Supplements", 8, lambda e: e.case.supplements),
    Column("补正截止", "Supplement due", 17, lambda e: e.supplement_due),
    Column("状态", "State", 12, lambda e: _word(words.STATES, e.case.state)),
    Column("结果", "Result", 10, lambda e: _word(words.RESULTS, e.result)),
    Column("文书编号", "Documents", 30, lambda e: "、".join(e.documents)),
    Column("承诺办结", "Promised", 17, lambda e: e.case.promise_due_at),
    Column("是否超期", "Overdue", 16, _overdue),
    Column("首问责任人", "First contact", 18, _first_contact),
    Column("环节责任人", "Responsible", 40, _responsible),
    Column("短信", "Messages", 6, lambda e: e.messages),
    Column("电话", "Calls", 6, lambda e: e.calls),
    Column("评价等级", "Rating", 10, lambda e: "" if e.score is None else words.RATINGS[e.score].zh),
    Column("投诉", "Complaints", 14, lambda e: "、".join(e.complaints)),
    Column("归档号", "Archive number", 16, lambda e: e.case.archive_number),
)
"""The reasons of a refusal stand in the documents, whose numbers are here: free words about people leave no sheet."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the ledger."""

    entries: tuple[Entry, ...]
    older: Position | None
    newer: Position | None
    count: int
    more: bool
    """There are more than `count` rows."""


def page(
    session: Session,
    who: Who,
    asked: LedgerFilter,
    now: datetime,
    *,
    after: Position | None = None,
    before: Position | None = None,
    size: int = PAGE,
) -> Page:
    """The page that begins after (or ends before) a row; the newest without either."""
    upwards = before is not None and after is None
    cases = list(session.scalars(_keyed(who, asked, now, before if upwards else after, size + 1, upwards=upwards)))
    over = len(cases) > size
    cases = cases[:size]
    if upwards:
        cases.reverse()
    first, last = (_position(cases[0]), _position(cases[-1])) if cases else (None, None)
    older = last if over or upwards else None
    newer = first if (over if upwards else after is not None) else None
    count = counted(session, who, asked, now)
    return Page(tuple(entries(session, cases, who, now)), older, newer, min(count, MOST_COUNTED), count > MOST_COUNTED)


def counted(session: Session, who: Who, asked: LedgerFilter, now: datetime, most: int = MOST_COUNTED + 1) -> int:
    """How many rows there are, `most` at the most: nobody needs the rest at the price of counting it."""
    found = 0
    for part in branches(who, asked, now):
        some = select(Case.seq).where(part).limit(most - found).subquery()
        found += session.scalar(select(func.count()).select_from(some)) or 0
        if found >= most:
            break
    return found


def total(session: Session, who: Who, asked: LedgerFilter, now: datetime) -> int:
    """How many rows there are, all of them."""
    parts = (select(func.count()).select_from(Case).where(part) for part in branches(who, asked, now))
    return sum(session.scalar(part) or 0 for part in parts)


def stream(session: Session, who: Who, asked: LedgerFilter, now: datetime) -> Iterator[list[Entry]]:
    """Every row, newest first, in batches, read from the server as they are used."""
    statement = (
        select(Case)
        .where(or_(*branches(who, asked, now)))
        .order_by(Case.received_at.desc(), Case.seq.desc())
        .execution_options(yield_per=BATCH)
    )
    for batch in session.scalars(statement).partitions():
        yield entries(session, batch, who, now)


def _keyed(
    who: Who, asked: LedgerFilter, now: datetime, at: Position | None, limit: int, *, upwards: bool
) -> Select[Case]:
    """The next `limit` cases beyond `at`: some of each branch, each from its index, then the best of them."""
    keys = (Case.received_at, Case.seq)
    order = tuple(key.asc() if upwards else key.desc() for key in keys)
    parts = []
    for branch in branches(who, asked, now):
        part = select(Case.seq).where(branch)
        if at is not None and upwards:
            part = part.where(
                Case.received_at >= at.received_at, or_(Case.received_at > at.received_at, Case.seq > at.seq)
            )
        elif at is not None:
            part = part.where(
                Case.received_at <= at.received_at, or_(Case.received_at < at.received_at, Case.seq < at.seq)
            )
        parts.append(select(part.order_by(*order).limit(limit).subquery().c.seq))
    found = union_all(*parts).subquery()
    return select(Case).where(Case.seq.in_(select(found.c.seq))).order_by(*order).limit(limit)


def _position(case: Case) -> Position:
    return Position(case.received_at, case.seq)


def entries(session: Session, cases: Sequence[Case], who: Who, now: datetime) -> list[Entry]:
    """The lines of these cases: one query per table, not per case."""
    scopes = known(session)
    found = {case.seq: Entry(case, who, words_of(scopes, case)) for case in cases}
    if not found:
        return []
    seqs = list(found)
    events = (
        select(CaseEvent.case_seq, CaseEvent.event, CaseEvent.at, Unit.short_name, User.name)
        .join(User, CaseEvent.user_id == User.id)
        .join(Unit, CaseEvent.unit_id == Unit.id)
        .where(CaseEvent.case_seq.in_(seqs), CaseEvent.event.in_(_STEP_OF))
        .order_by(CaseEvent.id)
    )
    for seq, event, at, unit, person in session.execute(events):
        found[seq].steps[_STEP_OF[event]] = Step(at, unit, person)
    papers = select(Document.case_seq, Document.number).where(Document.case_seq.in_(seqs)).order_by(Document.id)
    for seq, number in session.execute(papers):
        found[seq].documents.append(number)
    _add_services(session, found, seqs)
    late = select(Clock.case_seq, Clock.clock).where(Clock.case_seq.in_(seqs), missed(now)).order_by(Clock.id)
    for seq, clock in session.execute(late):
        found[seq].missed.append(clock)
    due = select(Clock.case_seq, Clock.due_at).where(Clock.case_seq.in_(seqs), Clock.clock == "C3").order_by(Clock.id)
    for seq, at in session.execute(due):
        found[seq].supplement_due = at
    scores = select(Rating.case_seq, Rating.score).where(Rating.case_seq.in_(seqs), Rating.kind == "case")
    for rated, score in session.execute(scores):
        if rated is not None:
            found[rated].score = score
    complaints = select(Complaint.case_seq, Complaint.number).where(Complaint.case_seq.in_(seqs))
    for about, number in session.execute(complaints.order_by(Complaint.id)):
        if about is not None:
            found[about].complaints.append(number)
    return list(found.values())


def _add_services(session: Session, found: dict[int, Entry], seqs: list[int]) -> None:
    """Parcels, video consultations and notices."""
    parcels = (
        select(Shipment.case_seq, Shipment.direction, Shipment.waybill, Shipment.delivered_at)
        .where(Shipment.case_seq.in_(seqs), Shipment.waybill.is_not(None))
        .order_by(Shipment.id)
    )
    for seq, direction, waybill, delivered_at in session.execute(parcels):
        outwards = direction == "to_handling"
        (found[seq].sent if outwards else found[seq].returned).append(waybill or "")
        if not outwards and delivered_at is not None:
            found[seq].signed_for = delivered_at
    consultations = (
        select(VideoSession.case_seq, VideoSession.started_at, VideoSession.scheduled_at, VideoSession.outcome)
        .where(VideoSession.case_seq.in_(seqs))
        .order_by(VideoSession.id)
    )
    for seq, started_at, scheduled_at, outcome in session.execute(consultations):
        found[seq].video = (started_at or scheduled_at, outcome)
    told: dict[tuple[int, str], int] = defaultdict(int)
    notices = (
        select(Notice.case_seq, Notice.channel, func.count())
        .where(Notice.case_seq.in_(seqs), and_(Notice.state != "failed"))
        .group_by(Notice.case_seq, Notice.channel)
    )
    for seq, channel, count in session.execute(notices):
        told[seq, channel] += count
    for seq, entry in found.items():
        entry.messages, entry.calls = told[seq, "sms"], told[seq, "phone_task"]
