"""Where sealed parts are kept: the port, and what chooses behind it."""

from __future__ import annotations

from typing import Protocol

from central.files.local import LocalParts
from central.settings import Settings


class PartStore(Protocol):
    """Sealed parts by the SHA-256 of their bytes. A part never changes, and exists only whole and verified.

    An upload is assembled on the local disk of one process, and becomes a part with `commit`. Callers make sure that one
    upload is touched by one thread at a time. Everything may raise OSError where the store is away or full.
    """

    def append(self, sha256: str, offset: int, chunk: bytes) -> None:
        """Write `chunk` at `offset` of an upload and fsync it. Whatever lay beyond `offset` is cut off first."""
        ...

    def held(self, sha256: str) -> int:
        """How many bytes of the upload are here (0: none)."""
        ...

    def matches(self, sha256: str) -> bool:
        """Does the whole upload have the digest it was announced with?"""
        ...

    def commit(self, sha256: str) -> None:
        """Make a verified upload a part. When this returns, it survives a power cut."""
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

        return S3Parts(settings.data, settings.files)
    return LocalParts(settings.data)
