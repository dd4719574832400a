"""Carries out what the visit machine asks of devices, and tells it what they report.

Every device has its worker; the camera's runs only while its picture is wanted, because OpenCV costs memory that a
visit without photographs need not pay. Results reach the visit as events, from the workers' threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from drivers.id_card_reader import IdentityCard
from drivers.smart_card import SocialSecurityCard
from drivers.status import Canceled, Deadline, DeviceError, DeviceStatus, NoDevice
from kiosk.config import Config, open_device
from kiosk.devices import meaning, pages
from kiosk.devices.pages import PageWork
from kiosk.devices.preview import LivePreview
from kiosk.devices.worker import CLOSE_SECONDS, DeviceWorker, DriverDefect
from kiosk.logs import log
from kiosk.visit import effects, events
from kiosk.visit.draft import Page
from kiosk.visit.events import Device, Event
from kiosk.visit.views import Preview

CARD_SECONDS = 600.0
"""A card is waited for as long as the screen stands; leaving the screen cancels."""
CAPTURE_SECONDS = 8.0
PRINT_SECONDS = 30.0
AGAIN_SECONDS = 1.0
"""A card that could not be read and still lies there is not tried again at once."""
LAST_PRINT_SECONDS = 1.5
"""How long the end of the visit lets a slip that is being printed go on; data takes less, its confirmation more."""


Act = Callable[[Any, Deadline], object]


class Hands:
    """The devices of one visit.

    Args:
        config: which devices there are.
        emit: tells the visit what happened.
        show_preview: hands a live picture to the screen.
    """

    def __init__(
        self,
        config: Config,
        emit: Callable[[Event], None],
        show_preview: Callable[[Preview], None],
    ) -> None:
        self._config = config
        self._emit = emit
        self._workers: dict[Device, DeviceWorker] = {}
        self._starting = threading.Lock()
        self._closed = False
        self._failed: set[Device] = set()
        self._last: dict[Device, events.DeviceChanged] = {}
        self._preview = LivePreview(self._camera, show_preview, lambda: emit(events.PageLiesStill()))
        self._pages = PageWork(emit)
        self._capturing = False
        self._camera_driver: Any = None
        self._camera_lock = threading.Lock()

    def start(self) -> None:
        """Take hold of reader, smart card reader and printer: their state decides what can be offered."""
        for device in Device:
            if device is not Device.DOCUMENT_CAMERA or not self._enabled(device):
                self._worker(device)

    def close(self) -> None:
        """Let go of every device, within `CLOSE_SECONDS` in all. Harmless twice.

        Commands are cancelled, except that a slip in the printer gets a moment to come out whole.
        """
        end = time.monotonic() + CLOSE_SECONDS
        with self._starting:
            self._closed = True
            workers, self._workers = self._workers, {}
        self._preview.close()
        self._pages.close()
        for device, worker in workers.items():
            worker.finish()
            if device is not Device.RECEIPT_PRINTER:
                worker.cancel()
        if Device.RECEIPT_PRINTER in workers:
            workers[Device.RECEIPT_PRINTER].join(LAST_PRINT_SECONDS)
            workers[Device.RECEIPT_PRINTER].cancel()
        for worker in workers.values():
            worker.join(end - time.monotonic())
        self._preview.join(end - time.monotonic())
        self._pages.join(end - time.monotonic())

    def carry_out(self, effect: effects.Effect) -> bool:
        """Begin what `effect` asks. False: it does not concern devices."""
        match effect:
            case effects.ReadIdCard():
                act = self._patiently(Device.ID_CARD_READER, self._read_id_card)
                self._submit(Device.ID_CARD_READER, act, CARD_SECONDS, self._card_read)
            case effects.AwaitCardRemoval():
                self._submit(Device.ID_CARD_READER, _wait_removed, CARD_SECONDS, self._card_removed)
            case effects.ReadSocialCard():
                act = self._patiently(Device.SMART_CARD, _read_social_card)
                self._submit(Device.SMART_CARD, act, CARD_SECONDS, self._social_card_read)
            case effects.StartPreview():
                self._worker(Device.DOCUMENT_CAMERA)
                self._preview.start()
                self._pages.warm_up()
            case effects.CapturePage(earlier):
                self._preview.shot()
                self._capturing = True
                self._submit(Device.DOCUMENT_CAMERA, self._capture(earlier), CAPTURE_SECONDS, self._page_judged)
            case effects.ReadPage():
                self._pages.read(effect)
            case effects.TurnPicture(page):
                self._pages.turn(page)
            case effects.JoinSides(front, back):
                self._pages.join_sides(front, back)
            case effects.CancelDevice(device):
                self._cancel(device)
            case _:
                return False
        return True

    def print_with(self, act: Act, done: Callable[[object], None]) -> None:
        """Run `act` with the printer in its worker; `done` gets its result or its `DeviceError`."""
        self._submit(Device.RECEIPT_PRINTER, act, PRINT_SECONDS, done)

    def _cancel(self, device: Device) -> None:
        """Take back what a screen asked of a device."""
        if device is Device.DOCUMENT_CAMERA:
            self._preview.stop()
            if self._capturing:
                self._nothing_taken()
        if (worker := self._workers.get(device)) is not None:
            worker.cancel()

    def _enabled(self, device: Device) -> bool:
        return self._config.devices.of(device.value).enabled

    def _worker(self, device: Device) -> DeviceWorker:
        with self._starting:
            worker = self._workers.get(device)
            if worker is None:
                worker = self._workers[device] = DeviceWorker(
                    device.value,
                    self._camera if device is Device.DOCUMENT_CAMERA else lambda: self._open(device),
                    lambda status: self._report(device, status),
                )
                if self._closed:
                    worker.finish()
                worker.start()
            return worker

    def _open(self, device: Device) -> Any:
        if not self._enabled(device):
            raise NoDevice("disabled in the settings")
        return open_device(self._config, device.value)

    def _submit(self, device: Device, act: Act, seconds: float, done: Callable[[object], None]) -> None:
        def finished(result: object) -> None:
            if isinstance(result, DeviceError) and not isinstance(result, DriverDefect):  # which its worker has logged
                log("device.command_failed", device=device.value, error=type(result).__name__)
            done(result)

        self._worker(device).submit(act, seconds, finished)

    def _patiently(self, device: Device, read: Act) -> Act:
        """`read`, after a pause if the last read of this device failed."""

        def act(reader: Any, deadline: Deadline) -> object:
            if device in self._failed:
                self._failed.discard(device)
                deadline.pause(AGAIN_SECONDS)
            try:
                return read(reader, deadline)
            except Canceled:
                raise
            except DeviceError:
                self._failed.add(device)
                raise

        return act

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

    def _read_id_card(self, reader: Any, deadline: Deadline) -> object:
        return reader.read_card(deadline, lambda: self._emit(events.CardSensed()))

    def _card_read(self, result: object) -> None:
        if isinstance(result, IdentityCard):
            self._emit(events.CardRead(meaning.applicant(result)))
        else:
            self._emit(events.CardReadFailed(meaning.card_problem(result)))

    def _card_removed(self, result: object) -> None:
        # A reader that cannot say whether the card left must not hold the visit up: the screen's timer ends it.
        if not isinstance(result, DeviceError):
            self._emit(events.CardRemoved())

    def _social_card_read(self, result: object) -> None:
        if isinstance(result, SocialSecurityCard):
            self._emit(events.SocialCardRead(*meaning.social_card(result)))
        else:
            self._emit(events.SocialCardFailed(meaning.card_problem(result)))

    def _capture(self, earlier: tuple[Page, ...]) -> Act:
        """Take a picture and make it a page that is none of the earlier ones."""
        return lambda camera, deadline: pages.capture(camera, deadline, earlier, pages.field_width_mm(self._config))

    def _page_judged(self, result: object) -> None:
        if isinstance(result, Page):
            self._capturing = False
            self._emit(events.PageJudged(result))
        else:
            self._nothing_taken()
            self._emit(events.CaptureFailed())

    def _nothing_taken(self) -> None:
        """What lies there is still to be photographed."""
        self._capturing = False
        self._preview.missed()

    def _camera(self) -> Any:
        """The camera's driver: the one driver that two threads share (it is made for that)."""
        with self._camera_lock:
            if self._camera_driver is None:
                self._camera_driver = self._open(Device.DOCUMENT_CAMERA)
            return self._camera_driver


def _wait_removed(reader: Any, deadline: Deadline) -> object:
    return reader.wait_removed(deadline)


def _read_social_card(reader: Any, deadline: Deadline) -> object:
    return reader.read_social_security_card(deadline)
