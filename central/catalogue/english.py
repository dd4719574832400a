"""The catalogue in English for the desk: names of items as published, and what the lists say in Chinese only."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from central.assets import ASSETS
from central.casework.acts import Words
from central.catalogue import publishing, shipped

_known: WeakKeyDictionary[Engine, tuple[int, Mapping[str, str]]] = WeakKeyDictionary()


def item_names(session: Session, at: datetime) -> Mapping[str, str]:
    """English name by item id, of the version that counts at `at`; what came with the software before there is one."""
    publication = publishing.in_effect(session, "catalogue", at)
    if publication is None:
        return _names(shipped.catalogue())
    engine = session.get_bind().engine
    held = _known.get(engine)
    if held is None or held[0] != publication.id:
        held = publication.id, _names(publishing.contents_of(session, publication))
        _known[engine] = held
    return held[1]


def shipped_items() -> tuple[tuple[str, Words], ...]:
    """The items that came with the software, to choose from: id and name."""
    entries = ((key, entry) for key, entry in shipped.catalogue().items() if key != shipped.COMMON)
    return tuple((key, Words(entry["guide"]["name"], entry["name_en"])) for key, entry in entries)


def said(chinese: str) -> str:
    """Words of the lists (items, materials, points of the check, departments) in English; as they are where they have none."""
    return _words().get(chinese, chinese)


def _names(contents: Mapping[str, Any]) -> dict[str, str]:
    return {key: entry["name_en"] for key, entry in contents.items() if key != shipped.COMMON and entry["name_en"]}


@cache
def _words() -> Mapping[str, str]:
    values = tomllib.loads((ASSETS / "catalogue" / "english.toml").read_text("utf-8"))["values"]
    forms = tomllib.loads((ASSETS / "catalogue" / "applications.toml").read_text("utf-8"))
    return {**{name.zh: name.en for _, name in shipped_items()}, **dict(_pairs(forms)), **values}


def _pairs(part: Any) -> Iterator[tuple[str, str]]:
    """All texts in both languages, wherever they stand."""
    if isinstance(part, dict):
        if isinstance(part.get("zh"), str) and isinstance(part.get("en"), str):
            yield part["zh"], part["en"]
        for inner in part.values():
            yield from _pairs(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _pairs(inner)
