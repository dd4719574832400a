"""Phone tasks: whom to call, what to say, and how it went. The number is shown only on a task that somebody takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import sqlalchemy
from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from central.casework import access
from central.casework.acts import Words
from central.casework.terms import Role
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text
from central.desk.services_words import FAILURES, NOTICES, shanghai
from central.notify import phone_tasks, texts
from central.notify.notices import rendered
from central.opened import open_case
from central.opening import CannotOpen
from central.store.models import Case, Notice, PhoneTask, User

router = APIRouter()
Clerk = Annotated[Signed, allow(Role.WINDOW, Role.SUPERVISOR)]

LISTED = 100
OUTCOMES = {
    "told": Words("已告知本人", "Told in person"),
    "no_answer": Words("无人接听", "No answer"),
    "call_later": Words("对方要求改时间", "Asked to call later"),
    "wrong_number": Words("号码不对", "Wrong number"),
    "not_needed": Words("短信已送达，不用打了", "The message arrived after all"),
}
CHOICES = ("told", "no_answer", "call_later", "wrong_number")


@dataclass(frozen=True)
class Shown:
    """The page of a task; `phone` only for who has just taken it."""

    phone: str = field(default="", repr=False)
    wrong: Words | None = None
    status: int = 200


@router.get("/phone-tasks")
def listed(
    request: Request, visitor: Clerk, view: Annotated[str, Query(pattern="^(open|done|failed)$")] = "open"
) -> Response:
    """The unit's calls: open ones by due time; done ones; messages that did not arrive."""
    with centre_of(request).database.reading() as session:
        ours = (PhoneTask.unit_id == visitor.user.unit_id,)
        waiting = session.scalar(select(func.count()).where(*ours, PhoneTask.done_at.is_(None))) or 0
        tasks = select(PhoneTask, Notice, Case, User.name).join(Notice, Notice.id == PhoneTask.notice_id)
        tasks = tasks.join(Case, Case.seq == PhoneTask.case_seq).outerjoin(User, User.id == PhoneTask.taken_by)
        if view == "open":
            overdue = sqlalchemy.case((PhoneTask.due_at < centre_of(request).now(), 0), else_=1)
            tasks = tasks.where(*ours, PhoneTask.done_at.is_(None))
            tasks = tasks.order_by(overdue, Case.green_lane.desc(), PhoneTask.due_at)
        else:
            tasks = tasks.where(*ours, PhoneTask.done_at.is_not(None)).order_by(PhoneTask.done_at.desc())
        rows = session.execute(tasks.limit(LISTED)).all() if view != "failed" else []
        failed = select(Notice, Case).join(Case, Case.seq == Notice.case_seq)
        failed = failed.where(Notice.state == "failed", Notice.channel == "sms", access.visible(visitor.who))
        lost = (
            session.execute(failed.order_by(Notice.created_at.desc()).limit(LISTED)).all() if view == "failed" else []
        )
    return render(
        request,
        "services/phone_tasks.html",
        view=view,
        waiting=waiting,
        rows=rows,
        lost=lost,
        notices=NOTICES,
        failures=FAILURES,
        outcomes=OUTCOMES,
        here="/desk/phone-tasks",
    )


@router.get("/phone-tasks/{task_id}")
def task_page(request: Request, visitor: Clerk, task_id: RowNumber) -> Response:
    """One task, with what to say; without the number."""
    return _show(request, visitor, task_id, Shown())


@router.post("/phone-tasks/{task_id}/take")
def take(request: Request, visitor: Clerk, task_id: RowNumber) -> Response:
    """Take the task and see the number; both are recorded first."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        task, _, case = _found(session, visitor, task_id, lock=True)
        phone_tasks.take(session, task, case, visitor.who, centre.now())
    with centre.database.reading() as session:
        _, _, case = _found(session, visitor, task_id)
        try:
            phone = open_case(session, centre.keys, case).application.phone
        except CannotOpen:
            phone = ""
    return _show(request, visitor, task_id, Shown(phone=phone))


@router.post("/phone-tasks/{task_id}")
def close(request: Request, visitor: Clerk, task_id: RowNumber, form: Posted) -> Response:
    """How the call went."""
    centre = centre_of(request)
    outcome, later = text(form, "outcome", 20), shanghai(text(form, "later", 20))
    wrong = _wrong(outcome, later, centre.now())
    if wrong is not None:
        return _show(request, visitor, task_id, Shown(wrong=wrong, status=422))
    with centre.database.writing() as session:
        task, _, case = _found(session, visitor, task_id, lock=True)
        note = text(form, "note", 1000)
        phone_tasks.close(
            session, centre.keys.vault, task, case, visitor.who, outcome, centre.now(), note=note, later=later
        )
        done = task.done_at is not None
    said = Words("已登记，这个电话办结。", "Recorded; this call is done.")
    again = Words("已登记，到时间会再提醒。", "Recorded; it will come up again.")
    return see_other(request, "/desk/phone-tasks", said if done else again)


def _wrong(outcome: str, later: datetime | None, now: datetime) -> Words | None:
    if outcome not in CHOICES:
        return Words("请选择通话结果。", "Choose how the call went.")
    if outcome == "call_later" and (later is None or later <= now):
        return Words("请写明什么时候再打（要晚于现在）。", "Say when to call again; it must be later than now.")
    return None


def _found(session: Session, visitor: Signed, task_id: int, *, lock: bool = False) -> tuple[PhoneTask, Notice, Case]:
    wanted = select(PhoneTask).where(PhoneTask.id == task_id, PhoneTask.unit_id == visitor.user.unit_id)
    task = session.scalar(wanted.with_for_update() if lock else wanted)
    if task is None:
        raise HTTPException(404)
    return task, session.get_one(Notice, task.notice_id), session.get_one(Case, task.case_seq)


def _show(request: Request, visitor: Signed, task_id: int, shown: Shown) -> Response:
    centre = centre_of(request)
    with centre.database.reading() as session:
        task, notice, case = _found(session, visitor, task_id)
        try:
            script, _ = rendered(session, case, notice)
        except texts.NotSayable:
            script = ""
        taken_by = session.get(User, task.taken_by) if task.taken_by else None
    return render(
        request,
        "services/phone_task.html",
        status=shown.status,
        task=task,
        notice=notice,
        case=case,
        script=script.rpartition("电话")[0] or script,
        note=phone_tasks.note_of(centre.keys.vault, task),
        taken_by=taken_by,
        phone=shown.phone,
        wrong=shown.wrong,
        notices=NOTICES,
        failures=FAILURES,
        outcomes=OUTCOMES,
        choices=CHOICES,
        here="/desk/phone-tasks",
    )
