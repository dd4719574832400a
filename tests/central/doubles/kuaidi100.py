"""快递100: checks each endpoint's signature, keeps parcels, and makes pushes: repeated, late, in any order."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import parse_qs, urlsplit

from tests.central.doubles.server import Answer, Double, Request

CUSTOMER, KEY, SECRET, SALT = "CUSTOMER1", "keyOf100", "secretOf100", "salt-of-ours"

Node = tuple[str, str, str]
"""(time, status word, place)"""


class Kuaidi100Double(Double):
    """`parcels` maps waybills to nodes and state; `subscribed` lists what pushes were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.parcels: dict[str, tuple[str, list[Node]]] = {}
        self.subscribed: list[dict[str, object]] = []
        self.waybills: dict[str, str] = {}
        self.labels: list[dict[str, object]] = []

    def answer(self, request: Request) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}
        path = urlsplit(request.path).path
        return {"/poll/query.do": self._query, "/poll": self._subscribe, "/label/order": self._label}[path](form)

    def _query(self, form: dict[str, str]) -> Answer:
        if form["customer"] != CUSTOMER or form["sign"] != md5(form["param"] + KEY + CUSTOMER):
            return _json({"result": False, "returnCode": "503", "message": "验证签名失败"})
        number = json.loads(form["param"])["num"]
        if number not in self.parcels:
            return _json({"result": False, "returnCode": "500", "message": "查询无结果"})
        state, nodes = self.parcels[number]
        return _json(self._trace(number, state, nodes))

    def _subscribe(self, form: dict[str, str]) -> Answer:
        param = json.loads(form["param"])
        if form["schema"] != "json" or param["key"] != KEY:
            return _json({"result": False, "returnCode": "601", "message": "KEY已过期"})
        if any(one["number"] == param["number"] for one in self.subscribed):
            return _json({"result": False, "returnCode": "501", "message": "重复订阅"})
        self.subscribed.append(param)
        return _json({"result": True, "returnCode": "200", "message": "提交成功"})

    def _label(self, form: dict[str, str]) -> Answer:
        if form["method"] != "order" or form["sign"] != md5(form["param"] + form["t"] + KEY + SECRET):
            return _json({"success": False, "code": 503, "message": "验证签名失败"})
        param = json.loads(form["param"])
        self.labels.append(param)
        number = self.waybills.setdefault(param["orderId"], f"EMS{len(self.waybills) + 1:08d}CN")
        return _json({"success": True, "code": 200, "data": {"taskId": "T", "kuaidinum": number}})

    def push(self, number: str, state: str, nodes: list[Node], salt: str = SALT) -> dict[str, str]:
        """The form of a push."""
        document = {"status": "polling", "message": "", "lastResult": self._trace(number, state, nodes)}
        param = json.dumps(document, ensure_ascii=False)
        return {"param": param, "sign": md5(param + salt)}

    @staticmethod
    def _trace(number: str, state: str, nodes: list[Node]) -> dict[str, object]:
        rows = [
            {
                "time": at,
                "ftime": at,
                "status": word,
                "areaName": place,
                "context": f"【{place}】{word}，投递员王秀英，电话13912345678",
            }
            for at, word, place in reversed(nodes)
        ]
        return {"message": "ok", "nu": number, "com": "ems", "status": "200", "state": state, "data": rows}


BUSY = Answer('{"result":false,"returnCode":"502","message":"服务器繁忙"}'.encode())


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest().upper()


def _json(document: object) -> Answer:
    return Answer(json.dumps(document, ensure_ascii=False).encode())
