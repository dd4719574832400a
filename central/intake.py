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
from datetime import datetime, timedelta, timezone

from sqlalchemy import select

from central.files.local import PartStore
from central.keys import KeyRing
from central.opening import CannotOpen, UnknownKey, open_application, open_file, parse_application
from central.refusal import Refusal
from central.store.database import Database, StorageFull, storage_full
from central.store.models import Case, CaseFile
from kiosk.protocol.application import Application
from kiosk.protocol.envelope import Manifest
from kiosk.protocol.messages import Submission, SubmissionReceipt
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.slip_number import query_code
from kiosk.protocol.states import State

CHINA = timezone(timedelta(hours=8))


class Intake:
    """Receives submissions. Thread-safe."""

    def __init__(self, database: Database, parts: PartStore, keys: KeyRing, now: Callable[[], datetime]) -> None:
        self._database = database
        self._parts = parts
        self._keys = keys
        self._now = now
        self._in_flight: set[str] = set()
        self._lock = threading.Lock()

    def receive(self, submission: Submission) -> str:
        """Verify, open and store; returns the receipt as JSON. Afterwards a power cut loses nothing.

        Raises:
            Refusal
        """
        manifest = submission.manifest
        sealed = _decoded(submission)
        with self._only_once_at_a_time(str(manifest.application_id)):
            fingerprint = sha256_hex(manifest.model_dump_json().encode())
            answer = self._earlier_answer(manifest, fingerprint)
            if answer is not None:
                return answer
            missing = [part.name for part in manifest.files if not self._parts.has(part.sha256)]
            if missing:
                raise Refusal(ProblemType.PARTS_MISSING, ", ".join(missing))
            try:
                application, files = self._open(manifest, sealed)
                with storage_full():
                    self._parts.put(manifest.application.sha256, sealed)
                return self._store(manifest, fingerprint, application, files)
            except UnknownKey:
                raise Refusal(ProblemType.UNKNOWN_KEY) from None
            except CannotOpen as error:
                raise Refusal(ProblemType.CANNOT_OPEN, str(error)) from None
            except StorageFull:
                raise Refusal(ProblemType.STORAGE_FULL) from None

    def _earlier_answer(self, manifest: Manifest, fingerprint: str) -> str | None:
        with self._database.reading() as session:
            case = session.scalar(select(Case).where(Case.application_id == str(manifest.application_id)))
        if case is None:
            return None
        if case.fingerprint != fingerprint:
            raise Refusal(ProblemType.IDEMPOTENCY_KEY_REUSED)
        return case.answer

    def _open(self, manifest: Manifest, sealed: bytes) -> tuple[Application, list[CaseFile]]:
        """Open everything and compare every file with what the application says of it."""
        plain = open_application(self._keys, manifest, sealed)
        application = parse_application(plain, manifest.application_id, manifest.slip_number)
        named = application.files()
        if len(named) != len(manifest.files):
            raise CannotOpen("the application names another number of files")
        files = []
        for ref, part in zip(named, manifest.files, strict=True):
            data = open_file(self._keys, manifest, part.name, self._parts.read(part.sha256))
            if (sha256_hex(data), len(data)) != (ref.sha256, ref.size):
                raise CannotOpen(f"{part.name} is not the file the application names")
            files.append(
                CaseFile(
                    part_name=part.name,
                    sealed_sha256=part.sha256,
                    plain_sha256=ref.sha256,
                    plain_size=ref.size,
                )
            )
        return application, files

    def _store(self, manifest: Manifest, fingerprint: str, application: Application, files: list[CaseFile]) -> str:
        now = self._now()
        with self._database.writing() as session:
            case = Case(
                application_id=str(manifest.application_id),
                fingerprint=fingerprint,
                answer="",
                manifest=manifest.model_dump_json(),
                case_number=str(manifest.application_id),  # until the row has its sequence number
                slip_number=manifest.slip_number,
                query_code=query_code(manifest.application_id),
                applicant_index=self._keys.applicant_index(application.applicant.id_number),
                terminal_id=application.terminal_id,
                receiving_code=application.receiving_region.code,
                receiving_name=application.receiving_region.name,
                handling_code=application.handling_region.code,
                handling_name=application.handling_region.name,
                item_id=application.item.id,
                item_name=application.item.name,
                mode=application.mode,
                state=State.SUBMITTED,
                received_at=now,
                updated_at=now,
                files=files,
            )
            session.add(case)
            session.flush()
            # Unique by the sequence alone; region and date are there for people.
            case.case_number = f"{case.receiving_code}-{now.astimezone(CHINA):%Y%m%d}-{case.seq:06d}"
            receipt = SubmissionReceipt(
                application_id=manifest.application_id,
                slip_number=manifest.slip_number,
                case_number=case.case_number,
                received_at=now,
            )
            case.answer = receipt.model_dump_json()
            return case.answer

    @contextmanager
    def _only_once_at_a_time(self, key: str) -> Iterator[None]:
        with self._lock:
            if key in self._in_flight:
                raise Refusal(ProblemType.IN_FLIGHT)
            self._in_flight.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight.discard(key)


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
