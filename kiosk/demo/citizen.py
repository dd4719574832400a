"""The scripted citizen: looks at what is on the glass and does what a person with a plan would do.

It acts by touch on real widgets and by hand on virtual devices, and knows nothing of the machine behind them: each
screen has one habit, whichever way the journey came there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from drivers.virtual.client import DockClient
from drivers.virtual.personas import Persona
from screens.pilot_client import PilotClient, PilotError, ScreenState

SCREEN_SECONDS = 30.0
SLIP_SECONDS = 60.0
LOOK_EVERY = 0.02
MOST_SCREENS = 150


class Lost(Exception):
    """The citizen does not know what to do on a screen, or a screen did not come."""


@dataclass(frozen=True)
class Plan:
    """What the citizen wants, and what to answer where.

    `place` is the way to the handling place: province, city, county codes. `answers` maps keys of questions and
    fields to an option's key, a text to type, or a way of region codes. `papers` maps words of a material's title to the
    paper to lay on the desk.
    """

    item: str
    place: tuple[str, ...]
    delivery: str
    answers: Mapping[str, str | tuple[str, ...]]
    papers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Wait:
    """Something the citizen waited for."""

    what: str
    ms: float


PLANS: Mapping[str, Plan] = {
    "C001": Plan(
        item="C001",
        place=("640000", "640200", "640221"),
        delivery="electronic",
        answers={
            "situation": ("resident", "yes"),
            "medical_region": ("150000", "150700", "150785"),
            "medical_address": "河东街道12号",
            "insurance": "employee",
            "start_date": "20261201",
        },
        papers={"居住证明": "居住证明"},
    ),
    "C003": Plan(
        item="C003",
        place=("340000", "341700", "341723"),
        delivery="pickup_at_desk",
        answers={
            "situation": ("damaged",),
            "mail_region": ("150000", "150700", "150785"),
            "mail_address": "河东街道12号",
        },
    ),
    "C004": Plan(
        item="C004",
        place=("370000", "371600", "371621"),
        delivery="electronic",
        answers={
            "situation": ("enterprise", "yes"),
            "from_region": ("150000", "150700", "150785"),
            "first_month": "201803",
            "last_month": "202506",
        },
        papers={"缴费凭证": "缴费凭证"},
    ),
}
"""One plan for each of the three modes."""

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
        self._region_way: tuple[str, ...] = ()
        self._filled_regions: set[str] = set()
        self._typed: set[tuple[str, str]] = set()
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
            "page_review": self._tap("keep"),
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
        """The deepest place of the way that can be seen; else turn the page."""
        keys = state.keys()
        seen = [code for code in way if code in keys]
        self._pilot.tap(seen[-1] if seen else "more")

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
        keys = state.keys()
        wanted = next((answer for answer in self._asked if answer in keys), None)
        if wanted is None:
            raise Lost(f"no answer among {', '.join(keys)}")
        self._pilot.tap(wanted)
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
        paper = next((paper for word, paper in self.plan.papers.items() if word in state.title), None)
        if paper is None:
            raise Lost(f"no paper for {state.title!r}")
        self._dock.turn("document_camera", "lay", f"{paper}:{self._person.key}")
        self._pilot.wait(screen="capture", key="shoot", timeout_s=SCREEN_SECONDS)
        time.sleep(self._look_seconds)
        begun = time.monotonic()
        self._pilot.tap("shoot")
        self._pilot.wait(screen="page_review", timeout_s=SCREEN_SECONDS)
        self._waited("picture taken to page judged", begun)

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
