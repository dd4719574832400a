"""The print ledger: no slip twice without its mark, and "unknown" never mistaken for "printed".

    planned ──> sent ──> confirmed | failed | unknown

Each row is on the disk before the act it announces: `sent` before the first byte goes. Whoever finds a `sent` row
whose process is gone knows only that nobody knows, so it becomes `unknown`. A document whose bytes may have
reached paper is printed again only when somebody asks, marked 补打 n. Rows hold no personal data: a document is
named by its slip number.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Column, Connection, Float, Integer, MetaData, Row, String, Table, func, select, update

from drivers.receipt_printer import PrintOutcome, PrintResult, Receipt, ReceiptPrinter
from drivers.status import Deadline
from kiosk.logs import log
from kiosk.outbox.errors import StoreError
from kiosk.outbox.store import Store


class PrintState(StrEnum):
    """Where a print stands. The last three are final."""

    PLANNED = "planned"
    SENT = "sent"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class AlreadyPrinted(Exception):
    """The document has perhaps or surely been on paper before; printing it again must be asked for (补打)."""


@dataclass(frozen=True)
class PrintJob:
    """One row of the ledger. `copy` is 0 for the first print and n for 补打 n; times are Unix seconds."""

    seq: int
    document: str
    copy: int
    state: PrintState
    session: str
    planned_at: float
    sent_at: float | None
    ended_at: float | None
    reason: str


metadata = MetaData()

prints = Table(
    "prints",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("document", String, nullable=False, index=True),
    Column("copy", Integer, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("session", String, nullable=False),
    Column("planned_at", Float, nullable=False),
    Column("sent_at", Float),  # set only while or after bytes may have reached the printer
    Column("ended_at", Float),
    Column("reason", String, nullable=False, default=""),
    sqlite_autoincrement=True,
)


class PrintLedger:
    """The ledger in the terminal's store. Threads and processes may share it. Every method may raise `StoreError`.

    Args:
        store: the terminal's store, which is durable.
        session: names the process that prints, so that `recover` can tell a dead one's rows from a living one's.
        clock: wall clock, Unix seconds.
    """

    def __init__(self, store: Store, session: str, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._session = session
        self._clock = clock
        with store.begin() as connection:
            metadata.create_all(connection)

    def plan(self, document: str, *, again: bool = False) -> PrintJob:
        """Announce a print. `again`: somebody asked for it, knowing that it may have been printed before.

        Raises:
            AlreadyPrinted: bytes of `document` have gone to a printer before, and `again` is false.
        """
        with self._store.begin() as connection:
            gone = connection.scalar(
                select(func.count()).where(prints.c.document == document, prints.c.sent_at.is_not(None))
            )
            copy = int(gone or 0)
            if copy and not again:
                raise AlreadyPrinted(f"{document} was sent to the printer {copy} time(s) before")
            values = {
                "document": document,
                "copy": copy,
                "state": PrintState.PLANNED,
                "session": self._session,
                "planned_at": self._clock(),
            }
            result = connection.execute(prints.insert().values(values))
            return _job(connection, int(result.lastrowid))

    def mark_sent(self, job: PrintJob) -> PrintJob:
        """To be called before the first byte goes. Raises ValueError unless the job is `planned`."""
        return self._move(job, PrintState.PLANNED, state=PrintState.SENT, sent_at=self._clock())

    def finish(self, job: PrintJob, result: PrintResult) -> PrintJob:
        """Write down what became of a sent job. Raises ValueError unless it is `sent`.

        A print that failed before any byte went leaves the document unprinted: the next one is no copy.
        """
        values: dict[str, object] = {
            "state": PrintState(result.outcome.value),
            "ended_at": self._clock(),
            "reason": result.reason,
        }
        if result.outcome is PrintOutcome.FAILED and not result.data_sent:
            values["sent_at"] = None
        return self._move(job, PrintState.SENT, **values)

    def recover(self, session: str | None = None) -> int:
        """Close what a dead process left: `sent` becomes `unknown`, `planned` becomes `failed`.

        Args:
            session: the process that is gone; None for all, at the station's start, when nobody prints.

        Returns:
            how many prints became unknown.
        """
        own = [] if session is None else [prints.c.session == session]
        now = self._clock()
        with self._store.begin() as connection:
            connection.execute(
                update(prints)
                .where(prints.c.state == PrintState.PLANNED, *own)
                .values(state=PrintState.FAILED, ended_at=now, reason="the process ended before anything was sent")
            )
            changed = connection.execute(
                update(prints)
                .where(prints.c.state == PrintState.SENT, *own)
                .values(state=PrintState.UNKNOWN, ended_at=now, reason="the process ended while printing")
            )
            return changed.rowcount

    def history(self, document: str) -> list[PrintJob]:
        """Every print of `document`, oldest first."""
        with self._store.begin() as connection:
            rows = connection.execute(select(prints).where(prints.c.document == document).order_by(prints.c.seq))
            return [_from_row(row) for row in rows]

    def unknown(self) -> list[PrintJob]:
        """The prints nobody knows the end of, oldest first: for the technician."""
        with self._store.begin() as connection:
            rows = connection.execute(select(prints).where(prints.c.state == PrintState.UNKNOWN).order_by(prints.c.seq))
            return [_from_row(row) for row in rows]

    def print_once(
        self,
        printer: ReceiptPrinter,
        document: str,
        build: Callable[[int], Receipt],
        deadline: Deadline,
        *,
        again: bool = False,
    ) -> PrintResult:
        """Plan, print and write down the result. `build` gets the number of the copy (0: the first print).

        A result that cannot be written down is still the citizen's answer; its row will be found `unknown`.

        Raises:
            AlreadyPrinted, StoreError: nothing was printed.
        """
        job = self.plan(document, again=again)
        receipt = build(job.copy)
        self.mark_sent(job)
        result = printer.print_receipt(receipt, deadline)
        try:
            self.finish(job, result)
        except StoreError as error:
            log("outbox.store_failed", reason=type(error).__name__)
        return result

    def _move(self, job: PrintJob, from_state: PrintState, **values: object) -> PrintJob:
        with self._store.begin() as connection:
            moved = connection.execute(
                update(prints).where(prints.c.seq == job.seq, prints.c.state == from_state).values(**values)
            )
            if moved.rowcount != 1:
                raise ValueError(f"print {job.seq} is not {from_state}")
            return _job(connection, job.seq)


def _job(connection: Connection, seq: int) -> PrintJob:
    return _from_row(connection.execute(select(prints).where(prints.c.seq == seq)).one())


def _from_row(row: Row[tuple[object, ...]]) -> PrintJob:
    values = dict(row._mapping)
    return PrintJob(**{**values, "state": PrintState(str(values["state"]))})
