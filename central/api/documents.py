"""Issued documents for terminals: the list, and the signed PDF, so that a legal document is printed wherever somebody is."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from central.api.common import centre_of
from central.api.problem_answers import documented
from central.audit import trail
from central.casework.terms import DocumentKind
from central.casework.who import applicant
from central.centre import CentreParts
from central.documents.content import TITLES, WITHOUT_SEAL
from central.documents.copy import lines
from central.documents.papers import papers_of
from central.proving import cases_of
from central.refusal import Refusal
from central.store.models import Document, Unit
from kiosk.protocol.digest import field_of
from kiosk.protocol.documents import DocumentCopy, DocumentFetch, DocumentsAnswer, DocumentsQuery, IssuedDocument
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.proof import Proof

MOST_CASES = 50
"""The newest cases of a card whose documents are listed."""
_INTERNAL = [kind.value for kind in WITHOUT_SEAL]
"""Go along with papers between offices; not the applicant's."""

router = APIRouter(prefix="/api/v1", tags=["citizens"])


@router.post(
    "/documents/query",
    summary="Which documents were issued",
    responses=documented(
        ProblemType.INVALID_MESSAGE, ProblemType.CANNOT_OPEN, ProblemType.TOO_MANY_TRIES, ProblemType.TOO_LARGE
    ),
)
def query(request: Request, asked: DocumentsQuery) -> DocumentsAnswer:
    """An empty list does not tell a wrong query code from an unknown number."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        cases = {
            case.seq: case for case in cases_of(session, centre.keys, centre.guesses, asked, centre.now(), MOST_CASES)
        }
        rows = session.execute(
            select(Document, Unit.name)
            .join(Unit, Unit.id == Document.unit_id)
            .where(
                Document.case_seq.in_(cases),
                Document.voided_at.is_(None),
                Document.kind.not_in(_INTERNAL),
                Document.content_sealed != b"",  # its period of retention is not over
            )
            .order_by(Document.id.desc())
        ).all()
    return DocumentsAnswer(
        documents=tuple(
            IssuedDocument(
                check_code=document.check_code,
                kind=document.kind,
                title_zh=TITLES[DocumentKind(document.kind)][0],
                title_en=TITLES[DocumentKind(document.kind)][1],
                number=document.number,
                unit=unit,
                case_number=cases[document.case_seq].case_number,
                item_name=cases[document.case_seq].item_name,
                issued_at=document.issued_at,
                signed_for_at=document.signed_for_at,
            )
            for document, unit in rows
        )
    )


@router.post(
    "/documents/fetch",
    response_class=Response,
    summary="A document as PDF",
    responses={
        200: {
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
            "description": "The PDF; its SHA-256 stands in `Repr-Digest`",
        },
        **documented(
            ProblemType.NOT_FOUND,
            ProblemType.INVALID_MESSAGE,
            ProblemType.TOO_MANY_TRIES,
            ProblemType.TOO_LARGE,
            ProblemType.STORAGE_FULL,
        ),
    },
)
def fetch(request: Request, asked: DocumentFetch) -> Response:
    """Signed with the unit's seal, the same bytes every time. It names the applicant: print it, keep nothing of it.

    Needs what the slip says; a card token is not enough. Every copy given out is in the audit trail.
    """
    centre = centre_of(request)
    document = _asked_for(centre, asked)
    paper = papers_of(centre).pdf(document)
    _record(centre, document)
    headers = {"Cache-Control": "no-store", "Repr-Digest": field_of(paper.sha256)}
    return Response(paper.data, media_type="application/pdf", headers=headers)


@router.post(
    "/documents/copy",
    summary="A document in lines, for a terminal that prints on a roll",
    responses=documented(
        ProblemType.NOT_FOUND, ProblemType.INVALID_MESSAGE, ProblemType.TOO_MANY_TRIES, ProblemType.TOO_LARGE
    ),
)
def copy(request: Request, response: Response, asked: DocumentFetch) -> DocumentCopy:
    """The same words as on the PDF, and proven in the same way. It names the applicant: print it, keep nothing of it."""
    centre = centre_of(request)
    document = _asked_for(centre, asked)
    content = papers_of(centre).content(document)
    _record(centre, document)
    response.headers["Cache-Control"] = "no-store"
    title_zh, title_en = content.title
    return DocumentCopy(
        check_code=document.check_code,
        title_zh=title_zh,
        title_en=title_en,
        number=content.number,
        unit=content.office.name,
        issued_at=content.issued_at,
        lines=lines(content),
        officer=content.officer,
        check_url=content.check_url,
    )


def _asked_for(centre: CentreParts, asked: DocumentFetch) -> Document:
    """The document, which stands and is the applicant's.

    Raises:
        Refusal: there is none, or the slip is not right for it.
    """
    proof = Proof(slip_number=asked.slip_number, query_code=asked.query_code)
    with centre.database.reading() as session:
        cases = cases_of(session, centre.keys, centre.guesses, proof, centre.now(), MOST_CASES)
        document = session.scalar(
            select(Document).where(
                Document.check_code == asked.check_code,
                Document.case_seq.in_([case.seq for case in cases]),
                Document.voided_at.is_(None),
                Document.kind.not_in(_INTERNAL),
            )
        )
    if document is None or not document.content_sealed:
        raise Refusal(ProblemType.NOT_FOUND)
    return document


def _record(centre: CentreParts, document: Document) -> None:
    with centre.database.writing() as session:
        detail = {"kind": document.kind}
        trail.record(session, applicant(None), "document.fetched", document.number, centre.now(), detail)
