"""Work on photographed pages, away from screen and camera: read them, turn them, put two sides on one sheet.

All of it happens in this process's threads and in the reader's process, which ends with the visit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from drivers.status import Deadline
from kiosk.config import Config
from kiosk.findings import Expectation, Finding, FindingCode, Reading
from kiosk.logs import log, place_of
from kiosk.visit import effects, events
from kiosk.visit.draft import Page
from kiosk.visit.events import Event

if TYPE_CHECKING:  # a spare visit process does not pay for OpenCV
    from kiosk.materials.pages import PageFile

READ_SECONDS = 10.0
"""A page that takes longer to read, the loading of the reader included, goes without findings."""
TRIES = 2
"""A reader that broke down in that time gets the page once more: the machine may have been short of memory."""
TURN = 90


class Reader(Protocol):
    """The process that reads (`kiosk.materials.reading.Reader`)."""

    def start(self) -> None:
        """Load what reading needs, unless that was done. Returns at once."""

    def read(self, jpeg: bytes, expected: Expectation, timeout_seconds: float) -> Reading:
        """Read a page, in a new process if the last one broke down. Raises ReadingFailed."""

    def close(self) -> None:
        """End the process at once; a read that is under way raises. Harmless twice."""


def _usual_reader() -> Reader:
    from kiosk.materials.reading import Reader as UsualReader

    return UsualReader()


def field_width_mm(config: Config) -> float | None:
    """How much of the desk the camera's picture shows across, if a technician said so."""
    width = config.devices.document_camera.options.get("field_width_mm")
    return None if width is None else float(width)


def capture(camera: Any, deadline: Deadline, earlier: tuple[Page, ...], field_width: float | None) -> Page:
    """Photograph what lies under the camera, and make it a page. Raises `drivers.status.DeviceError`."""
    from kiosk.materials.capture import process

    known = [(page.jpeg, page.fingerprint) for page in earlier]
    taken = process(camera.capture(deadline).pixels, earlier=known, field_width_mm=field_width)
    file = taken.file
    return Page(
        file.jpeg,
        file.sha256,
        file.width,
        file.height,
        tuple(code.value for code in taken.verdict.codes),
        paper=taken.format.value,
        dpi=round(taken.dpi),
        fingerprint=taken.fingerprint,
    )


class PageWork:
    """What is done to the pages of one visit.

    Args:
        emit: tells the visit what came of it.
        make_reader: makes the reader, whose process begins with the first `warm_up` or page.
        clock: in seconds, for what takes too long.
    """

    def __init__(
        self,
        emit: Callable[[Event], None],
        *,
        make_reader: Callable[[], Reader] = _usual_reader,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._emit = emit
        self._make_reader = make_reader
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: dict[str, effects.ReadPage] = {}
        """Pages to be read, by digest, the newest last."""
        self._at_work = ""
        """The digest of the page that is being read."""
        self._reader: Reader | None = None
        self._reading: threading.Thread | None = None
        self._closed = False
        self._hand = ThreadPoolExecutor(max_workers=1, thread_name_prefix="page-work")

    def warm_up(self) -> None:
        """Have the reader ready by the time that the first page is there."""
        with self._changed:
            if self._reading is None and not self._closed:
                self._reading = threading.Thread(target=self._read_all, name="page-reading", daemon=True)
                self._reading.start()

    def read(self, wanted: effects.ReadPage) -> None:
        """Read a page as soon as the reader is free, before those that wait already."""
        self.warm_up()
        with self._changed:
            if wanted.page.sha256 != self._at_work:
                self._waiting.pop(wanted.page.sha256, None)
                self._waiting[wanted.page.sha256] = wanted
                self._changed.notify_all()

    def turn(self, page: Page) -> None:
        """Turn a page by a quarter clockwise."""
        self._submit("turn", page.sha256, lambda: _turned(page, TURN))

    def join_sides(self, front: Page, back: Page) -> None:
        """Put both sides of a card on one sheet."""
        self._submit("join", back.sha256, lambda: _joined(front, back))

    def close(self) -> None:
        """Begin nothing more, and end the reader's process. Harmless twice."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            reader = self._reader
            self._changed.notify_all()
        self._hand.shutdown(wait=False, cancel_futures=True)
        if reader is not None:
            reader.close()

    def join(self, seconds: float) -> None:
        """Wait until nothing is read any more."""
        if self._reading is not None and self._reading is not threading.current_thread():
            self._reading.join(max(0.0, seconds))

    def _submit(self, name: str, sha256: str, work: Callable[[], Page]) -> None:
        def act() -> None:
            page = None
            try:
                page = work()
            except Exception as error:  # noqa: BLE001 - the page stays as it was, and the screen must hear so
                log("visit.effect_failed", effect=name, error=type(error).__name__, place=place_of(error))
            self._emit(events.PageWorked(sha256, page))

        with suppress(RuntimeError):  # it is shut down: nobody waits for the page any more
            self._hand.submit(act)

    # --- reading, in its own thread -------------------------------------------------------------------------------

    def _read_all(self) -> None:
        reader = self._started()
        while (wanted := self._next()) is not None:
            page = None if reader is None else self._read_one(reader, wanted)
            if not self._closed:
                # A page that cannot be read comes back as it was: nobody is told any more that it is being read.
                self._emit(events.PageRead(wanted.page.sha256, wanted.page if page is None else page))

    def _started(self) -> Reader | None:
        """The reader, loading what it needs; None on a terminal that has none, which goes without findings."""
        reader = None
        try:
            reader = self._make_reader()
            with self._changed:
                self._reader = reader
                closed = self._closed
            if closed:
                reader.close()
            else:
                reader.start()
        except Exception as error:  # noqa: BLE001 - one that could not start yet may do so for the first page
            if not self._closed:
                log("reader.failed", error=type(error).__name__)
        return reader

    def _next(self) -> effects.ReadPage | None:
        with self._changed:
            self._at_work = ""
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            self._at_work, wanted = self._waiting.popitem()
            return wanted

    def _read_one(self, reader: Reader, wanted: effects.ReadPage) -> Page | None:
        """The page with its findings; None when it cannot be read, or nobody waits any more."""
        end = self._clock() + READ_SECONDS
        for _ in range(TRIES):
            try:
                return _with_findings(wanted.page, reader.read(wanted.page.jpeg, wanted.expected, end - self._clock()))
            except Exception as error:  # noqa: BLE001 - findings are hints: without them the visit goes on
                if self._closed:
                    break
                log("reader.failed", error=type(error).__name__)
                if self._clock() >= end:
                    break
        return None


def _with_findings(page: Page, reading: Reading) -> Page:
    """The page with what was read on it, upright."""
    findings = reading.findings
    if not reading.turn:
        return replace(page, findings=findings)
    if not reading.has(FindingCode.TURNED):
        findings = (*findings, Finding(FindingCode.TURNED, 1.0, str(reading.turn)))
    return replace(_turned(page, reading.turn), findings=findings)


def _turned(page: Page, degrees: int) -> Page:
    """The page turned clockwise. What that means for its verdicts is the visit's to say."""
    from kiosk.materials.assemble import turn_page

    return _refiled(page, turn_page(page.jpeg, degrees))


def _joined(front: Page, back: Page) -> Page:
    """Both sides on one sheet."""
    from kiosk.materials.assemble import join_sides
    from kiosk.materials.pages import PaperFormat

    # Both lay under the same camera: the side whose scale is known tells the other's.
    file = join_sides(front.jpeg, back.jpeg, max(front.dpi, back.dpi))
    return replace(_refiled(back, file), paper=PaperFormat.A4.value)


def _refiled(page: Page, file: PageFile) -> Page:
    """The page with another picture."""
    from kiosk.materials.files import load_image
    from kiosk.materials.same_page import fingerprint

    return replace(
        page,
        jpeg=file.jpeg,
        sha256=file.sha256,
        width=file.width,
        height=file.height,
        dpi=round(file.dpi) or page.dpi,
        fingerprint=fingerprint(load_image(file.jpeg)),
    )
