"""What notices say (N1…N12): one template for each kind and situation, the same for text message and phone call.

A notice names a slip or case, an item, dates, a parcel and the unit to call: never a person, never an identity number.
Two guards stand behind that: every parameter must have the shape its name promises (`checked`), and before a text
leaves, it is compared with the applicant's own particulars (`names_nobody`).

Templates have codes because providers approve them beforehand: sign name + template + parameters, no free text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from central.casework.guards import REFUSAL_KINDS
from central.casework.terms import NoticeKind


class NotSayable(Exception):
    """A parameter is not what its name promises. The message names the parameter, never its value."""


@dataclass(frozen=True, slots=True)
class Template:
    """One text. `code` is mapped to the provider's own template number in the provider's settings."""

    code: str
    zh: str

    @property
    def params(self) -> tuple[str, ...]:
        """Names of its parameters, in the order in which they stand in the text."""
        return tuple(re.findall(r"{(\w+)}", self.zh))

    def render(self, params: Mapping[str, str]) -> str:
        """The text with `params` put in."""
        return self.zh.format_map(params)


_CALL = "电话{phone}。"
_TEXTS = {
    "N1": "您提交的“{item}”已收到，凭条号{slip}。这不代表已收件或已受理，工作人员核对后再通知您。" + _CALL,
    "N1.supplement": "您补交的“{item}”材料已收到，凭条号{slip}，工作人员正在核对。" + _CALL,
    "N2": "您的“{item}”已收件，收件文书{number}。我们会转给{handling}办理，收件不等于受理。首问单位{unit}，" + _CALL,
    "N3": "您的“{item}”需要补齐材料，请在{date}前补正。一次性告知书{number}写明全部内容和怎么补，"
    "可用凭条号{slip}和查询码{code}在自助机查看并补交，也可到{unit}。" + _CALL,
    "N4.returned": "您的“{item}”没有收件，材料已退回：{reason}。依据和怎么补见{number}，查询码{code}，补齐后可重新提交。"
    + _CALL,
    "N4.not_accepted": "您的“{item}”不予受理：{reason}。依据和救济途径见通知书{number}，查询码{code}。" + _CALL,
    "N4.expired": "您的“{item}”到期没有补齐材料，本次申请已终止，可重新提交。查询码{code}。" + _CALL,
    "N5.transferred": "您的“{item}”已转到{handling}办理。" + _CALL,
    "N5.mailed": "您的“{item}”纸质材料已寄往{handling}，快递单号{waybill}。" + _CALL,
    "N6": "您的“{item}”已受理，承诺{date}前办结，受理文书{number}。" + _CALL,
    "N6.estimated": "您的“{item}”已受理，预计{date}前办结；下一年放假安排公布后按工作日重算并再告知，受理文书{number}。"
    + _CALL,
    "N7.approved": "您的“{item}”已通过，正在制作结果。" + _CALL,
    "N7.issued": "您的“{item}”结果已出，我们会按您选的方式送达。" + _CALL,
    "N7.rejected": "您的“{item}”没有通过，原因、依据和救济途径见通知书{number}，查询码{code}。" + _CALL,
    "N7.partly": "您的“{item}”在部分办理地已办好，其余正在办理。" + _CALL,
    "N7.revoked": "您的“{item}”的办理结果已被撤销，原因和救济途径请向{unit}了解。" + _CALL,
    "N8.posted": "您的“{item}”结果已寄出，快递单号{waybill}，请留意查收。" + _CALL,
    "N8.to_desk": "您的“{item}”结果已寄往{unit}，快递单号{waybill}，到了再通知您来领取。" + _CALL,
    "N8.pickup": "您的“{item}”结果可以领取了。请带身份证到{unit}（{address}），取件码{code}。" + _CALL,
    "N8.electronic": "您的“{item}”已办好，可用凭条号{slip}和查询码{code}在自助机打印结果。" + _CALL,
    "N9": "您的“{item}”已按您的要求撤回，撤回确认{number}，可重新申请。" + _CALL,
    "N10": "您的“{item}”已办结，请用凭条号{slip}在自助机评价这次服务。投诉请拨12345。",
    "N11": "您的“{item}”补正期限快到了，请在{date}前补齐，查询码{code}。逾期申请会终止。" + _CALL,
    "N12": "很抱歉，您的“{item}”超过了承诺时间。我们正在催办，新的办结时间是{date}。" + _CALL,
    "N12.extended": "您的“{item}”依法延长了办理时间，新的办结时间是{date}，理由可电话询问。" + _CALL,
    "N12.recounted": "新的放假安排已公布，您的“{item}”办结时间按工作日重新计算，为{date}前。" + _CALL,
    "N12.recounted_supplement": "新的放假安排已公布，您的“{item}”补正截止日顺延至{date}，查询码{code}。" + _CALL,
}
TEMPLATES: Mapping[str, Template] = {code: Template(code, text) for code, text in _TEXTS.items()}

_VARIANTS = {
    NoticeKind.ACCEPTED: ("estimated", {"yes": "N6.estimated"}, "N6"),
    NoticeKind.RETURNED: ("outcome", {"not_accepted": "N4.not_accepted", "expired": "N4.expired"}, "N4.returned"),
    NoticeKind.FORWARDED: ("way", {"post": "N5.mailed"}, "N5.transferred"),
    NoticeKind.DECIDED: (
        "outcome",
        {"issued": "N7.issued", "rejected": "N7.rejected", "partly": "N7.partly", "revoked": "N7.revoked"},
        "N7.approved",
    ),
    NoticeKind.RESULT_READY: (
        "way",
        {"post": "N8.posted", "to_desk": "N8.to_desk", "desk": "N8.pickup"},
        "N8.electronic",
    ),
    NoticeKind.OVERDUE_APOLOGY: (
        "why",
        {
            "extended": "N12.extended",
            "recounted": "N12.recounted",
            "recounted_supplement": "N12.recounted_supplement",
        },
        "N12",
    ),
}
"""Which of casework's words tells the situations of a kind apart, and the template of each."""


def template_for(kind: NoticeKind, said: Mapping[str, str], *, supplemented: bool = False) -> Template:
    """The template of `kind` for what casework said (see `central.casework.ports.Notifier`)."""
    if kind is NoticeKind.SUBMITTED and supplemented:
        return TEMPLATES["N1.supplement"]
    word, by_value, otherwise = _VARIANTS.get(kind, ("", {}, kind.value))
    return TEMPLATES[by_value.get(said.get(word, ""), otherwise)]


REASONS = {**{kind: words.zh for kind, words in REFUSAL_KINDS.items()}, "": "原因见文书"}
"""Summaries of a refusal (R064). A clerk's own words may hold a name, so they stand in the document only."""

_WORDS = r"[^\d\s{}<>]{1,40}(?:\d{1,5}[^\d\s{}<>]{0,40}){0,4}"
"""Names of items, places and streets: no run of digits that could be anybody's number."""
_SHAPES: Mapping[str, str] = {
    "slip": r"\d{4} \d{4} \d{4} \d{4} \d{2}",
    "code": r"[2-9A-HJ-NP-Z]{8}",
    "number": r"[\u4e00-\u9fff]{2,24}〔\d{4}〕\d{1,7}号|见自助机",
    "date": r"\d{4}年\d{1,2}月\d{1,2}日(?:\d{1,2}:\d{2})?",
    "waybill": r"(?=.*\d)[A-Z0-9-]{8,20}|见自助机",
    "phone": r"(?:0\d{2,3}-?)?\d{7,8}(?:-\d{1,6})?|1\d{2,5}|[48]00-?\d{3}-?\d{4}|1[3-9]\d{9}",
    "reason": "|".join(map(re.escape, REASONS.values())),
    "item": _WORDS,
    "handling": _WORDS,
    "unit": _WORDS,
    "address": _WORDS,
}
_ID_NUMBER = re.compile(r"(?<!\d)\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def checked(params: Mapping[str, str]) -> Mapping[str, str]:
    """`params`, if each has the shape of its name and none looks like a person's number.

    Raises:
        NotSayable
    """
    for name, value in params.items():
        shape = _SHAPES.get(name)
        if shape is None or re.fullmatch(shape, value) is None:
            raise NotSayable(f"parameter {name} has not the shape it should have")
        if _ID_NUMBER.search(value) or (name != "phone" and _MOBILE.search(value)):
            raise NotSayable(f"parameter {name} looks like somebody's number")
    return params


def names_nobody(text: str, particulars: Iterable[str]) -> bool:
    """Whether none of the applicant's `particulars` (name, numbers, address) stands in `text`, gaps aside."""
    squeezed = re.sub(r"\s", "", text).upper()
    return not any(len(one) > 1 and one in squeezed for one in (re.sub(r"\s", "", raw).upper() for raw in particulars))


def grouped(slip_number: str) -> str:
    """A slip number in groups of four, as it is printed; eighteen bare digits would read as an identity number."""
    return " ".join(slip_number[at : at + 4] for at in range(0, len(slip_number), 4))
