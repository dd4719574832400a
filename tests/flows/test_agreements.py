"""Choosing where agreements count: places and items that are covered, and scopes by the names they have here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kiosk.protocol.agreements import USUAL_SCOPES, Agreement, Agreements, FoundBy, LocalName, Scope
from kiosk.visit.house import House
from tests.flows.citizen import Citizen, touchable
from tests.flows.house import house

FOUR_CITIES = Scope(
    code="hu_bao_e_wu",
    zh="呼包鄂乌通办",
    en="Four cities",
    found_by=FoundBy.ALLIANCE,
    members=("1501", "1502", "1506", "1509"),
    local=(LocalName(place="150626", zh="呼包鄂乌互办", en="Four cities"),),
)


def agreed(*, receiving: str = "150785", until: date | None = None) -> House:
    """A house where C001 is on no national list, and agreed with 惠民县 and all of 石嘴山市."""
    usual = house()
    items = tuple(replace(item, national=item.id != "C001") for item in usual.catalogue.items)
    agreement = Agreement(
        number="0001",
        receiving=(receiving,),
        handling=("371621", "6402"),
        items=("C001",),
        scope="cross_province",
        since=date(2026, 1, 1),
        until=until,
        basis="合作协议",
    )
    return replace(
        usual,
        catalogue=replace(usual.catalogue, items=items),
        terminal=replace(usual.terminal, receiving_region=receiving, partners=("140823",)),
        agreements=Agreements((FOUR_CITIES, *USUAL_SCOPES), (agreement,)),
    )


def keys(citizen: Citizen) -> list[str]:
    return [row.key for row in citizen.view.rows]  # type: ignore[attr-defined]


@pytest.mark.req("R046", "R114")
def test_for_an_item_by_agreement_only_places_with_one_can_be_chosen() -> None:
    citizen = Citizen(agreed()).starts().touches("guide").picks("C001").touches("apply").sees("place")
    assert keys(citizen) == ["371621", "150000", "370000", "640000"], "the partner, and the ways to places agreed with"
    citizen.touches("640000")
    assert keys(citizen) == ["640200"]
    citizen.goes_back().searches("青阳").reads("没有找到")
    citizen.searches("平罗").touches("640221").sees("consent")
    assert citizen.draft.handling_region == "640221"


@pytest.mark.req("R046")
def test_a_place_without_an_agreement_offers_the_national_items_only() -> None:
    citizen = Citizen(agreed()).starts().applies_in("341723").sees("service_list").searches("异地就医")
    assert "C001" not in keys(citizen)
    assert "C001" in keys(Citizen(agreed()).starts().applies_in("640221").searches("异地就医"))
    assert "C001" in keys(Citizen(agreed(until=date(2026, 11, 20))).starts().applies_in("640221").searches("异地就医"))
    ended = Citizen(agreed(until=date(2026, 11, 19))).starts().applies_in("640221").searches("异地就医")
    assert "C001" not in keys(ended)


@pytest.mark.parametrize("today", ["1970-01-01", "2099-01-01"])
def test_a_wrong_clock_closes_no_place_that_there_is_an_agreement_with(today: str) -> None:
    there = replace(agreed(until=date(2027, 12, 31)), today=today)
    assert "C001" in keys(Citizen(there).starts().applies_in("640221").searches("异地就医"))


@pytest.mark.req("R046")
def test_an_item_that_the_place_chosen_before_cannot_take_asks_for_the_place_again() -> None:
    citizen = Citizen(agreed()).starts().applies_in("341723")
    while citizen.view.name != "home":
        citizen.goes_back()
    assert citizen.draft.handling_region == "341723"
    citizen.touches("C001").touches("apply").sees("place")
    assert "340000" not in keys(citizen)


@pytest.mark.req("R137", "R115")
def test_places_are_found_by_scope_under_the_names_used_here() -> None:
    citizen = (
        Citizen(agreed(receiving="150626")).starts().touches("apply").reads("呼包鄂乌互办", "全区通办", "跨省通办")
    )
    citizen.touches("scope:hu_bao_e_wu")
    assert keys(citizen) == ["150100", "150200", "150900"]
    citizen.touches("scope:autonomous_region")
    assert "150700" in keys(citizen)
    assert not {"150200", "150600", "640000"} & set(keys(citizen))
    citizen.touches("scope:city")
    assert "150602" in keys(citizen)
    citizen.touches("scope:cross_province")
    assert "110000" in keys(citizen)
    assert "150000" not in keys(citizen)
    citizen.touches("scope:").searches("九原").touches("150207").sees("service_list").reads("呼包鄂乌互办")


@pytest.mark.req("R046")
def test_where_no_agreement_is_recorded_every_place_and_item_is_open_as_ever() -> None:
    plain = replace(agreed(), agreements=Agreements())
    citizen = Citizen(plain).starts().touches("guide").picks("C001").touches("apply").sees("place")
    assert "320000" in touchable(citizen.view)
