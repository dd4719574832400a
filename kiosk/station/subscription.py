"""The station's subscriptions: what the centre means for this terminal is taken when it is genuine.

Visits read it when they start. A version that counts only later is fetched before and takes over at its time by the
centre's clock, as the last heartbeat told it: a terminal whose own clock is wrong changes with all others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from kiosk.catalogue.errors import CatalogueError
from kiosk.catalogue.held import promote, read_held, take, waiting_file
from kiosk.logs import log
from kiosk.outbox.client import CentreClient, Refused, Trouble
from kiosk.protocol.heartbeat import HeartbeatAnswer, Held
from kiosk.protocol.published import Body, NotGenuine, coming


class Subscription:
    """Keeps a held body of content current: the catalogue, or the agreements.

    Args:
        file: where it is held.
        signing_key: the centre's, base64; empty: this terminal keeps what came with the software.
        now: the wall clock, which counts until the centre has told its own.
        body: which one.
        terminal_id: who asks: a version may be meant for some terminals first.
        monotonic: seconds since some moment.
    """

    def __init__(
        self,
        file: Path,
        signing_key: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        body: Body = "catalogue",
        terminal_id: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.body: Final = body
        self._file = file
        self._signing_key = signing_key
        self._wall_clock = now
        self._terminal_id = terminal_id
        self._monotonic = monotonic
        self._told: tuple[datetime, float] | None = None
        self._refused = ""

    def version(self) -> str | None:
        """The version that is held and genuine."""
        return self._version_in(self._file)

    def held(self) -> tuple[Held, ...]:
        """What is held, and what waits for its time, as a heartbeat says it."""
        files = {self.body: self._file, coming(self.body): waiting_file(self._file)}
        found = {name: self._version_in(file) for name, file in files.items()}
        return tuple(Held(body=name, version=version) for name, version in found.items() if version is not None)

    def follow(self, client: CentreClient, answer: HeartbeatAnswer) -> None:
        """Take the centre's time, and fetch what it means for this terminal and is not held."""
        self._told = answer.server_time, self._monotonic()
        self.keep()
        held = self.held()
        for one in answer.versions:
            if one.body in (self.body, coming(self.body)) and one not in held:
                self.ask(client, one.version)

    def keep(self) -> str | None:
        """Let the version that waits take over if its time has come; it, if it has."""
        try:
            new = promote(self._file, self._signing_key, self._now(), self.body)
        except OSError:
            return None
        return None if new is None else self._say_taken(new.version)

    def ask(self, client: CentreClient, version: str | None = None) -> str | None:
        """Ask once, for a version or for the newest; the version taken, if one was.

        No news, no network and a bad version leave things as they are.
        """
        if not self._signing_key:
            return None
        try:
            delta = client.published(self.body, self.version(), self._terminal_id, version)
            new = delta and take(self._file, self._signing_key, delta, self._now(), self.body)
        except (Trouble, OSError):
            return None
        except (Refused, NotGenuine, CatalogueError) as error:
            self._say_refused(type(error).__name__)
            return None
        self._refused = ""
        return self._say_taken(new.version) if new else None

    def _now(self) -> datetime:
        """The centre's time; before it has told it, this terminal's."""
        if self._told is None:
            return self._wall_clock()
        at, heard = self._told
        return at + timedelta(seconds=self._monotonic() - heard)

    def _version_in(self, file: Path) -> str | None:
        try:
            held = read_held(file, self._signing_key, self.body)
        except NotGenuine:
            return None
        return None if held is None else held.version

    def _say_taken(self, version: str) -> str:
        log("published.taken", body=self.body, version=version)
        return version

    def _say_refused(self, reason: str) -> None:
        if reason != self._refused:
            log("published.refused", body=self.body, reason=reason)
        self._refused = reason
