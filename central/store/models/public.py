"""What citizens say of the service, and what is put right."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from central.store.models.base import Base, RowId


class Rating(Base):
    """好差评: one for a visit (`visit`, at the terminal), one for a case (`case`, once completed). Five levels (R067, R106)."""

    __tablename__ = "rating"
    __table_args__ = (Index("ix_rating_open", "unit_id", "closed_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    request_id: Mapped[str] = mapped_column(unique=True)
    subject: Mapped[str] = mapped_column(unique=True)
    """`case:<case number>` or `visit:<application or visit id>`: rated once."""
    kind: Mapped[str]
    case_seq: Mapped[int | None] = mapped_column(ForeignKey("case.seq"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """Who answers for it."""
    score: Mapped[int]
    """5 very satisfied … 1 very dissatisfied."""
    reasons: Mapped[list[str]] = mapped_column(default=list)
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    terminal_id: Mapped[str | None]
    anonymous: Mapped[bool] = mapped_column(default=False)
    """Which case it is about stands nowhere."""
    contact_due_at: Mapped[datetime | None]
    """A bad one (1, 2) is verified by then …"""
    correct_due_at: Mapped[datetime | None]
    """… put right by then …"""
    due_at: Mapped[datetime | None]
    """… and closed by then, as the place's rules say (`central.ledger.rating_rules`)."""
    verified_at: Mapped[datetime | None]
    genuine: Mapped[bool | None]
    measures_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    called_back_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Complaint(Base):
    """投诉、举报、建议、问题 (R056, R106, R108)."""

    __tablename__ = "complaint"
    __table_args__ = (Index("ix_complaint_open", "unit_id", "closed_at", "due_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    request_id: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    """complaint, report, suggestion, issue."""
    case_seq: Mapped[int | None] = mapped_column(ForeignKey("case.seq"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    words_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    contact_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    terminal_id: Mapped[str | None]
    due_at: Mapped[datetime]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reply_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Rectification(Base):
    """整改单: a supervisor asks a unit to put something right (R013)."""

    __tablename__ = "rectification"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    case_seq: Mapped[int | None] = mapped_column(ForeignKey("case.seq"))
    matter: Mapped[str]
    """overdue, missing_document, return_rate, bad_rating, ageing, other."""
    demand_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    opened_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    reply_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    replied_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    replied_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Revisit(Base):
    """事后回访 (R174): a completed case drawn at random, whose applicant somebody calls and asks how it went."""

    __tablename__ = "revisit"
    __table_args__ = (Index("ix_revisit_open", "unit_id", "done_at", "due_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """Whose work is asked about; it is called by the supervisor's people."""
    drawn_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    drawn_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[str] = mapped_column(default="")
    """satisfied, problem, not_reached."""
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
