"""Taking in a submission: one application becomes one case, exactly once, or nothing changes.

A submission is neither collection (收件) nor acceptance (受理): it makes a case in the state SUBMITTED and a number.

Rules of the idempotency key (our own; no standard is claimed):
    same key, same manifest          the first answer again, byte for byte
    same key, another manifest       422 idempotency-key-reused
    same key, being handled now      409 in-flight
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool

from central.casework.office import Office
from central.enclosed import all_there, checked_files
from central.files.store import PartStore
from central.keys import KeyRing
from central.new_cases import Accepted, NewCases
from central.opening import CannotOpen, UnknownKey, open_application, parse_application
from central.refusal import Refusal
from central.store.database import Database, StorageFull
from central.store.group import GroupWriter
from central.store.models import Submission as Row
from kiosk.protocol.messages import Submission
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import ProblemType


class Intake:
    """Receives submissions. Thread-safe."""

    def __init__(
        self, database: Database, parts: PartStore, keys: KeyRing, office: Office, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._parts = parts
        self._keys = keys
        self._writer: GroupWriter[Accepted, str] = GroupWriter(database, NewCases(keys, office, now).store)
        self._in_flight: set[UUID] = set()
        self._lock = threading.Lock()

    def receive(self, submission: Submission) -> str:
        """Verify, open and store; returns the receipt as JSON. Afterwards a power cut loses nothing.

        Raises:
            Refusal
        """
        sealed = _decoded(submission)
        with self._only_once_at_a_time(submission), _full():
            opened = self._opened(submission, sealed)
            return opened if isinstance(opened, str) else self._writer.do(opened)

    async def received(self, submission: Submission) -> str:
        """The same from an event loop. Only what reads files leaves it for a thread.

        Raises:
            Refusal
        """
        sealed = _decoded(submission)
        with self._only_once_at_a_time(submission), _full():
            if submission.manifest.files:
                opened = await run_in_threadpool(self._opened, submission, sealed)
            else:
                opened = self._opened(submission, sealed)
            return opened if isinstance(opened, str) else await self._writer.done(opened)

    def close(self) -> None:
        """Finish what is under way."""
        self._writer.close()

    def _opened(self, submission: Submission, sealed: bytes) -> Accepted | str:
        """What is to be stored. Whether it was stored before is found out with the storing, except where something is
        wrong with it now (its parts are gone, say): a repetition gets its answer all the same.
        """
        manifest = submission.manifest
        fingerprint = sha256_hex(manifest.model_dump_json().encode())
        try:
            all_there(manifest.files, self._parts.has)
            return self._verified(submission, sealed, fingerprint)
        except Refusal:
            earlier = self._earlier_answer(str(manifest.application_id), fingerprint)
            if earlier is None:
                raise
            return earlier

    def _verified(self, submission: Submission, sealed: bytes, fingerprint: str) -> Accepted:
        """Open everything and compare every file with what the application says of it."""
        manifest = submission.manifest
        try:
            plain = open_application(self._keys, manifest, sealed)
            application = parse_application(plain, manifest.application_id, manifest.slip_number)
            files = checked_files(self._keys, manifest, application.files(), self._parts.read)
        except UnknownKey:
            raise Refusal(ProblemType.UNKNOWN_KEY) from None
        except CannotOpen as error:
            raise Refusal(ProblemType.CANNOT_OPEN, str(error)) from None
        return Accepted(manifest, fingerprint, sealed, application, tuple(files))

    def _earlier_answer(self, key: str, fingerprint: str) -> str | None:
        with self._database.reading() as session:
            row = session.execute(select(Row.fingerprint, Row.answer).where(Row.application_id == key)).one_or_none()
        if row is None:
            return None
        if row.fingerprint != fingerprint:
            raise Refusal(ProblemType.IDEMPOTENCY_KEY_REUSED)
        return str(row.answer)

    @contextmanager
    def _only_once_at_a_time(self, submission: Submission) -> Iterator[None]:
        key = submission.manifest.application_id
        with self._lock:
            if key in self._in_flight:
                raise Refusal(ProblemType.IN_FLIGHT)
            self._in_flight.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight.discard(key)


@contextmanager
def _full() -> Iterator[None]:
    try:
        yield
    except StorageFull:
        raise Refusal(ProblemType.STORAGE_FULL) from None
    except IntegrityError:  # another process was faster with the same key, or the id is in use for something else
        raise Refusal(ProblemType.IN_FLIGHT) from None


def _decoded(submission: Submission) -> bytes:
    """The sealed application, as its own manifest describes it."""
    try:
        sealed = base64.b64decode(submission.sealed_application, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(ProblemType.INVALID_MESSAGE, "sealed_application is not base64") from None
    described = submission.manifest.application
    if (sha256_hex(sealed), len(sealed)) != (described.sha256, described.size):
        raise Refusal(ProblemType.INVALID_MESSAGE, "sealed_application is not what the manifest describes")
    return sealed
