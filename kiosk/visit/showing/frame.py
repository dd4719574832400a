"""What every view is built with: the words, the frame around the stage, pages instead of scrolling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import TypeVar

from kiosk.catalogue import Application, Item, Region, Text
from kiosk.protocol.agreements import Scope
from kiosk.visit.events import Back, CallHelp, Choose, Device, Quit, SetLanguage, TurnPage
from kiosk.visit.house import House
from kiosk.visit.path import application_of
from kiosk.visit.states import Screen, Visit
from kiosk.visit.views import Action, Chrome, Notice, Pager, Step, Tone, View

T = TypeVar("T")
STEPS = 7
_KINDS_OF_PLACE = {
    "自治州": "zizhizhou",
    "自治县": "zizhixian",
    "自治旗": "zizhiqi",
    "地区": "diqu",
    "林区": "linqu",
    "市": "shi",
    "县": "xian",
    "区": "qu",
    "旗": "qi",
    "盟": "meng",
}
"""Ends of place names and how they are read, longer ones first."""


@singledispatch
def show(screen: Screen, _visit: Visit, _house: House) -> View:
    """The view of a situation; each registers itself."""
    raise TypeError(f"no view for {type(screen).__name__}")


@dataclass(frozen=True)
class Words:
    """The strings and names of one visit's language."""

    visit: Visit
    house: House

    def __call__(self, key: str, **values: object) -> str:
        """A string of the catalogue in the citizen's language."""
        return self.house.strings[self.visit.language](key, **values)

    def has(self, key: str) -> bool:
        """Whether the string exists."""
        return key in self.house.strings[self.visit.language]

    def say(self, text: Text) -> str:
        """A text of the catalogue in the citizen's language."""
        return text.say(self.visit.language)

    def item_name(self, item: Item) -> str:
        """The name of a service item: short where an application has a title, else as published."""
        application = self.house.catalogue.application(item.id)
        if application is not None:
            return self.say(application.title)
        return item.name_en if self.visit.language == "en" else item.name

    def known_name(self, name: str) -> str:
        """An item's Chinese name, as the centre says it, in the citizen's language where the catalogue knows it."""
        catalogue = self.house.catalogue
        for item in catalogue.items:
            application = catalogue.application(item.id)
            if name in (item.name, application.title.zh if application else item.name):
                return self.item_name(item)
        return name

    def value(self, value: str) -> str:
        """A time limit, fee, applicant or material of the list."""
        return self.house.catalogue.say(value, self.visit.language)

    def pair(self, a: str, b: str) -> str:
        """Two things said together: 办理时限：即时."""
        return self("spoken.pair", a=a, b=b)

    def region(self, code: str) -> str:
        """Province · city · county; in English the other way round."""
        regions = self.house.catalogue.regions
        if self.visit.language == "zh_CN":
            return regions.full_name(code)
        return ", ".join(self.place_name(region) for region in reversed(regions.path(code))) or code

    def place(self, code: str) -> str:
        """The lowest name only: 根河市."""
        region = self.house.catalogue.regions.find(code)
        return code if region is None else self.place_name(region)

    def place_name(self, region: Region) -> str:
        """根河市, Genhe: in English the usual name, else the pinyin without its 市 or 县."""
        if self.visit.language == "zh_CN":
            return region.name
        usual = self.value(region.name)
        if usual != region.name:
            return usual
        pinyin = region.pinyin
        for chinese, sound in _KINDS_OF_PLACE.items():
            if region.name.endswith(chinese) and len(region.name) > len(chinese) + 1:
                pinyin = pinyin.removesuffix(sound)
                break
        return pinyin.capitalize()

    def scope_name(self, scope: Scope) -> str:
        """跨省通办: what this place calls a scope."""
        chinese, english = scope.names(self.house.terminal.receiving_region)
        return english if self.visit.language == "en" else chinese

    @property
    def application(self) -> Application:
        """The application being filled in."""
        return application_of(self.visit.draft, self.house)

    @property
    def hours(self) -> str:
        """When the desk is staffed: 工作日 9:00–17:00, in English word by word where the words are known."""
        return " ".join(self.value(word) for word in self.house.terminal.desk_hours.split(" "))

    @property
    def phone(self) -> str:
        """The desk's phone number."""
        return self.house.terminal.desk_phone


def spoken(*parts: str) -> str:
    """Sentences to read aloud, one after the other."""
    sentences = [part.strip() for part in parts if part.strip()]
    return " ".join(
        part if part[-1] in "。？！.?!" else part + ("。" if not part.isascii() else ".") for part in sentences
    )


def chrome(
    words: Words,
    *,
    step: int = 0,
    primary: Action | None = None,
    more: tuple[Action, ...] = (),
    back: str | None = "nav.back",
    may_leave: bool = True,
    may_quit: bool = True,
    devices: tuple[Device, ...] = (),
    notice: Notice | None = None,
) -> Chrome:
    """The frame of a screen. `devices` are those that matter here: the first one that is out gives the notice.

    `may_quit` is false where the primary action ends the visit anyway.
    """
    visit, terminal = words.visit, words.house.terminal
    actions = [Action("back", words(back), Back())] if back else []
    if may_leave and may_quit:
        actions.append(Action("quit", words("nav.quit"), Quit()))
    if may_leave:
        actions.append(Action("help", words("nav.help"), CallHelp()))
    actions += more
    other = "zh_CN" if visit.language == "en" else "en"
    place = terminal.place
    if step > 3 and visit.draft.item_id:
        place = words.say(words.application.title)
    return Chrome(
        place=place,
        step=Step(step, STEPS, words(f"step.{step}"), words("step.text", n=step, total=STEPS)) if step else None,
        actions=tuple(actions),
        primary=primary,
        notice=notice or device_notice(words, devices),
        language=visit.language,
        language_switch=Action("language", words("language.other"), SetLanguage(other)),
    )


def device_notice(words: Words, devices: Sequence[Device]) -> Notice | None:
    """What is wrong with the first of these devices that is out, and what still works."""
    for device in devices:
        health = words.visit.health(device)
        if not health.usable:
            what = health.what.get(words.visit.language, "").rstrip("。.") or words(f"device.{device}")
            return Notice(Tone.WARNING, words(f"works.{device}", what=what, phone=words.phone))
    if Device.RECEIPT_PRINTER in devices and words.visit.health(Device.RECEIPT_PRINTER).low:
        return Notice(Tone.INFO, words("notice.paper_low"))
    return None


def paged(words: Words, entries: Sequence[T], page: int, size: int) -> tuple[tuple[T, ...], Pager | None]:
    """The entries of one page, and the pager when there are more. A page that does not exist shows the nearest one."""
    pages = max(1, -(-len(entries) // size))
    shown = min(page, pages - 1)
    part = tuple(entries[shown * size : (shown + 1) * size])
    if pages == 1:
        return part, None
    previous = Action("previous", words("nav.previous"), TurnPage(shown - 1 - page)) if shown > 0 else None
    following = Action("more", words("nav.more"), TurnPage(shown + 1 - page)) if shown < pages - 1 else None
    return part, Pager(words("nav.pages", i=shown + 1, n=pages), previous, following)


def change_action(words: Words, key: str) -> Action:
    """更改."""
    return Action(key, words("nav.change"), Choose(key))
