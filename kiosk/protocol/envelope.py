"""Sealing to the centre's public key: HPKE (RFC 9180), base mode, one message per part.

Suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; a sealed part is `enc (32) || ciphertext || tag (16)`.
Every part is sealed with a fresh ephemeral key that is forgotten at once, so the terminal keeps nothing that opens
what it has sealed. What a part belongs to is bound in through HPKE's `info`:

    "tongban/1 envelope" 00  application id (16 bytes)  part name  00  digest list

The digest list is empty for a file. For the part `application`, sealed last, it holds 32 bytes of SHA-256 over the
lines `name sha256 size` of the sealed files in order: a file exchanged for another, even one of the same
application, makes the whole envelope refuse to open. A supplement (kiosk.protocol.supplement) is sealed in the same
way under its own id, with the part name `supplement` in the place of `application`.

Base mode says nothing about who sealed: that is the business of the connection (and later of the terminal's
signature). The code that opens is the centre's alone.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from pydantic import Field, field_validator

from kiosk.protocol import PROTOCOL
from kiosk.protocol.application import Application, FileRef
from kiosk.protocol.model import Message, Sha256, SlipNumber, sha256_hex

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
OVERHEAD = 32 + 16
"""Bytes a sealed part is longer than its plain text."""

MAX_PART = 64 * 1024 * 1024
"""Largest sealed part, in bytes."""
MAX_APPLICATION = 512 * 1024
"""Largest sealed `application` part, in bytes: it travels inside the submission itself."""
MAX_FILES = 999

KeyId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
"""The first 16 hexadecimal digits of the SHA-256 of a public key's 32 bytes."""


class EnvelopeError(ValueError):
    """Key or content does not fit. Carries no content."""


@dataclass(frozen=True)
class CentreKey:
    """The centre's public key, as a terminal holds it."""

    public_key: X25519PublicKey
    key_id: str

    @classmethod
    def of(cls, public_key: X25519PublicKey) -> CentreKey:
        """With the id that belongs to it."""
        return cls(public_key, key_id(public_key))


class PublishedKey(Message):
    """The centre's public key as published: raw X25519, 32 bytes in base64."""

    key_id: KeyId
    public_key: Annotated[str, Field(max_length=64)]

    def key(self) -> CentreKey:
        """Usable form.

        Raises:
            EnvelopeError: not a key, or not the one its id names.
        """
        try:
            raw = base64.b64decode(self.public_key, validate=True)
            key = CentreKey.of(X25519PublicKey.from_public_bytes(raw))
        except (binascii.Error, ValueError) as error:
            raise EnvelopeError("not an X25519 public key in base64") from error
        if key.key_id != self.key_id:
            raise EnvelopeError("the key does not match its id")
        return key


class TerminalFile(PublishedKey):
    """`terminal.json`, which `central init` writes: all that a terminal is given of a centre."""

    signing_key: Annotated[str, Field(max_length=64)] = ""
    """Ed25519, 32 bytes in base64: signs published content. Empty: none is taken over."""


class SealedPart(Message):
    """One sealed part, by digest and size of its sealed bytes."""

    name: Annotated[str, Field(pattern=r"^(application|supplement|file-[0-9]{3})$")]
    sha256: Sha256
    size: Annotated[int, Field(gt=OVERHEAD, le=MAX_PART)]


class Contents(Message):
    """What the manifests of applications and supplements have in common. Names no person and no content."""

    protocol: Literal["tongban/1"] = PROTOCOL
    slip_number: SlipNumber
    key_id: KeyId
    files: Annotated[tuple[SealedPart, ...], Field(max_length=MAX_FILES)] = ()

    @property
    def envelope_id(self) -> UUID:
        """What all its parts are bound to."""
        raise NotImplementedError

    @field_validator("files")
    @classmethod
    def _numbered(cls, value: tuple[SealedPart, ...]) -> tuple[SealedPart, ...]:
        if [part.name for part in value] != [file_name(n) for n in range(1, len(value) + 1)]:
            raise ValueError("files are named file-001, file-002, … in order")
        if len({part.sha256 for part in value}) != len(value):
            raise ValueError("two files share a digest")
        return value


class Manifest(Contents):
    """What the envelope of an application consists of."""

    application_id: UUID
    application: SealedPart

    @property
    def envelope_id(self) -> UUID:
        """The application's id."""
        return self.application_id

    @field_validator("application")
    @classmethod
    def _is_application(cls, value: SealedPart) -> SealedPart:
        if value.name != "application" or value.size > MAX_APPLICATION:
            raise ValueError("not an application part")
        return value


@dataclass(frozen=True)
class Envelope:
    """A sealed application: the manifest and the sealed bytes of each part by name."""

    manifest: Manifest
    parts: Mapping[str, bytes]


def key_id(public_key: X25519PublicKey) -> str:
    """See `KeyId`."""
    return sha256_hex(public_key.public_bytes_raw())[:16]


def publish(public_key: X25519PublicKey) -> PublishedKey:
    """The form in which a key is published."""
    raw = public_key.public_bytes_raw()
    return PublishedKey(key_id=key_id(public_key), public_key=base64.b64encode(raw).decode())


def file_name(number: int) -> str:
    """Part name of the `number`-th file, from 1."""
    return f"file-{number:03d}"


def file_info(application_id: UUID, name: str) -> bytes:
    """HPKE `info` of a file part."""
    return f"{PROTOCOL} envelope".encode() + b"\0" + application_id.bytes + name.encode() + b"\0"


def application_info(application_id: UUID, files: Sequence[SealedPart]) -> bytes:
    """HPKE `info` of the application part: binds the list of sealed files."""
    return main_info(application_id, "application", files)


def main_info(envelope_id: UUID, name: str, files: Sequence[SealedPart]) -> bytes:
    """The same for the part `name` that is sealed last."""
    lines = "".join(f"{part.name} {part.sha256} {part.size}\n" for part in files)
    return file_info(envelope_id, name) + bytes.fromhex(sha256_hex(lines.encode()))


def seal(application: Application, files: Mapping[str, bytes], centre: CentreKey) -> Envelope:
    """Seal an application and its files.

    Args:
        application: what the citizen confirmed.
        files: plain bytes by their SHA-256; exactly the files that the application names.
        centre: whom to seal for.

    Raises:
        EnvelopeError: the files are not those that the application names, or something is too large.
    """
    main, listed, parts = seal_parts(
        application.application_id, "application", application.model_dump_json(), application.files(), files, centre
    )
    manifest = Manifest(
        application_id=application.application_id,
        slip_number=application.slip_number,
        key_id=centre.key_id,
        application=main,
        files=listed,
    )
    return Envelope(manifest, parts)


def seal_parts(
    envelope_id: UUID,
    main: str,
    text: str,
    named: Sequence[FileRef],
    files: Mapping[str, bytes],
    centre: CentreKey,
) -> tuple[SealedPart, tuple[SealedPart, ...], dict[str, bytes]]:
    """Seal files and then `text`, as the part `main`: what describes both, and the sealed bytes by part name.

    Raises:
        EnvelopeError: the files are not those that are named, or something is too large.
    """
    if {ref.sha256 for ref in named} != set(files):
        raise EnvelopeError("the files are not those that are named")
    if len(named) > MAX_FILES:
        raise EnvelopeError("too many files")
    parts: dict[str, bytes] = {}
    listed = []
    for number, ref in enumerate(named, start=1):
        plain, name = files[ref.sha256], file_name(number)
        if len(plain) != ref.size or sha256_hex(plain) != ref.sha256:
            raise EnvelopeError("a file's bytes are not those that are named")
        parts[name] = SUITE.encrypt(plain, centre.public_key, file_info(envelope_id, name))
        listed.append(_described(name, parts[name], MAX_PART))
    parts[main] = SUITE.encrypt(text.encode(), centre.public_key, main_info(envelope_id, main, listed))
    return _described(main, parts[main], MAX_APPLICATION), tuple(listed), parts


def _described(name: str, sealed: bytes, limit: int) -> SealedPart:
    if len(sealed) > limit:
        raise EnvelopeError(f"{name} is larger than {limit} bytes")
    return SealedPart(name=name, sha256=sha256_hex(sealed), size=len(sealed))
