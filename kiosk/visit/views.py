"""What a screen shows: frozen view models, with every string already in the citizen's language.

A view holds no behaviour. Whatever can be tapped carries the event it emits, so a screen needs no rule. The live
camera picture does not pass through here: it goes from the runner to the screen beside the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from kiosk.visit.draft import Stroke
from kiosk.visit.events import Event


class Tone(StrEnum):
    """Meaning of a tag or notice; a screen shows it as colour, icon and word together."""

    PLAIN = "plain"
    INFO = "info"
    GOOD = "good"
    YOUR_TURN = "your_turn"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Action:
    """A button: its word and what it emits. `key` is stable over languages (tests and the scripted citizen use it)."""

    key: str
    text: str
    event: Event
    enabled: bool = True


@dataclass(frozen=True)
class Notice:
    """A sentence that matters now."""

    tone: Tone
    text: str


@dataclass(frozen=True)
class Tag:
    """A word beside a row."""

    tone: Tone
    text: str


@dataclass(frozen=True)
class Step:
    """第 4 步 / 共 7 步  填信息."""

    number: int
    total: int
    name: str
    text: str


@dataclass(frozen=True)
class Chrome:
    """Header and action bar of every screen. `actions` stand at the left, `primary` at the right or full width."""

    place: str
    step: Step | None = None
    actions: tuple[Action, ...] = ()
    primary: Action | None = None
    notice: Notice | None = None
    """A device or network notice: what is wrong, what still works."""
    language: str = "zh_CN"
    language_switch: Action | None = None
    """中 / EN."""


@dataclass(frozen=True)
class Row:
    """A line of a list: tappable when it has an event."""

    key: str
    title: str
    detail: str = ""
    value: str = ""
    """Set at the right (a deadline, a masked number)."""
    number: int | None = None
    tag: Tag | None = None
    event: Event | None = None
    selected: bool = False


@dataclass(frozen=True)
class Pager:
    """更多: pages instead of hidden scrolling."""

    text: str
    previous: Action | None
    following: Action | None


class Keyboard(StrEnum):
    """Which keyboard a field opens."""

    PINYIN = "pinyin"
    LATIN = "latin"
    DIGITS = "digits"
    ID_NUMBER = "id_number"
    """Digits and X."""


@dataclass(frozen=True)
class Field:
    """An input field. `value` is what the citizen entered; the screen emits `Enter(key, value)` on each change."""

    key: str
    label: str
    value: str = field(default="", repr=False)
    hint: str = ""
    error: str = ""
    required: bool = True
    keyboard: Keyboard | None = None
    """None: chosen from `options`, or by the action below."""
    options: tuple[Row, ...] = ()
    change: Action | None = None
    """更改: opens another screen that gives the value (a region)."""
    max_length: int = 60


@dataclass(frozen=True)
class View:
    """Root: what every screen has. `name` is the screen's name in gallery, timeline and tests."""

    name: str
    chrome: Chrome
    title: str
    spoken: str
    """Read aloud when the screen opens: title, what to do, the choices."""


@dataclass(frozen=True)
class AttractView(View):
    """The screen nobody stands before."""

    badge: str
    lines: tuple[str, ...]
    body: tuple[str, ...]
    start: Action
    health: Notice
    desk: str
    """人工窗口：工作日 9:00–17:00 · phone."""
    news: tuple[Paragraph, ...] = ()
    """What the centre published for today (R109); read by whoever likes, never over anything else."""


@dataclass(frozen=True)
class HomeView(View):
    """您要做什么?"""

    main: Row
    tiles: tuple[Row, ...]
    popular_title: str
    popular: tuple[Row, ...]


@dataclass(frozen=True)
class ListView(View):
    """A list to choose from: places, service items, a situation's answers. `search` is set where searching helps."""

    lead: str
    rows: tuple[Row, ...]
    columns: int = 1
    crumbs: tuple[Row, ...] = ()
    """Where we are (province · city); tappable to go up."""
    filters: tuple[Row, ...] = ()
    """Sectors, or 全部."""
    search: Field | None = None
    pager: Pager | None = None
    empty: str = ""
    """What to say when nothing matches."""


@dataclass(frozen=True)
class Paragraph:
    """A heading with text, e.g. one of the seven elements of the guide."""

    heading: str
    text: str


@dataclass(frozen=True)
class GuideView(View):
    """办事指南: seven elements and the materials."""

    tags: tuple[Tag, ...]
    paragraphs: tuple[Paragraph, ...]
    materials_title: str
    materials: tuple[Row, ...]
    pager: Pager | None = None


@dataclass(frozen=True)
class SampleView(View):
    """样本: what a material looks like when it is right."""

    jpeg: bytes = field(repr=False)
    caption: str
    choices: tuple[Action, ...] = ()
    """To the other samples."""


@dataclass(frozen=True)
class ConsentView(View):
    """What is collected, why, how long; promise of truth."""

    paragraphs: tuple[Paragraph, ...]
    warning: str


class CardPicture(StrEnum):
    """Which drawing a card screen shows."""

    PLACE = "place"
    READING = "reading"
    FAILED = "failed"
    TAKE_BACK = "take_back"
    INSERT = "insert"
    """A chip card into its slot."""


@dataclass(frozen=True)
class CardView(View):
    """Put your card, reading, take it back."""

    picture: CardPicture
    lead: str
    problem: Notice | None = None


@dataclass(frozen=True)
class Section:
    """A block of facts, with a way to change them."""

    title: str
    rows: tuple[Row, ...]
    change: Action | None = None


@dataclass(frozen=True)
class FactsView(View):
    """Facts to check: card confirmed, review before submitting, a case's progress."""

    sections: tuple[Section, ...]
    lead: str = ""
    problem: Notice | None = None
    pager: Pager | None = None


@dataclass(frozen=True)
class FormView(View):
    """One to three fields."""

    lead: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class ChecklistView(View):
    """材料清单: what to give, what is done."""

    lead: str
    rows: tuple[Row, ...]
    pager: Pager | None = None


@dataclass(frozen=True)
class CaptureView(View):
    """Live preview. `tips` are one to three points for this material."""

    material: str
    tips: tuple[str, ...]
    rows: tuple[Row, ...]
    shooting: bool = False
    problem: Notice | None = None
    live: Mapping[str, Notice] = field(default_factory=lambda: MappingProxyType({}))
    """What to say on the live picture, by `Preview.state`; empty while the camera is out of order, and shows none."""


@dataclass(frozen=True)
class PageReviewView(View):
    """The page just taken, and the verdict in words."""

    jpeg: bytes = field(repr=False)
    verdict: Notice
    pages_text: str
    """第 i 页，共 n 页."""
    hints: tuple[Notice, ...] = ()
    """What a machine read on the page: hints, worst first, none of them binding; or that it is being read."""
    reading: bool = False
    """The page is being read in the background: the hint is about to change."""
    choices: tuple[Action, ...] = ()
    """Retake, turn, the card's back, another page, delete; then, among several pages, to the neighbours and before or
    after them."""


@dataclass(frozen=True)
class SignView(View):
    """Sign with a finger; the pad emits `Signed` after each stroke."""

    lead: str
    promise: str
    strokes: tuple[Stroke, ...] = field(repr=False)
    clear: Action


@dataclass(frozen=True)
class WorkingView(View):
    """Something runs that the citizen waits for."""

    lead: str


@dataclass(frozen=True)
class DoneView(View):
    """Submitted and safe. Never says 已收件 or 已受理."""

    badge: Notice
    number_label: str
    number: str
    """Grouped in fours."""
    qr: str
    """What the QR code says: a URL without personal data."""
    lines: tuple[str, ...]
    disclaimer: str
    next_title: str
    next_steps: tuple[Row, ...]
    contact: str
    print_notice: Notice | None = None


@dataclass(frozen=True)
class GoodbyeView(View):
    """已退出，您的信息已清除."""

    lead: str


@dataclass(frozen=True)
class StillThereView(View):
    """还在吗? with a countdown of `seconds`."""

    lead: str
    seconds: int
    stay: Action
    leave: Action


@dataclass(frozen=True)
class HelpView(View):
    """Who can help now, and how."""

    rows: tuple[Row, ...]
    lead: str


@dataclass(frozen=True)
class TroubleView(View):
    """Out of service: what, what is safe, where to go."""

    lead: str
    rows: tuple[Row, ...]


Point = tuple[float, float]
"""0…1 of the picture's width and height, from the top left."""


class Preview(Protocol):
    """A live camera picture, newest only. It passes from the runner to the screen beside the machine, and is never stored."""

    @property
    def width(self) -> int:
        """Pixels in a row."""

    @property
    def height(self) -> int:
        """Rows."""

    @property
    def rgb(self) -> bytes:
        """`width * height` pixels of three bytes, rows from the top."""

    @property
    def outline(self) -> tuple[Point, Point, Point, Point] | None:
        """The page's corners as found, or None."""

    @property
    def state(self) -> str:
        """What can be said of the picture so far: `looking`, `hold_still`, `shooting_soon`, or a code of
        `kiosk.materials` (`cut_off`, `two_sheets`, …). The words for it are in the view (`CaptureView.live`)."""

    @property
    def progress(self) -> float:
        """How far the page's lying still has come, 0 to 1; at 1 the picture is taken."""
