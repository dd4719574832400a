"""Divisions of the country by code and by name, for what staff type and read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from central.assets import ASSETS
from central.casework.acts import Refused, Words
from kiosk.protocol.agreements import prefix

_CODE = re.compile(r"[1-9][0-9]{5}")
_SEPARATORS = re.compile(r"[、，,；;\s]+")


@dataclass(frozen=True, slots=True)
class Division:
    """A place; `path` is province, city and county, as far as it goes."""

    code: str
    name: str
    path: str

    @property
    def spellings(self) -> set[str]:
        """Its name alone, and after its province, its city or both."""
        *above, name = self.path.split(" ")
        return {name, *(one + name for one in above), "".join(above) + name}


@cache
def divisions() -> dict[str, Division]:
    """All of them by code; of a code that stands at two levels the higher one."""
    found: dict[str, Division] = {}
    for line in (ASSETS / "regions" / "regions.tsv").read_text("utf-8").splitlines():
        code, _, parent, name, *_ = line.split("\t")
        above = found.get(parent)
        found.setdefault(code, Division(code, name, f"{above.path} {name}" if above else name))
    return found


def place_name(place: str) -> str:
    """A place by its code or prefix: 山东省 滨州市 惠民县; the code where it is not known."""
    division = divisions().get(place.ljust(6, "0"))
    return place if division is None else division.path


def places_in(text: str) -> tuple[str, ...]:
    """Prefixes of the places that somebody typed: six digits or a name each, a name as long as it needs to be single.

    Raises:
        Refused: one is not known, or its name is that of several.
    """
    return tuple(dict.fromkeys(_place(word) for word in _SEPARATORS.split(text.strip()) if word))


def _place(word: str) -> str:
    if _CODE.fullmatch(word):
        if word in divisions():
            return prefix(word)
        raise Refused("place", Words(f"没有区划代码 {word}。", f"There is no division {word}."))
    named = [one for one in divisions().values() if word.endswith(one.name) and word in one.spellings]
    if len(named) == 1:
        return prefix(named[0].code)
    if not named:
        raise Refused(
            "place",
            Words(
                f"找不到“{word}”，请写全名或 6 位区划代码。",
                f"“{word}” is not found: give the full name or six digits.",
            ),
        )
    codes = "、".join(f"{one.path} {one.code}" for one in named)
    raise Refused(
        "place", Words(f"“{word}”不止一个，请写代码：{codes}", f"There are several “{word}”, give a code: {codes}")
    )
