"""Byte links to devices: a serial port, a pty, `socket://host:port`, `rfc2217://host:port` or another pySerial URL.

A link opens at its first use and, after it broke (plug pulled, peer gone), again at the next. Whatever goes
wrong on the way is `NoDevice`: for a caller, a port that is missing, taken or dead is the same thing.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import termios
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import serial

from drivers.status import Action, Deadline, NoDevice, Remedy, Who

SLICE_S = 0.05
"""A wait is cut in slices of this length, so that a cancelled deadline is noticed. pySerial's own time-out stays
fixed: changing it makes rfc2217 renegotiate the whole port."""

CONNECT_TIMEOUT_S = 2.0
WRITE_TIMEOUT_S = 2.0
MOST_STALE_BYTES = 8192
"""No more is thrown away before a request: a device that never stops talking must not hold us here."""

# SerialException is an OSError; termios.error is not. ValueError and TypeError come from a malformed URL, or from
# select() on a descriptor that has just been closed.
_BROKEN = (OSError, termios.error, ValueError, TypeError)

IN_USE: Final = Remedy(
    Action.CONFIGURATION,
    Who.TECHNICIAN,
    "另一个程序正在使用它：终端（kiosk run）开着时，先停下再试",
    "Another program uses it: stop the terminal (kiosk run) before you try the device by hand",
)
NOT_ALLOWED: Final = Remedy(
    Action.CONFIGURATION,
    Who.TECHNICIAN,
    "当前用户无权使用：usermod -aG dialout <用户>，再重新登录；并核对 config.toml 里的 link",
    "This user may not use it: usermod -aG dialout <user>, then log in again; check the link in config.toml too",
)
_NOT_OPENED: Final = {
    errno.EAGAIN: ("in use by another program", IN_USE),
    errno.EBUSY: ("in use by another program", IN_USE),
    errno.EACCES: ("no permission", NOT_ALLOWED),
}
"""Why a port that is there does not open; EAGAIN is pySerial's lock."""


class _Port(Protocol):
    """What this module needs of pySerial's ports."""

    @property
    def in_waiting(self) -> int: ...
    def read(self, size: int, /) -> bytes: ...
    def write(self, data: bytes, /) -> int | None: ...
    def close(self) -> None: ...


class _TcpPort:
    """A TCP connection as a port. pySerial's own sleeps 0.3 s at each close and waits 5 s for a connection."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        if address.hostname is None or address.port is None:
            raise ValueError("a socket link needs a host and a port")
        self._socket = socket.create_connection((address.hostname, address.port), timeout=CONNECT_TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def in_waiting(self) -> int:
        self._socket.settimeout(0)
        try:
            return len(self._socket.recv(4096, socket.MSG_PEEK))
        except BlockingIOError:
            return 0

    def read(self, size: int, /) -> bytes:
        self._socket.settimeout(SLICE_S)
        try:
            data = self._socket.recv(size)
        except TimeoutError:
            return b""
        if not data:
            raise ConnectionResetError("the other side hung up")
        return data

    def write(self, data: bytes, /) -> None:
        self._socket.settimeout(WRITE_TIMEOUT_S)
        self._socket.sendall(data)

    def close(self) -> None:
        self._socket.close()


class ByteLink:
    """One device's bytes. Not thread-safe: one thread at a time."""

    def __init__(self, url: str, *, baud: int = 115200) -> None:
        """`url` is a device path or a pySerial URL; `baud` matters on serial ports only (8N1, no flow control)."""
        self.url = url
        self._baud = baud
        self._port: _Port | None = None

    @property
    def is_serial_port(self) -> bool:
        """A device path (where a wrong baud rate is possible), not a network address."""
        return "://" not in self.url

    @property
    def baud(self) -> int:
        """Bits per second. A new value closes the link, which opens with it at the next use."""
        return self._baud

    @baud.setter
    def baud(self, value: int) -> None:
        if value != self._baud:
            self._baud = value
            self.close()

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

    def _opened(self) -> _Port:
        if self._port is None:
            try:
                self._port = self._open()
            except _BROKEN as error:
                if (why := _NOT_OPENED.get(getattr(error, "errno", None) or 0)) is not None:
                    raise NoDevice(f"{self.url}: {why[0]}", remedy=why[1]) from None
                raise self._gone(error) from None
        return self._port

    def _open(self) -> _Port:
        if self.url.startswith("socket://"):
            return _TcpPort(self.url)
        options: dict[str, Any] = {}
        if self.is_serial_port:
            # Without `exclusive` a second program could open the same port and eat half of the answers. URLs do not
            # have the option, and rfc2217 refuses a time-out for writing.
            options = {"exclusive": True, "write_timeout": WRITE_TIMEOUT_S}
        return serial.serial_for_url(self.url, baudrate=self._baud, timeout=SLICE_S, **options)

    def _gone(self, error: BaseException) -> NoDevice:
        self.close()
        number = getattr(error, "errno", None)
        detail = type(error).__name__ if number is None else f"{type(error).__name__} {number}"
        return NoDevice(f"no device at {self.url} ({detail})")
