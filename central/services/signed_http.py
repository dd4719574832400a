"""Asking an office's service over signed HTTP: the form that e-licences and the electronic archive share.

    X-App-Id, X-Timestamp (seconds since 1970), X-Nonce (used once),
    X-Signature: HMAC-SHA256(secret, "<app id>\\n<timestamp>\\n<nonce>\\n<SHA-256 of the body>"), hexadecimal

The answer is {"answer": "<JSON text>", "signature": HMAC-SHA256(secret, "<nonce>\\n<JSON text>")}: nobody between can answer,
and no answer can be given twice. The JSON text has a `code`: `0`; `throttled` with `after` in seconds; `rejected`; every
other code, and every answer that does not bear the signature, means that the service is away.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from central.notify.provider import Rejected, Throttled, Unavailable, code_of, post

LONGEST_PAUSE = 86400
"""Seconds that a service may ask us to wait."""


@dataclass(frozen=True)
class Account:
    """Where the service is, and who we are there."""

    url: str
    app_id: str
    secret: str = field(repr=False)
    timeout_s: float = 10.0


def ask(
    account: Account,
    now: Callable[[], datetime],
    body: Callable[[str], bytes],
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The answer, found authentic and good.

    Args:
        body: the body for a nonce, so that what is sealed in it can be bound to this one request.

    Raises:
        Throttled, Unavailable, Rejected
    """
    nonce, timestamp = secrets.token_hex(16), str(int(now().timestamp()))
    data = body(nonce)
    signed = f"{account.app_id}\n{timestamp}\n{nonce}\n{hashlib.sha256(data).hexdigest()}"
    status, raw = post(
        account.url,
        data,
        {
            **(headers or {}),
            "Content-Type": content_type,
            "X-App-Id": account.app_id,
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": signature(account.secret, signed),
        },
        account.timeout_s,
    )
    if status != 200:
        raise Unavailable(f"http_{status}")
    answer = _opened(raw, account.secret, nonce)
    code = code_of(answer.get("code"))
    if code == "throttled":
        after = answer.get("after")
        seconds = min(max(after, 1), LONGEST_PAUSE) if isinstance(after, int) else 60
        raise Throttled(code, timedelta(seconds=seconds))
    if code == "rejected":
        raise Rejected(code)
    if code != "0":
        raise Unavailable(code or "no_code")
    return answer


def signature(secret: str, text: str) -> str:
    """HMAC-SHA256 in hexadecimal."""
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()


def _opened(raw: bytes, secret: str, nonce: str) -> dict[str, Any]:
    try:
        envelope = json.loads(raw)
        text, given = str(envelope["answer"]), str(envelope["signature"])
        if not hmac.compare_digest(signature(secret, f"{nonce}\n{text}").encode(), given.encode()):
            raise Unavailable("not_authentic")
        answer = json.loads(text)
        json.dumps(answer, ensure_ascii=False).encode()  # a lone surrogate is no text: it goes into no database
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unavailable("no_answer") from None  # the error's own words may quote the answer
    if not isinstance(answer, dict):
        raise Unavailable("no_answer")
    return answer
