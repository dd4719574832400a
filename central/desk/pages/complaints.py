"""投诉、举报、建议、问题: what citizens said, who deals with it, what was answered."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import select

from central.audit import trail
from central.casework.acts import Words
from central.casework.terms import Role
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text
from central.ledger import complaints as room
from central.store.models import Case, Complaint, Unit, User

router = APIRouter()
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]
MOST = 100


@router.get("/complaints")
def complaints(request: Request, visitor: Caseworker, which: str = "open") -> Response:
    """The open ones (the default), or all."""
    centre = centre_of(request)
    everything = which == "all"
    statement = (
        select(Complaint, Unit, User)
        .outerjoin(Unit, Complaint.unit_id == Unit.id)
        .outerjoin(User, Complaint.taken_by == User.id)
        .where(room.answering(visitor.who))
        .limit(MOST)
    )
    if everything:
        statement = statement.order_by(Complaint.id.desc())
    else:
        statement = statement.where(Complaint.closed_at.is_(None)).order_by(Complaint.due_at)
    with centre.database.reading() as session:
        found = session.execute(statement).unique().all()
    return render(request, "ledger/complaints.html", found=found, kinds=room.KINDS, everything=everything)


@router.get("/complaints/{number}")
def one_complaint(request: Request, visitor: Caseworker, number: str) -> Response:
    """One of them. Reading a citizen's contact is in the audit trail."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        found = room.find(session, visitor.who, number)
        if found is None:
            raise HTTPException(404)
        case = None if found.case_seq is None else session.get(Case, found.case_seq)
        taker = None if found.taken_by is None else session.get(User, found.taken_by)
        trail.record(session, visitor.who, "complaint.read", found.number, centre.now())
    vault = centre.keys.vault
    return render(
        request,
        "ledger/complaint.html",
        complaint=found,
        case=case,
        taker=taker,
        kind=room.KINDS[found.kind],
        said=room.words_of(vault, found),
        contact=room.contact_of(vault, found),
        reply=room.reply_of(vault, found),
    )


@router.post("/complaints/{number}")
def step(request: Request, visitor: Caseworker, number: str, form: Posted) -> Response:
    """认领, or 答复并办结."""
    centre = centre_of(request)
    what = text(form, "step", 20)
    with centre.database.writing() as session:
        found = room.find(session, visitor.who, number)
        if found is None:
            raise HTTPException(404)
        if what == "take":
            room.take(session, visitor.who, found, centre.now())
        elif what == "close":
            room.close(session, centre.keys.vault, visitor.who, found, text(form, "reply", 4000), centre.now())
        else:
            raise HTTPException(422)
    return see_other(request, f"/desk/complaints/{number}", Words("已登记。", "Recorded."))
