"""`react`: the one door to what a situation does with an event. Each situation registers itself."""

from __future__ import annotations

from functools import singledispatch

from kiosk.visit.events import Event
from kiosk.visit.house import House
from kiosk.visit.moves import Turn
from kiosk.visit.states import Screen, Visit


@singledispatch
def react(_screen: Screen, _visit: Visit, _event: Event, _house: House) -> Turn | None:
    """The turn this situation makes of the event; None: the event means nothing here."""
    return None
