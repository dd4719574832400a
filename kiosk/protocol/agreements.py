"""Which items may be applied for between which two places (合作协议), and what that is called (通办范围). Data and pure rules.

The centre publishes both as the body `agreements`: an entry `scope.<code>` for each scope, `agreement.<number>` for each
agreement. Terminals choose by it, also without a network; the centre looks again when an application arrives.

The rule: an item may be applied for between two places when it is national (全国通办), or an agreement in force covers the
two places and the item. A place needs no agreement with itself, and a centre that has recorded none limits nothing.

Places are prefixes of division codes (GB/T 2260): two digits are a province, four a city, six a county.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from kiosk.protocol.model import NO_NUL, Code, Message

Prefix = Annotated[str, Field(pattern=r"^[1-9][0-9](?:[0-9]{2}){0,2}$")]
Name = Annotated[str, Field(min_length=1, max_length=40, pattern=NO_NUL)]
Number = Annotated[str, Field(pattern=r"^[0-9]{4,9}$")]
_Parties = Annotated[tuple[Prefix, ...], Field(min_length=1, max_length=200)]

SCOPE_KEY: Final = "scope."
AGREEMENT_KEY: Final = "agreement."
_AUTONOMOUS: Final = frozenset({"15", "45", "54", "64", "65"})
_MUNICIPALITIES: Final = frozenset({"11", "12", "31", "50"})
_UNDER_THE_PROVINCE: Final = "90"
"""Third and fourth digit of county-level places that belong to no city (省直辖县级)."""


class FoundBy(StrEnum):
    """How two places lie to each other when a scope is theirs; the first that fits, in this order."""

    ALLIANCE = "alliance"
    """They belong to different members of it (呼包鄂乌)."""
    SAME_CITY = "same_city"
    SAME_AUTONOMOUS_REGION = "same_autonomous_region"
    SAME_PROVINCE = "same_province"
    OTHER_PROVINCE = "other_province"


class LocalName(Message):
    """What the places under `place` call a scope (R115)."""

    place: Prefix
    zh: Name
    en: Name


class Scope(Message):
    """A scope (通办范围), how it is found for two places, and its names."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    zh: Name
    en: Name
    found_by: FoundBy
    members: Annotated[tuple[Prefix, ...], Field(max_length=200)] = ()
    """Of an alliance; what lies under a member belongs to it. Empty: the alliance is at rest."""
    local: Annotated[tuple[LocalName, ...], Field(max_length=400)] = ()

    @model_validator(mode="after")
    def _only_alliances_have_members(self) -> Self:
        if self.members and self.found_by is not FoundBy.ALLIANCE:
            raise ValueError("only an alliance has members")
        return self

    def names(self, place: str) -> tuple[str, str]:
        """Chinese and English name as `place` says it: the name given nearest to it, else the common one."""
        given = [one for one in self.local if place.startswith(one.place)]
        nearest = max(given, key=lambda one: len(one.place), default=self)
        return nearest.zh, nearest.en

    def links(self, one: str, other: str) -> bool:
        """Whether, as an alliance, it links two places: they belong to different members."""
        first, second = (self.member(place) for place in (one, other))
        return bool(first and second) and first != second

    def member(self, place: str) -> str:
        """The member that a place belongs to, or ""."""
        return max((each for each in self.members if place.startswith(each)), key=len, default="")


class Agreement(Message):
    """A cooperation agreement (合作协议): places of `receiving` take in what places of `handling` decide.

    The parties of an agreement of many with one another stand in both lists.
    """

    number: Number
    receiving: _Parties
    handling: _Parties
    mutual: bool = True
    """Also the other way round."""
    items: Annotated[tuple[Code, ...], Field(max_length=2000)] = ()
    """Ids of the items; empty: all."""
    scope: Code
    """What applications under it are called, and whose list it belongs to."""
    since: date
    until: date | None = None
    """The last day on which it counts; None: no end."""
    basis: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
    """Its name and document number."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError("until lies before since")
        return self

    def in_force(self, on: date) -> bool:
        """Whether it counts on this day."""
        return self.since <= on and (self.until is None or on <= self.until)

    def has_item(self, item: str) -> bool:
        """Whether it is about this item; "": about all of them."""
        return not self.items or item in self.items

    def partners(self, receiving: str) -> tuple[str, ...]:
        """The places for which `receiving` takes in."""
        found = self.handling if _within(receiving, self.receiving) else ()
        if self.mutual and _within(receiving, self.handling):
            found += self.receiving
        return found


USUAL_SCOPES: Final = (
    Scope(code="city", zh="全市通办", en="City-wide", found_by=FoundBy.SAME_CITY),
    Scope(
        code="autonomous_region",
        zh="全区通办",
        en="Region-wide",
        found_by=FoundBy.SAME_AUTONOMOUS_REGION,
    ),
    Scope(code="province", zh="省内通办", en="Province-wide", found_by=FoundBy.SAME_PROVINCE),
    Scope(code="cross_province", zh="跨省通办", en="Cross-province", found_by=FoundBy.OTHER_PROVINCE),
)
"""The scopes of every centre; one may be named differently, and alliances added."""


@dataclass(frozen=True)
class Agreements:
    """All scopes and agreements of one version."""

    scopes: tuple[Scope, ...] = USUAL_SCOPES
    agreements: tuple[Agreement, ...] = ()
    """Also those that have ended: they say that this centre works by agreements."""

    @classmethod
    def of(cls, contents: Mapping[str, Any]) -> Self:
        """From the entries of a published version.

        Raises:
            ValueError: an entry makes no sense.
        """
        scopes = {scope.code: scope for scope in USUAL_SCOPES}
        agreements = []
        for key, value in sorted(contents.items()):
            if key.startswith(SCOPE_KEY):
                scope = Scope.model_validate(value)
                scopes[scope.code] = scope
            else:
                agreements.append(Agreement.model_validate(value))
        ways = {scope.found_by for scope in scopes.values()}
        if not ways >= set(FoundBy) - {FoundBy.ALLIANCE}:
            raise ValueError("two places could be in no scope")
        return cls(tuple(scopes.values()), tuple(agreements))

    def entries(self) -> dict[str, Any]:
        """As they are published."""
        scopes = {SCOPE_KEY + one.code: one.model_dump(mode="json") for one in self.scopes}
        return scopes | {AGREEMENT_KEY + one.number: one.model_dump(mode="json") for one in self.agreements}

    def scope(self, receiving: str, handling: str, item: str = "", on: date | None = None) -> Scope:
        """The scope of an application: as the agreement calls it that covers it on the day, else by the two places."""
        agreement = None if on is None else self.covering(receiving, handling, item, on)
        named = None if agreement is None else self.called(agreement.scope)
        return named or self._by_places(receiving, handling)

    def called(self, code: str) -> Scope | None:
        """The scope with this code."""
        return next((scope for scope in self.scopes if scope.code == code), None)

    def covering(self, receiving: str, handling: str, item: str, on: date) -> Agreement | None:
        """The agreement in force between two places about an item; of several the one recorded first."""
        return next(
            (
                one
                for one in self.agreements
                if one.has_item(item) and one.in_force(on) and _within(handling, one.partners(receiving))
            ),
            None,
        )

    def permits(self, receiving: str, handling: str, item: str, national: bool, on: date) -> bool:
        """Whether `receiving` may take in applications for an item that `handling` decides (the rule above)."""
        if national or receiving == handling or not self.agreements:
            return True
        return self.covering(receiving, handling, item, on) is not None

    def partners(self, receiving: str, item: str, on: date) -> tuple[str, ...]:
        """Prefixes of the places with which `receiving` has an agreement in force about an item; "": about anything."""
        found = (
            place
            for one in self.agreements
            if one.in_force(on) and (not item or one.has_item(item))
            for place in one.partners(receiving)
        )
        return tuple(dict.fromkeys(found))

    def _by_places(self, receiving: str, handling: str) -> Scope:
        linked = [scope for scope in self.scopes if scope.links(receiving, handling)]
        if linked:
            return min(linked, key=lambda scope: (len(scope.members), scope.code))
        if receiving[:2] != handling[:2]:
            found_by = FoundBy.OTHER_PROVINCE
        elif _city(receiving) == _city(handling):
            found_by = FoundBy.SAME_CITY
        elif receiving[:2] in _AUTONOMOUS:
            found_by = FoundBy.SAME_AUTONOMOUS_REGION
        else:
            found_by = FoundBy.SAME_PROVINCE
        return next(scope for scope in self.scopes if scope.found_by is found_by)


def prefix(code: str) -> str:
    """The prefix that a division code of six digits means: 640000 is all of Ningxia, 150600 all of Ordos."""
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code


def _within(place: str, prefixes: tuple[str, ...]) -> bool:
    return place.startswith(prefixes)


def _city(code: str) -> str:
    """What two places share that lie in one city."""
    if code[:2] in _MUNICIPALITIES:
        return code[:2]
    return code if code[2:4] == _UNDER_THE_PROVINCE else code[:4]
