"""Sealed parts in a bucket of an S3-compatible service (Ceph RGW, SeaweedFS, OSS, OBS, COS …), by obstore.

Uploads are assembled on the local disk, fsynced, and put into the bucket whole, under their SHA-256, only if nothing is
there yet: two that bring the same bytes agree, and nobody can exchange a part. The service checks the bytes on their way
(x-amz-checksum-sha256), we check them when they come back. Where several machines serve, the balancer must send an upload
to one of them, by its address (/api/v1/uploads/<sha256>).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import S3Store

from central.files.local import LocalParts
from central.settings import FileSettings, SettingsError


class S3Parts:
    """Parts in a bucket. `prefix/ab/<sha256>` is the key."""

    def __init__(self, folder: Path, settings: FileSettings) -> None:
        """Connects to nothing yet.

        Raises:
            SettingsError: no bucket is named.
        """
        if not settings.bucket:
            raise SettingsError("files.bucket: which bucket?")
        self._uploads = LocalParts(folder)
        self._prefix = settings.prefix.strip("/")
        options: dict[str, Any] = {"region": settings.region, "checksum_algorithm": "sha256"}
        if settings.endpoint:
            options["endpoint"] = settings.endpoint
        if settings.access_key_id:
            options["access_key_id"] = settings.access_key_id
            options["secret_access_key"] = settings.secret_access_key.get_secret_value()
        plain = settings.endpoint.startswith("http://")
        self._bucket = S3Store(settings.bucket, **options, client_options={"allow_http": plain, "timeout": "60s"})

    def append(self, sha256: str, offset: int, chunk: bytes) -> None:
        """See `PartStore.append`."""
        self._uploads.append(sha256, offset, chunk)

    def held(self, sha256: str) -> int:
        """See `PartStore.held`."""
        return self._uploads.held(sha256)

    def matches(self, sha256: str) -> bool:
        """See `PartStore.matches`."""
        return self._uploads.matches(sha256)

    def commit(self, sha256: str) -> None:
        """See `PartStore.commit`. The local file goes when the bucket has answered for it."""
        self._store(sha256, self._uploads.assembled(sha256))
        self._uploads.discard(sha256)

    def put(self, sha256: str, data: bytes) -> None:
        """See `PartStore.put`."""
        self._store(sha256, data)

    def discard(self, sha256: str) -> None:
        """See `PartStore.discard`."""
        self._uploads.discard(sha256)

    def has(self, sha256: str) -> bool:
        """See `PartStore.has`."""
        with suppress(FileNotFoundError):
            self.size(sha256)
            return True
        return False

    def size(self, sha256: str) -> int:
        """See `PartStore.size`."""
        with _away(sha256):
            return int(self._bucket.head(self._key(sha256))["size"])

    def read(self, sha256: str) -> bytes:
        """See `PartStore.read`.

        Raises:
            OSError: what came is not what was put there.
        """
        with _away(sha256):
            data = bytes(self._bucket.get(self._key(sha256)).bytes())
        if hashlib.sha256(data).hexdigest() != sha256:
            raise OSError(f"the bucket's part {sha256} is damaged")
        return data

    def delete(self, sha256: str) -> None:
        """See `PartStore.delete`."""
        with suppress(FileNotFoundError), _away(sha256):
            self._bucket.delete(self._key(sha256))

    def _store(self, sha256: str, data: bytes) -> None:
        with _away(sha256), suppress(AlreadyExistsError):
            self._bucket.put(self._key(sha256), data, mode="create")

    def _key(self, sha256: str) -> str:
        return f"{self._prefix}/{sha256[:2]}/{sha256}".lstrip("/")


@contextmanager
def _away(sha256: str) -> Iterator[None]:
    """The service's errors as those of a file system. Their own words may hold addresses and keys."""
    try:
        yield
    except AlreadyExistsError:
        raise
    except (NotFoundError, FileNotFoundError):
        raise FileNotFoundError(sha256) from None
    except BaseError as error:
        raise OSError(f"the object store does not answer ({type(error).__name__})") from None
