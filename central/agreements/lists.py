"""清单 (R164): the items of each scope, with number, batch and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from central.catalogue import shipped
from kiosk.protocol.agreements import Agreements

HEADING = ("序号", "事项编号", "业务办理项编码", "事项", "牵头部门", "批次", "清单文号", "依据", "办理方式", "自助申报")
NATIONAL = "全国通办"


@dataclass(frozen=True, slots=True)
class Listed:
    """One item in the list of a scope."""

    item_id: str
    code: str
    """业务办理项编码; empty: not given yet."""
    name: str
    name_en: str
    department: str
    batch: str
    source_doc: str
    national: bool
    agreements: tuple[str, ...]
    """Numbers of the agreements that name it; of a national item too."""
    modes: tuple[str, ...]
    at_terminals: bool


def items_of(agreements: Agreements, scope: str, catalogue: Mapping[str, Any], on: date) -> tuple[Listed, ...]:
    """What may be applied for in a scope on a day: national items, and what its agreements name."""
    ours = [one for one in agreements.agreements if one.scope == scope and one.in_force(on)]
    found = []
    for item_id, entry in sorted(catalogue.items()):
        if item_id == shipped.COMMON or entry["office"]["status"] == "closed":
            continue
        guide, office = entry["guide"], entry["office"]
        numbers = tuple(one.number for one in ours if one.has_item(item_id))
        national = guide.get("national", True)
        if national or numbers:
            found.append(
                Listed(
                    item_id=item_id,
                    code=office["code"],
                    name=guide["name"],
                    name_en=entry["name_en"] or guide["name"],
                    department=guide["department"],
                    batch=guide["batch"],
                    source_doc=office["source_doc"],
                    national=national,
                    agreements=numbers,
                    modes=tuple(guide["modes"]),
                    at_terminals=bool(entry["application"]) and office["status"] == "open",
                )
            )
    return tuple(found)
