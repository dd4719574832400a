"""Providers of text messages: one contract for every adapter, each against a double that really checks signatures.

If it broke, citizens would not hear of their cases, or a stranger could tell us that they had.
"""

from __future__ import annotations

import hmac
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from central.notify.http_sms import HttpSms, HttpSmsSettings, ReceiptForm
from central.notify.provider import NotAuthentic, Rejected, Throttled, Unavailable, post
from central.notify.providers import sms_of
from central.notify.sms import Receipt, Sms, SmsMessage
from central.notify.tencent_sms import TencentSms, TencentSmsSettings
from central.settings import SmsSettings
from tests.central.doubles import sms_gateway, tencent
from tests.central.doubles.server import Answer, Double
from tests.central.doubles.sms_gateway import BROKEN, REDIRECT, SmsGateway
from tests.central.doubles.tencent import TencentCloud

PHONE = "13800001234"
MESSAGE = SmsMessage(
    PHONE, "N6", {"item": "异地就医结算备案", "date": "2026年12月1日"}, "您的“异地就医结算备案”已受理", "notice-7"
)
TOKEN = "token-of-the-callback"


@dataclass
class Provider:
    """An adapter and its double, with what differs between them."""

    sms: Sms
    double: Double
    throttled: Answer
    wait: timedelta
    never: str
    with_key: Callable[[str], Sms]

    @property
    def accepted(self) -> dict[str, dict[str, object]]:
        return self.double.accepted  # type: ignore[attr-defined, no-any-return]


def gateway(double: SmsGateway, key: str = sms_gateway.TOKEN) -> Sms:
    return HttpSms(
        HttpSmsSettings(
            url=f"{double.url}/send",
            body='{"to": {phone}, "tpl": {template}, "vars": {params}, "ref": {reference}, "sign": {sign}, "due": {param.date}}',
            headers={"Authorization": f"Bearer {key}"},
            sign_name="乌审旗政务",
            templates={"N6": "TPL-6"},
            id="data.id",
            throttled={"E-BUSY": 30},
            rejected=("E-BLACKLIST",),
            timeout_s=5,
            callback_token=TOKEN,
            receipt=ReceiptForm(
                list="reports", status="stat", signature_header="X-Signature", secret=sms_gateway.SECRET
            ),
        )
    )


def cloud(double: TencentCloud, key: str = tencent.SECRET_KEY) -> Sms:
    return TencentSms(
        TencentSmsSettings(
            secret_id=tencent.SECRET_ID,
            secret_key=key,
            app_id="1400006666",
            sign_name="乌审旗政务",
            callback_token=TOKEN,
            templates={"N6": "449739"},
            endpoint=double.address,
            protocol="http",
            timeout_s=5,
        )
    )


@pytest.fixture(params=["http", "tencent"])
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    if request.param == "http":
        one = SmsGateway()
        yield Provider(
            gateway(one),
            one,
            sms_gateway.THROTTLED,
            timedelta(seconds=30),
            "E-BLACKLIST",
            lambda key: gateway(one, key),
        )
        one.close()
    else:
        two = TencentCloud()
        yield Provider(
            cloud(two),
            two,
            tencent.error("LimitExceeded.PhoneNumberThirtySecondLimit"),
            timedelta(seconds=30),
            "FailedOperation.PhoneNumberInBlacklist",
            lambda key: cloud(two, key),
        )
        two.close()


@pytest.mark.req("R016")
def test_a_message_goes_out_signed_as_template_and_parameters(provider: Provider) -> None:
    provider_id = provider.sms.send(MESSAGE)
    (sent,) = provider.accepted.values()
    assert list(provider.accepted) == [provider_id]
    wire = provider.double.requests[0].body.decode()
    assert PHONE in wire
    assert "449739" in wire or "TPL-6" in wire
    assert "2026年12月1日" in wire or "2026\\u5e7412" in wire
    assert "已受理" not in wire, "templates are approved beforehand; no free text goes out"
    assert "notice-7" in (sent.get("ref"), sent.get("SessionContext"))


def test_a_wrong_key_is_not_a_refusal_of_the_number(provider: Provider) -> None:
    with pytest.raises(Unavailable):
        provider.with_key("another").send(MESSAGE)
    assert provider.accepted == {}


def test_throttling_says_when_to_come_back(provider: Provider) -> None:
    provider.double.faults.append(provider.throttled)
    with pytest.raises(Throttled) as refusal:
        provider.sms.send(MESSAGE)
    assert refusal.value.after == provider.wait
    provider.sms.send(MESSAGE)
    assert len(provider.accepted) == 1


def test_a_number_that_wants_nothing_is_refused_for_good(provider: Provider) -> None:
    provider.double.refuse[PHONE] = provider.never  # type: ignore[attr-defined]
    with pytest.raises(Rejected) as refusal:
        provider.sms.send(MESSAGE)
    assert refusal.value.code == provider.never


def test_an_unknown_code_is_tried_again_later(provider: Provider) -> None:
    provider.double.refuse[PHONE] = "Whatever.New"  # type: ignore[attr-defined]
    with pytest.raises(Unavailable):
        provider.sms.send(MESSAGE)


@pytest.mark.parametrize("fault", [BROKEN, REDIRECT, Answer(b"", 200), Answer(b"{}", 200), Answer(b"[]", 200)])
def test_an_answer_that_makes_no_sense_is_not_a_success(provider: Provider, fault: Answer) -> None:
    provider.double.faults.append(fault)
    with pytest.raises(Unavailable):
        provider.sms.send(MESSAGE)
    assert len(provider.double.requests) == 1, "and a redirect is not followed with the number in hand"


def test_a_provider_that_is_away_is_unavailable(provider: Provider) -> None:
    provider.double.close()
    with pytest.raises(Unavailable):
        provider.sms.send(MESSAGE)


def test_a_proxy_of_the_environment_is_not_used(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    provider.sms.send(MESSAGE)


def test_a_template_that_is_not_mapped_is_refused_before_anything_leaves(provider: Provider) -> None:
    with pytest.raises(Rejected, match="template_not_mapped"):
        provider.sms.send(SmsMessage(PHONE, "N12", {}, "…", "notice-8"))
    assert provider.double.requests == []


def test_receipts_are_read_from_a_callback(provider: Provider) -> None:
    headers, body = provider.double.receipts(("A", "DELIVRD"), ("B", "UNDELIV"))  # type: ignore[attr-defined]
    small = {name.lower(): value for name, value in headers.items()}
    at = datetime(2026, 11, 20, 13, 40, tzinfo=UTC)
    assert provider.sms.receipts(TOKEN, small, body) == (
        Receipt("A", True, at),
        Receipt("B", False, at, "UNDELIV"),
    )


def test_a_callback_without_the_secret_is_not_believed(provider: Provider) -> None:
    headers, body = provider.double.receipts(("A", "DELIVRD"))  # type: ignore[attr-defined]
    with pytest.raises(NotAuthentic):
        provider.sms.receipts("guessed", {name.lower(): value for name, value in headers.items()}, body)


def test_a_callback_changed_on_its_way_is_not_believed() -> None:
    double = SmsGateway()
    headers, body = double.receipts(("A", "UNDELIV"))
    double.close()
    with pytest.raises(NotAuthentic):
        gateway(double).receipts(TOKEN, {"x-signature": headers["X-Signature"]}, body.replace(b"UNDELIV", b"DELIVRD"))


@pytest.mark.parametrize("body", [b"", b"nonsense", b"{}", b'{"sid": 1}', b"[1]", b'[{"sid": "A"}]'])
def test_a_callback_in_another_form_is_a_value_error(provider: Provider, body: bytes) -> None:
    headers = {"x-signature": hmac.digest(sms_gateway.SECRET.encode(), body, "sha256").hex()}
    with pytest.raises(ValueError):  # noqa: PT011 – any
        provider.sms.receipts(TOKEN, headers, body)


def test_a_value_cannot_break_out_of_the_body() -> None:
    double = SmsGateway()
    nasty = '","to":"13900000000","x":"'
    gateway(double).send(SmsMessage(PHONE, "N6", {"date": nasty}, "…", "r"))
    double.close()
    (sent,) = double.accepted.values()
    assert (sent["to"], sent["due"]) == (PHONE, nasty)


def test_a_form_body_is_encoded() -> None:
    double = SmsGateway()
    settings = HttpSmsSettings(
        url=double.url,
        body="mobile={phone}&content={text}",
        content_type="application/x-www-form-urlencoded",
        callback_token=TOKEN,
    )
    double.faults.append(Answer(b'{"code":0,"id":9}'))
    message = SmsMessage(PHONE, "N6", {}, "a&mobile=139%", "r")
    assert HttpSms(settings).send(message) == "9"
    double.close()
    assert double.requests[0].body == b"mobile=13800001234&content=a%26mobile%3D139%25"


def test_no_number_in_logs_errors_or_reprs(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    provider.sms.send(MESSAGE)
    provider.double.refuse[PHONE] = f"Odd {PHONE}…"  # type: ignore[attr-defined]
    with pytest.raises(Unavailable) as refusal:
        provider.sms.send(MESSAGE)
    assert refusal.value.__cause__ is None
    provider.double.close()
    with pytest.raises(Unavailable) as away:
        provider.sms.send(MESSAGE)
    seen = caplog.text + str(refusal.value) + str(away.value) + repr(away.value) + repr(MESSAGE)
    assert PHONE not in seen
    assert "异地" not in seen


def test_a_provider_that_never_answers_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(Unavailable):
        post(f"http://127.0.0.1:{deaf.getsockname()[1]}/", b"{}", {}, timeout_s=0.2)


def test_the_demonstration_seems_to_send() -> None:
    sms = sms_of(SmsSettings(provider="demo"))
    assert sms is not None
    assert sms.send(MESSAGE) != sms.send(MESSAGE)
    with pytest.raises(NotAuthentic):
        sms.receipts(TOKEN, {}, b"[]")
    assert sms_of(SmsSettings()) is None
