"""Asking for e-licences (电子证照): what the source said, each time."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from central.store.models.base import Base, RowId


class LicenceCheck(Base):
    """电子证照核验 of one material (R050): who asked, when, and how the licence stood. Only ever added to.

    The latest row with an answer counts (`outcome` is not `away`): a licence that was revoked afterwards counts no more, and
    that it once did can still be read.
    """

    __tablename__ = "licence_check"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    material: Mapped[str]
    kind: Mapped[str]
    """证照类型名称."""
    at: Mapped[datetime]
    outcome: Mapped[str]
    """valid, expired, revoked, not_found, other_holder, away."""
    number_masked: Mapped[str] = mapped_column(default="")
    number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    issuer: Mapped[str] = mapped_column(default="")
    valid_until: Mapped[date | None]
    """None: it has no end, or there is no licence."""
    digest: Mapped[str] = mapped_column(default="")
    """SHA-256 of the file at the source."""
    user_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
