"""Documents for tests: every kind with facts that name all it must say, issued for a really sealed application."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pypdf
from sqlalchemy.orm import Session

from central.casework.acts import Problem
from central.casework.ports import DocumentFacts
from central.casework.terms import DocumentKind as Kind
from central.centre import CentreParts
from central.documents.issue import DocumentIssuer
from central.documents.papers import papers_of, seals_of
from central.store.models import Case, ContactRecord, Document, Unit, Withdrawal
from central.times import CHINA
from tests.central.services_rig import application, stored, who

AT = datetime(2026, 11, 20, 10, 5, tzinfo=CHINA)
URL = "https://tongban.example"
PROBLEMS = (
    Problem("社会保障卡", "卡面反光，看不清卡号", "办事指南 材料二", "重拍社会保障卡正面"),
    Problem("备案起止时间", "结束时间早于开始时间", "办事指南 填报说明", "改正结束时间", tolerable=True),
)
ISSUERS = {
    Kind.ACCEPTANCE_RECEIPT: "dept.640221",
    Kind.REJECTION_NOTICE: "dept.640221",
    Kind.DECISION: "dept.640221",
    Kind.MAILING_LABEL: "dept.640221",
}
"""Who issues what; everything else is the receiving desk's."""
NUMBERED = [kind for kind in Kind if kind is not Kind.SUBMISSION_SLIP]


def facts_for(kind: Kind, session: Session, parts: CentreParts, case: Case) -> DocumentFacts:
    """What an act would bring for a document of `kind`."""
    reason = "平罗县尚未开通该险种的异地备案"
    plain = DocumentFacts(reason=reason, basis="《行政许可法》第三十二条", extra={"refusal_kind": "not_crossable"})
    if kind is Kind.COLLECTION_NOTICE:
        return DocumentFacts(transmit_due=AT + timedelta(hours=2), mail_due=AT + timedelta(days=3))
    if kind is Kind.ACCEPTANCE_RECEIPT:
        return DocumentFacts(promise_due=AT + timedelta(days=9))
    if kind is Kind.ONE_TIME_NOTICE:
        return DocumentFacts(problems=PROBLEMS, supplement_due=AT + timedelta(days=14), supplement_days=10)
    if kind is Kind.NOT_ACCEPT_NOTICE:
        note = parts.keys.vault.seal("对方说下月才开通", f"contact_record.note_sealed|{case.application_id}")
        contact = ContactRecord(
            case_seq=case.seq,
            at=AT,
            way="phone",
            counterpart_sealed=parts.keys.vault.seal(
                "平罗县医保局 马芳", f"contact_record.counterpart_sealed|{case.application_id}"
            ),
            outcome="not_crossable",
            note_sealed=note,
            user_id=who(session, "hall.150626").user_id,
        )
        return replace(plain, contact=contact)
    if kind is Kind.WITHDRAWAL_CONFIRMATION:
        words = parts.keys.vault.seal("我已经回平罗了", f"withdrawal.request_sealed|{case.application_id}")
        asked = Withdrawal(
            request_id="r", requested_at=AT, channel="kiosk", terminal_id="WSQ-03", reason_code="done_elsewhere",
            request_sealed=words, returned="",
        )  # fmt: skip
        return DocumentFacts(reason="我已经回平罗了", withdrawal=asked, extra={"returned": "on_the_spot"})
    if kind is Kind.DECISION:
        return DocumentFacts(result_number="平医备〔2026〕88号", result_text="准予异地就医结算备案")
    if kind in (Kind.MATERIAL_HANDOVER_LIST, Kind.MAILING_LABEL):
        return DocumentFacts(extra={"waybill": "EA123456789CN", "seal_number": "F-000123"})
    return plain


def case_of(session: Session, parts: CentreParts, persona: str = "wang", **columns: Any) -> Case:
    """A case at the receiving desk."""
    return stored(session, parts.keys, application(persona), **columns)


def issue(
    parts: CentreParts,
    kind: Kind,
    *,
    persona: str = "wang",
    login: str = "",
    facts: DocumentFacts | None = None,
    name: str = "",
    at: datetime = AT,
    **columns: Any,
) -> Document:
    """A document of `kind` for a new case; the applicant may be called `name`."""
    made = application(persona)
    if name:
        person = made.applicant.model_copy(update={"name": name})
        delivery = made.delivery.model_copy(update={"recipient": name})
        made = made.model_copy(update={"applicant": person, "delivery": delivery})
    with parts.database.writing() as session:
        case = stored(session, parts.keys, made, **columns)
        said = facts or facts_for(kind, session, parts, case)
        actor = who(session, login or ISSUERS.get(kind, "hall.150626"))
        return DocumentIssuer(parts.keys, URL).issue(session, kind, case, actor, said, at)


def with_seals(parts: CentreParts) -> None:
    """Demonstration seals for the two places."""
    with parts.database.reading() as session:
        for code in ("150626-hall", "640221-dept"):
            unit = session.query(Unit).where(Unit.code == code).one()
            seals_of(parts).create(unit.code, unit.name, unit.seal_name, parts.now())


def text_of(pdf: bytes) -> str:
    """All text of a PDF, without any white space: lines break where the layout wants."""
    return "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def pdf_of(parts: CentreParts, document: Document) -> bytes:
    """Its PDF."""
    return papers_of(parts).pdf(document).data
