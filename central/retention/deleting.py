"""Deleting what is past its period (R069): the decision first, then the files, then the rows with the record of it.

A case is marked before its first file goes, so whoever comes after a crash goes on where it ended, and doing a thing twice
changes nothing. What stays: the line in the ledger with the masked name, numbers and digests of documents and files, receipts,
clocks, events without their words, and the audit trail.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import LargeBinary, delete, select, update
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework.lines import line
from central.casework.rights import places_of
from central.casework.who import SYSTEM
from central.files.store import PartStore
from central.retention import against, finding
from central.retention.rules import ENDS, Kept, Rule, What, counting, due
from central.store.database import Database
from central.store.models import Base, Case, CaseFile, Deletion, Dishonesty, Document, VideoParty, VideoSession
from kiosk.protocol.states import State

EVENT = "retention_deleted"
"""Of the ledger."""
AT_ONCE = 100
_BEGUN = {Kept.DELETING_PAGES: What.PAGES, Kept.DELETING_CONTENT: What.CONTENT}
_BEGIN = {What.PAGES: Kept.DELETING_PAGES, What.CONTENT: Kept.DELETING_CONTENT}
_DONE = {What.PAGES: Kept.CONTENT, What.CONTENT: Kept.LEDGER}
_log = logging.getLogger(__name__)


class Retention:
    """Deletes what is due, some at a time. Harmless to run as often as one likes, from several processes."""

    def __init__(
        self, database: Database, parts: PartStore, rules: Sequence[Rule], now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._parts = parts
        self._rules = tuple(rules)
        self._now = now

    def step(self) -> int:
        """Delete at most `AT_ONCE` things; returns how many were done. What could not be done now is tried again later."""
        now = self._now()
        with self._database.reading() as session:
            begun = select(Case.seq, Case.kept).where(
                Case.ended_at.is_not(None), Case.state.in_(_ENDS), Case.kept.in_([kept.value for kept in _BEGUN])
            )
            work = [(row.seq, _BEGUN[Kept(row.kept)]) for row in session.execute(begun.limit(AT_ONCE))]
            work += finding.due(session, self._rules, now, AT_ONCE - len(work))
        return sum(self._delete(seq, what, now) for seq, what in work)

    def _delete(self, seq: int, what: What, now: datetime) -> bool:
        with self._database.writing() as session:
            if not self._begin(session, seq, what, now):
                return False
            files = _files(session, seq, what)
        try:
            for file in files:
                self._parts.delete(file)
        except OSError as error:
            _log.warning("a case past its period waits: %s", type(error).__name__)
            return False
        with self._database.writing() as session:
            return _finish(session, seq, what, self._now())

    def _begin(self, session: Session, seq: int, what: What, now: datetime) -> bool:
        """Decide, on the case as it is now and with nobody else at it. True also where it was begun before."""
        case = session.scalars(select(Case).where(Case.seq == seq).with_for_update()).one()
        if case.kept == _BEGIN[what]:
            return True
        places = (case.receiving_code, case.handling_code, *places_of(case))
        rule = counting(self._rules, what, State(case.state), places)
        over = rule is not None and case.ended_at is not None and due(rule, case.ended_at, now)
        if rule is None or not over or case.kept != finding.STAGE[what] or against.standing(session, case, now):
            return False
        case.kept = _BEGIN[what].value
        session.add(
            Deletion(case_seq=seq, what=what.value, at=now, rule=rule.name, digests=_digests(session, seq, what))
        )
        return True


_ENDS = sorted(state.value for state in ENDS)


def _files(session: Session, seq: int, what: What) -> list[str]:
    """The parts that hold it."""
    if what is What.PAGES:
        return list(session.scalars(select(CaseFile.sealed_sha256).where(CaseFile.case_seq == seq)))
    papers = select(Document.pdf_part).where(Document.case_seq == seq, Document.pdf_part.is_not(None))
    return [part for part in session.scalars(papers) if part]


def _digests(session: Session, seq: int, what: What) -> list[str]:
    """Of what the files held; those of documents stay with the documents."""
    if what is What.CONTENT:
        return []
    return list(session.scalars(select(CaseFile.plain_sha256).where(CaseFile.case_seq == seq).order_by(CaseFile.id)))


def _finish(session: Session, seq: int, what: What, now: datetime) -> bool:
    """The rows, and the line in the ledger. False: somebody else was faster."""
    case = session.scalars(select(Case).where(Case.seq == seq).with_for_update()).one()
    if case.kept != _BEGIN[what]:
        return False
    if what is What.PAGES:
        session.execute(delete(CaseFile).where(CaseFile.case_seq == seq))
    else:
        _forget(session, case)
    case.kept = _DONE[what].value
    record = session.scalars(
        select(Deletion).where(Deletion.case_seq == seq, Deletion.what == what.value).order_by(Deletion.id.desc())
    ).first()
    detail = {"what": what.value, "rule": "" if record is None else record.rule}
    line(session, case, SYSTEM, EVENT, now, detail)
    trail.record(session, SYSTEM, f"case.{EVENT}", case.case_number, now, detail)
    return True


def _forget(session: Session, case: Case) -> None:
    """Everything sealed about the case, in whatever table: by the name that such columns have (`…_sealed`)."""
    for table in Base.metadata.sorted_tables:
        if "case_seq" not in table.c or table.name in _KEEP:
            continue
        sealed = {
            column.name: None if column.nullable else b""
            for column in table.c
            if isinstance(column.type, LargeBinary) and (column.name.endswith("_sealed") or column.name == "sealed")
        }
        if sealed:
            session.execute(update(table).where(table.c.case_seq == case.seq).values(**sealed))
    consultations = select(VideoSession.id).where(VideoSession.case_seq == case.seq)
    session.execute(
        update(VideoParty)
        .where(VideoParty.session_id.in_(consultations))
        .values(person_sealed=None, unit_name_sealed=None)
    )
    session.execute(update(Document).where(Document.case_seq == case.seq).values(pdf_part=None))
    # Whoever is on the list stays on it, with the ground: it has its own end.
    off_the_list = (Dishonesty.case_seq == case.seq, Dishonesty.state != "listed")
    session.execute(update(Dishonesty).where(*off_the_list).values(ground_sealed=b"", applicant_index=""))
    case.applicant_index = case.name_index = case.id_masked = ""


_KEEP = frozenset({"dishonesty", "hold"})
