"""Exporting the ledger: asked for with a purpose, made in the background, kept sealed for a day (R011, R133).

The rows come through one cursor of the database and leave through one compressor, so a hundred thousand of them take no
more memory than a thousand. Every export is in the audit trail with who, why, what was asked, and how many rows it had.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework.acts import Refused, Words
from central.casework.who import Who, staff
from central.ledger import rows
from central.ledger.filters import LedgerFilter, parse
from central.ledger.sealed_file import SealingWriter, read_sealed
from central.ledger.sheets import MOST_XLSX_ROWS, CsvSheet, Sheet, XlsxSheet
from central.store.database import Database
from central.store.models import Export, User
from central.vault import Vault

KEPT = timedelta(days=1)
STUCK = timedelta(hours=1)
"""An export that is not done by then died with its process."""
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


class Exporter:
    """Makes exports one after the other in a thread of its own. Thread-safe."""

    def __init__(self, database: Database, vault: Vault, folder: Path, now: Callable[[], datetime]) -> None:
        self._database = database
        self._vault = vault
        self._folder = folder
        self._now = now
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="export")

    def ask(self, who: Who, purpose: str, kind: str, asked: LedgerFilter) -> tuple[int, Future[None]]:
        """Record an export and begin it; its number, and what is done when it is done.

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
        self.sweep()
        now = self._now()
        with self._database.writing() as session:
            export = Export(user_id=who.user_id, purpose=purpose, kind=kind, filters=asked.as_query(), asked_at=now)
            session.add(export)
            session.flush()
            detail = {"purpose": purpose, "kind": kind, "filters": asked.as_query()}
            trail.record(session, who, "export", f"export:{export.id}", now, detail)
            number = export.id
        return number, self._worker.submit(self._make, number)

    def mine(self, session: Session, who: Who, most: int = 20) -> list[Export]:
        """The asker's exports, the newest first."""
        return list(
            session.scalars(select(Export).where(Export.user_id == who.user_id).order_by(Export.id.desc()).limit(most))
        )

    def find(self, session: Session, who: Who, number: int) -> Export | None:
        """An export, for who asked for it and nobody else."""
        return session.scalar(select(Export).where(Export.id == number, Export.user_id == who.user_id))

    def standing(self, export: Export) -> str:
        """making, ready, failed or gone."""
        if export.error or (export.done_at is None and self._now() - export.asked_at > STUCK):
            return "failed"
        if export.done_at is None:
            return "making"
        return "ready" if export.sealed_key is not None and self._path(export.id).is_file() else "gone"

    def content(self, export: Export) -> Iterator[bytes]:
        """The file, opened piece by piece.

        Raises:
            CannotUnseal, OSError
        """
        if export.sealed_key is None:
            raise FileNotFoundError(export.id)
        return read_sealed(self._path(export.id), self._vault.open_bytes(export.sealed_key, _where(export.id)))

    def sweep(self) -> int:
        """Delete what is older than a day: the file, and the key that opens it. How many."""
        with self._database.writing() as session:
            old = session.scalars(
                select(Export).where(Export.asked_at < self._now() - KEPT, Export.sealed_key.is_not(None))
            ).all()
            for export in old:
                export.sealed_key = None
                self._path(export.id).unlink(missing_ok=True)
            return len(old)

    def close(self) -> None:
        """Let the one being made end, begin no other."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.sealed"

    def _make(self, number: int) -> None:
        try:
            self._write(number)
        except Exception as error:  # noqa: BLE001  # whatever it is, the asker must learn that no file will come
            _log.error("export %d failed: %s", number, type(error).__name__)  # no content in the log
            self._path(number).unlink(missing_ok=True)
            self._note(number, error=TOO_MANY if isinstance(error, _TooMany) else FAILED, done=True)

    def _write(self, number: int) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = os.urandom(32)
        now = self._now()
        with self._database.reading() as session:
            export = session.get_one(Export, number)
            who = staff(session.get_one(User, export.user_id))
            asked = parse(export.filters).filter
            total = rows.total(session, who, asked, now)
            if export.kind == XLSX and total > MOST_XLSX_ROWS:
                raise _TooMany
            self._note(number, total=total)
            with SealingWriter(self._path(number), key) as out:
                sheet = self._sheet(export.kind, out)
                done = 0
                for batch in rows.stream(session, who, asked, now):
                    for entry in batch:
                        sheet.row([column.of(entry) for column in rows.COLUMNS])
                    done += len(batch)
                    self._note(number, rows=done)
                sheet.end()
        self._note(number, key=key, done=True)

    def _sheet(self, kind: str, out: SealingWriter) -> Sheet:
        heading = [column.zh for column in rows.COLUMNS]
        if kind == CSV:
            return CsvSheet(out, heading)
        return XlsxSheet(out, heading, [column.width for column in rows.COLUMNS], self._folder)

    def _note(
        self,
        number: int,
        *,
        rows: int | None = None,
        total: int | None = None,
        key: bytes | None = None,
        error: str = "",
        done: bool = False,
    ) -> None:
        """Progress, where the page sees it."""
        with self._database.writing() as session:
            export = session.get_one(Export, number)
            if rows is not None:
                export.rows = rows
            if total is not None:
                export.total = total
            if key is not None:
                export.sealed_key = self._vault.seal_bytes(key, _where(number))
            if done:
                export.done_at = self._now()
            export.error = error


class _TooMany(Exception):
    """More rows than a sheet has."""


def _where(number: int) -> str:
    return f"export.sealed_key|{number}"
