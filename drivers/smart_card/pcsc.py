"""The social-security card in any PC/SC reader (CCID class, contact or contactless), through pcscd.

A smart card that falls silent blocks a PC/SC call for as long as it stays in the reader. Therefore every card is
read by a thread of its own, with its own connection to the daemon; the caller watches the clock and leaves
when the deadline says so. The thread that is left behind ends when the card is taken out; until then no
other read begins.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from drivers.smart_card import SmartCardReader, SmartCardStatus, SocialSecurityCard
from drivers.smart_card.conversation import TURN_THE_CARD, read_card
from drivers.smart_card.winscard import LIFTED, CardSilent, Context
from drivers.status import (
    Action,
    Clock,
    Deadline,
    DeviceError,
    DeviceNotReady,
    DeviceState,
    HardwareError,
    MediaRemoved,
    MediaState,
    NoDevice,
    Remedy,
    StatusTracker,
    TimeOut,
    Who,
)

POLL_SECONDS = 0.05
"""Between two looks at the slot. One look costs 0.03 ms; pcscd itself notices a card within 0.01–0.5 s."""
MISS_SECONDS = 0.5
"""Between two tries to find a reader that is away; three make a `NoDevice` (a daemon restarts in 0.2 s)."""
CARD_SECONDS = 5.0
"""A sound card is read in under a second; one that takes this long is called silent."""
LEAVING_SECONDS = 1.5
"""How long after a failed exchange the slot is watched: a card pulled out is reported up to 0.5 s late."""


class Settings(BaseModel):
    """`[devices.smart_card]` of config.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reader: str = Field(
        default="", description="part of the reader's PC/SC name; empty: the first reader that there is"
    )
    pcsc_socket: str = Field(
        default="",
        max_length=107,  # what a unix socket address holds
        description="socket of a private pcscd; empty: the system's. One process can use one pcscd only",
    )


class PcscReader:
    """`SmartCardReader` over PC/SC."""

    def __init__(
        self, settings: Settings, *, card_seconds: float = CARD_SECONDS, clock: Clock = time.monotonic
    ) -> None:
        self._settings = settings
        self._card_seconds = card_seconds
        self._clock = clock
        self._context: Context | None = None
        self._reading: _Reading | None = None
        self._tracker = StatusTracker(SmartCardStatus())

    def status(self) -> SmartCardStatus:
        """See `SmartCardReader`."""
        try:
            return self._poll()
        except DeviceError:
            return self._tracker.status

    def read_social_security_card(self, deadline: Deadline) -> SocialSecurityCard:
        """See `SmartCardReader`."""
        reader = self._wait(MediaState.PRESENT, deadline)
        reading = self._reading = _Reading(self._settings.pcsc_socket, reader)
        reading.start()
        silent_at = self._clock() + self._card_seconds
        while not reading.done.wait(0.01):
            deadline.check()
            if self._clock() >= silent_at:
                raise CardSilent("the card fell silent", remedy=TURN_THE_CARD)
        if isinstance(reading.result, SocialSecurityCard):
            return reading.result
        raise self._explained(reading.result, deadline)

    def wait_removed(self, deadline: Deadline) -> None:
        """See `SmartCardReader`."""
        self._wait(MediaState.NOT_PRESENT, deadline)

    def close(self) -> None:
        """See `SmartCardReader`."""
        if self._context is not None:
            self._context.close()
            self._context = None

    def _wait(self, wanted: MediaState, deadline: Deadline) -> str:
        """Return the reader's name once its slot is as wanted and no earlier card's thread is left."""
        while True:
            deadline.check()
            try:
                status = self._poll()
            except NoDevice:
                if self._tracker.misses >= self._tracker.misses_allowed:
                    raise
                deadline.pause(MISS_SECONDS)
                continue
            if status.media is wanted and not (self._reading is not None and self._reading.is_alive()):
                return status.reader
            deadline.pause(POLL_SECONDS)

    def _poll(self) -> SmartCardStatus:
        """Look at the slot once and note the outcome. After an error the next poll opens a fresh context."""
        try:
            if self._context is None:
                self._context = Context(self._settings.pcsc_socket)
            reader = _choose(self._settings.reader, self._context.readers())
            slot = self._context.slot(reader)
        except DeviceError as error:
            self.close()
            if self._tracker.missed(error).device is DeviceState.NO_DEVICE:
                # Of a reader that is gone nothing is known, least of all that a card is in it.
                self._tracker.status = replace(self._tracker.status, media=MediaState.UNKNOWN)
            raise
        return self._tracker.seen(
            SmartCardStatus(
                DeviceState.ONLINE,
                reason="the card does not answer" if slot.mute else "",
                remedy=TURN_THE_CARD if slot.mute else None,
                media=slot.media,
                reader=reader,
            )
        )

    def _explained(self, error: DeviceError, deadline: Deadline) -> DeviceError:
        """A card that was pulled out can look like a silent one at first: what was it?"""
        if not isinstance(error, CardSilent):
            return error
        until = self._clock() + LEAVING_SECONDS
        while self._clock() < until:
            try:
                if self._poll().media is MediaState.NOT_PRESENT:
                    removed = MediaRemoved(f"the card was taken out ({error})", remedy=LIFTED)
                    removed.__cause__ = error.__cause__
                    return removed
                deadline.pause(POLL_SECONDS)
            except TimeOut:
                break
            except DeviceNotReady as gone:
                return gone
        return error


class _Reading(threading.Thread):
    """One card, read once. `done` is set when `result` holds the card or the reason why not."""

    result: SocialSecurityCard | DeviceError

    def __init__(self, socket: str, reader: str) -> None:
        super().__init__(name="smart card", daemon=True)
        self.done = threading.Event()
        self._socket = socket
        self._reader = reader

    def run(self) -> None:
        try:
            context = Context(self._socket)
            try:
                with context.connect(self._reader) as connection:
                    self.result = read_card(connection.transmit)
            finally:
                context.close()
        except DeviceError as error:
            self.result = error
        except Exception as error:  # noqa: BLE001 (a defect of ours: the caller must hear of it, not wait for ever)
            self.result = HardwareError(f"reading the card failed: {type(error).__name__}")
        self.done.set()


def _choose(wanted: str, readers: tuple[str, ...]) -> str:
    for name in readers:
        if wanted in name:
            return name
    if not readers:
        raise NoDevice("no PC/SC reader is connected")
    there = ", ".join(readers)
    raise NoDevice(
        f"no reader named {wanted!r}; there are: {there}",
        remedy=Remedy(
            Action.CONFIGURATION,
            Who.TECHNICIAN,
            f"config.toml 中 devices.smart_card.reader 写的是 {wanted}，现有读卡器：{there}",
            f"config.toml says devices.smart_card.reader = {wanted}; the readers here are: {there}",
        ),
    )


def open_device(settings: Settings) -> SmartCardReader:
    """The driver, not yet talking to the daemon."""
    return PcscReader(settings)
