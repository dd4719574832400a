"""A large file sealed in pieces, so that neither writing nor reading it takes more memory than one piece.

The file is a row of frames: AES-256-GCM under a key of this file alone, the nonce is the frame's number, and the last
frame says so: a file that was cut short, or whose frames were exchanged, does not open.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from central.vault import CannotUnseal

FRAME = 256 * 1024
_TAG = 16


class SealingWriter(io.RawIOBase):
    """Writes to `path` what it is given, sealed under `key` (32 bytes, used for no other file). Cannot seek."""

    def __init__(self, path: Path, key: bytes) -> None:
        super().__init__()
        self._file: BinaryIO = path.open("xb")
        path.chmod(0o600)
        self._cipher = AESGCM(key)
        self._rest = bytearray()
        self._number = 0

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: object) -> int:
        """Take some bytes."""
        piece = bytes(data)  # type: ignore[call-overload]
        self._rest += piece
        while len(self._rest) > FRAME:  # one byte at least stays for the last frame
            self._put(bytes(self._rest[:FRAME]), last=False)
            del self._rest[:FRAME]
        return len(piece)

    def close(self) -> None:
        """Write the last frame."""
        if not self.closed:
            self._put(bytes(self._rest), last=True)
            self._file.close()
        super().close()

    def _put(self, plain: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number), plain, _said(last=last)))
        self._number += 1


def read_sealed(path: Path, key: bytes) -> Iterator[bytes]:
    """The plain bytes, piece by piece.

    Raises:
        CannotUnseal: damaged, cut short, or another key.
        OSError: it is not there.
    """
    cipher = AESGCM(key)
    with path.open("rb") as file:
        frame, number = file.read(FRAME + _TAG), 0
        while True:
            following = file.read(FRAME + _TAG)
            try:
                yield cipher.decrypt(_nonce(number), frame, _said(last=not following))
            except (InvalidTag, ValueError):
                raise CannotUnseal("the sealed file does not open") from None
            if not following:
                return
            frame, number = following, number + 1


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _said(*, last: bool) -> bytes:
    return b"last" if last else b"more"
