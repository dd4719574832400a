"""Runs one visit: the one place where events, the pure machine, effects and timers meet.

A single thread takes one event after the other, asks the machine what follows, has the effects carried out, and
publishes the view. Devices, store and screens live on other threads and reach the visit by `emit` only.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from kiosk.logs import log, place_of
from kiosk.visit.effects import ClearTimer, Effect, EndVisit, SetTimer
from kiosk.visit.events import Event, TimerFired
from kiosk.visit.views import Preview, View

VisitT = TypeVar("VisitT")
OnView = Callable[[View], None]
OnPreview = Callable[[Preview], None]


class Machine(Protocol[VisitT]):
    """The pure machine, bound to its house."""

    def step(self, visit: VisitT, event: Event) -> tuple[VisitT, tuple[Effect, ...]]:
        """What follows from `event`."""

    def view(self, visit: VisitT) -> View:
        """What the screen shows now."""


class Timers:
    """Named one-shot timers on a monotonic clock. Not thread-safe: the runner's thread owns them."""

    def __init__(self, delays: Mapping[str, float], clock: Callable[[], float]) -> None:
        self._delays = delays
        self._clock = clock
        self._due: dict[str, float] = {}

    def set(self, name: str) -> None:
        """(Re)start `name` with its delay from the table. Raises KeyError for a name that is not in it."""
        self._due[name] = self._clock() + self._delays[name]

    def clear(self, name: str) -> None:
        """Stop `name`, if it runs."""
        self._due.pop(name, None)

    def wait(self) -> float | None:
        """Seconds until the next timer fires; None when none runs."""
        return max(0.0, min(self._due.values()) - self._clock()) if self._due else None

    def take_due(self) -> str | None:
        """The name of a timer that has run out (which stops it), the earliest first."""
        if not self._due:
            return None
        name = min(self._due, key=lambda each: self._due[each])
        if self._due[name] > self._clock():
            return None
        del self._due[name]
        return name


class Runner(Generic[VisitT]):
    """One visit.

    Args:
        machine: the pure machine.
        visit: the state it begins in.
        delays: seconds by timer name.
        carry_out: does an effect; returns at once, its end comes back through `emit`.
        on_end: called once, from the runner's thread, with the reason for which the visit ended.
        on_crash: called from the runner's thread when the machine or an effect raised: our defect. The process
            should end; the station's next screen says what is safe.
    """

    def __init__(
        self,
        machine: Machine[VisitT],
        visit: VisitT,
        *,
        delays: Mapping[str, float],
        carry_out: Callable[[Effect], None],
        on_end: Callable[[str], None],
        on_crash: Callable[[BaseException], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._machine = machine
        self._visit = visit
        self._timers = Timers(delays, clock)
        self._carry_out = carry_out
        self._on_end = on_end
        self._on_crash = on_crash
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._on_view: list[OnView] = []
        self._on_preview: list[OnPreview] = []
        self._view = machine.view(visit)
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="visit", daemon=True)

    def start(self) -> None:
        """Begin taking events."""
        self._thread.start()

    def stop(self) -> None:
        """End without an EndVisit: the process was told to go. Events that wait are dropped."""
        self._ended = True
        self._events.put(None)

    def join(self, seconds: float) -> None:
        """Wait until nothing more is carried out."""
        self._thread.join(seconds)

    def emit(self, event: Event) -> None:
        """Tell the visit what happened. Any thread; returns at once."""
        self._events.put(event)

    def show_preview(self, picture: Preview) -> None:
        """Hand a camera picture to the screens. It never passes through the machine."""
        for listener in self._on_preview:
            listener(picture)

    def subscribe(self, on_view: OnView, on_preview: OnPreview) -> None:
        """Give `on_view` the present view and every later one, `on_preview` every camera picture."""
        with self._lock:
            self._on_view.append(on_view)
            self._on_preview.append(on_preview)
            on_view(self._view)

    def _run(self) -> None:
        try:
            while not self._ended:
                event = self._next_event()
                if event is None:
                    return
                self._take(event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the citizen must get a working screen
            log("visit.effect_failed", effect="machine", error=type(error).__name__, place=place_of(error))
            self._on_crash(error)

    def _next_event(self) -> Event | None:
        while True:
            if (name := self._timers.take_due()) is not None:
                return TimerFired(name)
            try:
                return self._events.get(timeout=self._timers.wait())
            except queue.Empty:
                continue

    def _take(self, event: Event) -> None:
        self._visit, effects = self._machine.step(self._visit, event)
        view = self._machine.view(self._visit)
        if view != self._view:
            with self._lock:
                self._view = view
                for listener in self._on_view:
                    listener(view)
        for effect in effects:
            match effect:
                case SetTimer(name):
                    self._timers.set(name)
                case ClearTimer(name):
                    self._timers.clear(name)
                case EndVisit(reason):
                    self._ended = True
                    self._on_end(reason)
                    return
                case _:
                    self._carry_out(effect)
