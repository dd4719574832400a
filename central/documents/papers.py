"""Issued documents as people get them: read, as PDF, signed for, voided.

The signed PDF is made when it is first asked for, outside any act, and kept sealed in the part store: the same bytes
ever after. Of two that ask at once one wins. A unit without a seal gets pages to stamp by hand; they are not kept, so
that its documents are signed once it has one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework.acts import Conflict, Refused, Words
from central.casework.lines import line
from central.casework.terms import DocumentKind, Role
from central.casework.who import Who
from central.centre import CentreParts
from central.documents import pdf
from central.documents.content import Content, from_json, place
from central.documents.html import Seal
from central.documents.seals import Certificate, Seals, SealUnusable
from central.documents.sign import sign
from central.keys import KeyRing
from central.retention.rules import Kept
from central.store.database import Database
from central.store.models import Case, Document, Unit
from kiosk.protocol.model import sha256_hex

VOID_REASONS = {
    "wrong_content": Words("内容有误", "Its content is wrong"),
    "wrong_case": Words("出错办件", "Issued for the wrong case"),
    "replaced": Words("已由新文书代替", "Replaced by another document"),
    "not_delivered": Words("申请人未领取，另行送达", "Not taken; delivered in another way"),
}
"""A choice, not free words: the reason stands in the clear and on the public page."""


LONGEST_CODE = 32


class PartStore(Protocol):
    """Where sealed bytes are kept (`central.files`)."""

    def put(self, sha256: str, data: bytes) -> None:
        """Keep `data` under its digest."""
        ...

    def read(self, sha256: str) -> bytes:
        """What was kept."""
        ...

    def delete(self, sha256: str) -> None:
        """Forget it."""
        ...


@dataclass(frozen=True, slots=True)
class PaperPdf:
    """A document as PDF. Without a seal of its unit it is not signed, and not the same bytes twice."""

    data: bytes
    sha256: str
    signed: bool


class Papers:
    """Reads issued documents and makes their PDFs. Thread-safe."""

    def __init__(
        self, database: Database, parts: PartStore, keys: KeyRing, seals: Seals, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._parts = parts
        self._keys = keys
        self._seals = seals
        self._now = now

    def content(self, document: Document) -> Content:
        """What it says.

        Raises:
            Refused: deleted, its period of retention is over. CannotUnseal
        """
        if not document.content_sealed:
            raise Refused("deleted", DELETED)
        return from_json(self._keys.vault.open(document.content_sealed, place(document.check_code)))

    def pdf(self, document: Document) -> PaperPdf:
        """The PDF: as first made, or made now.

        Raises:
            Refused: deleted. CannotUnseal, StorageFull
        """
        if document.pdf_part is not None and document.pdf_sha256 is not None:
            return PaperPdf(self._kept(document.pdf_part, document.check_code), document.pdf_sha256, True)
        content = self.content(document)
        seal = self._seal(document) if content.sealed_kind else None
        if seal is None:
            data = pdf.render(content, Seal.BY_HAND).pdf
            return PaperPdf(data, sha256_hex(data), False)
        signed = sign(pdf.render(content, Seal.LATER), seal, content.seal_name or content.office.name, self._now())
        return self._keep(document, signed)

    def _seal(self, document: Document) -> Certificate | None:
        """The unit's seal, if it has one that is valid now. A damaged one is as good as none: pages are stamped by hand."""
        with self._database.reading() as session:
            unit = session.get_one(Unit, document.unit_id)
        try:
            seal = self._seals.get(unit.code)
        except SealUnusable:
            return None
        return seal if seal is not None and seal.valid(self._now()) else None

    def _keep(self, document: Document, signed: bytes) -> PaperPdf:
        """Store `signed`, unless somebody else was faster: then theirs counts."""
        sealed = self._keys.vault.seal_bytes(signed, _where(document.check_code))
        part = sha256_hex(sealed)
        self._parts.put(part, sealed)
        with self._database.writing() as session:
            # Whoever deletes locks the case: either this PDF is seen, or it must not come back.
            kept = session.scalar(select(Case.kept).where(Case.seq == document.case_seq).with_for_update(read=True))
            if kept in (Kept.DELETING_CONTENT, Kept.LEDGER):
                self._parts.delete(part)
                raise Refused("deleted", DELETED)
            session.execute(
                update(Document)
                .where(Document.id == document.id, Document.pdf_part.is_(None))
                .values(pdf_part=part, pdf_sha256=sha256_hex(signed))
            )
            row = session.execute(
                select(Document.pdf_part, Document.pdf_sha256).where(Document.id == document.id)
            ).one()
        if row.pdf_part == part:
            return PaperPdf(signed, row.pdf_sha256, True)
        return PaperPdf(self._kept(row.pdf_part, document.check_code), row.pdf_sha256, True)

    def _kept(self, part: str, check_code: str) -> bytes:
        return self._keys.vault.open_bytes(self._parts.read(part), _where(check_code))


DELETED = Words(
    "内容已按保存期限删除。文书编号仍然有效，可以查验。",
    "Its content was deleted: the period of retention is over. The number stands, and can be checked.",
)


def papers_of(centre: CentreParts) -> Papers:
    """The papers of a centre."""
    return Papers(centre.database, centre.parts, centre.keys, seals_of(centre), centre.now)


def seals_of(centre: CentreParts) -> Seals:
    """The seals of a centre."""
    return Seals(centre.settings.data / "seals", centre.keys.vault)


def demonstration_seals(centre: CentreParts, code: str = "") -> list[Certificate]:
    """Make the self-signed seals that are missing: of every unit, or of the one with this code.

    Raises:
        SealUnusable: no such unit, or it has a seal already.
    """
    held = seals_of(centre)
    with centre.database.reading() as session:
        units = session.scalars(select(Unit).where(Unit.active).order_by(Unit.code)).all()
    if code:
        units = [unit for unit in units if unit.code == code]
        if not units:
            raise SealUnusable("there is no such unit")
    else:
        units = [unit for unit in units if not held.has(unit.code)]
    return [held.create(unit.code, unit.name, unit.seal_name, centre.now()) for unit in units]


def by_check_code(session: Session, check_code: str) -> Document | None:
    """The document that bears this code."""
    return session.scalar(select(Document).where(Document.check_code == bare(check_code)))


def bare(code: str) -> str:
    """A code as somebody typed it: letters and digits only, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", code.upper())[:LONGEST_CODE]


def signed_for(session: Session, document: Document, case: Case, who: Who, at: datetime) -> None:
    """签收: the applicant has it.

    Raises:
        Refused: voided, or signed for already.
    """
    _check_stands(document)
    if document.signed_for_at is not None:
        raise Conflict("signed_for", Words("已登记过签收。", "It was signed for already."))
    document.signed_for_at = at
    line(session, case, who, "document_signed_for", at, {"document": document.number}, document.sub_case_id)


def void(session: Session, document: Document, case: Case, who: Who, reason: str, at: datetime) -> None:
    """作废. The number stays taken.

    Raises:
        Refused: voided before, not this person's to void, or no reason chosen.
    """
    _check_stands(document)
    if who.unit_id != document.unit_id and not who.has(Role.SUPERVISOR):
        raise Refused(
            "other_unit", Words("只能作废本单位出具的文书。", "Only the unit that issued a document may void it.")
        )
    if reason not in VOID_REASONS:
        raise Refused("reason", Words("请选择作废的原因。", "Choose why it is voided."))
    document.voided_at = at
    document.void_reason = reason
    detail = {"document": document.number, "kind": DocumentKind(document.kind).value, "reason": reason}
    line(session, case, who, "document_voided", at, detail, document.sub_case_id)
    trail.record(session, who, "document.voided", document.number, at, detail)


def _check_stands(document: Document) -> None:
    if document.voided_at is not None:
        raise Conflict("voided", Words("这份文书已作废。", "This document was voided."))


def _where(check_code: str) -> str:
    return f"document.pdf|{check_code}"
