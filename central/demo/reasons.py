"""What the demonstration's staff and citizens say: believable, varied, about nobody."""

from __future__ import annotations

from collections.abc import Mapping

from central.casework.acts import Problem
from central.catalogue.facts import ItemFacts

BASIS = "办事指南 申请材料一栏；行政许可法 第三十二条"
BEYOND = Problem(
    "监护关系证明",
    "申请人未满十六周岁，须由监护人代为申请",
    "《中华人民共和国居民身份证法》第七条",
    "请提交监护人身份证件和监护关系证明",
)
"""Something that no item's list names."""
_REASONS: Mapping[str, tuple[str, ...]] = {
    "return": (
        "上传的申请表不是本事项的表格，请换用本事项的申请表后重新提交。",
        "申请人姓名与所附证明上的姓名不一致，请核对后重新提交。",
    ),
    "return_materials": ("原件与拍摄的页面不一致，材料已退还，请核对后重新申请。",),
    "refuse": (
        "申请材料缺少法定证明文件，申请人表示无法提供。",
        "申请表与证件信息不一致，申请人表示不再补充材料。",
    ),
    "refuse_not_crossable": ("已与办理地联系：这种情形须本人到办理地现场办理，不能异地收件。",),
    "reject": (
        "经核查，申报的情形与登记记录不一致，不符合办理条件。",
        "经与出具单位核对，所附证明已经失效，不符合办理条件。",
    ),
    "verify_fail": ("属地核验：登记档案中没有申报的记录，与所附材料不一致。",),
    "revoke": ("复核发现申请依据材料上的公章系伪造，已向出具单位核实。",),
}
_NOT_ON_PAPER = frozenset({"SIGN", "FORM", "ID", "FACE", "PHOTO"})
_AGAIN = "补交的证明仍缺出具日期，经主管同意再补正一次。"
_RATED = {
    5: "在家门口就办好了，不用再跑回老家。",
    4: "办得顺利，寄回来等了几天。",
    2: "过了说好的日子才办好，没有人打电话说明。",
    1: "问了三次都说在办，没有人给准话。",
}
_COMPLAINED = (
    "窗口说法前后不一致：第一次说不用交原件，后来又要原件，请说明。",
    "短信说已办结，到窗口却没有找到结果，请查一下。",
)


def problems_of(item: ItemFacts) -> tuple[Problem, ...]:
    """What a one-time notice lists: something of the item's own list, and how to reach the applicant."""
    papers = [one for one in item.materials if one.code not in _NOT_ON_PAPER][-1:]
    return (
        *(
            Problem(one.name, "第 2 页缺少公章", BASIS, "请到出具单位补盖公章后重新拍照", material=one.code)
            for one in papers
        ),
        Problem("通讯地址", "没有写到门牌号", BASIS, "请补写到门牌号", tolerable=True),
    )


def reason_for(event: str, serial: int, *, again: bool = False) -> str:
    """Why somebody does `event`; empty where no reason is given. `again`: a second one-time notice."""
    if event == "notify_once":
        return _AGAIN if again else ""
    said = _REASONS.get(event, ("",))
    return said[serial % len(said)]


def rated(score: int) -> str:
    """What a citizen writes beside a score."""
    return _RATED.get(score, "")


def complained(serial: int) -> str:
    """What a citizen complains of."""
    return _COMPLAINED[serial % len(_COMPLAINED)]
