"""Build the catalogue and region assets from the reference data.

    python tools/build_catalogue.py DATA_FOLDER

`DATA_FOLDER` holds `catalogue.json` and `data/regions_l3.json`. Full pinyin and initials are computed here, because
the terminal carries no pinyin dictionary for searching (pypinyin is a development dependency only).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pypinyin import Style, lazy_pinyin

ASSETS = Path(__file__).resolve().parents[1] / "assets"

FILLERS = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
"""Level-2 names of the statistical table that are no places."""

MATERIAL_KEYS = (
    "code",
    "name",
    "capture",
    "necessity",
    "copies",
    "formal_check",
    "condition",
    "original_required",
    "e_licence_possible",
)

LICENCE_TYPES = {
    ("C001", "CARD"): "社会保障卡",
    ("C004", "CERT"): "基本养老保险参保缴费凭证",
    ("C007", "RETIRE"): "退休证",
    ("C008", "DEED"): "不动产权证书",
    ("C008", "MARR"): "结婚证",
    ("C009", "MARR"): "结婚证",
    ("C016", "MED"): "机动车驾驶人身体条件证明",
    ("C017", "DIPLOMA"): "普通高等学校毕业证书",
    ("C020", "LICENSE"): "机动车驾驶证",
    ("C021", "RES"): "居住证",
    ("C022", "MARR"): "结婚证",
}
"""证照类型名称 of the applicant's own e-licence by item and material: general knowledge, to be checked against the directory of
the service that is connected. Materials that another person's licence meets (the spouse's card) and what a terminal reads
from the card itself have none."""


def spell(name: str) -> tuple[str, str]:
    """Initials and full pinyin, lower case, letters and digits only."""
    syllables = [
        s for s in lazy_pinyin(name, style=Style.NORMAL, errors=lambda text: text) if s.isascii() and s.isalnum()
    ]
    return "".join(s[0] for s in syllables).lower(), "".join(syllables).lower()


LOCAL = "地方事项"
"""How the batch of an item begins that is on no national list."""


def build_items(source: Path, target: Path) -> int:
    """Write `items.json`: one line per service item; source and confidence are kept."""
    data: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    items = []
    for raw in data["items"]:
        initials, pinyin = spell(raw["name"])
        items.append(
            {
                "id": raw["id"],
                "name": raw["name"],
                "initials": initials,
                "pinyin": pinyin,
                "sector": raw["sector"],
                "department": raw["lead_department"],
                "modes": raw["modes"],
                "batch": raw["batch"],
                "national": not raw["batch"].startswith(LOCAL),
                "applicant": raw["applicant"],
                "time_limit": raw["time_limit"],
                "fee": raw["fee"],
                "level": raw["self_service_level"],
                "note": raw["note"],
                "situations": raw.get("situations", []),
                "materials": [_material(raw["id"], material) for material in raw["materials"]],
                "confidence": raw["confidence"],
                "sources": raw["sources"],
            }
        )
    lines = ",\n".join(json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items)
    head = json.dumps(
        {
            "version": f"{data['as_of']}.1",
            "as_of": data["as_of"],
            "first_batch": data["suggested_first_batch"],
        },
        ensure_ascii=False,
    )
    target.write_text(f'{head[:-1]}, "items": [\n{lines}\n]}}\n', encoding="utf-8")
    return len(items)


def _material(item_id: str, raw: dict[str, Any]) -> dict[str, Any]:
    licence = LICENCE_TYPES.get((item_id, raw["code"]))
    return {key: raw[key] for key in MATERIAL_KEYS} | ({"licence_type": licence} if licence else {})


def build_regions(source: Path, target: Path) -> int:
    """Write `regions.tsv`: code, level, parent as shown on screen, name, initials, pinyin; fillers are left out.

    A code alone is no key: 441900, 442000 and 460400 stand at level 2 and again at level 3.
    """
    rows = json.loads(source.read_text(encoding="utf-8"))["rows"]
    filler_parent = {code: parent for code, name, level, parent in rows if level == 2 and name in FILLERS}
    lines = []
    for code, name, level, parent in rows:
        if level == 2 and name in FILLERS:
            continue
        shown_parent = filler_parent.get(parent, parent) if level == 3 else parent
        initials, pinyin = spell(name)
        lines.append("\t".join((code, str(level), shown_parent or "", name, initials, pinyin)))
    target.write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")
    return len(lines)


def main() -> None:
    """Build both assets and say how many rows they hold."""
    folder = Path(sys.argv[1])
    for name in ("catalogue", "regions"):
        (ASSETS / name).mkdir(parents=True, exist_ok=True)
    items = build_items(folder / "catalogue.json", ASSETS / "catalogue" / "items.json")
    regions = build_regions(folder / "data" / "regions_l3.json", ASSETS / "regions" / "regions.tsv")
    print(f"{items} items, {regions} regions")


if __name__ == "__main__":
    main()
