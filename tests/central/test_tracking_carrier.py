"""Carriers: one contract for every adapter, against a double that checks signatures. Its words never reach us: they name people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from central.notify.provider import NotAuthentic, Rejected, Throttled, Unavailable
from central.services.carrier import Address, Carrier, Leg, Node, Parcel
from central.services.kuaidi100 import Kuaidi100, Kuaidi100Settings
from tests.central.doubles import kuaidi100
from tests.central.doubles.kuaidi100 import BUSY, Kuaidi100Double
from tests.central.doubles.server import Answer

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
WAYBILL = "1136281381675"
NODES = [
    ("2026-11-20 16:00:00", "揽收", "内蒙古,鄂尔多斯市,乌审旗"),
    ("2026-11-21 09:30:00", "在途", "内蒙古,鄂尔多斯市"),
    ("2026-11-22 08:10:00", "派件", "宁夏,石嘴山市,平罗县"),
    ("2026-11-22 10:45:00", "签收", "宁夏,石嘴山市,平罗县"),
]


@dataclass
class Following:
    """An adapter and its double."""

    carrier: Carrier
    double: Kuaidi100Double


def adapter(double: Kuaidi100Double, key: str = kuaidi100.KEY) -> Carrier:
    settings = Kuaidi100Settings(
        customer=kuaidi100.CUSTOMER,
        key=key,
        secret=kuaidi100.SECRET,
        salt=kuaidi100.SALT,
        callback_url="https://centre.example/api/v1/callbacks/tracking",
        poll_url=double.url,
        label_url=double.url,
        timeout_s=5,
    )
    return Kuaidi100(settings, lambda: NOW)


@pytest.fixture
def following() -> Iterator[Following]:
    double = Kuaidi100Double()
    yield Following(adapter(double), double)
    double.close()


@pytest.mark.req("R043")
def test_the_way_of_a_parcel_is_told(following: Following) -> None:
    following.double.parcels[WAYBILL] = ("3", NODES)
    trace = following.carrier.track(WAYBILL)
    assert trace.waybill == WAYBILL
    by_time = sorted(trace.nodes, key=lambda node: node.at)
    assert [node.leg for node in by_time] == [Leg.COLLECTED, Leg.IN_TRANSIT, Leg.OUT_FOR_DELIVERY, Leg.SIGNED]
    assert by_time[0].at == datetime(2026, 11, 20, 8, 0, tzinfo=UTC), "China time is meant"
    assert by_time[0].place == "内蒙古 鄂尔多斯市 乌审旗"


def test_the_carriers_words_about_people_are_left_behind(following: Following) -> None:
    trace = following.carrier.on_push(following.double.push(WAYBILL, "3", NODES))
    assert "王秀英" not in repr(trace)
    assert "139" not in repr(trace)


@pytest.mark.parametrize(
    ("state", "leg"),
    [("0", Leg.IN_TRANSIT), ("2", Leg.PROBLEM), ("4", Leg.RETURNED), ("6", Leg.RETURNED), ("14", Leg.PROBLEM)],
)
def test_the_newest_node_has_the_state_of_the_parcel(following: Following, state: str, leg: Leg) -> None:
    trace = following.carrier.on_push(following.double.push(WAYBILL, state, NODES[:2]))
    assert max(trace.nodes, key=lambda node: node.at).leg is leg


def test_the_same_node_has_the_same_key_in_every_push(following: Following) -> None:
    def keys(nodes: tuple[Node, ...]) -> set[str]:
        return {node.key for node in nodes}

    early = following.carrier.on_push(following.double.push(WAYBILL, "0", NODES[:2]))
    late = following.carrier.on_push(following.double.push(WAYBILL, "3", NODES))
    assert keys(early.nodes) < keys(late.nodes)
    assert len(keys(late.nodes)) == 4


def test_pushes_are_asked_for_once(following: Following) -> None:
    following.carrier.subscribe(WAYBILL)
    following.carrier.subscribe(WAYBILL)
    (asked,) = following.double.subscribed
    assert asked["number"] == WAYBILL
    assert asked["company"] == "ems"


def test_a_waybill_is_made_once_for_a_parcel(following: Following) -> None:
    parcel = Parcel(
        "shipment-1", Address("乌审旗大厅", "0477-7581234", "嘎鲁图镇"), Address("某人", "13800001234", "某街1号")
    )
    first = following.carrier.create(parcel)
    assert following.carrier.create(parcel) == first
    assert following.double.labels[0]["recMan"] == {"name": "某人", "mobile": "13800001234", "printAddr": "某街1号"}
    assert following.double.labels[0]["sendMan"]["tel"] == "0477-7581234"  # type: ignore[index]
    assert "13800001234" not in repr(parcel)


def test_a_wrong_key_is_not_the_parcels_fault(following: Following) -> None:
    following.double.parcels[WAYBILL] = ("3", NODES)
    with pytest.raises(Unavailable):
        adapter(following.double, "another").track(WAYBILL)


def test_an_unknown_parcel_is_refused(following: Following) -> None:
    with pytest.raises(Rejected):
        following.carrier.track("0000000000000")


def test_too_many_questions_wait(following: Following) -> None:
    following.double.faults.append(BUSY)
    with pytest.raises(Throttled) as refusal:
        following.carrier.subscribe(WAYBILL)
    assert refusal.value.after >= timedelta(minutes=1)
    following.double.faults.append(Answer(b"", 429, (("Retry-After", "7"),)))
    with pytest.raises(Throttled) as refusal:
        following.carrier.subscribe(WAYBILL)
    assert refusal.value.after == timedelta(seconds=7)


@pytest.mark.parametrize("fault", [Answer(b"<html>", 502), Answer(b"[]"), Answer(b"{}", 500)])
def test_an_answer_that_makes_no_sense_is_no_trace(following: Following, fault: Answer) -> None:
    following.double.faults.append(fault)
    with pytest.raises(Unavailable):
        following.carrier.subscribe(WAYBILL)


def test_a_push_signed_with_another_salt_is_not_believed(following: Following) -> None:
    with pytest.raises(NotAuthentic):
        following.carrier.on_push(following.double.push(WAYBILL, "3", NODES, salt="guessed"))
    with pytest.raises(NotAuthentic):
        following.carrier.on_push({})


@pytest.mark.parametrize(
    "param", ["", "nonsense", "[]", "{}", '{"lastResult":{"nu":"1"}}', '{"lastResult":{"nu":"1","data":[7]}}']
)
def test_a_push_in_another_form_is_a_value_error(following: Following, param: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 – any
        following.carrier.on_push({"param": param, "sign": kuaidi100.md5(param + kuaidi100.SALT)})
