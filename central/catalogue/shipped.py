"""The content that comes with the software, as a new centre first publishes it.

What the published lists do not say (promise days, legal basis, whether paper is archived) is a proposal that the
competent departments approve or change (R088, R145): `confirmed` says whether they have.
"""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from typing import Any

from central.assets import ASSETS
from kiosk.protocol.agreements import Agreements

COMMON = "_common"
"""Key of the catalogue's entry with what belongs to no item: first batch, contact pages, English of recurring values."""

_MODES = {
    "full_online": "全程网办：网上受理、审查、决定、送达",
    "collect_and_forward": "异地代收代办：收件地收件并作形式审查，办理地受理、审查和决定",
    "multi_site_A": "多地联办：收件地受理，办理地办结",
    "multi_site_B": "多地联办：收件地受理，办理地核验，收件地办结",
    "multi_site": "多地联办：一地受理，多地协同",
}
_DELIVERIES = {"electronic": "电子结果", "ems_to_applicant": "邮寄到家", "pickup_at_desk": "到收件地窗口领取"}
_LICENCE = re.compile(r"许可|驾驶证|资格证|经营|工商登记|营业执照")
_UNSAID = "以办理地公布的为准"
_NO_LICENCE = re.compile(r"查询|核验|公证")


@cache
def catalogue() -> dict[str, Any]:
    """Item id -> entry, and `_common`."""
    listed = json.loads((ASSETS / "catalogue" / "items.json").read_text("utf-8"))
    english = tomllib.loads((ASSETS / "catalogue" / "english.toml").read_text("utf-8"))
    forms = tomllib.loads((ASSETS / "catalogue" / "applications.toml").read_text("utf-8"))
    samples = json.loads((ASSETS / "catalogue" / "samples.json").read_text("utf-8"))
    entries: dict[str, Any] = {
        COMMON: {
            "as_of": listed["as_of"],
            "first_batch": listed["first_batch"],
            "contact_pages": forms["contact_pages"],
            "english_values": english["values"],
        }
    }
    for guide in listed["items"]:
        form = forms["applications"].get(guide["id"])
        entries[guide["id"]] = {
            "guide": guide,
            "name_en": english["names"].get(guide["id"], ""),
            "application": form,
            "office": _office(guide, form or {}),
            "samples": samples.get(guide["id"], []),
        }
    return entries


@cache
def ratings() -> dict[str, Any]:
    """Rules of rating by the beginning of division codes (R135); `_default` for all other places."""
    data = json.loads((ASSETS / "ratings" / "rules.json").read_text("utf-8"))
    return {place or "_default": rules for place, rules in data.items()}


@cache
def profiles() -> dict[str, Any]:
    """Profile -> its rules, and `_default`."""
    data = json.loads((ASSETS / "casework" / "profiles.json").read_text("utf-8"))
    return {**data["profiles"], "_default": {"profile": data["default"]}}


@cache
def calendar() -> dict[str, Any]:
    """Year -> days off and exchanged working days. A `provisional` year has statutory days only."""
    data = json.loads((ASSETS / "calendar" / "workdays.json").read_text("utf-8"))
    provisional = {
        year: {**days, "extra_workdays": [], "provisional": True} for year, days in data["provisional"].items()
    }
    return {**provisional, **data["years"]}


@cache
def agreements() -> dict[str, Any]:
    """The scopes of every centre; no agreements."""
    return Agreements().entries()


def _office(guide: dict[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    days = [int(number) for number in re.findall(r"\d+", guide["time_limit"])]
    deliveries = form.get("deliveries", ["pickup_at_desk", "ems_to_applicant"])
    licence = bool(_LICENCE.search(guide["name"])) and not _NO_LICENCE.search(guide["name"])
    return {
        "status": "open" if guide["level"] != "guide_only" or form else "guide_only",
        "promise_days": max(days, default=0) or (1 if "即时" in guide["time_limit"] else 20),
        "statutory_days": 20,
        "licence": licence,
        "prereview": False,
        "paper_archive": [],
        "must_be_onsite": "",
        "basis": f"《{guide['name']}》办事指南",
        "source_doc": "国办发〔2020〕35号" if guide["batch"][:4] in ("2020", "2021") else guide["batch"],
        "code": "",
        "elements": {
            "conditions": form.get("conditions", {}).get("zh") or guide["applicant"] or _UNSAID,
            "ways": "自助终端、窗口、网上",
            "mode": "；".join(_MODES.get(mode, mode) for mode in guide["modes"]),
            "procedure": "提交、形式审查、受理、审查、决定、送达",
            "time_limit": guide["time_limit"] or _UNSAID,
            "result": "、".join(_DELIVERIES[one] for one in deliveries),
            "fee": guide["fee"] or _UNSAID,
        },
        "confirmed": False,
    }
