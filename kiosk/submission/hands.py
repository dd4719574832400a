"""Carries out what the visit machine asks of store, printer ledger and centre, off the visit's thread.

Everything heavy (database, cryptography) is imported here at first use or by `warm_up`, in the background: the
attract screen needs none of it.
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import uuid4

from drivers.status import Deadline, DeviceError
from kiosk.config import Config
from kiosk.logs import log, place_of
from kiosk.submission.enquiries import Enquiries
from kiosk.visit import effects, events
from kiosk.visit.draft import Draft
from kiosk.visit.events import Event, PrintOutcome, StoreProblem
from kiosk.visit.house import House

if TYPE_CHECKING:
    from drivers.receipt_printer import Receipt
    from kiosk.outbox.store import Store
    from kiosk.printing import PrintLedger
    from kiosk.protocol import application as wire
    from kiosk.protocol.envelope import CentreKey

Print = Callable[[Callable[[Any, Deadline], object], Callable[[object], None]], None]
"""Runs an act with the printer in the printer's worker, then calls back with its result or its `DeviceError`."""
_Question: TypeAlias = effects.AskProgress | effects.AskDocuments | effects.AskLicences
_NO_ANSWER: Mapping[type[_Question], Event] = {
    effects.AskProgress: events.ProgressFailed(),
    effects.AskDocuments: events.DocumentsFailed(),
    effects.AskLicences: events.LicencesFailed(),
}


class Submissions:
    """Store, slip, documents and progress of one visit.

    Args:
        config: terminal, centre, data folder.
        house: the catalogue that the application is bound to.
        emit: tells the visit what happened.
        print_with: the printer.
        on_stored: told the slip number of what can be sent now.
    """

    def __init__(
        self,
        config: Config,
        house: House,
        emit: Callable[[Event], None],
        print_with: Print,
        on_stored: Callable[[str], None],
    ) -> None:
        self.online = True
        """Whether the centre could be reached when the station last tried."""
        self._config = config
        self._house = house
        self._emit = emit
        self._print_with = print_with
        self._on_stored = on_stored
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="submission")
        self._opening = threading.Lock()
        self._open_store: Store | None = None
        self._asked: _Question | None = None
        self._enquiries = Enquiries(config.central.url, self._centre_key)
        self._tried: tuple[Draft, wire.Application, dict[str, bytes]] | None = None
        self._stored: dict[str, tuple[datetime, str, bool]] = {}

    def warm_up(self) -> None:
        """Import and open in the background what submitting will need."""

        def prepare() -> None:
            import kiosk.outbox.submit
            import kiosk.submission.build  # noqa: F401

            self._store()

        self._threads.submit(self._guarded, "warm_up", prepare)

    def carry_out(self, effect: effects.Effect) -> bool:
        """Begin what `effect` asks. False: it does not concern submitting."""
        match effect:
            case effects.SubmitApplication(draft):
                failed = events.StoreFailed(StoreProblem.DAMAGED)
                self._threads.submit(self._guarded, "submit", lambda: self._submit(draft), failed)
            case effects.PrintSlip(draft, number, again):
                unknown = events.SlipPrinted(PrintOutcome.UNKNOWN)
                self._threads.submit(self._guarded, "print", lambda: self._print(draft, number, again), unknown)
            case effects.AskProgress() | effects.AskDocuments() | effects.AskLicences():
                self._asked = effect
                self._beside("ask", lambda: self._ask(effect))
            case effects.CallStaff():
                self._beside("call_staff", lambda: self._call_staff(effect), events.HelpAnswered(None))
            case effects.PrintDocument(check_code=code):
                not_sure = events.DocumentPrinted(code, PrintOutcome.UNKNOWN)
                self._beside("print_document", lambda: self._print_document(effect), not_sure)
            case _:
                return False
        return True

    @property
    def stored_numbers(self) -> frozenset[str]:
        """The slip numbers of what this visit submitted."""
        return frozenset(self._stored)

    def close(self) -> None:
        """Let go of the store once what is being written is on disk."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        if self._open_store is not None:
            self._open_store.close()

    def _beside(self, name: str, act: Callable[[], object], otherwise: Event | None = None) -> None:
        """In a thread of its own: a network that hangs must hold up neither an application nor the visit's end."""
        threading.Thread(target=self._guarded, args=(name, act, otherwise), name=name, daemon=True).start()

    def _guarded(self, name: str, act: Callable[[], object], otherwise: Event | None = None) -> None:
        """A defect in here must end as an answer to the citizen, not as a screen that waits for ever."""
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing was promised yet
            log("visit.effect_failed", effect=name, error=type(error).__name__, place=place_of(error))
            if otherwise is not None:
                self._emit(otherwise)

    def _store(self) -> Store:
        from kiosk.outbox.store import open_store

        with self._opening:
            if self._open_store is None:
                self._open_store = open_store(self._config.store_file)
            return self._open_store

    def _ledger(self) -> PrintLedger:
        from kiosk.printing import PrintLedger

        return PrintLedger(self._store(), session=str(os.getpid()))

    def _centre_key(self) -> CentreKey:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

        from kiosk.protocol.envelope import CentreKey

        raw = base64.b64decode(self._config.central.public_key, validate=True)
        return CentreKey.of(X25519PublicKey.from_public_bytes(raw))

    def _submit(self, draft: Draft) -> None:
        from kiosk.outbox.errors import DiskFull, StoreError
        from kiosk.outbox.submit import submit
        from kiosk.printing.slip import query_link

        try:
            application, files = self._application(draft)
            stored = submit(self._store(), application, files, self._centre_key())
        except DiskFull:
            log("outbox.store_failed", reason="disk_full")
            self._emit(events.StoreFailed(StoreProblem.DISK_FULL))
            return
        except StoreError as error:
            log("outbox.store_failed", reason=type(error).__name__)
            self._emit(events.StoreFailed(StoreProblem.DAMAGED))
            return
        self._stored[stored.slip_number] = (application.created_at, stored.query_code, self.online)
        self._on_stored(stored.slip_number)
        self._emit(
            events.Stored(
                slip_number=stored.slip_number,
                query_code=stored.query_code,
                slip_url=query_link(self._config.terminal.query_url, stored.slip_number, stored.query_code),
                submitted_at=f"{application.created_at:%Y-%m-%d %H:%M}",
                online=self.online,
            )
        )

    def _application(self, draft: Draft) -> tuple[wire.Application, dict[str, bytes]]:
        """The draft as an application; the same one when the same draft is tried again after a failure.

        A failed write may after all have reached the disk: only the same id keeps it from becoming two.
        """
        from kiosk.outbox.submit import next_slip_number
        from kiosk.submission.build import Occasion, build

        if self._tried is None or self._tried[0] is not draft:
            terminal = self._config.terminal
            occasion = Occasion(
                application_id=uuid4(),
                slip_number=next_slip_number(self._store(), terminal.receiving_region, terminal.number),
                now=datetime.now().astimezone(),
                terminal_id=terminal.id,
                receiving_region=terminal.receiving_region,
                scope=self._house.scope(draft.handling_region, draft.item_id).code,
                online=self.online,
            )
            self._tried = (draft, *build(draft, self._house.catalogue, occasion))
        return self._tried[1], self._tried[2]

    def _print(self, draft: Draft, number: str, again: bool) -> None:
        from kiosk.submission.slip import slip_for

        at, code, online = self._stored[number]

        def receipt(copy: int) -> Receipt:
            return slip_for(draft, self._house, self._config, number, code, at, online=online, copy=copy)

        self._on_paper(number, receipt, events.SlipPrinted, again=again)

    def _on_paper(
        self,
        document: str,
        receipt: Callable[[int], Receipt],
        ended: Callable[[PrintOutcome], Event],
        *,
        again: bool,
    ) -> None:
        """Print through the ledger, which knows it as `document`; `receipt` makes the n-th copy."""
        from drivers import receipt_printer
        from kiosk.outbox.errors import StoreError

        def act(printer: Any, deadline: Deadline) -> object:
            try:
                return self._ledger().print_once(printer, document, receipt, deadline, again=again)
            except StoreError as error:
                # What cannot be recorded is not printed.
                log("outbox.store_failed", reason=type(error).__name__)
                return receipt_printer.PrintResult(receipt_printer.PrintOutcome.FAILED)

        def done(result: Any) -> None:
            outcome = PrintOutcome.UNKNOWN if isinstance(result, DeviceError) else PrintOutcome(result.outcome.value)
            paper = "unknown" if isinstance(result, DeviceError) else result.paper.value
            log("print.ended", slip_number=document, outcome=outcome.value, paper=paper)
            self._emit(ended(outcome))

        self._print_with(act, done)

    def _ask(self, asked: _Question) -> None:
        answer = _NO_ANSWER[type(asked)]
        try:
            match asked:
                case effects.AskProgress():
                    answer = self._enquiries.progress(asked)
                case effects.AskDocuments():
                    answer = self._enquiries.documents(asked)
                case effects.AskLicences():
                    answer = self._enquiries.licences(asked, self._config.terminal)
        finally:
            if asked is self._asked:  # else something else was asked since, and this would pass for its answer
                self._emit(answer)

    def _call_staff(self, asked: effects.CallStaff) -> None:
        self._emit(self._enquiries.staff(asked, self._config.terminal))

    def _print_document(self, asked: effects.PrintDocument) -> None:
        from kiosk.printing.document_copy import document_copy, ledger_name

        document = self._enquiries.copy(asked)
        if document is None:
            self._emit(events.DocumentPrinted(asked.check_code, None))
            return
        terminal = self._config.terminal

        def receipt(copy: int) -> Receipt:
            return document_copy(
                document,
                printed_at=datetime.now().astimezone(),
                terminal_id=terminal.id,
                copy=copy,
                demonstration=terminal.demonstration,
            )

        ended = partial(events.DocumentPrinted, asked.check_code)
        self._on_paper(ledger_name(document), receipt, ended, again=True)
