"""A text-message gateway behind plain HTTP, described by settings: how provincial gateways are usually reached.

The body is a template in which {phone} {template} {text} {sign} {reference} {params} stand for values, and {param.…} for
one of them; each is written as JSON (or form-encoded) so that no value can break out. The URL takes no values: personal
data has no place in URLs.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

from central.notify.provider import NotAuthentic, Rejected, Throttled, Unavailable, code_of, post
from central.notify.sms import Receipt, SmsMessage
from central.times import CHINA


@dataclass(frozen=True)
class ReceiptForm:
    """Where things stand in a callback. Paths are names and numbers joined by dots; an empty one is the whole."""

    list: str = ""
    id: str = "id"
    status: str = "status"
    delivered: tuple[str, ...] = ("DELIVRD",)
    time: str = "time"
    time_format: str = "%Y-%m-%d %H:%M:%S"
    """China time; `iso` for ISO 8601 with its zone."""
    signature_header: str = ""
    """Header with the hexadecimal HMAC-SHA256 of the body under `secret`; empty: the URL's token alone."""
    secret: str = field(default="", repr=False)
    answer: str = '{"code":0}'


@dataclass(frozen=True)
class HttpSmsSettings:
    """A gateway."""

    url: str
    body: str
    callback_token: str = field(repr=False)
    method: str = "POST"
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    sign_name: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)
    """Our template codes → the provider's. Needed for each if `body` uses {template}."""
    success: str = "code=0"
    """`path=value`: what a good answer says."""
    id: str = "id"
    """Path of the provider's id in a good answer."""
    error: str = "code"
    """Path of the error code in any other."""
    throttled: Mapping[str, int] = field(default_factory=dict)
    """Error codes that mean later → seconds."""
    rejected: tuple[str, ...] = ()
    """Error codes that mean never. All others: again later."""
    timeout_s: float = 10.0
    receipt: ReceiptForm = ReceiptForm()


class HttpSms:
    """The adapter."""

    name = "http"

    def __init__(self, settings: HttpSmsSettings) -> None:
        self._settings = settings

    def send(self, message: SmsMessage) -> str:
        """See `Sms.send`."""
        settings = self._settings
        headers = {**settings.headers, "Content-Type": settings.content_type}
        status, answer = post(
            settings.url, self._body(message).encode(), headers, settings.timeout_s, method=settings.method
        )
        return self._judge(status, answer)

    def receipts(self, token: str, headers: Mapping[str, str], body: bytes) -> tuple[Receipt, ...]:
        """See `Sms.receipts`."""
        form = self._settings.receipt
        if not hmac.compare_digest(token.encode(), self._settings.callback_token.encode()):
            raise NotAuthentic
        if form.signature_header:
            wanted = hmac.digest(form.secret.encode(), body, "sha256").hex()
            given = headers.get(form.signature_header.lower(), "").lower().removeprefix("sha256=")
            if not hmac.compare_digest(wanted.encode(), given.encode()):
                raise NotAuthentic
        rows = _at(json.loads(body), form.list)
        if not isinstance(rows, list):
            rows = [rows]
        return tuple(_receipt(form, row) for row in rows)

    def acknowledgement(self) -> tuple[str, str]:
        """See `Sms.acknowledgement`."""
        return self._settings.receipt.answer, "application/json"

    def _body(self, message: SmsMessage) -> str:
        settings = self._settings
        template = settings.templates.get(message.template, "")
        if "{template}" in settings.body and not template:
            raise Rejected("template_not_mapped")
        as_form = settings.content_type == "application/x-www-form-urlencoded"
        values: dict[str, Any] = {
            "phone": message.phone,
            "template": template,
            "text": message.text,
            "sign": settings.sign_name,
            "reference": message.reference,
            "params": dict(message.params),
            **{f"param.{name}": value for name, value in message.params.items()},
        }

        def written(match: re.Match[str]) -> str:
            value = values.get(match[1], "")
            text = value if isinstance(value, str) and as_form else json.dumps(value, ensure_ascii=False)
            return quote_plus(text) if as_form else text

        return re.sub(r"{([a-z_.]+)}", written, settings.body)

    def _judge(self, status: int, answer: bytes) -> str:
        settings = self._settings
        try:
            document = json.loads(answer)
        except ValueError:
            raise Unavailable(f"http_{status}") from None
        path, _, wanted = settings.success.partition("=")
        if status in (200, 201, 202) and _text(_at(document, path)) == wanted:
            return _text(_at(document, settings.id))
        code = code_of(_text(_at(document, settings.error))) or f"http_{status}"
        if code in settings.throttled:
            raise Throttled(code, timedelta(seconds=settings.throttled[code]))
        raise Rejected(code) if code in settings.rejected else Unavailable(code)


def _receipt(form: ReceiptForm, row: object) -> Receipt:
    provider_id, status, moment = (_text(_at(row, path)) for path in (form.id, form.status, form.time))
    if not provider_id or not status:
        raise ValueError("a receipt without id or status")
    if form.time_format == "iso":
        at = datetime.fromisoformat(moment).astimezone(UTC)
    else:
        at = datetime.strptime(moment, form.time_format).replace(tzinfo=CHINA).astimezone(UTC)
    delivered = status in form.delivered
    return Receipt(provider_id, delivered, at, "" if delivered else code_of(status))


def _at(document: object, path: str) -> object:
    for name in filter(None, path.split(".")):
        if isinstance(document, dict):
            document = document.get(name)
        elif isinstance(document, list) and name.isdigit() and int(name) < len(document):
            document = document[int(name)]
        else:
            return None
    return document


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
