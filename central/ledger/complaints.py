"""投诉、举报、建议、问题 (R056, R084, R106, R108): recorded with a number, taken up, answered within a limit, closed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework import calendar
from central.casework.access import within
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.casework.who import Who
from central.ledger.rating import hall_of
from central.store.models import Case, CaseEvent, Complaint, Terminal, Unit
from central.times import CHINA
from central.vault import Vault

KINDS = {
    "complaint": Words("投诉", "Complaint"),
    "report": Words("举报", "Report"),
    "suggestion": Words("建议", "Suggestion"),
    "issue": Words("问题反馈", "Issue"),
}
WORKING_DAYS = {"complaint": 15, "report": 15, "suggestion": 30, "issue": 5}
"""Within which it is answered [A]; a place may promise less."""
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody complains of."""

    request_id: str
    kind: str
    words: str = field(repr=False)
    contact: str = field(default="", repr=False)
    """How to answer; may be left out."""
    terminal_id: str | None = None
    region_code: str = ""
    """Where it was said."""


def record(session: Session, vault: Vault, said: Said, case: Case | None, at: datetime) -> Complaint:
    """Record it; a repetition gives the one recorded. It belongs to the case's first-contact unit, else to the hall of
    the terminal's place, else to nobody, and then every supervisor sees it.

    Raises:
        Refused: no words, or an unknown kind.
    """
    before = session.scalar(select(Complaint).where(Complaint.request_id == said.request_id))
    if before is not None:
        return before
    if said.kind not in KINDS:
        raise Refused("unknown_kind", Words("没有这一类。", "There is no such kind."))
    if not said.words.strip() or len(said.words) > LONGEST or len(said.contact) > 200:
        raise Refused("words_missing", Words("请写明内容（两千字以内）。", "Write what it is about (2000 characters)."))
    where = f"|{said.request_id}"
    complaint = Complaint(
        request_id=said.request_id,
        number=f"TS{at.astimezone(CHINA):%Y%m%d}{secrets.randbelow(10**6):06d}",
        kind=said.kind,
        case_seq=None if case is None else case.seq,
        unit_id=_unit(session, case, said),
        words_sealed=vault.seal(said.words.strip(), "complaint.words_sealed" + where),
        contact_sealed=vault.seal(said.contact, "complaint.contact_sealed" + where) if said.contact else None,
        at=at,
        terminal_id=said.terminal_id,
        due_at=calendar.load().add_workdays(at, WORKING_DAYS[said.kind]).at,
    )
    session.add(complaint)
    if case is not None:
        case.complaint = "open"
        session.add(_line(case, "complaint", at, said.kind, None, said.terminal_id))
    session.flush()
    return complaint


def answering(who: Who) -> ColumnElement[bool]:
    """Which complaints `who` answers for: those of units of their place; a supervisor also those of nobody."""
    if not who.has(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR) or not who.region_code:
        return false()
    mine = Complaint.unit_id.in_(select(Unit.id).where(within(Unit.region_code, who)))
    return or_(mine, Complaint.unit_id.is_(None)) if who.has(Role.SUPERVISOR) else mine


def find(session: Session, who: Who, number: str) -> Complaint | None:
    """A complaint that `who` answers for."""
    return session.scalar(select(Complaint).where(Complaint.number == number, answering(who)))


def words_of(vault: Vault, complaint: Complaint) -> str:
    """What the citizen wrote or said."""
    return vault.read(complaint.words_sealed, f"complaint.words_sealed|{complaint.request_id}")


def contact_of(vault: Vault, complaint: Complaint) -> str:
    """How to answer."""
    if complaint.contact_sealed is None:
        return ""
    return vault.open(complaint.contact_sealed, f"complaint.contact_sealed|{complaint.request_id}")


def reply_of(vault: Vault, complaint: Complaint) -> str:
    """What was answered."""
    if complaint.reply_sealed is None:
        return ""
    return vault.open(complaint.reply_sealed, f"complaint.reply_sealed|{complaint.request_id}")


def take(session: Session, who: Who, complaint: Complaint, at: datetime) -> None:
    """认领.

    Raises:
        Refused: somebody has.
    """
    if complaint.closed_at is not None:
        raise _closed()
    if complaint.taken_by not in (None, who.user_id):
        raise Refused("taken", Words("已有同事在处理。", "A colleague is dealing with it."))
    complaint.taken_by = who.user_id
    trail.record(session, who, "complaint.taken", complaint.number, at)


def close(session: Session, vault: Vault, who: Who, complaint: Complaint, reply: str, at: datetime) -> None:
    """答复并办结.

    Raises:
        Refused: no answer, or closed before.
    """
    if complaint.closed_at is not None:
        raise _closed()
    if not reply.strip() or len(reply) > LONGEST:
        raise Refused("reply_missing", Words("请写明答复内容。", "Write the answer."))
    complaint.reply_sealed = vault.seal(reply.strip(), f"complaint.reply_sealed|{complaint.request_id}")
    complaint.closed_at, complaint.closed_by = at, who.user_id
    complaint.taken_by = complaint.taken_by or who.user_id
    if complaint.case_seq is not None:
        case = session.get_one(Case, complaint.case_seq)
        others = select(Complaint.id).where(
            and_(Complaint.case_seq == case.seq, Complaint.closed_at.is_(None), Complaint.id != complaint.id)
        )
        if session.scalar(others.limit(1)) is None:
            case.complaint = "closed"
        session.add(_line(case, "complaint_closed", at, complaint.kind, who, None))
    trail.record(session, who, "complaint.closed", complaint.number, at)


def _closed() -> Refused:
    return Refused("closed", Words("已经办结。", "It is closed."))


def _unit(session: Session, case: Case | None, said: Said) -> int | None:
    if case is not None:
        return case.first_contact_unit_id or hall_of(session, case.receiving_code)
    region = said.region_code
    if not region and said.terminal_id:
        region = session.scalar(select(Terminal.region_code).where(Terminal.terminal_id == said.terminal_id)) or ""
    return hall_of(session, region)


def _line(case: Case, event: str, at: datetime, kind: str, who: Who | None, terminal_id: str | None) -> CaseEvent:
    return CaseEvent(
        case_seq=case.seq,
        at=at,
        event=event,
        source=case.state,
        target=case.state,
        actor="applicant" if who is None else who.name,
        unit_id=None if who is None else who.unit_id,
        user_id=None if who is None else who.user_id,
        terminal_id=terminal_id,
        detail={"kind": kind},
    )
