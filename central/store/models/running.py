"""What keeps the centre running: published content, outbox, terminals, audit trail, reveals, exports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from central.store.models.base import Base, RowId


class Publication(Base):
    """A published version of a body of content that terminals hold: signed, never changed (R102, R124)."""

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("body", "version"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    body: Mapped[str]
    """catalogue, profiles, calendar, contacts, bulletins."""
    version: Mapped[str]
    """YYYY-MM-DD.n"""
    manifest: Mapped[str] = mapped_column(Text)
    """JSON: every entry's key and SHA-256, the earlier version; what is signed."""
    signature: Mapped[str]
    """Ed25519 over the manifest, base64."""
    published_at: Mapped[datetime]
    effective_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("terminal_group.id"))
    """The group of terminals that it was offered to first; None: to everybody at once."""
    everybody_at: Mapped[datetime | None]
    """From when it was offered to every terminal; None: only to its group."""
    everybody_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    taken_back_at: Mapped[datetime | None]
    """From when it is offered to nobody any more. A later version has the contents of the earlier one."""
    taken_back_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    taken_back_why: Mapped[str] = mapped_column(default="")


class TerminalGroup(Base):
    """Terminals that get a version first (灰度, R102): by their ids, and all of some divisions."""

    __tablename__ = "terminal_group"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    terminals: Mapped[list[str]] = mapped_column(default=list)
    divisions: Mapped[list[str]] = mapped_column(default=list)
    """Beginnings of division codes."""
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    changed_at: Mapped[datetime]


class Sample(Base):
    """A sample picture of a material (样表、样本), by its digest: public, and never of a real person (R120)."""

    __tablename__ = "sample"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """A JPEG, as this centre drew it."""
    added_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    added_at: Mapped[datetime]


class Entry(Base):
    """One entry of a body of content (a service item, a place's profile, a year of the calendar), by its digest."""

    __tablename__ = "entry"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    """Of `content`, which is canonical JSON."""
    content: Mapped[str] = mapped_column(Text)


OPEN_DRAFTS = ("editing", "in_review", "sent_back", "approved")
"""A key has at most one draft in these states."""
_OPEN = f"state IN ({', '.join(repr(state) for state in OPEN_DRAFTS)})"


class Draft(Base):
    """An entry being edited: by one person, reviewed by another, then published."""

    __tablename__ = "draft"
    __table_args__ = (
        Index("ix_draft_open", "state", "body"),
        # An entry is being edited once: of two people who begin at the same moment one waits, and joins the other's draft.
        Index("ux_draft_open", "body", "key", unique=True, postgresql_where=text(_OPEN), sqlite_where=text(_OPEN)),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    body: Mapped[str]
    key: Mapped[str]
    """Item id, place, year."""
    content: Mapped[str] = mapped_column(Text)
    """JSON; empty: the entry is to be taken out."""
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="editing")
    """editing, in_review, approved, sent_back, published, dropped."""
    version: Mapped[int] = mapped_column(default=1)
    edited_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    edited_at: Mapped[datetime]
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reviewed_at: Mapped[datetime | None]
    review_note: Mapped[str] = mapped_column(default="")
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publication.id"))


_WAITING = "done_at IS NULL"


class Outbox(Base):
    """Work to be done outside the transaction that asked for it (notices, tracking, feeds): at least once."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "due_at", "id", postgresql_where=text(_WAITING), sqlite_where=text(_WAITING)),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    topic: Mapped[str]
    """notice, track, feed …"""
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Identifiers only."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    """Why the last attempt failed; after the last one the row is done and staff see it."""
    given_up: Mapped[bool] = mapped_column(default=False)


class Terminal(Base):
    """A terminal, as its last heartbeat told (R171)."""

    __tablename__ = "terminal"

    terminal_id: Mapped[str] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(index=True)
    place: Mapped[str] = mapped_column(default="")
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    status: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The heartbeat message."""


class WrongCode(Base):
    """How many wrong query codes were given for a slip number, whether it exists or not (`central.proving`)."""

    __tablename__ = "wrong_code"

    slip_number: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    """When the first was given."""
    count: Mapped[int]


class Answered(Base):
    """A request of a terminal or platform that was done, and the answer it got (docs/protocol.md, idempotency)."""

    __tablename__ = "answered"

    request_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """withdrawal, rating, complaint, result."""
    fingerprint: Mapped[str]
    """SHA-256 of the request without its proof, to tell a repetition from another content under the same id."""
    answer: Mapped[str] = mapped_column(Text)
    """As first sent; a repetition gets the same bytes."""
    at: Mapped[datetime]


class Platform(Base):
    """An existing platform that follows what changes here (R047, R092, R141). Its token is kept as a digest."""

    __tablename__ = "platform"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    prefixes: Mapped[list[str]] = mapped_column(default=list)
    """Beginnings of division codes: it sees the cases that are received or handled there (R093)."""
    token_sha256: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[str] = mapped_column(default="")
    """X25519, 32 bytes in base64: everything about a person is sealed to it. Empty: it gets nothing of that kind."""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    """When it last reported a result."""
    revoked_at: Mapped[datetime | None]


class AuditEntry(Base):
    """The audit trail: a hash chain, `hash` = SHA-256 over the earlier hash and this entry's canonical JSON."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    action: Mapped[str] = mapped_column(index=True)
    """`sign_in`, `case.collect`, `reveal`, `export`, `user.created`, `publish` …"""
    target: Mapped[str]
    """Case number, login, version …: never a person's data."""
    detail: Mapped[str] = mapped_column(Text)
    """Canonical JSON."""
    earlier: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


class AuditAnchor(Base):
    """The head of the chain, signed: exported elsewhere it shows later edits."""

    __tablename__ = "audit_anchor"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime]
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"))
    hash: Mapped[str]
    signature: Mapped[str]


class Reveal(Base):
    """Somebody looked at a full identity number, and said what for."""

    __tablename__ = "reveal"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    case_seq: Mapped[int] = mapped_column(ForeignKey("case.seq"), index=True)
    what: Mapped[str]
    """id_number, phone, address, form."""
    purpose: Mapped[str]
    """A code, or one of the sentences to choose from; `other`: in words of their own."""
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class Export(Base):
    """An export of the ledger: made in the background by whichever process claims it, kept for a day, with who and why (R133)."""

    __tablename__ = "export"
    __table_args__ = (Index("ix_export_waiting", "id", postgresql_where=text(_WAITING), sqlite_where=text(_WAITING)),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    purpose_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str]
    """xlsx or csv."""
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    asked_at: Mapped[datetime]
    rows: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Key of the file, itself sealed."""
    parts: Mapped[list[str]] = mapped_column(default=list)
    """The sealed file's frames in the part store, in order; named here before they are put there."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Which attempt is under way: one whose lease was taken over writes nothing more."""
    leased_until: Mapped[datetime | None]
