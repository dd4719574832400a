"""A provincial text-message gateway as they often are: JSON, a bearer token, codes, receipts signed with HMAC."""

from __future__ import annotations

import hmac
import json

from tests.central.doubles.server import Answer, Double, Request

TOKEN = "token-of-the-gateway"
SECRET = "secret-of-receipts"


class SmsGateway(Double):
    """Wants {to, tpl, vars, ref, sign}; sends each reference once; `refuse` maps numbers to codes."""

    def __init__(self) -> None:
        super().__init__()
        self.accepted: dict[str, dict[str, object]] = {}
        self.refuse: dict[str, str] = {}

    def answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _json({"code": "E401", "msg": "no such token"}, 401)
        message = json.loads(request.body)
        if code := self.refuse.get(message["to"]):
            return _json({"code": code, "msg": f"{message['to']} refused"})
        known = next((key for key, one in self.accepted.items() if one["ref"] == message["ref"]), None)
        message_id = known or f"G{len(self.accepted) + 1:06d}"
        self.accepted[message_id] = message
        return _json({"code": "0", "data": {"id": message_id}})

    def receipts(self, *outcomes: tuple[str, str]) -> tuple[dict[str, str], bytes]:
        """Headers and body of a callback that reports (id, status) each."""
        rows = [{"id": key, "stat": status, "time": "2026-11-20 21:40:00"} for key, status in outcomes]
        body = json.dumps({"reports": rows}).encode()
        return {"X-Signature": hmac.digest(SECRET.encode(), body, "sha256").hex()}, body


THROTTLED = Answer(b'{"code":"E-BUSY"}')
BROKEN = Answer(b"<html>bad gateway</html>", 502, (("Content-Type", "text/html"),))
REDIRECT = Answer(b"", 307, (("Location", "/elsewhere"),))


def _json(document: object, status: int = 200) -> Answer:
    return Answer(json.dumps(document).encode(), status)
