"""The printer's end of its cable: a TCP port that serves one client at a time, or the far side of a pty."""

from __future__ import annotations

import os
import selectors
import socket
import tempfile
import tty
from contextlib import suppress
from pathlib import Path
from typing import Protocol

CHUNK = 4096


class PrinterLink(Protocol):
    """One end of a cable. `plug` and `unplug` come from outside, `receive` and `send` from the printer's thread."""

    link: str
    """What the driver must be given; valid after the first `plug`, and the same after every later one."""

    def plug(self) -> None:
        """Put the cable in."""

    def unplug(self) -> None:
        """Pull it; a waiting `receive` returns None. Harmless twice."""

    def receive(self) -> bytes | None:
        """Wait for bytes. Empty: another client connected. None: unplugged."""

    def send(self, data: bytes) -> None:
        """Answer whoever is connected, if anybody still is."""


class TcpLink:
    """A network printer's port. `port` 0 takes a free one and keeps it."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._address = (host, port)
        self.link = f"socket://{host}:{port}"
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None
        self._wake: tuple[socket.socket, socket.socket] | None = None

    def plug(self) -> None:
        """See `PrinterLink.plug`."""
        listener = socket.create_server(self._address, backlog=1)
        self._address = listener.getsockname()
        self.link = f"socket://{self._address[0]}:{self._address[1]}"
        self._listener, self._wake = listener, socket.socketpair()

    def unplug(self) -> None:
        """See `PrinterLink.unplug`."""
        if self._wake is not None:
            self._wake[1].close()

    def receive(self) -> bytes | None:
        """See `PrinterLink.receive`."""
        if self._listener is None or self._wake is None:
            return None
        source = self._client or self._listener
        if self._wake[0] in _readable(source, self._wake[0]):
            self._hang_up()
            for end in (self._listener, self._wake[0]):
                end.close()
            self._listener = self._wake = None
            return None
        if self._client is None:
            self._client, _ = self._listener.accept()
            self._client.settimeout(1.0)
            return b""
        try:
            data = self._client.recv(CHUNK)
        except OSError:
            data = b""
        if data:
            return data
        self._hang_up()
        return self.receive()

    def send(self, data: bytes) -> None:
        """See `PrinterLink.send`."""
        if self._client is not None:
            with suppress(OSError):
                self._client.sendall(data)

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


class PtyLink:
    """A serial printer: the driver opens a device file that leads to the other side of a pty."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="printer-")
        self.link = str(Path(self._folder.name) / "ttyPRN")
        self._master = self._slave = -1
        self._wake: tuple[socket.socket, socket.socket] | None = None

    def plug(self) -> None:
        """See `PrinterLink.plug`."""
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)  # and stay open here, or the master would fail whenever the driver closes its side
        Path(self.link).symlink_to(os.ttyname(self._slave))
        self._wake = socket.socketpair()

    def unplug(self) -> None:
        """See `PrinterLink.unplug`."""
        if self._wake is not None:
            self._wake[1].close()

    def receive(self) -> bytes | None:
        """See `PrinterLink.receive`."""
        if self._wake is None:
            return None
        if self._wake[0] in _readable(self._master, self._wake[0]):
            Path(self.link).unlink()
            os.close(self._slave)
            os.close(self._master)
            self._wake[0].close()
            self._wake = None
            return None
        return os.read(self._master, CHUNK)

    def send(self, data: bytes) -> None:
        """See `PrinterLink.send`."""
        with suppress(OSError):
            os.write(self._master, data)


def _readable(*sources: socket.socket | int) -> list[socket.socket | int]:
    with selectors.DefaultSelector() as selector:
        for source in sources:
            selector.register(source, selectors.EVENT_READ, source)
        return [key.data for key, _ in selector.select()]
