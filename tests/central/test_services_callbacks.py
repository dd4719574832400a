"""From the act to the phone and back: outbox, relay, provider, and the provider's callbacks to a listening centre."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from pydantic import SecretStr
from sqlalchemy import select

from central.casework.terms import NoticeKind
from central.notify.texts import TEMPLATES
from central.services import shipments
from central.settings import Settings, SmsSettings, TrackingSettings
from central.store.models import Case, Notice, Outbox, PhoneTask, Shipment
from tests.central.desk import HANDLING, people
from tests.central.doubles import kuaidi100, tencent
from tests.central.doubles.kuaidi100 import Kuaidi100Double
from tests.central.doubles.tencent import TencentCloud
from tests.central.rig import RunningCentre, running_centre
from tests.central.services_rig import application, stored, who
from tests.central.test_tracking_carrier import NODES, WAYBILL

TOKEN = "a-token-nobody-guesses"
SMS = f"/api/v1/callbacks/sms/{TOKEN}"
TRACKING = "/api/v1/callbacks/tracking"


@dataclasses.dataclass
class Connected:
    """A centre that is connected to both providers."""

    centre: RunningCentre
    cloud: TencentCloud
    carrier: Kuaidi100Double

    def relay(self, after: timedelta = timedelta(0)) -> int:
        return self.centre.parts.relay.step(self.centre.parts.now() + after)

    def one(self, kind: type[Any]) -> Any:
        with self.centre.parts.database.reading() as session:
            return session.scalars(select(kind)).one()


@pytest.fixture
def connected(settings: Settings) -> Iterator[Connected]:
    cloud, carrier = TencentCloud(), Kuaidi100Double()
    with_providers = dataclasses.replace(
        settings,
        sms=SmsSettings(
            provider="tencent",
            endpoint=cloud.url,
            secret_id=tencent.SECRET_ID,
            secret_key=SecretStr(tencent.SECRET_KEY),
            app_id="1400006666",
            sign_name="乌审旗政务",
            templates={code: f"T-{code}" for code in TEMPLATES},
            callback_secret=SecretStr(TOKEN),
        ),
        tracking=TrackingSettings(
            provider="kuaidi100",
            endpoint=carrier.url,
            label_endpoint=carrier.url,
            customer=kuaidi100.CUSTOMER,
            key=SecretStr(kuaidi100.KEY),
            secret=SecretStr(kuaidi100.SECRET),
            salt=SecretStr(kuaidi100.SALT),
        ),
    )
    with running_centre(with_providers) as running:
        people(running.parts)
        yield Connected(running, cloud, carrier)
    cloud.close()
    carrier.close()


def told(connected: Connected) -> None:
    parts = connected.centre.parts
    with parts.database.writing() as session:
        case = stored(session, parts.keys, application())
        said = {"document": "平罗审批受〔2026〕00001号", "due": "2026-12-18"}
        parts.casework.office.notify.notify(session, case, NoticeKind.ACCEPTED, said, parts.now())


def receipt(connected: Connected, status: str, path: str = SMS, sid: str | None = None) -> requests.Response:
    _, body = connected.cloud.receipts((sid or next(iter(connected.cloud.accepted)), status))
    return connected.centre.post(path, data=body)


@pytest.mark.req("R016")
def test_a_message_goes_out_and_its_receipt_comes_back(connected: Connected) -> None:
    told(connected)
    assert connected.relay() == 1
    assert len(connected.cloud.accepted) == 1
    answer = receipt(connected, "DELIVRD")
    assert (answer.status_code, answer.json()) == (200, {"result": 0, "errmsg": "OK"})
    assert connected.one(Notice).state == "delivered"
    assert receipt(connected, "UNDELIV").status_code == 200, "late and wrong: harmless"
    assert connected.one(Notice).state == "delivered"


def test_a_throttled_message_waits_and_goes_out(connected: Connected) -> None:
    told(connected)
    connected.cloud.faults.append(tencent.error("LimitExceeded.PhoneNumberThirtySecondLimit"))
    connected.relay()
    row: Outbox = connected.one(Outbox)
    assert row.done_at is None
    assert timedelta(seconds=20) < row.due_at - row.created_at < timedelta(seconds=60)
    connected.relay(after=timedelta(seconds=61))
    assert connected.one(Notice).state == "sent"


def test_a_number_that_is_refused_becomes_a_call(connected: Connected) -> None:
    told(connected)
    connected.cloud.refuse = dict.fromkeys(_numbers(), "FailedOperation.PhoneNumberInBlacklist")
    connected.relay()
    assert connected.one(Notice).error == "FailedOperation.PhoneNumberInBlacklist"
    assert connected.one(PhoneTask).done_at is None
    assert connected.one(Outbox).done_at is not None


@pytest.mark.parametrize(
    ("path", "status"), [("/api/v1/callbacks/sms/guessed", 403), (SMS + "x", 403), ("/api/v1/callbacks/sms/", 404)]
)
def test_strangers_cannot_report_on_messages(connected: Connected, path: str, status: int) -> None:
    told(connected)
    connected.relay()
    assert receipt(connected, "DELIVRD", path).status_code == status
    assert connected.one(Notice).state == "sent"


def test_callbacks_that_make_no_sense_are_refused_in_peace(connected: Connected) -> None:
    for body in (b"", b"{", b"[1]", b"[" * 100_000, b'"x"', b"\xff\xfe"):
        assert connected.centre.post(SMS, data=body).status_code == 400
    assert receipt(connected, "DELIVRD", sid="unknown").status_code == 503, "it may be faster than our own note"
    assert connected.centre.post(SMS, data=b" " * 300_000).status_code == 413
    for form in (
        {},
        {"param": "{}"},
        {"sign": "x"},
        {"param": "[" * 50_000, "sign": kuaidi100.md5("[" * 50_000 + kuaidi100.SALT)},
    ):
        assert connected.centre.post(TRACKING, data=form).status_code in (400, 403)


@pytest.mark.req("R010")
@pytest.mark.req("R043")
def test_a_parcel_is_followed_to_the_door(connected: Connected) -> None:
    parts = connected.centre.parts
    with parts.database.writing() as session:
        case = stored(session, parts.keys, application(), state="IN_DELIVERY")
        clerk = who(session, f"dept.{HANDLING}")
        now: datetime = parts.now()
        parcel = shipments.plan(session, parts.keys, case, clerk, shipments.RESULT_TO_APPLICANT, now)
        shipments.pack(session, parts.keys.vault, parcel, case, clerk, ["决定书"], now)
        shipments.sent(session, parcel, case, clerk, WAYBILL, now)
    connected.relay()
    (asked,) = connected.carrier.subscribed
    assert asked["parameters"]["callbackurl"].endswith(TRACKING)  # type: ignore[index]
    for state, count in (("0", 2), ("3", 4), ("0", 2)):
        answer = connected.centre.post(TRACKING, data=connected.carrier.push(WAYBILL, state, NODES[:count]))
        assert (answer.status_code, answer.json()["returnCode"]) == (200, "200")
    with parts.database.reading() as session:
        assert session.scalars(select(Case.state)).one() == "COMPLETED"
    forged = connected.carrier.push(WAYBILL, "2", NODES, salt="guessed")
    assert connected.centre.post(TRACKING, data=forged).status_code == 403
    assert connected.one(Shipment).state == "delivered"


def test_without_providers_there_is_nobody_to_report_to(centre: RunningCentre) -> None:
    assert centre.post(SMS, data=json.dumps([])).status_code == 404
    assert centre.post(TRACKING, data={"param": "{}", "sign": ""}).status_code == 404


def _numbers() -> list[str]:
    return [application().phone]
