"""The first page: what is due today, for me."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from central import help_tasks
from central.casework.terms import Role
from central.casework.who import Who
from central.desk import navigation
from central.desk.frame import Visitor, centre_of, render, see_other
from central.ledger import complaints, rating, rectification, supervision, words
from central.store.models import Case, Complaint, PhoneTask, Rating, Rectification
from central.times import CHINA
from central.whose_turn import OPEN

router = APIRouter()
LINES = 12


@router.get("/")
def home(
    request: Request, visitor: Visitor, show: Annotated[str, Query(pattern="^(|overdue|soon|unopened)$")] = ""
) -> Response:
    """What waits; with `show`, just the cases that one of the counts counts. Those who work with no cases begin at their
    own first page.
    """
    if not visitor.who.has(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR):
        return see_other(request, navigation.first_page(visitor.who))
    centre = centre_of(request)
    now = centre.now()
    with centre.database.reading() as session:
        waiting = _waiting(session, visitor.who, now, show)
        return render(request, "ledger/home.html", words=words, show=show, **waiting)


def _due(session: Session, who: Who, now: datetime, show: str) -> list[supervision.Late]:
    """The cases to list."""
    if show == "unopened":
        return supervision.ageing(session, who, now)
    if show:
        return [one for one in supervision.late(session, who, now) if one.overdue == (show == "overdue")]
    tonight = datetime.combine(now.astimezone(CHINA).date() + timedelta(days=1), time(), CHINA)
    return supervision.due_by(session, who, tonight, now, LINES)


def _waiting(session: Session, who: Who, now: datetime, show: str) -> dict[str, Any]:
    mine = select(Case).where(Case.owner_id == who.user_id, Case.state.in_([state.value for state in OPEN]))
    bad = select(func.count()).where(rating.answering(who), Rating.score <= rating.BAD, Rating.closed_at.is_(None))
    said = select(func.count()).where(complaints.answering(who), Complaint.closed_at.is_(None))
    asked = select(func.count()).where(
        rectification.concerning(who),
        Rectification.closed_at.is_(None),
        or_(Rectification.replied_at.is_(None), Rectification.unit_id != who.unit_id),
    )
    calls = select(func.count()).where(PhoneTask.unit_id == who.unit_id, PhoneTask.done_at.is_(None))
    return {
        "counts": supervision.counts(session, who, now),
        "due": _due(session, who, now, show),
        "mine": list(session.scalars(mine.order_by(Case.due_at.is_(None), Case.due_at).limit(LINES))),
        "bad_ratings": session.scalar(bad),
        "complaints": session.scalar(said),
        "rectifications": session.scalar(asked),
        "calls": session.scalar(calls),
        "helps": session.scalar(help_tasks.waiting(who)),
        "calls_page": who.has(Role.WINDOW, Role.SUPERVISOR),
    }
