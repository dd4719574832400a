"""Sealed parts as files named by their SHA-256; a part that `commit` returned from survives a power cut.

incoming/<sha256>           an upload under way
parts/<ab>/<sha256>         a whole part, digest verified
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


class LocalParts:
    """Parts on a local disk (`central.files.store.PartStore`)."""

    def __init__(self, folder: Path) -> None:
        self._incoming = folder / "incoming"
        self._parts = folder / "parts"
        for path in (self._incoming, self._parts):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def append(self, sha256: str, offset: int, chunk: bytes) -> None:
        """Write `chunk` at `offset` and fsync it. Whatever lay beyond `offset` is cut off first: it was torn.

        Raises:
            OSError: the file is cut back to `offset`.
        """
        descriptor = os.open(self._incoming / sha256, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(descriptor, offset)
            try:
                _write_all(descriptor, chunk, offset)
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, offset)
                raise
        finally:
            os.close(descriptor)
        if offset == 0:
            _sync_folder(self._incoming)

    def held(self, sha256: str) -> int:
        """How many bytes of the upload are in the file (0: no file)."""
        try:
            return (self._incoming / sha256).stat().st_size
        except FileNotFoundError:
            return 0

    def commit(self, sha256: str) -> bool:
        """See `PartStore.commit`. When this returns, the part is on the disk under its final name.

        Raises:
            FileNotFoundError
        """
        with (self._incoming / sha256).open("rb") as file:
            whole = hashlib.file_digest(file, "sha256").hexdigest() == sha256
        if whole:
            self._keep(sha256)
        else:
            self.discard(sha256)
        return whole

    def _keep(self, sha256: str) -> None:
        final = self._path(sha256)
        if not final.parent.is_dir():
            final.parent.mkdir(exist_ok=True, mode=0o700)
            _sync_folder(self._parts)
        (self._incoming / sha256).rename(final)
        _sync_folder(final.parent)
        _sync_folder(self._incoming)

    def put(self, sha256: str, data: bytes) -> None:
        """Store a part that is already in memory. Harmless when it is there."""
        if not self.has(sha256):
            self.append(sha256, 0, data)
            self._keep(sha256)

    def discard(self, sha256: str) -> None:
        """Drop an upload under way."""
        (self._incoming / sha256).unlink(missing_ok=True)

    def has(self, sha256: str) -> bool:
        """Is the part here, whole?"""
        return self._path(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Bytes of a whole part.

        Raises:
            FileNotFoundError
        """
        return self._path(sha256).stat().st_size

    def read(self, sha256: str) -> bytes:
        """The sealed bytes.

        Raises:
            FileNotFoundError
        """
        return self._path(sha256).read_bytes()

    def delete(self, sha256: str) -> None:
        """Forget a part. Harmless when it is not there."""
        path = self._path(sha256)
        if path.is_file():
            path.unlink(missing_ok=True)
            _sync_folder(path.parent)

    def _path(self, sha256: str) -> Path:
        return self._parts / sha256[:2] / sha256


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
