"""The station's subscription: takes a newer catalogue from the centre when it is genuine. Visits read it when they start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from kiosk.catalogue.errors import CatalogueError
from kiosk.catalogue.held import read_held, take
from kiosk.logs import log
from kiosk.outbox.client import CentreClient, Refused, Trouble
from kiosk.protocol.published import NotGenuine


class Subscription:
    """Keeps the held catalogue current.

    Args:
        file: where the catalogue is held.
        signing_key: the centre's, base64; empty: this terminal keeps the catalogue that came with the software.
        now: the wall clock.
    """

    def __init__(self, file: Path, signing_key: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._file = file
        self._signing_key = signing_key
        self._now = now
        self._refused = ""

    def version(self) -> str | None:
        """The version that is held and genuine."""
        try:
            held = read_held(self._file, self._signing_key)
        except NotGenuine:
            return None
        return None if held is None else held.version

    def ask(self, client: CentreClient) -> str | None:
        """Ask once; the version taken, if one was. No news, no network and a bad version leave things as they are."""
        if not self._signing_key:
            return None
        try:
            delta = client.published("catalogue", self.version())
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

    def _say_refused(self, reason: str) -> None:
        if reason != self._refused:
            log("catalogue.refused", reason=reason)
        self._refused = reason
