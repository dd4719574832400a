"""Tencent Cloud SMS: verifies TC3-HMAC-SHA256 from the bytes that came, answers SendSms, makes callbacks.

Written from the published algorithm (cloud.tencent.com/document/api/382/52073), not from the SDK's code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time

from tests.central.doubles.server import Answer, Double, Request

SECRET_ID, SECRET_KEY = "AKIDfortests", "keyfortests"


class TencentCloud(Double):
    """`refuse` maps numbers to status codes of one message."""

    def __init__(self) -> None:
        super().__init__()
        self.accepted: dict[str, dict[str, object]] = {}
        self.refuse: dict[str, str] = {}

    def answer(self, request: Request) -> Answer:
        if not _authentic(request):
            return error("AuthFailure.SignatureFailure")
        if request.headers.get("x-tc-action") != "SendSms" or request.headers.get("x-tc-version") != "2021-01-11":
            return error("InvalidAction")
        message = json.loads(request.body)
        (number,) = message["PhoneNumberSet"]
        code = self.refuse.get(number.removeprefix("+86"), "Ok")
        serial = f"2640:{len(self.accepted) + 1:08d}"
        if code == "Ok":
            self.accepted[serial] = message
        status = {"SerialNo": serial, "PhoneNumber": number, "Fee": 1, "Code": code, "Message": "", "IsoCode": "CN"}
        status["SessionContext"] = message.get("SessionContext", "")
        return _json({"Response": {"SendStatusSet": [status], "RequestId": "r"}})

    def receipts(self, *outcomes: tuple[str, str]) -> tuple[dict[str, str], bytes]:
        """Headers and body of a callback that reports (serial number, status) each. Tencent signs nothing."""
        rows = [
            {
                "user_receive_time": "2026-11-20 21:40:00",
                "nationcode": "86",
                "mobile": "13800000000",
                "report_status": "SUCCESS" if status == "DELIVRD" else "FAIL",
                "errmsg": status,
                "description": "…",
                "sid": serial,
            }
            for serial, status in outcomes
        ]
        return {}, json.dumps(rows).encode()


def error(code: str) -> Answer:
    """A refusal of the whole request."""
    return _json({"Response": {"Error": {"Code": code, "Message": "no"}, "RequestId": "r"}})


def _authentic(request: Request) -> bool:
    given = re.fullmatch(
        r"TC3-HMAC-SHA256 Credential=([^/]+)/([^/]+)/sms/tc3_request, ?SignedHeaders=([a-z;-]+), ?Signature=([0-9a-f]{64})",
        request.headers.get("authorization", ""),
    )
    timestamp = request.headers.get("x-tc-timestamp", "0")
    if given is None or given[1] != SECRET_ID or abs(time.time() - int(timestamp)) > 300:
        return False
    day, signed_headers = given[2], given[3]
    if not {"content-type", "host"} <= set(signed_headers.split(";")):
        return False
    if day != time.strftime("%Y-%m-%d", time.gmtime(int(timestamp))):
        return False
    headers = "".join(f"{name}:{request.headers[name].strip().lower()}\n" for name in signed_headers.split(";"))
    canonical = "\n".join((request.method, "/", "", headers, signed_headers, hashlib.sha256(request.body).hexdigest()))
    to_sign = "\n".join(
        ("TC3-HMAC-SHA256", timestamp, f"{day}/sms/tc3_request", hashlib.sha256(canonical.encode()).hexdigest())
    )
    key = b"TC3" + SECRET_KEY.encode()
    for part in (day, "sms", "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, to_sign.encode(), "sha256").hex(), given[4])


def _json(document: object) -> Answer:
    return Answer(json.dumps(document).encode())
