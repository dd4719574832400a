"""Handing finished cases to the electronic archive (电子档案)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from central.store.models.base import Base, RowId


class Deposit(Base):
    """A package that the archive took: by its digest it can be shown later that the archive holds what was handed in."""

    __tablename__ = "deposit"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    at: Mapped[datetime]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(RowId)
    archive_number: Mapped[str] = mapped_column(default="")
    """Empty: the archive gave none yet."""
    user_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
