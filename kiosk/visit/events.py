"""What can happen to a visit: the citizen acts, a device reports, a timer fires, an effect ends.

Events are plain facts. A screen never decides what a tap means: the view gives every button the event it emits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.identity import Applicant
from kiosk.visit.draft import Page, Stroke


class Device(StrEnum):
    """The devices a visit uses, by their names in config.toml."""

    ID_CARD_READER = "id_card_reader"
    SMART_CARD = "smart_card"
    DOCUMENT_CAMERA = "document_camera"
    RECEIPT_PRINTER = "receipt_printer"


class Event:
    """Root of all events."""


class CitizenEvent(Event):
    """Something the person at the screen did: it starts the idle time anew."""


@dataclass(frozen=True)
class Renewed(Event):
    """What the centre publishes has changed: a visit that nobody has begun makes room for one that knows it."""


# --- the citizen -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Start(CitizenEvent):
    """The attract screen was touched."""


@dataclass(frozen=True)
class Choose(CitizenEvent):
    """An entry of a list, a tile or an option was tapped; `key` is the entry's own key."""

    key: str


@dataclass(frozen=True)
class Confirm(CitizenEvent):
    """The primary action of the screen."""


@dataclass(frozen=True)
class Back(CitizenEvent):
    """One screen back; nothing entered is lost."""


@dataclass(frozen=True)
class Quit(CitizenEvent):
    """退出并取回证件: end the visit."""


@dataclass(frozen=True)
class CallHelp(CitizenEvent):
    """呼叫帮助."""


@dataclass(frozen=True)
class StillHere(CitizenEvent):
    """我还在: the answer to the idle prompt."""


@dataclass(frozen=True)
class SetLanguage(CitizenEvent):
    """中 / EN. `language` is `zh_CN` or `en`."""

    language: str


@dataclass(frozen=True)
class Enter(CitizenEvent):
    """The value of a form field, after each committed change."""

    field_key: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class Search(CitizenEvent):
    """The text of a search field, after each change."""

    text: str


@dataclass(frozen=True)
class TurnPage(CitizenEvent):
    """更多 / 上一页 of a paged list; `step` is +1 or -1."""

    step: int


@dataclass(frozen=True)
class Shoot(CitizenEvent):
    """手动拍照."""


@dataclass(frozen=True)
class Retake(CitizenEvent):
    """重拍 the page under review."""


@dataclass(frozen=True)
class AddPage(CitizenEvent):
    """Keep this page and take another one of the same material."""


@dataclass(frozen=True)
class RemovePage(CitizenEvent):
    """Delete a page of the material under review; `index` counts from 0."""

    index: int


@dataclass(frozen=True)
class MovePage(CitizenEvent):
    """Put the kept page `index` (from 0) one place further (`step` +1) or nearer (-1)."""

    index: int
    step: int


@dataclass(frozen=True)
class RotatePage(CitizenEvent):
    """转一转: turn the page under review by a quarter clockwise."""


@dataclass(frozen=True)
class TakeBack(CitizenEvent):
    """Keep this side of a card, and take its back next: both go on one sheet."""


@dataclass(frozen=True)
class Signed(CitizenEvent):
    """The signature so far, after each finished stroke (empty: cleared). Points are 0…1 of the pad."""

    strokes: tuple[Stroke, ...] = field(repr=False)


@dataclass(frozen=True)
class PrintAgain(CitizenEvent):
    """再打一张."""


# --- the devices -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DeviceChanged(Event):
    """A device became usable or unusable. Changes what can be offered, never what was entered.

    `low` is a warning (paper low). `what` and `remedy` are sentences for people, by language.
    """

    device: Device
    usable: bool
    low: bool = False
    what: dict[str, str] = field(default_factory=dict, hash=False)


class CardProblem(StrEnum):
    """Why a card could not be read."""

    REMOVED = "removed"
    UNREADABLE = "unreadable"
    WRONG_CARD = "wrong_card"
    DEVICE = "device"
    TIME_OUT = "time_out"


@dataclass(frozen=True)
class CardSensed(Event):
    """A card lies on the reader and is being read."""


@dataclass(frozen=True)
class CardRead(Event):
    """The identity card was read."""

    applicant: Applicant = field(repr=False)


@dataclass(frozen=True)
class CardReadFailed(Event):
    """The identity card could not be read."""

    problem: CardProblem


@dataclass(frozen=True)
class CardRemoved(Event):
    """The identity card left the reader."""


@dataclass(frozen=True)
class SocialCardRead(Event):
    """A social security card was read: its holder and number."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    card_number: str = field(repr=False)


@dataclass(frozen=True)
class SocialCardFailed(Event):
    """The social security card could not be read."""

    problem: CardProblem


@dataclass(frozen=True)
class PageJudged(Event):
    """A picture was taken, straightened and judged. Its verdicts travel with it."""

    page: Page = field(repr=False)


@dataclass(frozen=True)
class CaptureFailed(Event):
    """No picture could be taken."""


@dataclass(frozen=True)
class PageLiesStill(Event):
    """What the camera sees lies still and is well, and is not what was photographed last: time for a picture.

    It does what `Shoot` does, where a page is to be laid down and nothing lies over that screen; elsewhere nothing.
    """


@dataclass(frozen=True)
class PageRead(Event):
    """A page was read. `page` is the page with its findings, turned upright if it lay wrongly.

    `sha256` is the digest of the page as it was before: the page may have been dropped meanwhile. Findings of None say
    that it could not be read.
    """

    sha256: str
    page: Page = field(repr=False)


@dataclass(frozen=True)
class PageWorked(Event):
    """A page was turned, or two sides were put on one sheet: `page` takes the place of the page `sha256`.

    None: it could not be done, and the page stays as it was.
    """

    sha256: str
    page: Page | None = field(repr=False)


class PrintOutcome(StrEnum):
    """How a print ended; `unknown` is never treated as printed and never repeated by itself."""

    CONFIRMED = "confirmed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class SlipPrinted(Event):
    """The print of the slip ended."""

    outcome: PrintOutcome


# --- the store, the network, the clock ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Stored(Event):
    """The application is sealed and on disk: it can be called submitted."""

    slip_number: str
    query_code: str
    slip_url: str
    submitted_at: str
    """Local time, `YYYY-MM-DD HH:MM`."""
    online: bool
    """False: the network is away, the slip says 待上传."""


class StoreProblem(StrEnum):
    """Why an application could not be stored. Nothing was submitted; everything entered is still there."""

    DISK_FULL = "disk_full"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class StoreFailed(Event):
    """The application could not be put on disk."""

    problem: StoreProblem


@dataclass(frozen=True)
class Delivered(Event):
    """The centre acknowledged the application within the visit."""

    case_number: str


@dataclass(frozen=True)
class NetworkChanged(Event):
    """The centre can, or cannot, be reached."""

    online: bool


@dataclass(frozen=True)
class ProgressFound(Event):
    """The centre's answer to a progress question: (item name, state text zh, state text en, when, slip number) a case."""

    cases: tuple[tuple[str, str, str, str, str], ...]


@dataclass(frozen=True)
class ProgressFailed(Event):
    """No answer to a progress question. `unknown_number`: the centre knows no such number."""

    unknown_number: bool = False


@dataclass(frozen=True)
class Paper:
    """A document that was issued: what it is called, its number, and when."""

    check_code: str
    title_zh: str
    title_en: str
    number: str
    issued_at: str


@dataclass(frozen=True)
class DocumentsFound(Event):
    """The documents that were issued, newest first."""

    papers: tuple[Paper, ...]


@dataclass(frozen=True)
class DocumentsFailed(Event):
    """The centre did not say which documents there are."""


@dataclass(frozen=True)
class DocumentPrinted(Event):
    """What became of a document's copy; None: it could not be fetched, nothing was printed."""

    check_code: str
    outcome: PrintOutcome | None


@dataclass(frozen=True)
class HelpAnswered(Event):
    """What the centre said to a call for staff. True: somebody comes; False: nobody is there; None: no answer."""

    coming: bool | None


@dataclass(frozen=True)
class LicencesFound(Event):
    """The centre's answer: these materials (codes) it can obtain as e-licences."""

    codes: tuple[str, ...]


@dataclass(frozen=True)
class LicencesFailed(Event):
    """No answer: everything is photographed as ever."""


@dataclass(frozen=True)
class Recovered(Event):
    """The process before this one broke down. What it had submitted, by slip number, is safe; the rest is gone."""

    slip_numbers: tuple[str, ...]


@dataclass(frozen=True)
class TimerFired(Event):
    """A timer set by `SetTimer` ran out."""

    name: str
