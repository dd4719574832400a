"""Tencent Cloud SMS through its official SDK (SendSms, API version 2021-01-11, signature TC3-HMAC-SHA256).

Receipts come as a JSON array by callback (cloud.tencent.com/document/product/382, 短信下发状态通知). Tencent does not sign
them, so the callback URL ends in a secret.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.models import SendSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient

from central.notify.provider import NotAuthentic, Rejected, Throttled, Unavailable, code_of
from central.notify.sms import Receipt, SmsMessage
from central.times import CHINA

# At DEBUG the SDK logs whole requests, numbers included.
logging.getLogger("tencentcloud_sdk_common").setLevel(logging.WARNING)

_LATER = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": timedelta(seconds=30),
    "LimitExceeded.PhoneNumberOneHourLimit": timedelta(hours=1),
    "LimitExceeded.PhoneNumberDailyLimit": timedelta(hours=24),
    "LimitExceeded.PhoneNumberSameContentDailyLimit": timedelta(hours=24),
    "RequestLimitExceeded": timedelta(seconds=1),
}
"""Of the SDK's errorcodes.py."""
_NEVER = (
    "FailedOperation.ContainSensitiveWord",
    "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.PhoneNumberParseFail",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
    "InvalidParameterValue.",
    "UnsupportedOperation.",
)
"""Beginnings of error codes that another attempt would meet again. What concerns the account is not among them: it is
put right, and the message goes out later."""


@dataclass(frozen=True)
class TencentSmsSettings:
    """An account. `endpoint` and `protocol` are for private gateways and for tests."""

    secret_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    app_id: str
    sign_name: str
    callback_token: str = field(repr=False)
    templates: Mapping[str, str]
    """Our template codes → approved template numbers."""
    region: str = "ap-beijing"
    endpoint: str = "sms.tencentcloudapi.com"
    protocol: str = "https"
    timeout_s: int = 10


class TencentSms:
    """The adapter."""

    name = "tencent"

    def __init__(self, settings: TencentSmsSettings) -> None:
        self._settings = settings

    def send(self, message: SmsMessage) -> str:
        """See `Sms.send`."""
        settings = self._settings
        template = settings.templates.get(message.template)
        if template is None:
            raise Rejected("template_not_mapped")
        request = SendSmsRequest()
        request.PhoneNumberSet = [f"+86{message.phone}"]
        request.SmsSdkAppId = settings.app_id
        request.SignName = settings.sign_name
        request.TemplateId = template
        request.TemplateParamSet = list(message.params.values())
        request.SessionContext = message.reference
        try:
            statuses = self._client().SendSms(request).SendStatusSet
        except TencentCloudSDKException as error:
            raise _refusal(error.get_code() or "Unknown") from None
        status = statuses[0] if statuses else None
        if status is None or status.Code != "Ok":
            raise _refusal("NoStatus" if status is None else status.Code)
        return str(status.SerialNo)

    def receipts(self, token: str, headers: Mapping[str, str], body: bytes) -> tuple[Receipt, ...]:  # noqa: ARG002
        """See `Sms.receipts`."""
        if not hmac.compare_digest(token.encode(), self._settings.callback_token.encode()):
            raise NotAuthentic
        rows = json.loads(body)
        if not isinstance(rows, list):
            raise ValueError("not a list of receipts")  # noqa: TRY004 – what the port promises
        return tuple(map(_receipt, rows))

    def acknowledgement(self) -> tuple[str, str]:
        """See `Sms.acknowledgement`."""
        return '{"result":0,"errmsg":"OK"}', "application/json"

    def _client(self) -> SmsClient:
        # One client for each message: the SDK does not say that clients may be shared between threads.
        settings = self._settings
        profile = HttpProfile(protocol=settings.protocol, endpoint=settings.endpoint, reqTimeout=settings.timeout_s)
        credential = Credential(settings.secret_id, settings.secret_key)
        client = SmsClient(credential, settings.region, ClientProfile(httpProfile=profile))
        # No proxy of the environment and no redirect: the request holds the number.
        connection = client.request.conn
        connection.proxy = None
        connection._session.trust_env = False
        connection._session.max_redirects = 0
        return client


def _refusal(code: str) -> Throttled | Rejected | Unavailable:
    code = code_of(code)
    if code in _LATER:
        return Throttled(code, _LATER[code])
    if code.startswith("LimitExceeded."):
        return Throttled(code, timedelta(minutes=10))
    return Rejected(code) if code.startswith(_NEVER) else Unavailable(code)


def _receipt(row: object) -> Receipt:
    if not isinstance(row, dict) or not isinstance(row.get("sid"), str):
        raise ValueError("not a receipt")  # noqa: TRY004 – what the port promises
    at = datetime.strptime(str(row.get("user_receive_time")), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    delivered = row.get("report_status") == "SUCCESS"
    error = "" if delivered else code_of(row.get("errmsg", ""))
    return Receipt(row["sid"], delivered, at.astimezone(UTC), error)
