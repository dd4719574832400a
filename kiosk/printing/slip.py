"""申报凭条: the slip a citizen takes home after submitting at the terminal. Pure.

It proves that something was submitted, and nothing more: it is neither a collection notice (收件通知书) nor an
acceptance receipt (受理回执), says so under its title, and never uses the words of those. The name is cut to the
family name and the number of the document to 6 + 4 digits; the QR code holds neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from drivers.receipt_printer import Align, Pair, Qr, Receipt, Rule, Text
from drivers.receipt_printer.receipt import Element
from kiosk.forms import group_number
from kiosk.identity.numbers import mask_name, mask_number
from kiosk.protocol.slip_number import checked


@dataclass(frozen=True)
class SlipFacts:
    """Everything a submission slip says. Texts are Chinese, as shown on the screen."""

    item: str
    """事项: the service item's name."""
    mode: str
    """How it is handled, in plain words: 网上全程办, 这里交材料，外地办理 …"""
    handling_place: str
    """Province, city, county: 宁夏 石嘴山市 平罗县."""
    applicant_name: str = field(repr=False)
    id_number: str = field(repr=False)
    slip_number: str
    """Eighteen digits."""
    query_code: str
    """Eight characters."""
    terminal_id: str
    submitted_at: datetime
    """Local time of the terminal."""
    materials: int
    pages: int
    next_step: str
    first_contact_unit: str
    """首问责任单位: who answers for this application here (R160)."""
    first_contact_phone: str
    query_url: str
    """Where progress is asked for: `https://<host>`; the slip adds `/q?n=…&k=…`."""
    place_name: str = "24小时自助服务"
    scope: str = "跨省通办"
    electronic_licences: int = 0
    """How many of the materials are electronic licences that nobody had to bring."""
    originals: tuple[str, ...] = ()
    """One sentence for each original that must be handed in: which, where, until when."""
    complaint_phone: str = "12345"
    waiting_to_upload: bool = False
    """True when the network was away: the application lies in this terminal and goes by itself."""
    copy: int = 0
    """0 for the first print, n for the n-th 补打."""
    demonstration: bool = False


def submission_slip(facts: SlipFacts) -> Receipt:
    """The slip, for any width of paper."""
    code = group_number(facts.query_code)
    head: list[Element] = [
        Text(f"{facts.place_name}  {facts.scope}", Align.CENTER),
        Text("申报凭条", Align.CENTER, bold=True, width=2, height=2),
        Text("（不代表已收件/受理）", Align.CENTER, bold=True),
        Text("Submission slip - not a receipt of acceptance", Align.CENTER),
    ]
    if facts.demonstration:
        head.append(Text("演示样张 DEMONSTRATION", Align.CENTER, bold=True))
    if facts.copy:
        head.append(Text(f"补打 {facts.copy}  COPY", Align.CENTER, width=2, height=2))
    licences = f"（电子证照 {facts.electronic_licences}）" if facts.electronic_licences else ""
    body: list[Element] = [
        Rule(),
        _field("事项", facts.item),
        _field("方式", facts.mode),
        _field("办理地", facts.handling_place),
        Pair(f"申请人：{mask_name(facts.applicant_name)}", f"证件：{mask_number(facts.id_number)}"),
        _field("编号", group_number(facts.slip_number)),
        Text(f"查询码：{code}", height=2),
        Pair(f"提交时间：{facts.submitted_at:%Y-%m-%d %H:%M}", f"机号：{facts.terminal_id}"),
        Text(f"材料：{facts.materials} 份 {facts.pages} 页{licences}"),
        *(Text(f"[√] 需交原件：{original}", hang=4) for original in facts.originals),
        Rule(),
    ]
    if facts.waiting_to_upload:
        body.append(Text("待上传：网络中断，申请已保存在本机，恢复后自动上传。请收好本凭条。", bold=True, hang=8))
    foot: list[Element] = [
        _field("下一步", facts.next_step),
        _field("首问单位", f"{facts.first_contact_unit} {facts.first_contact_phone}".strip()),
        _field("投诉", facts.complaint_phone),
        Qr(
            query_link(facts.query_url, facts.slip_number, facts.query_code),
            ("扫码查进度", "查询码", code, f"投诉 {facts.complaint_phone}"),
        ),
    ]
    return Receipt(facts.slip_number, (*head, *body, *foot))


def query_link(query_url: str, slip_number: str, query_code: str) -> str:
    """Where the QR code leads, on slip and screen. Holds no personal data.

    `n` is the query code; `k`, the slip number's last four digits, tells a mistyped code from a wrong one.
    """
    return f"{query_url.rstrip('/')}/q?{urlencode({'n': query_code, 'k': checked(slip_number)[-4:]})}"


def _field(label: str, value: str) -> Text:
    return Text(f"{label}：{value}", hang=2 * len(label) + 2)
