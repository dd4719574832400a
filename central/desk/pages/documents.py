"""Documents (文书) at the desk: look at one, print or save it, record that it was signed for, void it; the slip again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework import access
from central.casework.acts import Words
from central.casework.terms import Role
from central.casework.who import Who
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text
from central.documents import html, papers
from central.documents.papers import VOID_REASONS, papers_of
from central.documents.slip import slip_of, slip_pdf
from central.store.models import Case, Document

router = APIRouter()
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]

PDF = "application/pdf"


@router.get("/documents/{number}")
def document_page(request: Request, visitor: Caseworker, number: RowNumber) -> Response:
    """The document as the applicant gets it, with phone and address in full: that it was looked at is recorded."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        document, case = _found(session, visitor.who, number)
        _record_look(session, visitor.who, document, centre.now())
    content = papers_of(centre).content(document)
    return render(
        request,
        "documents/view.html",
        document=document,
        case=case,
        title=Words(*content.title),
        sheet=html.sheet(content, voided=document.voided_at is not None),
        may_void=visitor.who.unit_id == document.unit_id or visitor.who.has(Role.SUPERVISOR),
        reasons=VOID_REASONS,
        here="/desk/work",
    )


@router.get("/documents/{number}/pdf")
def document_pdf(request: Request, visitor: Caseworker, number: RowNumber) -> Response:
    """The signed PDF, to print or to save. Made when somebody asks for the first time."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        document, _ = _found(session, visitor.who, number)
        _record_look(session, visitor.who, document, centre.now())
    paper = papers_of(centre).pdf(document)
    return Response(paper.data, media_type=PDF, headers=_named(f"document-{document.id}.pdf"))


@router.post("/documents/{number}/signed-for")
def signed_for(request: Request, visitor: Caseworker, number: RowNumber) -> Response:
    """签收."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        document, case = _found(session, visitor.who, number)
        papers.signed_for(session, document, case, visitor.who, centre.now())
    return see_other(request, f"/desk/documents/{number}", Words("已登记签收。", "Recorded as signed for."))


@router.post("/documents/{number}/void")
def void(request: Request, visitor: Caseworker, number: RowNumber, form: Posted) -> Response:
    """作废, with a reason."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        document, case = _found(session, visitor.who, number)
        papers.void(session, document, case, visitor.who, text(form, "reason", 40), centre.now())
    said = Words("已作废。编号保留，不再使用。", "Voided. Its number stays taken and is not used again.")
    return see_other(request, f"/desk/documents/{number}", said)


@router.get("/cases/{case_number}/slip")
def slip(request: Request, visitor: Caseworker, case_number: str) -> Response:
    """申报凭条 again (补打), for a printer with 80 mm paper. Names masked."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        case = access.find(session, visitor.who, case_number)
        if case is None:
            raise HTTPException(404)
        facts = slip_of(session, case, centre.settings.web.public_url)
    return Response(slip_pdf(facts), media_type=PDF, headers=_named("slip.pdf"))


def _found(session: Session, who: Who, number: int) -> tuple[Document, Case]:
    """The document and its case.

    Raises:
        HTTPException: 404, there is none, or its case is not one of the visitor's place: the two are not told apart.
    """
    row = session.execute(
        select(Document, Case)
        .join(Case, Case.seq == Document.case_seq)
        .where(Document.id == number, access.visible(who))
    ).one_or_none()
    if row is None:
        raise HTTPException(404)
    return row[0], row[1]


def _record_look(session: Session, who: Who, document: Document, at: datetime) -> None:
    trail.record(session, who, "document.viewed", document.number, at, {"kind": document.kind})


def _named(name: str) -> dict[str, str]:
    """Shown in the browser, and saved under a name that says nothing of a person."""
    return {"Content-Disposition": f'inline; filename="{name}"'}
