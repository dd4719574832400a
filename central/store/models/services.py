"""What goes along with a case: shipments, custody, phone tasks, video consultations, payments, notices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from central.store.models.base import Base, RowId


class Shipment(Base):
    """A parcel (寄递单), a track of its own beside the electronic one (R009, R043)."""

    __tablename__ = "shipment"
    __table_args__ = (Index("ix_shipment_sent", "sent_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    sub_case_id: Mapped[int | None] = mapped_column(ForeignKey("sub_case.id"))
    direction: Mapped[str]
    """to_handling, result_to_applicant, result_to_desk, return_to_applicant."""
    reason: Mapped[str] = mapped_column(default="")
    """original_archive, original_examined, cannot_print_remotely (R172)."""
    state: Mapped[str] = mapped_column(default="to_send")
    """to_send, sent, delivered, exception."""
    carrier: Mapped[str] = mapped_column(default="ems")
    waybill: Mapped[str | None] = mapped_column(index=True)
    payer: Mapped[str] = mapped_column(default="sending_department")
    from_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    to_region: Mapped[str] = mapped_column(default="")
    to_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Recipient, phone and address as JSON."""
    contents_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What is inside, as a JSON list. None: not packed yet."""
    packed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    trace: Mapped[list[ShipmentTrace]] = relationship(order_by="ShipmentTrace.at")


class ShipmentTrace(Base):
    """One node of the carrier's trace."""

    __tablename__ = "shipment_trace"
    __table_args__ = (UniqueConstraint("shipment_id", "source_key"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"), index=True)
    source_key: Mapped[str]
    """Makes a repeated push harmless."""
    at: Mapped[datetime]
    state: Mapped[str]
    """collected, in_transit, out_for_delivery, signed, returned, problem."""
    text: Mapped[str]


class Custody(Base):
    """材料交接: papers changed hands (R104)."""

    __tablename__ = "custody"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    shipment_id: Mapped[int | None] = mapped_column(ForeignKey("shipment.id"))
    at: Mapped[datetime]
    from_party: Mapped[str]
    to_party: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    items_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """What changed hands, as a JSON list."""
    seal_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    user_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class VideoSession(Base):
    """视频会商 with one or several handling places (R025, R027): booked, held, concluded. The call itself comes later."""

    __tablename__ = "video_session"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    initiator_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    scheduled_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="booked")
    """booked, in_call, cleared, not_cleared, failed."""
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    parties: Mapped[list[VideoParty]] = relationship(order_by="VideoParty.id")


class VideoParty(Base):
    """A handling place in a consultation, and its own conclusion."""

    __tablename__ = "video_party"
    __table_args__ = (UniqueConstraint("session_id", "region_code"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("video_session.id"), index=True)
    region_code: Mapped[str]
    unit_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    person_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """A member of staff."""
    conclusion: Mapped[str] = mapped_column(default="none")
    """none, cleared, not_cleared."""


class Payment(Base):
    """A fee that is due (R089). The terminal takes no money: it is paid at the desk or by a code."""

    __tablename__ = "payment"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    cents: Mapped[int]
    matter: Mapped[str]
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    way: Mapped[str] = mapped_column(default="")
    reference_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Number of the receipt."""
    refunded_at: Mapped[datetime | None]


class Notice(Base):
    """A notice (N1…N12) to the applicant, by text message or as a phone task. Parameters name no person."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_number", "phone_index", "sent_at"),
        Index("ix_notice_failed", "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    kind: Mapped[str]
    channel: Mapped[str]
    """sms or phone_task."""
    template: Mapped[str] = mapped_column(default="")
    """Which text, see `central.notify.texts`."""
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="queued")
    """queued, sent, delivered, failed; phone tasks: open, done."""
    phone_index: Mapped[str | None]
    """Keyed digest of the number it went to: for the limit of messages to one number a day."""
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    provider: Mapped[str] = mapped_column(default="")
    provider_id: Mapped[str | None] = mapped_column(index=True)
    error: Mapped[str] = mapped_column(default="")


class HelpTask(Base):
    """帮办任务 (R170): somebody at a terminal asked for help. Nothing about who: the terminal, and where they were in it."""

    __tablename__ = "help_task"
    __table_args__ = (
        Index("ix_help_task_place", "region_code", "closed_at", "called_at"),
        Index("ix_help_task_terminal", "terminal_id", "called_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    terminal_id: Mapped[str]
    region_code: Mapped[str]
    place: Mapped[str]
    """Where the terminal stands, as its screens say."""
    step: Mapped[str]
    called_at: Mapped[datetime]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    """filed, guided, gone, device."""
    case_seq: Mapped[int | None] = mapped_column(ForeignKey("case.seq"))
    """What was handed in with this help."""


class PhoneTask(Base):
    """A call that a member of staff makes (电话告知, R016), and how it went."""

    __tablename__ = "phone_task"
    __table_args__ = (Index("ix_phone_task_open", "unit_id", "done_at", "due_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[str] = mapped_column(default="")
    """told, no_answer, wrong_number, call_later; not_needed: the message arrived after all."""
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
