"""The `Content-Digest` and `Repr-Digest` header fields of RFC 9530, with sha-256 only."""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha256

_FIELD = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?:,|$)")


def digest_field(data: bytes) -> str:
    """The field value for `data`."""
    return _field(sha256(data).digest())


def field_of(sha256_hex: str) -> str:
    """The field value for a digest already known."""
    return _field(bytes.fromhex(sha256_hex))


def parse_digest(field: str) -> str | None:
    """The sha-256 in a field value as lower-case hexadecimal; None when there is none that makes sense."""
    found = _FIELD.search(field)
    if found is None:
        return None
    try:
        return base64.b64decode(found[1], validate=True).hex()
    except binascii.Error:
        return None


def _field(raw: bytes) -> str:
    return f"sha-256=:{base64.b64encode(raw).decode()}:"
