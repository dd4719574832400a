"""The driver for readers that speak the SAM's business-terminal protocol (GA/T 467) over a byte link.

A visit with a card: find (until a card lies there), select, read base text and photo, read the newest address.
The module never speaks unasked, and it does not tell when a card leaves. After a sound read most readers deny the
card ("not found") until it was lifted; others find it again at once, so the driver itself waits until the card
was gone or another number is read.
"""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from drivers.id_card_reader import IdentityCard, IdentityCardReader, IdentityCardReaderStatus, sam_errors
from drivers.id_card_reader.card_texts import parse_newest_address, parse_text
from drivers.id_card_reader.frames import Answer, AnswerParser, request
from drivers.links import ByteLink
from drivers.status import (
    Clock,
    Deadline,
    DeviceError,
    DeviceState,
    HardwareError,
    InvalidData,
    MediaState,
    NoDevice,
    StatusTracker,
)

RESET: Final = request(0x10, 0xFF)
SELF_TEST: Final = request(0x11, 0xFF)
SAM_NUMBER: Final = request(0x12, 0xFF)
FIND: Final = request(0x20, 0x01)
SELECT: Final = request(0x20, 0x02)
READ_BASE: Final = request(0x30, 0x01)
READ_BASE_AND_FINGERPRINT: Final = request(0x30, 0x10)
READ_NEWEST_ADDRESS: Final = request(0x30, 0x03)

BAUD_RATES: Final = (115200, 57600, 38400, 19200, 9600)
"""What command 60 can set a module to."""

TRIES = 3
"""How often a card is read, and how often a silent module is asked, before the caller hears of it."""


class Settings(BaseModel):
    """`[devices.id_card_reader]` of config.toml. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    link: str
    """A device path (`/dev/ttyUSB0`) or `socket://host:port`, `rfc2217://host:port`."""
    baud: int = Field(default=115200, gt=0)
    """Tried first; on a device path the module's other rates are tried when nothing answers."""
    poll_interval_s: float = Field(default=0.3, gt=0)
    """Between two looks for a card. Vendors advise 0.3 or more."""
    status_timeout_s: float = Field(default=1.0, gt=0)
    """For the self-test and the module's number."""
    answer_timeout_s: float = Field(default=3.0, gt=0)
    """For find and select."""
    read_timeout_s: float = Field(default=8.0, gt=0)
    """For reading the card; radio and mutual authentication take 0.6 to 1.5 s."""
    newest_address_timeout_s: float = Field(default=1.5, gt=0)
    """For the newest address, which some readers never answer; stretched for readers that are slow in general."""
    quiet_s: float = Field(default=1.0, gt=0)
    """A frame in which nothing comes for so long is broken off."""
    baud_search_timeout_s: float = Field(default=0.4, gt=0)
    """For each further baud rate that is tried."""


def open_device(settings: Settings) -> SamReader:
    """The reader at `settings.link`, not yet talking."""
    return SamReader(settings)


class NoAnswer(NoDevice):
    """The reader does not answer."""


class _Refused(Exception):
    """The module answered with another code than success."""

    def __init__(self, sw3: int) -> None:
        super().__init__(f"{sw3:02X}")
        self.sw3 = sw3


def _anything(_answer: Answer) -> bool:
    return True


def _is_find(answer: Answer) -> bool:
    return len(answer.data) <= 8


def _is_select(answer: Answer) -> bool:
    return answer.sw3 not in (sam_errors.FOUND, sam_errors.NOT_FOUND) and len(answer.data) <= 16


def _is_base(answer: Answer) -> bool:
    return answer.sw3 not in (sam_errors.FOUND, sam_errors.NOT_FOUND) and (
        answer.sw3 != sam_errors.SUCCESS or len(answer.data) > 16
    )


class SamReader:
    """`IdentityCardReader` for a SAM_V / SAM_A module. Settings decide link and patience; `clock` is monotonic."""

    def __init__(self, settings: Settings, *, clock: Clock = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._link = ByteLink(settings.link, baud=settings.baud)
        self._parser = AnswerParser()
        self._ready = False
        self._sam_number = ""
        self._last_number = ""
        """The ID number last read, until that card was seen to leave."""
        self._tracker = StatusTracker(IdentityCardReaderStatus())
        self._busy = threading.Lock()

    def status(self) -> IdentityCardReaderStatus:
        """Poll the module and look for a card. While another call is under way: what is known so far."""
        if not self._busy.acquire(blocking=False):
            return self._tracker.status
        try:
            self._greet(Deadline(2 * self._settings.status_timeout_s, clock=self._clock), force=True)
            self._look(Deadline(self._settings.answer_timeout_s, clock=self._clock))
        except DeviceError as error:
            self._note(error)
        finally:
            self._busy.release()
        return self._tracker.status

    def read_card(self, deadline: Deadline) -> IdentityCard:
        """Wait for a card that was not yet read, and read it. See `IdentityCardReader`."""
        with self._busy:
            return self._noting(lambda: self._read_new(deadline))

    def wait_removed(self, deadline: Deadline) -> None:
        """Return once the module finds no card. Readers that want the card lifted after a read say so at once."""

        def wait() -> None:
            self._greet(deadline)
            while self._find(deadline):
                deadline.pause(self._settings.poll_interval_s)

        with self._busy:
            self._noting(wait)

    def reset(self, deadline: Deadline) -> None:
        """Restart the module and forget the card that was read."""

        def restart() -> None:
            self._last_number = ""
            self._require(self._ask(RESET, self._settings.answer_timeout_s, deadline))
            self._greet(deadline, force=True)

        with self._busy:
            self._noting(restart)

    def close(self) -> None:
        """Give the link back. Harmless twice; a later call opens it again."""
        self._drop()

    def _read_new(self, deadline: Deadline) -> IdentityCard:
        self._greet(deadline)
        while True:
            card = self._read_any(deadline)
            # Empty when the card left in between: then the same card may be read again.
            if card.id_number != self._last_number:
                self._last_number = card.id_number
                return card
            deadline.pause(self._settings.poll_interval_s)

    def _read_any(self, deadline: Deadline) -> IdentityCard:
        """Wait for a card and read it, with fresh tries while it lies there."""
        while not self._find(deadline):
            deadline.pause(self._settings.poll_interval_s)
        for tries_left in reversed(range(TRIES)):
            try:
                return self._read_found(deadline)
            except _Refused as refused:
                error: DeviceError = sam_errors.error_for(refused.sw3)
                if refused.sw3 not in sam_errors.WORTH_ANOTHER_TRY:
                    raise error from None
            except NoAnswer as silence:
                error = silence
            if tries_left == 0 or not self._find(deadline):
                raise error
        raise AssertionError("unreachable: the last try returns or raises")

    def _read_found(self, deadline: Deadline) -> IdentityCard:
        """Select and read the card that was just found. Raises _Refused."""
        self._require(self._ask(SELECT, self._settings.answer_timeout_s, deadline, fits=_is_select))
        started = self._clock()
        answer = self._ask(READ_BASE, self._settings.read_timeout_s, deadline, fits=_is_base)
        if answer.sw3 in (sam_errors.COMMAND_ERROR, sam_errors.NO_SUCH_ITEM):
            # A module that knows only the newer command, which adds fingerprints; they are dropped unread.
            answer = self._ask(READ_BASE_AND_FINGERPRINT, self._settings.read_timeout_s, deadline, fits=_is_base)
        self._require(answer)
        text, photo = split_base(answer.data)
        patience = max(self._settings.newest_address_timeout_s, 2 * (self._clock() - started))
        return parse_text(text, photo=photo, newest_address=self._newest_address(patience, deadline))

    def _newest_address(self, patience: float, deadline: Deadline) -> str:
        """The appended address; empty when the card has none or the reader does not know the command."""
        try:
            answer = self._ask(READ_NEWEST_ADDRESS, patience, deadline)
        except NoAnswer:
            return ""
        return parse_newest_address(answer.data) if answer.sw3 == sam_errors.SUCCESS else ""

    def _find(self, deadline: Deadline) -> bool:
        """Look for a card, more than once if the module stays silent. Raises NoDevice and what the module reports."""
        for tries_left in reversed(range(TRIES)):
            try:
                return self._look(deadline)
            except NoAnswer:
                if tries_left == 0:
                    raise
        raise AssertionError("unreachable: the last try returns or raises")

    def _look(self, deadline: Deadline) -> bool:
        answer = self._ask(FIND, self._settings.answer_timeout_s, deadline, fits=_is_find)
        found = answer.sw3 in (sam_errors.FOUND, sam_errors.SUCCESS)
        if not found and answer.sw3 != sam_errors.NOT_FOUND:
            raise sam_errors.error_for(answer.sw3)
        if not found:
            self._last_number = ""
        self._seen(MediaState.PRESENT if found else MediaState.NOT_PRESENT)
        return found

    def _greet(self, deadline: Deadline, *, force: bool = False) -> None:
        """After the link was opened (or when forced) ask how the module is; learn its number and baud rate."""
        if self._ready and not force:
            return
        timeout = self._settings.status_timeout_s
        try:
            answer = self._ask(SELF_TEST, timeout, deadline)
        except (NoAnswer, InvalidData):
            if self._ready or not self._link.is_serial_port:
                raise
            answer = self._search_baud_rate(deadline)
        if answer.sw3 != sam_errors.SUCCESS:
            raise sam_errors.error_for(answer.sw3)
        if not self._ready:
            self._ready = True
            self._sam_number = self._ask_sam_number(timeout, deadline)

    def _search_baud_rate(self, deadline: Deadline) -> Answer:
        others = [rate for rate in BAUD_RATES if rate != self._settings.baud]
        # The configured rate again first: a single lost answer must not start a search.
        for rate in (self._settings.baud, *others):
            self._link.baud = rate
            try:
                return self._ask(SELF_TEST, self._settings.baud_search_timeout_s, deadline)
            except (NoAnswer, InvalidData):
                continue
        self._link.baud = self._settings.baud
        raise NoAnswer(f"no answer at {self._settings.link}")

    def _ask_sam_number(self, timeout: float, deadline: Deadline) -> str:
        try:
            answer = self._ask(SAM_NUMBER, timeout, deadline)
        except (NoAnswer, InvalidData):
            return ""
        return format_sam_number(answer.data) if answer.sw3 == sam_errors.SUCCESS else ""

    def _ask(
        self, frame: bytes, timeout: float, deadline: Deadline, *, fits: Callable[[Answer], bool] = _anything
    ) -> Answer:
        """Send `frame` and return the answer; once more if either side received it damaged."""
        try:
            answer = self._exchange(frame, timeout, deadline, fits)
        except InvalidData:
            answer = None
        if answer is None or answer.sw3 in sam_errors.GARBLED_REQUEST:
            return self._exchange(frame, timeout, deadline, fits)
        return answer

    def _exchange(
        self, frame: bytes, timeout: float, deadline: Deadline, fits: Callable[[Answer], bool]
    ) -> Answer:
        """One request, one answer that `fits`; others are late answers to earlier requests and are passed over.

        Raises:
            NoAnswer: nothing came.
            InvalidData: what came is damaged.
            NoDevice, TimeOut, Canceled
        """
        parser = self._parser = AnswerParser()
        try:
            self._link.discard_input()
            self._link.write(frame, deadline)
            now = heard = self._clock()
            give_up = now + timeout
            while now < give_up:
                data = self._link.read(parser.wanted, deadline)
                now = self._clock()
                answers = parser.feed(data)
                if data:
                    heard = now
                elif now - heard >= self._settings.quiet_s and (parser.in_frame or parser.damaged):
                    answers = parser.give_up_frame()
                    if not answers and not parser.in_frame:
                        break
                for answer in answers:
                    if fits(answer):
                        return answer
        except NoDevice:
            self._drop()
            raise
        if parser.damaged or parser.in_frame:
            raise InvalidData(f"damaged answer from {self._settings.link}")
        raise NoAnswer(f"no answer at {self._settings.link}")

    def _drop(self) -> None:
        self._ready = False
        self._link.close()

    def _require(self, answer: Answer) -> None:
        if answer.sw3 != sam_errors.SUCCESS:
            raise _Refused(answer.sw3)
