"""The window of one visit: shows the views it is given, passes events out, and tells that it is alive.

Screens are built once and used again; switching swaps one widget, without a transition, so that no touch is lost on the
way. Views and pictures may come from any thread. A screen that breaks is replaced by a plain one, and the visit goes on.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kivy.base import EventLoop, runTouchApp
from kivy.core.window import Window
from kivy.uix.widget import Widget

from kiosk.visit.events import CitizenEvent, Event
from kiosk.visit.views import View
from screens.damage import plain_fills_quickly
from screens.fallback import FallbackScreen
from screens.glass import Glass
from screens.loop import ScreenLoop, Waiter
from screens.port import Port, Preview
from screens.theme import Theme

log = logging.getLogger(__name__)

ALIVE_EVERY = 1.0
"""Seconds between two signs of life."""


class Screen(Protocol):
    """A reusable screen: a Kivy widget that shows views of one kind. One that shows pictures also has `preview`."""

    def show(self, view: Any) -> None:
        """Show this view instead of the last one."""


ScreenFactory = Callable[[Callable[[Event], None], Theme], Any]
"""Builds a screen from `emit` and the theme: a `CitizenScreen` class."""


@dataclass(frozen=True)
class Shown:
    """A view reached the glass. Times in ms, on the monotonic clock."""

    screen: str
    after_view_ms: float
    """From the view's arrival to its frame."""
    after_event_ms: float | None
    """From the citizen's last event to this frame; None when a device or a timer brought the view."""


def mount(root: Widget) -> None:
    """Put `root` into the window and have input reach it. Kivy is started only once in a process."""
    if EventLoop.status == "started":
        Window.add_widget(root)
    else:
        runTouchApp(root, embedded=True)


class KioskApp:
    """The screen side of a visit. Construct it and call everything but `stop` and `reveal` on the main thread.

    `screens` says which screen shows which kind of view; `theme` defaults to one that fits the window.
    `on_alive` is called each second from the event loop: its silence means the loop stands still.
    `on_shown` is called for each view that reached the glass (timeline.json).
    `on_broken` is told which screen could not show its view, and why; the exception may carry personal data, so it must
    not be logged as it is.
    """

    def __init__(
        self,
        port: Port,
        screens: Mapping[type[View], ScreenFactory],
        theme: Theme | None = None,
        *,
        on_alive: Callable[[], None] | None = None,
        on_shown: Callable[[Shown], None] | None = None,
        on_broken: Callable[[str, Exception], None] | None = None,
        waiter: Waiter | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        EventLoop.ensure_window()
        self.theme = theme or Theme.for_window(*Window.size)
        self.view: View | None = None
        """The view on the glass, or about to be."""
        self._port = port
        self._factories = screens
        self._on_alive = on_alive
        self._on_shown = on_shown
        self._on_broken = on_broken
        self._clock = clock
        self._built: dict[type[View], Any] = {}
        self._fallback: FallbackScreen | None = None
        self._current: Any = None
        self._last_alive = float("-inf")
        self._event_at: float | None = None
        self._view_at: float | None = None
        self._preview: Preview | None = None
        self.loop = ScreenLoop(waiter, on_error=self._on_error, on_turn=self._after_turn)
        self.root = Glass(self.theme.px(1000) / 1000, clock)
        plain_fills_quickly()
        Window.clearcolor = self.theme.palette.ground
        # Only the supervisor ends a visit's window.
        Window.bind(on_request_close=self._refuse_to_close)
        mount(self.root)
        port.subscribe(self._view_from_any_thread, self._preview_from_any_thread)

    @property
    def current(self) -> Widget | None:
        """The screen on the glass."""
        return self._current

    def run(self) -> None:
        """Show views until `stop`."""
        self.loop.run()

    def stop(self) -> None:
        """End `run`; any thread may call this."""
        self.loop.stop()

    def close(self) -> None:
        """Take the widgets out of the window, after `run`. Calling it twice is fine."""
        Window.unbind(on_request_close=self._refuse_to_close)
        self.root.clear_widgets()
        Window.remove_widget(self.root)

    def reveal(self) -> None:
        """Take the screen: the spare process becomes the visible one. Any thread may call this."""
        self.loop.post(self._reveal)

    def build_all(self) -> None:
        """Build every screen now, while nobody waits (the spare process has the time)."""
        for kind in self._factories:
            self._screen_for(kind)

    def emit(self, event: Event) -> None:
        """Pass on what the citizen did, as screens do."""
        if isinstance(event, CitizenEvent):
            self._event_at = self._clock()
            self.loop.expect_post()
        self._port.emit(event)

    # --- from other threads --------------------------------------------------------------------------------------

    def _view_from_any_thread(self, view: View) -> None:
        self.loop.post(lambda: self.show(view))

    def _preview_from_any_thread(self, preview: Preview) -> None:
        # Only the newest picture counts: a slow screen must not collect a queue of old ones.
        waiting, self._preview = self._preview is not None, preview
        if not waiting:
            self.loop.post_local(self._show_preview)

    # --- on the main thread --------------------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Put this view on the glass with the next frame. Main thread only."""
        if self.view is None or (view.name, view.title) != (self.view.name, self.view.title):
            self.root.changed()
        self.view = view
        self._view_at = self._clock()
        try:
            screen = self._screen_for(type(view))
            screen.show(view)
        except Exception as error:  # noqa: BLE001 - whatever a screen's code raises, the citizen gets a usable screen
            self._report(view.name, error)
            screen = self._fallback_for(view)
        self._put(screen)

    def _screen_for(self, kind: type[View]) -> Any:
        if kind not in self._built:
            self._built[kind] = self._factories[kind](self.emit, self.theme)
        return self._built[kind]

    def _fallback_for(self, view: View) -> FallbackScreen:
        if self._fallback is None:
            self._fallback = FallbackScreen(self.emit, self.theme)
        self._fallback.show(view)
        return self._fallback

    def _put(self, screen: Any) -> None:
        if screen is self._current:
            return
        # A finger that is down now belongs to the screen that goes: lifting it must not act any more.
        for touch in EventLoop.touches:
            for taken in touch.grab_list[:]:
                widget = taken()
                touch.ungrab(widget)
                if hasattr(widget, "pressed"):
                    widget.pressed = False
        self.root.clear_widgets()
        self.root.add_widget(screen)
        self._current = screen

    def _show_preview(self) -> None:
        preview, self._preview = self._preview, None
        if preview is not None and hasattr(self._current, "preview"):
            self._current.preview(preview)

    def _reveal(self) -> None:
        Window.show()
        Window.raise_window()
        Window.canvas.ask_update()

    def _after_turn(self) -> None:
        now = self._clock()
        if self._view_at is not None and not Window.canvas.needs_redraw and self._on_shown is not None:
            event_ms = None if self._event_at is None else (now - self._event_at) * 1000
            name = self.view.name if self.view is not None else ""
            self._on_shown(Shown(name, (now - self._view_at) * 1000, event_ms))
        if not Window.canvas.needs_redraw and self._view_at is not None:
            self._view_at = self._event_at = None
        if self._on_alive is not None and now - self._last_alive >= ALIVE_EVERY:
            self._last_alive = now
            self._on_alive()

    def _on_error(self, error: Exception) -> None:
        """Handle what a widget raised while it was touched, laid out or drawn."""
        name = self.view.name if self.view is not None else "?"
        self._report(name, error)
        if self.view is not None and self._current is not self._fallback:
            self._put(self._fallback_for(self.view))

    def _report(self, screen: str, error: Exception) -> None:
        # The message of an exception may quote what the citizen entered; its kind and place never do.
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
        log.error("screen %s is broken: %s at %s", screen, type(error).__name__, place)
        if self._on_broken is not None:
            self._on_broken(screen, error)

    @staticmethod
    def _refuse_to_close(*_: object, **__: object) -> bool:
        return True
