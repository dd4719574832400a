"""The byte link to the printer: python-escpos' connections, made to keep to a deadline.

python-escpos opens the port and reads from it. Its own status calls are never used: they turn "no answer" into
"paper is fine" (3.1) or "no paper" (later). Nor is its `_raw`: it can block for ever, so the bytes go straight to the
port it opened, as many as there is room for. (All its ports are non-blocking underneath.)
"""

from __future__ import annotations

import os
import select
import termios
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

from drivers.receipt_printer.escpos_library import DeviceNotFoundError, File, Network, Serial
from drivers.status import Deadline, NoDevice

PIECE = 256
"""Bytes written at once, so that calling off stops a slow serial link soon."""
SLICE = 0.05
"""Seconds between two looks at whether the caller has cancelled."""
CONNECT = 3.0
"""Seconds for a network printer to take a connection: one that serves somebody else does not."""


class _UsbPrinterFile(File):  # type: ignore[misc]  # python-escpos is untyped
    """`/dev/usb/lp0` opened for both ways: python-escpos' own File can only write."""

    def open(self, raise_not_found: bool = True) -> None:  # noqa: ARG002 - python-escpos' signature
        try:
            descriptor = os.open(self.devfile, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            raise DeviceNotFoundError(error.strerror) from None
        self.device = FileIO(descriptor, "r+")

    def _read(self) -> bytes:
        return self.device.read(16) or b""


class Transport:
    """An open connection. Made by `connect`; after any error it is dead: close it and connect anew."""

    def __init__(self, port: Any) -> None:
        self._port = port

    @classmethod
    def connect(cls, link: str, baud: int, deadline: Deadline) -> Transport:
        """Open `link`: `socket://host:port`, `/dev/usb/lp0`, or a serial device such as `/dev/ttyUSB0`.

        Raises:
            NoDevice: nothing there, or it takes no connection.
            TimeOut, Canceled
        """
        port: Any
        if link.startswith("socket://"):
            host, _, number = link.removeprefix("socket://").rpartition(":")
            port = Network(host, int(number), timeout=deadline.remaining(CONNECT))
        elif Path(link).name.startswith("lp"):
            port = _UsbPrinterFile(link)
        else:
            port = Serial(link, baudrate=baud, timeout=0)
        try:
            port.open()
        except (DeviceNotFoundError, OSError, ValueError, OverflowError, termios.error) as error:
            raise NoDevice(f"cannot open {link}: {type(error.__cause__ or error).__name__}") from None
        return cls(port)

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Send all of `data`.

        Raises:
            NoDevice: the connection broke.
            TimeOut, Canceled: part of the data may have gone.
        """
        rest = memoryview(data)
        while rest:
            if not self._ready(deadline, for_writing=True, seconds=SLICE):
                continue
            try:
                taken = os.write(self._port.device.fileno(), rest[:PIECE])
            except BlockingIOError:
                deadline.pause(SLICE)
            except OSError as error:
                raise NoDevice(f"connection lost while sending ({type(error).__name__})") from None
            else:
                rest = rest[taken:]

    def read(self, seconds: float, deadline: Deadline) -> bytes:
        """What has come within `seconds`: returns at the first bytes, or empty.

        Raises:
            NoDevice: the connection broke.
            TimeOut, Canceled
        """
        waited = 0.0
        while not self._ready(deadline, for_writing=False, seconds=min(SLICE, seconds - waited)):
            waited += SLICE
            if waited >= seconds:
                return b""
        try:
            data: bytes = self._port._read()
        except (OSError, termios.error) as error:
            raise NoDevice(f"connection lost ({type(error).__name__})") from None
        if not data and isinstance(self._port, File):
            deadline.pause(min(SLICE, seconds))  # usblp hands on the empty packets that some printers send
        elif not data:
            raise NoDevice("the printer closed the connection")
        return data

    def close(self) -> None:
        """Close the port; what it still holds is thrown away. Harmless twice."""
        with suppress(OSError, termios.error):
            if isinstance(self._port, Serial):
                # python-escpos would wait until everything is written: for ever, when the printer takes no more.
                device, self._port._device = self._port._device, False
                if device:
                    with suppress(OSError, termios.error):
                        device.reset_output_buffer()
                    device.close()
            else:
                self._port.close()

    def _ready(self, deadline: Deadline, *, for_writing: bool, seconds: float) -> bool:
        port = [self._port.device]
        wait = deadline.remaining(max(0.0, seconds))
        try:
            readable, writable, _ = select.select([] if for_writing else port, port if for_writing else [], [], wait)
        except (OSError, ValueError):
            raise NoDevice("connection lost") from None
        return bool(writable if for_writing else readable)
