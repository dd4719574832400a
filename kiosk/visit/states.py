"""The situations a citizen can be in, one frozen dataclass each, and the visit that holds one of them.

A situation keeps only what its own screen needs. What the citizen gave is in the draft; what the devices and the
network can do is in the visit. `repr` of none of them shows personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from kiosk.identity import Applicant
from kiosk.visit.draft import Draft, Page
from kiosk.visit.events import Device, Paper, PrintOutcome, Stored, StoreProblem


class Screen:
    """Root of all situations."""


# --- choosing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attract(Screen):
    """Nobody is there."""

    usual_language: str = ""
    """Set when a passer-by changed the language and walked on: it changes back after a while."""


@dataclass(frozen=True)
class AfterBreakdown(Screen):
    """The process before this one broke down; what it had submitted is safe."""

    slip_numbers: tuple[str, ...]


@dataclass(frozen=True)
class Home(Screen):
    """您要做什么?"""


HANDLING = "handling"
PICKUP = "pickup"
"""`PickRegion.target` of the handling place, and of the place to collect the result at; any other is the key of a form field."""


@dataclass(frozen=True)
class PickRegion(Screen):
    """Choosing a region, province by province or by search; for the handling place or a form field."""

    target: str = HANDLING
    above: str = ""
    """Code of the province or city whose places are listed; empty for the provinces."""
    scope: str = ""
    """Only places of this scope (通办范围); empty: of all."""
    text: str = field(default="", repr=False)
    page: int = 0


@dataclass(frozen=True)
class ServiceList(Screen):
    """Choosing a service item."""

    sector: str = ""
    text: str = field(default="", repr=False)
    page: int = 0


@dataclass(frozen=True)
class Guide(Screen):
    """办事指南 of the draft's item, readable without a card."""

    item_id: str
    page: int = 0


@dataclass(frozen=True)
class SampleShown(Screen):
    """A sample picture: of an item's materials, or of one of them."""

    item_id: str
    code: str = ""
    """The material's code; empty: all of the item."""
    at: int = 0


@dataclass(frozen=True)
class Consent(Screen):
    """What is collected, why, how long; the warning about false materials."""


# --- identifying -------------------------------------------------------------------------------------------------


BLIPS = 3
"""Failures of a reader in a row that nobody is told of: a plug that slips is back before a person could act."""


@dataclass(frozen=True)
class PlaceCard(Screen):
    """Waiting for an identity card. `attempt` counts readings, so that each failure asks for a new one."""

    for_progress: bool = False
    reading: bool = False
    problem: str = ""
    """Key of the sentence that says what was wrong with the last try."""
    attempt: int = 0
    misses: int = 0
    """Failures of the reader in a row; the first ones are taken for blips."""


@dataclass(frozen=True)
class CardConfirmed(Screen):
    """The card was read; the citizen says whether to go on with it."""

    applicant: Applicant = field(repr=False)


# --- filling in --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Situation(Screen):
    """One question about the situation."""

    key: str


@dataclass(frozen=True)
class Form(Screen):
    """One form page. Errors are shown once the citizen tried to go on."""

    key: str
    checked: bool = False


@dataclass(frozen=True)
class Delivery(Screen):
    """办好后怎么给您?"""


@dataclass(frozen=True)
class ConfirmPhone(Screen):
    """The phone number read back (R016)."""


# --- materials ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checklist(Screen):
    """材料清单."""

    page: int = 0
    note: str = ""
    """Key of the sentence that says what came of asking for e-licences."""


@dataclass(frozen=True)
class Licences(Screen):
    """May the centre ask for the applicant's e-licences, so that they need not be photographed?"""

    codes: tuple[str, ...]
    """Of the materials that it would ask about."""


@dataclass(frozen=True)
class LicencesAsking(Screen):
    """The centre asks for them."""

    codes: tuple[str, ...]
    """Of the materials that are asked about."""


@dataclass(frozen=True)
class MaterialWay(Screen):
    """How to give this material: take pictures, promise, later, at the desk."""

    code: str


@dataclass(frozen=True)
class Promise(Screen):
    """The text of a promise to make."""

    code: str


@dataclass(frozen=True)
class Capture(Screen):
    """Taking a picture of page `at` (from 0) of a material."""

    code: str
    at: int = 0
    back: bool = False
    """The back of the card whose front is the page before this one."""
    shooting: bool = False
    problem: str = ""
    """Key of the sentence that says why there is no picture."""
    attempt: int = 0


class Work(StrEnum):
    """What is being done to a page under review."""

    TURN = "turn"
    JOIN = "join"
    """The page and the next one, front and back of a card, are put on one sheet."""


@dataclass(frozen=True)
class PageReview(Screen):
    """A page to look at: a new one in `page`, else the kept page `at`."""

    code: str
    at: int = 0
    page: Page | None = field(default=None, repr=False)
    back: bool = False
    """As of `Capture`: kept, the new page is joined with the page before it."""
    warned: bool = False
    """The citizen wanted to keep a bad page and was warned once."""
    work: Work | None = None
    """As long as it lasts, nothing else can be done to the page."""
    failed: Work | None = None
    """What could not be done to the page, which is as it was."""
    unread: bool = False
    """The page could not be read (in time): nobody is told any more that it is being read."""


@dataclass(frozen=True)
class SocialCard(Screen):
    """Waiting for a social security card."""

    code: str
    problem: str = ""
    attempt: int = 0
    misses: int = 0
    """As of `PlaceCard`."""


@dataclass(frozen=True)
class SocialCardConfirmed(Screen):
    """A social security card was read."""

    code: str
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    card_number: str = field(repr=False)


# --- submitting --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Review(Screen):
    """请核对，确认后提交."""

    page: int = 0


@dataclass(frozen=True)
class Sign(Screen):
    """Signing with a finger."""

    hinted: bool = False
    """The citizen wanted to go on without having signed."""


@dataclass(frozen=True)
class Sending(Screen):
    """The application is being sealed and written. Nothing may interrupt it, unless it takes far too long."""

    slow: bool = False
    """The store has not answered for so long that nobody can be kept here: whether it is submitted is unknown."""


@dataclass(frozen=True)
class SendFailed(Screen):
    """Nothing was submitted; everything entered is still there."""

    problem: StoreProblem


@dataclass(frozen=True)
class Done(Screen):
    """Submitted and safe."""

    stored: Stored = field(repr=False)
    printing: bool = False
    outcome: PrintOutcome | None = None
    reprints: int = 0
    case_number: str = field(default="", repr=False)


# --- progress ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProgressHow(Screen):
    """By card or by slip number."""


@dataclass(frozen=True)
class ProgressNumber(Screen):
    """Typing slip number and query code: the number counts up, so it alone proves nothing."""

    number: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    checked: bool = False
    """The citizen tried to go on: what is wrong is shown."""


@dataclass(frozen=True)
class ProgressAsking(Screen):
    """The centre is being asked."""

    slip_number: str = field(default="", repr=False)
    query_code: str = field(default="", repr=False)
    id_number: str = field(default="", repr=False)


@dataclass(frozen=True)
class ProgressFailure(Screen):
    """No answer, or no such number."""

    unknown_number: bool
    asked: ProgressAsking


@dataclass(frozen=True)
class ProgressList(Screen):
    """The cases found."""

    cases: tuple[tuple[str, str, str, str, str], ...] = field(repr=False)
    asked: ProgressAsking
    page: int = 0


@dataclass(frozen=True)
class DocumentsAsking(Screen):
    """The centre is asked which documents (文书) were issued: by the slip, for a card proves too little to print them."""

    slip_number: str = field(repr=False)
    query_code: str = field(repr=False)


@dataclass(frozen=True)
class DocumentsFailure(Screen):
    """No answer."""

    asked: DocumentsAsking


@dataclass(frozen=True)
class DocumentsList(Screen):
    """The documents, each of which can be printed here."""

    papers: tuple[Paper, ...] = field(repr=False)
    asked: DocumentsAsking
    page: int = 0
    printing: str = ""
    """The check code of the one that is being fetched and printed."""
    tried: str = ""
    """The check code of the one that was printed last; `outcome` says how that ended, None: it could not be fetched."""
    outcome: PrintOutcome | None = None


# --- leaving, and what lies over another screen --------------------------------------------------------------------


@dataclass(frozen=True)
class TakeCard(Screen):
    """Please take your card; everything entered is wiped already."""

    reason: str


@dataclass(frozen=True)
class Goodbye(Screen):
    """已退出，您的信息已清除."""

    reason: str


@dataclass(frozen=True)
class Overlay(Screen):
    """Something shown over another screen, which goes on underneath."""

    under: Screen


class HelpCall(StrEnum):
    """What became of calling staff to the terminal."""

    NONE = ""
    ASKING = "asking"
    COMING = "coming"
    CLOSED = "closed"
    """Outside desk hours: nobody was called."""
    FAILED = "failed"


@dataclass(frozen=True)
class Help(Overlay):
    """Who can help now, and how."""

    call: HelpCall = HelpCall.NONE


@dataclass(frozen=True)
class StillThere(Overlay):
    """还在吗? with a countdown."""


# --- the visit ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Health:
    """What is known of a device."""

    usable: bool = True
    low: bool = False
    what: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Sentence for people, by language."""


@dataclass(frozen=True)
class Visit:
    """One visit: where the citizen is, what was entered, what the devices can do."""

    screen: Screen = field(default_factory=Attract)
    draft: Draft = field(default_factory=Draft)
    language: str = "zh_CN"
    devices: Mapping[Device, Health] = field(default_factory=lambda: MappingProxyType({}))
    """A device that nobody spoke of counts as usable: the effect will tell."""
    online: bool = True
    card_present: bool = False
    """An identity card lies on the reader, as far as the reader can tell."""
    card_seen: bool = False
    """A card was on the reader in this visit. Many readers deny a card that was read until it is lifted, so "not
    present" does not prove that it was taken: whoever used a card is reminded of it when leaving."""
    trail: tuple[Screen, ...] = ()
    """Where 返回 leads, last one first to be taken."""
    recent_region: str = ""
    """The handling place chosen last in this visit: offered first for another matter."""
    confirmed_phone: str = field(default="", repr=False)
    """The number the citizen read back as right."""
    copies: int = 0
    """How many copies of documents perhaps came out of the printer."""

    def usable(self, device: Device) -> bool:
        """Whether `device` can be used now."""
        return self.health(device).usable

    def health(self, device: Device) -> Health:
        """What is known of `device`."""
        return self.devices.get(device, Health())

    @property
    def beneath(self) -> Screen:
        """The screen below all overlays."""
        screen = self.screen
        while isinstance(screen, Overlay):
            screen = screen.under
        return screen
