"""The provider of text messages that the settings name."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from urllib.parse import urlsplit

from central.notify.http_sms import HttpSms, HttpSmsSettings, ReceiptForm
from central.notify.provider import NotAuthentic
from central.notify.sms import Receipt, Sms, SmsMessage
from central.notify.tencent_sms import TencentSms, TencentSmsSettings
from central.settings import SmsSettings


class DemoSms:
    """For demonstrations: takes every message and sends none."""

    name = "demo"

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def send(self, message: SmsMessage) -> str:
        """See `Sms.send`."""
        return f"demo-{message.reference}-{next(self._numbers)}"

    def receipts(self, token: str, headers: Mapping[str, str], body: bytes) -> tuple[Receipt, ...]:  # noqa: ARG002
        """Nobody has any to bring."""
        raise NotAuthentic

    def acknowledgement(self) -> tuple[str, str]:
        """See `Sms.acknowledgement`."""
        return "{}", "application/json"


def sms_of(settings: SmsSettings) -> Sms | None:
    """The adapter, or None: then everything that must be told becomes a call."""
    if settings.provider == "demo":
        return DemoSms()
    if settings.provider == "tencent":
        return TencentSms(_tencent(settings))
    return HttpSms(_http(settings)) if settings.provider == "http" else None


def _http(settings: SmsSettings) -> HttpSmsSettings:
    receipt = settings.receipt
    return HttpSmsSettings(
        url=settings.endpoint,
        body=settings.body,
        callback_token=settings.callback_secret.get_secret_value(),
        method=settings.method,
        content_type=settings.content_type,
        headers={name: value.get_secret_value() for name, value in settings.headers.items()},
        sign_name=settings.sign_name,
        templates=settings.templates,
        success=settings.success or "code=0",
        id=settings.id,
        error=settings.error,
        throttled=settings.throttled,
        rejected=settings.rejected,
        receipt=ReceiptForm(**{**receipt.model_dump(), "secret": receipt.secret.get_secret_value()}),
    )


def _tencent(settings: SmsSettings) -> TencentSmsSettings:
    parts = urlsplit(settings.endpoint if "//" in settings.endpoint else f"//{settings.endpoint}", scheme="https")
    return TencentSmsSettings(
        secret_id=settings.secret_id,
        secret_key=settings.secret_key.get_secret_value(),
        app_id=settings.app_id,
        sign_name=settings.sign_name,
        callback_token=settings.callback_secret.get_secret_value(),
        templates=settings.templates,
        region=settings.region,
        endpoint=parts.netloc or "sms.tencentcloudapi.com",
        protocol=parts.scheme,
    )
