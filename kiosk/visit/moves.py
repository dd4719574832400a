"""The few moves every situation makes: stay, go on, go back, leave; and small changes of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from kiosk.visit.draft import Draft, MaterialDraft
from kiosk.visit.effects import Effect
from kiosk.visit.states import Goodbye, Overlay, Screen, TakeCard, Visit

Turn = tuple[Visit, tuple[Effect, ...]]


def stay(visit: Visit, *effects: Effect) -> Turn:
    """No other screen."""
    return visit, effects


def become(visit: Visit, screen: Screen, *effects: Effect) -> Turn:
    """Another screen in place of this one: 返回 does not lead back here."""
    return replace(visit, screen=screen), effects


def go(visit: Visit, screen: Screen, *effects: Effect) -> Turn:
    """On to another screen; 返回 leads back here."""
    return replace(visit, screen=screen, trail=(*visit.trail, visit.screen)), effects


def back(visit: Visit) -> Turn:
    """To the screen before; stays when there is none."""
    if not visit.trail:
        return visit, ()
    return replace(visit, screen=visit.trail[-1], trail=visit.trail[:-1]), ()


def return_to(visit: Visit, kind: type[Screen], otherwise: Screen) -> Turn:
    """Back to the last screen of a kind, forgetting what came after; `otherwise` when there was none."""
    for index in range(len(visit.trail) - 1, -1, -1):
        if isinstance(visit.trail[index], kind):
            return replace(visit, screen=visit.trail[index], trail=visit.trail[:index]), ()
    return replace(visit, screen=otherwise), ()


def leave(visit: Visit, reason: str) -> Turn:
    """End the visit: what was entered is wiped at once; whoever used a card is told to take it first."""
    screen: Screen = TakeCard(reason) if visit.card_seen else Goodbye(reason)
    return replace(visit, screen=screen, draft=Draft(), trail=(), recent_region="", confirmed_phone=""), ()


def with_beneath(visit: Visit, screen: Screen) -> Visit:
    """The visit with another screen below all overlays, which stay."""
    overlays: list[Overlay] = []
    above = visit.screen
    while isinstance(above, Overlay):
        overlays.append(above)
        above = above.under
    for overlay in reversed(overlays):
        screen = replace(overlay, under=screen)
    return replace(visit, screen=screen)


def edit(visit: Visit, **changes: Any) -> Visit:
    """The visit with changed fields of its draft."""
    return replace(visit, draft=replace(visit.draft, **changes))


def with_entry(table: Mapping[str, str], key: str, value: str) -> Mapping[str, str]:
    """A read-only copy of `table` with one entry set."""
    return MappingProxyType({**table, key: value})


def material_draft(draft: Draft, code: str) -> MaterialDraft:
    """What was given for a material so far."""
    return next((given for given in draft.materials if given.code == code), MaterialDraft(code))


def with_material(draft: Draft, given: MaterialDraft) -> Draft:
    """The draft with one material replaced; an empty one is left out."""
    others = tuple(other for other in draft.materials if other.code != given.code)
    return replace(draft, materials=(*others, given) if given.pages or given.met_by else others)
