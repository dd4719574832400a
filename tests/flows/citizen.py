"""A citizen before the machine: a language in which a journey reads as it happens.

The citizen touches only what the view offers, by its key; a touch that is not on the screen fails the test. The world
(cards, pages, the store, the printer) answers as told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from kiosk.findings import Finding
from kiosk.identity import Applicant
from kiosk.visit.draft import Draft, Page
from kiosk.visit.effects import (
    AwaitCardRemoval,
    CapturePage,
    Effect,
    EndVisit,
    PrintSlip,
    ReadIdCard,
    ReadPage,
    ReadSocialCard,
    SubmitApplication,
)
from kiosk.visit.events import (
    CardRead,
    CardRemoved,
    CardSensed,
    Device,
    DeviceChanged,
    Enter,
    Event,
    PageJudged,
    PageRead,
    PrintOutcome,
    Search,
    Signed,
    SlipPrinted,
    SocialCardRead,
    Stored,
    TimerFired,
)
from kiosk.visit.house import House
from kiosk.visit.machine import step, view
from kiosk.visit.states import Screen, Visit
from kiosk.visit.views import Action, Field, Row, View
from tests.flows.people import applicant

EffectT = TypeVar("EffectT", bound=Effect)

SIGNATURE = (tuple((0.1 * n, 0.5) for n in range(1, 9)),)
SLIP_NUMBER = "150785001000000142"


def stored(*, online: bool = True) -> Stored:
    """What the store answers."""
    return Stored(SLIP_NUMBER, "7K4M9Q2P", "https://example.invalid/q?n=7K4M9Q2P&k=1", "2026-11-20 21:35", online)


def page(number: int = 1, *verdicts: str, paper: str = "a4") -> Page:
    """A photographed page."""
    return Page(
        jpeg=b"\xff\xd8page%d" % number,
        sha256=f"{number:064x}",
        width=1654,
        height=2339,
        verdicts=verdicts or ("ok",),
        paper=paper,
        dpi=200,
    )


def parts(thing: object) -> Iterator[object]:
    """Everything a view is made of."""
    yield thing
    if isinstance(thing, tuple):
        for part in thing:
            yield from parts(part)
    elif is_dataclass(thing) and not isinstance(thing, type | Event):
        for part in fields(thing):
            yield from parts(getattr(thing, part.name))


def touchable(shown: View) -> dict[str, Event]:
    """What can be touched on a screen: key -> event."""
    found: dict[str, Event] = {}
    for part in parts(shown):
        if (isinstance(part, Action) and part.enabled) or (isinstance(part, Row) and part.event is not None):
            assert part.event is not None
            found.setdefault(part.key, part.event)
    return found


class Citizen:
    """One visit under test."""

    def __init__(self, house: House, visit: Visit | None = None) -> None:
        self.house = house
        self.visit = visit or Visit()
        self.effects: list[Effect] = []
        self.views: list[View] = [self.view]

    # --- what is seen ---

    @property
    def view(self) -> View:
        return view(self.visit, self.house)

    @property
    def screen(self) -> Screen:
        return self.visit.screen

    @property
    def draft(self) -> Draft:
        return self.visit.draft

    @property
    def asked(self) -> tuple[Effect, ...]:
        """The effects of the last event."""
        return self._last

    def last(self, kind: type[EffectT]) -> EffectT:
        """The latest effect of a kind."""
        return next(effect for effect in reversed(self.effects) if isinstance(effect, kind))

    def count(self, kind: type[Effect]) -> int:
        return sum(isinstance(effect, kind) for effect in self.effects)

    def sees(self, name: str) -> Citizen:
        assert self.view.name == name, f"expected {name}, saw {self.view.name}"
        return self

    def reads(self, *texts: str) -> Citizen:
        """All these texts stand somewhere on the screen."""
        words = [part for part in parts(self.view) if isinstance(part, str)]
        for text in texts:
            assert any(text in word for word in words), f"{text!r} is not on {self.view.name}"
        return self

    def reads_not(self, *texts: str) -> Citizen:
        words = [part for part in parts(self.view) if isinstance(part, str)]
        for text in texts:
            assert not any(text in word for word in words), f"{text!r} is on {self.view.name}"
        return self

    # --- acts ---

    def happens(self, *events: Event) -> Citizen:
        for event in events:
            self.visit, self._last = step(self.visit, event, self.house)
            self.effects += self._last
            self.views.append(self.view)
        return self

    _last: tuple[Effect, ...] = ()

    def touches(self, *keys: str) -> Citizen:
        for key in keys:
            offered = touchable(self.view)
            assert key in offered, f"{key} is not on {self.view.name}: {', '.join(offered)}"
            self.happens(offered[key])
        return self

    def goes_on(self) -> Citizen:
        """The primary action."""
        primary = self.view.chrome.primary
        assert primary is not None, f"{self.view.name} has no primary action"
        assert primary.enabled, f"the primary action of {self.view.name} is disabled"
        return self.happens(primary.event)

    def goes_back(self) -> Citizen:
        return self.touches("back")

    def types(self, **values: str) -> Citizen:
        keys = {part.key for part in parts(self.view) if isinstance(part, Field)}
        for key, value in values.items():
            assert key in keys, f"no field {key} on {self.view.name}"
            self.happens(Enter(key, value))
        return self

    def searches(self, text: str) -> Citizen:
        assert getattr(self.view, "search", None) is not None
        return self.happens(Search(text))

    # --- stretches of the journey ---

    def starts(self) -> Citizen:
        return self.sees("attract").touches("start").sees("home")

    def applies_in(self, region: str) -> Citizen:
        """办事, then province, city and county of `region` by touch."""
        self.touches("apply").sees("place")
        return self.picks_region(region).sees("service_list")

    def picks_region(self, code: str) -> Citizen:
        for region in self.house.catalogue.regions.path(code):
            while region.code not in touchable(self.view):
                self.touches("more")
            name = self.view.name
            self.touches(region.code)
            if self.view.name != name:
                break
        return self

    def picks(self, item: str) -> Citizen:
        self.searches(self.house.catalogue.item(item).name)  # type: ignore[union-attr]
        return self.touches(item).sees("guide")

    def agrees(self) -> Citizen:
        return self.goes_on().sees("consent").goes_on()

    def places_card(self, person: str | Applicant) -> Citizen:
        card = applicant(person) if isinstance(person, str) else person
        assert self.count(ReadIdCard)
        return self.sees("place_card").happens(CardSensed(), CardRead(card))

    def confirms_card(self) -> Citizen:
        return self.sees("card_confirmed").goes_on()

    def answers(self, **situation: str) -> Citizen:
        for option in situation.values():
            self.sees("situation").touches(option)
        return self

    def picks_field_region(self, field: str, code: str) -> Citizen:
        return self.touches(f"region:{field}").sees("region").picks_region(code)

    def chooses_delivery(self, way: str) -> Citizen:
        return self.sees("delivery").touches(way)

    def leaves_phone(self, phone: str = "19900000001") -> Citizen:
        return self.sees("form_phone").types(phone=phone).goes_on().sees("confirm_phone")

    def leaves_address(self, region: str = "150785", address: str = "示例街12号3单元402室") -> Citizen:
        self.sees("form_address").picks_field_region("mail_region", region)
        return self.types(mail_address=address).goes_on()

    def reads_phone_back(self) -> Citizen:
        return self.sees("confirm_phone").goes_on()

    def inserts_social_card(self, person: str) -> Citizen:
        card = applicant(person)
        assert self.count(ReadSocialCard)
        self.sees("social_card").happens(SocialCardRead(card.name, card.id_number, "Z00000001"))
        return self.sees("social_card_confirmed").goes_on().sees("checklist")

    def takes(self, taken: Page) -> Citizen:
        """One picture, and what came of it."""
        self.sees("capture").goes_on()
        assert isinstance(self.asked[0], CapturePage)
        return self.happens(PageJudged(taken)).sees("page_review")

    def is_read(self, *findings: Finding, turned: int = 0) -> Citizen:
        """The page that was to be read last was read; `turned`: the number of its upright picture."""
        before = self.last(ReadPage).page
        now = replace(page(turned), verdicts=before.verdicts) if turned else before
        return self.happens(PageRead(before.sha256, replace(now, findings=findings)))

    def photographs(self, pages: int = 1) -> Citizen:
        for number in range(1, pages + 1):
            self.takes(page(number))
            if number < pages:
                self.touches("add_page")
        return self.touches("keep").sees("checklist")

    def signs(self) -> Citizen:
        return self.sees("sign").happens(Signed(SIGNATURE))

    def submits(self, *, online: bool = True) -> Citizen:
        self.goes_on().sees("sending")
        assert self.last(SubmitApplication).draft == self.draft
        return self.happens(stored(online=online)).sees("done")

    def takes_slip(self) -> Citizen:
        assert self.last(PrintSlip).slip_number == SLIP_NUMBER
        return self.happens(SlipPrinted(PrintOutcome.CONFIRMED))

    def takes_card(self) -> Citizen:
        assert self.count(AwaitCardRemoval)
        return self.sees("take_card").happens(CardRemoved())

    def is_gone(self, reason: str = "done") -> Citizen:
        self.sees("goodbye").happens(TimerFired("goodbye"))
        assert EndVisit(reason) in self.asked
        assert self.draft == Draft()
        return self

    def device(self, device: Device, *, usable: bool, low: bool = False) -> Citizen:
        return self.happens(DeviceChanged(device, usable, low))
