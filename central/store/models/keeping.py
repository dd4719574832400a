"""How long things are kept (R069): what was deleted by which rule, and what must not be deleted yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from central.store.models.base import Base, RowId

STANDING = "lifted_at IS NULL"


class Deletion(Base):
    """Something of a case was deleted: what, when, by which rule. Only ever added to."""

    __tablename__ = "deletion"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    what: Mapped[str]
    """pages or content."""
    at: Mapped[datetime]
    rule: Mapped[str]
    """The rule in words of its own (`central.retention.rules.Rule.name`), or `returned` (R157)."""
    digests: Mapped[list[str]] = mapped_column(default=list)
    """SHA-256 of what the files held: a copy that turns up elsewhere can be told."""


class Hold(Base):
    """保全: nothing of a case is deleted while it stands. Placed and lifted by a supervisor, each with a reason."""

    __tablename__ = "hold"
    __table_args__ = (
        Index("ix_hold_standing", "case_seq", postgresql_where=text(STANDING), sqlite_where=text(STANDING)),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    reason_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    placed_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    placed_at: Mapped[datetime]
    until: Mapped[datetime | None]
    """It stands up to this moment; None: until it is lifted."""
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    lifted_at: Mapped[datetime | None]
    lifted_reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
