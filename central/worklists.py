"""Work lists: what waits for somebody at a place, by role. Only queries are built and read here; nothing is written.

A list is made of branches: seen from one side of the case (receiving place, handling place, or one of several
handling places), in some states. Each branch is one scan of an index that begins with the place, cut off early; they
are put together by UNION. A condition with OR over both places would look through the whole table instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Self, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, text, union
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import TextClause

from central.casework import clocks, lifecycle
from central.casework.access import within
from central.casework.acts import Deadline, Words
from central.casework.terms import ClockKind, Role, ShipmentFlag
from central.casework.who import Who
from central.store.models import Case, SubCase, User, Withdrawal
from central.store.models.cases import NOT_MAILED, OPEN_CASES
from kiosk.protocol.application import DeliveryMethod, Mode
from kiosk.protocol.states import State

PAGE_SIZE = 40
MOST_COUNTED = 99
"""Counts beyond are shown as 99+: nobody needs the number, and counting on costs a scan."""

_ALONE = (Mode.FULL_ONLINE, Mode.COLLECT_AND_FORWARD)
_MULTI = (Mode.MULTI_SITE_A, Mode.MULTI_SITE_B)
_HERE = (Mode.COLLECT_AND_FORWARD, *_MULTI)
_ACCEPTED_WHERE_RECEIVED = ("pingluo",)
"""Profiles under which the receiving desk accepts (`accepting_party`), see assets/casework/profiles.json."""
_ENDED = (
    State.RETURNED, State.NOT_ACCEPTED, State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.REVOKED,
    State.COMPLETED, State.ARCHIVED, State.DRAFT, State.QUEUED_OFFLINE,
)  # fmt: skip
OPEN = tuple(state for state in State if state not in _ENDED)
"""States in which somebody still has something to do (在办)."""
_IS_OPEN = text(OPEN_CASES)
"""Said in the words of the indexes over open cases, which lie in the order of the lists."""


class Side(StrEnum):
    """From where a branch looks at a case."""

    RECEIVING = "receiving"
    HANDLING = "handling"
    PART = "part"
    """As one of several handling places."""


@dataclass(frozen=True)
class Branch:
    """One way for a case to be in a list, and whose work it is there."""

    side: Side
    states: tuple[State, ...]
    role: Role = Role.WINDOW
    modes: tuple[Mode, ...] = ()
    also: ColumnElement[bool] | None = None


@dataclass(frozen=True)
class WorkList:
    """A list of the desk; `key` stands in its address."""

    key: str
    words: Words
    hint: Words
    branches: tuple[Branch, ...]


_TO_MAIL = and_(text(NOT_MAILED), Case.shipment.in_((ShipmentFlag.NONE, ShipmentFlag.TO_SEND)))
_AT_DESK = Case.delivery == DeliveryMethod.PICKUP_AT_DESK
_UNDIVIDED = or_(Case.mode.in_(_ALONE), ~exists().where(SubCase.case_seq == Case.seq))
"""Not split up among several handling places: those look at their own part."""
_ACCEPTS_HERE = Case.profile.in_(_ACCEPTED_WHERE_RECEIVED)
_WITHDRAWN_SOON = Case.seq.in_(select(Withdrawal.case_seq).where(Withdrawal.state == "requested"))

_Scan: TypeAlias = "Select[int, bool, datetime | None]"
_S, _R, _H, _P = State, Side.RECEIVING, Side.HANDLING, Side.PART
LISTS: tuple[WorkList, ...] = (
    WorkList(
        "collect",
        Words("待收件", "To collect"),
        Words("核对材料，决定是否收件", "Check the documents and decide whether to collect"),
        (Branch(_R, (_S.SUBMITTED, _S.INTAKE_REVIEW, _S.VIDEO_CONSULT), modes=_HERE),),
    ),
    WorkList(
        "transfer",
        Words("待转办", "To forward"),
        Words("收件后 2 小时内转到办理地", "Forward to the handling place within 2 hours of collection"),
        (Branch(_R, (_S.COLLECTED,)), Branch(_R, (_S.ACCEPTED,), modes=_MULTI)),
    ),
    WorkList(
        "mail",
        Words("待寄出", "To mail"),
        Words("纸质材料 1 个工作日内寄出", "Mail the papers within 1 working day"),
        (Branch(_R, (_S.COLLECTED, _S.TRANSFERRED, _S.RECEIVED, _S.ACCEPTED, _S.UNDER_REVIEW), also=_TO_MAIL),),
    ),
    WorkList(
        "receive",
        Words("待接收", "To receive"),
        Words("外地转来的办件：接收，转审批部门", "Cases from other places: receive them, pass them to the department"),
        (
            Branch(_H, (_S.TRANSFERRED, _S.IN_TRANSIT), also=_UNDIVIDED),
            Branch(_H, (_S.RECEIVED,), modes=_MULTI, also=_UNDIVIDED),
            Branch(_P, (_S.TRANSFERRED, _S.IN_TRANSIT, _S.RECEIVED)),
        ),
    ),
    WorkList(
        "accept",
        Words("待受理", "To accept"),
        Words("决定是否受理", "Decide on acceptance"),
        (
            Branch(_H, (_S.SUBMITTED, _S.PRE_REVIEW), modes=(Mode.FULL_ONLINE,)),
            Branch(_H, (_S.RECEIVED,), Role.APPROVER, (Mode.COLLECT_AND_FORWARD,), ~_ACCEPTS_HERE),
            Branch(_R, (_S.RECEIVED,), modes=(Mode.COLLECT_AND_FORWARD,), also=_ACCEPTS_HERE),
        ),
    ),
    WorkList(
        "review",
        Words("待审查", "To review"),
        Words("实质审查，作出决定或核验", "Review the substance; decide or verify"),
        (
            Branch(_H, (_S.ACCEPTED,), Role.APPROVER, _ALONE),
            Branch(_H, (_S.UNDER_REVIEW,), Role.APPROVER, also=_UNDIVIDED),
            Branch(_P, (_S.UNDER_REVIEW,), Role.APPROVER),
        ),
    ),
    WorkList(
        "local",
        Words("待本地办理", "To complete here"),
        Words("办理地已核验，由本窗口办理", "Verified by the handling place; this desk completes it"),
        (Branch(_R, (_S.VERIFIED_BY_HANDLING, _S.LOCAL_PROCESSING), modes=_MULTI),),
    ),
    WorkList(
        "issue",
        Words("待出证", "To issue"),
        Words("已准予，出具结果", "Approved: issue the result"),
        (Branch(_H, (_S.APPROVED,), Role.APPROVER),),
    ),
    WorkList(
        "deliver",
        Words("待送达", "To deliver"),
        Words("寄出、打印或交给申请人", "Send, print or hand over to the applicant"),
        (
            Branch(_H, (_S.RESULT_ISSUED, _S.IN_DELIVERY), Role.APPROVER),
            Branch(_R, (_S.RESULT_ISSUED,), also=_AT_DESK),
            Branch(_R, (_S.IN_DELIVERY, _S.READY_FOR_PICKUP)),
        ),
    ),
    WorkList(
        "supplement",
        Words("待补正", "Awaiting supplement"),
        Words("等申请人补材料", "Waiting for the applicant"),
        (
            Branch(_R, (_S.SUPPLEMENT_REQUIRED,)),
            Branch(_H, (_S.SUPPLEMENT_REQUIRED,)),
            Branch(_H, (_S.SUPPLEMENT_REQUIRED,), Role.APPROVER),
        ),
    ),
    WorkList(
        "withdrawal",
        Words("撤回待确认", "Withdrawals to confirm"),
        Words("申请人要求撤回，等工作人员确认", "The applicant asks to withdraw; staff confirm"),
        (
            Branch(_R, OPEN, also=_WITHDRAWN_SOON),
            Branch(_H, OPEN, also=_WITHDRAWN_SOON),
            Branch(_H, OPEN, Role.APPROVER, also=_WITHDRAWN_SOON),
        ),
    ),
    WorkList(
        "archive",
        Words("待归档", "To archive"),
        Words("已办结，登记归档号", "Completed: enter the archive number"),
        (Branch(_H, (_S.COMPLETED,), Role.APPROVER),),
    ),
    WorkList("mine", Words("我的", "Mine"), Words("我正在办的", "What I am working on"), ()),
    WorkList(
        "open",
        Words("全部在办", "All open"),
        Words("本地方所有在办的办件", "Everything open at this place"),
        (
            Branch(_R, OPEN),
            Branch(_H, OPEN),
            Branch(_P, OPEN),
            Branch(_H, OPEN, Role.APPROVER),
            Branch(_P, OPEN, Role.APPROVER),
        ),
    ),
)
_BY_KEY: Mapping[str, WorkList] = {one.key: one for one in LISTS}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed down to; empty: not."""

    item: str = ""
    mode: str = ""
    place: str = ""
    """Part of the name, or the beginning of the code, of the other place."""
    text: str = ""
    """Part of a case number or of an item's name, or a surname."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page begins: after the row with these values."""

    green_lane: bool
    due_at: datetime | None
    seq: int

    def __str__(self) -> str:
        due = "" if self.due_at is None else str(int(self.due_at.timestamp() * 1_000_000))
        return f"{int(self.green_lane)}_{due}_{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The cursor, or None for what is none: the list then begins at its beginning."""
        try:
            green, due, seq = text.split("_")
            due_at = datetime.fromtimestamp(int(due) / 1_000_000, UTC) if due else None
            return cls(green == "1", due_at, int(seq))
        except (ValueError, OverflowError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class Row:
    """A case in a list, and who has it in hand."""

    case: Case
    owner: str
    other: str
    """The other place, seen from the reader's."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list."""

    rows: tuple[Row, ...]
    next: Cursor | None


def lists_for(who: Who) -> tuple[WorkList, ...]:
    """The lists that hold work of this person; a supervisor sees them all."""
    if not who.has(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR):
        return ()
    return tuple(one for one in LISTS if one.key == "mine" or _branches(one, who))


def list_for(who: Who, key: str) -> WorkList | None:
    """The list called `key`, if this person has it."""
    found = _BY_KEY.get(key)
    return found if found in lists_for(who) else None


def read_page(
    session: Session, who: Who, worklist: WorkList, filters: Filters, after: Cursor | None, size: int = PAGE_SIZE
) -> ListPage:
    """One page: green lane first, then by deadline, what is overdue first of all."""
    scans = [cut for scan in _scans(who, worklist, filters) for cut in _sorted(scan, after, size + 1)]
    if not scans:
        return ListPage((), None)
    found = union(*scans).subquery()
    ordered = select(found.c.seq).order_by(found.c.green_lane.desc(), found.c.due_at.asc().nulls_last(), found.c.seq)
    seqs = session.scalars(ordered.limit(size + 1)).all()
    by_seq = {case.seq: case for case in session.scalars(select(Case).where(Case.seq.in_(seqs[:size])))}
    cases = [by_seq[seq] for seq in seqs[:size]]
    last = cases[-1] if len(seqs) > size else None
    names = owner_names(session, cases)
    rows = tuple(Row(case, names.get(case.owner_id or 0, ""), other_place(who, case)) for case in cases)
    return ListPage(rows, None if last is None else Cursor(last.green_lane, last.due_at, last.seq))


def read_counts(session: Session, who: Who) -> dict[str, int]:
    """How many cases are in each list, in one query; `MOST_COUNTED` + 1 stands for more."""
    statement = _counting(who)
    if statement is None:
        return {}
    row = session.execute(statement).one()
    return {key: min(int(number), MOST_COUNTED + 1) for key, number in row._asdict().items()}


@lru_cache(maxsize=1000)
def _counting(who: Who) -> Select[*tuple[int, ...]] | None:
    """Kept for each member of staff: to put it together takes longer than to answer it."""
    columns = []
    for one in lists_for(who):
        scans = [select(scan.limit(MOST_COUNTED + 1).subquery().c.seq) for scan in _scans(who, one, Filters())]
        some = union(*scans).subquery()
        columns.append(select(func.count()).select_from(some).scalar_subquery().label(one.key))
    return select(*columns) if columns else None


def owner_names(session: Session, cases: Sequence[Case]) -> dict[int, str]:
    """Names of the members of staff who have these cases in hand."""
    ids = {case.owner_id for case in cases if case.owner_id is not None}
    if not ids:
        return {}
    return {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(ids)))}


def other_place(who: Who, case: Case) -> str:
    """The other place of the case, for somebody of one of them."""
    return case.handling_name if case.receiving_code == who.region_code else case.receiving_name


def next_deadline(case: Case, now: datetime) -> Deadline | None:
    """The running clock of a case that ends first, from the case's own row."""
    if case.due_at is None or case.due_clock is None:
        return None
    warn_at = case.warn_at or case.due_at
    words = lifecycle.load().clocks[ClockKind(case.due_clock)]
    standing = clocks.standing(warn_at, case.due_at, now)
    return Deadline(case.due_clock, words, case.received_at, warn_at, case.due_at, standing)


def _branches(worklist: WorkList, who: Who) -> list[Branch]:
    if who.has(Role.SUPERVISOR):
        return list(worklist.branches)
    return [branch for branch in worklist.branches if who.has(branch.role)]


def _scans(who: Who, worklist: WorkList, filters: Filters) -> list[_Scan]:
    """The branches as queries for (seq, green_lane, due_at), not yet sorted or cut off."""
    columns = select(Case.seq, Case.green_lane, Case.due_at)
    if worklist.key == "mine":
        return [columns.where(Case.owner_id == who.user_id, Case.state.in_(OPEN), *_narrowed(filters, None))]
    scans = []
    for branch in _branches(worklist, who):
        scan = columns.where(*_narrowed(filters, branch.side))
        match branch.side:
            case Side.RECEIVING:
                scan = scan.where(within(Case.receiving_code, who), *_in(branch.states))
            case Side.HANDLING:
                scan = scan.where(within(Case.handling_code, who), *_in(branch.states))
            case Side.PART:
                part = select(SubCase.case_seq).where(
                    within(SubCase.region_code, who), SubCase.state.in_(branch.states)
                )
                scan = scan.where(Case.seq.in_(part), Case.state.in_(OPEN))
        if branch.modes:
            scan = scan.where(Case.mode.in_(branch.modes))
        if branch.also is not None:
            scan = scan.where(branch.also)
        if branch.role is Role.APPROVER and who.sectors and not who.has(Role.SUPERVISOR):
            scan = scan.where(Case.sector.in_(who.sectors))
        scans.append(scan)
    return scans


def _in(states: tuple[State, ...]) -> list[ColumnElement[bool] | TextClause]:
    if states == OPEN:
        return [_IS_OPEN]
    among = Case.state.in_(states)
    return [among, _IS_OPEN] if set(states) <= set(OPEN) else [among]


def _narrowed(filters: Filters, side: Side | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.item:
        conditions.append(Case.item_id == filters.item)
    if filters.mode:
        conditions.append(Case.mode == filters.mode)
    if filters.place:
        receiving, handling = (
            _is_place(Case.receiving_name, Case.receiving_code, filters.place),
            _is_place(Case.handling_name, Case.handling_code, filters.place),
        )
        conditions.append({Side.RECEIVING: handling, None: or_(receiving, handling)}.get(side, receiving))
    if filters.text:
        text = filters.text
        conditions.append(
            or_(
                Case.case_number.icontains(text, autoescape=True),
                Case.item_name.icontains(text, autoescape=True),
                Case.applicant_masked.startswith(text[:1], autoescape=True) if _is_name(text) else literal(False),
            )
        )
    return conditions


def _is_place(name: Any, code: Any, text: str) -> ColumnElement[bool]:
    return or_(name.icontains(text, autoescape=True), code.startswith(text, autoescape=True))


def _is_name(text: str) -> bool:
    """A surname is written as one Chinese character here: what is masked cannot be searched further."""
    return len(text) == 1 and text >= "\u4e00"


def _sorted(scan: _Scan, after: Cursor | None, most: int) -> list[_Scan]:
    """The beginning of each lane beyond `after`, in the order in which an index has it."""
    lanes = []
    for green_lane in (True, False):
        if after is not None and green_lane and not after.green_lane:
            continue
        lane = scan.where(Case.green_lane.is_(green_lane))
        if after is not None and green_lane == after.green_lane:
            lane = lane.where(_later(after))
        cut = lane.order_by(Case.due_at.asc().nulls_last(), Case.seq).limit(most).subquery()
        lanes.append(select(cut.c.seq, cut.c.green_lane, cut.c.due_at))
    return lanes


def _later(after: Cursor) -> ColumnElement[bool]:
    if after.due_at is None:
        return and_(Case.due_at.is_(None), Case.seq > after.seq)
    return or_(
        Case.due_at > after.due_at, and_(Case.due_at == after.due_at, Case.seq > after.seq), Case.due_at.is_(None)
    )
