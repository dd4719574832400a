"""What platforms may take, and on whose written word."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from central.store.models.base import Base, RowId


class Authorisation(Base):
    """属地书面授权 (R133): a place's department lets a platform take something, for a purpose, until a day. Never changed; ended."""

    __tablename__ = "authorisation"
    __table_args__ = (UniqueConstraint("platform_id", "number"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"), index=True)
    number: Mapped[str]
    """Of the letter, e.g. 平政务授〔2026〕3号."""
    authority: Mapped[str]
    """Who signed it: 平罗县审批服务管理局."""
    purpose: Mapped[str]
    prefixes: Mapped[list[str]] = mapped_column(default=list)
    """Beginnings of the division codes that the authority answers for."""
    rights: Mapped[list[str]] = mapped_column(default=list)
    """`central.sharing.authorisations.SharingRight` values."""
    since: Mapped[datetime]
    until: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """None: by the operator, with a command."""
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Before its day, by somebody."""
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    used_at: Mapped[datetime | None]
    """When something was last taken with it; each time stands in the audit trail."""
