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


def spell(name: str) -> tuple[str, str]:
    """Initials and full pinyin, lower case, letters and digits only."""
    syllables = [
        s for s in lazy_pinyin(name, style=Style.NORMAL, errors=lambda text: text) if s.isascii() and s.isalnum()
    ]
    return "".join(s[0] for s in syllables).lower(), "".join(syllables).lower()


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
                "applicant": raw["applicant"],
                "time_limit": raw["time_limit"],
                "fee": raw["fee"],
                "level": raw["self_service_level"],
                "note": raw["note"],
                "situations": raw.get("situations", []),
                "materials": [{key: material[key] for key in MATERIAL_KEYS} for material in raw["materials"]],
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
