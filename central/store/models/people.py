"""Who works with cases: units, members of staff, what places allow each other, and whom to call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from central.store.models.base import Base, RowId


class Unit(Base):
    """A unit (单位) of one place: the service hall with its desk, or a department that decides."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    short_name: Mapped[str]
    """机关代字 of document numbers, e.g. 乌审政服."""
    region_code: Mapped[str] = mapped_column(index=True)
    """Six digits. A unit works for exactly this division; supervisors see what lies beneath it too."""
    region_name: Mapped[str]
    kind: Mapped[str]
    """`hall` (综合窗口) or `department` (审批部门)."""
    sectors: Mapped[list[str]] = mapped_column(default=list)
    """Sectors (医保, 人社 …) the department decides; empty: all."""
    profile: Mapped[str] = mapped_column(default="wushen")
    """Jurisdiction profile of the place (halls)."""
    seal_name: Mapped[str] = mapped_column(default="")
    """Text of the round seal, e.g. 乌审旗政务服务局跨省通办专用章."""
    phone: Mapped[str] = mapped_column(default="")
    consult_phone: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    hours: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    scopes: Mapped[list[str]] = mapped_column(default=list)
    """Scopes (通办范围) that its windows serve (R143); empty: all."""


class User(Base):
    """A member of staff. Never deleted: history names them."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    roles: Mapped[list[str]] = mapped_column(default=list)
    """`central.casework.terms.Role` values."""
    sectors: Mapped[list[str]] = mapped_column(default=list)
    """Sectors an approver may decide; empty: all of the unit's."""
    scopes: Mapped[list[str]] = mapped_column(default=list)
    """Scopes that this window serves; empty: those of the unit."""
    password_hash: Mapped[str]
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_counter: Mapped[int] = mapped_column(default=0)
    """Last time step used: a code works once. 0: the secret is shown but not yet confirmed by a code."""
    must_change_password: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    unit: Mapped[Unit] = relationship(lazy="joined")


class StaffSession(Base):
    """Somebody signed in at the desk. The cookie holds a token, this row only its digest."""

    __tablename__ = "staff_session"

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    stage: Mapped[str] = mapped_column(default="full")
    """`code`: password given, second factor to come; `full`: signed in."""
    csrf: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Grant(Base):
    """One place authorises another (相互授权, R147): collect, notify_once, verify_original, deliver_result.

    `*` as a place or item means every one. A row for the very pair outweighs one with `*`. The receiving place's desk
    may do these acts only for a handling place that has granted the right.
    """

    __tablename__ = "grant"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    grantor_region: Mapped[str] = mapped_column(index=True)
    grantee_region: Mapped[str] = mapped_column(index=True)
    right: Mapped[str]
    item_id: Mapped[str] = mapped_column(default="*")
    allowed: Mapped[bool] = mapped_column(default=True)
    """False: this pair is excepted from a wider grant."""
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    basis: Mapped[str] = mapped_column(default="")
    """The agreement (协议) it rests on."""
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Contact(Base):
    """联络表: whom to call at a place (R118). Office contacts, not citizens."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("region_code", "unit_name", "person"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    region_code: Mapped[str] = mapped_column(index=True)
    region_name: Mapped[str]
    unit_name: Mapped[str]
    person: Mapped[str]
    duty: Mapped[str] = mapped_column(default="")
    phone: Mapped[str]
    hours: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime]
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
