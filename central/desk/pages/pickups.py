"""Results that an applicant collects here, of a case that is no other business of this place (R111)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy.orm import Session

from central import pickups
from central.audit import trail
from central.casework import access, lifecycle
from central.casework.acts import Act, Refused, Words
from central.casework.terms import Role
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text, whole
from central.documents.papers import papers_of
from central.services import dispatching
from central.store.models import Case, Document

router = APIRouter()
Clerk = Annotated[Signed, allow(Role.WINDOW)]

LONGEST_NUMBER = 20


@router.get("/pickups/{case_number}")
def pickup(request: Request, visitor: Clerk, case_number: str) -> Response:
    """What is to be handed over, and what may be done about it now."""
    return _show(request, visitor, case_number)


@router.get("/pickups/{case_number}/decision.pdf")
def decision(request: Request, visitor: Clerk, case_number: str) -> Response:
    """The result to print here and hand over; recorded like every look at a document."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        seen = pickups.waiting(session, centre.casework, _found(session, visitor, case_number), visitor.who)
        document = session.get(Document, seen.decision_id) if seen.decision_id is not None else None
        if document is None:
            raise HTTPException(404)
        trail.record(session, visitor.who, "document.viewed", document.number, centre.now(), {"kind": document.kind})
    paper = papers_of(centre).pdf(document)
    name = f'inline; filename="document-{document.id}.pdf"'
    return Response(paper.data, media_type="application/pdf", headers={"Content-Disposition": name})


@router.post("/pickups/{case_number}/card")
def card(request: Request, visitor: Clerk, case_number: str, form: Posted) -> Response:
    """Whether the card in the clerk's hand is the applicant's. That it was asked is recorded, the number is not."""
    centre = centre_of(request)
    number = text(form, "id_number", LONGEST_NUMBER)
    with centre.database.writing() as session:
        case = _found(session, visitor, case_number)
        same = pickups.is_applicant(centre.keys, case, number)
        trail.record(session, visitor.who, "pickup.card", case_number, centre.now(), {"same": same})
    return _show(request, visitor, case_number, same=same)


@router.post("/pickups/{case_number}/{event}")
def perform(request: Request, visitor: Clerk, case_number: str, event: str, form: Posted) -> Response:
    """It has arrived, it is printed, it is handed over."""
    if event not in pickups.EVENTS:
        raise HTTPException(404)
    centre = centre_of(request)
    act = Act(case_number, event, whole(text(form, "version", 12)) or 0)
    try:
        with centre.database.writing() as session:
            case = _found(session, visitor, case_number)
            if event in dispatching.EVENTS:
                dispatching.perform(session, centre.casework, centre.keys, case, visitor.who, act, centre.now())
            else:
                centre.casework.perform_in(session, visitor.who, act, case)
    except Refused as refused:
        return _show(request, visitor, case_number, why=refused.why, status=409)
    words = lifecycle.load().event(event)
    done = Words(f"已办：{words.zh}。", f"Done: {words.en}.")
    return see_other(request, "/desk/work/deliver" if event == "picked_up" else f"/desk/pickups/{case_number}", done)


def _show(
    request: Request,
    visitor: Signed,
    case_number: str,
    *,
    same: bool | None = None,
    why: Words | None = None,
    status: int = 200,
) -> Response:
    centre = centre_of(request)
    with centre.database.reading() as session:
        seen = pickups.waiting(session, centre.casework, _found(session, visitor, case_number), visitor.who)
    return render(
        request,
        "cases/pickup.html",
        status=status,
        seen=seen,
        same=same,
        why=why,
        lifecycle=lifecycle.load(),
        here="/desk/work",
    )


def _found(session: Session, visitor: Signed, case_number: str) -> Case:
    """The case.

    Raises:
        HTTPException: 404, there is none whose result waits here.
    """
    case = access.find_waiting(session, visitor.who, case_number)
    if case is None:
        raise HTTPException(404)
    return case
