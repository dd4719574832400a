"""What terminals found in pictures and read on pages, in words for staff. A machine made it; people decide."""

from __future__ import annotations

import tomllib
from functools import cache

from central.assets import ASSETS
from central.casework.acts import Words
from kiosk.protocol.application import Finding

_VERDICTS = {
    "blurred": Words("拍得不清楚", "Blurred"),
    "glare": Words("有反光", "Glare"),
    "too_dark": Words("太暗", "Too dark"),
    "cut_off": Words("四边没拍全", "An edge is cut off"),
    "too_small": Words("纸在画面里太小", "Too small in the picture"),
    "finger": Words("手指挡住了字", "A finger covers text"),
    "two_sheets": Words("画面里有两张纸", "Two sheets in the picture"),
    "blank": Words("好像是空白页", "Looks blank"),
    "same_page": Words("和另一页相同", "Same as another page"),
    "upside_down": Words("放倒了", "Upside down"),
    "not_a_document": Words("不像是材料", "Does not look like a document"),
    "no_page": Words("没找到纸张", "No sheet was found"),
}
_FINDINGS = {
    "kind_matches": Words("是这种材料", "The right kind of paper"),
    "other_kind": Words("看起来是另一种材料", "Looks like another kind of paper"),
    "name_found": Words("有申请人姓名", "Applicant's name found"),
    "name_missing": Words("没读到申请人姓名", "Applicant's name not found"),
    "number_found": Words("有申请人证件号", "Applicant's number found"),
    "number_missing": Words("没读到申请人证件号", "Applicant's number not found"),
    "other_number": Words("上面是别人的证件号", "Bears another person's number"),
    "valid": Words("在有效期内", "Valid"),
    "expired": Words("有效期已过", "Expired"),
    "seal_found": Words("有红色印章", "Red seal found"),
    "seal_missing": Words("没看到红色印章", "No red seal seen"),
    "signature_found": Words("有签名", "Signature found"),
    "signature_missing": Words("没看到签名", "No signature seen"),
    "turned": Words("已转正", "Was turned upright"),
    "nothing_read": Words("没有读到字", "No text was read"),
}
_DOUBTS = {"other_kind", "name_missing", "number_missing", "other_number", "expired", "seal_missing",
           "signature_missing", "nothing_read"}  # fmt: skip
_MET_BY = {
    "pages": Words("拍照", "photographed"),
    "card": Words("身份证读取", "read from the identity card"),
    "social_card": Words("社保卡读取", "read from the social security card"),
    "form": Words("在终端填写", "filled in at the terminal"),
    "signature": Words("手写签名", "signed by hand"),
    "original_at_desk": Words("原件交到窗口", "the original comes to the desk"),
    "later": Words("以后补交", "to come later"),
    "promise": Words("以承诺代替", "a promise in its place"),
    "shared": Words("由系统共享取得", "obtained from another system"),
}


def verdict(code: str) -> Words | None:
    """What the terminal found wrong with the picture; None for nothing (`ok` of older terminals)."""
    return None if code == "ok" else _VERDICTS.get(code, Words(code, code))


def finding(found: Finding) -> Words:
    """A finding, with its value where that helps. Codes of later terminals are shown as they are."""
    words = _FINDINGS.get(found.code, Words(found.code, found.code))
    value = found.value
    if found.code == "other_kind":
        kind = _kinds().get(value)
        if kind is None:
            return words
        return Words(f"看起来是：{kind.zh}", f"Looks like: {kind.en}")
    if value == "long_term":
        return Words(f"{words.zh}（长期）", f"{words.en} (long-term)")
    if found.code in ("valid", "expired") and value:
        return Words(f"{words.zh}（{value}）", f"{words.en} ({value})")
    return words


def doubtful(found: Finding) -> bool:
    """Whether it is a reason to look closely."""
    return found.code in _DOUBTS


def met_by(code: str) -> Words:
    """How a material was met."""
    return _MET_BY.get(code, Words(code, code))


@cache
def _kinds() -> dict[str, Words]:
    kinds = tomllib.loads((ASSETS / "materials" / "kinds.toml").read_text("utf-8"))
    return {
        code: Words(kind["label"]["zh"], kind["label"]["en"])
        for code, kind in kinds.items()
        if isinstance(kind, dict) and "label" in kind
    }
