"""Cases (办件): what was submitted, where each stands, and everything that happened to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from central.store.models.base import Base, RowId


class Upload(Base):
    """A part being uploaded. `offset` counts the bytes that are fsynced: only they are ever answered for."""

    __tablename__ = "upload"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(RowId)
    offset: Mapped[int] = mapped_column(RowId, default=0)
    begun_at: Mapped[datetime]


OPEN_CASES = (
    '"case".state NOT IN '
    "('RETURNED', 'NOT_ACCEPTED', 'REJECTED', 'WITHDRAWN', 'EXPIRED', 'REVOKED', 'COMPLETED', 'ARCHIVED')"
)
NOT_MAILED = '"case".paper_needed AND "case".mailed_at IS NULL'
COLLECTED_ELSEWHERE = "\"case\".pickup_code <> ''"
NOT_AGREED = 'NOT "case".agreed'
"""Conditions of partial indexes. A query must say them in the same words, not as parameters, to be answered from there."""
_SIDES = (("receiving", "handling"), ("handling", "receiving"))


class Case(Base):
    """One application, as lists, search and ledger need it. Narrow on purpose: a million rows are looked through.

    `version` goes up with every act; an act names the version it was decided on, so of two clerks one wins.
    """

    __tablename__ = "case"
    __table_args__ = (
        # The ledger from either side, of one state and of all. What is carried along spares looking at the rows.
        *(
            Index(
                f"ix_case_{side}{name}",
                f"{side}_code",
                *columns,
                "received_at",
                "seq",
                postgresql_include=("item_id", f"{other}_code"),
            )
            for side, other in _SIDES
            for name, columns in (("", ("state",)), ("_time", ()))
        ),
        # Open cases, few of a million, in the order of the work lists.
        *(
            Index(
                f"ix_case_{side}_open",
                f"{side}_code",
                "green_lane",
                "due_at",
                "seq",
                postgresql_include=("state", "mode", "sector", "delivery", "pickup_code", "profile"),
                postgresql_where=text(OPEN_CASES),
                sqlite_where=text(OPEN_CASES),
            )
            for side, _ in _SIDES
        ),
        Index("ix_case_to_mail", "receiving_code", postgresql_where=text(NOT_MAILED), sqlite_where=text(NOT_MAILED)),
        Index(
            "ix_case_pickup",
            "pickup_code",
            "state",
            postgresql_where=text(COLLECTED_ELSEWHERE),
            sqlite_where=text(COLLECTED_ELSEWHERE),
        ),
        Index("ix_case_time", "received_at", "seq"),
        Index("ix_case_terminal", "terminal_id", "received_at"),
        # Cases whose clock runs: few of a million, in the order in which they fall due.
        *(
            Index(
                f"ix_case_{side}_due",
                f"{side}_code",
                "due_at",
                postgresql_include=("due_clock", "warn_at", f"{other}_code", "sector"),
                postgresql_where=text("due_at IS NOT NULL"),
                sqlite_where=text("due_at IS NOT NULL"),
            )
            for side, other in _SIDES
        ),
        Index("ix_case_owner", "owner_id", "state"),
        Index("ix_case_not_agreed", "received_at", postgresql_where=text(NOT_AGREED), sqlite_where=text(NOT_AGREED)),
        # Cases that have ended and of which something is still kept: what falls due for deletion is found by state.
        Index(
            "ix_case_ended",
            "state",
            "kept",
            "ended_at",
            postgresql_where=text("ended_at IS NOT NULL"),
            sqlite_where=text("ended_at IS NOT NULL"),
        ),
    )

    seq: Mapped[int] = mapped_column(RowId, primary_key=True)
    application_id: Mapped[str] = mapped_column(unique=True)
    case_number: Mapped[str] = mapped_column(unique=True)
    slip_number: Mapped[str] = mapped_column(index=True)
    query_code: Mapped[str] = mapped_column(index=True)
    """In the QR code of the slip: the public page asks by it."""
    applicant_index: Mapped[str] = mapped_column(index=True)
    """Keyed digest of the identity number."""
    name_index: Mapped[str] = mapped_column(index=True)
    """Keyed digest of the name: search by full name."""
    applicant_masked: Mapped[str]
    """王**"""
    id_masked: Mapped[str]
    """150785********0012"""
    terminal_id: Mapped[str]
    channel: Mapped[str] = mapped_column(default="kiosk")
    """kiosk, window, web, app, tv (R090)."""
    receiving_code: Mapped[str]
    receiving_name: Mapped[str]
    handling_code: Mapped[str]
    """The (first) handling place; further ones are sub-cases."""
    handling_name: Mapped[str]
    item_id: Mapped[str]
    item_name: Mapped[str]
    sector: Mapped[str] = mapped_column(default="")
    catalogue_version: Mapped[str]
    """The versions it was filled in under; it stays on them (R124)."""
    mode: Mapped[str]
    scope: Mapped[str]
    agreed: Mapped[bool] = mapped_column(default=True)
    """False: on arrival the item was not national and no agreement covered it between the two places (R046)."""
    profile: Mapped[str]
    """Jurisdiction profile at the moment of submission; it stays on it."""
    state: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    delivery: Mapped[str]
    pickup_code: Mapped[str] = mapped_column(default="")
    """领取地, where the applicant collects the result at another place than the receiving one (R111); else empty."""
    pickup_name: Mapped[str] = mapped_column(default="")
    notify_by_phone: Mapped[bool] = mapped_column(default=False)
    green_lane: Mapped[bool] = mapped_column(default=False)
    """Elderly or disabled (R091): first in lists."""
    paper_needed: Mapped[bool] = mapped_column(default=False)
    """The handling place examines or archives originals: they are mailed."""
    materials: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]
    transferred_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When it came to the state it ends in; the periods of retention count from here (R069)."""
    kept: Mapped[str] = mapped_column(default="all")
    """What is still here of it: a word of `central.retention.rules.Kept`."""
    materials_saved: Mapped[int] = mapped_column(default=0)
    """Materials of the item's list that the applicant did not have to bring (R138, `central.ledger.saved`)."""
    promise_due_at: Mapped[datetime | None]
    """承诺办结: what the citizen was told."""
    due_clock: Mapped[str | None]
    """The running clock that ends first …"""
    warn_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """… when to warn, and when it ends."""
    supplements: Mapped[int] = mapped_column(default=0)
    first_contact_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """首问单位 (R160)."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """Who is working on it now; anybody of the place may take over."""
    # Flags beside the state; words of `central.casework.terms`.
    shipment: Mapped[str] = mapped_column(default="none")
    payment: Mapped[str] = mapped_column(default="none")
    video: Mapped[str] = mapped_column(default="none")
    credit: Mapped[str] = mapped_column(default="unchecked")
    commitment: Mapped[str] = mapped_column(default="none")
    rating: Mapped[str] = mapped_column(default="none")
    complaint: Mapped[str] = mapped_column(default="none")
    apologised_at: Mapped[datetime | None]
    """Overdue, apology and new date sent (N12)."""
    archive_number: Mapped[str | None]
    assisted_by: Mapped[str] = mapped_column(default="")
    """帮办 (R083): work number and unit of the member of staff who helped at the terminal; empty: nobody."""
    files: Mapped[list[CaseFile]] = relationship(back_populates="case", order_by="CaseFile.id")
    sub_cases: Mapped[list[SubCase]] = relationship(order_by="SubCase.id")

    @property
    def pickup_place(self) -> str:
        """Division code of the place whose desk hands over a result that is collected."""
        return self.pickup_code or self.receiving_code


class Submission(Base):
    """A sealed application as it came, first or supplement, and the answer that was given."""

    __tablename__ = "submission"

    application_id: Mapped[str] = mapped_column(primary_key=True)
    """Idempotency key: of the application, or of the supplement."""
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    number: Mapped[int] = mapped_column(default=0)
    """0: the application; 1, 2, …: supplements."""
    fingerprint: Mapped[str]
    """SHA-256 of the manifest, to tell a repetition from another content under the same key."""
    answer: Mapped[str] = mapped_column(Text)
    """The receipt as first sent; a repetition gets the same bytes."""
    manifest: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The sealed application part (at most 512 KiB)."""
    received_at: Mapped[datetime]


class CaseFile(Base):
    """One file of a case: which sealed part holds it, and the digest of what is inside."""

    __tablename__ = "case_file"
    __table_args__ = (UniqueConstraint("application_id", "part_name"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    application_id: Mapped[str]
    """Of the submission it came with."""
    part_name: Mapped[str]
    sealed_sha256: Mapped[str]
    plain_sha256: Mapped[str]
    plain_size: Mapped[int] = mapped_column(RowId)
    case: Mapped[Case] = relationship(back_populates="files")


class SubCase(Base):
    """The part of one handling place, when there are several (R007). The case's state is put together from them."""

    __tablename__ = "sub_case"
    __table_args__ = (UniqueConstraint("case_seq", "region_code"), Index("ix_sub_case_place", "region_code", "state"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    region_code: Mapped[str]
    region_name: Mapped[str]
    required: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str]
    """SUBMITTED until the case is passed on; then TRANSFERRED or IN_TRANSIT, RECEIVED, UNDER_REVIEW, APPROVED (or
    VERIFIED_BY_HANDLING), REJECTED."""
    updated_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


_EXCEPTIONS = "target IN ('SUPPLEMENT_REQUIRED', 'RETURNED', 'NOT_ACCEPTED') AND source <> target"
OUTSIDE_LIST = "event = 'outside_list'"
"""Condition of a partial index, to be said in the same words."""


class CaseEvent(Base):
    """台账: one line for everything that happens to a case (R011, R051). Only ever added to."""

    __tablename__ = "case_event"
    __table_args__ = (
        # What supervision and the monthly summary count, out of sixteen million lines a day: few rows, a small index.
        Index(
            "ix_case_event_exception",
            "at",
            "target",
            postgresql_where=text(_EXCEPTIONS),
            sqlite_where=text(_EXCEPTIONS),
        ),
        Index("ix_case_event_outside", "at", postgresql_where=text(OUTSIDE_LIST), sqlite_where=text(OUTSIDE_LIST)),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    sub_case_id: Mapped[int | None] = mapped_column(ForeignKey("sub_case.id"))
    at: Mapped[datetime]
    event: Mapped[str]
    """An event of the lifecycle, or what else was recorded (`formal_check`, `video`, `shipment` …)."""
    source: Mapped[str]
    target: Mapped[str]
    actor: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    terminal_id: Mapped[str | None]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    basis_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Nothing about a person."""


UNCERTAIN = "uncertain AND stopped_at IS NULL"
"""Condition of a partial index, to be said in the same words."""


class Clock(Base):
    """A deadline of a case (C1…C8), running until stopped."""

    __tablename__ = "clock"
    __table_args__ = (
        Index("ix_clock_running", "stopped_at", "due_at"),
        # What is recounted when a year is published: few, and none for most of the year.
        Index("ix_clock_uncertain", "due_at", postgresql_where=text(UNCERTAIN), sqlite_where=text(UNCERTAIN)),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    sub_case_id: Mapped[int | None] = mapped_column(ForeignKey("sub_case.id"))
    """C7 runs for each handling place by itself."""
    clock: Mapped[str]
    started_at: Mapped[datetime]
    warn_at: Mapped[datetime]
    due_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
    """When the centre acted on the miss (alarm, apology, end)."""
    uncertain: Mapped[bool] = mapped_column(default=False)
    """Counted over days whose calendar is not published: weekends and statutory holidays only."""
    extended_for: Mapped[str] = mapped_column(default="")
    """Set once it was extended; the reason is in the ledger."""
    extended_days: Mapped[int | None]
    """By so many working days."""
    named_days: Mapped[int | None]
    """C3: the working days that the notice named; None: what the rules say."""


class FormalCheck(Base):
    """形式审查 of one point of one material (R008, R020): who found it right or wrong, and when. Latest row counts, as long
    as the material was not handed in anew since.
    """

    __tablename__ = "formal_check"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    material: Mapped[str]
    point: Mapped[int]
    """Index into the material's points; -1: the material as a whole; -2: its original was examined."""
    passed: Mapped[bool]
    problem_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    original_seen: Mapped[bool] = mapped_column(default=False)
    """原件核验 at the desk (right verify_original)."""
    supplement: Mapped[int] = mapped_column(default=0)
    """How many supplements had come when it was checked: what came later was not looked at."""
    department: Mapped[bool] = mapped_column(default=False)
    """By the handling department, of what was supplemented at its request; else by the desk that collects."""
    user_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    at: Mapped[datetime]


class ContactRecord(Base):
    """与属地联系记录: needed before refusing as not crossable (R039)."""

    __tablename__ = "contact_record"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    at: Mapped[datetime]
    way: Mapped[str]
    """phone, video, platform."""
    counterpart_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Unit and person of the other place."""
    outcome: Mapped[str]
    """crossable, not_crossable, other."""
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    user_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class Withdrawal(Base):
    """撤回申请: asked by the applicant, effective when staff confirm it (R042)."""

    __tablename__ = "withdrawal"
    __table_args__ = (Index("ix_withdrawal_state", "state"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    request_id: Mapped[str] = mapped_column(unique=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    requested_at: Mapped[datetime]
    channel: Mapped[str]
    terminal_id: Mapped[str | None]
    reason_code: Mapped[str]
    request_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The applicant's own words."""
    state: Mapped[str] = mapped_column(default="requested")
    """requested, confirmed, refused."""
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    returned: Mapped[str] = mapped_column(default="")
    """How materials went back: on_the_spot, ems, images_destroyed."""


class Commitment(Base):
    """容缺受理 and 告知承诺 (R162): a material that may come later, or a promise in its place."""

    __tablename__ = "commitment"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    material: Mapped[str]
    kind: Mapped[str]
    """tolerated_missing or promise."""
    due_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    fulfilled_at: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class CreditCheck(Base):
    """信用核查: looked up by a person or a connected system; people decide what follows (R162, R163)."""

    __tablename__ = "credit_check"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    at: Mapped[datetime]
    outcome: Mapped[str]
    """good or bad."""
    source_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Where somebody looked."""
    user_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class Dishonesty(Base):
    """失信名单, an entry proposed with a revocation and decided by a second person (R163)."""

    __tablename__ = "dishonesty"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    applicant_index: Mapped[str] = mapped_column(index=True)
    ground_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="proposed")
    """proposed, listed, dropped."""
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
