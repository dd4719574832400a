"""The thread that empties an opened `cv2.VideoCapture` and vouches for its pictures.

V4L2 and FFmpeg both hand out what they have buffered: after two seconds without reading, an HTTP stream delivers 28
old pictures as if they were new, and goes on doing so after the sender is gone (opencv issues #13145, #14044). So
the reader never stops reading, keeps only the newest picture, and notes of each whether it had to be waited for.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.document_camera import Frame
from drivers.status import Clock, DeviceError, NoDevice, StaleFrame

BUFFER_WAIT_S = 0.002
"""A picture from a buffer costs processor time only; one that the camera has yet to send must be waited for."""
BUFFER_WAIT_SHARE = 0.4
"""The same as a share of the time between two pictures: on a busy machine mere processor time looks like waiting."""
PERIODS_KEPT = 60
"""Pictures over which that time is measured: a burst of fewer than half as many does not change it."""
BROKEN_READS = 3
"""Reads that may fail in a row before the stream counts as ended: one broken JPEG must not end a preview."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture, and what speaks for or against it. Times are seconds of the reader's clock."""

    frame: Frame
    read_began: float
    """When the reader asked for it."""
    buffered: bool
    """It was there already when the reader asked."""
    changed: bool
    """It differs from the one before."""
    changed_at: float
    black: bool
    light_at: float
    """When a picture last was not black."""
    digest: int


class Reader:
    """The thread that drains one opened camera until it is stopped or the camera is lost."""

    def __init__(
        self, open_camera: Callable[[], Any], turn: Callable[[Picture], Picture], *, hang: float, clock: Clock
    ) -> None:
        """A read that fails after `hang` seconds timed out: the camera is there, and silent."""
        self._open, self._turn, self._hang, self._clock = open_camera, turn, hang, clock
        self._news = threading.Condition()
        self._newest: Seen | None = None
        self._periods: deque[float] = deque(maxlen=PERIODS_KEPT)
        self._error: DeviceError | None = None
        self._ended_at = 0.0
        self._stopping = threading.Event()
        # A daemon: a read that never returns must not keep the visit's process alive.
        self._thread = threading.Thread(target=self._run, name="document-camera", daemon=True)

    def start(self) -> None:
        """Open the camera and begin to read, in the reader's own thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end, and give it a moment to let go of the camera."""
        self._stopping.set()
        self._thread.join(1.0)

    @property
    def newest(self) -> Seen | None:
        """The newest picture so far."""
        with self._news:
            return self._newest

    @property
    def ended(self) -> DeviceError | None:
        """Why this reader will bring no more pictures; None while it may."""
        with self._news:
            return self._error

    @property
    def ended_at(self) -> float:
        """When it ended, in seconds of its clock."""
        with self._news:
            return self._ended_at

    def after(self, sequence: int, seconds: float) -> Seen | None:
        """The newest picture after number `sequence`, waiting up to `seconds`. Raises what ended the reader."""

        def news() -> bool:
            return self._error is not None or (self._newest is not None and self._newest.frame.sequence > sequence)

        with self._news:
            self._news.wait_for(news, seconds)
            if self._error is not None:
                raise self._error
            return self._newest if news() else None

    def _run(self) -> None:
        error: DeviceError = NoDevice("the camera was switched off")
        try:
            camera = self._open()
            try:
                self._drain(camera)
            finally:
                camera.release()
        except DeviceError as trouble:
            error = trouble
        except cv2.error:
            error = NoDevice("OpenCV gave the camera up")
        finally:
            # Whatever happened, nobody may go on waiting for a thread that is gone.
            with self._news:
                self._error, self._ended_at = error, self._clock()
                self._news.notify_all()

    def _drain(self, camera: Any) -> None:
        failures = 0
        while not self._stopping.is_set():
            began, worked = self._clock(), time.thread_time()
            good = camera.grab()
            taken_at = self._clock()
            waited = (taken_at - began) - (time.thread_time() - worked)
            good, pixels = camera.retrieve() if good else (False, None)
            if not good or pixels is None:
                if waited >= self._hang:
                    raise StaleFrame("no more pictures come")
                failures += 1
                if failures >= BROKEN_READS:
                    raise NoDevice("the camera was unplugged or sends nothing readable")
                continue
            failures = 0
            self._publish(self._turn(pixels), began, taken_at, buffered=waited < self._least_wait())

    def _least_wait(self) -> float:
        """How long a picture must have been waited for to be new."""
        usual = median(self._periods) if len(self._periods) >= 3 else 0.0
        return max(BUFFER_WAIT_S, BUFFER_WAIT_SHARE * usual)

    def _publish(self, pixels: Picture, began: float, taken_at: float, *, buffered: bool) -> None:
        before = self._newest
        if before is not None:
            self._periods.append(taken_at - before.frame.taken_at)
        # Every sensor has noise, so a sample of a 256th of the pixels tells any two pictures apart.
        sample = np.ascontiguousarray(pixels[::16, ::16])
        digest = zlib.crc32(sample.data)
        changed = before is None or digest != before.digest
        black = bool(sample.mean() < 6 and sample.max() < 32)
        seen = Seen(
            frame=Frame(pixels, taken_at, 0 if before is None else before.frame.sequence + 1),
            read_began=began,
            buffered=buffered,
            changed=changed,
            changed_at=taken_at if before is None or changed else before.changed_at,
            black=black,
            light_at=taken_at if before is None or not black else before.light_at,
            digest=digest,
        )
        with self._news:
            self._newest = seen
            self._news.notify_all()
