"""The scripted citizen: looks at what is on the glass and does what a person with a plan would do.

It acts by touch on real widgets and by hand on virtual devices, and knows nothing of the machine behind them: each
screen has one habit, whichever way the journey came there.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from drivers.virtual.client import DockClient
from drivers.virtual.personas import Persona
from kiosk.demo.plans import MENDING, PLANS, BadPage, Plan
from screens.pilot_client import PilotClient, PilotError, ScreenState

__all__ = ["MENDING", "PLANS", "BadPage", "Citizen", "Lost", "Plan", "Wait"]

SCREEN_SECONDS = 30.0
SLIP_SECONDS = 60.0
HINT_SECONDS = 20.0
"""Within which the terminal has read a page, also for the first time."""
READING = "正在读"
"""The terminal says so while it reads a page."""
PRESS_AFTER_SECONDS = 6.0
"""A page that was not photographed by itself until then is photographed with the button; and once more as long after."""
MOST_MISREAD = 2
"""So often may the terminal say something else of a bad page than it should."""
LOOK_EVERY = 0.02
MOST_SCREENS = 150


class Lost(Exception):
    """The citizen does not know what to do on a screen, or a screen did not come."""


@dataclass
class Wait:
    """Something the citizen waited for."""

    what: str
    ms: float


SIGNATURE = (
    ((0.12, 0.35), (0.2, 0.3), (0.34, 0.28)),
    ((0.22, 0.22), (0.22, 0.5), (0.18, 0.7)),
    ((0.14, 0.5), (0.3, 0.48)),
    ((0.44, 0.3), (0.58, 0.27), (0.66, 0.32), (0.5, 0.6), (0.44, 0.68)),
    ((0.5, 0.4), (0.62, 0.62), (0.74, 0.72)),
    ((0.8, 0.3), (0.82, 0.5), (0.8, 0.66), (0.76, 0.62)),
)


class Citizen:
    """One person at the terminal.

    Args:
        pilot: the screen.
        dock: the devices.
        person: whose card is placed.
        plan: what for.
        look_seconds: how long to look at the live picture before taking one.
        before: called with each screen's name when it comes, before anything is done there (tests break things here).
    """

    def __init__(
        self,
        pilot: PilotClient,
        dock: DockClient,
        person: Persona,
        plan: Plan,
        before: Callable[[str], None] = lambda _: None,
        *,
        look_seconds: float = 0.0,
    ) -> None:
        self._pilot = pilot
        self._dock = dock
        self._person = person
        self.plan = plan
        self._before = before
        self._look_seconds = look_seconds
        self._asked = list(plan.answers.get("situation", ()))
        self._answered: dict[str, str] = {}
        """By the question."""
        self._region_way: tuple[str, ...] = ()
        self._filled_regions: set[str] = set()
        self._typed: set[tuple[str, str]] = set()
        self._mended: Counter[str] = Counter()
        self._bad_page: BadPage | None = None
        self._misread = 0
        self.passed: list[str] = []
        self.waits: list[Wait] = []
        self._habits: dict[str, Callable[[ScreenState], None]] = {
            "recovered": self._tap("ok"),
            "attract": self._tap("start"),
            "still_there": self._tap("stay"),
            "home": self._tap("apply"),
            "place": lambda state: self._choose_place(state, self.plan.place),
            "region": lambda state: self._choose_place(state, self._region_way),
            "service_list": self._find_item,
            "guide": self._tap("apply"),
            "consent": self._tap("agree"),
            "place_card": self._place_card,
            "card_confirmed": self._take_card_and_go_on,
            "situation": self._answer_question,
            "delivery": self._choose_delivery,
            "confirm_phone": self._tap("confirm"),
            "checklist": self._tap("next"),
            "material_way": self._tap("camera"),
            "promise": self._tap("promise"),
            "social_card": self._insert_card,
            "social_card_confirmed": self._tap("confirm"),
            "capture": self._photograph,
            "page_review": self._look_at_page,
            "review": self._tap("next"),
            "sign": self._sign,
            "take_card": self._take_card,
        }

    def plays(self, until: str = "done") -> ScreenState:
        """Go on from whatever is on the glass until a screen is reached.

        Raises:
            Lost
        """
        state = self._pilot.wait(timeout_s=SCREEN_SECONDS)
        for _ in range(MOST_SCREENS):
            self.passed.append(state.screen)
            self._before(state.screen)
            if state.screen == until:
                return state
            state = self._acts(state)
        raise Lost(f"still not at {until} after {MOST_SCREENS} screens: … {' '.join(self.passed[-12:])}")

    def finishes(self) -> None:
        """From the done screen: wait for the slip, take it, leave, see goodbye; the visit's process is gone then."""
        self._pilot.wait(screen="done", key="print_again", timeout_s=SLIP_SECONDS)
        done = self._pilot.screen()
        self._pilot.tap("finish")
        state = self._changed_from(done)
        if state.screen == "take_card":
            self.passed.append(state.screen)
            self._take_card(state)
            state = self._pilot.wait(screen="goodbye", timeout_s=SCREEN_SECONDS)
        self.passed.append(state.screen)
        with suppress(PilotError, OSError):  # the visit may be gone before it can answer
            self._pilot.tap("home")
        self.sees_the_visit_end()

    def sees_the_visit_end(self) -> None:
        """Wait until the visit's process is gone, with all that it knew.

        Raises:
            Lost: it goes on.
        """
        end = time.monotonic() + SCREEN_SECONDS
        while time.monotonic() < end:
            try:
                self._pilot.screen()
            except (PilotError, OSError):
                return
            time.sleep(LOOK_EVERY)
        raise Lost("the visit does not end")

    def _acts(self, state: ScreenState) -> ScreenState:
        habit = self._habits.get(state.screen)
        if habit is None and state.screen.startswith("form_"):
            habit = self._fill_in
        if habit is None:
            raise Lost(f"what to do on {state.screen!r}? There are: {', '.join(state.keys())}")
        try:
            habit(state)
        except PilotError as error:
            now = self._pilot.screen()
            if now == state:
                raise Lost(f"on {state.screen!r}: {error}") from error
            return now  # the screen went on while a finger was on its way: look again
        return self._changed_from(state)

    def _changed_from(self, before: ScreenState) -> ScreenState:
        """What is on the glass once it is something else, as a person sees that a tap did something."""
        end = time.monotonic() + SCREEN_SECONDS
        while (now := self._pilot.screen()) == before:
            if time.monotonic() > end:
                raise Lost(f"nothing changes on {before.screen!r}")
            time.sleep(LOOK_EVERY)
        return now

    # --- habits ------------------------------------------------------------------------------------------------------

    def _tap(self, key: str) -> Callable[[ScreenState], None]:
        return lambda _: self._pilot.tap(key)

    def _choose_place(self, state: ScreenState, way: tuple[str, ...]) -> None:
        """The deepest place of the way that can be seen; else turn the page; a wrong turning is taken back."""
        keys = state.keys()
        seen = [code for code in way if code in keys]
        self._pilot.tap(seen[-1] if seen else "more" if "more" in keys else "back")

    def _find_item(self, state: ScreenState) -> None:
        keys = state.keys()
        self._pilot.tap(self.plan.item if self.plan.item in keys else "more")

    def _place_card(self, state: ScreenState) -> None:
        if "retry" in state.keys():  # noqa: SIM118 - not a mapping
            self._dock.turn("id_card_reader", "lift")
            self._pilot.tap("retry")
        begun = time.monotonic()
        self._dock.turn("id_card_reader", "place", self._person.key)
        self._pilot.wait(screen="card_confirmed", timeout_s=SCREEN_SECONDS)
        self._waited("card placed to card shown", begun)

    def _take_card_and_go_on(self, _state: ScreenState) -> None:
        self._dock.turn("id_card_reader", "lift")
        self._pilot.tap("confirm")

    def _take_card(self, state: ScreenState) -> None:
        self._dock.turn("id_card_reader", "lift")
        if "taken" in state.keys():  # noqa: SIM118 - not a mapping
            self._pilot.tap("taken")

    def _answer_question(self, state: ScreenState) -> None:
        """A question that still stands, because a tap was taken for half of a double tap, gets the same answer again."""
        keys = state.keys()
        wanted = self._answered.get(state.title) or next((answer for answer in self._asked if answer in keys), None)
        if wanted is None:
            raise Lost(f"no answer among {', '.join(keys)}")
        self._pilot.tap(wanted)
        if state.title not in self._answered:
            self._answered[state.title] = wanted
            self._asked.remove(wanted)
        self._tap_next_unless_moved(state)

    def _choose_delivery(self, state: ScreenState) -> None:
        self._pilot.tap(self.plan.delivery)
        self._tap_next_unless_moved(state)

    def _tap_next_unless_moved(self, before: ScreenState) -> None:
        """Some screens go on by themselves when an answer is tapped."""
        now = self._changed_from(before)
        if (now.screen, now.title) == (before.screen, before.title):
            self._pilot.tap("next")

    def _fill_in(self, state: ScreenState) -> None:
        keys = state.keys()
        for key, answer in {"phone": self._person.phone, "notify": "sms", **self.plan.answers}.items():
            if isinstance(answer, tuple):
                if f"region:{key}" in keys and answer and len(answer[0]) == 6 and key not in self._filled_regions:
                    self._region_way = answer
                    self._pilot.tap(f"region:{key}")
                    self._filled_regions.add(key)
                    return
            elif answer in keys:
                self._pilot.tap(answer)
            elif key in keys and (state.screen, key) not in self._typed:
                self._pilot.tap(key)
                self._pilot.type(answer)
                self._typed.add((state.screen, key))
        self._pilot.tap("next")

    def _insert_card(self, _state: ScreenState) -> None:
        begun = time.monotonic()
        self._dock.turn("smart_card", "insert", self._person.key)
        self._pilot.wait(screen="social_card_confirmed", timeout_s=SCREEN_SECONDS)
        self._waited("social security card inserted to shown", begun)
        self._dock.turn("smart_card", "remove")

    def _photograph(self, state: ScreenState) -> None:
        word = next((word for word in self.plan.papers if word in state.title), None)
        if word is None:
            raise Lost(f"no paper for {state.title!r}")
        to_come = self.plan.bad_pages.get(word, ())[self._mended[word] :]
        self._bad_page = to_come[0] if to_come else None
        paper, presses = self.plan.papers[word], self.plan.presses
        if self._bad_page is not None:
            paper, presses = self._bad_page.paper or paper, self._bad_page.presses
            if self._bad_page.fault:
                self._dock.fault("document_camera", self._bad_page.fault, None)
        self._pilot.wait(screen="capture", key="shoot", timeout_s=SCREEN_SECONDS)
        self._dock.turn("document_camera", "lay", paper if ":" in paper else f"{paper}:{self._person.key}")
        begun = time.monotonic()
        if presses:
            time.sleep(self._look_seconds)
            begun = time.monotonic()
        self._wait_for_picture(begun if presses else begun + PRESS_AFTER_SECONDS)
        self._waited(f"{'picture taken' if presses else 'page laid'} to page judged", begun)

    def _wait_for_picture(self, press_at: float) -> None:
        """Until the page shows; from `press_at` on with the button, again when nothing comes of it."""
        end = time.monotonic() + SCREEN_SECONDS
        while (now := self._pilot.screen()).screen == "capture":
            if time.monotonic() > end:
                raise Lost("no picture is taken")
            if time.monotonic() >= press_at and "shoot" in now.keys():  # noqa: SIM118 - not a mapping
                self._pilot.tap("shoot")
                press_at = time.monotonic() + PRESS_AFTER_SECONDS
            time.sleep(LOOK_EVERY)

    def _look_at_page(self, _state: ScreenState) -> None:
        """Keep a good page; read what is said of a bad one, mend it and take it again."""
        bad, self._bad_page = self._bad_page, None
        if bad is None:
            if self.plan.bad_pages:
                self._waits_until_read()
            self._dock.turn("document_camera", "clear")
            self._pilot.tap("keep")
            return
        if self._reads(bad.says):
            word = next(word for word, pages in self.plan.bad_pages.items() if bad in pages)
            self._mended[word] += 1
            time.sleep(self._look_seconds)
        elif self._misread < MOST_MISREAD:
            self._misread += 1  # a busy machine may have photographed the empty desk: the same once more
        else:
            raise Lost(f"the terminal does not say {' or '.join(bad.says)}")
        self._dock.turn("document_camera", "clear")
        if bad.fault:
            self._dock.clear("document_camera", bad.fault)
        self._pilot.tap("retake")

    def _reads(self, says: Sequence[str]) -> bool:
        """Whether one of these words shows, or comes to show while a person would wait for it."""
        end = time.monotonic() + HINT_SECONDS
        while time.monotonic() < end:
            if any(words in text for text in self._pilot.words() for words in says):
                return True
            time.sleep(LOOK_EVERY)
        return False

    def _waits_until_read(self) -> None:
        """Once bitten: somebody whose pages were refused waits to see what is read on the good one."""
        end = time.monotonic() + HINT_SECONDS
        while any(READING in text for text in self._pilot.words()) and time.monotonic() < end:
            time.sleep(LOOK_EVERY)

    @property
    def mended(self) -> int:
        """How many bad pages were met and taken again."""
        return self._mended.total()

    def _sign(self, _state: ScreenState) -> None:
        self._pilot.draw(SIGNATURE)
        begun = time.monotonic()
        self._pilot.tap("submit")
        state = self._pilot.screen()
        while state.screen in ("sign", "sending") and time.monotonic() < begun + SCREEN_SECONDS:
            state = self._changed_from(state)
        if state.screen == "done":
            self._waited("submit to safe on disk", begun)

    def _waited(self, what: str, begun: float) -> None:
        self.waits.append(Wait(what, (time.monotonic() - begun) * 1000))
