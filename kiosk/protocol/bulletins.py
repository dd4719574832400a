"""News that the centre publishes for the screens of terminals that nobody stands before (政策短讯, R109).

The body `bulletins`: one entry each, `{"title", "text", "since", "until"}`, shown from its first day to its last.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from kiosk.protocol.model import NO_NUL, Message

_Title = Annotated[str, Field(min_length=1, max_length=80, pattern=NO_NUL)]
_Said = Annotated[str, Field(min_length=1, max_length=240, pattern=NO_NUL)]
"""What fits on the screen below its large button, twice."""


class Title(Message):
    """A headline in both languages."""

    zh: _Title
    en: _Title


class Said(Message):
    """A few sentences in both languages."""

    zh: _Said
    en: _Said


class Bulletin(Message):
    """One piece of news: what it is called, what it says, and from which day to which it is shown."""

    title: Title
    text: Said
    since: date
    until: date

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until < self.since:
            raise ValueError("until lies before since")
        return self


def bulletins_of(contents: Mapping[str, Any]) -> tuple[Bulletin, ...]:
    """All of a version, in the order of their keys.

    Raises:
        ValueError: an entry makes no sense.
    """
    return tuple(Bulletin.model_validate(contents[key]) for key in sorted(contents))


def of_the_day(bulletins: tuple[Bulletin, ...], day: date) -> tuple[Bulletin, ...]:
    """Those to be shown on `day`."""
    return tuple(one for one in bulletins if one.since <= day <= one.until)
