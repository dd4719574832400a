"""What must hold before an act: each guard of the lifecycle as a function of facts, with words for what is missing. Pure.

Three sorts: some guards say what a case is (an act whose guard fails is not offered at all), some what has to be done
first (the act is shown with what is missing), some what the act itself must bring (the form asks for it).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from central.casework.acts import Act, Problem, Words
from central.casework.listed import names_a_law
from central.casework.profiles import Profile
from central.casework.terms import Guard
from central.catalogue.facts import ItemFacts
from kiosk.protocol.application import DeliveryMethod

SHORTEST_REASON = 4
"""Characters: a reason is concrete words, not a tick."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What guards look at."""

    item: ItemFacts
    profile: Profile
    delivery: str
    paper_needed: bool
    places: int = 1
    """Handling places."""
    rated: bool = False
    unchecked: tuple[str, ...] = field(default=(), repr=False)
    """Names of materials that have not passed the formal check."""
    unchecked_again: tuple[str, ...] = field(default=(), repr=False)
    """Names of what was supplemented at the handling department's request, and has not passed its check."""
    unseen: tuple[str, ...] = field(default=(), repr=False)
    """Names of materials whose original has not been examined."""
    video_cleared: bool = False
    contacted: bool = False
    withdrawal: bool = False


FIXED = frozenset(
    {
        Guard.ITEM_HAS_PREREVIEW,
        Guard.PROFILE_HAS_VIDEO,
        Guard.PROFILE_ALLOWS_HANDLING_SUPPLEMENT,
        Guard.PAPER_NEEDED,
        Guard.SEVERAL_HANDLING_PLACES,
        Guard.DELIVERY_BY_POST,
        Guard.DELIVERY_TO_APPLICANT,
        Guard.DELIVERY_AT_DESK,
        Guard.DELIVERY_ELECTRONIC,
        Guard.WITHDRAWAL_REQUESTED,
        Guard.NOT_RATED,
    }
)
"""An act whose fixed guard does not hold is not among the next acts."""

NEEDS = {
    Guard.REASON_GIVEN: "reason",
    Guard.BASIS_GIVEN: "basis",
    Guard.PROBLEMS_LISTED: "problems",
    Guard.FALSE_MATERIAL_FOUND: "false_material",
}
"""What the form of an act must ask for."""

EVENT_NEEDS: dict[str, frozenset[str]] = {
    "notify_once": frozenset({"supplement_days"}),
    "refuse": frozenset({"refusal_kind"}),
    "refuse_not_crossable": frozenset({"refusal_kind"}),
    "withdraw": frozenset({"returned"}),
    "issue_result": frozenset({"result"}),
    "revoke": frozenset({"basis"}),
    "archive": frozenset({"archive_number"}),
    "mail_out": frozenset({"waybill"}),
    "dispatch_result": frozenset({"waybill"}),
}
"""What else it asks, by event. `supplement_days` and `waybill` may be left empty."""

ARCHIVE_NUMBER = re.compile(r"[0-9A-Za-z字第号卷盒年永久定期〔〕()（）\[\]./·_-]{1,64}")
"""A code (DA/T 22), and no place for words: it stands in the ledger."""

REFUSAL_KINDS = {
    "not_crossable": Words("不属于跨省通办事项", "It is not among the matters that may be handled from elsewhere"),
    "not_our_power": Words("不属于本机关职权，应向其他机关申请", "Another authority is responsible"),
    "no_permit_needed": Words("依法不需要办理", "The law does not require it"),
    "incomplete": Words("材料不齐或不符合法定形式", "Documents are missing or not in due form"),
}
"""documents.md §4."""

RETURNED_WAYS = {
    "on_the_spot": Words("当场退还", "Handed back on the spot"),
    "ems": Words("邮寄退还", "Returned by post"),
    "images_destroyed": Words("影像已销毁（无纸质材料）", "Images destroyed (there were no papers)"),
}
"""documents.md §6."""


def unmet(guard: Guard, facts: Facts) -> Words | None:
    """What is missing for `guard`, or None when it holds or is about what the act brings."""
    rule = _RULES.get(guard)
    return rule(facts) if rule else None


def not_given(guard: Guard, act: Act) -> Words | None:
    """What `act` should have brought for `guard`."""
    if guard is Guard.REASON_GIVEN and len(act.reason.strip()) < SHORTEST_REASON:
        return Words("请写明具体原因（至少 4 个字），会写进文书", "Say the concrete reason; it goes into the document")
    if guard is Guard.BASIS_GIVEN and not act.basis.strip():
        return Words("请写明依据（法规条款或办事指南条目）", "Name the legal basis or the article of the guide")
    if guard is Guard.PROBLEMS_LISTED:
        if not act.problems:
            return Words(
                "还没有列出问题：请从清单里选，一次列全", "No problem is listed yet: choose from the list, all at once"
            )
        if not all(
            one.subject.strip() and one.what.strip() and one.basis.strip() and one.remedy.strip()
            for one in act.problems
        ):
            return Words(
                "每个问题都要写明：材料、问题、依据、怎么补",
                "Every problem needs its material, what is wrong, the basis, and how to put it right",
            )
    if guard is Guard.FALSE_MATERIAL_FOUND and not act.extra.get("false_material", "").strip():
        return Words("请写明哪份材料虚假", "Say which material is false")
    return None


def extra_not_given(event: str, act: Act) -> Words | None:
    """What else the form of `event` should have brought."""
    extra = act.extra
    if event in ("refuse", "refuse_not_crossable") and extra.get("refusal_kind") not in REFUSAL_KINDS:
        return Words("请选择不予受理的情形", "Choose the ground of refusal")
    if event == "withdraw" and extra.get("returned") not in RETURNED_WAYS:
        return Words("请选择材料怎样退还", "Choose how the materials go back")
    if event == "issue_result" and not (extra.get("result_text", "").strip() or extra.get("result_number", "").strip()):
        return Words("请填写结果（证照编号或决定内容）", "Give the result: number of the licence, or the decision")
    if event == "revoke" and not act.basis.strip():
        return Words("请写明撤销的依据", "Name the legal basis of the revocation")
    if event == "archive" and ARCHIVE_NUMBER.fullmatch(extra.get("archive_number", "").strip()) is None:
        return Words("请填写归档号（字母、数字和符号）", "Give the archive number: letters, digits and signs")
    return None


def outside_list(outside: Sequence[Problem], act: Act, *, in_charge: bool) -> Words | None:
    """What stands against asking for what the list does not name (照单收件, R166): a law must ask for it, and a supervisor
    (`in_charge`). A case is never returned for want of it.
    """
    said = "、".join(str(number) for number, one in enumerate(act.problems, start=1) if one in outside)
    if act.event != "notify_once":
        return Words(
            f"第 {said} 个问题不在本事项的清单内，不能因此退回或不予受理。请改选清单内的材料或填报项，或删去这一条",
            f"Problem {said} is not on the item's list: a case is not returned or refused for it. Choose a material or field"
            " of the list, or leave it out",
        )
    if not in_charge:
        return Words(
            f"第 {said} 个问题不在本事项的清单内，窗口不能要求。请改选清单内的材料或填报项；"
            "确有法律依据的，请主管来办这一步并写明条款",
            f"Problem {said} is not on the item's list: the desk may not ask for it. Choose a material or field of the list;"
            " if a law does ask for it, a supervisor does this act and names the article",
        )
    if not all(names_a_law(one.basis) for one in outside):
        return Words(
            f"第 {said} 个问题不在本事项的清单内：请在“依据”里写明法规名称和条款，如《××条例》第七条，或改选清单内的材料",
            f"Problem {said} is not on the item's list: name the law and its article as the basis, as in 《…》第七条,"
            " or choose something from the list",
        )
    return None


def _formal_check(facts: Facts) -> Words | None:
    if facts.unchecked:
        named = _named(facts.unchecked)
        return Words(
            f"形式审查还没有通过：{named.zh}。请在“材料”里逐项核对；确有问题的，一次性告知申请人",
            f"The formal check is not passed yet: {named.en}. Check the points under “Materials”; what is wrong goes into"
            " a one-time notice",
        )
    if facts.unseen:
        named = _named(facts.unseen)
        return Words(
            f"还没有核验原件：{named.zh}。请看过原件，在这份材料下勾选“已核验原件”并保存",
            f"The original has not been examined yet: {named.en}. Look at it, tick “Original examined” and save",
        )
    return None


def _supplement_check(facts: Facts) -> Words | None:
    if not facts.unchecked_again:
        return None
    named = _named(facts.unchecked_again)
    return Words(
        f"补正的材料还没有核对通过：{named.zh}。请办理地审批部门在办件页逐项核对；仍有问题的，可再次告知或不予受理",
        f"What was supplemented has not passed its check: {named.en}. The handling department checks it on the case page;"
        " if it is still wrong, it asks once more or refuses",
    )


def _named(materials: tuple[str, ...]) -> Words:
    """The first three of them."""
    names = materials[:3]
    more = len(materials) - len(names)
    zh = "、".join(names) + (f"等 {len(materials)} 份" if more else "")
    return Words(zh, ", ".join(names) + (f" and {more} more" if more else ""))


def _when(holds: Callable[[Facts], bool], zh: str, en: str) -> Callable[[Facts], Words | None]:
    missing = Words(zh, en)
    return lambda facts: None if holds(facts) else missing


_POST = (DeliveryMethod.EMS_TO_APPLICANT, DeliveryMethod.PICKUP_AT_DESK)

_RULES: dict[Guard, Callable[[Facts], Words | None]] = {
    Guard.FORMAL_CHECK_PASSED: _formal_check,
    Guard.SUPPLEMENT_CHECKED: _supplement_check,
    Guard.ITEM_HAS_PREREVIEW: _when(
        lambda facts: facts.item.prereview,
        "该事项没有预审环节，请直接受理或一次性告知",
        "This matter has no pre-review: accept, or give the notice",
    ),
    Guard.PROFILE_HAS_VIDEO: _when(
        lambda facts: facts.profile.video != "none",
        "本地规程没有视频会商，请改用电话与办理地联系并登记",
        "The rules here know no video consultation: call, and record it",
    ),
    Guard.PROFILE_ALLOWS_HANDLING_SUPPLEMENT: _when(
        lambda facts: facts.profile.allow_handling_supplement,
        "本地规程不允许办理地再要求补正，请按现有材料决定受理或不予受理",
        "The rules here do not let the handling place ask for a supplement: decide on what is there",
    ),
    Guard.VIDEO_CLEARED: _when(
        lambda facts: facts.video_cleared,
        "视频会商还没有得出通过的结论（每个办理地都要）。请到“会商”登记各地的结论",
        "The video consultation has not been cleared by every handling place: record what each concluded",
    ),
    Guard.VIDEO_NOT_REQUIRED: _when(
        lambda facts: facts.profile.video != "required",
        "按本地规程须先与办理地视频会商。请先点“视频会商”，得出结论后再办",
        "The rules here require a video consultation with the handling place first: begin one under “Next”",
    ),
    Guard.HANDLING_PLACE_CONTACTED: _when(
        lambda facts: facts.contacted,
        "请先与办理地联系，并登记对方确认不能跨省办理",
        "First contact the handling place, and record that it confirmed it cannot be handled from here",
    ),
    Guard.PAPER_NEEDED: _when(
        lambda facts: facts.paper_needed,
        "该件不需要寄送纸质材料，请直接转办理地",
        "No papers have to be posted in this case: forward it",
    ),
    Guard.SEVERAL_HANDLING_PLACES: _when(
        lambda facts: facts.places > 1,
        "只有一个办理地，请直接作出决定",
        "There is only one handling place: decide directly",
    ),
    Guard.DELIVERY_BY_POST: _when(
        lambda facts: facts.delivery in _POST,
        "申请人没有选择邮寄，请按“申请人”一栏的送达方式办",
        "The applicant did not choose the post: see how it is to be delivered",
    ),
    Guard.DELIVERY_TO_APPLICANT: _when(
        lambda facts: facts.delivery == DeliveryMethod.EMS_TO_APPLICANT,
        "结果不是寄给申请人本人的，请登记“到窗口”，等申请人来领取",
        "The result is not posted to the applicant: record its arrival at the desk",
    ),
    Guard.DELIVERY_AT_DESK: _when(
        lambda facts: facts.delivery == DeliveryMethod.PICKUP_AT_DESK,
        "申请人没有选择到窗口领取，请按“申请人”一栏的送达方式办",
        "The applicant did not choose to collect at the desk: see how it is to be delivered",
    ),
    Guard.DELIVERY_ELECTRONIC: _when(
        lambda facts: facts.delivery == DeliveryMethod.ELECTRONIC,
        "申请人没有选择电子送达，请按“申请人”一栏的送达方式办",
        "The applicant did not choose electronic delivery: see how it is to be delivered",
    ),
    Guard.WITHDRAWAL_REQUESTED: _when(
        lambda facts: facts.withdrawal,
        "申请人还没有提出撤回。确实要撤回的，请先登记“申请人要撤回”",
        "The applicant has not asked to withdraw; if so, record that first",
    ),
    Guard.NOT_RATED: _when(
        lambda facts: not facts.rated,
        "这件已经评价过，一件一评；还有意见请投诉",
        "This case has been rated already; complain if there is more to say",
    ),
}
