"""帮办任务 (R170): calls for help from terminals, taken in for the desk of their place, and what becomes of them.

A call made outside desk hours reaches nobody, and the answer says so: the terminal then shows whom to phone. Pressing the
button again while somebody is on the way is the same call; a terminal that calls on and on is told to wait.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework import access, helping
from central.casework.acts import Refused, Words
from central.casework.office import Office
from central.casework.who import Who
from central.centre import CentreParts
from central.once import once
from central.refusal import Refusal
from central.store.locks import hold
from central.store.models import Case, HelpTask, Unit, User
from kiosk.protocol.help import HelpCall, HelpCallReceipt
from kiosk.protocol.problems import ProblemType

SAME_CALL = timedelta(minutes=30)
"""How long a call that nobody has closed stands for later ones from the same terminal [A]."""
MOST_AN_HOUR = 12
"""Calls of one terminal [A]."""
_HOUR = timedelta(hours=1)
OUTCOMES = {
    "filed": Words("帮着办好，已提交", "Helped; it was submitted"),
    "guided": Words("讲清楚了，群众自己办", "Explained; they go on themselves"),
    "gone": Words("到了没有人", "Nobody was there"),
    "device": Words("设备故障，已报修", "A device is broken; reported"),
}


def receive(centre: CentreParts, call: HelpCall) -> str:
    """Take a terminal's call in, once; returns the receipt as JSON.

    Raises:
        Refusal: TOO_MANY_TRIES, IDEMPOTENCY_KEY_REUSED, IN_FLIGHT
    """
    at = centre.now()
    with centre.database.writing() as session:
        return once(session, "help_call", call.request_id, call, at, lambda: _take_in(session, centre, call, at))


def _take_in(session: Session, centre: CentreParts, call: HelpCall, at: datetime) -> HelpCallReceipt:
    hall = select(Unit.id).where(Unit.region_code == call.region_code, Unit.kind == "hall", Unit.active).limit(1)
    staffed = centre.casework.office.calendar(session).is_open(at) and session.scalar(hall) is not None
    if staffed:
        put_in(session, call, at)
    return HelpCallReceipt(request_id=call.request_id, received_at=at, coming=staffed)


def put_in(session: Session, call: HelpCall, at: datetime) -> None:
    """A call that somebody hears: a new task, or the one that stands already.

    Raises:
        Refusal: TOO_MANY_TRIES
    """
    hold(session, f"help {call.terminal_id}")  # pressed twice at once is one call, too
    calls = select(HelpTask).where(HelpTask.terminal_id == call.terminal_id, HelpTask.region_code == call.region_code)
    same = calls.where(HelpTask.closed_at.is_(None), HelpTask.called_at > at - SAME_CALL)
    earlier = session.scalar(same.order_by(HelpTask.id.desc()).limit(1))
    if earlier is not None:
        earlier.step = call.step
        return
    recent = calls.where(HelpTask.called_at > at - _HOUR).order_by(HelpTask.called_at)
    made = session.scalars(recent).all()
    if len(made) >= MOST_AN_HOUR:
        wait = made[0].called_at + _HOUR - at
        raise Refusal(ProblemType.TOO_MANY_TRIES, headers={"Retry-After": str(max(1, int(wait.total_seconds())))})
    session.add(
        HelpTask(
            terminal_id=call.terminal_id, region_code=call.region_code, place=call.place, step=call.step, called_at=at
        )
    )


def ours(who: Who) -> ColumnElement[bool]:
    """The condition on `HelpTask` for the calls of exactly `who`'s place."""
    return HelpTask.region_code == who.region_code


def waiting(who: Who) -> Select[int]:
    """How many calls of `who`'s place nobody has closed."""
    return select(func.count()).select_from(HelpTask).where(and_(ours(who), HelpTask.closed_at.is_(None)))


def take(session: Session, task: HelpTask, who: Who, at: datetime) -> None:
    """`who` goes there.

    Raises:
        Refused: closed, or a colleague is on the way.
    """
    _check_open(task)
    if task.taken_by not in (None, who.user_id):
        raise Refused("taken", Words("同事已经过去了。", "A colleague is on the way."))
    if task.taken_by is None:
        task.taken_by, task.taken_at = who.user_id, at
        trail.record(session, who, "help_task.taken", task.terminal_id, at, {"task": task.id})


def close(
    session: Session, office: Office, task: HelpTask, who: Who, outcome: str, at: datetime, *, case_number: str = ""
) -> None:
    """What came of it. With the number of what was handed in with this help, the case keeps who helped (R083).

    Raises:
        Refused: closed already, no outcome, or not a case that was handed in at this terminal after the call.
    """
    _check_open(task)
    if outcome not in OUTCOMES:
        raise Refused("outcome", Words("请选择结果。", "Choose what came of it."))
    if task.taken_by is None:
        task.taken_by, task.taken_at = who.user_id, at
    if case_number:
        case = access.find(session, who, case_number)
        if outcome != "filed" or case is None or not _handed_in_there(case, task):
            raise Refused(
                "case",
                Words(
                    "这个办件号不是呼叫以后在这台终端提交的，请核对。",
                    "No case with this number was handed in at this terminal after the call.",
                ),
            )
        helping.record(office, session, case, who, session.get_one(User, task.taken_by))
        task.case_seq = case.seq
    task.closed_at, task.outcome = at, outcome
    trail.record(session, who, "help_task.closed", task.terminal_id, at, {"task": task.id, "outcome": outcome})


def _handed_in_there(case: Case, task: HelpTask) -> bool:
    return case.terminal_id == task.terminal_id and case.received_at >= task.called_at


def _check_open(task: HelpTask) -> None:
    if task.closed_at is not None:
        raise Refused("done", Words("这个任务已经办结。", "This call is closed."))
