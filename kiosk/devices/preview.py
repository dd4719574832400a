"""The live picture of the document camera, for as long as the citizen looks at it, and the moment to press for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kiosk.devices.worker import as_device_error
from kiosk.logs import log

if TYPE_CHECKING:  # a spare visit process does not pay for NumPy
    from drivers.document_camera import DocumentCamera
    from kiosk.materials.capture import Preview as SmallPicture
    from kiosk.materials.pages import Quad
    from kiosk.materials.still import StillWatch
    from kiosk.visit.views import Preview

PERIOD = 1 / 20
"""A camera that sends thirty pictures a second has every second one shown."""
RECHECK_SECONDS = 0.008
"""How soon a camera that had no new picture yet is asked again."""
SIDE = 960
"""Longest side of the live picture, px."""
LINGER_SECONDS = 15.0
"""How long the camera stays on after it was last wanted: retaking a page must not wait for it to start again."""
RETRY_SECONDS = 2.0
"""After the camera's driver failed."""

Point = tuple[float, float]
Outline = tuple[Point, Point, Point, Point]


@dataclass(frozen=True)
class Picture:
    """A live camera picture, what was seen on it, and how near its photograph is (`kiosk.visit.views.Preview`)."""

    width: int
    height: int
    rgb: bytes = field(repr=False)
    outline: Outline | None
    state: str
    progress: float


class LivePreview:
    """One thread that hands out pictures while it is on, and switches the camera off some time after.

    Args:
        camera: gives the driver; called in the thread.
        show: takes each picture, in the thread.
        on_still: called, in the thread, when what lies there is to be photographed.
    """

    def __init__(
        self,
        camera: Callable[[], DocumentCamera],
        show: Callable[[Preview], None],
        on_still: Callable[[], None],
        *,
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        self._camera = camera
        self._show = show
        self._on_still = on_still
        self._linger = linger_seconds
        self._changed = threading.Condition(threading.RLock())
        self._on = False
        self._stops = 0
        """A picture taken before the last stop is of what lay there for somebody's last screen."""
        self._closed = False
        self._thread: threading.Thread | None = None
        self._watch: StillWatch | None = None
        """Knows what was photographed last, over stop and start."""

    def start(self) -> None:
        """Show pictures from now on."""
        with self._changed:
            if self._closed:
                return
            self._on = True
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="preview", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Show no more: none comes after this returned."""
        with self._changed:
            self._on = False
            self._stops += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Stop for good. Returns at once; the camera is its worker's to close."""
        with self._changed:
            self._closed = True
            self.stop()

    def join(self, seconds: float) -> None:
        """Wait for the thread's end."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(max(0.0, seconds))

    def shot(self) -> None:
        """What lies there is being photographed: it is not to be photographed once more without being asked for."""
        with self._changed:
            if self._watch is not None:
                self._watch.shot()

    def missed(self) -> None:
        """Nothing came of that photograph."""
        with self._changed:
            if self._watch is not None:
                self._watch.missed()

    def _run(self) -> None:
        from kiosk.materials.still import StillWatch

        with self._changed:
            self._watch = StillWatch()
        shown = stops = -1
        while self._wait_until_on():
            began = time.monotonic()
            pause = PERIOD
            try:
                if stops != self._stops:
                    stops = self._stops
                    with self._changed:
                        self._watch.restart()
                before, shown = shown, self._next_picture(shown)
                pause = RECHECK_SECONDS if shown == before else PERIOD
            except Exception as error:  # noqa: BLE001 - a picture that fails must not end the visit's preview
                # The camera's worker polls it too, and that is how the visit hears of it.
                log("device.command_failed", device="document_camera", error=type(as_device_error(error)).__name__)
                pause = RETRY_SECONDS
            with self._changed:
                self._changed.wait_for(lambda: not self._on, began + pause - time.monotonic())

    def _wait_until_on(self) -> bool:
        """Sleep while nobody looks; False once closed."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._on or self._closed, self._linger):
                self._switch_off()
                self._changed.wait_for(lambda: self._on or self._closed)
            return not self._closed

    def _switch_off(self) -> None:
        try:
            self._camera().close()
        except Exception as error:  # noqa: BLE001
            log("device.command_failed", device="document_camera", error=type(error).__name__)

    def _next_picture(self, shown: int) -> int:
        """Show the newest frame unless it was frame number `shown`; returns the number of the one shown last."""
        from kiosk.materials.capture import preview

        stops = self._stops
        frame = self._camera().latest()
        if frame is None or frame.sequence == shown:
            return shown
        small = preview(frame.pixels, SIDE)
        with self._changed:
            if self._on and self._stops == stops:
                self._hand_out(small, frame.taken_at)
        return frame.sequence

    def _hand_out(self, small: SmallPicture, taken_at: float) -> None:
        from kiosk.materials.still import pixels_of

        assert self._watch is not None  # noqa: S101 - the thread makes it first
        quad = small.located.quad
        sight = self._watch.see(taken_at, pixels_of(small.rgb, small.width, small.height), quad, small.code)
        outline = _outline(quad, small.width, small.height)
        self._show(Picture(small.width, small.height, small.rgb, outline, sight.state, sight.progress))
        if sight.fires:
            self._on_still()


def _outline(quad: Quad | None, width: int, height: int) -> Outline | None:
    """The page's corners as fractions of the picture's sides."""
    if quad is None:
        return None
    corners = (quad.top_left, quad.top_right, quad.bottom_right, quad.bottom_left)
    first, second, third, fourth = ((x / width, y / height) for x, y in corners)
    return first, second, third, fourth
