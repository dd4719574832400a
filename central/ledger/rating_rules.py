"""Rules of 好差评 by place (R135): each province has its own plan of rating, so what differs is data and not code.

Published as the body `ratings` (`central publish ratings`), by the beginning of division codes: of a place the longest that
fits counts. Until somebody publishes, assets/ratings/rules.json does. The five levels, and that the last two are bad ones,
are the national standard's (GB/T 39735—2020) and no rule's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from central.assets import ASSETS
from kiosk.protocol.model import Code
from kiosk.protocol.voices import RatingReason

FILE = ASSETS / "ratings" / "rules.json"
EVERYWHERE = "_default"
"""Key of the rules for all other places in the published body, whose keys are never empty."""

_Days = Annotated[int, Field(ge=1, le=60)]
_Place = Annotated[str, Field(pattern=r"^(\d{2}){0,3}$")]


class RatingRules(BaseModel):
    """What counts at one place. Days are working days from the rating."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs_reason: tuple[Annotated[int, Field(ge=1, le=5)], ...] = (1, 2)
    """Levels that say why."""
    contact_days: _Days | None = None
    """Until a bad one is verified with the citizen; None: within `answer_days`."""
    correct_days: _Days | None = None
    """Until measures are taken; None: within `answer_days`."""
    answer_days: _Days = 15
    """Until it is closed."""
    anonymous: bool = False
    """Whether a citizen may rate so that the unit does not learn which case it is about."""
    reasons: Annotated[tuple[RatingReason, ...], Field(max_length=40)] = ()
    """What a terminal offers to choose from, by level."""

    def words(self, code: Code) -> str:
        """A reason in words; one that is not offered (any more) as it came."""
        return next((one.zh for one in self.reasons if one.code == code), code)


class RatingPlan:
    """The rules of all places."""

    def __init__(self, by_place: Mapping[str, RatingRules]) -> None:
        self._by_place = dict(by_place)

    def of(self, region_code: str) -> RatingRules:
        """What counts at a place."""
        places = (place for place in self._by_place if region_code.startswith(place))
        return self._by_place[max(places, key=len)]


_TABLE: TypeAdapter[dict[str, RatingRules]] = TypeAdapter(dict[_Place, RatingRules])


def parse(data: Mapping[str, Any]) -> RatingPlan:
    """Rules from their file.

    Raises:
        ValueError: something makes no sense, or nothing counts everywhere else; says where.
    """
    try:
        table = _TABLE.validate_python(dict(data))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ValueError(f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}") from None
    if "" not in table:
        raise ValueError('rules for all other places are missing (key "")')
    for place, rules in table.items():
        if max(rules.contact_days or 0, rules.correct_days or 0) > rules.answer_days:
            raise ValueError(f"{place or 'everywhere'}: a step has more days than the answer")
    return RatingPlan(table)


def entries(data: Mapping[str, Any]) -> dict[str, Any]:
    """The file as entries of a published body."""
    return {place or EVERYWHERE: rules for place, rules in data.items()}


def published(contents: Mapping[str, Any]) -> RatingPlan:
    """Rules from the entries of a published body."""
    return parse({"" if place == EVERYWHERE else place: rules for place, rules in contents.items()})


@cache
def shipped() -> RatingPlan:
    """The rules that come with the software."""
    return parse(json.loads(FILE.read_text("utf-8")))
