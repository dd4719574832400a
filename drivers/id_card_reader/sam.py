"""The driver for readers that speak the SAM's business-terminal protocol (GA/T 467) over a byte link.

A visit with a card: find (until a card lies there), select, read base text and photo, read the newest address.
The module never speaks unasked, and it does not tell when a card leaves. After a sound read most readers deny the
card ("not found") until it was lifted; others find it again at once, so the driver itself waits until the card
was gone or another number is read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from drivers.id_card_reader import IdentityCard, IdentityCardReader, IdentityCardReaderStatus, sam_answers, sam_errors
from drivers.id_card_reader.card_texts import NO_TEXT, parse_newest_address, parse_text
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
    TimeOut,
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

TRIES: Final = 3
"""How often a card is read before the caller hears that it failed."""


class Settings(BaseModel):
    """`[devices.id_card_reader]` of config.toml. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    link: str
    """A device path (`/dev/ttyUSB0`) or `socket://host:port`, `rfc2217://host:port`."""
    baud: int = Field(default=115200, gt=0)
    """Tried first; on a device path the module's other rates are tried when nothing answers."""
    poll_interval_s: float = Field(default=0.3, gt=0)
    """Between two looks for a card. Vendors advise 0.3 or more."""
    answer_timeout_s: float = Field(default=3.0, gt=0)
    """For the answers that come at once from a healthy module: self-test, number, find."""
    read_timeout_s: float = Field(default=8.0, gt=0)
    """For selecting and for reading the card; radio and mutual authentication take 0.6 to 1.5 s."""
    newest_address_timeout_s: float = Field(default=1.5, gt=0)
    """For the newest address, which some readers never answer; stretched for readers that are slow in general."""
    quiet_s: float = Field(default=1.0, gt=0)
    """A frame in which nothing comes for so long is broken off."""
    baud_search_timeout_s: float = Field(default=0.3, gt=0)
    """For each further baud rate that is tried."""


def open_device(settings: Settings) -> SamReader:
    """The reader at `settings.link`, not yet talking."""
    return SamReader(settings)


class NoAnswer(NoDevice):
    """The reader does not answer."""


class DamagedAnswer(InvalidData):
    """The reader's answers arrive damaged."""


class _Refused(Exception):
    """The module answered with another code than success."""

    def __init__(self, sw3: int) -> None:
        super().__init__(f"{sw3:02X}")
        self.sw3 = sw3


class SamReader:
    """`IdentityCardReader` for a SAM_V / SAM_A module. Settings decide link and patience; `clock` is monotonic."""

    def __init__(self, settings: Settings, *, clock: Clock = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._link = ByteLink(settings.link, baud=settings.baud)
        self._ready = False
        self._no_self_test = False
        """The module does not know the self-test (a clone, a bridge): finding a card tells whether it is there."""
        self._owed = 0
        """Answers to requests that were given up, which may still come."""
        self._sam_number = ""
        self._last_number: str | None = None
        """The ID number last read, until its card was seen to leave."""
        self._tracker = StatusTracker(IdentityCardReaderStatus())
        self._busy = threading.Lock()

    def status(self) -> IdentityCardReaderStatus:
        """Poll the module and look for a card. While another call is under way: what that call knows so far."""
        if self._busy.acquire(blocking=False):
            try:
                deadline = Deadline(3 * self._settings.answer_timeout_s, clock=self._clock)
                self._greet(deadline)
                self._look(deadline)
            except TimeOut:
                self._note(self._no_answer())
            except DeviceError as error:
                self._note(error)
            finally:
                self._busy.release()
        return self._tracker.status

    def read_card(self, deadline: Deadline, on_sensed: Callable[[], None] | None = None) -> IdentityCard:
        """Wait for a card that was not yet read, and read it. See `IdentityCardReader`."""
        with self._call(deadline):
            while True:
                card = self._read_next(deadline, on_sensed)
                if card.id_number != self._last_number:
                    self._last_number = card.id_number
                    return card
                # It was not lifted since: this reader finds again what it has read.
                deadline.pause(self._settings.poll_interval_s)

    def wait_removed(self, deadline: Deadline) -> None:
        """Return once the module finds no card. Readers that want a card lifted after a read say so at once."""
        with self._call(deadline):
            while self._find(deadline):
                deadline.pause(self._settings.poll_interval_s)

    def reset(self, deadline: Deadline) -> None:
        """Restart the module and forget the card that was read."""
        with self._call(deadline):
            self._last_number = None
            answer = self._ask(RESET, self._settings.read_timeout_s, deadline, fits=sam_answers.answers_self_test)
            if answer.sw3 != sam_errors.SUCCESS:
                raise sam_errors.error_for(answer.sw3)
            self._self_test(deadline)

    def close(self) -> None:
        """Give the link back, after the call under way (cancel its deadline first). Harmless twice."""
        with self._busy:
            self._drop()

    @contextmanager
    def _call(self, deadline: Deadline) -> Iterator[None]:
        """Around each call: the module greeted first, and what goes wrong becomes part of the status."""
        with self._busy:
            deadline.check()
            try:
                self._greet(deadline)
                yield
            except DeviceError as error:
                self._note(error)
                raise

    def _read_next(self, deadline: Deadline, on_sensed: Callable[[], None] | None) -> IdentityCard:
        """Wait for any card and read it, with fresh tries while it lies there."""
        while not self._find(deadline):
            deadline.pause(self._settings.poll_interval_s)
        if on_sensed is not None and self._last_number is None:  # else it is the one that was read and still lies there
            on_sensed()
        tries = 0
        while True:
            try:
                return self._read_found(deadline)
            except _Refused as refused:
                sw3 = refused.sw3
            except NoAnswer:
                # Lost on the way, or the card left and the module did not say so: `_find` will tell.
                sw3 = sam_errors.READ_FAILED
            tries += 1
            if sw3 not in sam_errors.WORTH_ANOTHER_TRY or tries == TRIES or not self._find(deadline):
                raise sam_errors.error_for(sw3)

    def _read_found(self, deadline: Deadline) -> IdentityCard:
        """Select and read the card that was just found. Raises _Refused."""
        patience = self._settings.read_timeout_s
        answer = self._ask(SELECT, patience, deadline, fits=sam_answers.answers_after_find)
        if answer.sw3 != sam_errors.SUCCESS:
            raise _Refused(answer.sw3)
        started = self._clock()
        answer = self._ask(READ_BASE, patience, deadline, fits=sam_answers.answers_base)
        if answer.sw3 in (sam_errors.COMMAND_ERROR, sam_errors.NO_SUCH_ITEM):
            # A module that knows only the newer command, which adds fingerprints; `sam_answers.split_base` leaves them alone.
            answer = self._ask(READ_BASE_AND_FINGERPRINT, patience, deadline, fits=sam_answers.answers_base)
        if answer.sw3 != sam_errors.SUCCESS:
            raise _Refused(answer.sw3)
        text, photo = sam_answers.split_base(answer.data)
        patience = max(self._settings.newest_address_timeout_s, 2 * (self._clock() - started))
        card = parse_text(text, photo=photo, newest_address=self._newest_address(patience, deadline))
        if not card.id_number:
            raise InvalidData("the card holds no number", remedy=NO_TEXT)
        return card

    def _newest_address(self, patience: float, deadline: Deadline) -> str:
        """The appended address; empty when the card has none or the reader does not know the command."""
        try:
            answer = self._ask(READ_NEWEST_ADDRESS, patience, deadline, fits=sam_answers.answers_after_find)
        except (NoAnswer, DamagedAnswer, TimeOut):
            # The card itself was read: for want of this the person need not lay it down again.
            return ""
        return parse_newest_address(answer.data) if answer.sw3 == sam_errors.SUCCESS else ""

    def _find(self, deadline: Deadline) -> bool:
        """Look for a card; look again if the module stays silent."""
        with suppress(NoAnswer):
            return self._look(deadline)
        return self._look(deadline)

    def _look(self, deadline: Deadline) -> bool:
        """Is a card there that may be read? Raises what the module reports."""
        answer = self._ask(FIND, self._settings.answer_timeout_s, deadline, fits=sam_answers.answers_find)
        found = answer.sw3 in (sam_errors.FOUND, sam_errors.SUCCESS)
        if not found:
            if answer.sw3 != sam_errors.NOT_FOUND:
                raise sam_errors.error_for(answer.sw3)
            self._last_number = None
        self._tracker.seen(
            IdentityCardReaderStatus(
                device=DeviceState.ONLINE,
                media=MediaState.PRESENT if found else MediaState.NOT_PRESENT,
                sam_number=self._sam_number,
            )
        )
        return found

    def _greet(self, deadline: Deadline) -> None:
        """Self-test at the start of a call; once more if the answer was lost or the link died since the last call."""
        was_ready = self._ready
        try:
            self._self_test(deadline)
        except NoDevice:
            if not was_ready:
                raise
            self._self_test(deadline)

    def _self_test(self, deadline: Deadline) -> None:
        """Ask how the module is. On a link just opened also find its baud rate and learn its number.

        Raises:
            HardwareError: it failed its self-test or is not authorised.
            NoDevice, DamagedAnswer, TimeOut, Canceled
        """
        if self._ready and self._no_self_test:
            return
        try:
            answer = self._ask_self_test(deadline)
        except NoAnswer:
            if self._ready or not self._answers_find(deadline):
                raise
            self._ready = self._no_self_test = True
            return
        except TimeOut:
            # The caller waits for a card; that there is no reader either is what somebody must be told.
            if self._ready:
                raise
            raise self._no_answer() from None
        if answer.sw3 not in (sam_errors.SUCCESS, sam_errors.COMMAND_ERROR):
            raise sam_errors.error_for(answer.sw3)
        if not self._ready:
            self._no_self_test = answer.sw3 == sam_errors.COMMAND_ERROR
            self._sam_number = self._ask_sam_number(deadline)
            self._ready = True

    def _ask_self_test(self, deadline: Deadline) -> Answer:
        try:
            return self._ask(SELF_TEST, self._settings.answer_timeout_s, deadline, fits=sam_answers.answers_self_test)
        except (NoAnswer, DamagedAnswer) as error:
            if self._ready or not self._link.is_serial_port:
                raise
            at_configured = error
        configured = self._settings.baud
        # The configured rate first: one lost answer must not lead astray.
        for rate in (configured, *(rate for rate in BAUD_RATES if rate != configured)):
            self._link.baud = rate
            with suppress(NoAnswer, DamagedAnswer):
                return self._ask(
                    SELF_TEST, self._settings.baud_search_timeout_s, deadline, fits=sam_answers.answers_self_test
                )
        self._link.baud = configured
        raise at_configured  # a bad line is another fault than silence, and mended otherwise

    def _answers_find(self, deadline: Deadline) -> bool:
        """Whether a module that is silent to the self-test is there after all: find is what none can do without."""
        with suppress(NoAnswer, DamagedAnswer):
            self._ask(FIND, self._settings.answer_timeout_s, deadline, fits=sam_answers.answers_find)
            return True
        return False

    def _ask_sam_number(self, deadline: Deadline) -> str:
        with suppress(NoAnswer, DamagedAnswer):
            answer = self._ask(
                SAM_NUMBER, self._settings.answer_timeout_s, deadline, fits=sam_answers.answers_after_find
            )
            if answer.sw3 == sam_errors.SUCCESS:
                return sam_answers.format_sam_number(answer.data)
        return ""

    def _ask(self, frame: bytes, timeout: float, deadline: Deadline, *, fits: Callable[[Answer], bool]) -> Answer:
        """Send `frame` and return the answer; once more if either side received it damaged."""
        with suppress(DamagedAnswer):
            answer = self._exchange(frame, timeout, deadline, fits)
            if answer.sw3 not in sam_errors.GARBLED_REQUEST:
                return answer
        return self._exchange(frame, timeout, deadline, fits)

    def _exchange(self, frame: bytes, timeout: float, deadline: Deadline, fits: Callable[[Answer], bool]) -> Answer:
        """One request, one answer that `fits`; others are late answers to earlier requests and are passed over.

        Raises:
            NoAnswer: nothing came.
            DamagedAnswer: what came is no sound frame.
            NoDevice, TimeOut, Canceled
        """
        parser = AnswerParser()
        try:
            self._link.discard_input()
            self._link.write(frame, deadline)
            heard = self._clock()
            give_up = heard + timeout
            while (now := self._clock()) < give_up:
                data = self._link.read(parser.wanted, deadline)
                answers = parser.feed(data)
                if data:
                    heard = now
                elif (parser.in_frame or parser.damaged) and now - heard >= self._settings.quiet_s:
                    answers = parser.give_up_frame()
                    if not answers:
                        break
                for answer in answers:
                    if fits(answer):
                        self._pass_over_late_answers(parser, deadline)
                        return answer
                    self._owed -= 1
        except NoDevice:
            # Whoever plugs a reader in again expects it to read the card that lies there.
            self._last_number = None
            self._drop()
            raise
        if parser.damaged or parser.in_frame:
            raise DamagedAnswer(f"damaged answer from {self._settings.link}")
        self._owed += 1
        raise self._no_answer()

    def _pass_over_late_answers(self, parser: AnswerParser, deadline: Deadline) -> None:
        """Let what is owed come, so that nobody takes it for the answer to the next request."""
        give_up = self._clock() + self._settings.quiet_s
        while self._owed > 0 and self._clock() < give_up:
            self._owed -= len(parser.feed(self._link.read(parser.wanted, deadline)))
        self._owed = 0

    def _note(self, error: DeviceError) -> None:
        """Let `error` show in the status, if it says something about the reader rather than about card or caller."""
        if isinstance(error, HardwareError):
            self._tracker.seen(
                IdentityCardReaderStatus(
                    device=DeviceState.HARDWARE_ERROR,
                    reason=str(error),
                    remedy=error.remedy,
                    sam_number=self._sam_number,
                )
            )
        elif isinstance(error, NoDevice | DamagedAnswer):
            # A peer that went without a word (a network cable) is only met again over a fresh link.
            self._drop()
            status = self._tracker.missed(error)
            if status.device is DeviceState.NO_DEVICE:
                self._tracker.status = replace(status, media=MediaState.UNKNOWN)

    def _no_answer(self) -> NoAnswer:
        return NoAnswer(f"no answer at {self._settings.link}")

    def _drop(self) -> None:
        self._ready = False
        self._owed = 0
        self._link.close()


_: type[IdentityCardReader] = SamReader
