"""Byte links to devices: a serial port, a pty, `socket://host:port` or `rfc2217://host:port`, all through pySerial.

A link opens at its first use and, after it broke (plug pulled, peer gone), again at the next. Whatever goes
wrong on the way is `NoDevice`: for a caller, a port that is missing, taken or dead is the same thing.
"""

from __future__ import annotations

import contextlib
import termios
from typing import Any

import serial

from drivers.status import Deadline, NoDevice

SLICE_S = 0.05
"""A wait is cut in slices of this length, so that a cancelled deadline is noticed. pySerial's own time-out stays
fixed: changing it makes rfc2217 renegotiate the whole port."""

WRITE_TIMEOUT_S = 2.0
MOST_STALE_BYTES = 8192
"""No more is thrown away before a request: a device that never stops talking must not hold us here."""

# SerialException is an OSError; termios.error is not. ValueError and TypeError come from a malformed URL, or from
# select() on a descriptor that has just been closed.
_BROKEN = (OSError, termios.error, ValueError, TypeError)


class ByteLink:
    """One device's bytes. Not thread-safe: one thread at a time."""

    def __init__(self, url: str, *, baud: int = 115200) -> None:
        """`url` is a device path or a pySerial URL; `baud` matters on serial ports only (8N1, no flow control)."""
        self.url = url
        self._baud = baud
        self._port: serial.Serial | None = None

    @property
    def is_serial_port(self) -> bool:
        """A device path (where a wrong baud rate is possible), not a network address."""
        return "://" not in self.url

    @property
    def is_open(self) -> bool:
        """Open as far as is known; a pulled plug shows at the next read or write."""
        return self._port is not None

    @property
    def baud(self) -> int:
        """Bits per second in use. Setting it takes effect at once."""
        return self._baud

    @baud.setter
    def baud(self, value: int) -> None:
        self._baud = value
        if self._port is not None:
            try:
                self._port.baudrate = value
            except _BROKEN as error:
                raise self._gone(error) from None

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Send all of `data`. Raises NoDevice, TimeOut, Canceled."""
        deadline.check()
        port = self._opened()
        try:
            port.write(data)
        except _BROKEN as error:
            raise self._gone(error) from None

    def read(self, at_most: int, deadline: Deadline) -> bytes:
        """Up to `at_most` bytes; fewer, or none, when they do not come within `SLICE_S`.

        Raises:
            NoDevice, TimeOut, Canceled
        """
        deadline.check()
        port = self._opened()
        try:
            return bytes(port.read(at_most))
        except _BROKEN as error:
            raise self._gone(error) from None

    def discard_input(self) -> None:
        """Throw away what came in unasked, `MOST_STALE_BYTES` at most. Raises NoDevice."""
        port = self._opened()
        left = MOST_STALE_BYTES
        try:
            while left > 0 and (waiting := port.in_waiting):
                left -= len(port.read(min(waiting, left)))
        except _BROKEN as error:
            raise self._gone(error) from None

    def close(self) -> None:
        """Give the port back. Harmless twice; the next use opens it again."""
        port, self._port = self._port, None
        if port is not None:
            with contextlib.suppress(*_BROKEN):
                port.close()

    def _opened(self) -> serial.Serial:
        if self._port is None:
            try:
                # Without `exclusive` a second program could open the same port and eat half of the answers;
                # network ports do not have the option.
                options: dict[str, Any] = {"exclusive": True} if self.is_serial_port else {}
                self._port = serial.serial_for_url(
                    self.url, baudrate=self._baud, timeout=SLICE_S, write_timeout=WRITE_TIMEOUT_S, **options
                )
            except _BROKEN as error:
                raise self._gone(error) from None
        return self._port

    def _gone(self, error: BaseException) -> NoDevice:
        self.close()
        number = getattr(error, "errno", None)
        detail = type(error).__name__ if number is None else f"{type(error).__name__} {number}"
        return NoDevice(f"no device at {self.url} ({detail})")
