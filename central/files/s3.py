"""Sealed parts in a bucket of an S3-compatible service (Ceph RGW, SeaweedFS, OSS, OBS, COS …), by obstore.

<prefix>/incoming/<sha256>/<offset>    a chunk of an upload under way
<prefix>/<ab>/<sha256>                 a whole part, digest verified

Chunks lie in the bucket too, so that an upload begun at one machine is finished at another. A part is put whole, under its
SHA-256, only if nothing is there yet: two that bring the same bytes agree, and nobody can exchange a part. The service
checks the bytes on their way (x-amz-checksum-sha256), we check them when they come back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import accumulate
from typing import Any

from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import S3Store

from central.settings import FileSettings, SettingsError


class S3Parts:
    """Parts and uploads in a bucket."""

    def __init__(self, settings: FileSettings) -> None:
        """Connects to nothing yet.

        Raises:
            SettingsError: no bucket is named.
        """
        if not settings.bucket:
            raise SettingsError("files.bucket: which bucket?")
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
        with _away(sha256):
            for start, size in self._chunks(sha256):
                if start >= offset:
                    self._bucket.delete(self._chunk(sha256, start))
                elif start + size > offset:
                    kept = self._get(self._chunk(sha256, start))[: offset - start]
                    self._bucket.put(self._chunk(sha256, start), kept)
            if chunk:
                self._bucket.put(self._chunk(sha256, offset), chunk)

    def held(self, sha256: str) -> int:
        """See `PartStore.held`."""
        with _away(sha256):
            return sum(size for _, size in self._joined(sha256))

    def commit(self, sha256: str) -> bool:
        """See `PartStore.commit`. The chunks go when the bucket has answered for the whole."""
        with _away(sha256):
            chunks = self._joined(sha256)
            if not chunks:
                raise FileNotFoundError(sha256)
            data = b"".join(self._get(self._chunk(sha256, start)) for start, _ in chunks)
        whole = hashlib.sha256(data).hexdigest() == sha256
        if whole:
            self.put(sha256, data)
        self.discard(sha256)
        return whole

    def put(self, sha256: str, data: bytes) -> None:
        """See `PartStore.put`."""
        with _away(sha256), suppress(AlreadyExistsError):
            self._bucket.put(self._key(sha256), data, mode="create")

    def discard(self, sha256: str) -> None:
        """See `PartStore.discard`."""
        with _away(sha256):
            for start, _ in self._chunks(sha256):
                self._bucket.delete(self._chunk(sha256, start))

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
            data = self._get(self._key(sha256))
        if hashlib.sha256(data).hexdigest() != sha256:
            raise OSError(f"the bucket's part {sha256} is damaged")
        return data

    def delete(self, sha256: str) -> None:
        """See `PartStore.delete`."""
        with suppress(FileNotFoundError), _away(sha256):
            self._bucket.delete(self._key(sha256))

    def _get(self, key: str) -> bytes:
        return bytes(self._bucket.get(key).bytes())

    def _chunks(self, sha256: str) -> list[tuple[int, int]]:
        """Offset and size of every chunk of an upload, in order."""
        found = (one for batch in self._bucket.list(self._chunk(sha256)) for one in batch)
        return sorted((int(one["path"].rpartition("/")[2]), int(one["size"])) for one in found)

    def _joined(self, sha256: str) -> list[tuple[int, int]]:
        """Those that follow each other from the first byte: a crash while others were deleted may leave gaps."""
        chunks = self._chunks(sha256)
        ends = accumulate((size for _, size in chunks), initial=0)
        return [chunk for chunk, end in zip(chunks, ends, strict=False) if chunk[0] == end]

    def _key(self, sha256: str) -> str:
        return f"{self._prefix}/{sha256[:2]}/{sha256}".lstrip("/")

    def _chunk(self, sha256: str, offset: int | None = None) -> str:
        folder = f"{self._prefix}/incoming/{sha256}".lstrip("/")
        return folder if offset is None else f"{folder}/{offset:012d}"


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
