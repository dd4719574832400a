"""Resumable uploads of sealed parts.

An upload is named by the SHA-256 it must end with, so two different parts can never share one, however alike their
heads are. The offset that is answered counts fsynced bytes and lives in the database; a crash in the middle of a
write leaves bytes beyond it, which the next write cuts off. A part exists only once the digest of all its bytes
has been verified and its file bears its final name on the disk. What stands in the table `upload` has not been taken up by
an application yet (`central.enclosed.taken`); what nobody takes up in time is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from central.files.store import PartStore
from central.refusal import Refusal
from central.store.database import Database, StorageFull, storage_full
from central.store.models import CaseFile, Upload
from kiosk.protocol.envelope import MAX_PART, OVERHEAD
from kiosk.protocol.problems import ProblemType

UNTAKEN = timedelta(days=30)
"""How long a part waits for the application that it belongs to."""
RENEWED = timedelta(days=1)
AT_ONCE = 100


@dataclass(frozen=True)
class Standing:
    """How far an upload is."""

    offset: int
    complete: bool


class Uploads:
    """All uploads of one centre. Of all its processes, one thread at a time writes an upload."""

    def __init__(
        self, database: Database, parts: PartStore, now: Callable[[], datetime], kept: timedelta = UNTAKEN
    ) -> None:
        self._database = database
        self._parts = parts
        self._now = now
        self._kept = kept

    def begin(self, sha256: str, size: int) -> Standing:
        """Announce a part, or find it again.

        Raises:
            Refusal: TOO_LARGE, BAD_REQUEST, UPLOAD_LENGTH_DIFFERS, DIGEST_MISMATCH
        """
        if size > MAX_PART:
            raise Refusal(ProblemType.TOO_LARGE, f"a part has at most {MAX_PART} bytes")
        if size <= OVERHEAD:
            raise Refusal(ProblemType.BAD_REQUEST, "a sealed part cannot be that small")
        with self._alone(sha256):
            if self._parts.has(sha256):
                self._parts.discard(sha256)  # what a crash may have left of putting it together
                self._renew(sha256)
                return self._whole(sha256)
            with self._database.writing() as session:
                upload = session.get(Upload, sha256)
                if upload is None:
                    upload = Upload(sha256=sha256, size=size, offset=0, begun_at=self._now())
                    session.add(upload)
                elif upload.size != size:
                    raise Refusal(ProblemType.UPLOAD_LENGTH_DIFFERS)
            return self._settle(upload)

    def standing(self, sha256: str) -> Standing:
        """How far the upload is.

        Raises:
            Refusal: NOT_FOUND, DIGEST_MISMATCH
        """
        with self._alone(sha256):
            upload = self._find(sha256)
            return self._whole(sha256) if upload is None else self._settle(upload)

    def append(self, sha256: str, offset: int, chunk: bytes) -> Standing:
        """Add a chunk whose own digest was verified.

        Raises:
            Refusal: NOT_FOUND, WRONG_OFFSET (with `Upload-Offset`), TOO_LARGE, DIGEST_MISMATCH
        """
        with self._alone(sha256):
            upload = self._find(sha256)
            if upload is None or upload.offset != offset:
                at = self._parts.size(sha256) if upload is None else upload.offset
                raise Refusal(ProblemType.WRONG_OFFSET, headers={"Upload-Offset": str(at)})
            if offset + len(chunk) > upload.size:
                raise Refusal(ProblemType.TOO_LARGE, "more bytes than were announced")
            self._parts.append(sha256, offset, chunk)
            self._move(upload, offset + len(chunk))
            return self._settle(upload)

    def sweep(self) -> int:
        """Delete some uploads that nobody took up, whole or not, and say how many. What a case refers to never goes."""
        before = self._now() - self._kept
        with self._database.reading() as session:
            stale = session.scalars(select(Upload.sha256).where(Upload.begun_at < before).limit(AT_ONCE)).all()
            taken = set(session.scalars(select(CaseFile.sealed_sha256).where(CaseFile.sealed_sha256.in_(stale))))
        for sha256 in stale:
            with self._alone(sha256):
                self._drop(sha256, before, taken=sha256 in taken)
        return len(stale)

    def _drop(self, sha256: str, before: datetime, *, taken: bool) -> None:
        with self._database.reading() as session:
            upload = session.get(Upload, sha256)
        if upload is None or upload.begun_at >= before:
            return
        self._parts.discard(sha256)
        if not taken:
            self._parts.delete(sha256)
        with self._database.writing() as session:
            session.execute(delete(Upload).where(Upload.sha256 == sha256))

    def _find(self, sha256: str) -> Upload | None:
        """The upload; None when the part is whole already."""
        with self._database.reading() as session:
            upload = session.get(Upload, sha256)
        if upload is None and not self._parts.has(sha256):
            raise Refusal(ProblemType.NOT_FOUND)
        return upload

    def _settle(self, upload: Upload) -> Standing:
        """Commit the part if its last byte is there; begin again if the disk lost bytes or the digest is wrong."""
        if self._parts.has(upload.sha256):
            self._parts.discard(upload.sha256)
            self._move(upload, upload.size)
            return self._whole(upload.sha256)
        if self._parts.held(upload.sha256) < upload.offset:
            self._move(upload, 0)
        if upload.offset < upload.size:
            return Standing(upload.offset, complete=False)
        self._parts.append(upload.sha256, upload.size, b"")  # cuts off what a torn write left beyond the end
        if not self._parts.commit(upload.sha256):
            self._move(upload, 0)
            raise Refusal(ProblemType.DIGEST_MISMATCH, "the whole part", {"Upload-Offset": "0"})
        return self._whole(upload.sha256)

    def _whole(self, sha256: str) -> Standing:
        return Standing(self._parts.size(sha256), complete=True)

    def _move(self, upload: Upload, offset: int) -> None:
        with self._database.writing() as session:
            upload.offset = offset
            session.merge(upload)

    def _renew(self, sha256: str) -> None:
        """Announced again, shortly before it is handed in: it counts as new."""
        with self._database.reading() as session:
            upload = session.get(Upload, sha256)
        if upload is not None and upload.begun_at < self._now() - RENEWED:
            with self._database.writing() as session:
                session.merge(upload).begun_at = self._now()

    @contextmanager
    def _alone(self, sha256: str) -> Iterator[None]:
        with self._database.alone(f"upload {sha256}"):
            try:
                with storage_full():
                    yield
            except StorageFull:
                raise Refusal(ProblemType.STORAGE_FULL) from None
