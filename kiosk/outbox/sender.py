"""Getting sealed applications to the centre, oldest first, once, however often it must be tried.

`run_once` is one round: a pre-flight, then every envelope that is due. The station calls it in a thread and waits
`Report.wait` seconds (or until something is stored). Waiting is counted on the monotonic clock of this process: a
wall clock set to 1970 or 2099 delays nothing, and after a restart everything is due at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import requests

from kiosk.outbox import queue
from kiosk.outbox.client import CentreClient, NotAdmitted, Refused, Trouble, http_session
from kiosk.outbox.queue import Entry
from kiosk.outbox.store import Store, store_errors
from kiosk.outbox.submit import sweep
from kiosk.protocol.digest import digest_field, field_of
from kiosk.protocol.envelope import SealedPart
from kiosk.protocol.messages import Centre, Submission, SubmissionReceipt

CHUNK = 1024 * 1024
"""Bytes per PATCH, unless the centre asks for less."""
CENTRE_WAITS = (5.0, 10.0, 30.0, 60.0)
"""Seconds until the next pre-flight after one, two, … rounds in which the centre was not there."""
FIRST_WAIT = 60.0
LONGEST_WAIT = 3600.0
"""Seconds until an envelope is tried again: doubled from the first to the longest, never given up."""
IDLE_WAIT = 30.0
"""Seconds until the next round when nothing waits. The station calls earlier when something is stored."""
SMALLEST_CHUNK = 64 * 1024
"""A chunk that does not get through is followed by smaller ones, down to this many bytes: on a thin link a whole
chunk may take longer than a connection lasts."""
FAULTS_PER_CHUNK = 3
"""Failures in a row that a part survives within one try."""


@dataclass(frozen=True)
class Clock:
    """Two clocks: `wall` for what people read, `monotonic` for every decision."""

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class Sent:
    """One application that the centre acknowledged in this round."""

    application_id: UUID
    slip_number: str
    case_number: str


@dataclass(frozen=True)
class Report:
    """What one round did. Holds no content."""

    acknowledged: tuple[Sent, ...] = ()
    rejected: tuple[str, ...] = ()
    """Slip numbers refused for good in this round."""
    trouble: str = ""
    """The last reason why something waits; empty when all went well."""
    online: bool = False
    """The centre was there, and admitted this terminal, when it was last asked."""
    wait: float = IDLE_WAIT
    """Seconds after which calling again makes sense."""


class Sender:
    """Sends what the outbox holds. One at a time per store; `run_once` is called from one thread.

    Args:
        store: the terminal's store.
        central_url: `https://host[:port]`.
        session: makes the requests session (certificates, proxies); called once.
        clock: injected in tests.
    """

    def __init__(
        self,
        store: Store,
        central_url: str,
        session: Callable[[], requests.Session] = http_session,
        clock: Clock | None = None,
    ) -> None:
        self._store = store
        self._clock = clock or Clock()
        self._client = CentreClient(central_url, session, monotonic=self._clock.monotonic)
        self._due: dict[UUID, float] = {}
        self._missed_rounds = 0
        self._quiet_until = float("-inf")
        self._online = False

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def run_once(self) -> Report:
        """One round, and first the removal of what a crash left.

        Raises:
            DiskFull, StoreDamaged, StoreError: the store failed. Nothing is lost: what was being sent stays
                `sending` and is sent again with the same key.
        """
        now = self._clock.monotonic()
        if now < self._quiet_until:
            return Report(online=self._online, wait=self._quiet_until - now)
        sweep(self._store)
        try:
            centre = self._client.centre()
        except (Trouble, Refused) as error:
            return Report(trouble=str(error), wait=self._stay_away())
        self._online = True
        progress = _Round()
        for entry in queue.unsent_entries(self._store):
            if self._due.get(entry.application_id, now) > now:
                continue
            if not self._send(entry, centre, progress):
                if progress.acknowledged:
                    self._missed_rounds = 0
                return Report(*progress.result(), wait=self._stay_away())
        self._missed_rounds = 0
        return Report(*progress.result(), online=True, wait=self._next_due())

    def _send(self, entry: Entry, centre: Centre, progress: _Round) -> bool:
        """Try one envelope. False: leave the others alone, the centre is not there for anyone."""
        attempt = queue.begin_try(self._store, entry)
        try:
            receipt = self._transfer(entry, centre)
        except Refused as error:
            queue.reject(self._store, entry, str(error))
            progress.rejected.append(entry.slip_number)
            progress.trouble = str(error)
            return True
        except Trouble as error:
            wait = min(FIRST_WAIT * 2 ** min(attempt - 1, 12), LONGEST_WAIT)
            queue.put_back(self._store, entry, str(error), self._clock.wall() + wait)
            progress.trouble = str(error)
            if isinstance(error, NotAdmitted) or not self._still_there():
                return False
            # Only this one fails: it waits, and does not hold up those behind it.
            self._due[entry.application_id] = self._clock.monotonic() + wait
            return True
        queue.acknowledge(self._store, entry, receipt, self._clock.wall())
        self._due.pop(entry.application_id, None)
        progress.acknowledged.append(Sent(entry.application_id, entry.slip_number, receipt.case_number))
        return True

    def _still_there(self) -> bool:
        try:
            self._client.centre()
        except (Trouble, Refused):
            return False
        return True

    def _transfer(self, entry: Entry, centre: Centre) -> SubmissionReceipt:
        for part in entry.manifest.files:
            self._upload(part, self._sealed(entry, part), min(CHUNK, centre.chunk_size))
        sealed = self._sealed(entry, entry.manifest.application)
        return self._client.submit(Submission.sealed(entry.manifest, sealed))

    def _upload(self, part: SealedPart, sealed: bytes, chunk_size: int) -> None:
        offset, faults = self._client.begin_upload(part), 0
        while offset < part.size:
            try:
                offset = self._client.append(part, offset, sealed[offset : offset + chunk_size])
                faults = 0
            except Trouble as error:
                faults += 1
                if faults > FAULTS_PER_CHUNK or isinstance(error, NotAdmitted):
                    raise
                chunk_size = max(chunk_size // 4, min(SMALLEST_CHUNK, chunk_size))
                offset = self._client.upload_offset(part)

    def _sealed(self, entry: Entry, part: SealedPart) -> bytes:
        """The sealed bytes from disk, compared with what was sealed: a rotten disk must not be sent for ever."""
        path = queue.folder_of(self._store, entry) / part.name
        with store_errors():
            sealed = path.read_bytes() if path.exists() else b""
        if digest_field(sealed) != field_of(part.sha256):
            raise Refused("a sealed file on the terminal is missing or damaged")
        return sealed

    def _stay_away(self) -> float:
        self._online = False
        wait = CENTRE_WAITS[min(self._missed_rounds, len(CENTRE_WAITS) - 1)]
        self._missed_rounds += 1
        self._quiet_until = self._clock.monotonic() + wait
        return wait

    def _next_due(self) -> float:
        now = self._clock.monotonic()
        self._due = {key: due for key, due in self._due.items() if due > now}
        return min([IDLE_WAIT, *(due - now for due in self._due.values())])


@dataclass
class _Round:
    acknowledged: list[Sent] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    trouble: str = ""

    def result(self) -> tuple[tuple[Sent, ...], tuple[str, ...], str]:
        return tuple(self.acknowledged), tuple(self.rejected), self.trouble
