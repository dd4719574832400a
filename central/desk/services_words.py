"""Words and times that the pages of services share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from central.casework.acts import Words
from central.times import CHINA

NOTICES: Mapping[str, Words] = {
    "N1": Words("提交成功", "Submitted"),
    "N2": Words("已收件", "Collected"),
    "N3": Words("需要补正", "Supplement needed"),
    "N4": Words("退回或不予受理", "Returned or not accepted"),
    "N5": Words("已转办理地", "Forwarded"),
    "N6": Words("已受理", "Accepted"),
    "N7": Words("审批结果", "Decision"),
    "N8": Words("结果送达", "Result delivered"),
    "N9": Words("已撤回", "Withdrawn"),
    "N10": Words("请评价", "Please rate"),
    "N11": Words("补正将到期", "Supplement due soon"),
    "N12": Words("致歉或新的期限", "Apology or new date"),
}
FAILURES: Mapping[str, Words] = {
    "not_a_mobile_number": Words("不是手机号", "Not a mobile number"),
    "no_provider": Words("没有接入短信", "No text messages are set up"),
    "template_not_mapped": Words("短信模板没有配置", "The template is not set up"),
    "not_sayable": Words("内容不宜发短信", "Not fit for a text message"),
    "cannot_open": Words("申请打不开", "The application does not open"),
    "given_up": Words("多次发送不成功", "Sending failed several times"),
    "no_answer": Words("电话无人接听", "No answer"),
    "wrong_number": Words("号码不对", "Wrong number"),
}
"""Our own codes; a provider's code is shown as it is."""
DIRECTIONS: Mapping[str, Words] = {
    "to_handling": Words("材料寄办理地", "Papers to the handling place"),
    "result_to_applicant": Words("结果寄申请人", "Result to the applicant"),
    "result_to_desk": Words("结果寄收件窗口", "Result to the receiving desk"),
    "return_to_applicant": Words("材料退申请人", "Papers back to the applicant"),
}
SHIPMENT_STATES: Mapping[str, tuple[Words, str]] = {
    "to_send": (Words("待寄出", "To be sent"), "waiting"),
    "sent": (Words("寄送中", "Under way"), "busy"),
    "delivered": (Words("已送达", "Delivered"), "good"),
    "exception": (Words("有异常", "Problem"), "bad"),
}
LEGS: Mapping[str, Words] = {
    "collected": Words("已揽收", "Collected"),
    "in_transit": Words("运输中", "In transit"),
    "out_for_delivery": Words("派送中", "Out for delivery"),
    "signed": Words("已签收", "Signed for"),
    "returned": Words("退回", "Returned"),
    "problem": Words("异常", "Problem"),
}
PROBLEMS: Mapping[str, Words] = {
    "lost": Words("丢失", "Lost"),
    "damaged": Words("破损", "Damaged"),
    "refused": Words("拒收", "Refused"),
    "wrong_address": Words("地址不对", "Wrong address"),
}
PAYERS: Mapping[str, Words] = {
    "sending_department": Words("寄出单位", "The sending department"),
    "not_the_applicant": Words("办理单位（不向申请人收取）", "The departments, not the applicant"),
}
VIDEO_OUTCOMES: Mapping[str, tuple[Words, str]] = {
    "booked": (Words("已预约", "Booked"), "waiting"),
    "in_call": (Words("进行中", "In progress"), "busy"),
    "cleared": (Words("各地均同意", "Cleared by all"), "good"),
    "not_cleared": (Words("没有通过", "Not cleared"), "bad"),
    "failed": (Words("没有开成", "Did not take place"), "ended"),
}
CONCLUSIONS: Mapping[str, Words] = {
    "none": Words("还没有结论", "No conclusion yet"),
    "cleared": Words("同意收件", "Cleared"),
    "not_cleared": Words("不同意收件", "Not cleared"),
}


def shanghai(value: str) -> datetime | None:
    """The time of a `datetime-local` field, meant in Shanghai; None when it is none."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=CHINA) if moment.tzinfo is None else None
