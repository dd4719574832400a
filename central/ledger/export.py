"""Exporting the ledger: asked for with a purpose, made in the background, kept sealed for a day (R011, R133).

The rows come through one cursor of the database and leave through one compressor, so a hundred thousand of them take no
more memory than a thousand. Every export is in the audit trail with who, why, what was asked, and how many rows it had.

Any process makes an export and any gives it out: the file lies in the part store, how far it is stands in the database.
Who makes one holds a lease and shows signs of life; when its process dies the lease ends, and another begins it anew.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework.acts import Refused, Words
from central.casework.who import Who, staff
from central.files.store import PartStore
from central.ledger import rows
from central.ledger.filters import LedgerFilter, parse
from central.ledger.sealed_file import SealingWriter, read_sealed
from central.ledger.sheets import MOST_XLSX_ROWS, SCRATCH, CsvSheet, Sheet, XlsxSheet
from central.store.database import Database
from central.store.models import Export, User
from central.vault import Vault
from kiosk.protocol.model import sha256_hex

KEPT = timedelta(days=1)
LEASE = timedelta(minutes=5)
"""How long a claim holds without a sign of life; longer than a large sheet takes to be put together."""
MOST_ATTEMPTS = 3
"""An export that took so many processes with it is not tried again."""
SHORTEST_PURPOSE = 4
LONGEST_PURPOSE = 200
XLSX, CSV = "xlsx", "csv"
MEDIA = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    CSV: "text/csv; charset=utf-8",
}
FAILED = "failed"
TOO_MANY = "too_many_rows"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Claim:
    """An export that this process makes."""

    number: int
    attempt: int
    parts: list[str] = field(default_factory=list)


class Exporter:
    """Makes exports, one at a time in each process, and gives them out. Thread-safe."""

    def __init__(
        self, database: Database, parts: PartStore, vault: Vault, scratch: Path, now: Callable[[], datetime]
    ) -> None:
        """`scratch`: a folder of this machine, where a sheet's rows lie until it is put together."""
        self._database = database
        self._parts = parts
        self._vault = vault
        self._scratch = scratch
        self._now = now
        self._closing = threading.Event()

    def ask(self, who: Who, purpose: str, kind: str, asked: LedgerFilter) -> int:
        """Record an export; whichever process has time makes it (`step`). Returns its number.

        Raises:
            Refused: no purpose.
        """
        purpose = " ".join(purpose.split())[:LONGEST_PURPOSE]
        if len(purpose) < SHORTEST_PURPOSE or who.user_id is None:
            raise Refused(
                "purpose_missing",
                Words("请写明导出用途（至少四个字）。", "Say what the export is for (four characters at least)."),
            )
        if kind not in MEDIA:
            raise Refused("unknown_kind", Words("只能导出 XLSX 或 CSV。", "Only XLSX and CSV can be made."))
        now = self._now()
        with self._database.writing() as session:
            export = Export(user_id=who.user_id, purpose_sealed=b"", kind=kind, filters=asked.as_query(), asked_at=now)
            session.add(export)
            session.flush()  # what is sealed is bound to the row's number
            export.purpose_sealed = self._vault.seal(purpose, _purpose(export.id))
            detail = {"kind": kind, "filters": asked.as_query()}
            trail.record(session, who, "export", f"export:{export.id}", now, detail)
            return export.id

    def mine(self, session: Session, who: Who, most: int = 20) -> list[Export]:
        """The asker's exports, the newest first."""
        return list(
            session.scalars(select(Export).where(Export.user_id == who.user_id).order_by(Export.id.desc()).limit(most))
        )

    def find(self, session: Session, who: Who, number: int) -> Export | None:
        """An export, for who asked for it and nobody else."""
        return session.scalar(select(Export).where(Export.id == number, Export.user_id == who.user_id))

    def purpose(self, export: Export) -> str:
        """What it was asked for, in the asker's words."""
        return self._vault.read(export.purpose_sealed, _purpose(export.id))

    def standing(self, export: Export) -> str:
        """making, ready, failed or gone."""
        if export.error:
            return "failed"
        if export.done_at is None:
            return "making"
        return "ready" if export.sealed_key is not None and self._now() - export.asked_at < KEPT else "gone"

    def content(self, export: Export) -> Iterator[bytes]:
        """The file, opened piece by piece.

        Raises:
            CannotUnseal, OSError
        """
        if export.sealed_key is None:
            raise FileNotFoundError(export.id)
        key = self._vault.open_bytes(export.sealed_key, _where(export.id))
        return read_sealed(map(self._parts.read, export.parts), key)

    def step(self) -> int:
        """Make the export that waits for longest and that nobody makes; returns how many were taken up."""
        claim = self._claim()
        if claim is None:
            return 0
        try:
            self._write(claim)
        except _TakenOver:
            _log.error("export %d took too long; another process makes it", claim.number)
        except _Closing:
            self._note(claim, leased_until=None)
        except Exception as error:  # noqa: BLE001  # whatever it is, the asker must learn that no file will come
            _log.error("export %d failed: %s", claim.number, type(error).__name__)  # no content in the log
            self._fail(claim, TOO_MANY if isinstance(error, _TooMany) else FAILED)
        return 1

    def sweep(self) -> int:
        """Delete what is older than a day: the file, and the key that opens it. How many."""
        self._sweep_scratch()
        old = and_(Export.asked_at <= self._now() - KEPT, Export.sealed_key.is_not(None))
        with self._database.reading() as session:  # nothing to do: nobody waits for the writer
            if session.scalar(select(Export.id).where(old).limit(1)) is None:
                return 0
        with self._database.writing() as session:
            exports = session.scalars(select(Export).where(old).with_for_update(skip_locked=True)).all()
            for export in exports:
                self._drop(export.parts)
                export.sealed_key, export.parts = None, []
            return len(exports)

    def _sweep_scratch(self) -> None:
        """A process that was killed leaves the rows of its sheet behind."""
        for folder in self._scratch.glob(f"{SCRATCH}*"):
            if datetime.fromtimestamp(folder.stat().st_mtime, UTC) <= self._now() - KEPT:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Leave the one being made to another process, begin no other."""
        self._closing.set()

    def _claim(self) -> _Claim | None:
        with self._database.reading() as session:
            if self._closing.is_set() or session.scalar(select(Export.id).where(self._waiting()).limit(1)) is None:
                return None
        with self._database.writing() as session:
            first = select(Export).where(self._waiting()).order_by(Export.id).limit(1)
            export = session.scalar(first.with_for_update(skip_locked=True))
            if export is None:
                return None
            self._drop(export.parts)  # of a process that died
            export.parts = []
            if export.attempts >= MOST_ATTEMPTS:
                export.error, export.done_at = FAILED, self._now()
                return None
            export.attempts += 1
            export.leased_until = self._now() + LEASE
            return _Claim(export.id, export.attempts)

    def _waiting(self) -> ColumnElement[bool]:
        return and_(Export.done_at.is_(None), or_(Export.leased_until.is_(None), Export.leased_until <= self._now()))

    def _write(self, claim: _Claim) -> None:
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = os.urandom(32)
        now = self._now()
        with self._database.reading() as session:
            export = session.get_one(Export, claim.number)
            who = staff(session.get_one(User, export.user_id))
            asked = parse(export.filters).filter
            total = rows.total(session, who, asked, now)
            if export.kind == XLSX and total > MOST_XLSX_ROWS:
                raise _TooMany
            self._note(claim, total=total)
            out = SealingWriter(lambda frame: self._put(claim, frame), key)
            sheet = self._sheet(export.kind, out)
            done = 0
            for batch in rows.stream(session, who, asked, now):
                if self._closing.is_set():
                    raise _Closing
                for entry in batch:
                    sheet.row([column.of(entry) for column in rows.COLUMNS])
                done += len(batch)
                self._note(claim, rows=done)
            sheet.end()
            out.end()
        sealed = self._vault.seal_bytes(key, _where(claim.number))
        self._note(claim, sealed_key=sealed, done_at=self._now())

    def _sheet(self, kind: str, out: SealingWriter) -> Sheet:
        heading = [column.zh for column in rows.COLUMNS]
        if kind == CSV:
            return CsvSheet(out, heading)
        return XlsxSheet(out, heading, [column.width for column in rows.COLUMNS], self._scratch)

    def _put(self, claim: _Claim, frame: bytes) -> None:
        part = sha256_hex(frame)
        claim.parts.append(part)
        self._note(claim, parts=claim.parts)
        self._parts.put(part, frame)

    def _note(self, claim: _Claim, **values: object) -> None:
        """Progress, where the page sees it; a sign of life.

        Raises:
            _TakenOver: another process makes this export by now.
        """
        mine = (Export.id == claim.number, Export.attempts == claim.attempt, Export.done_at.is_(None))
        values = {"leased_until": self._now() + LEASE, **values}
        with self._database.writing() as session:
            if session.scalar(update(Export).where(*mine).values(values).returning(Export.id)) is None:
                raise _TakenOver

    def _fail(self, claim: _Claim, error: str) -> None:
        self._drop(claim.parts)
        self._note(claim, parts=[], error=error, done_at=self._now())

    def _drop(self, parts: list[str]) -> None:
        for part in parts:
            self._parts.delete(part)


class _TooMany(Exception):
    """More rows than a sheet has."""


class _TakenOver(Exception):
    """The lease ended before a sign of life."""


class _Closing(Exception):
    """This process ends."""


def _purpose(number: int) -> str:
    return f"export.purpose_sealed|{number}"


def _where(number: int) -> str:
    return f"export.sealed_key|{number}"
