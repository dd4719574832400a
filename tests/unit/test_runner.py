"""The runner takes events in order, fires timers by its own clock, and never leaves a dead screen behind."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from kiosk.visit.effects import ClearTimer, Effect, EndVisit, ReadIdCard, SetTimer
from kiosk.visit.events import CardRemoved, Confirm, Event, Quit, Start, TimerFired
from kiosk.visit.runner import Runner, Timers
from kiosk.visit.views import Chrome, GoodbyeView, View

WAIT = 5.0
"""Seconds after which a test gives up on another thread; nothing ever waits this long."""


def showing(name: str) -> View:
    return GoodbyeView(name=name, chrome=Chrome(place=""), title=name, spoken="", lead="")


@dataclass
class Scripted:
    """A machine whose visit is the list of events so far."""

    effects: dict[type[Event], tuple[Effect, ...]] = field(default_factory=dict)

    def step(self, visit: tuple[Event, ...], event: Event) -> tuple[tuple[Event, ...], tuple[Effect, ...]]:
        if isinstance(event, CardRemoved):
            raise RuntimeError("a defect")  # noqa: TRY004 - any defect would do
        return (*visit, event), self.effects.get(type(event), ())

    def view(self, visit: tuple[Event, ...]) -> View:
        return showing("-".join(type(event).__name__ for event in visit) or "first")


class World:
    """A runner with everything it touches, and a way to wait for its end."""

    def __init__(self, effects: dict[type[Event], tuple[Effect, ...]] | None = None) -> None:
        self.views: list[str] = []
        self.done: list[Effect] = []
        self.ended = threading.Event()
        self.reason = ""
        self.runner = Runner(
            Scripted(effects or {}),
            (),
            delays={"now": 0.0, "later": 3600.0},
            carry_out=self.done.append,
            on_end=self.end,
            on_crash=lambda error: self.end(f"crash {type(error).__name__}"),
        )
        self.runner.subscribe(lambda view: self.views.append(view.name), lambda _: None)
        self.runner.start()

    def end(self, reason: str) -> None:
        self.reason = reason
        self.ended.set()

    def plays(self, *events: Event) -> World:
        for event in events:
            self.runner.emit(event)
        assert self.ended.wait(WAIT)
        return self


def test_a_subscriber_gets_the_present_view_and_every_later_one() -> None:
    world = World({Quit: (EndVisit("quit"),)}).plays(Start(), Confirm(), Quit())
    assert world.views == ["first", "Start", "Start-Confirm", "Start-Confirm-Quit"]
    assert world.reason == "quit"


def test_effects_are_carried_out_in_order_and_nothing_after_the_end() -> None:
    world = World({Start: (ReadIdCard(),), Quit: (EndVisit("done"), ReadIdCard())}).plays(Start(), Quit())
    assert world.done == [ReadIdCard()]


def test_a_timer_comes_back_as_an_event() -> None:
    world = World({Start: (SetTimer("now"),), TimerFired: (EndVisit("idle"),)}).plays(Start())
    assert world.views[-1] == "Start-TimerFired"


def test_a_cleared_timer_does_not_fire() -> None:
    world = World({Start: (SetTimer("now"), ClearTimer("now")), Quit: (EndVisit("quit"),)}).plays(Start(), Quit())
    assert world.views[-1] == "Start-Quit"


def test_a_defect_in_the_machine_ends_the_process_instead_of_freezing_the_screen() -> None:
    assert World().plays(CardRemoved()).reason == "crash RuntimeError"


def test_after_it_was_stopped_nothing_is_carried_out_any_more() -> None:
    world = World({Start: (ReadIdCard(),)})
    busy, going_on = threading.Event(), threading.Event()

    def dawdle(view: View) -> None:
        if view.name == "Confirm":
            busy.set()
            going_on.wait(WAIT)

    world.runner.subscribe(dawdle, lambda _: None)
    world.runner.emit(Confirm())
    world.runner.emit(Start())
    assert busy.wait(WAIT)
    world.runner.stop()
    going_on.set()
    world.runner.join(WAIT)
    assert world.done == []
    assert not world.ended.is_set()


def test_timers_fire_in_the_order_in_which_they_run_out() -> None:
    now = [0.0]
    timers = Timers({"short": 1.0, "long": 5.0}, lambda: now[0])
    timers.set("long")
    timers.set("short")
    assert (timers.wait(), timers.take_due()) == (1.0, None)
    now[0] = 10.0
    assert [timers.take_due(), timers.take_due(), timers.take_due()] == ["short", "long", None]
    assert timers.wait() is None


def test_setting_a_timer_again_starts_it_anew() -> None:
    now = [0.0]
    timers = Timers({"idle": 60.0}, lambda: now[0])
    timers.set("idle")
    now[0] = 59.0
    timers.set("idle")
    now[0] = 61.0
    assert timers.take_due() is None
