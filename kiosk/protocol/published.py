"""Content that the centre publishes and terminals hold: signed, versioned, fetched as deltas.

A *body* (catalogue, profiles, calendar, contacts, bulletins, agreements) is a set of entries, each canonical JSON under
a key. A version of it is its manifest: every key with the SHA-256 of its entry. The centre signs manifests with Ed25519;
whoever knows the centre's signing key can check a body without trusting the line or the disk. Entries never change under
their digest, so a delta is simply the entries that the holder lacks.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime, Field, ValidationError

from kiosk.protocol import PROTOCOL
from kiosk.protocol.model import Message, Sha256, sha256_hex

Body = Literal["catalogue", "profiles", "calendar", "contacts", "bulletins", "agreements", "ratings"]
Version = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}\.\d{1,4}$")]
"""The day of publication and a number within it."""

_CONTEXT = f"{PROTOCOL} published".encode() + b"\0"
MOST_ENTRIES = 20_000
LONGEST_ENTRY = 512 * 1024
MOST_SAMPLE = 512 * 1024
"""Bytes of a sample picture, which is a JPEG and fetched by its digest."""


class NotGenuine(Exception):
    """The signature is wrong, or the entries are not the ones that were signed."""


class EntryRef(Message):
    """One entry of a version."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
    sha256: Sha256


class PublishedManifest(Message):
    """What is signed: everything a version consists of."""

    body: Body
    version: Version
    earlier: Version | None = None
    published_at: AwareDatetime
    effective_at: AwareDatetime
    """From when it counts; until then a holder keeps working with the earlier one."""
    entries: Annotated[tuple[EntryRef, ...], Field(max_length=MOST_ENTRIES)]


class SignedManifest(Message):
    """A manifest as text, exactly as it was signed."""

    manifest: Annotated[str, Field(max_length=4_000_000)]
    signature: Annotated[str, Field(max_length=100)]
    """Ed25519 over `tongban/1 published` 00 ‖ manifest, base64."""


class PublishedEntry(Message):
    """An entry with its content."""

    key: str
    content: Annotated[str, Field(max_length=LONGEST_ENTRY)]


class Delta(Message):
    """Answer of `GET /api/v1/published/{body}`: the newest version, and what the holder of `since` lacks of it."""

    since: Version | None = None
    """None: everything is here."""
    signed: SignedManifest
    entries: tuple[PublishedEntry, ...]


def coming(body: str) -> str:
    """The name under which heartbeats speak of a version of `body` that is fetched already and counts only later."""
    return f"{body}_next"


def canonical(value: object) -> str:
    """JSON in its one form: sorted keys, no spaces, UTF-8 as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sign(manifest: PublishedManifest, key: Ed25519PrivateKey) -> SignedManifest:
    """Sign a manifest."""
    text = canonical(manifest.model_dump(mode="json"))
    return SignedManifest(manifest=text, signature=base64.b64encode(key.sign(_CONTEXT + text.encode())).decode())


def verified(signed: SignedManifest, key: Ed25519PublicKey) -> PublishedManifest:
    """The manifest, if the centre signed it.

    Raises:
        NotGenuine
    """
    try:
        key.verify(base64.b64decode(signed.signature, validate=True), _CONTEXT + signed.manifest.encode())
        return PublishedManifest.model_validate_json(signed.manifest)
    except (InvalidSignature, binascii.Error, ValidationError, ValueError):
        raise NotGenuine("the manifest is not signed by this centre") from None


def apply(held: Mapping[str, str], delta: Delta, manifest: PublishedManifest) -> dict[str, str]:
    """The contents of the new version by key, from those already held and the delta's.

    Raises:
        NotGenuine: an entry is missing, or is not the one that was signed.
    """
    offered = {entry.key: entry.content for entry in delta.entries}
    contents: dict[str, str] = {}
    for ref in manifest.entries:
        for content in (offered.get(ref.key), held.get(ref.key)):
            if content is not None and sha256_hex(content.encode()) == ref.sha256:
                contents[ref.key] = content
                break
        else:
            raise NotGenuine("an entry is missing or is not the one that was signed")
    return contents


def parsed(contents: Mapping[str, str]) -> dict[str, Any]:
    """The entries as values."""
    return {key: json.loads(content) for key, content in contents.items()}
