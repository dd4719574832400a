"""The station's heartbeat: tells the centre how the terminal is, and hears whether there is a newer catalogue (R171)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from uuid import uuid4

from kiosk.config import Config
from kiosk.logs import log, place_of
from kiosk.outbox import queue
from kiosk.outbox.client import CentreClient, Refused, Trouble
from kiosk.outbox.errors import StoreError
from kiosk.outbox.store import Store
from kiosk.protocol.heartbeat import MOST_SECONDS, Heartbeat, HeartbeatAnswer, Held, OutboxStatus
from kiosk.station.subscription import Subscription

UNHEARD_WAIT = 60.0
"""Seconds until the next beat when the centre did not answer."""


class Heartbeats:
    """Beats in a thread of its own, as often as the centre wishes.

    Args:
        config: this terminal's settings.
        store: the outbox; raises StoreError while it cannot be opened.
        subscription: asked when the centre names another catalogue than the one held.
        make_client: makes the connection to the centre; called once, in the thread.
    """

    def __init__(
        self,
        config: Config,
        store: Callable[[], Store],
        subscription: Subscription,
        make_client: Callable[[], CentreClient],
    ) -> None:
        self._config = config
        self._store = store
        self._subscription = subscription
        self._make_client = make_client
        self._boot = uuid4()
        self._sequence = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, at once unless a beat is under way."""
        self._stopping.set()
        self._thread.join(2.0)

    def _run(self) -> None:
        client = self._make_client()
        while not self._stopping.is_set():
            try:
                wait = self.beat(client)
            except Exception as error:  # noqa: BLE001 - without its heartbeat a terminal counts as lost
                log("heartbeat.failed", error=type(error).__name__, place=place_of(error))
                wait = UNHEARD_WAIT
            self._stopping.wait(wait)
        client.close()

    def beat(self, client: CentreClient) -> float:
        """One beat; seconds until the next."""
        self._sequence += 1
        try:
            answer = client.heartbeat(self.message())
        except (Trouble, Refused):
            return UNHEARD_WAIT
        if self._news(answer):
            self._subscription.ask(client)
        return float(answer.next_in_seconds)

    def message(self) -> Heartbeat:
        """How the terminal is now."""
        terminal, held = self._config.terminal, self._subscription.version()
        return Heartbeat(
            terminal_id=terminal.id,
            region_code=terminal.receiving_region,
            place=terminal.place_name,
            boot_id=self._boot,
            sequence=self._sequence,
            sent_at=datetime.now(UTC),
            software=version("tongban-kiosk"),
            versions=() if held is None else (Held(body="catalogue", version=held),),
            outbox=self._outbox(),
        )

    def _outbox(self) -> OutboxStatus:
        try:
            figures = queue.summary(self._store(), time.time())
        except StoreError:
            return OutboxStatus(waiting=0)
        age = figures.oldest_seconds
        return OutboxStatus(
            waiting=figures.unsent,
            stuck=figures.stuck,
            rejected=figures.rejected,
            oldest_seconds=None if age is None else min(int(age), MOST_SECONDS),
        )

    def _news(self, answer: HeartbeatAnswer) -> bool:
        offered = next((one.version for one in answer.versions if one.body == "catalogue"), None)
        return offered is not None and offered != self._subscription.version()
