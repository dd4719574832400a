"""The service items: what the catalogue says of each, and how to find one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.catalogue.errors import CatalogueError, read_asset


@dataclass(frozen=True, slots=True)
class ListedMaterial:
    """A material as the published list names it."""

    name: str
    necessity: str
    condition: str
    original_required: bool
    code: str
    licence_type: str
    """证照类型名称 of the applicant's e-licence that takes its place (R050); empty: none does."""


@dataclass(frozen=True, slots=True)
class Item:
    """One service item (事项). Empty strings: the catalogue has no value."""

    id: str
    name: str
    name_en: str
    """English name; the Chinese one when there is none."""
    initials: str
    pinyin: str
    sector: str
    department: str
    modes: tuple[str, ...]
    batch: str
    applicant: str
    time_limit: str
    fee: str
    level: str
    """`instant`, `submit` or `guide_only`: what the catalogue thinks a terminal can do."""
    note: str
    national: bool
    """On the national list (全国通办): needs no agreement between places (R046)."""
    materials: tuple[ListedMaterial, ...]
    sourced: frozenset[str]
    """Names of the values that have a named source; everything else is general knowledge (R088, R145)."""

    def matches(self, text: str) -> bool:
        """Whether a name, initials or full pinyin contain `text` (lower case)."""
        return text in self.name or text in self.initials or text in self.pinyin or text in self.name_en.lower()


@dataclass(frozen=True, slots=True)
class ItemList:
    """All items of one version of the catalogue, in its order."""

    version: str
    as_of: str
    """ISO date of the state of the catalogue: a terminal whose clock is earlier has a wrong clock."""
    first_batch: tuple[str, ...]
    items: tuple[Item, ...]


def _item(raw: dict[str, Any], names: Mapping[str, str]) -> Item:
    return Item(
        id=raw["id"],
        name=raw["name"],
        name_en=names.get(raw["id"], raw["name"]),
        initials=raw["initials"],
        pinyin=raw["pinyin"],
        sector=raw["sector"],
        department=raw["department"],
        modes=tuple(raw["modes"]),
        batch=raw["batch"],
        applicant=raw["applicant"],
        time_limit=raw["time_limit"],
        fee=raw["fee"],
        level=raw["level"],
        note=raw["note"],
        national=raw.get("national", True),
        materials=tuple(
            ListedMaterial(
                one["name"],
                one["necessity"],
                one["condition"],
                one["original_required"],
                one.get("code", ""),
                one.get("licence_type", "") if one.get("e_licence_possible") else "",
            )
            for one in raw["materials"]
        ),
        sourced=frozenset(key for key, value in raw["confidence"].items() if value == "source"),
    )


def load_english(file: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Read `english.toml`: names by item id, and values by their Chinese wording.

    Raises:
        CatalogueError: missing, no TOML, or something in it is no text.
    """
    try:
        data = tomllib.loads(read_asset(file))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(file, "", f"is no TOML: {error}") from error
    for name in ("names", "values"):
        table = data.get(name)
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise CatalogueError(file, name, "should be a table of texts")
    return data["names"], data["values"]


def load_items(file: Path, names: Mapping[str, str]) -> ItemList:
    """Read `items.json`; `names` are the English names by item id.

    Raises:
        CatalogueError: missing, no JSON, or a value is missing.
    """
    try:
        data = json.loads(read_asset(file))
    except json.JSONDecodeError as error:
        raise CatalogueError(file, f"line {error.lineno}", "is no JSON") from error
    return items_of(data, names, file)


def items_of(data: Mapping[str, Any], names: Mapping[str, str], file: Path) -> ItemList:
    """The same from values that were read from `file`.

    Raises:
        CatalogueError
    """
    items = []
    name = "version"
    try:
        version, as_of, first_batch = data["version"], data["as_of"], tuple(data["first_batch"])
        for index, raw in enumerate(data["items"]):
            name = f"item {index + 1}"
            items.append(_item(raw, names))
    except (KeyError, TypeError, AttributeError) as error:
        raise CatalogueError(file, name, f"lacks or mistypes {error}") from error
    if len({item.id for item in items}) != len(items):
        raise CatalogueError(file, "items", "an id stands twice")
    return ItemList(version, as_of, first_batch, tuple(items))
