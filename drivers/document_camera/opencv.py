"""Any camera that OpenCV opens: USB video class (V4L2) on a cable, or motion JPEG over HTTP.

A thread takes pictures from the moment the camera is switched on and keeps only the newest, because V4L2 and
FFmpeg both hand out what they have buffered: after two seconds without reading, an HTTP stream delivers 28 old
pictures as if they were new, and goes on doing so after the sender is gone (opencv issues #13145, #14044).
"""

from __future__ import annotations

import http.client
import os
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt

from drivers.document_camera import DocumentCameraStatus, Frame
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

LINK_TIMEOUT_MS = 2000
"""How long OpenCV may block in opening an HTTP stream, or in waiting for its next picture."""
PATIENCE_S = 2.5
"""How long `capture` waits for a picture it can vouch for before it says what is wrong."""
STALE_AFTER_S = 2.0
"""A camera whose pictures stop, freeze or stay black for this long is faulty."""
RETRY_S = 1.0
"""Between two attempts of `latest` to open a lost camera."""
PROBE_TIMEOUT_S = 0.5
BUFFER_WAIT_S = 0.002
"""A picture from a buffer costs processor time only; one that the camera has yet to send must be waited for."""
BROKEN_READS = 3
"""Reads that may fail in a row before the stream counts as ended: one broken JPEG must not end a preview."""

WRONG_SIZE = Remedy(
    Action.CONFIGURATION,
    Who.TECHNICIAN,
    "拍照设备的分辨率低于设定；换到 USB 3 接口，或改 config.toml 里的 width 和 height",
    "The camera's pictures are smaller than configured: use a USB 3 port, or change width and height in config.toml",
)


class Settings(BaseModel):
    """`[devices.document_camera]` with `driver = "opencv"`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    link: Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
    """`/dev/v4l/by-path/…` (survives a replug and tells twins apart), `/dev/video0`, `0`, or `http://…`."""
    width: PositiveInt = 1920
    """Pixels along the sensor's width, before turning: asked of the camera, and the least that it must deliver."""
    height: PositiveInt = 1080
    fps: PositiveInt = 15
    """Pictures a second asked of a camera on a cable."""
    rotate: Annotated[Literal[0, 90, 180, 270], BeforeValidator(int)] = Field(default=0)
    """Degrees clockwise by which to turn the picture so that a paper is upright."""

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

    def __init__(self, settings: Settings, *, clock: Clock = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._reader: _Reader | None = None
        self._started_at = 0.0
        self._tracker = StatusTracker(DocumentCameraStatus())

    def status(self) -> DocumentCameraStatus:
        """See `DocumentCamera`. An idle camera is looked for, not through: its lamp stays dark."""
        with self._lock:
            reader = self._reader
        seen = None if reader is None or reader.ended else reader.newest
        try:
            if reader is None or reader.ended:
                _probe(self._settings)
                now = DocumentCameraStatus(DeviceState.ONLINE)
            elif seen is None:
                # It has only just been switched on: what was known before still holds.
                return self._tracker.status
            else:
                now = self._judge(seen)
        except DeviceError as error:
            with self._lock:
                status = self._tracker.missed(error)
                if status.device is DeviceState.NO_DEVICE:
                    status = self._tracker.status = replace(status, camera=CameraState.INOP)
            return status
        with self._lock:
            return self._tracker.seen(now)

    def start(self) -> None:
        """See `DocumentCamera`."""
        self._running()

    def latest(self) -> Frame | None:
        """See `DocumentCamera`."""
        seen = self._running(retry_after=RETRY_S).newest
        if seen is None or self._clock() - seen.frame.taken_at > STALE_AFTER_S:
            return None
        return seen.frame

    def capture(self, deadline: Deadline) -> Frame:
        """See `DocumentCamera`.

        The first picture to arrive after the call may have been exposed before it, so the second one counts; and
        neither counts when it came from a buffer.
        """
        deadline.check()
        asked = self._clock()
        reader = self._running()
        sequence, fresh, complaint = -1, 0, "no picture came"
        while self._clock() - asked < PATIENCE_S:
            seen = reader.after(sequence, deadline.remaining(0.05))
            deadline.check()
            if seen is None:
                continue
            sequence = seen.frame.sequence
            if seen.read_began < asked or seen.buffered:
                complaint = "only old pictures came"
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

    def _running(self, retry_after: float = 0.0) -> _Reader:
        """The reader, started if there is none, or again when it has ended (but `retry_after` seconds at least)."""
        with self._lock:
            reader = self._reader
            if reader is not None and not (reader.ended and self._clock() - self._started_at >= retry_after):
                return reader
            self._reader = reader = _Reader(self._settings, self._clock)
            self._started_at = self._clock()
            reader.start()
            return reader

    def _judge(self, seen: _Seen) -> DocumentCameraStatus:
        """The state of a camera that is switched on, by its newest picture."""
        now = self._clock()
        try:
            if now - seen.frame.taken_at > STALE_AFTER_S:
                raise StaleFrame("no more pictures come")
            if now - seen.changed_at > STALE_AFTER_S:
                raise StaleFrame("the picture is frozen")
            if now - seen.light_at > STALE_AFTER_S:
                raise StaleFrame("the picture is black")
            self._check_size(seen.frame)
        except (StaleFrame, UnsupportedData) as error:
            return DocumentCameraStatus(
                DeviceState.HARDWARE_ERROR, reason=str(error), remedy=error.remedy, camera=CameraState.INOP
            )
        return DocumentCameraStatus(DeviceState.ONLINE, camera=CameraState.OK)

    def _check_size(self, frame: Frame) -> None:
        height, width = frame.pixels.shape[:2]
        if self._settings.rotate in (90, 270):
            height, width = width, height
        if width < self._settings.width or height < self._settings.height:
            wanted = f"{self._settings.width}x{self._settings.height}"
            raise UnsupportedData(f"the camera delivers {width}x{height}, configured is {wanted}", remedy=WRONG_SIZE)


@dataclass(frozen=True, eq=False)
class _Seen:
    """A picture, and what speaks for or against it."""

    frame: Frame
    read_began: float
    buffered: bool
    changed: bool
    changed_at: float
    black: bool
    light_at: float
    digest: int


class _Reader:
    """The thread that drains one opened camera until it is stopped or the camera is lost."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._news = threading.Condition()
        self._newest: _Seen | None = None
        self._error: DeviceError | None = None
        self._stopping = threading.Event()
        # A daemon: a read that never returns must not keep the visit's process alive.
        self._thread = threading.Thread(target=self._run, name="document-camera", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end, and give it a moment to let go of the camera."""
        self._stopping.set()
        self._thread.join(1.0)

    @property
    def newest(self) -> _Seen | None:
        """The newest picture so far."""
        with self._news:
            return self._newest

    @property
    def ended(self) -> bool:
        """True once this reader will bring no more pictures."""
        with self._news:
            return self._error is not None

    def after(self, sequence: int, seconds: float) -> _Seen | None:
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
            camera = _open(self._settings)
            try:
                self._drain(camera)
            finally:
                camera.release()
        except DeviceError as trouble:
            error = trouble
        except cv2.error:
            error = NoDevice("OpenCV gave the camera up")
        with self._news:
            self._error = error
            self._news.notify_all()

    def _drain(self, camera: Any) -> None:
        turn = _turner(self._settings.rotate)
        failures = 0
        while not self._stopping.is_set():
            began, worked = self._clock(), time.thread_time()
            good = camera.grab()
            taken_at = self._clock()
            waited = (taken_at - began) - (time.thread_time() - worked)
            good, pixels = camera.retrieve() if good else (False, None)
            if not good:
                if waited >= 0.9 * LINK_TIMEOUT_MS / 1000:
                    raise StaleFrame("no more pictures come")
                failures += 1
                if failures >= BROKEN_READS:
                    raise NoDevice("the camera was unplugged or sends nothing readable")
                continue
            failures = 0
            self._publish(turn(pixels), began, taken_at, buffered=waited < BUFFER_WAIT_S)

    def _publish(self, pixels: NDArray[np.uint8], began: float, taken_at: float, *, buffered: bool) -> None:
        before = self._newest
        # Every sensor has noise, so a sample of a 256th of the pixels tells any two pictures apart.
        sample = np.ascontiguousarray(pixels[::16, ::16])
        digest = zlib.crc32(sample)
        changed = before is None or digest != before.digest
        black = bool(sample.mean() < 6 and sample.max() < 32)
        seen = _Seen(
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


def _open(settings: Settings) -> Any:
    """Open the camera. Raises NoDevice."""
    if settings.is_stream:
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, LINK_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, LINK_TIMEOUT_MS]
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


def _turner(degrees: int) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    codes = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    if degrees == 0:
        return lambda pixels: pixels
    return lambda pixels: cv2.rotate(pixels, codes[degrees])
