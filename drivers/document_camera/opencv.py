"""Any camera that OpenCV opens: USB video class (V4L2) on a cable, or motion JPEG over HTTP.

Pictures are taken from the moment the camera is switched on (`drivers.document_camera.reader` says why).
"""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import cv2
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, PositiveInt

from drivers.document_camera import DocumentCameraStatus, Frame
from drivers.document_camera.reader import Picture, Reader, Seen
from drivers.status import (
    Action,
    CameraState,
    Clock,
    Deadline,
    DeviceError,
    DeviceState,
    NoDevice,
    Remedy,
    StaleFrame,
    StatusTracker,
    UnsupportedData,
    Who,
)

# FFmpeg would write a line to stderr for each broken picture, OpenCV one for each lost camera; both are told to
# the caller as errors from the tree.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)

PROBE_TIMEOUT_S = 0.5

WRONG_SIZE = Remedy(
    Action.CONFIGURATION,
    Who.TECHNICIAN,
    "拍照设备的分辨率低于设定；换到 USB 3 接口，或改 config.toml 里的 width 和 height",
    "The camera's pictures are smaller than configured: use a USB 3 port, or change width and height in config.toml",
)


@dataclass(frozen=True)
class Timing:
    """Seconds. One table, so that tests need not wait as long as citizens may."""

    link: float = 2.0
    """How long OpenCV may block in opening an HTTP stream, or in waiting for its next picture."""
    capture: float = 3.5
    """How long `capture` waits for a picture it can vouch for before it says what is wrong."""
    stale: float = 2.0
    """A camera whose pictures stop, freeze or stay black for this long is faulty."""
    retry: float = 1.0
    """Between two attempts of `latest` to open a lost camera."""
    fault_stands: float = 10.0
    """How long a silent camera is reported as faulty after it was last tried; then it counts as untried."""


class Settings(BaseModel):
    """`[devices.document_camera]` with `driver = "opencv"`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    link: Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
    """`/dev/v4l/by-path/…` (survives a replug and tells twins apart), `/dev/video0`, `0`, or `http://…`."""
    width: PositiveInt = 1920
    """Pixels along the sensor's width, before turning: asked of the camera, and the least that it must deliver."""
    height: PositiveInt = 1080
    fps: PositiveInt = 15
    """Pictures a second asked of a camera on a cable. A machine that cannot decode so many sees only old ones."""
    rotate: Annotated[Literal[0, 90, 180, 270], BeforeValidator(int)] = Field(default=0)
    """Degrees clockwise by which to turn the picture so that a paper is upright."""
    field_width_mm: PositiveFloat | None = None
    """How much of the desk the width of the turned picture shows: with it A4, A5 and B5 are told apart."""

    @property
    def is_stream(self) -> bool:
        """True for a camera on the network."""
        return self.link.startswith(("http://", "https://"))

    @property
    def device_path(self) -> Path:
        """The video node of a camera on a cable."""
        return Path(f"/dev/video{self.link}" if self.link.isdecimal() else self.link)


def open_device(settings: Settings) -> OpenCvCamera:
    """The camera, switched off."""
    return OpenCvCamera(settings)


class OpenCvCamera:
    """`DocumentCamera` on `cv2.VideoCapture`."""

    def __init__(self, settings: Settings, *, timing: Timing = Timing(), clock: Clock = time.monotonic) -> None:
        self._settings = settings
        self._timing = timing
        self._clock = clock
        self._lock = threading.Lock()
        self._reader: Reader | None = None
        self._started_at = 0.0
        self._tracker = StatusTracker(DocumentCameraStatus())

    def status(self) -> DocumentCameraStatus:
        """See `DocumentCamera`. An idle camera is looked for, not through: its lamp stays dark."""
        with self._lock:
            reader = self._reader
        try:
            now = self._look_for() if reader is None else self._look_at(reader)
        except NoDevice as error:
            with self._lock:
                status = self._tracker.missed(error)
                if status.device is DeviceState.NO_DEVICE:
                    status = self._tracker.status = replace(status, camera=CameraState.INOP)
                return status
        with self._lock:
            # Only just switched on: what was known before still holds.
            return self._tracker.status if now is None else self._tracker.seen(now)

    def start(self) -> None:
        """See `DocumentCamera`."""
        self._running()

    def latest(self) -> Frame | None:
        """See `DocumentCamera`."""
        seen = self._running(retry_after=self._timing.retry).newest
        if seen is None or self._clock() - seen.frame.taken_at > self._timing.stale:
            return None
        return seen.frame

    def capture(self, deadline: Deadline) -> Frame:
        """See `DocumentCamera`.

        The first picture to arrive after the call may have been exposed before it, so the second one counts; and
        a picture from a buffer makes the count begin again.
        """
        deadline.check()
        asked = self._clock()
        reader = self._running()
        sequence, fresh, complaint = -1, 0, "no picture came"
        while self._clock() - asked < self._timing.capture:
            seen = reader.after(sequence, deadline.remaining(0.05))
            deadline.check()
            if seen is None:
                continue
            sequence = seen.frame.sequence
            if seen.read_began < asked or seen.buffered:
                fresh, complaint = 0, "only old pictures came"
                continue
            fresh += 1
            if seen.black:
                complaint = "the picture is black"
            elif not seen.changed:
                complaint = "the picture is frozen"
            elif fresh >= 2:
                self._check_size(seen.frame)
                return seen.frame
        raise StaleFrame(complaint)

    def close(self) -> None:
        """See `DocumentCamera`. A read that hangs in the video driver is left behind; its thread ends by itself."""
        with self._lock:
            reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()

    def _running(self, retry_after: float = 0.0) -> Reader:
        """The reader, started if there is none, or again when it has ended (but `retry_after` seconds at least)."""
        with self._lock:
            reader = self._reader
            if reader is not None and not (reader.ended and self._clock() - self._started_at >= retry_after):
                return reader
            self._reader = reader = Reader(
                partial(_open, self._settings, self._timing.link),
                _turner(self._settings.rotate),
                hang=0.75 * self._timing.link,
                clock=self._clock,
            )
            self._started_at = self._clock()
            reader.start()
            return reader

    def _look_for(self) -> DocumentCameraStatus:
        """The state of a camera that is switched off. Raises NoDevice."""
        _probe(self._settings)
        return DocumentCameraStatus(DeviceState.ONLINE)

    def _look_at(self, reader: Reader) -> DocumentCameraStatus | None:
        """The state of a camera that is or was switched on; None before its first picture. Raises NoDevice."""
        ended = reader.ended
        if ended is None:
            return None if reader.newest is None else self._judge(reader.newest)
        if isinstance(ended, StaleFrame) and self._clock() - reader.ended_at < self._timing.fault_stands:
            return _inoperative(ended)
        return self._look_for()

    def _judge(self, seen: Seen) -> DocumentCameraStatus:
        """The state of a camera that is switched on, by its newest picture."""
        now = self._clock()
        if now - seen.frame.taken_at > self._timing.stale:
            return _inoperative(StaleFrame("no more pictures come"))
        if now - seen.changed_at > self._timing.stale:
            return _inoperative(StaleFrame("the picture is frozen"))
        if now - seen.light_at > self._timing.stale:
            return _inoperative(StaleFrame("the picture is black"))
        try:
            self._check_size(seen.frame)
        except UnsupportedData as error:
            return _inoperative(error)
        return DocumentCameraStatus(DeviceState.ONLINE, camera=CameraState.OK)

    def _check_size(self, frame: Frame) -> None:
        if self._settings.is_stream and not self._settings.model_fields_set & {"width", "height"}:
            return  # a stream cannot be asked for a size: only one that was written down is demanded
        height, width = frame.pixels.shape[:2]
        if self._settings.rotate in (90, 270):
            height, width = width, height
        if width < self._settings.width or height < self._settings.height:
            wanted = f"{self._settings.width}x{self._settings.height}"
            raise UnsupportedData(f"the camera delivers {width}x{height}, configured is {wanted}", remedy=WRONG_SIZE)


def _inoperative(fault: DeviceError) -> DocumentCameraStatus:
    return DocumentCameraStatus(
        DeviceState.HARDWARE_ERROR, reason=str(fault), remedy=fault.remedy, camera=CameraState.INOP
    )


def _open(settings: Settings, timeout: float) -> Any:
    """Open the camera. Raises NoDevice, or StaleFrame when a server answers and then sends no picture."""
    began = time.monotonic()
    if settings.is_stream:
        limit = round(timeout * 1000)
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, limit, cv2.CAP_PROP_READ_TIMEOUT_MSEC, limit]
        camera = cv2.VideoCapture(settings.link, cv2.CAP_FFMPEG, limits)
    else:
        _probe(settings)
        camera = cv2.VideoCapture(str(settings.device_path), cv2.CAP_V4L2)
        # MJPG first: most cameras offer their larger pictures only in it, and V4L2 keeps YUYV otherwise.
        camera.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        camera.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width)
        camera.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height)
        camera.set(cv2.CAP_PROP_FPS, settings.fps)
        camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    if not camera.isOpened():
        camera.release()
        if settings.is_stream and time.monotonic() - began > 0.75 * timeout:
            raise StaleFrame("no picture came")
        raise NoDevice("the camera does not answer, or another program uses it")
    return camera


def _probe(settings: Settings) -> None:
    """Is the camera there? Looks for the node, or asks the server for its first line. Raises NoDevice."""
    if not settings.is_stream:
        if not settings.device_path.exists():
            raise NoDevice("there is no such video device")
        return
    address = urlsplit(settings.link)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=PROBE_TIMEOUT_S)
    try:
        connection.request("GET", f"{address.path or '/'}{'?' + address.query if address.query else ''}")
        code = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NoDevice("the camera's server does not answer") from error
    finally:
        connection.close()
    if code != http.client.OK:
        raise NoDevice(f"the camera's server answers with {code}")


def _turner(degrees: int) -> Callable[[Picture], Picture]:
    codes = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    if degrees == 0:
        return lambda pixels: pixels
    return lambda pixels: cv2.rotate(pixels, codes[degrees])
