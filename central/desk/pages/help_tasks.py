"""帮办任务: who at which terminal of this place asked for help, taking it on, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from central import help_tasks
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text
from central.help_tasks import OUTCOMES
from central.store.models import Case, HelpTask, User

router = APIRouter()
Clerk = Annotated[Signed, allow(Role.WINDOW, Role.SUPERVISOR)]

LISTED = 100
_STEPS: tuple[tuple[Words, str], ...] = (
    (
        Words("选事项、选地区", "Choosing the service and place"),
        "Home PickRegion ServiceList Guide Consent AfterBreakdown",
    ),
    (Words("刷证件", "Reading a card"), "PlaceCard CardConfirmed SocialCard SocialCardConfirmed"),
    (Words("回答问题、填表", "Filling in"), "Situation Form Delivery ConfirmPhone"),
    (
        Words("拍材料", "Photographing documents"),
        "Checklist Licences LicencesAsking MaterialWay Promise Capture PageReview",
    ),
    (Words("看样本图", "Looking at a sample picture"), "SampleShown"),
    (Words("核对、签字、提交", "Reviewing, signing, submitting"), "Review Sign Sending SendFailed Done"),
    (
        Words("查进度", "Looking up progress"),
        "ProgressHow ProgressNumber ProgressAsking ProgressFailure ProgressList"
        " DocumentsAsking DocumentsFailure DocumentsList",
    ),
)
STEPS: Mapping[str, Words] = {code: words for words, codes in _STEPS for code in codes.split()}
"""Where in the terminal's journey help was wanted (`kiosk.protocol.help.HelpCall.step`); what is not here is shown as it is."""


@router.get("/help-tasks")
def listed(request: Request, visitor: Clerk, view: Annotated[str, Query(pattern="^(open|done)$")] = "open") -> Response:
    """The calls of this place: those that wait, oldest first; or those that are closed, newest first."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        tasks = select(HelpTask, User.name).outerjoin(User, User.id == HelpTask.taken_by)
        tasks = tasks.where(help_tasks.ours(visitor.who))
        if view == "open":
            tasks = tasks.where(HelpTask.closed_at.is_(None)).order_by(HelpTask.called_at)
        else:
            tasks = tasks.where(HelpTask.closed_at.is_not(None)).order_by(HelpTask.closed_at.desc())
        rows = session.execute(tasks.limit(LISTED)).all()
        waiting = session.scalar(help_tasks.waiting(visitor.who)) or 0
    return render(
        request,
        "services/help_tasks.html",
        view=view,
        rows=[(task, name, _minutes(request, task)) for task, name in rows],
        waiting=waiting,
        steps=STEPS,
        outcomes=OUTCOMES,
        here="/desk/help-tasks",
    )


@router.get("/help-tasks/{task_id}")
def task_page(request: Request, visitor: Clerk, task_id: RowNumber) -> Response:
    """One call, and how to close it."""
    return _show(request, visitor, task_id)


@router.post("/help-tasks/{task_id}/take")
def take(request: Request, visitor: Clerk, task_id: RowNumber) -> Response:
    """我去."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        help_tasks.take(session, _found(session, visitor, task_id, lock=True), visitor.who, centre.now())
    return see_other(request, f"/desk/help-tasks/{task_id}", Words("已记下您去帮办。", "You are on the way."))


@router.post("/help-tasks/{task_id}")
def close(request: Request, visitor: Clerk, task_id: RowNumber, form: Posted) -> Response:
    """What came of it, and what was handed in."""
    centre = centre_of(request)
    outcome, case_number = text(form, "outcome", 20), text(form, "case_number", 30)
    try:
        with centre.database.writing() as session:
            task = _found(session, visitor, task_id, lock=True)
            office = centre.casework.office
            help_tasks.close(session, office, task, visitor.who, outcome, centre.now(), case_number=case_number)
    except Refused as refused:
        return _show(request, visitor, task_id, refused.why, outcome, case_number)
    return see_other(request, "/desk/help-tasks", Words("已登记，任务办结。", "Recorded; the call is closed."))


def _show(
    request: Request,
    visitor: Signed,
    task_id: int,
    why: Words | None = None,
    outcome: str = "",
    case_number: str = "",
) -> Response:
    with centre_of(request).database.reading() as session:
        task = _found(session, visitor, task_id)
        taker = session.get(User, task.taken_by) if task.taken_by else None
        case = session.get(Case, task.case_seq) if task.case_seq else None
    return render(
        request,
        "services/help_task.html",
        status=200 if why is None else 422,
        task=task,
        taker=taker,
        case=case,
        minutes=_minutes(request, task),
        why=why,
        outcome=outcome,
        case_number=case_number,
        steps=STEPS,
        outcomes=OUTCOMES,
        here="/desk/help-tasks",
    )


def _found(session: Session, visitor: Signed, task_id: int, *, lock: bool = False) -> HelpTask:
    wanted = select(HelpTask).where(HelpTask.id == task_id, help_tasks.ours(visitor.who))
    task = session.scalar(wanted.with_for_update() if lock else wanted)
    if task is None:
        raise HTTPException(404)
    return task


def _minutes(request: Request, task: HelpTask) -> int:
    """How long somebody waited, or has been waiting."""
    until = task.taken_at or task.closed_at or centre_of(request).now()
    return max(0, int((until - task.called_at).total_seconds() // 60))
