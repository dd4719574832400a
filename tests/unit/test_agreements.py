"""Scopes and agreements as data: what two places are to each other, and what may be applied for between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from pydantic import ValidationError

from kiosk.protocol.agreements import USUAL_SCOPES, Agreement, Agreements, FoundBy, LocalName, Scope, prefix

DAY = date(2026, 11, 20)
FOUR_CITIES = Scope(
    code="hu_bao_e_wu",
    zh="呼包鄂乌通办",
    en="Four cities",
    found_by=FoundBy.ALLIANCE,
    members=("1501", "1502", "1506", "1509"),
    local=(LocalName(place="1506", zh="呼包鄂乌互办", en="Four"), LocalName(place="150626", zh="四市互办", en="4")),
)
PINGLUO, HUIMIN, WENXI = "640221", "371621", "140823"


def agreement(**changes: object) -> Agreement:
    values: dict[str, object] = {
        "number": "0001",
        "receiving": (PINGLUO,),
        "handling": (HUIMIN,),
        "items": ("C021",),
        "scope": "cross_province",
        "since": DAY,
        "basis": "合作协议",
    }
    return Agreement.model_validate(values | changes)


def held(*agreements: Agreement) -> Agreements:
    return Agreements((FOUR_CITIES, *USUAL_SCOPES), agreements)


@pytest.mark.req("R115", "R137")
@pytest.mark.parametrize(
    ("receiving", "handling", "expected"),
    [
        ("150785", "640221", "cross_province"),
        ("150785", "150626", "autonomous_region"),
        ("640221", "640106", "autonomous_region"),
        ("371621", "370104", "province"),
        ("150785", "150702", "city"),
        ("150626", "150626", "city"),
        ("310101", "310115", "city"),
        ("500101", "500229", "city"),
        ("429004", "429005", "province"),
        ("150626", "150207", "hu_bao_e_wu"),
        ("150626", "150602", "city"),
    ],
)
def test_the_scope_follows_from_the_two_places(receiving: str, handling: str, expected: str) -> None:
    assert held().scope(receiving, handling).code == expected
    assert held().scope(handling, receiving).code == expected


def test_of_two_alliances_the_smaller_names_the_scope_and_one_without_members_rests() -> None:
    bend = FOUR_CITIES.model_copy(update={"code": "bend", "members": (*FOUR_CITIES.members, "1508", "6402")})
    both = replace(held(), scopes=(bend, *held().scopes))
    assert both.scope("150626", "150207").code == "hu_bao_e_wu"
    assert both.scope("150626", "640221").code == "bend"
    resting = FOUR_CITIES.model_copy(update={"members": ()})
    assert Agreements((resting, *USUAL_SCOPES)).scope("150626", "150207").code == "autonomous_region"


@pytest.mark.req("R115")
@pytest.mark.parametrize(
    ("place", "name"), [("150626", "四市互办"), ("150602", "呼包鄂乌互办"), ("150207", "呼包鄂乌通办")]
)
def test_a_scope_is_called_as_the_nearest_place_that_names_it_says(place: str, name: str) -> None:
    assert FOUR_CITIES.names(place)[0] == name


@pytest.mark.req("R115")
def test_everything_under_an_agreement_is_called_what_it_says() -> None:
    among = agreement(receiving=("5101", "510921"), handling=("5101", "510921"), items=(), scope="province")
    assert held(among).scope("510104", "510105", "C001", DAY).code == "province", "would be 全市通办 by the places"
    assert held(among).scope("510104", "510105").code == "city"


@pytest.mark.req("R046")
@pytest.mark.parametrize(
    ("changes", "asked", "covered"),
    [
        ({}, (PINGLUO, HUIMIN, "C021"), True),
        ({}, (HUIMIN, PINGLUO, "C021"), True),
        ({"mutual": False}, (HUIMIN, PINGLUO, "C021"), False),
        ({"mutual": False}, (PINGLUO, HUIMIN, "C021"), True),
        ({}, (PINGLUO, HUIMIN, "C025"), False),
        ({"items": ()}, (PINGLUO, HUIMIN, "C025"), True),
        ({}, (PINGLUO, WENXI, "C021"), False),
        ({"handling": ("37",)}, (PINGLUO, HUIMIN, "C021"), True),
        ({"since": date(2026, 11, 21)}, (PINGLUO, HUIMIN, "C021"), False),
        ({"since": date(2026, 1, 1), "until": DAY}, (PINGLUO, HUIMIN, "C021"), True),
        ({"since": date(2026, 1, 1), "until": date(2026, 11, 19)}, (PINGLUO, HUIMIN, "C021"), False),
        ({"receiving": (PINGLUO, HUIMIN, WENXI), "handling": (PINGLUO, HUIMIN, WENXI)}, (WENXI, HUIMIN, "C021"), True),
    ],
)
def test_an_agreement_covers_its_places_items_direction_and_days(
    changes: dict[str, object], asked: tuple[str, str, str], covered: bool
) -> None:
    given = held(agreement(**changes))
    assert given.permits(*asked, national=False, on=DAY) is covered
    assert given.permits(*asked, national=True, on=DAY), "a national item needs none"


@pytest.mark.req("R046", "R114")
def test_a_place_needs_none_with_itself_and_a_centre_that_records_none_limits_nothing() -> None:
    assert held(agreement()).permits(WENXI, WENXI, "C025", national=False, on=DAY)
    assert held().permits(PINGLUO, WENXI, "C025", national=False, on=DAY)
    ended = agreement(since=date(2025, 1, 1), until=date(2025, 12, 31))
    assert not held(ended).permits(PINGLUO, WENXI, "C025", national=False, on=DAY), "the last one ending opens nothing"


def test_what_is_published_is_what_was_recorded() -> None:
    given = held(agreement(), agreement(number="0002", handling=(WENXI,)))
    again = Agreements.of(given.entries())
    assert set(again.scopes) == set(given.scopes)
    assert again.agreements == given.agreements
    assert Agreements.of({}).scopes == USUAL_SCOPES


@pytest.mark.parametrize(
    "entry",
    [
        {"agreement.0001": {"number": "0001"}},
        {"agreement.0001": agreement().model_dump(mode="json") | {"until": "2026-01-01"}},
        {"agreement.0001": agreement().model_dump(mode="json") | {"handling": ["37162"]}},
        {"scope.city": FOUR_CITIES.model_dump(mode="json") | {"code": "city"}},
        {"scope.city": {"code": "city", "zh": "全市", "en": "City", "found_by": "same_city", "members": ["1501"]}},
    ],
)
def test_entries_that_make_no_sense_are_refused(entry: dict[str, object]) -> None:
    with pytest.raises(ValidationError if "scope.city" not in entry else ValueError):
        Agreements.of(entry)


@pytest.mark.parametrize(
    ("code", "means"), [("640000", "64"), ("150600", "1506"), ("640221", "640221"), ("441900", "4419")]
)
def test_a_code_means_all_that_lies_beneath_it(code: str, means: str) -> None:
    assert prefix(code) == means
