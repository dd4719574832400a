"""Whose turn it is: the work lists as data. Which cases are in a list, seen from which side, and whose work they are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, or_, select, text

from central.casework.access import AT_PICKUP
from central.casework.acts import Words
from central.casework.terms import Role, ShipmentFlag
from central.casework.who import Who
from central.store.models import Case, SubCase, Withdrawal
from central.store.models.cases import NOT_MAILED
from kiosk.protocol.application import DeliveryMethod, Mode
from kiosk.protocol.states import State

_ALONE = (Mode.FULL_ONLINE, Mode.COLLECT_AND_FORWARD)
MULTI = (Mode.MULTI_SITE_A, Mode.MULTI_SITE_B)
_HERE = (Mode.COLLECT_AND_FORWARD, *MULTI)
_ACCEPTED_WHERE_RECEIVED = ("pingluo",)
"""Profiles under which the receiving desk accepts (`accepting_party`), see assets/casework/profiles.json."""
_ENDED = (
    State.RETURNED, State.NOT_ACCEPTED, State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.REVOKED,
    State.COMPLETED, State.ARCHIVED, State.DRAFT, State.QUEUED_OFFLINE,
)  # fmt: skip
OPEN = tuple(state for state in State if state not in _ENDED)
"""States in which somebody still has something to do (在办)."""


class Side(StrEnum):
    """From where a branch looks at a case."""

    RECEIVING = "receiving"
    HANDLING = "handling"
    PART = "part"
    """As one of several handling places."""
    PICKUP = "pickup"
    """As the place where the applicant chose to collect the result."""


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
_HANDED_OVER_HERE = Case.pickup_code == ""
_AT_DESK = and_(Case.delivery == DeliveryMethod.PICKUP_AT_DESK, _HANDED_OVER_HERE)
_UNDIVIDED = or_(Case.mode.in_(_ALONE), ~exists().where(SubCase.case_seq == Case.seq))
"""Not split up among several handling places: those look at their own part."""
_ACCEPTS_HERE = Case.profile.in_(_ACCEPTED_WHERE_RECEIVED)
_WITHDRAWN_SOON = Case.seq.in_(select(Withdrawal.case_seq).where(Withdrawal.state == "requested"))

_S, _R, _H, _P, _K = State, Side.RECEIVING, Side.HANDLING, Side.PART, Side.PICKUP
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
        (Branch(_R, (_S.COLLECTED,)), Branch(_R, (_S.ACCEPTED,), modes=MULTI)),
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
            Branch(_H, (_S.RECEIVED,), modes=MULTI, also=_UNDIVIDED),
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
        (Branch(_R, (_S.VERIFIED_BY_HANDLING, _S.LOCAL_PROCESSING), modes=MULTI),),
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
            Branch(_R, (_S.IN_DELIVERY, _S.READY_FOR_PICKUP), also=_HANDED_OVER_HERE),
            Branch(_K, AT_PICKUP),
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


def lists_for(who: Who) -> tuple[WorkList, ...]:
    """The lists that hold work of this person; a supervisor sees them all."""
    if not who.has(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR):
        return ()
    return tuple(one for one in LISTS if one.key == "mine" or branches(one, who))


def list_for(who: Who, key: str) -> WorkList | None:
    """The list called `key`, if this person has it."""
    found = _BY_KEY.get(key)
    return found if found in lists_for(who) else None


def branches(worklist: WorkList, who: Who) -> list[Branch]:
    """The ways into a list that are work of this person; a supervisor's are all of them."""
    if who.has(Role.SUPERVISOR):
        return list(worklist.branches)
    return [branch for branch in worklist.branches if who.has(branch.role)]
