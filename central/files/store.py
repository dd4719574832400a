"""Where sealed parts are kept: the port, and what chooses behind it."""

from __future__ import annotations

from typing import Protocol

from central.files.local import LocalParts
from central.settings import Settings


class PartStore(Protocol):
    """Sealed parts by the SHA-256 of their bytes. A part never changes, and exists only whole and verified.

    An upload is assembled in the store itself, so that any process may go on with it, and becomes a part with `commit`.
    Callers make sure that of all processes one thread touches an upload at a time. Everything may raise OSError where the
    store is away or full.
    """

    def append(self, sha256: str, offset: int, chunk: bytes) -> None:
        """Write `chunk` at `offset` of an upload, durably. Whatever lay beyond `offset` is cut off first."""
        ...

    def held(self, sha256: str) -> int:
        """How many bytes of the upload are here (0: none)."""
        ...

    def commit(self, sha256: str) -> bool:
        """Make a whole upload a part that survives a power cut. False: its digest is another one; it is dropped.

        Raises:
            FileNotFoundError
        """
        ...

    def put(self, sha256: str, data: bytes) -> None:
        """Store a part that is already in memory. Harmless when it is there."""
        ...

    def discard(self, sha256: str) -> None:
        """Drop an upload under way."""
        ...

    def has(self, sha256: str) -> bool:
        """Is the part here, whole?"""
        ...

    def size(self, sha256: str) -> int:
        """Bytes of a whole part.

        Raises:
            FileNotFoundError
        """
        ...

    def delete(self, sha256: str) -> None:
        """Forget a part. Harmless when it is not there."""
        ...

    def read(self, sha256: str) -> bytes:
        """The sealed bytes.

        Raises:
            FileNotFoundError
        """
        ...


def open_parts(settings: Settings) -> PartStore:
    """The part store that the settings choose.

    Raises:
        SettingsError
    """
    if settings.files.kind == "s3":
        from central.files.s3 import S3Parts

        return S3Parts(settings.files)
    return LocalParts(settings.data)
