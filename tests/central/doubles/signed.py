"""What services behind signed HTTP have in common: who asks, with which secret, once and in time."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

from tests.central.doubles.server import Answer, Double, Request

APP_ID, SECRET = "tongban-150626", "a secret of the two"
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""The service's clock."""


class SignedDouble(Double):
    """Subclasses answer what is authentic. `say` is used up, one for each request, before the honest answer."""

    def __init__(self) -> None:
        super().__init__()
        self.nonces: set[str] = set()
        self.say: list[dict[str, object]] = []
        self.forged = False
        """Answers bear another's signature."""

    def answer(self, request: Request) -> Answer:
        given = request.headers
        nonce, timestamp = given["x-nonce"], given["x-timestamp"]
        signed = f"{given['x-app-id']}\n{timestamp}\n{nonce}\n{hashlib.sha256(request.body).hexdigest()}"
        late = abs(NOW - datetime.fromtimestamp(int(timestamp), UTC)) > timedelta(minutes=5)
        wrong = given["x-app-id"] != APP_ID or given["x-signature"] != hmac_hex(signed)
        if wrong or late or nonce in self.nonces:
            return Answer(b"{}", 401)
        self.nonces.add(nonce)
        return self._signed(nonce, self.say.pop(0) if self.say else self.authentic(request, nonce))

    def authentic(self, request: Request, nonce: str) -> dict[str, object]:
        """The honest answer."""
        raise NotImplementedError

    def _signed(self, nonce: str, answer: dict[str, object]) -> Answer:
        text = json.dumps(answer)
        signature = hmac_hex(f"{nonce}\n{text}", "forged" if self.forged else SECRET)
        return Answer(json.dumps({"answer": text, "signature": signature}).encode())


def hmac_hex(text: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
