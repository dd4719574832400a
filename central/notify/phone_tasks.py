"""Phone tasks (电话告知, R016): calls that members of staff make, when they are due, and how they went."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework import calendar
from central.casework.acts import Refused, Words
from central.casework.calendar import WorkCalendar
from central.casework.lines import line
from central.casework.who import Who
from central.store.models import Case, Notice, PhoneTask, Reveal
from central.vault import Vault

WITHIN = timedelta(hours=4)
"""Desk hours from the event to the call [A]."""
AGAIN_AFTER = timedelta(hours=2)
"""Desk hours until the next try [A]."""
MOST_TRIES = 3
OUTCOMES = ("told", "no_answer", "wrong_number", "call_later")


def open_task(
    session: Session, notice_id: int, case_seq: int, unit_id: int, at: datetime, within: WorkCalendar | None = None
) -> None:
    """A call for the unit, due within `WITHIN` desk hours."""
    due = (within or calendar.load()).add_desk_hours(at, WITHIN).at
    session.execute(
        insert(PhoneTask).values(notice_id=notice_id, case_seq=case_seq, unit_id=unit_id, created_at=at, due_at=due)
    )


def take(session: Session, task: PhoneTask, case: Case, who: Who, at: datetime) -> None:
    """`who` will call now: the number is shown to them, and that is recorded.

    Raises:
        Refused: done already, or a colleague has taken it.
    """
    _check_open(task)
    if who.user_id is None:
        raise Refused("not_staff", Words("只有工作人员可以打电话。", "Only staff make calls."))
    if task.taken_by not in (None, who.user_id):
        raise Refused(
            "taken",
            Words("同事正在打这个电话。请选别的任务。", "A colleague is making this call. Choose another one."),
        )
    task.taken_by = who.user_id
    session.add(Reveal(at=at, user_id=who.user_id, case_seq=case.seq, what="phone", purpose="phone_task"))
    trail.record(session, who, "reveal", case.case_number, at, {"what": "phone", "purpose": "phone_task"})


def close(
    session: Session,
    vault: Vault,
    task: PhoneTask,
    case: Case,
    who: Who,
    outcome: str,
    at: datetime,
    *,
    note: str = "",
    later: datetime | None = None,
) -> None:
    """Record how the call went. Nobody there, or «call later»: the task comes back; after `MOST_TRIES` it ends.

    Raises:
        Refused: done already, or the new time is missing or past.
    """
    _check_open(task)
    if outcome not in OUTCOMES:
        raise Refused("outcome", Words("请选择通话结果。", "Choose how the call went."))
    notice = session.scalars(select(Notice).where(Notice.id == task.notice_id)).one()
    task.tries += 1
    task.outcome = outcome
    task.taken_by = None
    if note:
        notes = "\n".join(filter(None, (note_of(vault, task), note)))
        task.note_sealed = vault.seal(notes, f"phone_task.note_sealed|{task.id}")
    if outcome == "call_later":
        if later is None or later <= at:
            raise Refused("time", Words("请写明什么时候再打。", "Say when to call again."))
        task.due_at = later
    elif outcome == "no_answer" and task.tries < MOST_TRIES:
        task.due_at = calendar.load().add_desk_hours(at, AGAIN_AFTER).at
    else:
        task.done_at, task.done_by = at, who.user_id
        told = outcome == "told"
        notice.state = "done" if told else "failed"
        notice.error = "" if told else outcome
        notice.delivered_at = at if told else notice.delivered_at
    notice.attempts += 1
    line(session, case, who, "phone_task", at, {"notice": notice.kind, "outcome": outcome, "tries": task.tries})


def note_of(vault: Vault, task: PhoneTask) -> str:
    """What was noted about the calls.

    Raises:
        CannotUnseal
    """
    return "" if task.note_sealed is None else vault.open(task.note_sealed, f"phone_task.note_sealed|{task.id}")


def _check_open(task: PhoneTask) -> None:
    if task.done_at is not None:
        raise Refused("done", Words("这个电话已经办结。", "This call is done."))
