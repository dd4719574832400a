"""办理结果 for the applicant's space at a platform (R066): which documents were issued, and each with its PDF.

A platform must find the applicant among its own users without being told who the applicant is. So the feed carries
`match`: HMAC-SHA256 of the identity number under a key that only the centre and this one platform have. The platform
computes it for its users once, and fetches a document only when it knows the person.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from central.casework.rights import places_of
from central.casework.terms import DocumentKind
from central.documents.content import TITLES
from central.documents.papers import PaperPdf
from central.keys import KeyRing
from central.opened import open_case
from central.opening import CannotOpen
from central.refusal import Refusal
from central.sharing.authorisations import Permit
from central.sharing.sheets import heading
from central.store.models import Authorisation, Case, CaseEvent, Document, SubCase, Unit
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.sharing import Issued, IssuedFeed, MatchingSheet, ResultSheet, match

MOST = 100
"""Each opens an envelope."""
RESULTS = (DocumentKind.DECISION, DocumentKind.REJECTION_NOTICE, DocumentKind.NOT_ACCEPT_NOTICE)
"""办理结果: what decides a case or ends it."""
VOIDED = "document_voided"


def issued(session: Session, keys: KeyRing, permit: Permit, after: int, up_to: int, limit: int) -> IssuedFeed:
    """Results behind position `after`, oldest first; one that was voided comes again. `up_to`: the last that is settled."""
    rows = session.execute(
        select(CaseEvent, Document, Case)
        .join(Case, Case.seq == CaseEvent.case_seq)
        .join(
            Document,
            and_(Document.case_seq == CaseEvent.case_seq, Document.number == CaseEvent.detail["document"].as_string()),
        )
        .outerjoin(SubCase, SubCase.id == Document.sub_case_id)
        .where(
            CaseEvent.id > after,
            CaseEvent.id <= up_to,
            or_(CaseEvent.source != CaseEvent.target, CaseEvent.event == VOIDED),
            Document.kind.in_(RESULTS),
            permit.cases(),
            or_(Document.sub_case_id.is_(None), permit.place(SubCase.region_code)),
        )
        .order_by(CaseEvent.id)
        .limit(limit + 1)
    ).all()
    key = keys.matching_key(permit.platform.id)
    told = tuple(_issued(session, keys, key, *row) for row in rows[:limit])
    return IssuedFeed(issued=told, next_after=told[-1].position if told else after, more=len(rows) > limit)


def find(session: Session, permit: Permit, number: int) -> tuple[Document, Case, Authorisation]:
    """A result by its number, and the authorisation that lets the platform have it.

    Raises:
        Refusal: NOT_FOUND, whether there is none, it was deleted, or it is none of the platform's.
    """
    row = session.execute(
        select(Document, Case, SubCase.region_code)
        .join(Case, Case.seq == Document.case_seq)
        .outerjoin(SubCase, SubCase.id == Document.sub_case_id)
        .where(
            Document.id == number,
            Document.kind.in_(RESULTS),
            permit.cases(),
            or_(Document.sub_case_id.is_(None), permit.place(SubCase.region_code)),
        )
    ).one_or_none()
    if row is None or not row[0].content_sealed:  # its period of retention is over
        raise Refusal(ProblemType.NOT_FOUND)
    document, case, place = row
    places = (case.handling_code, *places_of(case)) if place is None else (place,)
    return document, case, permit.covering(places)


def result_sheet(
    session: Session,
    permit: Permit,
    found: tuple[Document, Case, Authorisation],
    paper: PaperPdf,
    now: datetime,
) -> ResultSheet:
    """The document with its PDF."""
    document, case, authorisation = found
    return ResultSheet(
        **heading(permit, authorisation, now),
        case_number=case.case_number,
        number=document.number,
        kind=document.kind,
        title_zh=TITLES[DocumentKind(document.kind)][0],
        unit=session.get_one(Unit, document.unit_id).name,
        issued_at=document.issued_at,
        voided_at=document.voided_at,
        electronically_sealed=paper.signed,
        sha256=paper.sha256,
        pdf=base64.b64encode(paper.data).decode(),
    )


def matching_sheet(keys: KeyRing, permit: Permit, now: datetime) -> MatchingSheet:
    """The key under which this platform computes `match` for its users."""
    key = base64.b64encode(keys.matching_key(permit.platform.id)).decode()
    return MatchingSheet(**heading(permit, permit.authorisations[0], now), key=key)


def _issued(session: Session, keys: KeyRing, key: bytes, event: CaseEvent, document: Document, case: Case) -> Issued:
    found = None
    with suppress(CannotOpen):
        found = match(key, open_case(session, keys, case).application.applicant.id_number)
    return Issued(
        position=event.id,
        case_number=case.case_number,
        slip_number=case.slip_number,
        item_id=case.item_id,
        item_name=case.item_name,
        handling_code=case.handling_code,
        document=document.id,
        number=document.number,
        kind=document.kind,
        title_zh=TITLES[DocumentKind(document.kind)][0],
        issued_at=document.issued_at,
        void=event.event == VOIDED or document.voided_at is not None,
        match=found,
    )
