"""Sealing what the centre itself must keep about people: AES-256-GCM under a key that never leaves the key folder.

`where` binds sealed bytes to their place (`table.column|id of what it belongs to`): moved elsewhere they do not open.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

UNREADABLE: Final = "（无法读取 / unreadable）"
_NONCE = 12


class CannotUnseal(Exception):
    """Damaged, moved, or sealed under another key. Says no more."""


class Vault:
    """Seals and opens small texts and files. `repr` shows no key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, text: str, where: str) -> bytes:
        """Sealed bytes of `text`."""
        return self.seal_bytes(text.encode(), where)

    def open(self, sealed: bytes, where: str) -> str:
        """The text.

        Raises:
            CannotUnseal
        """
        return self.open_bytes(sealed, where).decode()

    def seal_list(self, texts: Sequence[str], where: str) -> bytes:
        """The same for several texts."""
        return self.seal(json.dumps(list(texts), ensure_ascii=False), where)

    def open_list(self, sealed: bytes, where: str) -> tuple[str, ...]:
        """The texts.

        Raises:
            CannotUnseal
        """
        return tuple(json.loads(self.open(sealed, where)))

    def read(self, sealed: bytes | None, where: str) -> str:
        """The text for somebody to read: empty for none (or deleted); what does not open is said to be unreadable."""
        if not sealed:
            return ""
        try:
            return self.open(sealed, where)
        except CannotUnseal:
            return UNREADABLE

    def seal_bytes(self, data: bytes, where: str) -> bytes:
        """The same for bytes."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, data, where.encode())

    def open_bytes(self, sealed: bytes, where: str) -> bytes:
        """The same for bytes.

        Raises:
            CannotUnseal
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], where.encode())
        except (InvalidTag, ValueError):
            raise CannotUnseal("the sealed text does not open") from None
