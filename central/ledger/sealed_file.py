"""A large file sealed in pieces, so that neither writing nor reading it takes more memory than one piece.

The file is a row of frames: AES-256-GCM under a key of this file alone, the nonce is the frame's number, and the last
frame says so: a file that was cut short, or whose frames were exchanged, does not open. Where frames lie is the caller's.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from central.vault import CannotUnseal

FRAME = 1024 * 1024


class SealingWriter(io.RawIOBase):
    """Gives `put` what it is given, in frames sealed under `key` (32 bytes, used for no other file). Cannot seek."""

    def __init__(self, put: Callable[[bytes], None], key: bytes) -> None:
        super().__init__()
        self._take = put
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

    def end(self) -> None:
        """Put the last frame. Without it the file does not open: one that was broken off is no file."""
        self._put(bytes(self._rest), last=True)

    def _put(self, plain: bytes, *, last: bool) -> None:
        self._take(self._cipher.encrypt(_nonce(self._number), plain, _said(last=last)))
        self._number += 1


def read_sealed(frames: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """The plain bytes, piece by piece.

    Raises:
        CannotUnseal: damaged, cut short, or another key.
    """
    cipher = AESGCM(key)
    remaining = iter(frames)
    frame: bytes | None = next(remaining, b"")
    number = 0
    while frame is not None:
        following = next(remaining, None)
        try:
            yield cipher.decrypt(_nonce(number), frame, _said(last=following is None))
        except (InvalidTag, ValueError):
            raise CannotUnseal("the sealed file does not open") from None
        frame, number = following, number + 1


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _said(*, last: bool) -> bytes:
    return b"last" if last else b"more"
