"""Carries out what the visit machine asks of devices, and tells it what they report.

Every device has its worker; the camera's runs only while its picture is wanted, because OpenCV costs memory that a
visit without photographs need not pay. Results reach the visit as events, from the workers' threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drivers.status import Deadline, DeviceError, DeviceState, DeviceStatus
from kiosk.config import Config, open_device
from kiosk.devices import meaning
from kiosk.devices.worker import DeviceWorker
from kiosk.logs import log
from kiosk.visit import effects, events
from kiosk.visit.draft import Page
from kiosk.visit.events import Device, Event
from kiosk.visit.runner import PreviewPicture

CARD_SECONDS = 600.0
"""A card is waited for as long as the screen stands; leaving the screen cancels."""
CAPTURE_SECONDS = 8.0
PRINT_SECONDS = 30.0
PREVIEW_PERIOD = 1 / 15
PREVIEW_SIDE = 960
"""Longest side of the live picture, px."""


_FOUND = ({"zh_CN": "已看清四个边，请点拍照", "en": "All four edges seen. Tap to take the picture"}, True)
_LOOKING = ({"zh_CN": "把纸放平，四边都放进框里", "en": "Lay the paper flat, with all four edges in the picture"}, False)


Point = tuple[float, float]
Outline = tuple[Point, Point, Point, Point]


@dataclass(frozen=True)
class Picture:
    """A live camera picture with the page's outline (`screens.port.Preview`)."""

    width: int
    height: int
    rgb: bytes
    outline: Outline | None
    words: str = ""
    good: bool = False


class Hands:
    """The devices of one visit.

    Args:
        config: which devices there are.
        emit: tells the visit what happened.
        show_preview: hands a live picture to the screen.
        language: the citizen's language now, for the words on the live picture.
    """

    def __init__(
        self,
        config: Config,
        emit: Callable[[Event], None],
        show_preview: Callable[[PreviewPicture], None],
        language: Callable[[], str],
    ) -> None:
        self._config = config
        self._emit = emit
        self._show_preview = show_preview
        self._language = language
        self._workers: dict[Device, DeviceWorker] = {}
        self._last: dict[Device, events.DeviceChanged] = {}
        self._preview_off = threading.Event()
        self._preview_off.set()
        self._previewer: threading.Thread | None = None
        self._camera_driver: Any = None
        self._camera_lock = threading.Lock()

    def start(self) -> None:
        """Take hold of reader, smart card reader and printer: their state decides what can be offered."""
        for device in (Device.ID_CARD_READER, Device.SMART_CARD, Device.RECEIPT_PRINTER):
            self._worker(device)
        for device in Device:
            if not self._config.devices.of(device.value).enabled:
                self._report(device, DeviceStatus(device=DeviceState.NO_DEVICE))

    def close(self) -> None:
        """Let go of every device."""
        self._stop_preview()
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()

    def carry_out(self, effect: effects.Effect) -> bool:
        """Begin what `effect` asks. False: it does not concern devices."""
        match effect:
            case effects.ReadIdCard():
                self._submit(Device.ID_CARD_READER, _read_id_card, CARD_SECONDS, self._card_read)
            case effects.AwaitCardRemoval():
                self._submit(Device.ID_CARD_READER, _wait_removed, CARD_SECONDS, self._card_removed)
            case effects.ReadSocialCard():
                self._submit(Device.SMART_CARD, _read_social_card, CARD_SECONDS, self._social_card_read)
            case effects.StartPreview():
                self._start_preview()
            case effects.CapturePage():
                self._submit(Device.DOCUMENT_CAMERA, _capture_page, CAPTURE_SECONDS, self._page_judged)
            case effects.CancelDevices():
                self._stop_preview()
                for device, worker in self._workers.items():
                    if device is not Device.RECEIPT_PRINTER:  # a slip that is being printed belongs to no screen
                        worker.cancel()
            case _:
                return False
        return True

    def print_with(self, act: Callable[[Any, Deadline], object], done: Callable[[object], None]) -> None:
        """Run `act` with the printer in its worker; `done` gets its result or its `DeviceError`."""
        self._submit(Device.RECEIPT_PRINTER, act, PRINT_SECONDS, done)

    def _worker(self, device: Device) -> DeviceWorker:
        if device not in self._workers:
            shared = device is Device.DOCUMENT_CAMERA
            worker = DeviceWorker(
                device.value,
                self._camera if shared else lambda: open_device(self._config, device.value),
                lambda status: self._report(device, status),
            )
            self._workers[device] = worker
            if self._config.devices.of(device.value).enabled:
                worker.start()
        return self._workers[device]

    def _submit(
        self, device: Device, act: Callable[[Any, Any], object], seconds: float, done: Callable[[object], None]
    ) -> None:
        def finished(result: object) -> None:
            if isinstance(result, DeviceError):
                log("device.command_failed", device=device.value, error=type(result).__name__)
            done(result)

        self._worker(device).submit(act, seconds, finished)

    def _report(self, device: Device, status: DeviceStatus) -> None:
        """Tell the visit when a device's use changes, and log once when it goes and once when it is back."""
        now = meaning.changed(device, status)
        before = self._last.get(device)
        if now == before:
            return
        self._last[device] = now
        if not now.usable:
            log("device.gone", device=device.value, state=status.device.value, reason=status.reason)
        elif before is not None and not before.usable:
            log("device.back", device=device.value, state=status.device.value)
        self._emit(now)

    def _card_read(self, result: object) -> None:
        if isinstance(result, DeviceError):
            self._emit(events.CardReadFailed(meaning.card_problem(result)))
        else:
            self._emit(events.CardRead(meaning.applicant(result)))  # type: ignore[arg-type]

    def _card_removed(self, _result: object) -> None:
        # A reader that cannot say whether the card left must not hold the visit up: the screen's timer ends it.
        if not isinstance(_result, DeviceError):
            self._emit(events.CardRemoved())

    def _social_card_read(self, result: object) -> None:
        if isinstance(result, DeviceError):
            self._emit(events.SocialCardFailed(meaning.card_problem(result)))
        else:
            self._emit(events.SocialCardRead(*meaning.social_card(result)))  # type: ignore[arg-type]

    def _page_judged(self, result: object) -> None:
        if isinstance(result, Page):
            self._emit(events.PageJudged(result))
        else:
            self._emit(events.CaptureFailed())

    def _start_preview(self) -> None:
        self._stop_preview()
        self._worker(Device.DOCUMENT_CAMERA)
        self._preview_off = threading.Event()
        self._previewer = threading.Thread(target=self._preview, args=(self._preview_off,), name="preview", daemon=True)
        self._previewer.start()

    def _stop_preview(self) -> None:
        self._preview_off.set()
        if self._previewer is not None and self._previewer is not threading.current_thread():
            self._previewer.join(2.0)
        self._previewer = None

    def _preview(self, off: threading.Event) -> None:
        from kiosk.materials.capture import preview

        shown = -1
        while not off.wait(PREVIEW_PERIOD):
            frame = self._camera().latest()
            if frame is None or frame.sequence == shown:
                continue
            shown = frame.sequence
            small = preview(frame.pixels, PREVIEW_SIDE)
            words, good = _FOUND if small.quad is not None else _LOOKING
            picture = Picture(
                small.width,
                small.height,
                small.rgb,
                _outline(small.quad, small.width, small.height),
                words[self._language()],
                good,
            )
            if not off.is_set():
                self._show_preview(picture)

    def _camera(self) -> Any:
        """The camera's driver: the one driver that two threads share (it is made for that)."""
        with self._camera_lock:
            if self._camera_driver is None:
                self._camera_driver = open_device(self._config, Device.DOCUMENT_CAMERA.value)
            return self._camera_driver


def _outline(quad: Any, width: int, height: int) -> Outline | None:
    if quad is None:
        return None
    corners = (quad.top_left, quad.top_right, quad.bottom_right, quad.bottom_left)
    first, second, third, fourth = ((x / width, y / height) for x, y in corners)
    return first, second, third, fourth


def _read_id_card(reader: Any, deadline: Deadline) -> object:
    return reader.read_card(deadline)


def _wait_removed(reader: Any, deadline: Deadline) -> object:
    return reader.wait_removed(deadline)


def _read_social_card(reader: Any, deadline: Deadline) -> object:
    return reader.read_social_security_card(deadline)


def _capture_page(camera: Any, deadline: Deadline) -> Page:
    from kiosk.materials.capture import process

    taken = process(camera.capture(deadline).pixels)
    file = taken.file
    return Page(file.jpeg, file.sha256, file.width, file.height, tuple(taken.verdict.codes))
