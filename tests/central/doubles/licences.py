"""An e-licence service: checks signature, time and nonce, opens the sealed holder with its own code, signs what it answers."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import date

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.central.doubles.server import Answer, Request
from tests.central.doubles.signed import SECRET, SignedDouble, hmac_hex

MARRIAGE = "1140100000MARRIAGE"
CODES = {"结婚证": MARRIAGE}


class LicencesDouble(SignedDouble):
    """`held` maps (name, number, type code) to a licence; `asked` are the questions as they were understood."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str, str], dict[str, object]] = {}
        self.asked: list[dict[str, str]] = []
        self.mixed_up: tuple[str, str] | None = None
        """Answer about this person instead."""

    def give(self, name: str, id_number: str, until: date | None = date(2036, 1, 1), **changes: object) -> None:
        """Record a marriage licence of somebody."""
        self.held[name, id_number, MARRIAGE] = {
            "type_code": MARRIAGE,
            "number": "J150626-2020-000123",
            "issuer": "平罗县民政局",
            "valid_until": None if until is None else until.isoformat(),
            "status": "valid",
            "digest": "ab" * 32,
            **changes,
        }

    def authentic(self, request: Request, nonce: str) -> dict[str, object]:
        document = json.loads(request.body)
        sealed = b64decode(document["holder"])
        key = HKDF(SHA256(), 32, salt=None, info=b"tongban e-licence holder").derive(SECRET.encode())
        holder = json.loads(AESGCM(key).decrypt(sealed[:12], sealed[12:], nonce.encode()))
        self.asked.append({**document, "holder": holder["name"]})
        name, number = self.mixed_up or (holder["name"], holder["id_number"])
        found = self.held.get((name, number, document["type_code"]))
        return {"code": "0", "licence": found and {"holder": hmac_hex(f"{name}\n{number}"), **found}}


AWAY = Answer(b"<html>bad gateway</html>", 502)
