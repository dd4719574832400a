"""Documents (文书) that were issued, and their numbers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from central.store.models.base import Base, RowId


class NumberSeries(Base):
    """The last number of a unit's short name (机关代字), kind and year. Numbers run without a gap and are never used twice.

    By the short name and not by the unit: two units that bear the same one share a series, and a number stays one of a kind.
    """

    __tablename__ = "number_series"

    short_name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Document(Base):
    """An issued document: what it says is sealed; HTML and PDF are made from it and are always the same."""

    __tablename__ = "document"
    __table_args__ = (Index("ix_document_unit", "unit_id", "issued_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    sub_case_id: Mapped[int | None] = mapped_column(ForeignKey("sub_case.id"))
    kind: Mapped[str]
    """`central.casework.terms.DocumentKind`."""
    number: Mapped[str] = mapped_column(unique=True)
    """乌审政服收〔2026〕00023号"""
    check_code: Mapped[str] = mapped_column(unique=True)
    """Random; in the QR code, so that a number cannot be guessed into a document."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    issued_at: Mapped[datetime]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    pdf_sha256: Mapped[str | None]
    """Of the signed PDF, once made; the (sealed) file is in the part store under `pdf_part`."""
    pdf_part: Mapped[str | None]
    signed_for_at: Mapped[datetime | None]
    """签收 by the applicant."""
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str] = mapped_column(default="")
