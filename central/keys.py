"""The centre's keys, all of them files with mode 0600.

keys/<key id>.pem     X25519 private key, PKCS #8: opens envelopes; old keys stay while sealed parts need them
keys/current          the key id that is published
keys/index            32 random bytes: applicants are filed under digests keyed with it
keys/records          32 random bytes: what the centre itself keeps about people is sealed with it (`central.vault`)
keys/signing          Ed25519 private key, 32 bytes: signs published content and heads of the audit trail
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from central.vault import Vault
from kiosk.protocol.card_token import normalised
from kiosk.protocol.envelope import PublishedKey, key_id, publish


class KeysUnusable(Exception):
    """The key folder is missing or makes no sense."""


@dataclass(frozen=True, repr=False)
class KeyRing:
    """All private keys."""

    private: dict[str, X25519PrivateKey]
    current: str
    index_key: bytes
    vault: Vault
    signing: Ed25519PrivateKey

    @property
    def published(self) -> PublishedKey:
        """What terminals seal to."""
        return publish(self.private[self.current].public_key())

    @property
    def signing_public(self) -> str:
        """What terminals check published content with: the Ed25519 public key, base64."""
        return base64.b64encode(self.signing.public_key().public_bytes_raw()).decode()

    def applicant_index(self, id_number: str) -> str:
        """Under what an applicant is filed: HMAC-SHA256 in hexadecimal (see `kiosk.protocol.card_token`)."""
        return hmac.digest(self.index_key, normalised(id_number).encode(), "sha256").hex()

    def matching_key(self, platform: int) -> bytes:
        """Under which a platform finds its own users among applicants (`kiosk.protocol.sharing.match`): of each its own."""
        return hmac.digest(self.index_key, b"platform match\0" + str(platform).encode(), "sha256")

    def name_index(self, name: str) -> str:
        """Under what a name is searched: HMAC-SHA256 in hexadecimal of the name without spaces."""
        return hmac.digest(self.index_key, b"name\0" + "".join(name.split()).encode(), "sha256").hex()


def create(folder: Path) -> KeyRing:
    """Make the keys.

    Raises:
        FileExistsError: there are keys already; they are never overwritten.
    """
    folder.mkdir(mode=0o700)
    private = X25519PrivateKey.generate()
    name = key_id(private.public_key())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(folder / f"{name}.pem", pem)
    _write(folder / "index", secrets.token_bytes(32))
    _write(folder / "records", secrets.token_bytes(32))
    _write(folder / "signing", Ed25519PrivateKey.generate().private_bytes_raw())
    _write(folder / "current", name.encode())
    return load(folder)


def load(folder: Path) -> KeyRing:
    """Read the keys.

    Raises:
        KeysUnusable
    """
    try:
        private = {path.stem: _private(path) for path in folder.glob("*.pem")}
        current = (folder / "current").read_text().strip()
        index_key = (folder / "index").read_bytes()
        records_key = (folder / "records").read_bytes()
        signing = Ed25519PrivateKey.from_private_bytes((folder / "signing").read_bytes())
    except OSError as error:
        raise KeysUnusable(f"cannot read the keys ({error.strerror}); run `central init` first") from error
    except ValueError as error:
        raise KeysUnusable("a key file is damaged") from error
    if current not in private or len(index_key) != 32 or len(records_key) != 32:
        raise KeysUnusable("the key folder is incomplete")
    return KeyRing(private, current, index_key, Vault(records_key), signing)


def _private(path: Path) -> X25519PrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, X25519PrivateKey) or key_id(key.public_key()) != path.stem:
        raise ValueError("not the X25519 key that the file name says")
    return key


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
