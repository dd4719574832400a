"""The station's sender thread: keeps the outbox moving, and tells when the centre is lost or back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from kiosk.logs import log, place_of
from kiosk.outbox.errors import StoreError
from kiosk.outbox.sender import Report, Sender, Sent

TROUBLE_WAIT = 30.0
"""Seconds until the next try after the store, or the sender itself, failed."""
PLAUSIBLE_YEAR = 2026
"""This software was written in it: an earlier clock is wrong."""


class Sending:
    """Calls the sender whenever it makes sense, in a thread of its own.

    Args:
        make_sender: makes what sends; raises StoreError while the store cannot be opened, and is called again.
        on_network: called when the centre is lost or back.
        on_delivered: called for each application that the centre acknowledged.
    """

    def __init__(
        self,
        make_sender: Callable[[], Sender],
        on_network: Callable[[bool], None],
        on_delivered: Callable[[Sent], None],
    ) -> None:
        self._make_sender = make_sender
        self._sender: Sender | None = None
        self._on_network = on_network
        self._on_delivered = on_delivered
        self._online: bool | None = None
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin sending."""
        if datetime.now(UTC).year < PLAUSIBLE_YEAR:
            log("clock.implausible", year=datetime.now(UTC).year)
        self._thread.start()

    def wake(self) -> None:
        """Something was stored: do not wait."""
        self._wake.set()

    def stop(self) -> None:
        """End after the request under way (an interrupted one is repeated with the same key at the next start)."""
        self._stopping = True
        self._wake.set()
        self._thread.join(5.0)
        if self._sender is not None:
            self._sender.close()

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._sender = self._sender or self._make_sender()
                report = self._sender.run_once()
                self._tell(report)
                wait = report.wait
            except StoreError as error:
                log("outbox.store_failed", reason=type(error).__name__)
                wait = TROUBLE_WAIT
            except Exception as error:  # noqa: BLE001 - a thread that died would send nothing, and nobody would notice
                log("outbox.sender_failed", error=type(error).__name__, place=place_of(error))
                wait = TROUBLE_WAIT
            self._wake.wait(wait)
            self._wake.clear()

    def _tell(self, report: Report) -> None:
        if report.online is not self._online:
            self._online = report.online
            if report.online:
                log("network.back")
            else:
                log("network.lost", reason=report.trouble)
            self._on_network(report.online)
        for sent in report.acknowledged:
            log("outbox.sent", slip_number=sent.slip_number, case_number=sent.case_number)
            self._on_delivered(sent)
        for number in report.rejected:
            log("outbox.rejected", slip_number=number, reason=report.trouble)
