"""快递100: waybills, subscriptions with pushes, and queries for EMS and other carriers.

Wire (api.kuaidi100.com, and its makers' public examples github.com/kuaidi100-api):
    query      POST /poll/query.do   customer, param, sign = UPPER(MD5(param + key + customer))
    subscribe  POST /poll            schema=json, param {company, number, key, parameters {callbackurl, salt, resultv2}}
    waybill    POST /label/order     method=order, param, key, t (ms), sign = UPPER(MD5(param + t + key + secret))
    push       POST to callbackurl   param, sign = UPPER(MD5(param + salt)); wants {"result":true,"returnCode":"200",…}
MD5 is theirs; nothing here rests on it but telling their pushes from others', together with TLS and a salt of ours.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from central.notify.provider import NotAuthentic, Rejected, Throttled, Unavailable, code_of, post
from central.services.carrier import Address, Leg, Node, Parcel, Trace
from central.times import CHINA

_LEGS = {
    "0": Leg.IN_TRANSIT,
    "1": Leg.COLLECTED,
    "2": Leg.PROBLEM,
    "3": Leg.SIGNED,
    "4": Leg.RETURNED,
    "5": Leg.OUT_FOR_DELIVERY,
    "6": Leg.RETURNED,
    "7": Leg.IN_TRANSIT,
    "14": Leg.PROBLEM,
}
"""`state` of a parcel: 4 is 退签 (the sender has it back), 6 退回 (on its way back), 7 转投, 14 拒签."""
_WORDS = {
    "揽收": Leg.COLLECTED,
    "在途": Leg.IN_TRANSIT,
    "转投": Leg.IN_TRANSIT,
    "派件": Leg.OUT_FOR_DELIVERY,
    "签收": Leg.SIGNED,
    "退签": Leg.RETURNED,
    "退回": Leg.RETURNED,
    "疑难": Leg.PROBLEM,
    "拒签": Leg.PROBLEM,
}
"""`status` of one node (with resultv2)."""
_REPEATED = "501"
"""Subscribed before."""
_BUSY = {"502", "600"}
"""Too many, or the day's allowance is used up."""
_NEVER = {"400", "408", "500", "701", "702"}
"""Incomplete or unknown number; 500 of a query is «no such parcel»."""


@dataclass(frozen=True)
class Kuaidi100Settings:
    """An account. The addresses are for tests and private gateways."""

    customer: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    salt: str = field(repr=False)
    callback_url: str
    company: str = "ems"
    partner_id: str = field(default="", repr=False)
    """Customer number with the carrier (电子面单账号): whom postage is charged to."""
    poll_url: str = "https://poll.kuaidi100.com"
    label_url: str = "https://api.kuaidi100.com"
    timeout_s: float = 10.0


class Kuaidi100:
    """The adapter."""

    def __init__(self, settings: Kuaidi100Settings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now

    @property
    def name(self) -> str:
        """See `Carrier.name`."""
        return self._settings.company

    def create(self, parcel: Parcel) -> str:
        """See `Carrier.create`."""
        settings = self._settings
        param = _json(
            {
                "printType": "NON",
                "partnerId": settings.partner_id,
                "kuaidicom": settings.company,
                "recMan": _end(parcel.recipient),
                "sendMan": _end(parcel.sender),
                "cargo": "文件",
                "count": "1",
                "payType": "SHIPPER",
                "orderId": parcel.reference,
            }
        )
        t = str(int(self._now().timestamp() * 1000))
        sign = _md5(param + t + settings.key + settings.secret)
        form = {"method": "order", "key": settings.key, "t": t, "sign": sign, "param": param}
        document = self._ask(settings.label_url + "/label/order?method=order", form)
        number = (document.get("data") or {}).get("kuaidinum")
        if not isinstance(number, str) or not re.fullmatch(r"[A-Z0-9-]{6,32}", number):
            raise Unavailable("no_number")
        return number

    def subscribe(self, waybill: str) -> None:
        """See `Carrier.subscribe`."""
        settings = self._settings
        parameters = {"callbackurl": settings.callback_url, "salt": settings.salt, "resultv2": "1", "autoCom": "0"}
        param = _json({"company": settings.company, "number": waybill, "key": settings.key, "parameters": parameters})
        self._ask(settings.poll_url + "/poll", {"schema": "json", "param": param})

    def track(self, waybill: str) -> Trace:
        """See `Carrier.track`."""
        settings = self._settings
        param = _json({"com": settings.company, "num": waybill, "resultv2": "1"})
        sign = _md5(param + settings.key + settings.customer)
        form = {"customer": settings.customer, "sign": sign, "param": param}
        return _trace(self._ask(settings.poll_url + "/poll/query.do", form))

    def on_push(self, form: Mapping[str, str]) -> Trace:
        """See `Carrier.on_push`."""
        param = form.get("param", "")
        if not hmac.compare_digest(form.get("sign", "").upper().encode(), _md5(param + self._settings.salt).encode()):
            raise NotAuthentic
        document = json.loads(param)
        result = document.get("lastResult") if isinstance(document, dict) else None
        if not isinstance(result, dict):
            raise ValueError("a push without lastResult")  # noqa: TRY004 – what the port promises
        return _trace(result)

    def acknowledgement(self) -> tuple[str, str]:
        """See `Carrier.acknowledgement`."""
        return '{"result":true,"returnCode":"200","message":"成功"}', "application/json"

    def _ask(self, url: str, form: Mapping[str, str]) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, answer = post(url, urlencode(form).encode(), headers, self._settings.timeout_s)
        try:
            document = json.loads(answer)
        except ValueError:
            raise Unavailable(f"http_{status}") from None
        if not isinstance(document, dict):
            raise Unavailable(f"http_{status}")
        # Queries answer with `status`, subscriptions with `returnCode`, waybills with `code`.
        said = document.get("returnCode") or document.get("code") or document.get("status")
        code = code_of(said or f"http_{status}")
        if code == _REPEATED or (code == "200" and document.get("result") is not False):
            return document
        if code in _BUSY:
            raise Throttled(code, timedelta(minutes=10))
        raise Rejected(code) if code in _NEVER else Unavailable(code)


def _trace(result: dict[str, Any]) -> Trace:
    waybill, rows = result.get("nu"), result.get("data")
    if not isinstance(waybill, str) or not isinstance(rows, list):
        raise ValueError("a trace without number or nodes")  # noqa: TRY004 – what the port promises
    nodes = [_node(row) for row in rows]
    last = _LEGS.get(str(result.get("state")))
    if nodes and last is not None:
        # The newest node carries the parcel's own state, which is surer than the word beside the node.
        newest = max(range(len(nodes)), key=lambda at: nodes[at].at)
        nodes[newest] = Node(nodes[newest].at, last, nodes[newest].place, nodes[newest].key)
    return Trace(waybill, tuple(nodes))


def _node(row: object) -> Node:
    if not isinstance(row, dict):
        raise ValueError("not a node")  # noqa: TRY004 – what the port promises
    moment, words = str(row.get("ftime") or row.get("time")), str(row.get("context", ""))
    at = datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).astimezone(UTC)
    place = re.sub(r"[^\u4e00-\u9fff,，]", "", str(row.get("areaName") or ""))[:30].replace(",", " ")
    key = hashlib.sha256(f"{moment}|{words}".encode()).hexdigest()[:24]
    return Node(at, _WORDS.get(str(row.get("status", "")), Leg.IN_TRANSIT), place, key)


def _end(address: Address) -> dict[str, str]:
    kind = "mobile" if re.fullmatch(r"1\d{10}", address.phone) else "tel"
    return {"name": address.name, kind: address.phone, "printAddr": address.address}


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
