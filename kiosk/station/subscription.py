"""The station's subscription: asks the centre for a newer catalogue now and then, and takes it when it is genuine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from kiosk.catalogue.errors import CatalogueError
from kiosk.catalogue.held import read_held, take
from kiosk.logs import log
from kiosk.outbox.client import CentreClient, Refused, Trouble
from kiosk.protocol.published import NotGenuine

ASK_EVERY = 600.0
"""Seconds between two questions; an answer without news is a few bytes."""


class Subscription:
    """Keeps the held catalogue current, in a thread of its own. Visits read it when they start.

    Args:
        make_client: makes the connection to the centre; called once, in the thread.
        file: where the catalogue is held.
        signing_key: the centre's, base64.
        now: the wall clock.
    """

    def __init__(
        self,
        make_client: Callable[[], CentreClient],
        file: Path,
        signing_key: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._make_client = make_client
        self._file = file
        self._signing_key = signing_key
        self._now = now
        self._refused = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="subscription", daemon=True)

    def start(self) -> None:
        """Begin asking; nothing to do for a terminal without a signing key."""
        if self._signing_key:
            self._thread.start()

    def stop(self) -> None:
        """End, at once unless a question is under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _run(self) -> None:
        client = self._make_client()
        while not self._stopping.is_set():
            self.ask(client)
            self._stopping.wait(ASK_EVERY)
        client.close()

    def ask(self, client: CentreClient) -> str | None:
        """Ask once; the version taken, if one was. No news, no network and a bad version leave things as they are."""
        try:
            delta = client.published("catalogue", self._version())
            new = delta and take(self._file, self._signing_key, delta, self._now())
        except (Trouble, OSError):
            return None
        except (Refused, NotGenuine, CatalogueError) as error:
            self._say_refused(type(error).__name__)
            return None
        self._refused = ""
        if not new:
            return None
        log("catalogue.taken", version=new.version)
        return new.version

    def _version(self) -> str | None:
        try:
            held = read_held(self._file, self._signing_key)
        except NotGenuine:
            return None
        return None if held is None else held.version

    def _say_refused(self, reason: str) -> None:
        if reason != self._refused:
            log("catalogue.refused", reason=reason)
        self._refused = reason
