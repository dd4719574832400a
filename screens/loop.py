"""The event loop of a visit's screen: sleeps until something happens, then draws once.

Kivy's own loop polls: it sleeps to the next sixtieth of a second, draws, and only then looks for input, so that a touch
waits up to two frames and an idle terminal is never quite idle. Here the order is turned round:

1. wait in the kernel until input arrives, another thread posts, or the Clock has something to do;
2. take in all waiting input and all posted calls;
3. let Kivy dispatch and lay out, and draw one frame if anything changed.

The waiting is SDL's own, in the SDL library inside Kivy's wheel. Where that library cannot be found the loop says so in
the log and waits like Kivy does. Rendering without a display has no input, so there the loop waits for posts only.
"""

from __future__ import annotations

import ctypes
import logging
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.lang import Builder

from screens.damage import Damage, draw_only, draws_in_software

log = logging.getLogger(__name__)

LONGEST_WAIT = 0.25
"""Seconds after which the loop looks round even when nothing was announced."""

ANSWER_SOON = 0.015
"""Seconds within which the visit usually answers a tap."""

POLL_PERIOD = 1 / 60
"""Seconds between two looks for input when SDL cannot be asked to wait."""


class Waiter(Protocol):
    """How the loop sleeps."""

    def wait(self, seconds: float) -> None:
        """Return when input or `wake` arrives, at the latest after `seconds`."""

    def wake(self) -> None:
        """End the current or the next `wait` at once; any thread may call this."""


class SdlWaiter:
    """Sleeps in `SDL_WaitEventTimeout`: the window's own connection wakes it."""

    _EVENT_BYTES = 56
    """sizeof(SDL_Event) of SDL 2.x."""

    def __init__(self, library: Path) -> None:
        self._sdl = ctypes.CDLL(str(library))
        self._sdl.SDL_WaitEventTimeout.argtypes = (ctypes.c_void_p, ctypes.c_int)
        self._sdl.SDL_PushEvent.argtypes = (ctypes.c_void_p,)
        self._sdl.SDL_RegisterEvents.restype = ctypes.c_uint32
        self._event_type = self._sdl.SDL_RegisterEvents(1)
        self._awake = False
        """No lock guards it: `wake` is also called by a signal's handler, which may interrupt `wait` anywhere."""

    def wait(self, seconds: float) -> None:
        """See `Waiter`."""
        if not self._awake:
            # Rounded up: waking a moment early would mean another turn with nothing to do.
            self._sdl.SDL_WaitEventTimeout(None, int(seconds * 1000) + 1)
        self._awake = False

    def wake(self) -> None:
        """See `Waiter`. One event in SDL's queue is enough, however many calls there are."""
        if self._awake:
            return
        self._awake = True
        event = (ctypes.c_uint32 * (self._EVENT_BYTES // 4))(self._event_type)
        self._sdl.SDL_PushEvent(ctypes.byref(event))


class PlainWaiter:
    """Sleeps until it is woken, or for `longest` seconds where input has to be polled."""

    def __init__(self, longest: float = LONGEST_WAIT) -> None:
        self._longest = longest
        self._awake = threading.Event()

    def wait(self, seconds: float) -> None:
        """See `Waiter`."""
        self._awake.wait(min(seconds, self._longest))
        self._awake.clear()

    def wake(self) -> None:
        """See `Waiter`."""
        self._awake.set()


def sdl_library() -> Path | None:
    """The SDL 2 library that Kivy has loaded into this process (Linux), or None."""
    try:
        maps = Path("/proc/self/maps").read_text()
    except OSError:
        return None
    found = re.search(r"(/\S*/libSDL2-2[^/\s_]*\.so\S*)", maps)
    return Path(found[1]) if found else None


def best_waiter() -> Waiter:
    """The quickest way to wait that works here. Needs the window to exist."""
    if os.environ.get("SDL_VIDEODRIVER") == "offscreen":
        return PlainWaiter()
    library = sdl_library()
    if library is None:
        log.warning("SDL library not found in this process: input is polled %d times a second", round(1 / POLL_PERIOD))
        return PlainWaiter(POLL_PERIOD)
    try:
        return SdlWaiter(library)
    except (OSError, AttributeError):
        log.warning("SDL library cannot be used for waiting: input is polled %d times a second", round(1 / POLL_PERIOD))
        return PlainWaiter(POLL_PERIOD)


class ScreenLoop:
    """Turns Kivy's event loop. Everything but `post` and `wake` belongs to the main thread.

    `on_error` gets what a widget or a posted call raised, and the loop goes on; without it the error ends the loop.
    `on_turn` is called after each turn, at least every `LONGEST_WAIT` seconds while the loop is alive.
    Other threads reach widgets by `post` alone; a thread that schedules on Kivy's Clock is heard a moment later.
    """

    def __init__(
        self,
        waiter: Waiter | None = None,
        on_error: Callable[[Exception], None] | None = None,
        on_turn: Callable[[], None] | None = None,
    ) -> None:
        self._waiter = waiter or best_waiter()
        self._on_error = on_error
        self._posted: deque[Callable[[], None]] = deque()
        self._local: deque[Callable[[], None]] = deque()
        self._on_turn = on_turn
        self._damage = Damage(partial=draws_in_software())
        self._expected_by = 0.0
        self._stopped = False

    def post(self, call: Callable[[], None]) -> None:
        """Have `call` run on the main thread before the next frame; any thread may call this.

        What a posted call posts runs in the next turn: after the frame that shows what the first one did.
        """
        self._posted.append(call)
        self.wake()

    def post_local(self, call: Callable[[], None]) -> None:
        """The same for what changes a part of the window only, which `call` declares (`screens.damage.declare_local`)."""
        self._local.append(call)
        self.wake()

    def wake(self) -> None:
        """Make the loop turn at once; any thread may call this."""
        self._waiter.wake()

    def run(self) -> None:
        """Turn until `stop`, or until Kivy is told to quit."""
        while not self._stopped and not EventLoop.quit and EventLoop.status == "started":
            self._waiter.wait(self.pause())
            self.turn()

    def stop(self) -> None:
        """End `run` after the present turn, or before its first; any thread may call this."""
        self._stopped = True
        self.wake()

    def expect_post(self, within: float = ANSWER_SOON) -> None:
        """Draw nothing until something is posted, for at most `within` seconds. Main thread only.

        Called when a tap was passed on: its answer is a new screen, and drawing the button going up first, only to
        draw everything again a moment later, would make the citizen wait for two frames.
        """
        self._expected_by = time.monotonic() + within

    def _expecting(self) -> float:
        """Seconds for which drawing is still put off; 0.0 for not at all."""
        return max(0.0, self._expected_by - time.monotonic()) if self._expected_by and not self._posted else 0.0

    def pause(self) -> float:
        """Seconds that may pass before the Clock or the canvas needs a turn."""
        window = EventLoop.window
        if self._posted or self._local:
            return 0.0
        if window is not None and window.canvas.needs_redraw:
            return self._expecting()
        return float(min(LONGEST_WAIT, max(0.0, Clock.get_min_timeout() - Clock.time())))

    def turn(self) -> None:
        """Take in everything that waits, then draw at most one frame. Never sleeps. The window must exist."""
        self._guard(self._poll_window)
        self._run_posted()
        self._guard(self._frame)
        if self._on_turn is not None:
            self._on_turn()

    def _run_posted(self) -> None:
        """Make the calls that wait now; what they post in turn waits for the next time."""
        for _ in range(len(self._posted)):
            self._expected_by = 0.0
            self._guard(self._posted.popleft())

    def _run_local(self) -> None:
        """Make the calls that change a part only, keeping account of which."""
        for _ in range(len(self._local)):
            self._guard(self._local.popleft())
            self._damage.note_call()

    @staticmethod
    def _poll_window() -> None:
        if EventLoop.window is not None:
            EventLoop.window.mainloop()

    def _frame(self) -> None:
        """Do what Kivy's `EventLoop.idle` does, keeping account of what has to be drawn."""
        window = EventLoop.window
        Clock.tick()
        if window is None or EventLoop.quit:
            return
        self._damage.begin(whole=window.canvas.needs_redraw)
        waiting = bool(self._posted)
        self._dispatch_input()
        # The answer to a touch is often there already and belongs into this frame; calls that wait for the next turn
        # keep their place before it.
        if self._posted and not waiting:
            self._run_posted()
            self._damage.note_call()
        self._run_local()
        Builder.sync()
        Clock.tick_draw()
        Builder.sync()
        if window.canvas.needs_redraw and not self._expecting():
            self._draw(window)

    def _draw(self, window: Any) -> None:
        regions = self._damage.regions()
        if regions is None:
            window.dispatch("on_draw")
        else:
            try:
                for region in regions:
                    draw_only(region)
                    window.dispatch("on_draw")
            finally:
                draw_only(None)
        window.dispatch("on_flip")

    def _dispatch_input(self) -> None:
        for provider in EventLoop.input_providers:
            provider.update(dispatch_fn=EventLoop._dispatch_input)
        for module in EventLoop.postproc_modules:
            EventLoop.input_events = module.process(events=EventLoop.input_events)
        while EventLoop.input_events:
            kind, touch = EventLoop.input_events.pop(0)
            before = _touched(touch)
            EventLoop.post_dispatch_input(kind, touch)
            self._damage.note_input(kind, before | _touched(touch))

    def _guard(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except Exception as error:
            if self._on_error is None:
                raise
            self._on_error(error)


def _touched(touch: Any) -> set[Any]:
    """The widgets that have taken this touch."""
    return {widget for taken in getattr(touch, "grab_list", ()) if (widget := taken()) is not None}
