"""The station's heartbeat: tells the centre how the terminal is, and hears whether something newer is published (R171)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version as software
from uuid import uuid4

from kiosk.config import Config
from kiosk.logs import log, place_of
from kiosk.outbox import queue
from kiosk.outbox.client import CentreClient, Refused, Trouble
from kiosk.outbox.errors import StoreError
from kiosk.outbox.store import Store
from kiosk.protocol.heartbeat import MOST_SECONDS, Heartbeat, OutboxStatus
from kiosk.station.subscription import Subscription

UNHEARD_WAIT = 60.0
"""Seconds until the next beat when the centre did not answer."""


class Heartbeats:
    """Beats in a thread of its own, as often as the centre wishes.

    Args:
        config: this terminal's settings.
        store: the outbox; raises StoreError while it cannot be opened.
        subscriptions: each follows what the centre answers.
        make_client: makes the connection to the centre; called once, in the thread.
        on_renewed: something that was published is held now, or counts from now on.
        then: what else is fetched while the centre answers.
    """

    def __init__(
        self,
        config: Config,
        store: Callable[[], Store],
        subscriptions: Sequence[Subscription],
        make_client: Callable[[], CentreClient],
        on_renewed: Callable[[], None] = lambda: None,
        then: Callable[[CentreClient], None] = lambda _: None,
    ) -> None:
        self._config = config
        self._store = store
        self._subscriptions = tuple(subscriptions)
        self._make_client = make_client
        self._on_renewed = on_renewed
        self._then = then
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
        before = self._versions()
        wait = self._follow(client)
        if self._versions() != before:
            self._on_renewed()
        return wait

    def _follow(self, client: CentreClient) -> float:
        try:
            answer = client.heartbeat(self.message())
        except (Trouble, Refused):
            for subscription in self._subscriptions:
                subscription.keep()
            return UNHEARD_WAIT
        for subscription in self._subscriptions:
            subscription.follow(client, answer)
        self._then(client)
        return float(answer.next_in_seconds)

    def message(self) -> Heartbeat:
        """How the terminal is now."""
        terminal = self._config.terminal
        return Heartbeat(
            terminal_id=terminal.id,
            region_code=terminal.receiving_region,
            place=terminal.place_name,
            boot_id=self._boot,
            sequence=self._sequence,
            sent_at=datetime.now(UTC),
            software=software("tongban-kiosk"),
            versions=tuple(held for one in self._subscriptions for held in one.held()),
            outbox=self._outbox(),
        )

    def _versions(self) -> list[str | None]:
        return [one.version() for one in self._subscriptions]

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
