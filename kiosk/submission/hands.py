"""Carries out what the visit machine asks of store, printer ledger and centre, off the visit's thread.

Everything heavy (database, cryptography) is imported here at first use or by `warm_up`, in the background: the
attract screen needs none of it.
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from drivers.status import Deadline, DeviceError
from kiosk.config import Config
from kiosk.logs import log, place_of
from kiosk.visit import effects, events
from kiosk.visit.draft import Draft
from kiosk.visit.events import Event, PrintOutcome, StoreProblem
from kiosk.visit.house import House

if TYPE_CHECKING:
    from kiosk.outbox.store import Store
    from kiosk.printing import PrintLedger
    from kiosk.protocol import application as wire
    from kiosk.protocol.envelope import CentreKey

Print = Callable[[Callable[[Any, Deadline], object], Callable[[object], None]], None]
"""Runs an act with the printer in the printer's worker, then calls back with its result or its `DeviceError`."""


class Submissions:
    """Store, slip and progress of one visit.

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
        self._asked: effects.AskProgress | None = None
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
            case effects.AskProgress():
                self._asked = effect
                # A thread of its own: a network that hangs must hold up neither an application nor the visit's end.
                act = ("progress", lambda: self._ask(effect))
                threading.Thread(target=self._guarded, args=act, name="progress", daemon=True).start()
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
                online=self.online,
            )
            self._tried = (draft, *build(draft, self._house.catalogue, occasion))
        return self._tried[1], self._tried[2]

    def _print(self, draft: Draft, number: str, again: bool) -> None:
        from drivers import receipt_printer
        from kiosk.outbox.errors import StoreError
        from kiosk.submission.slip import slip_for

        at, code, online = self._stored[number]

        def act(printer: Any, deadline: Deadline) -> object:
            try:
                return self._ledger().print_once(
                    printer,
                    number,
                    lambda copy: slip_for(draft, self._house, self._config, number, code, at, online=online, copy=copy),
                    deadline,
                    again=again,
                )
            except StoreError as error:
                # What cannot be recorded is not printed.
                log("outbox.store_failed", reason=type(error).__name__)
                return receipt_printer.PrintResult(receipt_printer.PrintOutcome.FAILED)

        def done(result: Any) -> None:
            outcome = PrintOutcome.UNKNOWN if isinstance(result, DeviceError) else PrintOutcome(result.outcome.value)
            paper = "unknown" if isinstance(result, DeviceError) else result.paper.value
            log("print.ended", slip_number=number, outcome=outcome.value, paper=paper)
            self._emit(events.SlipPrinted(outcome))

        self._print_with(act, done)

    def _ask(self, asked: effects.AskProgress) -> None:
        answer: Event = events.ProgressFailed()
        try:
            answer = self._answer_to(asked)
        finally:
            if asked is self._asked:  # else something else was asked since, and this would pass for its answer
                self._emit(answer)

    def _answer_to(self, asked: effects.AskProgress) -> Event:
        from pydantic import ValidationError

        from kiosk.outbox.client import CentreClient, Refused, Trouble
        from kiosk.protocol.card_token import seal_card_token
        from kiosk.protocol.messages import ProgressQuery

        by_card = bool(asked.id_number)
        if by_card:
            query = ProgressQuery(card_token=seal_card_token(asked.id_number, self._centre_key()))
        else:
            try:
                query = ProgressQuery(slip_number=asked.slip_number, query_code=asked.query_code)
            except ValidationError:
                return events.ProgressFailed(unknown_number=True)
        client = CentreClient(self._config.central.url)
        try:
            cases = client.progress(query)
        except Refused:
            # A card's number was not mistyped: then it is the centre that cannot read what we seal.
            return events.ProgressFailed(unknown_number=not by_card)
        except Trouble:
            return events.ProgressFailed()
        finally:
            client.close()
        if not cases and not by_card:
            return events.ProgressFailed(unknown_number=True)
        return events.ProgressFound(
            tuple(
                (c.item_name, c.text_zh, c.text_en, f"{c.updated_at.astimezone():%Y-%m-%d %H:%M}", c.slip_number)
                for c in cases
            )
        )
