"""What the centre keeps about uploads and cases.

Content stays sealed in the part store. The columns here are what routing, progress and the ledger need; the
applicant is a keyed digest (`central.keys.KeyRing.applicant_index`), never a number.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ForeignKey, String, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as ISO 8601 in UTC so that it sorts and reads."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else datetime.fromisoformat(value)


class Base(DeclarativeBase):
    """Root of the tables."""


class Upload(Base):
    """A part being uploaded. `offset` counts the bytes that are fsynced: only they are ever answered for."""

    __tablename__ = "upload"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    offset: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime] = mapped_column(UtcTime)


class Case(Base):
    """A case (办件): one submitted application."""

    __tablename__ = "case"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    application_id: Mapped[str] = mapped_column(unique=True)
    fingerprint: Mapped[str]
    """SHA-256 of the manifest, to tell a repetition from another content under the same key."""
    answer: Mapped[str] = mapped_column(Text)
    """The receipt as first sent; a repetition gets the same bytes."""
    manifest: Mapped[str] = mapped_column(Text)
    case_number: Mapped[str] = mapped_column(unique=True)
    slip_number: Mapped[str] = mapped_column(index=True)
    query_code: Mapped[str]
    applicant_index: Mapped[str] = mapped_column(index=True)
    terminal_id: Mapped[str]
    receiving_code: Mapped[str]
    receiving_name: Mapped[str]
    handling_code: Mapped[str]
    handling_name: Mapped[str]
    item_id: Mapped[str]
    item_name: Mapped[str]
    mode: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
    files: Mapped[list[CaseFile]] = relationship(back_populates="case", order_by="CaseFile.part_name")


class CaseFile(Base):
    """One file of a case: which sealed part holds it, and the digest of what is inside."""

    __tablename__ = "case_file"

    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), primary_key=True)
    part_name: Mapped[str] = mapped_column(primary_key=True)
    sealed_sha256: Mapped[str]
    plain_sha256: Mapped[str]
    plain_size: Mapped[int]
    case: Mapped[Case] = relationship(back_populates="files")
